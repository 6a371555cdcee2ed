//! Actions that want too much: what their users see, and that nothing of it is left.

use super::*;
use crate::Limits;

fn desk_with(limits: Limits) -> Desk {
    Desk::with(|settings| settings.limits = limits)
}

#[tokio::test]
async fn a_leak_ends_in_an_error_of_the_action() {
    let desk = desk_with(Limits {
        memory: Some(300 << 20),
        ..Limits::default()
    });
    let leak = "
held = []
while True:
    held.append(bytearray(10 << 20))";
    let outcome = desk.run(&action(leak)).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    assert_eq!(outcome.result["exit_code"], 1);
    assert!(text(&outcome, "stderr").contains("MemoryError"));

    let of_a_child = "
program = 'held = [bytearray(10 << 20) for _ in range(100)]'
child = subprocess.run([sys.executable, '-c', program], capture_output=True, text=True)
return [child.returncode, child.stderr.split()[-1]]";
    assert_eq!(desk.give(of_a_child).await, json!([1, "MemoryError"]));
    assert_eq!(
        desk.give("return len(bytearray(100 << 20))").await,
        100 << 20
    );
}

#[tokio::test]
async fn too_much_processor_time_ends_an_action_with_a_word() {
    let desk = desk_with(Limits {
        processor_seconds: Some(1),
        ..Limits::default()
    });
    let outcome = desk.run(&action("while True: pass")).await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    assert_eq!(outcome.result["exit_code"], -24);
    assert_eq!(
        text(&outcome, "error"),
        "used more processor time than actions may"
    );
    let deaf = "
signal.signal(signal.SIGXCPU, signal.SIG_IGN)
while True: pass";
    let outcome = desk.run(&action(deaf)).await;
    assert_eq!(outcome.result["exit_code"], -9);
}

#[tokio::test]
async fn files_and_processes_are_limited() {
    let desk = desk_with(Limits {
        open_files: Some(50),
        file_size: Some(4096),
        processes: Some(4321),
        ..Limits::default()
    });
    for (body, part) in [
        (
            "open('/dev/full', 'w', buffering=1).write('x\\n')",
            "No space left on device",
        ),
        (
            "with open(given['file'], 'wb') as file: file.write(bytes(5000))",
            "File too large",
        ),
        (
            "held = [open('/dev/null') for _ in range(100)]",
            "Too many open files",
        ),
    ] {
        let file = desk.folder.path().join("large");
        let attempt = desk.attempt(&action(body), json!({ "file": file }));
        let outcome = attempt.outcome().await;
        assert_eq!(outcome.verdict, Verdict::Failed, "{body}");
        assert!(text(&outcome, "stderr").contains(part), "{outcome:?}");
    }
    // Root is not held to it, so it is only seen to be set.
    let limits = "
import resource
return list(resource.getrlimit(resource.RLIMIT_NPROC))";
    assert_eq!(desk.give(limits).await, json!([4321, 4321]));
}

#[tokio::test]
async fn a_gigabyte_of_output_is_cut_and_counted() {
    let desk = Desk::with(|settings| settings.output_limit = 1_000_000);
    let flood = "
block = b'x' * (1 << 20)
for _ in range(1024):
    os.write(1, block)
return 'done'";
    let outcome = desk.run(&action(flood)).await;
    assert_eq!(outcome.result["result"], "done");
    let printed = text(&outcome, "stdout");
    let mark = format!("\n[cut here: {} more bytes]\n", (1 << 30) - 1_000_000);
    assert_eq!(printed.len(), 1_000_000 + mark.len());
    assert!(printed.ends_with(&mark));
}

#[tokio::test]
async fn hundreds_of_forks_that_hear_no_signal_are_gone_after_the_timeout() {
    let desk = Desk::new();
    let bomb = "
for number in range(1, 65):
    signal.signal(number, signal.SIG_IGN) if number not in (9, 17, 19, 32, 33) else None
pids = []
for _ in range(150):
    pid = os.fork()
    if pid == 0:
        while True:
            time.sleep(1000)
    pids.append(pid)
print(' '.join(map(str, [os.getpid()] + pids)), flush=True)
time.sleep(1000)";
    let mut attempt = desk.attempt(&action(bomb), json!({}));
    attempt.parameters = object(json!({"timeout": 3}));
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.verdict, Verdict::TimedOut);
    let pids: Vec<&str> = text(&outcome, "stdout").split_whitespace().collect();
    assert_eq!(pids.len(), 151);
    let left: Vec<&&str> = pids.iter().filter(|pid| is_running(pid)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[tokio::test]
async fn threads_are_waited_for_unless_they_are_daemons() {
    let desk = Desk::new();
    let waits = "
def later():
    time.sleep(0.2)
    print('later')
for _ in range(20):
    threading.Thread(target=later).start()
return 'first'";
    let outcome = desk.run(&action(waits)).await;
    assert_eq!(text(&outcome, "stdout").matches("later").count(), 20);
    let daemons = "
for _ in range(20):
    threading.Thread(target=time.sleep, args=[1000], daemon=True).start()
return 'done'";
    assert_eq!(desk.give(daemons).await, "done");
    let never = "
threading.Thread(target=time.sleep, args=[1000]).start()
return 'done'";
    let mut attempt = desk.attempt(&action(never), json!({}));
    attempt.parameters = object(json!({"timeout": 1}));
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.verdict, Verdict::TimedOut);
    assert_eq!(outcome.result["result"], "done");
}
