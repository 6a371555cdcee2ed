//! The three ways in which `on_schedule` says when.

use std::rc::Rc;

use serde_json::json;
use squall_expression::yaml::Node;
use squall_model::Json;

use super::take::{items, texted, whole};
use crate::fields::Fields;
use crate::report::{Fault, Report};

/// `{seconds_delay, repeat}`: so many times, or for ever.
pub(super) fn fixed(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["seconds_delay", "repeat"], report);
    let delay = fields.needed("seconds_delay", report)?;
    let seconds = whole(delay, &fields.key("seconds_delay"), report)?;
    if seconds < 1 {
        let why = "must be at least 1";
        report.error(Some(delay), &fields.key("seconds_delay"), why);
    }
    let repeat = match fields.get("repeat") {
        Some(node) => whole(node, &fields.key("repeat"), report)?,
        None => -1,
    };
    Some(json!({"seconds_delay": seconds, "repeat": repeat}))
}

/// `{delay_periods}`: one delay after the other.
pub(super) fn dynamic(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["delay_periods"], report);
    let periods = fields.needed("delay_periods", report)?;
    let key = fields.key("delay_periods");
    let periods = items(periods, "a list of seconds", &key, report)?;
    let periods = periods
        .iter()
        .filter_map(|(key, item)| whole(item, key, report));
    Some(json!({"delay_periods": periods.collect::<Vec<_>>()}))
}

/// `{cron_expression}`.
pub(super) fn cron(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["cron_expression"], report);
    let expression = fields.needed("cron_expression", report)?;
    let key = fields.key("cron_expression");
    let text = texted(expression, &key, report)?;
    let parts = text.split_whitespace().count();
    let is_named = text.starts_with('@');
    if !is_named && !(5..=6).contains(&parts) {
        let message = format!("`{text}` has {parts} parts, but a cron expression has 5");
        let hint = "minute, hour, day of the month, month, day of the week: `0 12 * * 1`";
        let fault = Fault::with_hint(message, hint.to_owned());
        report.error(Some(expression), &key, fault);
    }
    Some(json!({"cron_expression": text}))
}
