//! Timeouts, cancels and deaths: everything an action has started ends with it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;

use super::*;
use crate::Output;
use crate::testing::{plays_a_part, this_program_as};

/// Starts a process of each kind, says which, and never ends: in the group, in a group of its own, ignoring SIGTERM in
/// a thread's place, a double fork, and a program that has left the session.
const SPAWN: &str = "
signal.signal(signal.SIGTERM, signal.SIG_IGN)
def sleeper(leave=None):
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if leave: leave()
        time.sleep(1000)
    return pid
pids = [os.getpid(), sleeper(), sleeper(lambda: os.setpgid(0, 0))]
if os.fork() == 0:
    pids.append(sleeper())
    pids.append(subprocess.Popen(['sleep', '1000'], start_new_session=True).pid)
    print('\\n'.join(map(str, pids)), flush=True)
    os._exit(0)
threading.Thread(target=time.sleep, args=(1000,)).start()
time.sleep(1000)";
const SPAWNED: usize = 5;

fn none_is_running(pids: &[String]) -> bool {
    !pids.iter().any(|pid| is_running(pid))
}

#[tokio::test]
async fn a_timeout_ends_everything() {
    let desk = Desk::new();
    desk.give("return 1").await;
    let mut attempt = desk.attempt(&action(SPAWN), json!({}));
    attempt.parameters.insert("timeout".to_owned(), json!(1));
    let heard = Arc::clone(&attempt.heard);
    let outcome = attempt.outcome().await;
    let pids = heard.lines(SPAWNED).await;
    assert_eq!(outcome.verdict, Verdict::TimedOut);
    let stdout = format!("{}\n", pids.join("\n"));
    let error = "Action failed to complete in 1 seconds";
    let expected =
        json!({"stdout": stdout, "stderr": "", "exit_code": -9, "result": "None", "error": error});
    assert_eq!(outcome.result, expected);
    assert!(none_is_running(&pids), "{pids:?}");
    assert_eq!(desk.give("return 2").await, 2);
}

#[tokio::test]
async fn no_time_at_all() {
    let desk = Desk::new();
    let mut attempt = desk.attempt(&action("return 1"), json!({}));
    attempt.parameters.insert("timeout".to_owned(), json!(0));
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.verdict, Verdict::TimedOut);
    assert_eq!(
        outcome.result["error"],
        "Action failed to complete in 0 seconds"
    );
}

#[tokio::test]
async fn a_cancel_ends_everything_within_a_second() {
    let desk = Desk::new();
    let attempt = desk.attempt(&action(SPAWN), json!({}));
    let (heard, cancel) = (Arc::clone(&attempt.heard), attempt.run.cancel.clone());
    let cancelling = async {
        let pids = heard.lines(SPAWNED).await;
        assert!(pids.iter().all(|pid| is_running(pid)), "{pids:?}");
        cancel.cancel();
        (pids, Instant::now())
    };
    let (outcome, (pids, asked_at)) = tokio::join!(attempt.outcome(), cancelling);
    assert!(
        asked_at.elapsed() < Duration::from_secs(1),
        "{:?}",
        asked_at.elapsed()
    );
    assert_eq!(outcome.verdict, Verdict::Cancelled);
    assert!(none_is_running(&pids), "{pids:?}");
}

