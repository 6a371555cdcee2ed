//! What several sinks make of blocks.

use squall_model::Json;
use squall_model::finding::{Block, Enrichment, File, KubernetesDiff};

use crate::python;

/// What changed, a line for each difference.
pub(crate) fn diff_lines(diff: &KubernetesDiff, arrow: &str) -> Vec<String> {
    let line = |one: &squall_model::finding::Difference| {
        let (was, is) = (python::text(&one.other_value), python::text(&one.value));
        format!("*{}*: {was} {arrow} {is}", one.formatted_path)
    };
    diff.diffs.iter().map(line).collect()
}

/// The same, with paths without the kind of the object.
pub(crate) fn diff_lines_by_path(diff: &KubernetesDiff, mark: &str) -> Vec<String> {
    let line = |one: &squall_model::finding::Difference| {
        let path: Vec<String> = one.path.iter().map(python::text).collect();
        let (was, is) = (python::text(&one.other_value), python::text(&one.value));
        format!("{mark}{}{mark}: {was} ==> {is}", path.join("."))
    };
    diff.diffs.iter().map(line).collect()
}

/// What is in a file, without as many first lines as make it longer than `most`. Only texts are cut.
pub(crate) fn truncated(file: &File, most: usize) -> Vec<u8> {
    if !file.is_text() {
        return file.contents.clone();
    }
    let text = String::from_utf8_lossy(&file.contents);
    let mut left = text.chars().count();
    if left <= most {
        return file.contents.clone();
    }
    let mut lines = text.lines();
    for line in lines.by_ref() {
        left = left.saturating_sub(line.chars().count() + 1);
        if left <= most {
            break;
        }
    }
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

/// An enrichment as Robusta's dumps have it. Files are left out if `without_files`.
pub(crate) fn dumped(enrichment: &Enrichment, without_files: bool) -> Json {
    let blocks = enrichment.blocks.iter();
    let kept = blocks.filter(|block| !without_files || block.shown().as_file().is_none());
    serde_json::json!({
        "blocks": kept.map(members).collect::<Vec<_>>(),
        "annotations": enrichment.annotations,
        "enrichment_type": enrichment.enrichment_type,
        "title": enrichment.title,
    })
}

/// A block's members, without what says of which class it is.
fn members(block: &Block) -> Json {
    let mut written = serde_json::to_value(block).unwrap_or_default();
    if let Some(members) = written.as_object_mut() {
        members.shift_remove("block");
        members.shift_remove("bases");
        if let Some(values) = members.shift_remove("values")
            && values.is_array()
        {
            members.insert("rows".to_owned(), values);
        }
    }
    written
}

/// An object with a member more.
pub(crate) fn with(object: Json, key: &str, value: Json) -> Json {
    let mut object = object;
    if let Some(members) = object.as_object_mut() {
        members.insert(key.to_owned(), value);
    }
    object
}
