//! The settings file: printed, checked, obeyed, and overridden by variables and flags.

use serde_json::json;

use crate::command::squall;
use crate::http::Request;
use crate::server::Settings;

#[test]
fn what_is_printed_is_right_and_what_is_wrong_is_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("squall.toml");

    let printed = squall(&["settings"], folder.path());
    assert_eq!(printed.code, Some(0), "{}", printed.stderr);
    fs_err::write(&file, &printed.stdout).unwrap();
    let checked = squall(&["settings", "check", "squall.toml"], folder.path());
    assert_eq!(checked.code, Some(0), "{}", checked.stdout);

    let wrong =
        "[server]\nlisten = \"here\"\nlisetn = \"there\"\n\n[http]\nbody_limit = \"much\"\n";
    fs_err::write(&file, wrong).unwrap();
    let checked = squall(&["settings", "check", "squall.toml"], folder.path());
    assert_eq!(checked.code, Some(1), "{}", checked.stderr);
    let expected = [
        "error: squall.toml:2:1: server.listen: \"here\" is not an IP address with its port (such as \"127.0.0.1:8700\")",
        "error: squall.toml:3:1: server.lisetn: there is no such setting (did you mean server.listen?)",
        "error: squall.toml:6:1: http.body_limit: \"much\" is not a size of at least 1 KiB (such as \"32 MiB\")",
    ];
    assert_eq!(checked.stdout.lines().collect::<Vec<_>>(), expected);

    // A server says the same, and does not start.
    let served = squall(
        &["serve", "--config", "squall.toml", "--no-auth"],
        folder.path(),
    );
    assert_eq!(served.code, Some(2), "{}", served.stderr);
    let told: Vec<&str> = served.stderr.lines().take(3).collect();
    assert_eq!(told, expected);

    let missing = squall(
        &["serve", "--config", "no.toml", "--no-auth"],
        folder.path(),
    );
    assert_eq!(missing.code, Some(2), "{}", missing.stderr);
    assert!(missing.stderr.contains("`no.toml`"), "{}", missing.stderr);
}

#[test]
fn a_flag_wins_over_a_variable_and_that_over_the_file() {
    // A listener that could not be had, twice overridden; a limit that only the file says, and one that a variable does.
    let text = "[server]\nlisten = \"192.0.2.1:1\"\n[http]\nbody_limit = \"1 KiB\"\nhosts = [\"only.example\"]\n";
    let settings = Settings::dev().variable("SQUALL_HTTP_HOSTS", "squall.example");
    let settings = settings.variable("SQUALL_SERVER_LISTEN", "192.0.2.1:2");
    let file = settings.folder().join("squall.toml");
    fs_err::write(&file, text).unwrap();
    let squall = settings.with(&["--config", file.to_str().unwrap()]).start();

    let ask = |host: &str, bytes: usize| {
        let body = json!({"padding": "x".repeat(bytes)});
        let request = Request::post("/api/v1/webhooks/none", &body).header("Host", host);
        squall.send(&request).status
    };
    assert_eq!(ask("only.example", 1), 403);
    assert_eq!(ask("squall.example", 1), 404);
    assert_eq!(ask("squall.example", 1024), 413);
}

#[test]
fn without_a_key_file_it_is_told_how_to_name_one() {
    let squall = Settings::serve_open().start();
    let secret = json!({"name": "password", "value": "x", "secret": true});
    let request = Request::new("PUT", "/api/v1/keys/password").json(&secret);
    let answer = squall.send(&request);
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert!(answer.text().contains("--crypto-key"), "{}", answer.text());
    assert!(
        answer.text().contains("secrets.crypto_key_file"),
        "{}",
        answer.text()
    );
}
