//! Processes of actions: what they get, what is heard of them, and that nothing of them is left.

use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use squall_model::outcome::Verdict;
use squall_model::record::OutputKind;
use tokio::time::Instant;

use crate::Limits;
use crate::testing::{Attempt, host_with, is_running};

fn command(line: &str) -> Attempt {
    Attempt::new("local-shell-cmd", json!({"cmd": line}))
}

#[tokio::test]
async fn passes_output_on_and_keeps_it() {
    let attempt = command("echo out; echo problem >&2; exit 3");
    let heard = attempt.heard.clone();
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    assert_eq!(
        outcome.result,
        json!({"failed": true, "succeeded": false, "return_code": 3, "stdout": "out", "stderr": "problem"})
    );
    assert_eq!(heard.text(OutputKind::Stdout), "out\n");
    assert_eq!(heard.text(OutputKind::Stderr), "problem\n");
}

#[tokio::test]
async fn the_environment_is_exact() {
    let mut attempt = command("env -0 | tr '\\0' '\\n' | grep -v -e ^_= -e ^SHLVL= | sort");
    let asked = json!({"B": "1\u{20ac}", "N": 5, "ST2_ACTION_PACK_NAME": "no"});
    attempt.parameters.insert("env".to_owned(), asked);
    let id = attempt.run.execution;
    let outcome = attempt.outcome().await;
    let expected = format!(
        "B=1\u{20ac}\nN=5\nPATH={}\nPWD={}\nST2_ACTION_EXECUTION_ID={id}\nST2_ACTION_PACK_NAME=tests",
        std::env::var_os("PATH").unwrap().display(),
        std::env::current_dir().unwrap().display(),
    );
    assert_eq!(outcome.result["stdout"], expected);
}

#[tokio::test]
async fn nothing_of_ours_is_open() {
    // What whoever started this program left open for it is passed on.
    let inherited = open_in_every_child();
    let attempt = command(OPEN);
    let stdout = attempt.outcome().await.result["stdout"].clone();
    let open = stdout.as_str().unwrap().lines().map(str::to_owned);
    assert_eq!(open.collect::<Vec<_>>(), inherited);
}

/// What the shell has open while it waits: not in a pipeline, for which it would open more.
const OPEN: &str = "ls /proc/$$/fd; exit";

fn open_in_every_child() -> Vec<String> {
    let output = std::process::Command::new("bash")
        .args(["-c", OPEN])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn what_cannot_be_started_is_explained() {
    for (parameters, part) in [
        (
            json!({"cmd": "pwd", "cwd": "/not/there"}),
            "cannot run in `/not/there`",
        ),
        (json!({"cmd": "pwd", "env": {"A=B": "1"}}), "variable `A=B`"),
        (json!({"cmd": "pwd\u{0}"}), "nul byte"),
        (json!({"cmd": "x".repeat(1 << 20)}), "too long"),
        (json!({"cmd": ["pwd"]}), "invalid type"),
        (json!({}), "missing field `cmd`"),
        (json!({"cmd": "pwd", "timeout": "soon"}), "invalid type"),
    ] {
        let outcome = Attempt::new("local-shell-cmd", parameters).outcome().await;
        assert_eq!(outcome.verdict, Verdict::Failed);
        let error = outcome.result["error"].as_str().unwrap();
        assert!(error.contains(part), "{error}");
    }
}

#[tokio::test]
async fn a_timeout_kills_everything() {
    let mut attempt =
        command("trap '' TERM; setsid sleep 1000 & echo $!; sleep 1000 & echo $!; echo $$; wait");
    attempt.parameters.insert("timeout".to_owned(), json!(1));
    let heard = attempt.heard.clone();
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.verdict, Verdict::TimedOut);
    assert_eq!(outcome.result["return_code"], -9);
    assert_eq!(
        outcome.result["error"],
        "Action failed to complete in 1 seconds"
    );
    let processes = heard.lines(3).await;
    assert_eq!(outcome.result["stdout"], processes.join("\n"));
    assert!(
        !processes.iter().any(|process| is_running(process)),
        "{processes:?}"
    );
}

#[tokio::test]
async fn a_cancel_kills_everything_within_a_second() {
    let line = "trap '' TERM; setsid sleep 1000 & echo $!; sleep 1000 & echo $!; echo $$; while true; do wait; done";
    let attempt = command(line);
    let (heard, cancel) = (attempt.heard.clone(), attempt.run.cancel.clone());
    let cancelling = async {
        let processes = heard.lines(3).await;
        assert!(processes.iter().all(|process| is_running(process)));
        cancel.cancel();
        (processes, Instant::now())
    };
    let (outcome, (processes, asked_at)) = tokio::join!(attempt.outcome(), cancelling);
    assert!(asked_at.elapsed() < Duration::from_secs(1));
    assert_eq!(outcome.verdict, Verdict::Cancelled);
    assert!(
        !processes.iter().any(|process| is_running(process)),
        "{processes:?}"
    );
}

