//! What is secret lies on disk as ciphertext or as a hash, and without its key file no server starts.

use std::path::Path;

use serde_json::json;

use crate::command::{Ended, squall};
use crate::http::Request;
use crate::server::{Server, Settings};

/// A secret that nothing else contains.
const SECRET: &str = "swordfish-7c1f0a55";

/// A server with a secret, and what else only its owners may know.
fn with_secrets() -> (Server, Vec<String>) {
    let server = Settings::dev().start();
    let secret = json!({"name": "password", "value": SECRET, "secret": true});
    let request = Request::new("PUT", "/api/v1/keys/password").json(&secret);
    assert_eq!(server.send(&request).status, 200);
    let api_key = server.post("/api/v1/apikeys", &json!({"user": "ann"}), 201);
    let api_key = api_key["key"].as_str().unwrap().to_owned();
    assert!(api_key.len() > 20, "{api_key}");
    let token = server.send(&Request::post("/auth/v1/tokens", &json!({"ttl": 600})));
    assert_eq!(token.status, 201, "{}", token.text());
    let token = token.json()["token"].as_str().unwrap().to_owned();
    (server, vec![SECRET.to_owned(), api_key, token])
}

/// Files below a folder in which a text stands, in clear or as its hexadecimal digits.
fn files_with(text: &str, folder: &Path) -> Vec<String> {
    let digits: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
    let forms = [text.to_owned(), digits.to_uppercase(), digits];
    let mut found = Vec::new();
    for entry in fs_err::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if !path.is_file() {
            continue;
        }
        let bytes = fs_err::read(&path).unwrap();
        let stands = |form: &String| {
            let form = form.as_bytes();
            bytes.windows(form.len()).any(|window| window == form)
        };
        if forms.iter().any(stands) {
            found.push(path.display().to_string());
        }
    }
    found
}

#[test]
fn the_raw_database_shows_no_plaintext() {
    let (server, secrets) = with_secrets();
    let folder = server.folder().to_owned();
    let written = squall(
        &["admin", "backup", "data/copy.db", "--data", "data"],
        &folder,
    );
    assert_eq!(written.code, Some(0), "{}", written.stderr);
    let data = folder.join("data");
    assert!(
        !files_with("password", &data).is_empty(),
        "nothing is found at all"
    );
    for secret in &secrets {
        assert_eq!(files_with(secret, &data), Vec::<String>::new());
    }
    let (settings, _) = server.stop();
    for secret in &secrets {
        assert_eq!(files_with(secret, &data), Vec::<String>::new());
    }
    let server = settings.start();
    let read = server.get("/api/v1/keys/password?decrypt=true");
    assert_eq!(read["value"], SECRET);
}

/// A server that is expected not to start.
fn start(command: &str, folder: &Path, more: &[&str]) -> Ended {
    let usual = [command, "--listen", "127.0.0.1:0", "--data", "data"];
    squall(&[&usual, more].concat(), folder)
}

#[test]
fn without_its_key_file_no_server_starts() {
    let (server, _) = with_secrets();
    let folder = server.folder().to_owned();
    let (settings, _) = server.stop();
    let key = folder.join("data/crypto.json");
    let right = fs_err::read(&key).unwrap();

    fs_err::remove_file(&key).unwrap();
    let missing = start("serve", &folder, &["--no-auth"]);
    assert_eq!(missing.code, Some(1), "{}", missing.stderr);
    assert!(
        missing
            .stderr
            .contains("1 keys are kept secret, but there is no key file"),
        "{}",
        missing.stderr
    );

    let made = squall(&["key", "make-crypto-key", "data/crypto.json"], &folder);
    assert_eq!(made.code, Some(0), "{}", made.stderr);
    let wrong = start("serve", &folder, &["--no-auth"]);
    assert_eq!(wrong.code, Some(1), "{}", wrong.stderr);
    assert!(
        wrong.stderr.contains("opens none of the 1 keys"),
        "{}",
        wrong.stderr
    );

    fs_err::write(&key, "no key").unwrap();
    let broken = start("serve", &folder, &["--no-auth"]);
    assert_eq!(broken.code, Some(1), "{}", broken.stderr);

    fs_err::write(&key, right).unwrap();
    let server = settings.start();
    let read = server.get("/api/v1/keys/password?decrypt=true");
    assert_eq!(read["value"], SECRET);
}
