//! `actions/*.yaml`: what can be done.

use std::path::Path;
use std::rc::Rc;

use squall_expression::yaml::Node;
use squall_model::action::Action;
use squall_model::runner::RunnerType;
use squall_model::schema::Parameters;
use squall_model::{Id, Object, Reference};

use crate::Surroundings;
use crate::fields::Fields;
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;
use crate::{folder, schema, template};

const KEYS: &[&str] = &[
    "name",
    "pack",
    "description",
    "enabled",
    "runner_type",
    "entry_point",
    "parameters",
    "output_schema",
    "tags",
    "notify",
    "id",
    "ref",
    "uid",
    "metadata_file",
];

/// What an action may change of a parameter that its runner declares.
const CHANGEABLE: &[&str] = &["default", "description", "enum", "immutable", "required"];

/// The runners that run a file of the pack.
const RUN_A_FILE: &[&str] = &[
    "action-chain",
    "local-shell-script",
    "orquesta",
    "python-script",
    "remote-shell-script",
    "winrm-ps-script",
];

/// The action that a file describes.
pub(crate) fn read(node: &Node, around: &Surroundings<'_>, report: &mut Report) -> Option<Action> {
    let fields = Fields::of(node, "", report)?;
    fields.close(KEYS, report);
    around.check_identity(&fields, report);
    let name = fields.needed_text("name", report);
    let runner_type = fields.needed_text("runner_type", report);
    let runner = runner_type
        .as_deref()
        .and_then(|name| runner(name, &fields, around, report));
    let entry_point = fields.text("entry_point", report).unwrap_or_default();
    let fault = runner.and_then(|runner| fault_of_entry_point(&entry_point, runner, around.root));
    if let Some(fault) = fault {
        let at = fields.get("entry_point").map_or(fields.node, Rc::as_ref);
        report.warning(Some(at), "entry_point", fault);
    }
    let parameters = parameters(&fields, runner, report);
    let enabled = fields.flag("enabled", report).unwrap_or(true);
    let action = Action {
        id: Id::of(&format!(
            "action:{}:{}",
            around.pack,
            name.as_deref().unwrap_or_default()
        )),
        reference: Reference::new(around.pack, name.as_deref().unwrap_or_default()),
        description: fields.text("description", report),
        enabled: around.enabled("actions", name.as_deref().unwrap_or_default(), enabled),
        runner_type: runner_type.unwrap_or_default(),
        entry_point,
        parameters,
        output_schema: fields.object("output_schema", report),
        notify: notify(&fields, report),
        tags: fields.objects("tags", report),
        metadata_file: around.metadata_file(),
    };
    Some(action).filter(|_| !report.has_errors())
}

fn runner<'a>(
    name: &str,
    fields: &Fields<'_>,
    around: &Surroundings<'a>,
    report: &mut Report,
) -> Option<&'a RunnerType> {
    let runner = around.kinds.runner(name);
    if runner.is_none() {
        let known = around
            .kinds
            .runners
            .iter()
            .map(|runner| runner.name.as_str());
        let hint = did_you_mean(name, known);
        let fault = Fault::with_hint(format!("there is no runner `{name}`"), hint);
        report.error(
            fields.get("runner_type").map(Rc::as_ref),
            "runner_type",
            fault,
        );
    }
    runner
}

/// What is wrong with the file that an action names.
fn fault_of_entry_point(entry_point: &str, runner: &RunnerType, root: &Path) -> Option<String> {
    if !RUN_A_FILE.contains(&runner.name.as_str()) {
        return None;
    }
    if entry_point.is_empty() {
        let name = &runner.name;
        return Some(format!(
            "is missing: the runner `{name}` runs a file of the pack"
        ));
    }
    let file = root.join("actions").join(entry_point);
    let why = folder::check_inside(root, &file).err()?;
    Some(format!("`actions/{entry_point}` {why}"))
}