#[tokio::test]
async fn a_cancelled_command_may_tidy_up() {
    let attempt = command(
        "trap 'echo tidy; exit 4' TERM; echo ready; while true; do sleep 1000 & wait; done",
    );
    let (heard, cancel) = (attempt.heard.clone(), attempt.run.cancel.clone());
    let cancelling = async {
        heard.lines(1).await;
        cancel.cancel();
    };
    let (outcome, ()) = tokio::join!(attempt.outcome(), cancelling);
    assert_eq!(outcome.verdict, Verdict::Cancelled);
    assert_eq!(outcome.result["stdout"], "ready\ntidy");
    assert_eq!(outcome.result["return_code"], 4);
}

#[tokio::test]
async fn background_work_is_waited_for_while_it_can_print() {
    let attempt = command("(read -r line < /dev/stdin; sleep 0.1; echo late) & echo early");
    let outcome = attempt.outcome().await;
    assert_eq!(outcome.result["stdout"], "early\nlate");
}

#[tokio::test]
async fn silent_background_work_ends_with_the_command() {
    let outcome = command("sleep 1000 >/dev/null 2>&1 & echo $!")
        .outcome()
        .await;
    assert_eq!(outcome.verdict, Verdict::Succeeded);
    assert!(!is_running(&outcome.result["stdout"].to_string()));
}

#[tokio::test]
async fn a_daemon_survives_a_normal_end() {
    let outcome = command("setsid sleep 1000 >/dev/null 2>&1 & echo $!")
        .outcome()
        .await;
    let daemon = outcome.result["stdout"].as_i64().unwrap();
    assert!(is_running(&daemon.to_string()));
    let daemon = Pid::from_raw(i32::try_from(daemon).unwrap()).unwrap();
    kill_process(daemon, Signal::KILL).unwrap();
}

#[tokio::test]
async fn a_dropped_run_is_killed() {
    let attempt = command("echo $$; sleep 1000");
    let heard = attempt.heard.clone();
    let lifeline = attempt.run.host.lifeline.clone();
    let leader = tokio::select! {
        _ = attempt.outcome() => None,
        lines = heard.lines(1) => Some(lines),
    };
    // The watch ends when the thread that took over has reaped the process.
    while lifeline.is_watching() {
        tokio::task::yield_now().await;
    }
    assert!(!is_running(&leader.unwrap()[0]));
}

#[tokio::test]
async fn output_is_bounded_and_comes_in_pieces() {
    let host = host_with(|settings| settings.output_limit = 100_000);
    let attempt = Attempt::on(
        host,
        "local-shell-cmd",
        json!({"cmd": "yes | head -c 1000000"}),
    );
    let heard = attempt.heard.clone();
    let outcome = attempt.outcome().await;
    let Value::String(stdout) = &outcome.result["stdout"] else {
        panic!("{:?}", outcome.result["stdout"]);
    };
    assert!(stdout.ends_with("[cut here: 900000 more bytes]"));
    assert!(stdout.len() < 100_100);
    assert_eq!(heard.text(OutputKind::Stdout).len(), 1_000_000);
    assert!(
        heard
            .pieces()
            .iter()
            .all(|(_, piece)| piece.len() <= 16 * 1024)
    );
}

#[tokio::test]
async fn ends_by_signals_are_told_apart() {
    for (line, verdict, code) in [
        ("kill -TERM $$", Verdict::Abandoned, -15),
        ("kill -KILL $$", Verdict::Failed, -9),
        ("kill -INT $$", Verdict::Failed, -2),
        ("bash -c 'kill -KILL $$'; exit $?", Verdict::Failed, 137),
    ] {
        let outcome = command(line).outcome().await;
        assert_eq!(outcome.verdict, verdict, "{line}");
        assert_eq!(outcome.result["return_code"], code, "{line}");
    }
}

#[tokio::test]
async fn limits_hold_a_command_and_what_it_starts() {
    let limits = Limits {
        memory: Some(200 << 20),
        open_files: Some(20),
        file_size: Some(1000),
        processor_seconds: Some(1),
        // Root is not held to it, so it is only seen to be set.
        processes: Some(9999),
    };
    for (line, part) in [
        (
            "head -c 300M /dev/zero | tail -c 300M | wc -c",
            "memory exhausted",
        ),
        ("ulimit -n -t -u; exit 1", "9999"),
        (
            "trap '' XFSZ; head -c 2000 /dev/zero > big; exit 1",
            "File too large",
        ),
        ("while :; do :; done", "more processor time"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let host = host_with(|settings| settings.limits = limits);
        let parameters = json!({"cmd": line, "cwd": folder.path(), "env": {"LC_ALL": "C"}});
        let outcome = Attempt::on(host, "local-shell-cmd", parameters)
            .outcome()
            .await;
        assert!(
            outcome.result.to_string().contains(part),
            "{line}: {}",
            outcome.result
        );
    }
}
