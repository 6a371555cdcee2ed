//! Renders parameters once, and casts them by their schema.

use squall_expression::value::{Dict, Error, Value, cast, json};
use squall_model::schema::Parameters;
use squall_model::{Json, Object, mask};

use super::graph::{Graph, Resolved, Written};
use super::{Contexts, Failure, Schemas};
use crate::expressions::{self, Lookups};
use crate::facts::{self, Facts};

/// What was given, rendered and cast, with the defaults that are templates.
///
/// # Errors
/// [`Failure::Parameter`] if a template fails, needs itself or needs something unknown; [`Failure::Raised`] if a value
/// does not cast to its type.
pub fn live(
    schemas: Schemas<'_>,
    given: &Object,
    contexts: &Contexts<'_>,
    facts: &Facts<'_>,
) -> Result<Object, Failure> {
    live_again(schemas, (&Object::new(), given), contexts, facts)
}

/// [`live`] for what is done again: `carried` over from then, it is plain data and never rendered again; `given` anew, it
/// goes before what is carried.
///
/// # Errors
/// As [`live`].
pub fn live_again(
    schemas: Schemas<'_>,
    (carried, given): (&Object, &Object),
    contexts: &Contexts<'_>,
    facts: &Facts<'_>,
) -> Result<Object, Failure> {
    let mut graph = graph(contexts, facts);
    let mut names: Vec<&String> = carried.keys().collect();
    for (name, value) in carried {
        if !given.contains_key(name) {
            graph.put(name, json::from_json(value));
        }
    }
    for (name, value) in given {
        graph.add(name, value);
        if !carried.contains_key(name) {
            names.push(name);
        }
    }
    let rendered = Rendered::new(graph, schemas, contexts, facts)?;
    rendered.cast(names.into_iter(), schemas)
}

/// Everything an attempt needs: the runner's parameters and the action's, defaults included. What was given is plain.
pub fn for_run(
    schemas: Schemas<'_>,
    given: &Object,
    contexts: &Contexts<'_>,
    facts: &Facts<'_>,
) -> Result<(Object, Object), Failure> {
    let mut graph = graph(contexts, facts);
    given
        .iter()
        .for_each(|(name, value)| graph.put(name, json::from_json(value)));
    let rendered = Rendered::new(graph, schemas, contexts, facts)?;
    let named = |schema: &Parameters| schema.0.keys().cloned().collect::<Vec<_>>();
    let mut names = named(schemas.action);
    names.extend(named(schemas.runner));
    let all = rendered.cast(names.iter(), schemas)?;
    let (runner, rest): (Object, Object) = all
        .into_iter()
        .partition(|(name, _)| schemas.runner.get(name).is_some());
    Ok((runner, rest))
}

fn graph(contexts: &Contexts<'_>, facts: &Facts<'_>) -> Graph {
    let mut graph = Graph::default();
    let lookups = Lookups::of(contexts.action_context, facts);
    graph.put("st2kv", lookups.st2kv());
    graph.put(
        "action_context",
        json::from_json(&Json::Object(contexts.action_context.clone())),
    );
    graph.put(
        "config_context",
        json::from_json(&Json::Object(contexts.config.clone())),
    );
    if let Some(trigger) = contexts.trigger {
        graph.put("trigger", json::from_json(trigger));
    }
    graph
}

/// All parameters and contexts by name, computed.
struct Rendered(Dict);

impl Rendered {
    fn new(
        mut graph: Graph,
        schemas: Schemas<'_>,
        contexts: &Contexts<'_>,
        facts: &Facts<'_>,
    ) -> Result<Self, Failure> {
        for schema in [schemas.action, schemas.runner] {
            for (name, property) in schema.iter() {
                let immutable = property
                    .get("immutable")
                    .and_then(Json::as_bool)
                    .unwrap_or(false);
                if immutable || graph.lacks_value(name) {
                    graph.add(name, property.get("default").unwrap_or(&Json::Null));
                }
            }
        }
        let lookups = Lookups::of(contexts.action_context, facts);
        let mut known = Dict::new();
        for (name, what) in graph.resolve()? {
            let value = match what {
                Resolved::Value(value) => value,
                Resolved::Template(written) => {
                    render(&written, &known, &lookups).map_err(|error| failed(&name, error))?
                }
            };
            known.set_text(name, value);
        }
        Ok(Self(known))
    }

