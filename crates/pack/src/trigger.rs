//! `triggers/*.yaml`: named kinds of events.

use squall_expression::yaml::Node;
use squall_model::trigger::TriggerType;
use squall_model::{Id, Reference};

use crate::Surroundings;
use crate::fields::Fields;
use crate::report::Report;

const KEYS: &[&str] = &[
    "name",
    "pack",
    "description",
    "payload_schema",
    "parameters_schema",
    "tags",
    "id",
    "ref",
    "uid",
    "metadata_file",
];

/// The trigger type that a file describes.
pub(crate) fn read(
    node: &Node,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<TriggerType> {
    let trigger_type = read_at(node, "", around, report);
    trigger_type.filter(|_| !report.has_errors())
}

/// The trigger type at `path` of a document.
pub(crate) fn read_at(
    node: &Node,
    path: &str,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<TriggerType> {
    let fields = Fields::of(node, path, report)?;
    fields.close(KEYS, report);
    around.check_identity(&fields, report);
    let name = fields.needed_text("name", report)?;
    Some(TriggerType {
        id: Id::of(&format!("trigger_type:{}:{name}", around.pack)),
        reference: Reference::new(around.pack, &name),
        description: fields.text("description", report),
        payload_schema: fields.object("payload_schema", report),
        parameters_schema: fields.object("parameters_schema", report),
        tags: fields.objects("tags", report),
        metadata_file: around.metadata_file(),
    })
}
