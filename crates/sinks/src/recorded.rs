//! Replays what Robusta sent, from `conformance/recorded`.

use std::collections::HashMap;
use std::path::Path;

use serde_json::json;
use squall_model::finding::{Finding, Table};
use squall_model::http::Request;
use squall_model::{Json, Object};

use crate::channel::{self, Filling};
use crate::parameters::Parameters;
use crate::{Message, Site, Told, find, ms_teams, table};

/// Runs every case of a recording; `different` are those that are meant to differ, with the reason.
fn replay(file: &str, different: &[(&str, &str)], run: impl Fn(&Json) -> Option<Json>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../conformance/recorded")
        .join(file);
    let recorded = fs_err::read_to_string(path).unwrap();
    let mut faults = Vec::new();
    let mut count = 0;
    for line in recorded.lines() {
        let case: Json = serde_json::from_str(line).unwrap();
        let Some(found) = run(&case) else {
            continue;
        };
        count += 1;
        let name = case["id"].as_str().unwrap();
        let expected = without_the_platform(&case["expected"]);
        let chats = ["mattermost_sink", "webex_sink", "yamessenger_sink"];
        let is_chat = chats.iter().any(|kind| case["sink"] == *kind);
        let (expected, found) = if is_chat {
            (without_empty_lines(&expected), without_empty_lines(&found))
        } else {
            (expected, found)
        };
        let is_different = different.iter().any(|(id, _)| name == *id);
        if (expected == found) == is_different {
            faults.push(format!("{name}\n  expected {expected}\n  found    {found}"));
        }
    }
    assert!(count > 0, "{file} is empty");
    assert!(
        faults.is_empty(),
        "{} of {count} cases:\n{}",
        faults.len(),
        faults.join("\n")
    );
}

/// What was sent, without what leads to Robusta's own platform, and with the address that PagerDuty documents.
fn without_the_platform(sent: &Json) -> Json {
    match sent {
        Json::Array(items) => {
            let items = items.iter().filter(|item| {
                let href = item.get("href").and_then(Json::as_str);
                href != Some("https://bit.ly/robusta-ui-pager-duty")
            });
            items.map(without_the_platform).collect()
        }
        Json::Object(members) => {
            let members = members
                .iter()
                .map(|(key, value)| match (key.as_str(), value.as_str()) {
                    ("investigate_uri", _) => (key.clone(), Json::Null),
                    ("url", Some(url)) => (
                        key.clone(),
                        json!(
                            url.trim_end_matches("/enqueue/").to_owned()
                                + if url.ends_with("/enqueue/") {
                                    "/enqueue"
                                } else {
                                    ""
                                }
                        ),
                    ),
                    _ => (key.clone(), without_the_platform(value)),
                });
            Json::Object(members.collect())
        }
        other => other.clone(),
    }
}

/// Chats show no difference between one empty line and many; nor do they show a text that is null.
fn without_empty_lines(sent: &Json) -> Json {
    match sent {
        Json::String(text) => {
            let lines = text.lines().filter(|line| !line.is_empty());
            json!(lines.collect::<Vec<_>>().join("\n"))
        }
        Json::Array(items) => {
            let items = items.iter();
            let shown = items.filter(|item| item.get("text") != Some(&Json::Null));
            shown.map(without_empty_lines).collect()
        }
        Json::Object(members) => {
            let members = members.iter();
            let members = members.map(|(name, value)| (name.clone(), without_empty_lines(value)));
            Json::Object(members.collect())
        }
        other => other.clone(),
    }
}

#[test]
fn robusta_sends_the_same() {
    replay("robusta_rendering.jsonl", DIFFERENT, |case| {
        Some(match case.get("table") {
            Some(written) => {
                let table: Table = serde_json::from_value(written.clone()).unwrap();
                json!({"markdown": table::fenced(&table), "file": table::plain(&table, 250)})
            }
            None => sent(case),
        })
    });
}

/// What Robusta's Markdown makes of lists.
const LETTERS: &str = "a list is told line by line, not letter by letter";

const DIFFERENT: &[(&str, &str)] = &[
    ("texts-12-webex", LETTERS),
    ("texts-12-yandex", LETTERS),
    (
        "texts-12-mattermost",
        "the stars of a list are no bold text",
    ),
    ("tables-02-mattermost", "a table keeps its name"),
    ("tables-03-mattermost", "a table keeps its name"),
    (
        "heads-09-short",
        "no address of Robusta's platform takes room",
    ),
    (
        "heads-11-short",
        "no address of Robusta's platform takes room",
    ),
    ("texts-14-teams", "Teams refuses cards of more than 28 KB"),
    (
        "files-03-slack",
        "no empty line stands for files that are empty",
    ),
    (
        "enrichments-04-slack",
        "a file in an attachment does not lose the message",
    ),
];