#[tokio::test]
async fn a_cancelled_action_may_tidy_up() {
    let desk = Desk::new();
    let body = "
signal.signal(signal.SIGTERM, lambda *_: sys.exit('tidy'))
print('ready', flush=True)
time.sleep(1000)";
    let attempt = desk.attempt(&action(body), json!({}));
    let (heard, cancel) = (Arc::clone(&attempt.heard), attempt.run.cancel.clone());
    let cancelling = async {
        heard.lines(1).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(attempt.outcome(), cancelling);
    assert_eq!(outcome.verdict, Verdict::Cancelled);
    assert_eq!(text(&outcome, "stderr"), "tidy\n");
    assert_eq!(outcome.result["exit_code"], 1);
}

#[tokio::test]
async fn silent_background_work_ends_with_the_action() {
    let desk = Desk::new();
    let body = "return subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).pid";
    let sleeper = desk.give(body).await.to_string();
    // The fork server ends it when it reaps the action, which nobody waits for.
    while is_running(&sleeper) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_daemon_survives_a_normal_end() {
    let desk = Desk::new();
    let body = "
daemon = subprocess.Popen(['sleep', '1000'], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
return daemon.pid";
    let daemon = desk.give(body).await.to_string();
    // The next child comes from a server that has reaped the last one.
    desk.give("return 1").await;
    assert!(is_running(&daemon));
    let daemon = rustix::process::Pid::from_raw(daemon.parse().unwrap()).unwrap();
    rustix::process::kill_process(daemon, rustix::process::Signal::KILL).unwrap();
}

#[tokio::test]
async fn an_attempt_that_is_dropped_ends() {
    let desk = Desk::new();
    let attempt = desk.attempt(&action(SPAWN), json!({}));
    let heard = Arc::clone(&attempt.heard);
    let pids = tokio::select! {
        _ = attempt.outcome() => Vec::new(),
        pids = heard.lines(SPAWNED) => pids,
    };
    assert_eq!(pids.len(), SPAWNED);
    while !none_is_running(&pids) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_death_of_the_fork_server_is_survived() {
    let desk = Desk::new();
    for round in 0..2 {
        let server = desk.give("return os.getppid()").await.as_i64().unwrap();
        let attempt = desk.attempt(&action(SPAWN), json!({}));
        let heard = Arc::clone(&attempt.heard);
        let killing = async {
            let pids = heard.lines(SPAWNED).await;
            let server = rustix::process::Pid::from_raw(i32::try_from(server).unwrap()).unwrap();
            rustix::process::kill_process(server, rustix::process::Signal::KILL).unwrap();
            pids
        };
        let (outcome, pids) = tokio::join!(attempt.outcome(), killing);
        assert_eq!(outcome.verdict, Verdict::Abandoned, "{outcome:?}");
        assert!(
            text(&outcome, "error").contains("fork server"),
            "{outcome:?}"
        );
        assert!(none_is_running(&pids), "{pids:?}");
        assert_eq!(desk.give(&format!("return {round}")).await, round);
    }
}

#[tokio::test]
async fn a_stuck_fork_server_is_replaced() {
    let desk = Desk::with(|settings| settings.python.waiting = 0);
    let server = desk.give("return os.getppid()").await.to_string();
    // From outside: an action that stops its own server may not be able to tell its end any more.
    let stopped = std::process::Command::new("kill")
        .args(["-STOP", &server])
        .status();
    assert!(stopped.unwrap().success());
    // All that waits, waits for nothing: the clock jumps to its end.
    tokio::time::pause();
    let outcome = desk.run(&action("return 1")).await;
    tokio::time::resume();
    let error = "the Python fork server gave no process within 60 seconds";
    assert_eq!(text(&outcome, "error"), error, "{outcome:?}");
    assert_eq!(desk.give("return 2").await, 2);
    assert_ne!(desk.give("return os.getppid()").await.to_string(), server);
    desk.host.python.stop().await;
    assert!(!is_running(&server));
}

#[tokio::test]
async fn an_idle_server_ends_and_another_starts_when_needed() {
    let desk = Desk::with(|settings| settings.python.idle = Duration::from_millis(100));
    let first = desk.give("return os.getppid()").await;
    while is_running(&first.to_string()) {
        tokio::task::yield_now().await;
    }
    assert_ne!(desk.give("return os.getppid()").await, first);
}

#[tokio::test]
async fn stopping_ends_all_servers() {
    let desk = Desk::new();
    let server = desk.give("return os.getppid()").await.to_string();
    desk.host.python.stop().await;
    while is_running(&server) {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn stopping_gives_up_what_is_being_installed() {
    let programs = tempfile::tempdir().unwrap();
    let begun = programs.path().join("begun");
    let uv = format!(
        "#!/bin/sh\necho $$ > {}\nexec sleep 1000\n",
        begun.display()
    );
    let desk = Desk::with(|settings| with_program(settings, programs.path(), "uv", &uv));
    desk.write("requirements.txt", "something\n");
    let action = action("return 1");
    let stopping = async {
        while !fs::read_to_string(&begun).is_ok_and(|text| text.ends_with('\n')) {
            tokio::task::yield_now().await;
        }
        desk.host.python.stop().await;
    };
    let (outcome, ()) = tokio::join!(desk.run(&action), stopping);
    assert!(
        text(&outcome, "error").contains("was given up"),
        "{outcome:?}"
    );
    let installer = fs::read_to_string(&begun).unwrap();
    while is_running(installer.trim()) {
        tokio::task::yield_now().await;
    }
}

/// Not a test: this program as a server that waits to be killed, and says what its action says.
#[tokio::test]
async fn be_a_server() {
    if plays_a_part() {
        let desk = Desk::new();
        let mut attempt = desk.attempt(&action(SPAWN), json!({}));
        attempt.run.output = Arc::new(Said);
        attempt.outcome().await;
    }
}

struct Said;

impl Output for Said {
    fn write(&self, _: OutputKind, data: String) -> Later<'_, ()> {
        std::io::stderr().write_all(data.as_bytes()).unwrap();
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn nothing_outlives_a_killed_server() {
    let line = this_program_as("python::tests::death::be_a_server");
    let mut server = std::process::Command::new(&line[0])
        .args(&line[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let said = BufReader::new(server.stderr.take().unwrap()).lines();
    let pids: Vec<String> = said.map(|line| line.unwrap()).take(SPAWNED).collect();
    assert!(pids.iter().all(|pid| is_running(pid)), "{pids:?}");
    server.kill().unwrap();
    server.wait().unwrap();
    while !none_is_running(&pids) {
        std::thread::yield_now();
    }
}
