//! `rules/*.yaml`: when these events, under these conditions, do that.

use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::playbook::triggers;
use squall_model::rule::{Rule, RuleAction, RuleKind, RuleTrigger};
use squall_model::trigger::Trigger;
use squall_model::{Id, Object, Reference};

use crate::fields::{Fields, join};
use crate::report::{Fault, Mentioned, Report};
use crate::suggest::did_you_mean;
use crate::{Surroundings, playbook, template};

const KEYS: &[&str] = &[
    "name",
    "pack",
    "description",
    "enabled",
    "type",
    "trigger",
    "criteria",
    "action",
    "tags",
    "context",
    "id",
    "ref",
    "uid",
    "metadata_file",
];

const CONDITIONS: [&str; 4] = ["any", "all", "any2any", "all2any"];

/// The rule that a file describes.
pub(crate) fn read(node: &Node, around: &Surroundings<'_>, report: &mut Report) -> Option<Rule> {
    let fields = Fields::of(node, "", report)?;
    fields.close(KEYS, report);
    around.check_identity(&fields, report);
    let name = fields.needed_text("name", report).unwrap_or_default();
    let trigger = trigger(&fields, around, report);
    let action = action(&fields, report);
    let criteria = criteria(&fields, around, report);
    let (kind, kind_parameters) = kind(&fields, report);
    let enabled = fields.flag("enabled", report).unwrap_or(false);
    let rule = Rule {
        id: Id::of(&format!("rule:{}:{name}", around.pack)),
        reference: Reference::new(around.pack, &name),
        description: fields.text("description", report),
        enabled: around.enabled("rules", &name, enabled),
        kind,
        kind_parameters,
        trigger: trigger?,
        criteria,
        action: action?,
        tags: fields.objects("tags", report),
        context: fields.object("context", report),
        metadata_file: around.metadata_file(),
    };
    Some(rule).filter(|_| !report.has_errors())
}

fn kind(fields: &Fields<'_>, report: &mut Report) -> (RuleKind, Object) {
    let Some(kind) = fields.child("type", report) else {
        return (RuleKind::Standard, Object::new());
    };
    kind.close(&["ref", "parameters"], report);
    let name = kind.needed_text("ref", report).unwrap_or_default();
    let parameters = kind.object("parameters", report);
    match name.as_str() {
        "backstop" => (RuleKind::Backstop, parameters),
        "standard" | "" => (RuleKind::Standard, parameters),
        _ => {
            let hint = did_you_mean(&name, ["standard", "backstop"]);
            let fault = Fault::with_hint(
                format!("`{name}` is no kind of rule, so it acts as `standard`"),
                hint,
            );
            report.warning(kind.get("ref").map(Rc::as_ref), "type.ref", fault);
            (RuleKind::Standard, parameters)
        }
    }
}

fn trigger(
    fields: &Fields<'_>,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<RuleTrigger> {
    fields.needed("trigger", report)?;
    let trigger = fields.child("trigger", report)?;
    trigger.warn_unknown(&["type", "parameters", "ref", "description"], report);
    let description = trigger.text("description", report);
    let trigger_type = reference(&trigger, "type", report)?;
    let parameters = match triggers::referred(&trigger_type) {
        Some(kind) => playbook::trigger_of_rule(&trigger, kind, around.kinds, report)?,
        None => {
            let parameters = trigger.object("parameters", report);
            let at = trigger.get("type").map_or(trigger.node, Rc::as_ref);
            let names = parameters.keys().cloned().collect();
            let what = Mentioned::TriggerType(trigger_type.clone(), names);
            report.mention(at, "trigger.type", what);
            parameters
        }
    };
    let Trigger { reference, .. } = Trigger::new(&trigger_type, parameters.clone());
    Some(RuleTrigger {
        trigger_type,
        parameters,
        reference,
        description,
    })
}

