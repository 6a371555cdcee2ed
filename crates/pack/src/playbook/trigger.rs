//! One trigger of a playbook.

use std::rc::Rc;

use squall_expression::yaml::{Kind, Node, Pair};
use squall_model::playbook::PlaybookTrigger;
use squall_model::playbook::classes::{KINDS, kind_named};
use squall_model::playbook::triggers::{self, Fires, TriggerKind};
use squall_model::{Object, Reference};

use super::definition::{listed, no_name};
use super::take::{self, Unknown};
use crate::fields::Fields;
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// `- name: {parameters}`; nothing if no trigger can be told from it.
pub(super) fn read(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<PlaybookTrigger> {
    let is_reference = |pair: &&Pair| pair.name().parse::<Reference>().is_ok();
    if let Some(pair) = node.pairs().iter().find(is_reference) {
        return of_a_pack(node, pair, key, report);
    }
    let (kind, pair) = named(node, key, report)?;
    of_the_catalogue(kind, pair, key, report)
}

fn of_the_catalogue(
    kind: &TriggerKind,
    pair: &Pair,
    key: &str,
    report: &mut Report,
) -> Option<PlaybookTrigger> {
    let key = format!("{key}.{}", kind.name);
    let place = report.place(&pair.key, &key);
    let body = body(&pair.key, &pair.value);
    let fields = Fields::of(&body, key, report)?;
    let parameters = parameters(&fields, kind, report);
    Some(PlaybookTrigger {
        name: kind.name.clone(),
        parameters,
        place,
    })
}

/// A trigger of a pack: `core.st2.webhook: {url: hooks/x}`.
fn of_a_pack(node: &Node, pair: &Pair, key: &str, report: &mut Report) -> Option<PlaybookTrigger> {
    let name = pair.name();
    let before = report.errors();
    for other in node.pairs().iter().filter(|other| other.name() != name) {
        let message = format!("`{}` stands beside `{name}`, not in it", other.name());
        let hint = format!("indent it below `{name}`, or begin another trigger with a dash");
        report.error(Some(&other.key), key, Fault::with_hint(message, hint));
    }
    let reference: Reference = name.parse().ok()?;
    // What rules of packs call it.
    if let Some(kind) = triggers::referred(&reference) {
        return of_the_catalogue(kind, pair, key, report);
    }
    if reference.pack() == triggers::PACK {
        let message = format!("`{name}` is no trigger of playbooks");
        let hint = "write on_kubernetes_any_resource_all_changes, on_prometheus_alert, on_schedule or \
                    another of docs/playbook-triggers.md";
        report.error(
            Some(&pair.key),
            key,
            Fault::with_hint(message, hint.to_owned()),
        );
        return None;
    }
    let key = format!("{key}.{name}");
    let place = report.place(&pair.key, &key);
    let body = body(&pair.key, &pair.value);
    let parameters = Fields::of(&body, key, report)?.node.to_object();
    (report.errors() == before).then_some(PlaybookTrigger {
        name,
        parameters,
        place,
    })
}

/// What a trigger is given, each value in its type.
pub(super) fn parameters(fields: &Fields<'_>, kind: &TriggerKind, report: &mut Report) -> Object {
    let unknown = if kind.ignores_unknown {
        Unknown::Ignored
    } else {
        Unknown::Refused
    };
    let mut parameters = take::parameters(fields, kind.parameters.iter(), unknown, report);
    if kind.fires == Fires::OnSchedule {
        let way = check_schedule(fields, report);
        parameters.retain(|name, _| Some(name.as_str()) == way);
    }
    if kind.fires == Fires::OnResources {
        check_resources(fields, report);
    }
    parameters
}

/// The one trigger that a mapping names, with its entry.
fn named<'a>(
    node: &'a Rc<Node>,
    key: &str,
    report: &mut Report,
) -> Option<(&'static TriggerKind, &'a Pair)> {
    if node.pairs().is_empty() {
        let hint = node.as_text().map(|name| format!("write `- {name}: {{}}`"));
        let fault = no_name("a mapping of a trigger's name to its parameters", node);
        report.error(Some(node), key, fault.or_hint(hint));
        return None;
    }
    let known = node.pairs().iter();
    let known = known.filter_map(|pair| Some((triggers::named(&pair.name())?, pair)));
    let (empty, written): (Vec<_>, Vec<_>) = known.partition(|(_, pair)| pair.value.is_none());
    match (written.as_slice(), empty.as_slice()) {
        ([one], _) | ([], [one]) => {
            check_neighbours(node, *one, key, report)?;
            Some(*one)
        }
        ([], []) => {
            for pair in node.pairs() {
                report.error(Some(&pair.key), key, unknown(&pair.name()));
            }
            None
        }
        (several, _) => {
            let several = if several.is_empty() { &empty } else { several };
            let names: Vec<String> = several.iter().map(|(kind, _)| kind.name.clone()).collect();
            let message = format!("must name one trigger, but has {}", listed(&names));
            let hint = "begin each trigger with a dash of its own: any of them will do".to_owned();
            report.error(Some(node), key, Fault::with_hint(message, hint));
            None
        }
    }
}

