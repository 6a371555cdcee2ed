//! One playbook: its triggers, its actions and where its findings go.

use std::collections::BTreeMap;
use std::rc::Rc;

use squall_expression::yaml::{Kind, Node};
use squall_model::playbook::triggers::{self, Fires};
use squall_model::playbook::{Playbook, PlaybookAction};

use super::environment::{self, Environment};
use super::take::{flag, items, texted, texts};
use super::{Reading, trigger};
use crate::fields::{Fields, expected};
use crate::report::{Fault, Report};

const KEYS: &[&str] = &["name", "triggers", "actions", "sinks", "stop"];

/// The playbook at `key`; nothing if anything in it is wrong.
pub(super) fn read(node: &Rc<Node>, key: &str, reading: &mut Reading<'_>) -> Option<Playbook> {
    let before = reading.report.errors();
    let report = &mut reading.report;
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(KEYS, report);
    let mut playbook = Playbook {
        name: fields
            .get("name")
            .and_then(|node| texted(node, &fields.key("name"), report)),
        sinks: fields
            .get("sinks")
            .and_then(|node| texts(node, &fields.key("sinks"), report))
            .unwrap_or_default(),
        stop: fields
            .get("stop")
            .and_then(|node| flag(node, &fields.key("stop"), report))
            .unwrap_or_default(),
        place: report.place(node, key),
        ..Playbook::default()
    };
    for (key, node) in parts(&fields, "triggers", "a list of triggers", report) {
        playbook.triggers.extend(trigger::read(node, &key, report));
    }
    for (key, node) in parts(&fields, "actions", "a list of actions", report) {
        let action = action(node, &key, reading.environment, report);
        playbook.actions.extend(action);
    }
    check_schedule(&playbook, node, &fields.key("triggers"), report);
    (report.errors() == before).then_some(playbook)
}

/// The items of a list that must be there.
fn parts<'a>(
    fields: &Fields<'a>,
    name: &str,
    what: &str,
    report: &mut Report,
) -> Vec<(String, &'a Rc<Node>)> {
    let key = fields.key(name);
    let Some(node) = fields.needed(name, report) else {
        return Vec::new();
    };
    let found = items(node, what, &key, report).unwrap_or_default();
    if matches!(&node.kind, Kind::List(items) if items.is_empty()) {
        report.warning(
            Some(node),
            &key,
            "is empty, so the playbook never does anything",
        );
    }
    found
}

/// `- name: {parameters}`.
fn action(
    node: &Rc<Node>,
    key: &str,
    environment: Environment<'_>,
    report: &mut Report,
) -> Option<PlaybookAction> {
    let pair = match node.pairs() {
        [pair] => pair,
        [] => {
            let hint = node.as_text().map(|name| format!("write `- {name}: {{}}`"));
            let fault = no_name("a mapping of an action's name to its parameters", node);
            report.error(Some(node), key, fault.or_hint(hint));
            return None;
        }
        [first, second, ..] => {
            let names: Vec<String> = node.pairs().iter().map(|pair| pair.name()).collect();
            let hint = if first.value.is_none() {
                format!(
                    "indent `{}` below `{}`, to make it its parameter",
                    second.name(),
                    first.name()
                )
            } else {
                "begin each action with a dash of its own".to_owned()
            };
            let message = format!("must name one action, but has {}", listed(&names));
            report.error(Some(&second.key), key, Fault::with_hint(message, hint));
            return None;
        }
    };
    let name = texted(&pair.key, key, report)?;
    let key = format!("{key}.{name}");
    let mut action = PlaybookAction {
        place: report.place(&pair.key, &key),
        name,
        ..PlaybookAction::default()
    };
    // Robusta stops for ever at `- my_action:` with nothing behind it.
    if pair.value.is_none() {
        return Some(action);
    }
    let filled = environment::fill(&pair.value, &key, environment, report);
    let fields = Fields::of(&filled, key, report)?;
    action.parameters = fields.node.to_object();
    let lines = fields.node.pairs().iter();
    action.lines = lines
        .map(|pair| (pair.name(), pair.key.line))
        .filter(|(_, line)| *line > 0)
        .collect::<BTreeMap<_, _>>();
    Some(action)
}

/// What is scheduled has one action and no other trigger, as its schedule is that of the action.
fn check_schedule(playbook: &Playbook, node: &Rc<Node>, key: &str, report: &mut Report) {
    let is_schedule = |name: &str| {
        triggers::named(name).is_some_and(|trigger| trigger.fires == Fires::OnSchedule)
    };
    let is_scheduled = playbook
        .triggers
        .iter()
        .any(|trigger| is_schedule(&trigger.name));
    let (triggers, actions) = (playbook.triggers.len(), playbook.actions.len());
    if is_scheduled && (triggers > 1 || actions > 1) {
        let message = format!(
            "a playbook with `on_schedule` has one trigger and one action, but here are {triggers} and {actions}"
        );
        let hint = "write a playbook for each".to_owned();
        report.error(Some(node), key, Fault::with_hint(message, hint));
    }
}

/// What must be a mapping with one key is none, or has none.
pub(super) fn no_name(what: &str, node: &Node) -> Fault {
    match &node.kind {
        Kind::Dict(_) => format!("must be {what}, but is an empty one").into(),
        _ => expected(what, node),
    }
}

/// `a`, `b` and `c`.
pub(super) fn listed(names: &[String]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} and {last}", others.join(", ")),
        None => String::new(),
    }
}
