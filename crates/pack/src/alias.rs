//! `aliases/*.yaml`: what people say in a chat to start an action. Checked here; nothing uses them yet.

use squall_expression::yaml::Node;

use crate::Surroundings;
use crate::fields::{Fields, expected};
use crate::report::{Mentioned, Report};
use crate::rule::reference;

const KEYS: &[&str] = &[
    "name",
    "pack",
    "description",
    "enabled",
    "action_ref",
    "formats",
    "ack",
    "result",
    "extra",
    "immutable_parameters",
    "id",
    "ref",
    "uid",
    "metadata_file",
];

/// Checks the alias that a file describes.
pub(crate) fn check(node: &Node, around: &Surroundings<'_>, report: &mut Report) -> Option<()> {
    let fields = Fields::of(node, "", report)?;
    fields.close(KEYS, report);
    around.check_identity(&fields, report);
    fields.needed_text("name", report);
    fields.text("description", report);
    fields.flag("enabled", report);
    if let Some(action) = reference(&fields, "action_ref", report)
        && let Some(at) = fields.get("action_ref")
    {
        report.mention(at, "action_ref", Mentioned::Action(action));
    }
    for (key, item) in fields.list("formats", report) {
        check_format(item, key, report);
    }
    for (name, flags) in [
        ("ack", &["enabled", "append_url"][..]),
        ("result", &["enabled"]),
    ] {
        if let Some(part) = fields.child(name, report) {
            for flag in flags {
                part.flag(flag, report);
            }
            part.text("format", report);
            part.object("extra", report);
        }
    }
    fields.object("extra", report);
    fields.object("immutable_parameters", report);
    None
}

/// A format is a text, or a mapping with what is shown and what is matched.
fn check_format(node: &Node, key: String, report: &mut Report) {
    if node.as_text().is_some() {
        return;
    }
    if node.pairs().is_empty() {
        report.error(Some(node), &key, expected("text or a mapping", node));
        return;
    }
    if let Some(format) = Fields::of(node, key, report) {
        format.text("display", report);
        format.texts("representation", report);
    }
}
