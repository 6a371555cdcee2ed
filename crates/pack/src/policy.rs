//! `policies/*.yaml`: limits on how an action runs. Checked here; nothing uses them yet.

use std::rc::Rc;

use squall_expression::yaml::Node;

use crate::Surroundings;
use crate::fields::Fields;
use crate::report::{Fault, Mentioned, Report};
use crate::rule::reference;
use crate::suggest::did_you_mean;

const KEYS: &[&str] = &[
    "name",
    "pack",
    "description",
    "enabled",
    "resource_ref",
    "policy_type",
    "parameters",
    "id",
    "ref",
    "uid",
    "metadata_file",
];

/// Every kind of policy, with the parameters it needs and those it may have.
const TYPES: &[(&str, &[&str], &[&str])] = &[
    ("action.concurrency", &["threshold"], &["action"]),
    (
        "action.concurrency.attr",
        &["threshold"],
        &["action", "attributes"],
    ),
    ("action.retry", &["retry_on"], &["max_retry_count", "delay"]),
];

/// Checks the policy that a file describes.
pub(crate) fn check(node: &Node, around: &Surroundings<'_>, report: &mut Report) -> Option<()> {
    let fields = Fields::of(node, "", report)?;
    fields.close(KEYS, report);
    around.check_identity(&fields, report);
    fields.needed_text("name", report);
    fields.text("description", report);
    fields.flag("enabled", report);
    if let Some(action) = reference(&fields, "resource_ref", report)
        && let Some(at) = fields.get("resource_ref")
    {
        report.mention(at, "resource_ref", Mentioned::Action(action));
    }
    let name = fields.needed_text("policy_type", report)?;
    let Some((_, needed, allowed)) = TYPES.iter().find(|(known, ..)| *known == name) else {
        let hint = did_you_mean(&name, TYPES.iter().map(|(known, ..)| *known));
        let fault = Fault::with_hint(format!("there is no policy type `{name}`"), hint);
        report.error(
            fields.get("policy_type").map(Rc::as_ref),
            "policy_type",
            fault,
        );
        return None;
    };
    fields.needed("parameters", report)?;
    let parameters = fields.child("parameters", report)?;
    parameters.close(&[*needed, *allowed].concat(), report);
    for name in *needed {
        parameters.needed(name, report);
    }
    None
}
