//! Backup beside a running server, restore, and the doctor: what a person does who looks after an installation.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::command::{Ended, squall};
use crate::http::Request;
use crate::server::{Server, Settings};

/// `squall admin` in the folder of a story, whose data folder is `data`.
fn admin(folder: &Path, words: &[&str]) -> Ended {
    let mut all = vec!["admin"];
    all.extend(words);
    all.extend(["--data", "data"]);
    squall(&all, folder)
}

fn set(squall: &Server, name: &str, value: &str, secret: bool) {
    let body = json!({"name": name, "value": value, "secret": secret});
    let path = format!("/api/v1/keys/{name}");
    let answer = squall.send(&Request::new("PUT", &path).json(&body));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn names(squall: &Server) -> Vec<Value> {
    let keys = squall.get("/api/v1/keys");
    let keys = keys.as_array().unwrap().iter();
    keys.map(|key| key["name"].clone()).collect()
}

fn mode(file: &Path) -> u32 {
    fs_err::metadata(file).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_backup_of_a_running_server_is_restored() {
    let server = Settings::dev().start();
    set(&server, "before", "1", false);
    let folder = server.folder().to_owned();

    let written = admin(&folder, &["backup", "copy.db"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    assert!(written.stdout.starts_with("wrote "), "{}", written.stdout);
    assert_eq!(mode(&folder.join("copy.db")), 0o600);
    let again = admin(&folder, &["backup", "copy.db"]);
    assert_eq!(again.code, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("--force"), "{}", again.stderr);
    let replaced = admin(&folder, &["backup", "copy.db", "--force"]);
    assert_eq!(replaced.code, Some(0), "{}", replaced.stderr);

    set(&server, "after", "2", false);
    let refused = admin(&folder, &["restore", "copy.db"]);
    assert_eq!(refused.code, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("in use"), "{}", refused.stderr);
    assert_eq!(names(&server), ["after", "before"]);

    let (settings, _) = server.stop();
    let restored = admin(&folder, &["restore", "copy.db"]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    let server = settings.start();
    assert_eq!(names(&server), ["before"]);
    let (settings, _) = server.stop();

    // What was there has been kept beside, with all that was in it.
    let told = restored.stderr.lines().next().unwrap();
    let kept = told.strip_prefix("what was there is now ").unwrap();
    let restored = admin(&folder, &["restore", kept]);
    assert_eq!(restored.code, Some(0), "{}", restored.stderr);
    assert_eq!(names(&settings.start()), ["after", "before"]);
}

#[test]
fn what_is_no_sound_backup_changes_nothing() {
    let server = Settings::dev().start();
    set(&server, "kept", "1", false);
    let folder = server.folder().to_owned();
    let (settings, _) = server.stop();
    let written = admin(&folder, &["backup", "copy.db"]);
    assert_eq!(written.code, Some(0), "{}", written.stderr);

    let whole = fs_err::read(folder.join("copy.db")).unwrap();
    let page = 4096;
    let mut torn = whole.clone();
    torn[3 * page..5 * page].fill(0);
    let cut = whole[..whole.len() / 2 / page * page].to_vec();
    for (bytes, code) in [(torn, 1), (cut, 1), (b"no database".repeat(999), 2)] {
        fs_err::write(folder.join("bad.db"), bytes).unwrap();
        let refused = admin(&folder, &["restore", "bad.db"]);
        assert_eq!(refused.code, Some(code), "{}", refused.stderr);
    }
    let missing = admin(&folder, &["restore", "missing.db"]);
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    assert_eq!(names(&settings.start()), ["kept"]);
}

#[test]
fn the_doctor_finds_what_is_wrong_and_mends_what_can_be_made_anew() {
    let server = Settings::dev().start();
    let noop = json!({"action": "core.noop"});
    for _ in 0..3 {
        server.post("/api/v1/executions", &noop, 201);
    }
    set(&server, "password", "swordfish", true);
    let folder = server.folder().to_owned();
    let healthy = admin(&folder, &["doctor"]);
    assert_eq!(
        healthy.code,
        Some(0),
        "{}{}",
        healthy.stdout,
        healthy.stderr
    );
    let (settings, _) = server.stop();

    let path = folder.join("data/squall.db");
    let connection = Connection::open(&path).unwrap();
    let worse = "PRAGMA foreign_keys = OFF; \
                 UPDATE execution_class SET members = members + 7; \
                 INSERT INTO result (execution, value) VALUES (4711, '{}'); \
                 UPDATE execution SET detail = x'7b' WHERE seq = 1;";
    let worse = worse.replace("'{}'", "x'7b7d'");
    connection.execute_batch(&worse).unwrap();
    let damaged: String = connection
        .query_row(
            "SELECT lower(hex(id)) FROM execution WHERE seq = 1",
            [],
            |row| row.get(0),
        )
        .unwrap();
    drop(connection);
    let readable = std::fs::Permissions::from_mode(0o644);
    fs_err::set_permissions(&path, readable).unwrap();
    fs_err::rename(folder.join("data/crypto.json"), folder.join("key")).unwrap();

    let found = admin(&folder, &["doctor"]);
    assert_eq!(found.code, Some(1), "{}", found.stdout);
    for told in [
        "counters say something else",
        "belong to nothing that is recorded",
        "others may read",
        "1 keys are secret, but their key file",
        damaged.as_str(),
    ] {
        assert!(found.stdout.contains(told), "{told}: {}", found.stdout);
    }
    let mended = admin(&folder, &["doctor", "--fix", "--crypto-key", "key"]);
    assert_eq!(mended.code, Some(1), "{}", mended.stdout);
    let left: Vec<&str> = mended
        .stdout
        .lines()
        .filter(|line| line.starts_with("problem"))
        .collect();
    assert!(left.len() == 1 && left[0].contains(&damaged), "{left:?}");
    assert_eq!(mode(&path), 0o600);

    // The damaged one is left out, of the total as well: three are recorded, two can be read.
    fs_err::rename(folder.join("key"), folder.join("data/crypto.json")).unwrap();
    let server = settings.start();
    let listed = server.send(&Request::get("/api/v1/executions"));
    assert_eq!(listed.header("X-Total-Count"), Some("2"));
    assert_eq!(listed.json().as_array().unwrap().len(), 2);
    assert!(server.log().contains(&damaged));
    let in_use = admin(&folder, &["doctor"]);
    assert_eq!(in_use.code, Some(1), "{}", in_use.stdout);
}
