//! Chats with one message for a finding, and its files beside it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value as Json, json};
use squall_model::http::Answer;

use super::slack::blocks;
use super::{at_most, items, parts, some_at_most, told};
use crate::service::Asked;

/// Files that came, by their ids, for each service its own.
#[derive(Default)]
pub(crate) struct Known(Vec<String>);

impl Known {
    fn add(&mut self) -> String {
        self.0.push(format!("file-{}", self.0.len() + 1));
        self.0.last().unwrap().clone()
    }

    fn has(&self, id: &str) -> bool {
        self.0.iter().any(|known| known == id)
    }
}

pub(super) fn google(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    let body = asked.json();
    some_at_most(&body["text"], 4096);
    told(200, &json!({"name": "spaces/A/messages/1"}))
}

/// The one file of a form, of at most so many bytes, and the form's texts.
fn file(asked: &Asked, field: &str, most: usize) -> Vec<(String, String)> {
    let (files, texts): (Vec<_>, Vec<_>) =
        parts(asked).into_iter().partition(|part| part.1.is_some());
    assert_eq!(files.len(), 1);
    assert_eq!(files[0].0, field);
    assert!(
        (1..=most).contains(&files[0].2.len()),
        "{}",
        files[0].2.len()
    );
    let text = |(name, _, value)| (name, String::from_utf8(value).unwrap());
    texts.into_iter().map(text).collect()
}

pub(super) fn basic(asked: &Asked, login: &str) {
    let expected = format!("Basic {}", STANDARD.encode(login));
    assert_eq!(asked.header("authorization"), Some(expected.as_str()));
}

pub(super) fn mattermost(asked: &Asked, known: &mut Known) -> Answer {
    assert_eq!(asked.header("authorization"), Some("Bearer token"));
    let path = asked.path().strip_prefix("/api/v4/").unwrap();
    let answer = match (asked.method.as_str(), path) {
        ("GET", "users/me") => json!({"id": "u1", "roles": "system_user system_admin"}),
        ("POST", "channels/search") => {
            some_at_most(&asked.json()["term"], 64);
            json!([{"id": "c0", "name": "alerts-test"}, {"id": "c1", "name": "alerts"}])
        }
        ("POST", "files") => {
            let texts = file(asked, "files", 50_000_000);
            assert_eq!(texts, [("channel_id".to_owned(), "c1".to_owned())]);
            json!({"file_infos": [{"id": known.add()}]})
        }
        ("POST", "posts") => {
            let body = asked.json();
            assert_eq!(body["channel_id"], "c1");
            at_most(&body["message"], 16_383);
            let files = items(&body["file_ids"]);
            assert!(files.len() <= 10, "{}", files.len());
            assert!(files.iter().all(|id| known.has(id.as_str().unwrap())));
            assert!(body["message"] != "" || !files.is_empty(), "an empty post");
            assert!(body["props"].to_string().chars().count() <= 800_000);
            for attachment in items(&body["props"]["attachments"]) {
                at_most(&attachment["text"], 16_383);
            }
            json!({"id": "p1"})
        }
        other => panic!("mattermost has no {other:?}"),
    };
    told(201, &answer)
}

pub(super) fn zulip(asked: &Asked, known: &mut Known) -> Answer {
    assert_eq!(asked.method, "POST");
    basic(asked, "bot@example.com:key");
    if asked.path() == "/api/v1/user_uploads" {
        file(asked, "filename", 25_000_000);
        let path = format!("/user_uploads/{}", known.add());
        return told(200, &json!({"result": "success", "uri": path}));
    }
    assert_eq!(asked.path(), "/api/v1/messages");
    let form = form(asked);
    let value = |name: &str| form.iter().find(|pair| pair.0 == name).unwrap().1.as_str();
    assert_eq!((value("type"), value("to")), ("stream", "Monitoring"));
    assert!((1..=60).contains(&value("topic").chars().count()));
    assert!((1..=10_000).contains(&value("content").trim().chars().count()));
    told(200, &json!({"result": "success", "id": 1}))
}

fn form(asked: &Asked) -> Vec<(String, String)> {
    assert_eq!(
        asked.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    let text = asked.text();
    let pairs = text.split('&').map(|pair| pair.split_once('=').unwrap());
    pairs
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digits = [rest.next().unwrap(), rest.next().unwrap()];
        let digits = str::from_utf8(&digits).unwrap();
        bytes.push(u8::from_str_radix(digits, 16).unwrap());
    }
    String::from_utf8(bytes).unwrap()
}

