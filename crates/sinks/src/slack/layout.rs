//! Blocks in Slack's form, within Slack's limits.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{Block, LinksItem, Markdown, Table};

use crate::{Told, action_request, blocks, markdown, table};

/// What Slack takes: blocks of a message, characters of a text, of a heading, of a button, of an address and of what a
/// button sends, buttons of a row.
const MOST_BLOCKS: usize = 50;
const MOST_OF_TEXT: usize = 3000;
const MOST_OF_HEADER: usize = 150;
const MOST_OF_BUTTON: usize = 75;
const MOST_OF_URL: usize = 3000;
const MOST_OF_VALUE: usize = 2000;
const MOST_BUTTONS: usize = 25;

/// What Slack shows of a block; nothing of those it has no form for.
pub(crate) fn rendered(block: &Block, told: Told<'_>) -> Vec<Json> {
    match block {
        Block::Markdown(text) => section(&text.text),
        Block::Divider(_) => vec![json!({"type": "divider"})],
        Block::Header(header) if header.text.trim().is_empty() => Vec::new(),
        Block::Header(header) => vec![json!({
            "type": "header",
            "text": {"type": "plain_text", "text": markdown::cut(&header.text, MOST_OF_HEADER), "emoji": true},
        })],
        Block::List(list) => section(&list.to_markdown().text),
        Block::KubernetesDiff(diff) if diff.diffs.is_empty() => Vec::new(),
        Block::KubernetesDiff(diff) => {
            let lines = blocks::diff_lines(diff, ":arrow_right:");
            let lines: Vec<String> = lines.iter().map(|line| format!("* {line}")).collect();
            section(&Markdown::new(lines.join("\n")).text)
        }
        Block::Callback(callback) => {
            let buttons = callback.buttons();
            let buttons = buttons
                .iter()
                .enumerate()
                .filter_map(|(number, (text, choice))| {
                    let value = action_request::request(choice, told)?;
                    (value.chars().count() <= MOST_OF_VALUE).then(|| {
                        json!({
                            "type": "button",
                            "text": {"type": "plain_text", "text": label(text, &choice.action)},
                            "style": "primary",
                            "action_id": format!("trigger_playbook_{number}"),
                            "value": value,
                        })
                    })
                });
            actions(&buttons.collect::<Vec<_>>())
        }
        Block::Links(block) => links(&block.links),
        other => other.as_table().map(in_message).unwrap_or_default(),
    }
}

/// A text.
pub(crate) fn section(text: &str) -> Vec<Json> {
    if text.trim().is_empty() {
        return Vec::new();
    }
    let text = markdown::cut_markdown(text, MOST_OF_TEXT);
    vec![json!({"type": "section", "text": {"type": "mrkdwn", "text": text}})]
}

/// Links as buttons.
pub(crate) fn links(links: &[LinksItem]) -> Vec<Json> {
    let fits = |link: &&LinksItem| !link.url.is_empty() && link.url.chars().count() <= MOST_OF_URL;
    let button = |(number, link): (usize, &LinksItem)| {
        json!({
            "type": "button",
            "text": {"type": "plain_text", "text": label(&link.text, &link.url)},
            "action_id": format!("link_{number}"),
            "url": link.url,
        })
    };
    let buttons: Vec<Json> = links.iter().filter(fits).enumerate().map(button).collect();
    actions(&buttons)
}

/// What stands on a button; Slack takes none that is empty.
fn label(text: &str, otherwise: &str) -> String {
    let known = [text, otherwise];
    let shown = known.into_iter().find(|text| !text.trim().is_empty());
    markdown::cut(shown.unwrap_or("Run"), MOST_OF_BUTTON)
}

fn actions(buttons: &[Json]) -> Vec<Json> {
    let rows = buttons.chunks(MOST_BUTTONS);
    rows.map(|row| json!({"type": "actions", "elements": row}))
        .collect()
}

/// A table that is not too wide for a message: two columns as a list, others in a code block.
pub(crate) fn in_message(table: &Table) -> Vec<Json> {
    if table.headers.len() != 2 {
        return section(&table::fenced(table));
    }
    section(&Markdown::new(format!("{} \n{}", table.table_name, pairs(table, "\n"))).text)
}

/// The rows of a table of two columns as lines, with this between them.
pub(crate) fn pairs(table: &Table, between: &str) -> String {
    let lines = table.rows.iter().map(|row| {
        let cell = |index| row.get(index).map(String::as_str).unwrap_or_default();
        if cell(1).contains("-------") {
            format!("--- {} ---", capitalized(cell(0)))
        } else {
            format!("● {} `{}`", cell(0), cell(1))
        }
    });
    lines.collect::<Vec<_>>().join(between)
}

/// As Python capitalises: the first letter large, all others small.
fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters.flat_map(char::to_lowercase)).collect()
}

/// At most as many blocks as Slack takes, with a note about the others.
pub(crate) fn bounded(mut blocks: Vec<Json>) -> Vec<Json> {
    if blocks.len() > MOST_BLOCKS {
        let omitted = blocks.len() - (MOST_BLOCKS - 1);
        blocks.truncate(MOST_BLOCKS - 1);
        blocks.extend(section(&format!(
            "_{omitted} more blocks are not shown: Slack takes 50._"
        )));
    }
    blocks
}
