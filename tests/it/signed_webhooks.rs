//! A service that cannot sign in sends what it has signed; nobody else gets in by it, and its secret stays one.

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: (&str, &str) = (
    "labs/pack.yaml",
    "{name: labs, description: Signed webhooks, version: 1.0.0, author: a, email: a@example.com}",
);

const RULE: (&str, &str) = (
    "labs/rules/show.yaml",
    r#"
name: show
pack: labs
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: github}}
action: {ref: core.local, parameters: {cmd: "env; echo {{ trigger.body.zen }}"}}
"#,
);

const SETTINGS: &str = r#"
[webhooks.github]
style = "github"
secrets = ["env:GITHUB_SECRET", "file:github.secret"]
"#;

/// Made with Python's hmac from the body and the secret before it.
const IN_VARIABLE: &str = "canary-7f1e-secret";
const ONE: &str = r#"{"zen": "one"}"#;
const ONE_SIGNED: &str = "sha256=e3cff07071038487b909b1dc67e45e8f1ea5b0f648fcad438ea5dcc21d1498a5";
const IN_FILE: &str = "canary-in-file-33";
const TWO: &str = r#"{"zen": "two"}"#;
const TWO_SIGNED: &str = "sha256=358ab01b1398bfb2d69a9fe6d87530a368ca4d2be87f410da765d5821dc581bb";

#[test]
fn a_signed_webhook_starts_an_action_once_and_its_secret_is_nowhere() {
    let packs = packs::folder(&[PACK, RULE]);
    let settings = Settings::dev()
        .packs(packs.path())
        .config_file(SETTINGS)
        .variable("GITHUB_SECRET", IN_VARIABLE);
    fs_err::write(settings.folder().join("github.secret"), IN_FILE).unwrap();
    let squall = settings.start();
    assert_eq!(post(&squall, ONE, ""), 401);
    assert_eq!(post(&squall, ONE, TWO_SIGNED), 401);
    assert_eq!(post(&squall, ONE, ONE_SIGNED), 202);
    assert_eq!(post(&squall, TWO, TWO_SIGNED), 202);

    let done = wait::until("both to be done", || {
        let executions = squall.get("/api/v1/executions?rule=labs.show&status=succeeded");
        match executions.as_array().unwrap().len() {
            2 => Ok(executions.to_string()),
            _ => Err(executions.to_string()),
        }
    });
    // Neither what actions find around them, nor what is listed, nor what is logged knows a secret.
    let listed = [
        "/api/v1/webhooks",
        "/api/v1/rules",
        "/api/v1/triggerinstances",
        "/api/v1/triggers",
        "/metrics",
    ]
    .map(|path| squall.send(&Request::get(path)).text());
    let squall = squall.kill().start();
    assert_eq!(post(&squall, ONE, ONE_SIGNED), 409, "after a restart, too");
    assert_eq!(post(&squall, "{}", ONE_SIGNED), 401);
    let log = fs_err::read_to_string(squall.folder().join("squall.log")).unwrap();
    for secret in [IN_VARIABLE, IN_FILE] {
        assert!(!done.contains(secret), "{done}");
        assert!(!listed.concat().contains(secret), "{listed:?}");
        assert!(!log.contains(secret), "{log}");
    }
    assert!(done.contains("PATH="), "{done}");
}

fn post(squall: &Server, body: &str, signature: &str) -> u16 {
    let request = Request::new("POST", "/api/v1/webhooks/github")
        .header("Content-Type", "application/json")
        .body(body.into());
    let request = match signature {
        "" => request,
        signature => request.header("X-Hub-Signature-256", signature),
    };
    squall.send(&request).status
}
