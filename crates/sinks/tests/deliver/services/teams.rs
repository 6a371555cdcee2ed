//! Incoming webhooks of Microsoft Teams: one Adaptive Card of at most 28 KB.

use std::collections::BTreeSet;

use serde_json::Value as Json;
use squall_model::http::Answer;

use super::{items, said};
use crate::service::Asked;

const MOST: usize = 28 * 1024;

pub(super) fn answer(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    let body = asked.json();
    assert_eq!(body["type"], "message");
    assert_eq!(items(&body["attachments"]).len(), 1);
    let attachment = &body["attachments"][0];
    assert_eq!(
        attachment["contentType"],
        "application/vnd.microsoft.card.adaptive"
    );
    let card = &attachment["content"];
    assert_eq!(
        (card["type"].as_str(), card["version"].as_str()),
        (Some("AdaptiveCard"), Some("1.2"))
    );
    let (mut ids, mut pictures) = (BTreeSet::new(), 0);
    for one in items(&card["body"]) {
        element(one, &mut ids, &mut pictures);
    }
    let size = asked.body.len() - pictures;
    assert!(size <= MOST, "{size}");
    said(200, "1")
}

/// Notes the ids, and what pictures weigh: those are not counted.
fn element(element: &Json, ids: &mut BTreeSet<String>, pictures: &mut usize) {
    if let Some(id) = element["id"].as_str() {
        assert!(ids.insert(id.to_owned()), "two elements are {id}");
    }
    let within = match element["type"].as_str().unwrap() {
        "TextBlock" => {
            assert!(element["text"].is_string(), "{element}");
            "items"
        }
        "Container" | "Column" | "TableCell" => "items",
        "ColumnSet" => "columns",
        "ImageSet" => "images",
        "Image" => {
            let url = element["url"].as_str().unwrap();
            assert!(url.starts_with("data:image/"), "{element}");
            *pictures += url.len();
            "items"
        }
        "Table" => "rows",
        "TableRow" => "cells",
        other => panic!("teams has no {other}"),
    };
    for one in items(&element[within]) {
        self::element(one, ids, pictures);
    }
}
