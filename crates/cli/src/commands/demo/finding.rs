//! A finding on the terminal.

use std::io;

use squall_model::finding::{Block, Enrichment, File, Finding, Table};

use super::stages::Stages;
use crate::console::Paint;

/// How many lines of a table or file are shown.
const MOST_LINES: usize = 8;

/// Shows it, set apart from what is told around it.
pub(super) fn show(stages: &mut Stages<'_>, finding: &Finding) -> io::Result<()> {
    stages.gap()?;
    for (paint, line) in lines(finding) {
        stages.quote(paint, &line)?;
    }
    Ok(())
}

fn lines(finding: &Finding) -> Vec<(Paint, String)> {
    let title = format!("{}  {}", finding.severity.as_str(), finding.title);
    let mut lines = vec![(Paint::Red, title)];
    for enrichment in &finding.enrichments {
        let told = enrichment.blocks.iter().flat_map(told);
        let told: Vec<_> = told.map(|line| (Paint::Plain, line)).collect();
        if told.is_empty() {
            continue;
        }
        lines.push((Paint::Plain, String::new()));
        lines.extend(heading(enrichment).map(|heading| (Paint::Bold, heading)));
        lines.extend(told);
    }
    lines
}

fn heading(enrichment: &Enrichment) -> Option<String> {
    // A table that has a name needs no heading.
    let has_name = |block: &Block| {
        let table = block.as_table();
        table.is_some_and(|table| !table.table_name.is_empty())
    };
    let title = enrichment.title.clone()?;
    let is_told = enrichment.blocks.first().is_some_and(has_name) || title.is_empty();
    (!is_told).then_some(title)
}

/// The lines of a block; none of what only looks good elsewhere.
fn told(block: &Block) -> Vec<String> {
    match block {
        Block::Markdown(text) => text.text.lines().map(clean).collect(),
        Block::Header(header) => vec![clean(&header.text)],
        Block::List(list) => list.items.iter().map(|item| clean(item)).collect(),
        other => match (other.as_table(), other.as_file()) {
            (Some(table), _) => rows(table),
            (_, Some(file)) => last_lines(file),
            _ => Vec::new(),
        },
    }
}

/// A table with its columns below each other.
fn rows(table: &Table) -> Vec<String> {
    let rows = table.rows.iter().take(MOST_LINES);
    let rows: Vec<Vec<String>> = rows
        .map(|row| row.iter().map(|cell| clean(cell)).collect())
        .collect();
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let name = clean(table.table_name.trim_matches(['*', ' ']));
    let name = Some(name).filter(|name| !name.is_empty());
    let line = |row: &Vec<String>| {
        let cells = row.iter().enumerate();
        let cells: Vec<String> = cells
            .map(|(column, cell)| {
                let width = width(column);
                format!("{cell:width$}")
            })
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    let rows = rows.iter().map(|row| format!("  {}", line(row)));
    name.into_iter().chain(rows).collect()
}

/// The end of a text: that is where the reason stands.
fn last_lines(file: &File) -> Vec<String> {
    let text = String::from_utf8_lossy(&file.contents);
    let lines: Vec<&str> = text.lines().collect();
    let skipped = lines.len().saturating_sub(MOST_LINES);
    let kept = lines.into_iter().skip(skipped);
    kept.map(|line| format!("  {}", clean(line))).collect()
}

/// Without what would move the cursor, and on one line.
fn clean(text: &str) -> String {
    let shown = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_shown_with_tables_and_the_end_of_its_files() {
        let mut finding = Finding::new("id", "web crashes", "Crash");
        let log: String = (1..=20)
            .map(|number| format!("line {number}\u{1b}\n"))
            .collect();
        let file = File {
            filename: "web.log".to_owned(),
            contents: log.into_bytes(),
            ..File::default()
        };
        let table = Table::new(
            &["a", "b"],
            vec![
                vec!["Restarts".to_owned(), "3".to_owned()],
                vec!["Reason".to_owned(), "Error".to_owned()],
            ],
        );
        for (title, block) in [("Crash", Block::Table(table)), ("Logs", Block::File(file))] {
            finding.enrichments.push(Enrichment {
                title: Some(title.to_owned()),
                blocks: vec![block],
                ..Enrichment::default()
            });
        }
        let shown: Vec<String> = lines(&finding).into_iter().map(|(_, line)| line).collect();
        insta::assert_snapshot!(shown.join("\n"));
    }
}
