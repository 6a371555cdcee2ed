//! One sink: its kind, what all kinds take, and what is its own.

use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::playbook::SinkConfig;
use squall_model::playbook::sinks::{self, SinkKind};
use squall_model::{Json, Object};

use super::definition::{listed, no_name};
use super::scope::check_pattern;
use super::take::{self, Unknown};
use super::{Reading, environment};
use crate::fields::{Fields, expected};
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// What `match` can ask of a finding.
const ATTRIBUTES: [&str; 11] = [
    "title",
    "identifier",
    "severity",
    "source",
    "type",
    "kind",
    "namespace",
    "node",
    "name",
    "labels",
    "annotations",
];

/// What Robusta's own installer leaves for people to fill in: it takes no notice of such a sink either.
const NOT_FILLED_IN: &str = "<ROBUSTA_ACCOUNT_TOKEN>";

/// `- kind: {parameters}`; nothing if anything in it is wrong.
pub(super) fn read(node: &Rc<Node>, key: &str, reading: &mut Reading<'_>) -> Option<SinkConfig> {
    let before = reading.report.errors();
    let (kind, place) = kind(node, key, &mut reading.report)?;
    let key = format!("{key}.{}", kind.name);
    let body = node.get(kind.name)?;
    let report = &mut reading.report;
    if kind.name == "robusta_sink" {
        if body.get("token").and_then(|token| token.as_text()) != Some(NOT_FILLED_IN) {
            report.warning(Some(place), &key, nothing_goes_there());
        }
        return None;
    }
    if !kind.is_available {
        report.error(Some(place), &key, not_here(kind));
        return None;
    }
    let filled = environment::fill(body, &key, reading.environment, report);
    let fields = Fields::of(&filled, key.as_str(), report)?;
    let mut parameters = take::parameters(&fields, kind.all_parameters(), Unknown::Ignored, report);
    check_match(&fields, report);
    check_own(kind, &fields, &parameters, report);
    let name = parameters.shift_remove("name")?.as_str()?.to_owned();
    (report.errors() == before).then(|| SinkConfig {
        kind: kind.name.to_owned(),
        name,
        parameters,
        place: report.place(place, &key),
    })
}

/// The kind that a mapping names, and its key.
fn kind<'a>(
    node: &'a Rc<Node>,
    key: &str,
    report: &mut Report,
) -> Option<(&'static SinkKind, &'a Rc<Node>)> {
    let known = node.pairs().iter();
    let known = known.filter_map(|pair| Some((sinks::named(&pair.name())?, pair)));
    let names: Vec<String> = node.pairs().iter().map(|pair| pair.name()).collect();
    let (kind, sink) = match (known.collect::<Vec<_>>().as_slice(), names.as_slice()) {
        ([one], _) => *one,
        (_, []) => {
            let fault = no_name("a mapping of a sink's kind to its parameters", node);
            report.error(Some(node), key, fault);
            return None;
        }
        ([], [name, ..]) => {
            let hint = did_you_mean(name, sinks::ALL.iter().map(|sink| sink.name));
            let message = format!("unknown kind of sink `{name}`");
            let fault = Fault::with_hint(message, hint.unwrap_or_else(what_is_here));
            report.error(node.pairs().first().map(|pair| &*pair.key), key, fault);
            return None;
        }
        _ => {
            let message = format!("must name one kind of sink, but has {}", listed(&names));
            let hint = "begin each sink with a dash of its own".to_owned();
            report.error(Some(node), key, Fault::with_hint(message, hint));
            return None;
        }
    };
    for pair in node.pairs().iter().filter(|pair| pair.name() != kind.name) {
        let name = pair.name();
        let message = format!("`{name}` stands beside `{}`, not in it", kind.name);
        let hint = kind
            .parameter(&name)
            .map(|_| format!("indent it below `{}`", kind.name));
        report.warning(Some(&pair.key), key, Fault::with_hint(message, hint));
    }
    Some((kind, &sink.key))
}

fn not_here(kind: &SinkKind) -> Fault {
    let message = format!("Squall cannot deliver to `{}` yet", kind.name);
    let hint = match kind.name {
        "kafka_sink" => "a `webhook_sink` to a bridge of Kafka's can stand in".to_owned(),
        _ => format!("{}; a `webhook_sink` can stand in", what_is_here()),
    };
    Fault::with_hint(message, hint)
}

/// A file that was made for Robusta's service stays in force without it.
fn nothing_goes_there() -> Fault {
    let message = "nothing is delivered to Robusta's own service".to_owned();
    let hint = "leave it out: Squall itself keeps the history".to_owned();
    Fault::with_hint(message, hint)
}

fn what_is_here() -> String {
    let available = sinks::ALL.iter().filter(|sink| sink.is_available);
    let names: Vec<&str> = available.map(|sink| sink.name).collect();
    format!("there are {}", names.join(", "))
}