/// What stands beside the trigger in its mapping has no effect; beside an empty one it was meant to be in it.
fn check_neighbours(
    node: &Node,
    (kind, trigger): (&TriggerKind, &Pair),
    key: &str,
    report: &mut Report,
) -> Option<()> {
    let mut is_sound = true;
    for pair in node.pairs() {
        let name = pair.name();
        if name == kind.name {
            continue;
        }
        let message = format!("`{name}` stands beside `{}`, not in it", kind.name);
        let hint = kind
            .parameter(&name)
            .map(|_| format!("indent it below `{}`", kind.name));
        let fault = Fault::with_hint(message, hint);
        if trigger.value.is_none() && kind.parameter(&name).is_some() {
            report.error(Some(&pair.key), key, fault);
            is_sound = false;
        } else {
            report.warning(Some(&pair.key), key, fault);
        }
    }
    is_sound.then_some(())
}

fn unknown(name: &str) -> Fault {
    let known = triggers::all().iter().map(|trigger| trigger.name.as_str());
    let hint = did_you_mean(name, known).or_else(|| other_kind(name));
    let hint = hint.unwrap_or_else(|| {
        "there are on_KIND_create, on_KIND_update, on_KIND_delete and on_KIND_all_changes, \
         on_prometheus_alert, on_schedule and more: docs/playbooks.md"
            .to_owned()
    });
    Fault::with_hint(format!("unknown trigger `{name}`"), hint)
}

/// A trigger as it would be, were there one for the kind.
fn other_kind(name: &str) -> Option<String> {
    let done = ["create", "update", "delete", "all_changes"];
    let kind = done.into_iter().find_map(|done| {
        name.strip_prefix("on_")?
            .strip_suffix(done)?
            .strip_suffix('_')
    })?;
    Some(format!(
        "of kinds without triggers of their own, write `on_kubernetes_resource_operation: {{resources: [GROUP/{kind}]}}`"
    ))
}

/// What stands behind a name. Robusta stops for ever where that is nothing.
pub(super) fn body(name: &Node, value: &Rc<Node>) -> Rc<Node> {
    if !value.is_none() {
        return Rc::clone(value);
    }
    Rc::new(Node {
        line: name.line,
        column: name.column,
        kind: Kind::Dict(Vec::new()),
    })
}

/// The way to say when, which must be there; of several Robusta takes the first.
fn check_schedule(fields: &Fields<'_>, report: &mut Report) -> Option<&'static str> {
    let key = fields.path();
    let ways = [
        "fixed_delay_repeat",
        "dynamic_delay_repeat",
        "cron_schedule_repeat",
    ];
    let given = ways.into_iter().filter(|way| fields.get(way).is_some());
    let given: Vec<&str> = given.collect();
    if given.is_empty() {
        let hint = format!("write one of {}", ways.join(", "));
        let fault = Fault::with_hint("does not say when", hint);
        report.error(Some(fields.node), key, fault);
    }
    if let [first, _, ..] = given.as_slice() {
        let message = format!("says when in several ways: only `{first}` counts");
        report.warning(Some(fields.node), key, message);
    }
    given.first().copied()
}

/// Kinds that are probably misspelt. Others are found in the cluster, if they are there.
fn check_resources(fields: &Fields<'_>, report: &mut Report) {
    let Some(resources) = fields.get("resources") else {
        return;
    };
    for (index, item) in resources.items().iter().enumerate() {
        let Some(name) = item.as_text() else { continue };
        if kind_named(name).is_some() || name.contains('/') {
            continue;
        }
        if let Some(hint) = did_you_mean(name, KINDS.iter().map(|kind| kind.word)) {
            let key = format!("{}[{index}]", fields.key("resources"));
            let fault = Fault::with_hint(format!("`{name}` is no kind that Squall knows"), hint);
            report.warning(Some(item), &key, fault);
        }
    }
}
