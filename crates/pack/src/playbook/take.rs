//! Values of parameters, brought into the types that are taken as far as Robusta's models do: a number where text is
//! taken is text, `"5"` where a number is taken is one.

use std::rc::Rc;

use squall_expression::value::{Value, text};
use squall_expression::yaml::{Kind, Node, Pair};
use squall_model::playbook::parameter::{Parameter, Takes};
use squall_model::{Json, Object};

use super::{grouping, schedule, scope, times};
use crate::fields::{Fields, expected, join};
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// What becomes of parameters that are not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Refused,
    Ignored,
}

/// The values of `fields` for `known` parameters, each in its type; null is as good as absent.
pub(super) fn parameters<'a>(
    fields: &Fields<'_>,
    known: impl Iterator<Item = &'a Parameter>,
    unknown: Unknown,
    report: &mut Report,
) -> Object {
    let known: Vec<&Parameter> = known.collect();
    let names: Vec<&str> = known.iter().map(|parameter| parameter.name).collect();
    match unknown {
        Unknown::Refused => fields.close(&names, report),
        Unknown::Ignored => fields.warn_unknown(&names, report),
    }
    let mut values = Object::new();
    for parameter in known {
        let node = if parameter.is_required() {
            fields.needed(parameter.name, report)
        } else {
            fields.get(parameter.name)
        };
        let Some(node) = node else { continue };
        if let Some(value) = value(node, parameter.takes, &fields.key(parameter.name), report) {
            values.insert(parameter.name.to_owned(), value);
        }
    }
    values
}

/// One value in the type that is taken; nothing if it cannot be had.
fn value(node: &Rc<Node>, takes: Takes, key: &str, report: &mut Report) -> Option<Json> {
    match takes {
        Takes::Text | Takes::Secret => texted(node, key, report).map(Json::from),
        Takes::Word(words) => word(node, words, key, report),
        Takes::Flag => flag(node, key, report).map(Json::from),
        Takes::Whole => whole(node, key, report).map(Json::from),
        Takes::Number => number(node, key, report),
        Takes::TextOrWhole => match node.as_text().map(str::parse::<i64>) {
            Some(Ok(number)) => Some(number.into()),
            Some(Err(_)) => node.as_text().map(Json::from),
            None => whole(node, key, report).map(Json::from),
        },
        Takes::Texts => texts(node, key, report).map(Json::from),
        Takes::Words(words) => {
            let items = items(node, "a list of words", key, report)?;
            let taken = items
                .iter()
                .filter_map(|(key, item)| word(item, words, key, report));
            Some(Json::Array(taken.collect()))
        }
        Takes::Mapping => Some(Fields::of(node, key, report)?.node.to_json()),
        Takes::TextMapping => text_mapping(node, key, report),
        Takes::Labels => labels(node, key, report),
        Takes::Scope => scope::read(node, key, report),
        Takes::ChangeFilters => change_filters(node, key, report),
        Takes::NamedObjects => objects(node, &["name", "namespace"], &[], key, report),
        Takes::ApiResources => {
            let known = ["apiVersion", "kind", "apiGroup"];
            objects(node, &known, &["apiVersion", "kind"], key, report)
        }
        Takes::FixedDelay => schedule::fixed(node, key, report),
        Takes::DynamicDelay => schedule::dynamic(node, key, report),
        Takes::CronSchedule => schedule::cron(node, key, report),
        Takes::Activity => times::activity(node, key, report),
        Takes::MuteIntervals => times::mute_intervals(node, key, report),
        Takes::Grouping => grouping::read(node, key, report),
    }
}

/// Text; numbers and booleans as Python writes them.
pub(super) fn texted(node: &Node, key: &str, report: &mut Report) -> Option<String> {
    let found = match &node.kind {
        Kind::Scalar(
            value @ (Value::Str(_)
            | Value::Int(_)
            | Value::Big(_)
            | Value::Float(_)
            | Value::Bool(_)
            | Value::Bytes(_)),
        ) => text::str(value).ok(),
        _ => None,
    };
    if found.is_none() {
        report.error(Some(node), key, expected("text", node));
    }
    found.map(|text| text.to_string())
}

/// A boolean, or one of the words and numbers that stand for it.
pub(super) fn flag(node: &Node, key: &str, report: &mut Report) -> Option<bool> {
    let found = match &node.kind {
        Kind::Scalar(Value::Bool(flag)) => Some(*flag),
        Kind::Scalar(Value::Int(0)) => Some(false),
        Kind::Scalar(Value::Int(1)) => Some(true),
        Kind::Scalar(Value::Str(text)) => match text.to_lowercase().as_str() {
            "0" | "off" | "f" | "false" | "n" | "no" => Some(false),
            "1" | "on" | "t" | "true" | "y" | "yes" => Some(true),
            _ => None,
        },
        _ => None,
    };
    if found.is_none() {
        report.error(Some(node), key, expected("a boolean", node));
    }
    found
}

