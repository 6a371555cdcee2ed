//! What the services document that they take.

use serde_json::Value as Json;
use squall_model::http::Request;

/// Panics if the service would refuse the request for its size or form.
pub(super) fn check(request: &Request) {
    let body = String::from_utf8_lossy(&request.body);
    let url = request.url.as_str();
    if url.contains("slack.com/api/chat.") {
        slack(&json(&body));
    } else if url.ends_with("files.getUploadURLExternal") {
        assert!(
            body.starts_with("filename=") && body.contains("&length="),
            "{body}"
        );
        assert!(!body.ends_with("&length=0"), "slack takes no empty files");
    } else if url.contains("webhook.office.com") {
        teams(&json(&body));
    } else if url.contains("pagerduty.com") {
        pagerduty(&json(&body), body.len());
    } else if url.contains("api.datadoghq.com") {
        datadog(&json(&body));
    } else if url.contains("discord.com") {
        if !body.starts_with("--") {
            discord(&json(&body));
        }
    } else if url.contains("chat.googleapis.com") {
        assert!((1..=4096).contains(&length(&json(&body)["text"])));
    } else if url.contains("api.opsgenie.com") {
        opsgenie(&json(&body));
    } else if url.ends_with("/sendMessage") {
        assert!((1..=4096).contains(&length(&json(&body)["text"])));
    } else if url.contains("api.telegram.org") {
        assert!(body.starts_with("--squall-"), "{body}");
    } else if url.contains("alert.victorops.com") {
        assert!(length(&json(&body)["state_message"]) <= 20_480);
        let kind = json(&body)["message_type"].clone();
        assert!(
            ["CRITICAL", "RECOVERY"].contains(&kind.as_str().unwrap()),
            "{kind}"
        );
    } else if url.contains("api.incident.io") {
        assert!(["firing", "resolved"].contains(&json(&body)["status"].as_str().unwrap()));
        assert!(body.len() <= 512 * 1024, "{}", body.len());
    } else if url == "https://example.com/hook" {
        assert!(body.len() <= 4096, "{}", body.len());
    } else {
        assert!(
            url.starts_with("https://files.slack.com/")
                || url.ends_with("files.completeUploadExternal"),
            "{url}"
        );
    }
}

fn json(body: &str) -> Json {
    serde_json::from_str(body).unwrap()
}

fn length(value: &Json) -> usize {
    value.as_str().unwrap().chars().count()
}

fn slack(body: &Json) {
    assert!((1..=40_000).contains(&length(&body["text"])));
    slack_blocks(&body["blocks"]);
    for attachment in body["attachments"].as_array().into_iter().flatten() {
        slack_blocks(&attachment["blocks"]);
    }
}

fn slack_blocks(blocks: &Json) {
    let blocks = blocks.as_array().unwrap();
    assert!((1..=50).contains(&blocks.len()), "{}", blocks.len());
    for block in blocks {
        match block["type"].as_str().unwrap() {
            "section" => {
                assert!((1..=3000).contains(&length(&block["text"]["text"])));
            }
            "header" => assert!((1..=150).contains(&length(&block["text"]["text"]))),
            "actions" => {
                let elements = block["elements"].as_array().unwrap();
                assert!((1..=25).contains(&elements.len()));
                for button in elements {
                    assert!((1..=75).contains(&length(&button["text"]["text"])));
                    assert!(length(&button["action_id"]) <= 255);
                    assert!(button["url"].is_null() || length(&button["url"]) <= 3000);
                    assert!(button["value"].is_null() || length(&button["value"]) <= 2000);
                }
            }
            "divider" => {}
            other => panic!("slack has no {other}"),
        }
    }
}

fn teams(body: &Json) {
    assert!(
        body.to_string().len() <= 28 * 1024,
        "{}",
        body.to_string().len()
    );
    let card = &body["attachments"][0]["content"];
    assert_eq!(
        (card["type"].as_str(), card["version"].as_str()),
        (Some("AdaptiveCard"), Some("1.2"))
    );
    for element in card["body"].as_array().unwrap() {
        let kind = element["type"].as_str().unwrap();
        assert!(
            ["TextBlock", "ColumnSet", "Container", "ImageSet", "Table"].contains(&kind),
            "{kind}"
        );
    }
}

fn pagerduty(body: &Json, size: usize) {
    assert!(size <= 512 * 1024, "{size}");
    assert!((1..=1024).contains(&length(&body["payload"]["summary"])));
    assert!(!body["payload"]["source"].as_str().unwrap().is_empty());
    assert!(
        ["critical", "error", "warning", "info"]
            .contains(&body["payload"]["severity"].as_str().unwrap())
    );
    assert!(
        ["trigger", "acknowledge", "resolve"].contains(&body["event_action"].as_str().unwrap())
    );
    assert!((1..=255).contains(&length(&body["dedup_key"])));
}

fn datadog(body: &Json) {
    assert!((1..=100).contains(&length(&body["title"])));
    assert!(length(&body["text"]) <= 4000);
    assert!(length(&body["aggregation_key"]) <= 100);
}

fn discord(body: &Json) {
    assert!((1..=2000).contains(&length(&body["content"])));
    let embeds = body["embeds"].as_array().unwrap();
    assert!((1..=10).contains(&embeds.len()));
    let mut all = 0;
    for embed in embeds {
        let fields = embed["fields"].as_array().cloned().unwrap_or_default();
        assert!(fields.len() <= 25, "{}", fields.len());
        for field in &fields {
            assert!((1..=256).contains(&length(&field["name"])));
            assert!((1..=1024).contains(&length(&field["value"])));
            all += length(&field["name"]) + length(&field["value"]);
        }
        if !embed["description"].is_null() {
            assert!((1..=4096).contains(&length(&embed["description"])));
            all += length(&embed["description"]);
        }
    }
    assert!(all <= 6000, "{all}");
}

fn opsgenie(body: &Json) {
    if body["message"].is_null() {
        return;
    }
    assert!((1..=130).contains(&length(&body["message"])));
    assert!(length(&body["description"]) <= 15_000);
    assert!(length(&body["alias"]) <= 512 && length(&body["entity"]) <= 512);
    let tags = body["tags"].as_array().unwrap();
    assert!(
        tags.len() <= 20 && tags.iter().all(|tag| length(tag) <= 50),
        "{tags:?}"
    );
    assert!(body["responders"].as_array().unwrap().len() <= 50);
    let details = body["details"].as_object().unwrap().iter();
    let weight = |(name, value): (&String, &Json)| {
        name.len() + value.as_str().map_or(0, |text| text.chars().count())
    };
    assert!(details.map(weight).sum::<usize>() <= 8000);
}
