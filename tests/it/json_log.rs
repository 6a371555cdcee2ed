//! The log for programs: each line one object, whatever users say, and no secret in it at any level.

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

/// Ann, whose password is `correct horse`.
const PASSWORDS: &str = "ann:$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e\n";

/// `ann:correct horse`, as a browser sends it.
const BASIC: &str = "YW5uOmNvcnJlY3QgaG9yc2U=";

const PACK: (&str, &str) = (
    "vault/pack.yaml",
    "{name: vault, description: Keeps, version: 1.0.0, author: a, email: a@example.com}",
);

const ACTION: (&str, &str) = (
    "vault/actions/open.yaml",
    "
name: open
runner_type: local-shell-script
entry_point: open.sh
parameters: {code: {type: string, secret: true, position: 0}}
",
);

const SCRIPT: (&str, &str) = ("vault/actions/open.sh", "#!/bin/sh\nexit 3\n");

/// A rule whose parameters cannot be rendered, with the secret among what it was given.
const RULE: (&str, &str) = (
    "vault/rules/open.yaml",
    "
name: open
pack: vault
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: vault}}
action: {ref: vault.open, parameters: {code: '{{ trigger.body.code }}{{ trigger.body.missing }}'}}
",
);

fn sign_in(squall: &Server) -> String {
    let request = Request::post("/auth/v1/tokens", &json!({}));
    let answer = squall.send(&request.header("Authorization", &format!("Basic {BASIC}")));
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()["token"].as_str().unwrap().to_owned()
}

#[test]
fn no_secret_is_logged_and_no_line_is_forged() {
    let packs = packs::folder(&[PACK, ACTION, SCRIPT, RULE]);
    let squall = Settings::serve(PASSWORDS)
        .packs(packs.path())
        .variable("SQUALL_LOG_LEVEL", "trace")
        .variable("SQUALL_LOG_FORMAT", "json")
        .start();
    let token = sign_in(&squall);
    let ask = |request: Request| squall.send(&request.header("X-Auth-Token", &token));

    let key = ask(Request::post("/api/v1/apikeys", &json!({"user": "ann"}))).json();
    let key = key["key"].as_str().unwrap().to_owned();
    let forged = "x\n{\"level\":\"error\",\"message\":\"forged\"}\u{1b}[2J";
    let body = json!({"code": "code-of-the-hook", "who": forged});
    let hook = format!("/api/v1/webhooks/vault?st2-api-key={key}");
    assert_eq!(squall.send(&Request::post(&hook, &body)).status, 202);
    let wanted = json!({"action": "vault.open", "parameters": {"code": "code-of-the-action"}});
    let execution = ask(Request::post("/api/v1/executions", &wanted)).json();
    let path = format!("/api/v1/executions/{}", execution["id"].as_str().unwrap());
    wait::until("the action to end", || {
        let seen = ask(Request::get(&path)).json();
        (seen["status"] == "failed")
            .then_some(())
            .ok_or_else(|| seen.to_string())
    });
    let named = json!({"name": forged, "value": "value-of-the-key", "secret": true});
    let put = Request::new("PUT", "/api/v1/keys/x%0Aforged").json(&named);
    assert_eq!(ask(put).status, 400);
    let wrong = Request::get("/api/v1/keys").header("X-Auth-Token", "token-of-a-stranger");
    assert_eq!(squall.send(&wrong).status, 401);

    let (settings, ended_well) = squall.stop();
    assert!(ended_well);
    let log = settings.log();
    assert!(log.contains("stopped; the next start"), "{log}");
    for line in log
        .lines()
        .filter(|line| !line.starts_with("ready http://"))
    {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
        for name in ["time", "level", "target", "message"] {
            assert!(line[name].is_string(), "{line}");
        }
        assert_ne!(line["message"], "forged");
    }
    let secrets = [
        token.as_str(),
        key.as_str(),
        BASIC,
        "correct horse",
        "code-of-the-hook",
        "code-of-the-action",
        "value-of-the-key",
        "token-of-a-stranger",
    ];
    for secret in secrets {
        assert!(!log.contains(secret), "{secret} is in the log: {log}");
    }
}
