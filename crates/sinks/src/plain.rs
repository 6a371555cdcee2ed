//! Blocks as plain text, for services that show nothing else.

use squall_model::finding::{Block, File, Finding, Severity, fingerprint};

use crate::{blocks, markdown, scan, table};

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

/// What stands before the title of an alert; nothing before that of other findings.
pub(crate) fn status(finding: &Finding) -> &'static str {
    match (finding.add_silence_url, finding.is_resolved()) {
        (false, _) => "",
        (true, false) => "🔥 firing - ",
        (true, true) => "✅ resolved - ",
    }
}

/// The dot that shows how bad it is.
pub(crate) const fn dot(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "🔴",
        Severity::Low => "🟡",
        Severity::Info => "🟢",
        Severity::Debug => "🔵",
    }
}

/// All files of a finding, and its reports and tables as files.
pub(crate) fn files_and_tables(finding: &Finding) -> Vec<File> {
    let mut files = Vec::new();
    for block in finding.enrichments.iter().flat_map(|one| &one.blocks) {
        let block = block.shown();
        let table = || block.as_table().map(table::as_file);
        let file = scan::as_file(&block)
            .or_else(|| block.as_file().cloned())
            .or_else(table);
        files.extend(file.filter(|file| !file.contents.is_empty()));
    }
    files
}

/// All files of a finding, and its reports as files.
pub(crate) fn files(finding: &Finding) -> Vec<File> {
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let file = |block: &Block| {
        let block = block.shown();
        scan::as_file(&block).or_else(|| block.as_file().cloned())
    };
    blocks
        .filter_map(file)
        .filter(|file| !file.contents.is_empty())
        .collect()
}

/// One line that is never empty, for services that must have one: the title, or what says most instead.
pub(crate) fn headline(finding: &Finding, most: usize) -> String {
    let known = [finding.title.as_str(), &finding.aggregation_key];
    let shown = known.into_iter().find(|text| !text.trim().is_empty());
    markdown::cut(shown.unwrap_or("Untitled"), most)
}

/// What findings about the same thing have in common, never empty: an action may have given it an empty fingerprint.
pub(crate) fn key(finding: &Finding, most: usize) -> String {
    if finding.fingerprint.trim().is_empty() {
        let subject = &finding.subject;
        return fingerprint(subject, finding.source, &finding.aggregation_key);
    }
    markdown::cut(&finding.fingerprint, most)
}

/// The files that a service takes: none is empty, none longer than `most` bytes. Of texts the end is kept.
pub(crate) fn files_within(files: Vec<File>, most: usize) -> Vec<File> {
    let bounded = files.into_iter().map(|file| File {
        contents: blocks::truncated(&file, most / LONGEST_LETTER),
        ..file
    });
    bounded
        .filter(|file| (1..=most).contains(&file.contents.len()))
        .collect()
}

/// Bytes of a letter, at most: texts are cut by letters.
const LONGEST_LETTER: usize = 4;
