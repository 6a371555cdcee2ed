//! Parameters of an action against the JSON schema that pydantic gives of their class.

use squall_model::playbook::actions::KnownAction;
use squall_model::playbook::{Place, PlaybookAction};
use squall_model::problem::{Problem, Severity};
use squall_model::{Json, Object};

use crate::fields::join;
use crate::report::Fault;
use crate::suggest::did_you_mean;

/// Deeper inside nothing is looked at.
const DEEPEST: usize = 16;

/// Tells what is missing, unknown or of another type; what the global config gives counts as given.
pub(super) fn check(
    action: &PlaybookAction,
    known: &KnownAction,
    config: &Object,
    problems: &mut Vec<Problem>,
) {
    let Some(schema) = &known.params else {
        for name in action.parameters.keys() {
            let message = format!("has no effect: `{}` takes no parameters", action.name);
            let place = place(action, name);
            problems.push(Fault::from(message).at(&place, Severity::Warning));
        }
        return;
    };
    let properties = schema.get("properties").and_then(Json::as_object);
    let empty = Object::new();
    let properties = properties.unwrap_or(&empty);
    check_missing(action, schema, config, problems);
    let is_closed = schema.get("additionalProperties") == Some(&Json::Bool(false));
    for (name, value) in &action.parameters {
        let place = place(action, name);
        match properties.get(name) {
            Some(property) => {
                let checking = Checking {
                    schema,
                    severity: severity(known),
                };
                checking.check(value, property, &place, problems);
            }
            None => {
                let hint = did_you_mean(name, properties.keys().map(String::as_str))
                    .or_else(|| takes(&action.name, properties));
                let (message, severity) = if is_closed {
                    ("is not a known parameter", Severity::Error)
                } else {
                    (
                        "is not a known parameter and has no effect",
                        Severity::Warning,
                    )
                };
                problems.push(Fault::with_hint(message, hint).at(&place, severity));
            }
        }
    }
}

/// A class in Python may make something of a value that its schema does not promise to take: it has validators.
const fn severity(known: &KnownAction) -> Severity {
    if known.module.is_some() {
        Severity::Warning
    } else {
        Severity::Error
    }
}

fn check_missing(
    action: &PlaybookAction,
    schema: &Object,
    config: &Object,
    problems: &mut Vec<Problem>,
) {
    let required = schema.get("required").and_then(Json::as_array);
    let required = required.into_iter().flatten().filter_map(Json::as_str);
    for name in required {
        if action.parameters.contains_key(name) || config.contains_key(name) {
            continue;
        }
        let place = place(action, name);
        let hint = format!(
            "`{}` needs it; the global config may give it too",
            action.name
        );
        problems.push(Fault::with_hint("is missing", hint).at(&place, Severity::Error));
    }
}

fn takes(action: &str, properties: &Object) -> Option<String> {
    let names: Vec<&str> = properties.keys().map(String::as_str).collect();
    let is_short = !names.is_empty() && names.len() <= 12;
    is_short.then(|| format!("`{action}` takes {}", names.join(", ")))
}

/// Where a parameter stands; where the action stands, if it is not there.
fn place(action: &PlaybookAction, name: &str) -> Place {
    Place {
        file: action.place.file.clone(),
        line: action.lines.get(name).copied().unwrap_or(action.place.line),
        key: join(&action.place.key, name),
    }
}

/// The check of one value against one property.
struct Checking<'a> {
    /// The whole schema, for what it refers to.
    schema: &'a Object,
    severity: Severity,
}