fn parameters(fields: &Fields<'_>, runner: Option<&RunnerType>, report: &mut Report) -> Parameters {
    let Some(node) = fields.get("parameters") else {
        return Parameters::default();
    };
    let parameters = schema::parameters(node, "parameters", report);
    let nothing = Parameters::default();
    let of_runner = runner.map_or(&nothing, |runner| &runner.parameters);
    for pair in node.pairs() {
        let key = fields.key("parameters");
        if let Some(declared) = of_runner.get(&pair.name()) {
            check_changes(
                &pair.value,
                &format!("{key}.{}", pair.name()),
                declared,
                report,
            );
        }
        if let Some(default) = pair.value.get("default") {
            template::check(default, &format!("{key}.{}.default", pair.name()), report);
        }
        check_immutable(
            &pair.value,
            &format!("{key}.{}", pair.name()),
            of_runner.get(&pair.name()),
            report,
        );
    }
    check_positions(node, report);
    parameters
}

fn check_changes(node: &Node, path: &str, declared: &Object, report: &mut Report) {
    for pair in node.pairs() {
        let name = pair.name();
        let is_same = declared.get(&name) == Some(&pair.value.to_json());
        if !CHANGEABLE.contains(&name.as_str()) && !is_same {
            let why = "cannot be changed: the runner declares this parameter";
            let hint = format!("an action may change {}", CHANGEABLE.join(", "));
            report.error(
                Some(&pair.key),
                &format!("{path}.{name}"),
                Fault::with_hint(why, hint),
            );
        }
    }
}

fn check_immutable(node: &Node, path: &str, declared: Option<&Object>, report: &mut Report) {
    let Some(immutable) = node.get("immutable") else {
        return;
    };
    let key = format!("{path}.immutable");
    if declared.is_some_and(|declared| declared.contains_key("immutable")) {
        report.error(
            Some(immutable),
            &key,
            "is already said by the runner and cannot be said again",
        );
        return;
    }
    let has_default = node.get("default").is_some()
        || declared.is_some_and(|declared| declared.contains_key("default"));
    if immutable.to_json() == true && !has_default {
        report.error(
            Some(immutable),
            &key,
            "an immutable parameter needs a `default`",
        );
    }
}

/// Positions are given once each and leave no gap.
fn check_positions(parameters: &Node, report: &mut Report) {
    let mut taken: Vec<(f64, String)> = Vec::new();
    for pair in parameters.pairs() {
        let Some(node) = pair.value.get("position") else {
            continue;
        };
        let Some(position) = node.to_json().as_f64() else {
            continue;
        };
        let key = format!("parameters.{}.position", pair.name());
        if let Some((_, other)) = taken
            .iter()
            .find(|(known, _)| (known - position).abs() < f64::EPSILON)
        {
            report.error(
                Some(node),
                &key,
                format!("`{other}` has the position {position} too"),
            );
        }
        taken.push((position, pair.name()));
    }
    taken.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    let gap = taken.windows(2).find_map(|pair| match pair {
        [(one, _), (other, name)] if other - one > 1.0 || (other - one).fract() != 0.0 => {
            Some((one, other, name))
        }
        _ => None,
    });
    if let Some((one, other, name)) = gap {
        let node = parameters.get(name).and_then(|node| node.get("position"));
        let why = format!("positions leave a gap between {one} and {other}");
        report.error(
            node.map(Rc::as_ref),
            &format!("parameters.{name}.position"),
            why,
        );
    }
}

/// Whom to tell, and when.
fn notify(fields: &Fields<'_>, report: &mut Report) -> Object {
    let Some(notify) = fields.child("notify", report) else {
        return Object::new();
    };
    notify.close(&["on-complete", "on-success", "on-failure"], report);
    for pair in notify.node.pairs() {
        let Some(part) = notify.child(&pair.name(), report) else {
            continue;
        };
        part.close(&["message", "data", "routes", "channels"], report);
        part.text("message", report);
        part.object("data", report);
        part.list("routes", report);
        part.list("channels", report);
    }
    notify.node.to_object()
}
