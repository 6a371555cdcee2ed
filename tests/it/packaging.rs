//! How Squall is run by others: the systemd unit is right, and who supervises hears how it goes.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::json;

use crate::command::run;
use crate::machine;
use crate::server::{Settings, binary};
use crate::wait;

/// The most that `systemd-analyze security` may find exposed, of 100.
const EXPOSURE: &str = "25";

fn unit() -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../packaging/systemd/squall.service");
    fs_err::read_to_string(file).unwrap()
}

#[test]
fn systemd_takes_the_unit_and_finds_it_closed() {
    let Some(systemd) = machine::program("systemd-analyze") else {
        machine::skipped(
            "systemd checks the unit",
            "systemd-analyze is not installed",
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("squall.service");
    // The user and the program are there once Squall is installed.
    let installed = unit()
        .replace("/usr/bin/squall", binary().to_str().unwrap())
        .replace("=squall\n", "=root\n");
    fs_err::write(&file, installed).unwrap();
    let verified = run(Command::new(&systemd).arg("verify").arg(&file));
    assert_eq!(verified.code, Some(0), "{verified:?}");
    assert_eq!(verified.stderr, "");
    let mut security = Command::new(&systemd);
    security.args(["security", "--offline=yes", "--no-pager"]);
    security.arg(format!("--threshold={EXPOSURE}"));
    let security = run(security.arg(&file));
    assert_eq!(security.code, Some(0), "{security:?}");
}

#[test]
fn the_supervisor_is_told_and_actions_cannot_speak_to_it() {
    let settings = Settings::dev();
    let socket = settings.folder().join("notify");
    let supervisor = UnixDatagram::bind(&socket).unwrap();
    supervisor
        .set_read_timeout(Some(Duration::from_secs(60)))
        .unwrap();
    let heard = || {
        let mut bytes = [0; 64];
        let length = supervisor.recv(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes[..length]).into_owned()
    };
    let squall = settings
        .variable("NOTIFY_SOCKET", socket.to_str().unwrap())
        .start();
    assert_eq!(heard(), "READY=1");
    let wanted =
        json!({"action": "core.local", "parameters": {"cmd": "echo socket: $NOTIFY_SOCKET"}});
    let id = squall.post("/api/v1/executions", &wanted, 201)["id"].clone();
    let path = format!("/api/v1/executions/{}", id.as_str().unwrap());
    let said = wait::until("the action to end", || {
        let execution = squall.get(&path);
        let said = execution["result"]["stdout"].as_str().map(str::to_owned);
        said.ok_or_else(|| execution.to_string())
    });
    assert_eq!(said, "socket:");
    squall.ask_to_stop();
    assert_eq!(heard(), "STOPPING=1");
    assert!(squall.ended_well().1);
}
