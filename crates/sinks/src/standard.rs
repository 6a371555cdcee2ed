//! Blocks in the Markdown that most services have: `**bold**` and `[text](address)`.

use squall_model::finding::Block;

use crate::{blocks, markdown};

/// Slack's Markdown in the usual one.
pub(crate) fn in_markdown(text: &str) -> String {
    let text = markdown::with_links(text, |url, name| format!("[{name}]({url})"));
    markdown::between_asterisks(&text, "**", "**")
}

/// The text of a block; nothing of tables, files and what else has none.
pub(crate) fn shown(block: &Block) -> String {
    match block {
        Block::Markdown(text) => in_markdown(&text.text),
        Block::Divider(_) => "-------------------".to_owned(),
        Block::Json(json) => json.json_str.clone(),
        Block::KubernetesDiff(diff) => blocks::diff_lines_by_path(diff, "**").join("\n"),
        Block::Header(header) => format!("**{}**", header.text),
        // Stars at the beginning of lines would be taken for what is bold between them.
        Block::List(list) => {
            let items = list
                .items
                .iter()
                .map(|item| format!("• {}", in_markdown(item)));
            items.collect::<Vec<_>>().join("\n")
        }
        _ => String::new(),
    }
}

/// As many of the parts as fit behind `text` within `most` characters, each whole, each with its line's end.
pub(crate) fn with_parts(
    mut text: String,
    parts: impl Iterator<Item = String>,
    most: usize,
) -> String {
    let mut left = most.saturating_sub(text.chars().count());
    for part in parts.filter(|part| !part.is_empty()) {
        let length = part.chars().count() + 1;
        if length >= left {
            break;
        }
        left -= length;
        text.extend([&part, "\n"]);
    }
    text
}
