//! Reports of scans, as a text file. Robusta makes a PDF of them.

use squall_model::Json;
use squall_model::finding::{Block, File, ScanReport, ScanRow, Table};

use crate::{python, table};

/// The file that a report becomes; nothing of other blocks.
pub(crate) fn as_file(block: &Block) -> Option<File> {
    let (Block::ScanReport(report) | Block::PopeyeReport(report) | Block::KrrReport(report)) =
        block
    else {
        return None;
    };
    let mut name: String = report
        .scan_type
        .chars()
        .take(1)
        .flat_map(char::to_uppercase)
        .collect();
    name.extend(report.scan_type.chars().skip(1));
    Some(File {
        filename: format!("{name} report.txt"),
        contents: text(report).into_bytes(),
        ..File::default()
    })
}

fn text(report: &ScanReport) -> String {
    let mut parts = vec![report.title.clone(), python::text(&report.end_time)];
    if let Ok(score) = report.score.trim().parse::<i64>()
        && score >= 0
    {
        parts.push(format!("grade {} (score {score})", grade(score)));
    }
    parts.push(format!("\nconfig\n{}", report.config));
    let mut rows: Vec<&ScanRow> = report.results.iter().collect();
    rows.sort_by(|one, other| other.kind.cmp(&one.kind));
    for group in rows.chunk_by(|one, other| one.kind == other.kind) {
        let kind = group
            .first()
            .and_then(|row| row.kind.as_deref())
            .unwrap_or_default();
        let headers = ["Priority", "Namespace", "Name", "Container", "Found"];
        let table = Table::new(&headers, group.iter().map(|row| cells(row)).collect());
        parts.push(format!(
            "\n{kind}\n{}",
            table::plain(&table, table::WIDTH_IN_FILES)
        ));
    }
    parts.join("\n")
}

const fn grade(score: i64) -> char {
    match score {
        90.. => 'A',
        80.. => 'B',
        70.. => 'C',
        60.. => 'D',
        50.. => 'E',
        _ => 'F',
    }
}

fn cells(row: &ScanRow) -> Vec<String> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let found: Vec<String> = row.content.iter().map(found).collect();
    vec![
        row.priority.to_string(),
        text(&row.namespace),
        text(&row.name),
        text(&row.container),
        found.join("; "),
    ]
}

/// What was found: Popeye's messages, or KRR's amounts.
fn found(content: &Json) -> String {
    if let Some(message) = content.get("message").and_then(Json::as_str) {
        return message.to_owned();
    }
    let Some(resource) = content.get("resource").and_then(Json::as_str) else {
        return python::text(content);
    };
    let amount = |of: &str, field: &str| {
        let value = content.get(of).and_then(|of| of.get(field));
        value
            .filter(|value| !value.is_null())
            .map_or_else(|| "unset".to_owned(), python::text)
    };
    let change = |field: &str| {
        format!(
            "{resource} {field} {} -> {}",
            amount("allocated", field),
            amount("recommended", field)
        )
    };
    format!("{}, {}", change("request"), change("limit"))
}