fn action(fields: &Fields<'_>, report: &mut Report) -> Option<RuleAction> {
    fields.needed("action", report)?;
    let action = fields.child("action", report)?;
    action.close(&["ref", "parameters", "description"], report);
    let parameters = action.object("parameters", report);
    let description = action.text("description", report);
    let reference = reference(&action, "ref", report)?;
    let at = action.get("ref").map_or(action.node, Rc::as_ref);
    report.mention(at, "action.ref", Mentioned::Action(reference.clone()));
    for pair in action
        .get("parameters")
        .map_or(&[][..], |node| node.pairs())
    {
        let key = format!("action.parameters.{}", pair.name());
        let what = Mentioned::ActionParameter(reference.clone(), pair.name());
        report.mention(&pair.key, &key, what);
        template::check(&pair.value, &key, report);
    }
    Some(RuleAction {
        reference,
        parameters,
        description,
    })
}

/// A reference that must be there.
pub(crate) fn reference(fields: &Fields<'_>, name: &str, report: &mut Report) -> Option<Reference> {
    let text = fields.needed_text(name, report)?;
    match text.parse() {
        Ok(reference) => Some(reference),
        Err(_) => {
            let fault = Fault::with_hint(
                format!("`{text}` is not a reference"),
                "write <pack>.<name>".to_owned(),
            );
            report.error(fields.get(name).map(Rc::as_ref), &fields.key(name), fault);
            None
        }
    }
}

fn criteria(fields: &Fields<'_>, around: &Surroundings<'_>, report: &mut Report) -> Object {
    let Some(criteria) = fields.child("criteria", report) else {
        return Object::new();
    };
    for pair in criteria.node.pairs() {
        let path = criteria.key(&pair.name());
        template::check_path(&pair.key, &path, &["trigger", "system"], report);
        if let Some(criterion) = Fields::of(&pair.value, path, report) {
            check_criterion(&criterion, around, report);
        }
    }
    criteria.node.to_object()
}

/// A criterion needs a known operator and a pattern, even where the operator does not look at it.
fn check_criterion(criterion: &Fields<'_>, around: &Surroundings<'_>, report: &mut Report) {
    let operator = criterion.needed_text("type", report);
    if let Some(pattern) = criterion.needed("pattern", report) {
        template::check(pattern, &criterion.key("pattern"), report);
    }
    let Some(operator) = operator else { return };
    if let Some(fault) = unknown_operator(&operator, around) {
        report.error(
            criterion.get("type").map(Rc::as_ref),
            &criterion.key("type"),
            fault,
        );
    }
    if operator == "search" {
        check_search(criterion, around, report);
    }
}

/// StackStorm takes any `search` and lets the faulty ones never match, so here are only warnings.
fn check_search(criterion: &Fields<'_>, around: &Surroundings<'_>, report: &mut Report) {
    let condition = criterion.get("condition");
    let is_known = |node: &Rc<Node>| {
        node.as_text()
            .is_some_and(|text| CONDITIONS.contains(&text))
    };
    if !condition.is_some_and(is_known) {
        let at = condition.map_or(criterion.node, Rc::as_ref);
        let fault = Fault::with_hint(
            "`search` never matches without a condition",
            format!("one of {}", CONDITIONS.join(", ")),
        );
        report.warning(Some(at), &criterion.key("condition"), fault);
    }
    let Some(pattern) = criterion.get("pattern") else {
        return;
    };
    if pattern.pairs().is_empty() {
        let why = "`search` needs criteria below `pattern`, each with a key such as item.name";
        report.warning(Some(pattern), &criterion.key("pattern"), why);
    }
    for pair in pattern.pairs() {
        let path = join(&criterion.key("pattern"), &pair.name());
        template::check_path(&pair.key, &path, &["item", "system"], report);
        let operator = pair.value.get("type");
        let fault = operator.and_then(|node| node.as_text()).map_or_else(
            || Some("has no operator".into()),
            |name| unknown_operator(name, around),
        );
        if let Some(fault) = fault {
            let at = operator.map_or(&*pair.key, Rc::as_ref);
            report.warning(Some(at), &join(&path, "type"), fault);
        }
    }
}

fn unknown_operator(name: &str, around: &Surroundings<'_>) -> Option<Fault> {
    if around.kinds.operators.contains(&name) {
        return None;
    }
    let hint = did_you_mean(name, around.kinds.operators.iter().copied());
    Some(Fault::with_hint(
        format!("there is no operator `{name}`"),
        hint,
    ))
}
