//! What the services document that they take, and what they answer to it.

mod alerts;
mod chats;
mod discord;
mod slack;
mod teams;
mod telegram;
mod tickets;

use serde_json::Value as Json;
use squall_model::http::Answer;

use crate::service::Asked;

/// What services remember from one request to the next.
#[derive(Default)]
pub(crate) struct Known {
    slack: slack::Known,
    files: chats::Known,
    issues: tickets::Issues,
}

/// What the service says. Panics if it would refuse the request for its form or its size.
pub(crate) fn answer(asked: &Asked, known: &mut Known) -> Answer {
    match asked.host() {
        "slack.com" | "files.slack.com" => slack::answer(asked, &mut known.slack),
        "discord.com" => discord::answer(asked),
        "api.telegram.org" => telegram::answer(asked),
        "chat.googleapis.com" => chats::google(asked),
        "mattermost.example.com" => chats::mattermost(asked, &mut known.files),
        "example.zulipchat.com" => chats::zulip(asked, &mut known.files),
        "rocketchat.example.com" => chats::rocketchat(asked, &mut known.files),
        "webexapis.com" => chats::webex(asked),
        "botapi.messenger.yandex.net" => chats::yandex(asked),
        "api.pushover.net" => chats::pushover(asked),
        "example.service-now.com" => tickets::service_now(asked),
        "example.atlassian.net" => tickets::jira(asked, &mut known.issues),
        "events.pagerduty.com" => alerts::pagerduty(asked),
        "api.datadoghq.com" => alerts::datadog(asked),
        "api.opsgenie.com" => alerts::opsgenie(asked),
        "alert.victorops.com" => alerts::victorops(asked),
        "api.incident.io" => alerts::incident_io(asked),
        "example.com" => {
            assert_eq!(asked.method, "POST");
            assert!(asked.body.len() <= 4096, "{}", asked.body.len());
            said(200, "")
        }
        host if host.ends_with(".webhook.office.com") => teams::answer(asked),
        other => panic!("nobody is `{other}`"),
    }
}

/// An answer in words.
pub(crate) fn said(status: u16, text: &str) -> Answer {
    Answer {
        status,
        headers: Vec::new(),
        body: text.as_bytes().to_vec(),
    }
}

/// An answer in JSON.
pub(crate) fn told(status: u16, body: &Json) -> Answer {
    Answer {
        headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
        ..said(status, &body.to_string())
    }
}

/// As Rocket.Chat says it.
fn with_success(answer: &Json) -> Json {
    let mut answer = answer.clone();
    answer["success"] = Json::Bool(true);
    answer
}

/// How many characters a text has; it must be one.
fn length(value: &Json) -> usize {
    match value.as_str() {
        Some(text) => text.chars().count(),
        None => panic!("{value} is no text"),
    }
}

/// A member that is left out, or a text of at most `most` characters.
fn at_most(value: &Json, most: usize) {
    assert!(value.is_null() || length(value) <= most, "{value}");
}

/// A text that is there, of at most `most` characters.
fn some_at_most(value: &Json, most: usize) {
    assert!((1..=most).contains(&length(value)), "{value}");
}

fn items(value: &Json) -> &[Json] {
    match value {
        Json::Null => &[],
        Json::Array(items) => items,
        other => panic!("{other} is no list"),
    }
}

/// The parts of a form with files: name of the field, name of the file if it is one, and what is in it.
pub(crate) fn parts(asked: &Asked) -> Vec<(String, Option<String>, Vec<u8>)> {
    let kind = asked.header("content-type").unwrap();
    let boundary = kind.strip_prefix("multipart/form-data; boundary=").unwrap();
    let mark = format!("\r\n--{boundary}");
    let whole = [b"\r\n", asked.body.as_slice()].concat();
    let mut pieces = split(&whole, mark.as_bytes()).into_iter();
    assert_eq!(pieces.next(), Some(&b""[..]));
    let mut parts = Vec::new();
    for piece in pieces {
        if piece == b"--\r\n" {
            return parts;
        }
        let piece = piece.strip_prefix(b"\r\n").unwrap();
        let (head, body) = piece.split_at(find(piece, b"\r\n\r\n").unwrap());
        let head = String::from_utf8(head.to_vec()).unwrap();
        let value = |name: &str| {
            let rest = head.split_once(&format!(" {name}=\""))?.1;
            Some(rest.split('"').next().unwrap().to_owned())
        };
        parts.push((
            value("name").unwrap(),
            value("filename"),
            body.get(4..).unwrap().to_vec(),
        ));
    }
    panic!("the form has no end");
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        from += rest.iter().position(|byte| *byte == wanted[0])?;
        if text.get(from..)?.starts_with(wanted) {
            return Some(from);
        }
        from += 1;
    }
}

fn split<'a>(text: &'a [u8], mark: &[u8]) -> Vec<&'a [u8]> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(place) = find(rest, mark) {
        let (piece, behind) = rest.split_at(place);
        pieces.push(piece);
        rest = behind.get(mark.len()..).unwrap();
    }
    pieces.push(rest);
    pieces
}
