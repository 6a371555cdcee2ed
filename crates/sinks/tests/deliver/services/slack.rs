//! Slack's Web API: messages of blocks, and files that are uploaded in three steps.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use squall_model::http::Answer;

use super::{at_most, items, length, said, some_at_most, told};
use crate::service::Asked;

/// Uploads that were asked for, by id: how long they are to be, and whether they came.
#[derive(Default)]
pub(crate) struct Known(BTreeMap<String, (usize, bool)>);

pub(super) fn answer(asked: &Asked, known: &mut Known) -> Answer {
    assert_eq!(asked.method, "POST");
    if asked.host() == "files.slack.com" {
        let id = asked.path().strip_prefix("/upload/v1/").unwrap();
        let (promised, is_there) = known.0.get_mut(id).unwrap();
        assert_eq!(*promised, asked.body.len(), "the file has another length");
        *is_there = true;
        return said(200, "OK - 1");
    }
    let token = asked.header("authorization").unwrap();
    assert!(token.starts_with("Bearer xoxb-"), "{token}");
    let answer = match asked.path() {
        "/api/chat.postMessage" => {
            let body = asked.json();
            message(&body);
            json!({"ok": true, "channel": "C1", "ts": "17.1"})
        }
        "/api/chat.update" => {
            let body = asked.json();
            time(&body["ts"]);
            message(&body);
            json!({"ok": true, "channel": "C1", "ts": body["ts"]})
        }
        "/api/files.getUploadURLExternal" => known.promise(asked),
        "/api/files.completeUploadExternal" => known.complete(&asked.json()),
        other => panic!("slack has no {other}"),
    };
    told(200, &answer)
}

impl Known {
    fn promise(&mut self, asked: &Asked) -> Json {
        assert_eq!(
            asked.header("content-type"),
            Some("application/x-www-form-urlencoded")
        );
        let form = asked.text();
        let (name, length) = form.split_once("&length=").unwrap();
        let name = name.strip_prefix("filename=").unwrap();
        assert!(!name.is_empty() && !name.contains(['&', ' ']), "{name}");
        let length = length.parse().unwrap();
        assert!((1..=1_000_000_000).contains(&length), "{length}");
        let id = format!("F{}", self.0.len() + 1);
        let url = format!("https://files.slack.com/upload/v1/{id}");
        self.0.insert(id.clone(), (length, false));
        json!({"ok": true, "upload_url": url, "file_id": id})
    }

    fn complete(&self, body: &Json) -> Json {
        let files = items(&body["files"]).iter().map(|file| {
            let id = file["id"].as_str().unwrap();
            assert!(self.0[id].1, "{id} was not uploaded");
            json!({"id": id, "title": file["title"], "permalink": format!("https://slack.example/{id}")})
        });
        json!({"ok": true, "files": files.collect::<Vec<_>>()})
    }
}

fn message(body: &Json) {
    some_at_most(&body["channel"], 100);
    some_at_most(&body["text"], 40_000);
    if !body["thread_ts"].is_null() {
        time(&body["thread_ts"]);
    }
    // Nothing but attachments is a message, too.
    if !items(&body["blocks"]).is_empty() || items(&body["attachments"]).is_empty() {
        blocks(&body["blocks"]);
    }
    for attachment in items(&body["attachments"]) {
        blocks(&attachment["blocks"]);
        let color = attachment["color"].as_str().unwrap();
        assert!(color.starts_with('#') && color.len() == 7, "{color}");
    }
}

fn time(ts: &Json) {
    let (seconds, rest) = ts.as_str().unwrap().split_once('.').unwrap();
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|one| one.is_ascii_digit());
    assert!(is_number(seconds) && is_number(rest), "{ts}");
}

pub(super) fn blocks(blocks: &Json) {
    let blocks = items(blocks);
    assert!((1..=50).contains(&blocks.len()), "{}", blocks.len());
    for block in blocks {
        match block["type"].as_str().unwrap() {
            "section" => {
                assert_eq!(block["text"]["type"], "mrkdwn");
                some_at_most(&block["text"]["text"], 3000);
            }
            "header" => {
                assert_eq!(block["text"]["type"], "plain_text");
                some_at_most(&block["text"]["text"], 150);
            }
            "actions" => actions(&block["elements"]),
            "divider" => {}
            other => panic!("slack has no {other}"),
        }
    }
}

fn actions(elements: &Json) {
    let elements = items(elements);
    assert!((1..=25).contains(&elements.len()), "{}", elements.len());
    let mut ids = BTreeSet::new();
    for button in elements {
        assert_eq!(button["type"], "button");
        assert_eq!(button["text"]["type"], "plain_text");
        some_at_most(&button["text"]["text"], 75);
        assert!(length(&button["action_id"]) <= 255);
        assert!(
            ids.insert(button["action_id"].as_str().unwrap()),
            "two buttons have one id"
        );
        at_most(&button["value"], 2000);
        if !button["url"].is_null() {
            some_at_most(&button["url"], 3000);
        }
    }
}
