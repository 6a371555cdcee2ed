//! `google_chat_sink`: texts in a space of Google Chat, by a webhook, which takes no files.

use serde_json::json;
use squall_model::finding::{Block, Finding};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::slack::described;
use crate::{Fault, Requests, Told, blocks, markdown, plain, table};

/// A space.
pub(crate) struct GoogleChat {
    webhook_url: String,
}

/// What Google Chat takes of a text.
const MOST_OF_TEXT: usize = 4096;

/// How wide a table may be.
const WIDTH: usize = 120;

impl Kind for GoogleChat {
    const KIND: &'static str = "google_chat_sink";
    const ABOUT: &'static str = "texts in a space of Google Chat";
    const EXAMPLE: &'static str = r#"{"webhook_url": "https://chat.googleapis.com/v1/spaces/1/messages?key=key&token=token"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            webhook_url: given.url("webhook_url")?,
        })
    }
}

impl Requests for GoogleChat {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let finding = told.finding;
        let mut text = header(finding);
        for link in &finding.links {
            text.push_str(&["<", &link.url, "|*", &link.shown(), "*>\n"].concat());
        }
        text.extend(["*Source:* `", &told.site.cluster_name, "`\n"]);
        if let Some(description) = finding
            .description
            .as_deref()
            .filter(|text| !text.is_empty())
        {
            text.extend([&described(finding.source, description), "\n"]);
        }
        for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
            text.push_str(&shown(&block.shown()));
        }
        let text = markdown::cut_markdown(&text.replace("\n\n", "\n"), MOST_OF_TEXT);
        let request = Request::new("POST", &self.webhook_url).header("Idempotency-Key", told.key);
        vec![request.body(
            "application/json; charset=UTF-8",
            json!({"text": text}).to_string(),
        )]
    }
}

fn header(finding: &Finding) -> String {
    let status = if finding.is_resolved() {
        "✅ `Prometheus resolved`"
    } else {
        "🔥 `Prometheus Alert Firing`"
    };
    let severity = finding.severity;
    let word = severity.as_str().to_lowercase();
    format!(
        "{status} {} `{word}`\n*{}*\n",
        severity.emoji(),
        plain::title(finding)
    )
}

fn shown(block: &Block) -> String {
    let bullets = |items: &[String]| -> String {
        let items = items.iter().filter(|item| !item.is_empty());
        items.map(|item| format!("  • {item}\n")).collect()
    };
    match block {
        Block::Markdown(text) => format!("{}\n", text.text),
        Block::Header(header) => format!("*{}*\n", header.text),
        Block::List(list) => bullets(&list.items),
        Block::KubernetesDiff(diff) => bullets(&blocks::diff_lines(diff, "→")),
        Block::Links(block) => block
            .links
            .iter()
            .map(|link| format!("<{}|*{}*>\n", link.url, link.text))
            .collect(),
        other => match other.as_table() {
            None => String::new(),
            Some(pairs) if pairs.headers.len() == 2 => {
                let pair = |row: &Vec<String>| match row.as_slice() {
                    [key, value, ..] => format!("  • {key} `{value}`\n"),
                    _ => String::new(),
                };
                format!(
                    "{}\n{}",
                    pairs.table_name,
                    pairs.rows.iter().map(pair).collect::<String>()
                )
            }
            Some(wide) => format!("```\n{}\n```\n", table::plain(wide, WIDTH)),
        },
    }
}
