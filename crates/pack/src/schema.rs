//! Parameter schemas: StackStorm's dialect of JSON Schema, in which `required` is a boolean on the property and
//! `secret`, `position` and `immutable` stand beside it.

use std::collections::HashSet;
use std::rc::Rc;

use squall_expression::yaml::{Kind, Node};
use squall_model::schema::Parameters;

use crate::fields::{Fields, expected, join};
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

const TYPES: [&str; 7] = [
    "array", "boolean", "integer", "null", "number", "object", "string",
];

/// What the value of a key must be.
#[derive(Clone, Copy)]
enum Shape {
    Anything,
    Text,
    Flag,
    Number,
    Count,
    Type,
    Choices,
    Schema,
    SchemaOrFlag,
    SchemaOrList,
    Schemas,
    NamedSchemas,
    Dependencies,
}

/// Every key of the dialect. `format` is only known below the top.
const KEYS: &[(&str, Shape)] = &[
    ("$schema", Shape::Text),
    ("additionalItems", Shape::SchemaOrFlag),
    ("additionalProperties", Shape::SchemaOrFlag),
    ("allOf", Shape::Schemas),
    ("anyOf", Shape::Schemas),
    ("default", Shape::Anything),
    ("definitions", Shape::NamedSchemas),
    ("dependencies", Shape::Dependencies),
    ("description", Shape::Text),
    ("enum", Shape::Choices),
    ("exclusiveMaximum", Shape::Flag),
    ("exclusiveMinimum", Shape::Flag),
    ("id", Shape::Text),
    ("immutable", Shape::Flag),
    ("items", Shape::SchemaOrList),
    ("maxItems", Shape::Count),
    ("maxLength", Shape::Count),
    ("maxProperties", Shape::Count),
    ("maximum", Shape::Number),
    ("minItems", Shape::Count),
    ("minLength", Shape::Count),
    ("minProperties", Shape::Count),
    ("minimum", Shape::Number),
    ("multipleOf", Shape::Number),
    ("not", Shape::Schema),
    ("oneOf", Shape::Schemas),
    ("pattern", Shape::Text),
    ("patternProperties", Shape::NamedSchemas),
    ("position", Shape::Number),
    ("properties", Shape::NamedSchemas),
    ("required", Shape::Flag),
    ("secret", Shape::Flag),
    ("title", Shape::Text),
    ("type", Shape::Type),
    ("uniqueItems", Shape::Flag),
];

/// The parameters in the mapping `node`, which stands at `path`: a name and a schema each.
pub(crate) fn parameters(node: &Node, path: &str, report: &mut Report) -> Parameters {
    let Some(fields) = Fields::of(node, path, report) else {
        return Parameters::default();
    };
    for pair in fields.node.pairs() {
        let name = pair.name();
        let key = fields.key(&name);
        if !is_name(&name) {
            let why = "is not a parameter's name: only letters, digits and underscores are";
            report.error(Some(&pair.key), &key, why);
        }
        check(&pair.value, &key, true, report);
    }
    Parameters(fields.node.to_object())
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
}

/// One schema. At the top a type is one word and there is no `format`.
fn check(node: &Rc<Node>, path: &str, is_top: bool, report: &mut Report) {
    let Kind::Dict(_) = &node.kind else {
        report.error(Some(node), path, expected("a mapping", node));
        return;
    };
    for pair in node.pairs() {
        let name = pair.name();
        let key = join(path, &name);
        match KEYS.iter().find(|(known, _)| *known == name) {
            Some((_, shape)) => shape.check(&pair.value, &key, is_top, report),
            None if name == "format" && !is_top => {
                Shape::Text.check(&pair.value, &key, is_top, report);
            }
            None => {
                let hint = did_you_mean(&name, KEYS.iter().map(|(known, _)| *known));
                let fault = Fault::with_hint("is not a known key of a parameter", hint);
                report.error(Some(&pair.key), &key, fault);
            }
        }
    }
    check_together(node, path, report);
}

