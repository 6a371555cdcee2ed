//! `webex_sink`: a card in a room of Webex. Files follow, one a message.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{File, Finding, Table};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::channel::{self, Filling};
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, picture, plain, standard};

/// A bot, and the rooms it writes in.
pub(crate) struct Webex {
    token: String,
    room: String,
    overrides: Vec<String>,
    to_default_if_missing: bool,
    send_svg: bool,
}

const API: &str = "https://webexapis.com/v1/messages";

/// What Webex takes: characters of a text, bytes of a card and of a file.
const MOST_OF_TEXT: usize = 7439;
const MOST_OF_CARD: usize = 22_000;
const MOST_OF_FILE: usize = 100_000_000;

/// Bytes of what is around the tables and texts of a card, with a note that some are left out.
const OF_THE_CARD: usize = 500;

/// Nobody calls a room that; it stands for one that could not be named.
const NOWHERE: &str = "\u{0}";

impl Kind for Webex {
    const KIND: &'static str = "webex_sink";
    const ABOUT: &'static str = "cards in a room of Webex";
    const EXAMPLE: &'static str = r#"{"bot_access_token": "token", "room_id": "room"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        // What a namespace says is not known here, so what names it is read for its mistakes only.
        let of_namespace = channel::read(given, "namespace_room_id_override")?;
        let of_subject = channel::read(given, "room_id_override")?;
        let is_default_only = of_namespace.is_none() && of_subject.is_none();
        Ok(Self {
            token: given.needed("bot_access_token")?,
            room: given.needed("room_id")?,
            overrides: of_subject.into_iter().collect(),
            to_default_if_missing: is_default_only
                || given.flag("send_to_default_if_missing", true)?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Requests for Webex {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let Some(room) = self.room(told) else {
            return Vec::new();
        };
        let message = json!({
            "roomId": room,
            // Webex takes no card without a text, which it shows where cards are not shown.
            "text": ".",
            "attachments": [{
                "contentType": "application/vnd.microsoft.card.adaptive",
                "content": card(told),
            }],
        });
        let first = self
            .call(told.key)
            .body("application/json", message.to_string());
        let files = picture::drawn(plain::files(told.finding), self.send_svg);
        let files = plain::files_within(files, MOST_OF_FILE);
        let files = files.iter().map(|file| self.file(&room, file, told.key));
        std::iter::once(first).chain(files).collect()
    }
}

impl Webex {
    fn call(&self, key: &str) -> Request {
        Request::new("POST", API)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Idempotency-Key", key)
    }

    fn file(&self, room: &str, file: &File, key: &str) -> Request {
        let form = Form {
            texts: vec![("roomId", room.to_owned())],
            files: vec![("files".to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(self.call(key))
    }

    fn room(&self, told: Told<'_>) -> Option<String> {
        let subject = &told.finding.subject;
        let filling = Filling {
            cluster_name: &told.site.cluster_name,
            labels: &subject.labels,
            annotations: &subject.annotations,
        };
        let named = self.overrides.iter().find_map(|template| {
            let room = channel::fill(Some(template), NOWHERE, filling);
            (room != NOWHERE && !room.trim().is_empty()).then_some(room)
        });
        named.or_else(|| self.to_default_if_missing.then(|| self.room.clone()))
    }
}

fn card(told: Told<'_>) -> Json {
    let finding = told.finding;
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let shown: Vec<_> = blocks.map(|block| block.shown()).collect();
    let tables: Vec<&Table> = shown.iter().filter_map(|block| block.as_table()).collect();
    let source = standard::in_markdown(&format!("*Source:* _{}_\n\n", told.site.cluster_name));
    let description = finding.description.as_deref().unwrap_or_default();
    let parts = std::iter::once(source).chain(shown.iter().map(|block| standard::shown(block)));
    // Beside tables the description is a text of its own.
    let (behind, beside) = if tables.is_empty() {
        (standard::in_markdown(description), "")
    } else {
        (String::new(), description)
    };
    let text = standard::with_parts(title(finding), parts.chain([behind]), MOST_OF_TEXT);
    let mut items = vec![text_block(&within(&text, MOST_OF_CARD / 2))];
    if !beside.is_empty() {
        items.push(text_block(&within(beside, MOST_OF_CARD / 4)));
    }
    let mut body = vec![json!({"type": "Container", "items": items})];
    let mut left = MOST_OF_CARD.saturating_sub(OF_THE_CARD + weight(&body));
    for table in tables {
        let (container, is_whole) = container(table, &mut left);
        body.push(container);
        if !is_whole {
            body.push(text_block("_The rest is not shown: Webex takes 22 KB._"));
            break;
        }
    }
    json!({
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.2",
        "body": body,
    })
}

/// As many rows of the table as there is room for, and whether that is all.
fn container(table: &Table, left: &mut usize) -> (Json, bool) {
    let column =
        |text: &String| json!({"type": "Column", "width": "stretch", "items": [text_block(text)]});
    let row = |cells: &Vec<String>| {
        let columns: Vec<Json> = cells.iter().map(column).collect();
        json!({"type": "ColumnSet", "columns": columns})
    };
    let mut items = Vec::new();
    for cells in std::iter::once(&table.headers).chain(&table.rows) {
        let row = row(cells);
        let length = row.to_string().len() + 1;
        if length > *left {
            return (json!({"type": "Container", "items": items}), false);
        }
        *left -= length;
        items.push(row);
    }
    *left = left.saturating_sub(OF_THE_CARD / 10);
    (json!({"type": "Container", "items": items}), true)
}

/// As much of the text as is not longer, written as JSON.
fn within(text: &str, most: usize) -> String {
    let mut left = most;
    let fits = |letter: &char| {
        let length = match letter {
            '"' | '\\' | '\n' | '\r' | '\t' => 2,
            '\0'..='\u{1f}' => 6,
            other => other.len_utf8(),
        };
        let fits = length <= left;
        left = left.saturating_sub(length);
        fits
    };
    text.chars().take_while(fits).collect()
}

fn weight(body: &[Json]) -> usize {
    body.iter().map(|element| element.to_string().len()).sum()
}

fn text_block(text: &str) -> Json {
    json!({"type": "TextBlock", "text": text, "wrap": true})
}

fn title(finding: &Finding) -> String {
    let severity = finding.severity;
    let title = plain::headline(finding, 1000);
    format!(
        "{} **{} - {title}**\n\n",
        severity.emoji(),
        severity.as_str()
    )
}
