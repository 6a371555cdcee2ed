//! Webhooks of Discord: embeds, and forms with files.

use serde_json::Value as Json;
use squall_model::http::Answer;

use super::{at_most, items, length, parts, said, some_at_most};
use crate::service::Asked;

const MOST_OF_FILE: usize = 10 * 1024 * 1024;
const MOST_OF_REQUEST: usize = 25 * 1024 * 1024;

pub(super) fn answer(asked: &Asked) -> Answer {
    assert_eq!(
        (asked.method.as_str(), asked.path()),
        ("POST", "/api/webhooks/1/token")
    );
    if asked.header("content-type") == Some("application/json") {
        message(&asked.json());
        return said(204, "");
    }
    let parts = parts(asked);
    let (files, texts): (Vec<_>, Vec<_>) = parts.iter().partition(|part| part.1.is_some());
    assert!((1..=10).contains(&files.len()), "{}", files.len());
    assert!(asked.body.len() <= MOST_OF_REQUEST, "{}", asked.body.len());
    for (number, file) in files.iter().enumerate() {
        assert_eq!(file.0, format!("files[{number}]"));
        assert!(
            (1..=MOST_OF_FILE).contains(&file.2.len()),
            "{}",
            file.2.len()
        );
    }
    assert_eq!(texts.len(), 1);
    let payload: Json = serde_json::from_slice(&texts[0].2).unwrap();
    at_most(&payload["content"], 2000);
    said(200, "{}")
}

fn message(body: &Json) {
    some_at_most(&body["content"], 2000);
    at_most(&body["username"], 80);
    let embeds = items(&body["embeds"]);
    assert!((1..=10).contains(&embeds.len()), "{}", embeds.len());
    let mut all = 0;
    for embed in embeds {
        let fields = items(&embed["fields"]);
        assert!(fields.len() <= 25, "{}", fields.len());
        for field in fields {
            some_at_most(&field["name"], 256);
            some_at_most(&field["value"], 1024);
            all += length(&field["name"]) + length(&field["value"]);
        }
        if !embed["description"].is_null() {
            some_at_most(&embed["description"], 4096);
            all += length(&embed["description"]);
        }
        assert!(embed["color"].as_u64().unwrap() <= 0xff_ffff);
    }
    assert!(all <= 6000, "{all}");
}
