//! Telegram's Bot API. What is not closed in its Markdown is refused, as it refuses it.

use serde_json::json;
use squall_model::http::Answer;

use super::{parts, some_at_most, told};
use crate::service::Asked;

pub(super) fn answer(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    let method = asked.path().strip_prefix("/bot1:token/").unwrap();
    let well = told(200, &json!({"ok": true, "result": {"message_id": 1}}));
    let most = match method {
        "sendMessage" => {
            let body = asked.json();
            assert_eq!(body["chat_id"], -100);
            some_at_most(&body["text"], 4096);
            let text = body["text"].as_str().unwrap();
            return match body["parse_mode"].as_str().map(|_| unclosed(text)) {
                Some(Some(place)) => told(
                    400,
                    &json!({"ok": false, "error_code": 400, "description": format!(
                        "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset {place}"
                    )}),
                ),
                _ => well,
            };
        }
        "sendPhoto" => 10_000_000,
        "sendDocument" => 50_000_000,
        other => panic!("telegram has no {other}"),
    };
    let parts = parts(asked);
    let file = parts.iter().find(|part| part.1.is_some()).unwrap();
    assert!((1..=most).contains(&file.2.len()), "{}", file.2.len());
    assert!(
        parts
            .iter()
            .any(|part| part.0 == "chat_id" && part.2 == b"-100")
    );
    well
}

/// Where something begins that does not end, in Telegram's first Markdown.
fn unclosed(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let at = |index: usize| bytes.get(index).copied().unwrap_or(0);
    let mut index = 0;
    while index < bytes.len() {
        if at(index) == b'\\' && b"_*`[".contains(&at(index + 1)) {
            index += 2;
            continue;
        }
        if !b"_*`[".contains(&at(index)) {
            index += 1;
            continue;
        }
        let begin = index;
        let end = if at(begin) == b'[' { b']' } else { at(begin) };
        let is_fence = at(begin) == b'`' && at(begin + 1) == b'`' && at(begin + 2) == b'`';
        index += if is_fence { 3 } else { 1 };
        let is_end = |index: usize| {
            at(index) == end && (!is_fence || (at(index + 1) == b'`' && at(index + 2) == b'`'))
        };
        while index < bytes.len() && !is_end(index) {
            index += 1;
        }
        if index >= bytes.len() {
            return Some(begin);
        }
        index += if is_fence { 3 } else { 1 };
        if end == b']' && at(index) == b'(' {
            while index < bytes.len() && at(index) != b')' {
                index += 1;
            }
            index += 1;
        }
    }
    None
}
