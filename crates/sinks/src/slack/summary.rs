//! The message that tells of many findings, and is changed whenever one more comes.

use chrono::DateTime;
use serde_json::json;
use squall_model::Json;
use squall_model::finding::summary::{Row, Summary};
use squall_model::finding::{MARKDOWN_LIMIT, Table};

use super::layout;
use crate::blocks::with;
use crate::{ToldSummary, table};

/// The call that posts a summary, or changes it.
pub(super) fn call(told: ToldSummary<'_>) -> (&'static str, Json) {
    let summary = told.summary;
    let criteria: Vec<String> = summary
        .header
        .iter()
        .map(|one| format!("`{one}`"))
        .collect();
    let count: u64 = summary
        .rows
        .iter()
        .map(|row| row.fired + row.resolved)
        .sum();
    let mut blocks = Vec::new();
    for text in [
        format!("*Alerts Summary - {count} Notifications*"),
        format!("*Cluster:* `{}`", told.site.cluster_name),
        format!("*Matching criteria*: {}", criteria.join(", ")),
        interval(summary),
    ] {
        blocks.extend(layout::section(&text));
    }
    blocks.extend(rows(summary));
    if told.threaded {
        blocks.extend(layout::section("See thread for individual alerts"));
    }
    let body = json!({
        "channel": told.channel,
        "text": format!("Summary for: {}", summary.header.join(", ")),
        "blocks": layout::bounded(blocks),
    });
    let Some(message) = told.message else {
        return ("chat.postMessage", body);
    };
    let member = |name: &str| message.get(name).cloned().unwrap_or_default();
    let body = with(with(body, "channel", member("channel")), "ts", member("ts"));
    ("chat.update", body)
}

fn rows(summary: &Summary) -> Vec<Json> {
    let row = |row: &Row| {
        let counts = [row.fired.to_string(), row.resolved.to_string()];
        row.shown().into_iter().chain(counts).collect()
    };
    let mut table = Table::new(&[], summary.rows.iter().map(row).collect());
    let counts = ["Fired".to_owned(), "Resolved".to_owned()];
    table.headers = summary.columns.iter().cloned().chain(counts).collect();
    if table.headers.len() <= 2 {
        return layout::in_message(&table);
    }
    let note = |omitted: &[Vec<String>]| {
        let count = |from_end: usize| -> u64 {
            let cells = omitted
                .iter()
                .filter_map(|row| row.iter().nth_back(from_end));
            cells.filter_map(|cell| cell.parse::<u64>().ok()).sum()
        };
        let (fired, resolved) = (count(1), count(0));
        format!(
            "... {} more groups ({fired} fired, {resolved} resolved) not shown",
            omitted.len()
        )
    };
    layout::section(&table::fenced_with(&table, MARKDOWN_LIMIT - 1, &note).0)
}

fn interval(summary: &Summary) -> String {
    let start = DateTime::from_timestamp_secs(summary.started_at).unwrap_or_default();
    format!(
        "*Time interval:* `{}` starting at `<!date^{}^{{date_num}} {{time}}|{}>`",
        duration(summary.interval),
        summary.started_at,
        start.format("%Y-%m-%d %H:%M UTC")
    )
}

/// Such as `1 hour, 5 minutes and 3 seconds`.
fn duration(seconds: i64) -> String {
    let units = [
        ("day", 86_400),
        ("hour", 3_600),
        ("minute", 60),
        ("second", 1),
    ];
    let mut left = seconds.max(0);
    let mut parts = Vec::new();
    for (unit, length) in units {
        let count = left / length;
        left %= length;
        if count > 0 {
            parts.push(format!(
                "{count} {unit}{}",
                if count == 1 { "" } else { "s" }
            ));
        }
    }
    match parts.as_slice() {
        [] => "0 seconds".to_owned(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}