pub(super) fn webex(asked: &Asked) -> Answer {
    assert_eq!(
        (asked.method.as_str(), asked.path()),
        ("POST", "/v1/messages")
    );
    assert_eq!(asked.header("authorization"), Some("Bearer token"));
    if asked.header("content-type") != Some("application/json") {
        let texts = file(asked, "files", 100_000_000);
        assert_eq!(texts, [("roomId".to_owned(), "room".to_owned())]);
        return told(200, &json!({"id": "m2"}));
    }
    let body = asked.json();
    assert_eq!(body["roomId"], "room");
    some_at_most(&body["text"], 7439);
    let attachments = items(&body["attachments"]);
    assert_eq!(attachments.len(), 1);
    let card = &attachments[0]["content"];
    assert_eq!(
        (&card["type"], &card["version"]),
        (&json!("AdaptiveCard"), &json!("1.2"))
    );
    let size = card.to_string().len();
    assert!(size <= 22_000, "{size}");
    told(200, &json!({"id": "m1"}))
}

pub(super) fn rocketchat(asked: &Asked, known: &mut Known) -> Answer {
    assert_eq!(asked.header("x-auth-token"), Some("token"));
    assert_eq!(asked.header("x-user-id"), Some("user"));
    let path = asked.path().strip_prefix("/api/v1/").unwrap();
    let answer = match (asked.method.as_str(), path) {
        ("GET", "rooms.info?roomName=alerts") => json!({"room": {"_id": "r1"}}),
        ("POST", "chat.sendMessage") => {
            let body = asked.json();
            let message = &body["message"];
            assert_eq!(message["rid"], "r1");
            blocks(&message["blocks"]);
            for attachment in items(&message["attachments"]) {
                some_at_most(&attachment["text"], 5000);
            }
            json!({"message": {"_id": "m1"}})
        }
        ("POST", "rooms.media/r1") => {
            file(asked, "file", 100_000_000);
            json!({"file": {"_id": known.add()}})
        }
        ("POST", path) => {
            let id = path.strip_prefix("rooms.mediaConfirm/r1/").unwrap();
            assert!(known.has(id), "{id}");
            assert_eq!(asked.json()["tmid"], "m1");
            json!({})
        }
        other => panic!("rocket.chat has no {other:?}"),
    };
    told(200, &super::with_success(&answer))
}

pub(super) fn yandex(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    assert_eq!(asked.header("authorization"), Some("OAuth token"));
    let method = asked.path().strip_prefix("/bot/v1/messages/").unwrap();
    let field = match method {
        "sendText/" => {
            let body = asked.json();
            some_at_most(&body["text"], 6000);
            some_at_most(&body["payload_id"], 255);
            assert_eq!(body["chat_id"], "0/0/chat");
            return told(200, &json!({"ok": true, "message_id": 1}));
        }
        "sendImage/" => "image",
        "sendFile/" => "document",
        other => panic!("yandex has no {other}"),
    };
    let texts = file(asked, field, 60_000_000);
    assert_eq!(texts, [("chat_id".to_owned(), "0/0/chat".to_owned())]);
    told(200, &json!({"ok": true, "message_id": 2}))
}

pub(super) fn pushover(asked: &Asked) -> Answer {
    assert_eq!(
        (asked.method.as_str(), asked.path()),
        ("POST", "/1/messages.json")
    );
    let body = if asked.header("content-type") == Some("application/json") {
        asked.json()
    } else {
        let texts = file(asked, "attachment", 5 * 1024 * 1024);
        texts
            .into_iter()
            .map(|(name, value)| (name, Json::String(value)))
            .collect()
    };
    assert_eq!(
        (&body["token"], &body["user"]),
        (&json!("token"), &json!("user"))
    );
    some_at_most(&body["title"], 250);
    some_at_most(&body["message"], 1024);
    let message = body["message"].as_str().unwrap();
    for tag in ["b", "code", "a"] {
        let ends = message.matches(&format!("</{tag}>")).count();
        let begins = message.matches(&format!("<{tag}>")).count();
        let begins = begins + message.matches(&format!("<{tag} ")).count();
        assert_eq!(begins, ends, "{message}");
    }
    told(200, &json!({"status": 1, "request": "r"}))
}
