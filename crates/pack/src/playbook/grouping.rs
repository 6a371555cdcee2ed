//! `grouping`: findings of a sink that are told together.

use std::rc::Rc;

use serde_json::json;
use squall_expression::yaml::Node;
use squall_model::{Json, Object};

use super::take::{flag, items, texted, texts, whole};
use crate::fields::Fields;
use crate::report::{Fault, Report};

/// `{group_by, interval, notification_mode}` with all defaults filled in.
pub(super) fn read(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["group_by", "interval", "notification_mode"], report);
    let group_by = match fields.get("group_by") {
        Some(node) => attributes(node, &fields.key("group_by"), report)?,
        None => vec![json!("cluster")],
    };
    let interval = match fields.get("interval") {
        Some(node) => whole(node, &fields.key("interval"), report)?,
        None => 15 * 60,
    };
    let mode = fields.get("notification_mode");
    let Some(mode) = mode else {
        let hint = "write `notification_mode: {summary: {}}` for one message that counts, or \
                    `notification_mode: {regular: {ignore_first: 5}}` for no message before the fifth";
        let fault = Fault::with_hint("is missing", hint.to_owned());
        report.error(Some(node), &fields.key("notification_mode"), fault);
        return None;
    };
    let mode = notification_mode(mode, &fields.key("notification_mode"), report)?;
    Some(json!({"group_by": group_by, "interval": interval, "notification_mode": mode}))
}

fn notification_mode(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["regular", "summary"], report);
    match (fields.get("regular"), fields.get("summary")) {
        (Some(node), None) => {
            let regular = regular(node, &fields.key("regular"), report)?;
            Some(json!({"regular": regular}))
        }
        (None, Some(node)) => {
            let summary = summary(node, &fields.key("summary"), report)?;
            Some(json!({"summary": summary}))
        }
        (Some(_), Some(_)) => {
            report.error(
                Some(node),
                key,
                "is both `regular` and `summary`: write one of them",
            );
            None
        }
        (None, None) => {
            let hint = "write `regular: {ignore_first: 5}` or `summary: {}`".to_owned();
            let fault = Fault::with_hint("is neither `regular` nor `summary`", hint);
            report.error(Some(node), key, fault);
            None
        }
    }
}

fn regular(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["ignore_first"], report);
    let node = fields.needed("ignore_first", report)?;
    let ignored = whole(node, &fields.key("ignore_first"), report)?;
    if ignored < 1 {
        let why = "must be at least 1";
        report.error(Some(node), &fields.key("ignore_first"), why);
    }
    Some(json!({"ignore_first": ignored}))
}

fn summary(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["threaded", "by"], report);
    let threaded = match fields.get("threaded") {
        Some(node) => flag(node, &fields.key("threaded"), report)?,
        None => true,
    };
    let by = match fields.get("by") {
        Some(node) => attributes(node, &fields.key("by"), report)?,
        None => vec![json!("identifier")],
    };
    Some(json!({"threaded": threaded, "by": by}))
}

/// Attributes, and `{labels: [...]}` or `{annotations: [...]}`.
fn attributes(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Vec<Json>> {
    let items = items(node, "a list of attributes", key, report)?;
    let read = items.iter().filter_map(|(key, item)| {
        if item.pairs().is_empty() {
            return texted(item, key, report).map(Json::from);
        }
        let fields = Fields::of(item, key.as_str(), report)?;
        let lists = fields.node.pairs().iter().filter_map(|pair| {
            let names = texts(&pair.value, &fields.key(&pair.name()), report)?;
            Some((pair.name(), Json::from(names)))
        });
        Some(Json::Object(lists.collect::<Object>()))
    });
    Some(read.collect())
}