/// `match`: attributes to patterns, which are prefixes here as in Robusta.
fn check_match(fields: &Fields<'_>, report: &mut Report) {
    let Some(node) = fields.get("match") else {
        return;
    };
    for pair in node.pairs() {
        let name = pair.name();
        let key = format!("{}.{name}", fields.key("match"));
        if !ATTRIBUTES.contains(&name.as_str()) {
            let hint = did_you_mean(&name, ATTRIBUTES)
                .unwrap_or_else(|| format!("there are {}", ATTRIBUTES.join(", ")));
            let message = format!("findings have no `{name}`, so the sink takes none");
            report.warning(Some(&pair.key), &key, Fault::with_hint(message, hint));
        }
        if pair.value.to_json() == Json::Array(Vec::new()) {
            let message = "nothing fits an empty list, so the sink takes no finding".to_owned();
            let hint = "leave it out to take all".to_owned();
            report.warning(Some(&pair.value), &key, Fault::with_hint(message, hint));
            continue;
        }
        let one = std::slice::from_ref(&pair.value);
        let patterns = if pair.value.items().is_empty() {
            one
        } else {
            pair.value.items()
        };
        for pattern in patterns {
            let Some(text) = pattern.as_text() else {
                report.error(Some(pattern), &key, expected("text", pattern));
                continue;
            };
            if let Err(fault) = check_matcher(&name, text) {
                report.error(Some(pattern), &key, fault);
            }
        }
    }
}

fn check_matcher(attribute: &str, text: &str) -> Result<(), Fault> {
    if !matches!(attribute, "labels" | "annotations") {
        return check_pattern(text);
    }
    let wrong = text.split(',').find(|part| part.matches('=').count() != 1);
    wrong.map_or(Ok(()), |part| {
        let hint = "write name=value, and commas between several".to_owned();
        Err(Fault::with_hint(
            format!("`{part}` is not a label and its value"),
            hint,
        ))
    })
}

/// Parameters that Robusta knows, and that change nothing here.
fn tell_what_has_no_effect(kind: &SinkKind, fields: &Fields<'_>, report: &mut Report) {
    if fields.get("grouping").is_some() && !kind.groups {
        let message = format!("has no effect: `{}` does not group", kind.name);
        let hint = "slack_sink does".to_owned();
        let key = fields.key("grouping");
        report.warning(
            fields.get("grouping").map(Rc::as_ref),
            &key,
            Fault::with_hint(message, hint),
        );
    }
    if let Some(templates) = fields.get("slack_custom_templates") {
        let message = "has no effect: messages have the usual heading".to_owned();
        let key = fields.key("slack_custom_templates");
        report.warning(Some(templates.as_ref()), &key, Fault::from(message));
    }
    if let Some(name) = fields.get("namespace_room_id_override") {
        let message = "has no effect: what a namespace says is not asked for".to_owned();
        let hint =
            "`room_id_override` goes by the labels and annotations of the subject".to_owned();
        let key = fields.key("namespace_room_id_override");
        report.warning(Some(name.as_ref()), &key, Fault::with_hint(message, hint));
    }
}

/// What a kind demands beyond the types of its parameters.
fn check_own(kind: &SinkKind, fields: &Fields<'_>, parameters: &Object, report: &mut Report) {
    tell_what_has_no_effect(kind, fields, report);
    let text = |name: &str| parameters.get(name).and_then(Json::as_str);
    let mut refuse = |name: &str, fault: Fault| {
        let at = fields.get(name).map_or(fields.node, Rc::as_ref);
        report.error(Some(at), &fields.key(name), fault);
    };
    if let Some(channel) = text("channel_override")
        .filter(|text| !names_a_value(text, &["labels.", "annotations.", "cluster_name"]))
    {
        let hint = "write labels.NAME, annotations.NAME or cluster_name, or a text with $labels.NAME in it";
        let message = format!("`{channel}` takes nothing from a finding");
        refuse(
            "channel_override",
            Fault::with_hint(message, hint.to_owned()),
        );
    }
    if let Some(webhook) =
        text("webhook_override").filter(|text| !names_a_value(text, &["annotations."]))
    {
        let hint = "write annotations.NAME, or a text with $annotations.NAME in it".to_owned();
        let message = format!("`{webhook}` takes nothing from a finding");
        refuse("webhook_override", Fault::with_hint(message, hint));
    }
    if text("mailto")
        .is_some_and(|to| !to.starts_with("mailto://") && !to.starts_with("mailtos://"))
    {
        let hint = "write mailtos://USER:PASSWORD@SERVER?from=...&to=...".to_owned();
        refuse("mailto", Fault::with_hint("is no address of mail", hint));
    }
    if parameters.get("use_ses") == Some(&Json::Bool(true)) {
        for needed in ["from_email", "aws_region"] {
            if text(needed).is_none_or(str::is_empty) {
                refuse(needed, "is missing, but `use_ses` needs it".into());
            }
        }
    }
}

/// Whether a text is one of these values by name, or has one in it behind a `$`.
fn names_a_value(text: &str, names: &[&str]) -> bool {
    text.is_empty()
        || names.iter().any(|name| {
            (text.starts_with(name) && !text.contains('$'))
                || text.contains(&format!("${name}"))
                || text.contains(&format!("${{{name}"))
        })
}
