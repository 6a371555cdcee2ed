//! A finding in Atlassian's document format.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::Block;

use crate::blocks::{self, with};
use crate::{Told, markdown, table};

/// Characters of a document, written out, that Jira takes.
const MOST_OF_DOCUMENT: usize = 32_767;

/// Room for what is around the paragraphs, with a note that some are left out.
const OF_THE_DOCUMENT: usize = 300;

/// The document.
pub(super) fn of(told: Told<'_>) -> Json {
    let finding = told.finding;
    let mut content = vec![paragraph(&links(told))];
    if let Some(text) = &finding.description {
        content.extend(marked(text));
    }
    for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
        content.extend(shown(&block.shown()));
    }
    let mut left = MOST_OF_DOCUMENT - OF_THE_DOCUMENT;
    let mut kept = Vec::new();
    for node in content {
        let length = node.to_string().chars().count() + 1;
        if length > left {
            let note = "The rest is not shown: Jira takes no more.";
            kept.push(paragraph(&[text(note, &[])]));
            break;
        }
        left -= length;
        kept.push(node);
    }
    json!({"type": "doc", "version": 1, "content": kept})
}

fn links(told: Told<'_>) -> Vec<Json> {
    let finding = told.finding;
    let links = finding.links.iter();
    let mut links: Vec<Json> = links
        .filter_map(|one| link(&one.shown(), &one.url))
        .collect();
    let runbook = finding.subject.annotations.get("runbook_url");
    if let Some(url) = runbook.and_then(Json::as_str) {
        links.extend(link("🔎 Runbook URL", url));
    }
    links
}

fn link(shown: &str, url: &str) -> Option<Json> {
    let is_there = !shown.is_empty() && url.contains(':');
    is_there.then(|| text(shown, &[json!({"type": "link", "attrs": {"href": url}})]))
}

fn text(text: &str, marks: &[Json]) -> Json {
    let node = json!({"type": "text", "text": text});
    if marks.is_empty() {
        return node;
    }
    with(node, "marks", json!(marks))
}

fn paragraph(content: &[Json]) -> Json {
    json!({"type": "paragraph", "content": content})
}

fn shown(block: &Block) -> Vec<Json> {
    match block {
        Block::Markdown(text) => marked(&text.text).into_iter().collect(),
        Block::Header(header) => marked(&header.text).into_iter().collect(),
        Block::Json(json) => code(&json.json_str),
        Block::List(list) => bullets(&list.items),
        Block::KubernetesDiff(diff) => bullets(&blocks::diff_lines(diff, "->")),
        Block::Divider(_) => vec![json!({"type": "rule"})],
        Block::Links(block) => {
            let links = block.links.iter();
            let links: Vec<Json> = links.filter_map(|one| link(&one.text, &one.url)).collect();
            vec![paragraph(&links)]
        }
        other => match other.as_table() {
            Some(table) => code(&table::plain_for_message(table)),
            None => Vec::new(),
        },
    }
}

fn code(written: &str) -> Vec<Json> {
    if written.is_empty() {
        return Vec::new();
    }
    vec![json!({"type": "codeBlock", "content": [text(written, &[])]})]
}

fn bullets(items: &[String]) -> Vec<Json> {
    let item = |item: &String| Some(json!({"type": "listItem", "content": [marked(item)?]}));
    let items: Vec<Json> = items.iter().filter_map(item).collect();
    if items.is_empty() {
        return Vec::new();
    }
    vec![json!({"type": "bulletList", "content": items})]
}

/// Slack's Markdown as a paragraph: links, code and what is bold. Nothing of an empty text, which Jira takes nowhere.
fn marked(written: &str) -> Option<Json> {
    let mut content = Vec::new();
    for (number, part) in written
        .split('`')
        .filter(|part| !part.is_empty())
        .enumerate()
    {
        let is_code = written.starts_with('`') == (number % 2 == 0) && written.contains('`');
        if is_code {
            content.push(text(part, &[json!({"type": "code"})]));
        } else {
            content.extend(with_links(part));
        }
    }
    (!content.is_empty()).then(|| paragraph(&content))
}

fn with_links(written: &str) -> Vec<Json> {
    // Links are put aside, so that what is bold around them is found.
    let links = std::cell::RefCell::new(Vec::new());
    let rest = markdown::with_links(&written.replace('\u{0}', ""), |url, name| {
        links.borrow_mut().push((url.to_owned(), name.to_owned()));
        "\u{0}".to_owned()
    });
    let mut links = links.into_inner().into_iter();
    let mut content = Vec::new();
    for (number, part) in rest.split('*').enumerate() {
        let bold = (number % 2 == 1).then(|| json!({"type": "strong"}));
        let marks: Vec<Json> = bold.into_iter().collect();
        for (place, piece) in part.split('\u{0}').enumerate() {
            if place > 0
                && let Some((url, name)) = links.next()
            {
                content.extend(link(&name, &url));
            }
            if !piece.is_empty() {
                content.push(text(piece, &marks));
            }
        }
    }
    content
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_playbooks_write_is_marked() {
        let found = marked("*bold* and `code` <http://a|A>").unwrap();
        let expected = json!({"type": "paragraph", "content": [
            {"type": "text", "text": "bold", "marks": [{"type": "strong"}]},
            {"type": "text", "text": " and "},
            {"type": "text", "text": "code", "marks": [{"type": "code"}]},
            {"type": "text", "text": " "},
            {"type": "text", "text": "A", "marks": [{"type": "link", "attrs": {"href": "http://a"}}]},
        ]});
        assert_eq!(found, expected);
        assert_eq!(marked(""), None);
        let fenced = marked("```\nlog\n```").unwrap();
        assert_eq!(fenced["content"][0]["marks"][0]["type"], "code");
    }
}