/// A whole number, or a text that is one; of a fraction the whole part.
pub(super) fn whole(node: &Node, key: &str, report: &mut Report) -> Option<i64> {
    let found = match &node.kind {
        Kind::Scalar(Value::Int(number)) => Some(*number),
        Kind::Scalar(Value::Bool(flag)) => Some(i64::from(*flag)),
        Kind::Scalar(Value::Float(number)) => whole_part(*number),
        Kind::Scalar(Value::Str(text)) => text.trim().replace('_', "").parse().ok(),
        _ => None,
    };
    if found.is_none() {
        report.error(Some(node), key, expected("a whole number", node));
    }
    found
}

#[expect(clippy::cast_possible_truncation, reason = "the range is asked first")]
fn whole_part(number: f64) -> Option<i64> {
    let exact = 9_007_199_254_740_992.0;
    (number.abs() <= exact).then_some(number.trunc() as i64)
}

/// A number. Robusta takes a text here when it loads, and fails when an event comes.
fn number(node: &Node, key: &str, report: &mut Report) -> Option<Json> {
    let value = node.to_json();
    if value.is_number() {
        return Some(value);
    }
    let fault = expected("a number", node);
    let hint = node
        .as_text()
        .filter(|text| text.parse::<f64>().is_ok())
        .map(|text| format!("write {text} without quotes"));
    report.error(Some(node), key, fault.or_hint(hint));
    None
}

fn word(node: &Rc<Node>, words: &[&str], key: &str, report: &mut Report) -> Option<Json> {
    let text = texted(node, key, report)?;
    if !words.contains(&text.to_lowercase().as_str()) {
        let hint = did_you_mean(&text, words.iter().copied())
            .unwrap_or_else(|| format!("there are {}", words.join(", ")));
        let fault = Fault::with_hint(format!("`{text}` means nothing here"), hint);
        report.warning(Some(node), key, fault);
    }
    Some(text.into())
}

/// The items of a list, each with its key.
pub(super) fn items<'a>(
    node: &'a Rc<Node>,
    what: &str,
    key: &str,
    report: &mut Report,
) -> Option<Vec<(String, &'a Rc<Node>)>> {
    if let Kind::List(items) = &node.kind {
        let keyed = items.iter().enumerate();
        return Some(
            keyed
                .map(|(index, item)| (format!("{key}[{index}]"), item))
                .collect(),
        );
    }
    let hint = node
        .as_text()
        .map(|text| format!("write [{text}]"))
        .filter(|hint| hint.len() < 60);
    report.error(Some(node), key, expected(what, node).or_hint(hint));
    None
}

/// A list of texts.
pub(super) fn texts(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Vec<String>> {
    let items = items(node, "a list of texts", key, report)?;
    let taken = items
        .iter()
        .filter_map(|(key, item)| texted(item, key, report));
    Some(taken.collect())
}

fn text_mapping(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    let taken = fields
        .node
        .pairs()
        .iter()
        .filter_map(|Pair { key: name, value }| {
            let name = texted(name, key, report)?;
            let text = texted(value, &fields.key(&name), report)?;
            Some((name, Json::from(text)))
        });
    Some(Json::Object(taken.collect()))
}

/// `k=v,k2=v2`, where all must hold.
fn labels(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let text = texted(node, key, report)?;
    for part in text.split(',').filter(|_| !text.is_empty()) {
        if part.matches('=').count() != 1 {
            let hint = "write name=value, and commas between several: there is no `!=` and no `in`"
                .to_owned();
            let fault = Fault::with_hint(format!("`{part}` is not a label and its value"), hint);
            report.error(Some(node), key, fault);
            return None;
        }
    }
    Some(text.into())
}

fn change_filters(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Json> {
    let fields = Fields::of(node, key, report)?;
    let known = ["include", "ignore"];
    fields.warn_unknown(&known, report);
    let lists = known.into_iter().filter_map(|name| {
        let node = fields.get(name)?;
        let texts = texts(node, &fields.key(name), report)?;
        Some((name.to_owned(), Json::from(texts)))
    });
    Some(Json::Object(lists.collect()))
}

/// A list of mappings of texts with these keys.
fn objects(
    node: &Rc<Node>,
    known: &[&str],
    needed: &[&str],
    key: &str,
    report: &mut Report,
) -> Option<Json> {
    let items = items(node, "a list of mappings", key, report)?;
    let objects = items.into_iter().filter_map(|(key, item)| {
        let fields = Fields::of(item, key.as_str(), report)?;
        fields.warn_unknown(known, report);
        for name in needed {
            fields.needed(name, report);
        }
        let texts = known.iter().filter_map(|name| {
            let text = texted(fields.get(name)?, &join(&key, name), report)?;
            Some(((*name).to_owned(), Json::from(text)))
        });
        Some(Json::Object(texts.collect()))
    });
    Some(Json::Array(objects.collect()))
}
