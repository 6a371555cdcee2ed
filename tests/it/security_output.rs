//! What others write into Squall stays text: it forges no line of the log, no event of the stream, no header, moves no
//! terminal, and however much it is, the server goes on and says what it left out.

use serde_json::{Value, json};

use crate::command;
use crate::http::Request;
use crate::packs;
use crate::server::{Server, Settings};
use crate::wait;

const PACK: &[(&str, &str)] = &[
    (
        "loud/pack.yaml",
        "{name: loud, description: Prints, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "loud/rules/broken.yaml",
        "
name: broken
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: loud}}
criteria:
  trigger.body.text: {type: lessthan, pattern: 1}
action: {ref: core.noop}
",
    ),
    (
        "loud/actions/flood.yaml",
        "
name: flood
runner_type: local-shell-cmd
enabled: true
parameters:
  cmd: {default: 'yes 0123456789abcdef | head -c 60000000; echo done >&2', immutable: true}
",
    ),
];

/// A forged log line, terminal controls, another event of a stream, halves and oddities of Unicode.
const HOSTILE: &str = "x\n2026-01-01T00:00:00.000000Z ERROR squall: forged\r\nevent: st2.forged\ndata: {}\n\n\
    \u{1b}[2J\u{1b}]0;owned\u{7}\u{9b}31m\u{202e}\u{2028}\u{0}\u{feff}\u{1f469}\u{200d}\u{1f4bb}";

#[test]
fn hostile_text_forges_nothing() {
    let packs = packs::folder(PACK);
    let squall = Settings::dev()
        .packs(packs.path())
        .variable("SQUALL_LOG_LEVEL", "trace")
        .start();
    let mut stream = Request::get(
        "/stream/v1/stream?events=st2.execution__*,st2.forged,st2.execution.output__create",
    )
    .begin(squall.address())
    .unwrap();
    squall.post("/api/v1/webhooks/loud", &json!({ "text": HOSTILE }), 202);
    let wanted = json!({"action": "core.local", "parameters": {
        "cmd": "printf '%s' \"$TEXT\"; printf '%s' \"$TEXT\" >&2", "env": {"TEXT": HOSTILE.replace('\0', "")},
    }});
    let made = squall.post("/api/v1/executions", &wanted, 201);
    let path = format!("/api/v1/executions/{}", made["id"].as_str().unwrap());
    let ended = ended(&squall, &path);
    // What it printed is kept to the letter.
    let printed = HOSTILE.replace('\0', "");
    assert_eq!(ended["result"]["stdout"], printed, "{ended}");
    for (path, status) in [
        ("/api/v1/actions/%0d%0aSet-Cookie:%20a=b", 404),
        ("/api/v1/executions/%1b%5b2J", 404),
        ("/api/v1/keys/%0aforged", 404),
    ] {
        let answer = squall.send(&Request::get(path));
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        assert_eq!(answer.header("Set-Cookie"), None);
        assert!(answer.text().lines().count() <= 1, "{}", answer.text());
    }
    loop {
        let (name, data) = stream.event().unwrap().unwrap();
        assert_ne!(name, "st2.forged");
        let data: Value = serde_json::from_str(&data).unwrap();
        if data["status"] == "succeeded" {
            break;
        }
    }
    let log = fs_err::read_to_string(squall.folder().join("squall.log")).unwrap();
    assert!(
        log.lines()
            .all(|line| !line.contains("ERROR squall: forged") || !line.starts_with("2026-01-01"))
    );
    assert!(
        !log.contains('\u{1b}') && !log.contains('\u{9b}') && !log.contains('\u{202e}'),
        "{log}"
    );
}

#[test]
fn a_terminal_is_not_moved_by_what_an_action_printed() {
    let squall = Settings::dev().start();
    let wanted = json!({"action": "core.local", "parameters": {"cmd": "printf '\\033[2Jx\\033]0;owned\\007'"}});
    let made = squall.post("/api/v1/executions", &wanted, 201);
    let id = made["id"].as_str().unwrap();
    ended(&squall, &format!("/api/v1/executions/{id}"));
    let server = format!("http://{}", squall.address());
    let shown = command::squall(&["execution", "get", id, "--url", &server], squall.folder());
    assert_eq!(shown.code, Some(0), "{}", shown.stderr);
    assert!(shown.stdout.contains("succeeded"), "{}", shown.stdout);
    assert!(
        !shown.stdout.contains('\u{1b}') && !shown.stdout.contains('\u{7}'),
        "{:?}",
        shown.stdout
    );
}

#[test]
fn a_flood_is_cut_with_a_word_and_nobody_waits_for_it() {
    let packs = packs::folder(PACK);
    let squall = Settings::dev().packs(packs.path()).start();
    let made = squall.post("/api/v1/executions", &json!({"action": "loud.flood"}), 201);
    let path = format!("/api/v1/executions/{}", made["id"].as_str().unwrap());
    // Others are answered meanwhile.
    assert_eq!(squall.send(&Request::get("/api/v1/actions")).status, 200);
    let ended = ended(&squall, &path);
    assert_eq!(ended["status"], "succeeded");
    let stdout = ended["result"]["stdout"].as_str().unwrap();
    let kept = 10 * 1024 * 1024;
    let mark = format!("\n[cut here: {} more bytes]", 60_000_000 - kept);
    assert!(stdout.ends_with(&mark), "{}", &stdout[stdout.len() - 60..]);
    assert_eq!(ended["result"]["stderr"], "done");
    let recorded = squall.send(&Request::get(&format!("{path}/output?output_format=raw")));
    let recorded = recorded.text();
    assert!(recorded.len() < kept + 10_000);
    assert!(
        recorded.ends_with("[cut here: what follows is not recorded]\n"),
        "{}",
        recorded.len()
    );
}

fn ended(squall: &Server, path: &str) -> Value {
    wait::until("the action to end", || {
        let shown = squall.get(path);
        shown["end_timestamp"]
            .is_string()
            .then_some(shown.clone())
            .ok_or(shown["status"].to_string())
    })
}
