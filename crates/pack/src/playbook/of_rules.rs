//! Triggers of playbooks in rules of packs: `type: robusta.on_pod_crash_loop`.

use std::rc::Rc;

use squall_expression::yaml::{Kind, Node};
use squall_model::Object;
use squall_model::playbook::PlaybookTrigger;
use squall_model::playbook::triggers::TriggerKind;
use squall_model::runner::Kinds;

use super::trigger;
use crate::fields::Fields;
use crate::report::Report;

/// What a rule gives a trigger of playbooks, each value in its type; `trigger` are the fields of the rule's trigger.
pub(crate) fn trigger_of_rule(
    trigger: &Fields<'_>,
    kind: &TriggerKind,
    kinds: &Kinds,
    report: &mut Report,
) -> Option<Object> {
    let before = report.errors();
    let nothing = Rc::new(Node {
        line: trigger.node.line,
        column: trigger.node.column,
        kind: Kind::Dict(Vec::new()),
    });
    let written = trigger.get("parameters").unwrap_or(&nothing);
    let fields = Fields::of(written, trigger.key("parameters"), report)?;
    let parameters = trigger::parameters(&fields, kind, report);
    if report.errors() == before
        && let Some(check) = kinds.check_trigger
    {
        let found = check(&PlaybookTrigger {
            name: kind.name.clone(),
            parameters: parameters.clone(),
            place: report.place(written, &trigger.key("parameters")),
        });
        report.found(found);
    }
    Some(parameters)
}