    /// The named parameters cast by their schema, and those whose default is a template that nothing was given for.
    fn cast<'a>(
        &self,
        names: impl Iterator<Item = &'a String>,
        schemas: Schemas<'_>,
    ) -> Result<Object, Failure> {
        let mut result = Object::new();
        for name in names {
            let schema = schemas
                .runner
                .get(name)
                .or_else(|| schemas.action.get(name));
            let value = self.0.get_text(name).unwrap_or(&Value::None);
            result.insert(name.clone(), cast_to(name, value, schema)?);
        }
        for schema in [schemas.action, schemas.runner] {
            for (name, property) in schema.iter() {
                let default = property.get("default");
                let is_template = default
                    .and_then(Json::as_str)
                    .is_some_and(expressions::has_jinja);
                let immutable = property
                    .get("immutable")
                    .and_then(Json::as_bool)
                    .unwrap_or(false);
                if !is_template || immutable || result.contains_key(name) {
                    continue;
                }
                let value = self.0.get_text(name).unwrap_or(&Value::None);
                let unchanged = default.and_then(Json::as_str) == value.as_text().as_deref();
                if !unchanged {
                    result.insert(name.clone(), cast_to(name, value, Some(property))?);
                }
            }
        }
        Ok(result)
    }
}

fn render(written: &Written, known: &Dict, lookups: &Lookups<'_>) -> Result<Value, Error> {
    match written {
        Written::Text(source) => expressions::render(source, known, lookups).map(Value::text),
        Written::Nested(nested) => {
            let source = expressions::keep_bare_names(&compact(nested)?);
            json::loads(
                &expressions::render(&source, known, lookups)?,
                json::Reader::Orjson,
            )
        }
    }
}

fn compact(nested: &Json) -> Result<String, Error> {
    json::dumps(&json::from_json(nested), &json::Layout::orjson())
}

fn failed(name: &str, error: Error) -> Failure {
    match error {
        Error::Raised { message, .. } => {
            Failure::Parameter(format!("Failed to render parameter \"{name}\": {message}"))
        }
        Error::Limit(limit) => Failure::Parameter(format!(
            "Failed to render parameter \"{name}\": the evaluation is stopped: {limit}"
        )),
        Error::NeedsKey { scope, name } => Failure::Needs(facts::needs(scope, &name)),
    }
}

fn cast_to(name: &str, value: &Value, schema: Option<&Object>) -> Result<Json, Failure> {
    let kind = schema
        .and_then(|schema| schema.get("type"))
        .and_then(Json::as_str);
    let cast = match (value, kind) {
        (Value::None, _) | (_, None) => Ok(value.clone()),
        (value, Some(kind)) => cast::cast(kind, value),
    };
    cast.and_then(|value| json::to_json(&value))
        .map_err(|error| match error {
            Error::Raised { class, message } => Failure::Raised {
                class,
                message: without_secret(name, message, schema),
            },
            Error::Limit(limit) => Failure::Raised {
                class: "Limit",
                message: limit.to_owned(),
            },
            Error::NeedsKey { scope, name } => Failure::Needs(facts::needs(scope, &name)),
        })
}

/// Why a cast fails, without the value if that is secret.
fn without_secret(name: &str, message: String, schema: Option<&Object>) -> String {
    if schema.is_some_and(holds_secret) {
        return format!("The value of the secret parameter '{name}' is not of its type");
    }
    message
}

/// Whether a schema, or one within it, says that something is secret.
fn holds_secret(schema: &Object) -> bool {
    let anything = Json::Bool(true);
    let mut inner = schema.values().filter_map(Json::as_object);
    mask::value(&anything, schema) != anything || inner.any(holds_secret)
}

#[cfg(test)]
mod tests {
    //! What is done again.

    use serde_json::json;

    use super::*;
    use crate::facts::Keys;

    fn object(value: &Json) -> Object {
        value.as_object().cloned().unwrap_or_default()
    }

    fn check(carried: &Json, given: &Json, expected: &Json) {
        let action = Parameters(object(&json!({
            "cmd": {"type": "string"}, "count": {"type": "integer"}, "note": {"type": "string", "default": "{{ cmd }}!"},
        })));
        let runner = Parameters::default();
        let schemas = Schemas {
            action: &action,
            runner: &runner,
        };
        let (context, keys) = (Object::new(), Keys::default());
        let contexts = Contexts {
            action_context: &context,
            config: &context,
            trigger: None,
        };
        let facts = Facts {
            now: squall_model::Timestamp::from_micros(0),
            keys: &keys,
            crypto: None,
            system_user: "stanley",
        };
        let (carried, given) = (object(carried), object(given));
        let live = live_again(schemas, (&carried, &given), &contexts, &facts).unwrap();
        assert_eq!(&Json::Object(live), expected);
    }

    #[test]
    fn what_is_carried_over_is_never_rendered_again() {
        let carried = json!({"cmd": "echo {{ 6 * 7 }}", "note": "{{ gone }}"});
        check(&carried, &json!({}), &carried);
        check(
            &carried,
            &json!({"count": "{{ 6 * 7 }}"}),
            &json!({"cmd": "echo {{ 6 * 7 }}", "note": "{{ gone }}", "count": 42}),
        );
    }

    #[test]
    fn what_is_given_anew_goes_before_it_and_may_refer_to_it() {
        check(
            &json!({"cmd": "date", "note": "old"}),
            &json!({"cmd": "echo {{ note }}"}),
            &json!({"cmd": "echo old", "note": "old"}),
        );
    }
}
