//! Commands as somebody else. These need root and sudo; elsewhere they say that they are skipped.

use std::sync::Arc;

use serde_json::{Value, json};
use squall_model::outcome::Outcome;

use crate::Host;
use crate::testing::{Attempt, host_with};

/// A host whose commands run as the user that every system has, if this machine can do that.
fn host_of_nobody(test: &str) -> Option<Arc<Host>> {
    let host = host_with(|settings| settings.system_user = Some("nobody".to_owned()));
    let is_root = rustix::process::geteuid().is_root();
    if is_root && host.sudo.is_file() {
        return Some(host);
    }
    #[expect(clippy::print_stderr, reason = "who runs the tests is to know")]
    {
        eprintln!("skipped: {test}: only root can become another user, and only with sudo");
    }
    None
}

async fn run(host: &Arc<Host>, parameters: Value) -> Outcome {
    let attempt = Attempt::on(Arc::clone(host), "local-shell-cmd", parameters);
    attempt.outcome().await
}

#[tokio::test]
async fn commands_run_as_the_system_user_and_with_sudo_as_root() {
    let Some(host) = host_of_nobody("commands run as the system user") else {
        return;
    };
    let line =
        "id -un; echo $WORD $ST2_ACTION_PACK_NAME; [ \"$HOME\" = \"$OLD\" ] || echo own home";
    let env = json!({"WORD": "kept", "HOME": "/somewhere", "OLD": "/somewhere"});
    let outcome = run(&host, json!({"cmd": line, "env": env, "cwd": "/"})).await;
    assert_eq!(
        outcome.result["stdout"], "nobody\nkept tests\nown home",
        "{outcome:?}"
    );
    let outcome = run(&host, json!({"cmd": "id -un", "sudo": true})).await;
    assert_eq!(outcome.result["stdout"], "root");
}

#[tokio::test]
async fn what_runs_as_another_user_ends_with_the_timeout() {
    let Some(host) = host_of_nobody("a time-out ends what another user runs") else {
        return;
    };
    let line = "trap '' TERM; echo $$; while :; do sleep 1000; done";
    let outcome = run(&host, json!({"cmd": line, "cwd": "/", "timeout": 1})).await;
    let process = outcome.result["stdout"].to_string();
    assert_eq!(outcome.result["return_code"], -9);
    assert!(!crate::testing::is_running(&process));
}

#[tokio::test]
async fn the_password_is_for_sudo_only() {
    let Some(host) = host_of_nobody("the password is for sudo only") else {
        return;
    };
    let line = "cat; env; tr '\\0' ' ' < /proc/$PPID/cmdline; tr '\\0' ' ' < /proc/self/cmdline";
    for sudo in [true, false] {
        let parameters =
            json!({"cmd": line, "sudo": sudo, "sudo_password": "c4n4ry", "cwd": "/", "env": {}});
        let outcome = run(&host, parameters).await;
        assert_eq!(outcome.result["return_code"], 0, "{outcome:?}");
        assert!(outcome.result["stdout"].to_string().contains("PATH="));
        assert!(
            !outcome.result.to_string().contains("c4n4ry"),
            "{outcome:?}"
        );
    }
}
