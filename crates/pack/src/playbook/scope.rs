//! `scope`: which objects, alerts or findings are meant, by patterns on their attributes.

use std::rc::Rc;

use serde_json::json;
use squall_expression::regex::{Flags, Pattern};
use squall_expression::yaml::Node;
use squall_model::{Json, Object};

use super::take::{items, texted};
use crate::fields::{Fields, expected};
use crate::report::{Fault, Report};

/// `{include: [...], exclude: [...]}`: lists of which one must fit, of attributes which all must fit, of patterns of which
/// one must fit. A single pattern becomes a list of one.
pub(super) fn read(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["include", "exclude"], report);
    let mut scope = Object::new();
    for side in ["include", "exclude"] {
        let Some(node) = fields.get(side) else {
            continue;
        };
        let key = fields.key(side);
        let alternatives = items(node, "a list of mappings", &key, report)?;
        if alternatives.is_empty() {
            let hint = "write what is meant, such as `- name: web.*`, or leave it out".to_owned();
            report.error(Some(node), &key, Fault::with_hint("is an empty list", hint));
        }
        let read = alternatives
            .into_iter()
            .filter_map(|(key, item)| attributes(item, &key, report));
        scope.insert(side.to_owned(), Json::Array(read.collect()));
    }
    if scope.is_empty() {
        let hint = "write `include`, `exclude` or both".to_owned();
        let fault = Fault::with_hint("says neither what is included nor what is excluded", hint);
        report.error(Some(node), key, fault);
    }
    Some(Json::Object(scope))
}

fn attributes(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    let mut attributes = Object::new();
    for pair in fields.node.pairs() {
        let name = pair.name();
        let key = fields.key(&name);
        let Some(patterns) = patterns_of(&pair.value, &key, report) else {
            continue;
        };
        for pattern in &patterns {
            if let Err(fault) = check(&name, pattern) {
                report.error(Some(&pair.value), &key, fault);
            }
        }
        attributes.insert(name, json!(patterns));
    }
    Some(Json::Object(attributes))
}

/// A pattern, or a list of them.
fn patterns_of(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Vec<String>> {
    if node.as_text().is_some() || !node.pairs().is_empty() || node.items().is_empty() {
        if node.is_none() {
            report.error(
                Some(node),
                key,
                expected("a pattern, or a list of them", node),
            );
            return None;
        }
        return Some(vec![texted(node, key, report)?]);
    }
    let items = items(node, "a list of patterns", key, report)?;
    let texts = items
        .iter()
        .filter_map(|(key, item)| texted(item, key, report));
    Some(texts.collect())
}

/// Whether a pattern can be asked at all: Robusta finds out when an event comes.
fn check(attribute: &str, pattern: &str) -> Result<(), Fault> {
    match attribute {
        "labels" | "annotations" | "namespace_labels" => pattern.split(',').try_for_each(|part| {
            let (_, value) = part.split_once('=').ok_or_else(|| {
                let hint = "write name=pattern or name!=pattern, and commas between several";
                let message = format!("`{part}` is not a name and a pattern");
                Fault::with_hint(message, hint.to_owned())
            })?;
            check_pattern(value.trim())
        }),
        "attributes" => pattern.split(',').try_for_each(|part| {
            let hint = "write a path, `=` or `!=`, and a value: `status.phase=Pending`";
            let fault = || {
                let message = format!("`{part}` is not a path and a value");
                Fault::with_hint(message, hint.to_owned())
            };
            part.rsplit_once('=').map(|_| ()).ok_or_else(fault)
        }),
        _ => check_pattern(pattern),
    }
}

/// Whether it is a regular expression.
pub(super) fn check_pattern(pattern: &str) -> Result<(), Fault> {
    let hint = "it is a regular expression of Python's `re`".to_owned();
    match Pattern::new(pattern, Flags::default()) {
        Ok(_) => Ok(()),
        Err(error) => Err(Fault::with_hint(
            format!("`{pattern}` is not a pattern: {error}"),
            hint,
        )),
    }
}
