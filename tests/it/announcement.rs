//! An action announces something, and whoever follows the event stream hears it, but no secret.

use serde_json::{Value, json};

use crate::http::Request;
use crate::packs;
use crate::server::Settings;
use crate::wait;

const PACK: &[(&str, &str)] = &[
    (
        "crier/pack.yaml",
        "{name: crier, description: Announces, version: 1.0.0, author: a, email: a@example.com}",
    ),
    (
        "crier/actions/cry.yaml",
        "
name: cry
runner_type: announcement
enabled: true
parameters:
  experimental: {default: true, immutable: true}
  route: {default: chatops, immutable: true}
  message: {type: string, required: true}
  pin: {type: string, secret: true}
",
    ),
];

#[test]
fn an_announcement_is_heard_on_the_stream() {
    let packs = packs::folder(PACK);
    let squall = Settings::dev().packs(packs.path()).start();
    let listen = |path: &str| Request::get(path).begin(squall.address()).unwrap();
    let mut all = listen("/stream/v1/stream");
    let mut chat = listen("/stream/v1/stream?events=st2.announcement__chatops");
    let run = |action: &str, parameters: Value| {
        let wanted = json!({"action": action, "parameters": parameters});
        let made = squall.post("/api/v1/executions", &wanted, 201);
        let path = format!("/api/v1/executions/{}", made["id"].as_str().unwrap());
        wait::until("the action to end", || {
            let shown = squall.get(&path);
            let ended = shown["status"] == "succeeded" || shown["status"] == "failed";
            ended.then_some(shown.clone()).ok_or(shown.to_string())
        })
    };

    let general = run(
        "core.announcement",
        json!({"message": {"text": "good morning"}}),
    );
    assert_eq!(general["status"], "succeeded");
    let said = json!({"message": {"text": "good morning"}});
    assert_eq!(general["result"]["output"], said);
    let heard = loop {
        let (name, data) = all.event().unwrap().unwrap();
        if name == "st2.announcement__general" {
            break serde_json::from_str::<Value>(&data).unwrap();
        }
        assert!(name.starts_with("st2.execution__") || name.starts_with("st2.liveaction__"));
    };
    assert_eq!(heard["payload"], said);
    assert_eq!(heard["trace_context"], general["context"]["trace_context"]);

    let secret = run("crier.cry", json!({"message": "tea", "pin": "c4n4ry"}));
    let masked = json!({"message": "tea", "pin": "********"});
    assert_eq!(secret["result"]["output"], masked);
    let (name, data) = chat.event().unwrap().unwrap();
    assert_eq!(name, "st2.announcement__chatops");
    assert!(data.contains("tea") && !data.contains("c4n4ry"), "{data}");
    assert!(!secret.to_string().contains("c4n4ry"));

    // The route is part of a line of the stream.
    let forged = json!({"message": {}, "route": "x\nevent: st2.execution__update"});
    assert_eq!(run("core.announcement", forged)["status"], "failed");
}