impl Checking<'_> {
    fn check(&self, value: &Json, property: &Json, place: &Place, problems: &mut Vec<Problem>) {
        self.check_at(value, property, place, problems, DEEPEST);
    }

    fn check_at(
        &self,
        value: &Json,
        property: &Json,
        place: &Place,
        problems: &mut Vec<Problem>,
        depth: usize,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            return;
        };
        // Pydantic's schema does not tell what may be null.
        let property = self.meant(property);
        let (Some(property), false) = (property.as_object(), value.is_null()) else {
            return;
        };
        if let Some(choices) = property.get("anyOf").and_then(Json::as_array) {
            let fits = choices.iter().any(|choice| {
                let mut found = Vec::new();
                self.check_at(value, choice, place, &mut found, depth);
                found.is_empty()
            });
            if !fits {
                self.tell(
                    "is none of the things that may stand here",
                    None,
                    place,
                    problems,
                );
            }
            return;
        }
        for part in property
            .get("allOf")
            .and_then(Json::as_array)
            .into_iter()
            .flatten()
        {
            self.check_at(value, part, place, problems, depth);
        }
        if let Some(choices) = property.get("enum").and_then(Json::as_array) {
            if !choices.contains(value) {
                let words: Vec<String> = choices.iter().map(shown).collect();
                let near = value
                    .as_str()
                    .and_then(|text| did_you_mean(text, choices.iter().filter_map(Json::as_str)));
                let hint = near.unwrap_or_else(|| format!("there are {}", words.join(", ")));
                let message = format!("{} is not among what may stand here", shown(value));
                self.tell(&message, Some(hint), place, problems);
            }
            return;
        }
        self.check_type(value, property, place, problems, depth);
    }

    fn check_type(
        &self,
        value: &Json,
        property: &Object,
        place: &Place,
        problems: &mut Vec<Problem>,
        depth: usize,
    ) {
        let Some(wanted) = property.get("type").and_then(Json::as_str) else {
            return;
        };
        if !fits(value, wanted) {
            let message = format!("must be {}, but is {}", wanted_name(wanted), about(value));
            let hint = (wanted == "array" && value.is_string())
                .then(|| format!("write [{}]", value.as_str().unwrap_or_default()))
                .filter(|hint| hint.len() < 60);
            self.tell(&message, hint, place, problems);
            return;
        }
        match value {
            Json::Array(items) => {
                let Some(schema) = property.get("items").filter(|schema| schema.is_object()) else {
                    return;
                };
                for (index, item) in items.iter().enumerate() {
                    let place = below(place, format!("{}[{index}]", place.key));
                    self.check_at(item, schema, &place, problems, depth);
                }
            }
            Json::Object(entries) => self.check_entries(entries, property, place, problems, depth),
            _ => {}
        }
    }

    fn check_entries(
        &self,
        entries: &Object,
        property: &Object,
        place: &Place,
        problems: &mut Vec<Problem>,
        depth: usize,
    ) {
        let required = property.get("required").and_then(Json::as_array);
        for name in required.into_iter().flatten().filter_map(Json::as_str) {
            if !entries.contains_key(name) {
                let place = below(place, join(&place.key, name));
                self.tell("is missing", None, &place, problems);
            }
        }
        let known = property.get("properties").and_then(Json::as_object);
        let others = property
            .get("additionalProperties")
            .filter(|one| one.is_object());
        for (name, value) in entries {
            if let Some(schema) = known.and_then(|known| known.get(name)).or(others) {
                let place = below(place, join(&place.key, name));
                self.check_at(value, schema, &place, problems, depth);
            }
        }
    }

    /// What a reference into the schema's definitions means.
    fn meant<'b>(&'b self, property: &'b Json) -> &'b Json {
        let name = property.get("$ref").and_then(Json::as_str);
        let name = name.and_then(|name| name.strip_prefix("#/definitions/"));
        let definitions = self.schema.get("definitions");
        let found = name.and_then(|name| definitions?.get(name));
        found.unwrap_or(property)
    }

    fn tell(
        &self,
        message: &str,
        hint: Option<String>,
        place: &Place,
        problems: &mut Vec<Problem>,
    ) {
        problems.push(Fault::with_hint(message, hint).at(place, self.severity));
    }
}

fn below(place: &Place, key: String) -> Place {
    Place {
        key,
        ..place.clone()
    }
}

/// Whether pydantic takes a value for a type, be it by turning it into that type.
fn fits(value: &Json, wanted: &str) -> bool {
    let text = value.as_str().map(str::trim);
    match wanted {
        "string" => value.is_string() || value.is_number() || value.is_boolean(),
        "integer" => {
            value.is_number()
                || value.is_boolean()
                || text.is_some_and(|text| text.parse::<i128>().is_ok())
        }
        "number" => {
            value.is_number()
                || value.is_boolean()
                || text.is_some_and(|text| text.parse::<f64>().is_ok())
        }
        "boolean" => {
            value.is_boolean()
                || value
                    .as_f64()
                    .is_some_and(|number| number == 0.0 || (number - 1.0).abs() < f64::EPSILON)
                || text.is_some_and(|text| {
                    let words = [
                        "0", "off", "f", "false", "n", "no", "1", "on", "t", "true", "y", "yes",
                    ];
                    words.contains(&text.to_lowercase().as_str())
                })
        }
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn wanted_name(wanted: &str) -> &str {
    match wanted {
        "string" => "text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "a boolean",
        "array" => "a list",
        "object" => "a mapping",
        other => other,
    }
}

const fn about(value: &Json) -> &'static str {
    match value {
        Json::Null => "empty",
        Json::Bool(_) => "a boolean",
        Json::Number(_) => "a number",
        Json::String(_) => "text",
        Json::Array(_) => "a list",
        Json::Object(_) => "a mapping",
    }
}

/// A value for a message.
fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => format!("`{text}`"),
        other => format!("`{other}`"),
    }
}
