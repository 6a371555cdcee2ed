//! Blocks that several actions make.

use squall_model::finding::{Block, Enrichment, Table};
use squall_model::{Json, Object};

use crate::text::shown;

/// A table of values; what is shown of them is what Python's `str` shows.
pub(crate) fn table(name: &str, headers: &[&str], values: Vec<Vec<Json>>) -> Table {
    let rows = values.iter().map(|row| row.iter().map(shown).collect());
    let rows = rows.collect();
    Table {
        values: values.into_iter().map(Json::Array).collect(),
        ..Table::new(headers, rows).named(name)
    }
}

/// A table of two columns that is laid out downwards where sinks can.
pub(crate) fn vertical(name: &str, headers: &[&str], values: Vec<Vec<Json>>) -> Block {
    let mut table = table(name, headers, values);
    table
        .metadata
        .insert("format".to_owned(), "vertical".into());
    Block::Table(table)
}

/// An enrichment with labels or annotations.
pub(crate) fn labels_table(labels: &Object, name: &str, title: &str) -> Enrichment {
    let rows = labels
        .iter()
        .map(|(label, value)| vec![label.as_str().into(), value.clone()]);
    attached(
        vec![vertical(name, &["label", "value"], rows.collect())],
        "alert_labels",
        title,
    )
}

/// An enrichment that Slack shows as an attachment.
pub(crate) fn attached(blocks: Vec<Block>, enrichment_type: &str, title: &str) -> Enrichment {
    let mut enrichment = titled(blocks, enrichment_type, title);
    enrichment
        .annotations
        .insert("attachment".to_owned(), true.into());
    enrichment
}

/// An enrichment with a title.
pub(crate) fn titled(blocks: Vec<Block>, enrichment_type: &str, title: &str) -> Enrichment {
    Enrichment {
        enrichment_type: Some(enrichment_type.to_owned()),
        title: Some(title.to_owned()),
        ..Enrichment::of(blocks)
    }
}
