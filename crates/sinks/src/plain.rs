//! Blocks as plain text, for services that show nothing else.

use squall_model::finding::{Block, Finding};

use crate::table;

/// The text of a block; nothing of those that have none. `diff` says how a change is told.
pub(crate) fn text(
    block: &Block,
    diff: impl Fn(&squall_model::finding::Difference) -> String,
) -> String {
    match block {
        Block::Header(header) => header.text.clone(),
        Block::List(list) => list.items.join("\n"),
        Block::Markdown(text) => text.text.clone(),
        Block::Json(json) => json.json_str.clone(),
        Block::KubernetesDiff(block) => {
            let lines: Vec<String> = block.diffs.iter().map(diff).collect();
            lines.join("\n")
        }
        other => other
            .as_table()
            .map(table::plain_for_message)
            .unwrap_or_default(),
    }
}

/// The description and all blocks, with an empty line behind each.
pub(crate) fn whole(
    finding: &Finding,
    diff: impl Fn(&squall_model::finding::Difference) -> String,
) -> String {
    let description = finding.description.clone().into_iter();
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let texts = description.chain(blocks.map(|block| text(&block.shown(), &diff)));
    texts
        .filter(|text| !text.is_empty())
        .map(|text| format!("{text}\n\n"))
        .collect()
}

/// The title without the word that says that it is over.
pub(crate) fn title(finding: &Finding) -> &str {
    finding
        .title
        .strip_prefix("[RESOLVED] ")
        .unwrap_or(&finding.title)
}
