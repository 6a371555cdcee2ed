//! When a sink takes findings: `activity` and `mute_intervals`.

use std::rc::Rc;

use serde_json::json;
use squall_expression::yaml::Node;
use squall_model::{Json, Object};

use super::take::{items, texted, texts};
use crate::fields::{Fields, expected};
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// The days; Thursday is `THR` in Robusta, and `THU` here too.
const DAYS: [&str; 8] = ["MON", "TUE", "WED", "THR", "THU", "FRI", "SAT", "SUN"];

/// `{timezone, intervals: [{days, hours: [{start, end}]}]}`.
pub(super) fn activity(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["timezone", "intervals"], report);
    let timezone = timezone(&fields, report);
    let node = fields.needed("intervals", report)?;
    let intervals = items(
        node,
        "a list of intervals",
        &fields.key("intervals"),
        report,
    )?;
    if intervals.is_empty() {
        let hint = "write at least one, or leave `activity` out".to_owned();
        let fault = Fault::with_hint("is an empty list", hint);
        report.error(Some(node), &fields.key("intervals"), fault);
    }
    let intervals = intervals
        .iter()
        .filter_map(|(key, item)| interval(item, key, report));
    Some(json!({"timezone": timezone, "intervals": intervals.collect::<Vec<_>>()}))
}

fn interval(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["days", "hours"], report);
    let node = fields.needed("days", report)?;
    let days = texts(node, &fields.key("days"), report)?;
    for day in &days {
        if !DAYS.contains(&day.to_uppercase().as_str()) {
            let hint = did_you_mean(day, DAYS)
                .unwrap_or_else(|| "there are MON, TUE, WED, THU, FRI, SAT, SUN".to_owned());
            let fault = Fault::with_hint(format!("`{day}` is no day"), hint);
            report.error(Some(node), &fields.key("days"), fault);
        }
    }
    let hours = match fields.get("hours") {
        Some(node) => items(node, "a list of hours", &fields.key("hours"), report)?,
        None => Vec::new(),
    };
    let hours = hours
        .iter()
        .filter_map(|(key, item)| from_to(item, key, report));
    Some(json!({"days": days, "hours": hours.collect::<Vec<_>>()}))
}

fn from_to(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["start", "end"], report);
    let mut read = |name| {
        let node = fields.needed(name, report)?;
        let text = texted(node, &fields.key(name), report)?;
        if !is_time(&text) {
            let hint = "write \"HH:MM\", in quotes: without them YAML reads 12:30 as a number";
            let fault = Fault::with_hint(format!("`{text}` is no time of a day"), hint.to_owned());
            report.error(Some(node), &fields.key(name), fault);
        }
        Some(text)
    };
    let (start, end) = (read("start")?, read("end")?);
    if is_time(&start) && is_time(&end) && start > end {
        let hint = "intervals do not reach over midnight: write two".to_owned();
        let fault = Fault::with_hint("ends before it begins, so it never is the case", hint);
        report.warning(Some(node), key, fault);
    }
    Some(json!({"start": start, "end": end}))
}

/// `[{start_date, end_date, timezone}]`.
pub(super) fn mute_intervals(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let intervals = items(node, "a list of intervals", key, report)?;
    let intervals = intervals
        .iter()
        .filter_map(|(key, item)| mute_interval(item, key, report));
    Some(Json::Array(intervals.collect()))
}

fn mute_interval(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["start_date", "end_date", "timezone"], report);
    let mut interval = Object::new();
    for name in ["start_date", "end_date"] {
        let node = fields.needed(name, report)?;
        let text = texted(node, &fields.key(name), report)?;
        if !is_moment(&text) {
            let hint = "write \"YYYY-MM-DD HH:MM\", in quotes".to_owned();
            let fault = Fault::with_hint(format!("`{text}` is no date with a time"), hint);
            report.error(Some(node), &fields.key(name), fault);
        }
        interval.insert(name.to_owned(), text.into());
    }
    if interval.get("start_date").and_then(Json::as_str)
        > interval.get("end_date").and_then(Json::as_str)
    {
        report.warning(
            Some(node),
            key,
            "ends before it begins, so it mutes nothing",
        );
    }
    interval.insert("timezone".to_owned(), timezone(&fields, report).into());
    Some(Json::Object(interval))
}

fn timezone(fields: &Fields<'_>, report: &mut Report) -> String {
    let Some(node) = fields.get("timezone") else {
        return "UTC".to_owned();
    };
    let key = fields.key("timezone");
    let Some(name) = node.as_text() else {
        report.error(Some(node), &key, expected("the name of a time zone", node));
        return String::new();
    };
    if name.parse::<chrono_tz::Tz>().is_err() {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name());
        let hint = did_you_mean(name, known)
            .unwrap_or_else(|| "write a name such as Europe/Berlin or US/Eastern".to_owned());
        let fault = Fault::with_hint(format!("`{name}` is no time zone"), hint);
        report.error(Some(node), &key, fault);
    }
    name.to_owned()
}

/// `HH:MM`.
fn is_time(text: &str) -> bool {
    let parts = text.split_once(':');
    parts.is_some_and(|(hour, minute)| within(hour, 2, 0..=23) && within(minute, 2, 0..=59))
}

/// `YYYY-MM-DD HH:MM`.
fn is_moment(text: &str) -> bool {
    let Some((date, time)) = text.split_once(' ') else {
        return false;
    };
    let parts: Vec<&str> = date.split('-').collect();
    let [year, month, day] = parts.as_slice() else {
        return false;
    };
    let is_date = within(year, 4, 0..=9999) && within(month, 2, 1..=12) && within(day, 2, 1..=31);
    is_date && is_time(time)
}

fn within(text: &str, digits: usize, range: std::ops::RangeInclusive<u32>) -> bool {
    let is_number = text.len() == digits && text.bytes().all(|letter| letter.is_ascii_digit());
    is_number && text.parse().is_ok_and(|number| range.contains(&number))
}
