//! The card, and what it may weigh.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Finding, Table};

use crate::blocks::with;
use crate::markdown;

/// Text files share what is left of so many bytes once everything else is in the card.
const MOST_WITH_TEXTS: usize = 20 * 1024;

/// What Teams takes of a card, pictures aside.
const MOST_OF_ALL: usize = 28 * 1024;

/// What is around the elements of a card, with a note that some are left out.
const OF_THE_MESSAGE: usize = 512;

/// Characters of a title and of a description, which actions do not bound.
const MOST_OF_TITLE: usize = 1000;
const MOST_OF_DESCRIPTION: usize = 5000;

/// A card as it grows.
#[derive(Default)]
pub(super) struct Card {
    body: Vec<Json>,
    texts: Vec<TextFile>,
}

/// A text file that gets as many of its last lines as there is room for.
pub(super) struct TextFile {
    /// The `id` of the container that shows it.
    pub(super) container: String,
    /// Its lines.
    pub(super) lines: Vec<String>,
}

impl Card {
    pub(super) fn head(&mut self, finding: &Finding, cluster: &str) {
        let title = finding
            .title
            .strip_prefix("[RESOLVED] ")
            .unwrap_or(&finding.title);
        let status = match (finding.add_silence_url, finding.is_resolved()) {
            (false, _) => "",
            (true, false) => "🔥 firing - ",
            (true, true) => "✅ resolved - ",
        };
        let severity = finding.severity;
        let title = format!(
            "{status}{} {} - **{}**",
            severity.emoji(),
            severity.as_str(),
            markdown::cut(title, MOST_OF_TITLE)
        );
        self.body.push(text_block(&title, "extraLarge"));
        let links = finding
            .links
            .iter()
            .map(|link| format!("[{}]({})", link.shown(), link.url));
        let links: Vec<String> = links.collect();
        if !links.is_empty() {
            self.body.push(text_block(&links.join(" "), "medium"));
        }
        self.body
            .push(text_block(&format!("**Source:** *{cluster}*"), "medium"));
        if let Some(description) = &finding.description {
            self.body.push(text_block(
                &markdown::cut(description, MOST_OF_DESCRIPTION),
                "medium",
            ));
        }
    }

    /// How many text files there are so far.
    pub(super) fn files(&self) -> usize {
        self.texts.len()
    }

    /// Text files whose containers come with the next section.
    pub(super) fn wait_for(&mut self, texts: Vec<TextFile>) {
        self.texts.extend(texts);
    }

    pub(super) fn section(&mut self, elements: Vec<Json>) {
        if elements.is_empty() {
            return;
        }
        let line = with(text_block(" ", "medium"), "separator", json!(true));
        self.body.push(json!({"type": "ColumnSet", "columns": [
            {"type": "Column", "width": "stretch", "isVisible": true, "items": [text_block(" ", "small"), line]},
        ]}));
        self.body.extend(elements);
    }

    /// The message with the card, within what Teams takes.
    pub(super) fn into_json(mut self) -> Json {
        self.fill_texts();
        self.leave_out_what_is_too_much();
        message(&self.body)
    }

    /// Gives the files their last lines, in turn, until the card is full.
    fn fill_texts(&mut self) {
        let weight = length_in_python(&message(&self.body));
        let pictures: usize = self.body.iter().map(weight_of_pictures).sum();
        let mut left = MOST_WITH_TEXTS.saturating_sub(weight.saturating_sub(pictures));
        let mut shown: Vec<Vec<String>> = self.texts.iter().map(|_| Vec::new()).collect();
        'full: for from_end in 0.. {
            let mut is_any = false;
            for (file, shown) in self.texts.iter().zip(&mut shown) {
                let Some(line) = file.lines.iter().nth_back(from_end) else {
                    continue;
                };
                let length = line.chars().count();
                if length > left {
                    break 'full;
                }
                left -= length;
                shown.push(line.clone());
                is_any = true;
            }
            if !is_any {
                break;
            }
        }
        for (file, mut lines) in self.texts.iter().zip(shown) {
            lines.reverse();
            let is_it = |element: &&mut Json| {
                element.get("id").and_then(Json::as_str) == Some(&file.container)
            };
            if let Some(text) = self
                .body
                .iter_mut()
                .find(is_it)
                .and_then(|one| one.pointer_mut("/items/0/text"))
            {
                *text = json!(lines.concat());
            }
        }
    }

    fn leave_out_what_is_too_much(&mut self) {
        let mut left = MOST_OF_ALL - OF_THE_MESSAGE;
        let mut kept = 0;
        for element in &self.body {
            let weight = element
                .to_string()
                .len()
                .saturating_sub(weight_of_pictures(element))
                + 1;
            if weight > left {
                break;
            }
            left -= weight;
            kept += 1;
        }
        if kept < self.body.len() {
            self.body.truncate(kept);
            self.body.push(text_block(
                "_The rest is not shown: Teams takes 28 KB._",
                "medium",
            ));
        }
    }
}

fn message(body: &[Json]) -> Json {
    json!({"type": "message", "attachments": [{
        "contentType": "application/vnd.microsoft.card.adaptive",
        "contentUrl": null,
        "content": {
            "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
            "type": "AdaptiveCard",
            "version": "1.2",
            "msTeams": {"width": "full"},
            "body": body,
        },
    }]})
}

/// How long Python's `json.dumps` with an indent of 2 is: only ASCII.
fn length_in_python(value: &Json) -> usize {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let length = |letter: char| match letter {
        letter if letter.is_ascii() => 1,
        letter => letter.len_utf16() * 6,
    };
    text.chars().map(length).sum()
}

fn weight_of_pictures(element: &Json) -> usize {
    let pictures = element.get("images").and_then(Json::as_array);
    let urls = pictures
        .into_iter()
        .flatten()
        .filter_map(|picture| picture.get("url")?.as_str());
    urls.map(str::len).sum()
}

/// A text. Slack's links become Markdown's; Teams has no code blocks.
pub(super) fn text_block(text: &str, size: &str) -> Json {
    let text = markdown::with_links(text, |url, name| {
        if url.starts_with("http") {
            format!("[{name}]({url})")
        } else {
            format!("<{url}|{name}>")
        }
    });
    json!({"type": "TextBlock", "text": text.replace("```", ""), "size": size, "wrap": true})
}

/// A table; its first row are the names of the columns.
pub(super) fn table(table: &Table) -> Json {
    let widths = match &table.column_width {
        Some(widths) if !widths.is_empty() => widths.clone(),
        _ => vec![1; table.headers.len()],
    };
    let cell = |text: &String| json!({"type": "TableCell", "items": [text_block(text, "medium")]});
    let row = |cells: &Vec<String>| json!({"type": "TableRow", "cells": cells.iter().map(cell).collect::<Vec<_>>()});
    let rows = std::iter::once(&table.headers).chain(&table.rows).map(row);
    json!({
        "type": "Table",
        "columns": widths.iter().map(|width| json!({"width": width})).collect::<Vec<_>>(),
        "rows": rows.collect::<Vec<_>>(),
    })
}