/// What one key demands of another.
fn check_together(node: &Node, path: &str, report: &mut Report) {
    for (key, other) in [
        ("exclusiveMaximum", "maximum"),
        ("exclusiveMinimum", "minimum"),
    ] {
        if let Some(found) = node.get(key)
            && node.get(other).is_none()
        {
            report.error(
                Some(found),
                &join(path, key),
                format!("needs `{other}` beside it"),
            );
        }
    }
    let bound = |key, is_allowed: fn(f64) -> bool, why: &str, report: &mut Report| {
        if let Some(found) = node.get(key)
            && found
                .to_json()
                .as_f64()
                .is_some_and(|number| !is_allowed(number))
        {
            report.error(Some(found), &join(path, key), why);
        }
    };
    bound(
        "multipleOf",
        |number| number > 0.0,
        "must be greater than 0",
        report,
    );
    bound(
        "position",
        |number| number >= 0.0,
        "must not be negative",
        report,
    );
}

impl Shape {
    fn check(self, node: &Rc<Node>, key: &str, is_top: bool, report: &mut Report) {
        match self {
            Self::Anything => {}
            Self::Text if node.as_text().is_some() => {}
            Self::Text => report.error(Some(node), key, expected("text", node)),
            Self::Flag if node.to_json().is_boolean() => {}
            Self::Flag => report.error(Some(node), key, not_a_flag(node, key)),
            Self::Number if node.to_json().is_number() => {}
            Self::Number => report.error(Some(node), key, expected("a number", node)),
            Self::Count if node.to_json().is_u64() => {}
            Self::Count => report.error(Some(node), key, expected("a whole number from 0", node)),
            Self::Type => check_type(node, key, is_top, report),
            Self::Choices => check_choices(node, key, report),
            Self::Schema => check(node, key, false, report),
            Self::SchemaOrFlag if node.to_json().is_boolean() => {}
            Self::SchemaOrFlag => check(node, key, false, report),
            Self::SchemaOrList if matches!(node.kind, Kind::Dict(_)) => {
                check(node, key, false, report);
            }
            Self::SchemaOrList | Self::Schemas => check_list(node, key, report),
            Self::NamedSchemas | Self::Dependencies => {
                let Some(fields) = Fields::of(node, key, report) else {
                    return;
                };
                for pair in fields.node.pairs() {
                    let is_list =
                        matches!(self, Self::Dependencies) && !pair.value.items().is_empty();
                    if !is_list {
                        check(&pair.value, &fields.key(&pair.name()), false, report);
                    }
                }
            }
        }
    }
}

fn not_a_flag(node: &Node, key: &str) -> Fault {
    if key.ends_with("required") && !node.items().is_empty() {
        let hint = "write `required: true` in the property itself".to_owned();
        return Fault::with_hint("must be a boolean, but is a list", hint);
    }
    expected("a boolean", node)
}

fn check_type(node: &Node, key: &str, is_top: bool, report: &mut Report) {
    let items = node.items();
    if !is_top && !items.is_empty() {
        items
            .iter()
            .for_each(|item| check_type(item, key, true, report));
        return;
    }
    match node.as_text() {
        Some(text) if TYPES.contains(&text) => {}
        Some(text) => {
            let hint = meant_type(text).or_else(|| did_you_mean(text, TYPES));
            let hint = hint.unwrap_or_else(|| format!("one of {}", TYPES.join(", ")));
            report.error(
                Some(node),
                key,
                Fault::with_hint(format!("`{text}` is not a type"), hint),
            );
        }
        None => report.error(Some(node), key, expected("the name of one type", node)),
    }
}

/// The names other languages have for the types.
fn meant_type(text: &str) -> Option<String> {
    let meant = match text {
        "str" | "text" => "string",
        "int" => "integer",
        "bool" => "boolean",
        "float" => "number",
        "list" => "array",
        "dict" | "map" => "object",
        _ => return None,
    };
    Some(format!("did you mean `{meant}`?"))
}

fn check_choices(node: &Node, key: &str, report: &mut Report) {
    let choices: Vec<_> = node.items().iter().map(|item| item.to_json()).collect();
    if choices.is_empty() {
        report.error(Some(node), key, "must be a list of at least one value");
        return;
    }
    let mut seen = HashSet::new();
    for (choice, item) in choices.iter().zip(node.items()) {
        if !seen.insert(choice.to_string()) {
            report.error(Some(item), key, format!("holds {choice} twice"));
        }
    }
}

fn check_list(node: &Node, key: &str, report: &mut Report) {
    if node.items().is_empty() {
        report.error(Some(node), key, "must be a list of at least one schema");
    }
    for (index, item) in node.items().iter().enumerate() {
        check(item, &format!("{key}[{index}]"), false, report);
    }
}
