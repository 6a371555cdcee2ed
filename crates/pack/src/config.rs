//! `config.schema.yaml`, and the values this installation gives in `<configs>/<pack>.yaml`.

use std::path::Path;
use std::rc::Rc;

use squall_expression::yaml::{Kind, Node};
use squall_model::schema::Parameters;
use squall_model::{Json, Object};

use crate::fields::Fields;
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;
use crate::{document, schema, template};

/// The schema's file.
pub(crate) const SCHEMA: &str = "config.schema.yaml";

/// The schema that a pack declares; nothing if it is faulty or absent.
pub(crate) fn schema(root: &Path, report: &mut Report) -> Parameters {
    let file = root.join(SCHEMA);
    if fs_err::symlink_metadata(&file).is_err() {
        return Parameters::default();
    }
    let Some(document) = document::read(root, &file, report) else {
        return Parameters::default();
    };
    if document.is_none() || matches!(&document.kind, Kind::Dict(pairs) if pairs.is_empty()) {
        let hint = "remove the file, or describe the pack's settings".to_owned();
        report.error(None, "", Fault::with_hint("is empty", hint));
        return Parameters::default();
    }
    let schema = schema::parameters(&document, "", report);
    if report.has_errors() {
        return Parameters::default();
    }
    schema
}

/// The values in `file`; nothing if the file is faulty or absent.
pub(crate) fn values(file: &Path, schema: &Parameters, report: &mut Report) -> Object {
    let (Some(folder), Ok(_)) = (file.parent(), fs_err::symlink_metadata(file)) else {
        return Object::new();
    };
    let Ok(root) = fs_err::canonicalize(folder) else {
        return Object::new();
    };
    let Some(document) = document::read(&root, file, report) else {
        return Object::new();
    };
    if document.is_none() {
        return Object::new();
    }
    let Some(fields) = Fields::of(&document, "", report) else {
        return Object::new();
    };
    check_values(&fields, schema, report);
    if report.has_errors() {
        return Object::new();
    }
    fields.node.to_object()
}

/// The top level only: values deeper inside, and templates, show what they are when an action runs.
fn check_values(fields: &Fields<'_>, schema: &Parameters, report: &mut Report) {
    if schema.0.is_empty() {
        return;
    }
    let known: Vec<&str> = schema.0.keys().map(String::as_str).collect();
    fields.warn_unknown(&known, report);
    for (name, property) in schema.iter() {
        let Some(node) = fields.get(name) else {
            if property.get("required") == Some(&Json::Bool(true))
                && !property.contains_key("default")
            {
                report.warning(
                    Some(fields.node),
                    name,
                    "is required by the config schema, but missing",
                );
            }
            continue;
        };
        check_value(node, name, property, report);
    }
}

fn check_value(node: &Rc<Node>, name: &str, property: &Object, report: &mut Report) {
    let value = node.to_json();
    template::check(node, name, report);
    let template = value
        .as_str()
        .filter(|text| text.contains("{{") || text.contains("{%"));
    if let Some(template) = template {
        if template.contains("decrypt_kv") && property.get("secret") == Some(&Json::Bool(true)) {
            let why = "must not use decrypt_kv: a secret value is decrypted by itself";
            report.error(Some(node), name, why);
        }
        return;
    }
    if let Some(wanted) = property.get("type").and_then(Json::as_str)
        && !fits(&value, wanted)
    {
        let why = format!("is {}, but the config schema says `{wanted}`", node.about());
        report.warning(Some(node), name, why);
    }
    if let Some(choices) = property.get("enum").and_then(Json::as_array)
        && !choices.contains(&value)
    {
        let words = choices.iter().filter_map(Json::as_str);
        let hint = value.as_str().and_then(|text| did_you_mean(text, words));
        let fault = Fault::with_hint(
            format!("{value} is not among the values that the config schema allows"),
            hint,
        );
        report.warning(Some(node), name, fault);
    }
}

fn fits(value: &Json, wanted: &str) -> bool {
    match wanted {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        _ => true,
    }
}
