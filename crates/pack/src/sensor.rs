//! `sensors/*.yaml`: sources of events that a pack brings, with the trigger types they dispatch.

use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::sensor::Sensor;
use squall_model::trigger::TriggerType;
use squall_model::{Id, Reference};

use crate::Surroundings;
use crate::fields::Fields;
use crate::report::Report;
use crate::{folder, trigger};

const KEYS: &[&str] = &[
    "class_name",
    "pack",
    "description",
    "artifact_uri",
    "entry_point",
    "enabled",
    "trigger_types",
    "poll_interval",
    "id",
    "ref",
    "uid",
    "metadata_file",
];

/// The sensor that a file describes, and the trigger types it brings.
pub(crate) fn read(
    node: &Node,
    around: &Surroundings<'_>,
    report: &mut Report,
) -> Option<(Sensor, Vec<TriggerType>)> {
    let fields = Fields::of(node, "", report)?;
    fields.close(KEYS, report);
    around.check_identity(&fields, report);
    let name = fields.needed_text("class_name", report).unwrap_or_default();
    let entry_point = fields
        .needed_text("entry_point", report)
        .unwrap_or_default();
    check_entry_point(&entry_point, &fields, around, report);
    let trigger_types: Vec<TriggerType> = fields
        .list("trigger_types", report)
        .into_iter()
        .filter_map(|(key, item)| trigger::read_at(item, &key, around, report))
        .collect();
    let enabled = fields.flag("enabled", report).unwrap_or(true);
    let sensor = Sensor {
        id: Id::of(&format!("sensor_type:{}:{name}", around.pack)),
        reference: Reference::new(around.pack, &name),
        description: fields.text("description", report),
        enabled: around.enabled("sensors", &name, enabled),
        entry_point,
        trigger_types: trigger_types
            .iter()
            .map(|one| one.reference.clone())
            .collect(),
        poll_interval: fields.number("poll_interval", report),
        metadata_file: around.metadata_file(),
    };
    Some((sensor, trigger_types)).filter(|_| !report.has_errors())
}

fn check_entry_point(
    entry_point: &str,
    fields: &Fields<'_>,
    around: &Surroundings<'_>,
    report: &mut Report,
) {
    if entry_point.is_empty() {
        return;
    }
    let file = around.root.join("sensors").join(entry_point);
    if let Err(why) = folder::check_inside(around.root, &file) {
        let at = fields.get("entry_point").map(Rc::as_ref);
        report.warning(at, "entry_point", format!("`sensors/{entry_point}` {why}"));
    }
}