#[test]
fn channels_follow_from_labels_and_annotations() {
    let different = [(
        "channel-29",
        "a label that is empty leaves the default, not the name of the label",
    )];
    replay("robusta_routing.jsonl", &different, |case| {
        if let Some(written) = case.get("channel_override") {
            return Some(channel(case, written));
        }
        let written = case.get("webhook_override")?;
        let given = Object::from_iter([("webhook_override".to_owned(), written.clone())]);
        let annotations = case["annotations"].as_object().unwrap();
        Some(
            match ms_teams::overridden(
                Parameters::new(&given),
                "http://default.example",
                annotations,
            ) {
                Ok(url) => json!({"value": url}),
                Err(_) => json!({"error": "ValueError"}),
            },
        )
    });
}

fn channel(case: &Json, written: &Json) -> Json {
    let given = Object::from_iter([("channel_override".to_owned(), written.clone())]);
    let Ok(template) = channel::read(Parameters::new(&given), "channel_override") else {
        return json!({"error": "ValueError"});
    };
    let filling = Filling {
        cluster_name: case["cluster"].as_str().unwrap(),
        labels: case["labels"].as_object().unwrap(),
        annotations: case["annotations"].as_object().unwrap(),
    };
    json!({"value": channel::fill(template.as_deref(), "default", filling)})
}

fn sent(case: &Json) -> Json {
    let finding: Finding = serde_json::from_value(case["finding"].clone()).unwrap();
    let site = Site {
        cluster_name: "prod".to_owned(),
        account_id: "acc".to_owned(),
        signing_key: None,
    };
    let kind = case["sink"].as_str().unwrap();
    let sink = find(kind)
        .unwrap()
        .open(case["params"].as_object().unwrap())
        .unwrap();
    let told = Told {
        finding: &finding,
        site: &site,
        sink: "s",
        key: "k",
        now: "2026-11-22T13:14:15Z".parse().unwrap(),
        thread: None,
    };
    let requests: Vec<Request> = sink
        .render(told)
        .into_iter()
        .map(|message| match message {
            Message::Http(request) => request,
            other => panic!("{other:?}"),
        })
        .collect();
    match kind {
        "slack_sink" => slack(&requests),
        "mattermost_sink" => {
            let post = body(requests.last().unwrap());
            json!({"title": post["message"], "attachments": post["props"]["attachments"], "files": post["file_ids"]})
        }
        "webex_sink" => body(&requests[0]),
        "yamessenger_sink" => {
            let sent = body(&requests[0]);
            json!({"text": sent["text"], "chat": sent["chat_id"], "important": sent["important"]})
        }
        _ => posts(kind, &requests),
    }
}

fn body(request: &Request) -> Json {
    let text = String::from_utf8(request.body.clone()).unwrap();
    serde_json::from_str(&text).unwrap_or(Json::String(text))
}

fn slack(requests: &[Request]) -> Json {
    let (last, uploads) = requests.split_last().unwrap();
    let sent = body(last);
    let file = |upload: &[Request]| {
        let text = String::from_utf8_lossy(&upload[1].body).into_owned();
        let name = body(&upload[2])["files"][0]["title"].clone();
        json!({"name": name, "text": text})
    };
    json!({
        "channel": sent["channel"],
        "text": sent["text"],
        "blocks": sent["blocks"],
        "attachments": sent["attachments"],
        "unfurl": sent["unfurl_links"],
        "files": uploads.chunks(3).map(file).collect::<Vec<_>>(),
    })
}

fn posts(kind: &str, requests: &[Request]) -> Json {
    let mut named = HashMap::new();
    let mut post = |request: &Request| {
        let header = |name: &str| {
            let found = request.headers.iter().find(|(known, _)| known == name);
            found.map(|(_, value)| value.clone())
        };
        let mut body = body(request);
        if kind == "ms_teams_sink" {
            body = with_plain_ids(&body, &mut named);
        }
        json!({"url": request.url, "body": body, "authorization": header("Authorization")})
    };
    json!({"posts": requests.iter().map(&mut post).collect::<Vec<_>>()})
}

/// Ids as the order in which they appear, members taken by name.
fn with_plain_ids(value: &Json, named: &mut HashMap<String, String>) -> Json {
    match value {
        Json::Array(items) => items
            .iter()
            .map(|item| with_plain_ids(item, named))
            .collect(),
        Json::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by_key(|(key, _)| key.as_str());
            let mut made = Object::new();
            for (key, item) in sorted {
                let item = match item.as_str().filter(|_| key == "id" || key == "elementId") {
                    Some(id) => {
                        let next = format!("id-{}", named.len());
                        Json::String(named.entry(id.to_owned()).or_insert(next).clone())
                    }
                    None => with_plain_ids(item, named),
                };
                made.insert(key.clone(), item);
            }
            Json::Object(made)
        }
        other => other.clone(),
    }
}
