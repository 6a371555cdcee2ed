//! A pack's config: dynamic values read from the datastore, secrets decrypted, defaults filled in.

use squall_expression::regex::{Flags, Pattern};
use squall_expression::value::{Dict, Error};
use squall_model::pack::Config;
use squall_model::{Json, Object};

use super::Failure;
use crate::expressions::{self, Lookups};
use crate::facts::{self, Facts};

/// How deep configs may be nested.
const DEEPEST: usize = 64;

/// The config of a pack for a user.
///
/// Text with Jinja in it is rendered with the system's and the user's keys and is text afterwards; nothing rendered is
/// null. What the schema marks `secret` is ciphertext in the datastore and is decrypted here.
///
/// # Errors
/// [`Failure::Raised`] names the key that cannot be rendered or decrypted.
pub fn config(config: &Config, user: &str, facts: &Facts<'_>) -> Result<Object, Failure> {
    let reader = Reader {
        lookups: Lookups::of_user(user, facts),
        facts,
    };
    let mut values = config.values.clone();
    for (name, value) in &mut values {
        let schema = config.schema.get(name).cloned().unwrap_or_default();
        reader.read(name, value, &schema, 0)?;
    }
    fill_object(&config.schema.0, &mut values, 0);
    Ok(values)
}

struct Reader<'a> {
    lookups: Lookups<'a>,
    facts: &'a Facts<'a>,
}

impl Reader<'_> {
    fn read(
        &self,
        path: &str,
        value: &mut Json,
        schema: &Object,
        depth: usize,
    ) -> Result<(), Failure> {
        if depth >= DEEPEST {
            return Err(raised(path, "the config is nested too deep"));
        }
        match value {
            Json::Object(members) => {
                for (name, member) in members {
                    let of_member = member_schema(schema, name);
                    self.read(
                        &format!("{path}.{name}"),
                        member,
                        &of_member,
                        depth.saturating_add(1),
                    )?;
                }
            }
            Json::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let of_item = item_schema(schema, index);
                    self.read(
                        &format!("{path}.{index}"),
                        item,
                        &of_item,
                        depth.saturating_add(1),
                    )?;
                }
            }
            Json::String(source) if expressions::has_jinja(source) => {
                let secret = schema
                    .get("secret")
                    .and_then(Json::as_bool)
                    .unwrap_or(false);
                *value = self.dynamic(path, source, secret)?;
            }
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
        }
        Ok(())
    }

    fn dynamic(&self, path: &str, source: &str, secret: bool) -> Result<Json, Failure> {
        let mut context = Dict::new();
        context.set_text("st2kv", self.lookups.st2kv());
        let rendered = expressions::render(source, &context, &self.lookups).map_err(|error| match error {
            Error::Raised { class, message } => {
                let what = format!("Failed to render dynamic configuration value for key \"{path}\" with value \"{source}\"");
                raised(path, &format!("{what}: {class} {message}"))
            }
            Error::Limit(limit) => raised(path, limit),
            Error::NeedsKey { scope, name } => Failure::Needs(facts::needs(scope, &name)),
        })?;
        if rendered.is_empty() {
            return Ok(Json::Null);
        }
        if !secret {
            return Ok(Json::from(rendered));
        }
        let missing = "the value is a secret, but the server has no crypto key";
        let key = self.facts.crypto.ok_or_else(|| raised(path, missing))?;
        let clear = key
            .decrypt(&rendered)
            .map_err(|error| raised(path, &format!("cannot decrypt the secret: {error}")))?;
        Ok(Json::from(clear))
    }
}

fn raised(path: &str, message: &str) -> Failure {
    Failure::Raised {
        class: "RuntimeError",
        message: format!("config value `{path}`: {message}"),
    }
}

/// `properties` beats `patternProperties` beats `additionalProperties`; several matching patterns are laid over each
/// other.
fn member_schema(schema: &Object, name: &str) -> Object {
    let of = |keyword: &str| schema.get(keyword).and_then(Json::as_object);
    if let Some(member) = of("properties").and_then(|properties| properties.get(name)) {
        return member.as_object().cloned().unwrap_or_default();
    }
    let mut merged = Object::new();
    let mut matched = false;
    for (source, member) in of("patternProperties").into_iter().flatten() {
        let found =
            Pattern::new(source, Flags::default()).and_then(|pattern| pattern.is_match(name));
        if found.unwrap_or(false) {
            matched = true;
            merged.extend(member.as_object().cloned().unwrap_or_default());
        }
    }
    if matched {
        merged
    } else {
        of("additionalProperties").cloned().unwrap_or_default()
    }
}

fn item_schema(schema: &Object, index: usize) -> Object {
    let found = match schema.get("items") {
        Some(Json::Array(each)) => each.get(index).or_else(|| schema.get("additionalItems")),
        Some(every) => Some(every),
        None => schema.get("additionalItems"),
    };
    found.and_then(Json::as_object).cloned().unwrap_or_default()
}

fn fill_object(schemas: &Object, values: &mut Object, depth: usize) {
    if depth >= DEEPEST {
        return;
    }
    for (name, schema) in schemas {
        let Some(schema) = schema.as_object() else {
            continue;
        };
        if let Some(default) = schema.get("default")
            && !values.contains_key(name)
        {
            values.insert(name.clone(), default.clone());
        }
        let nested = ["properties", "patternProperties", "additionalProperties"];
        if is_type(schema, "object") && nested.iter().any(|keyword| says_something(schema, keyword))
        {
            let value = values.entry(name.clone()).or_insert(Json::Null);
            if value.as_object().is_none_or(|members| members.is_empty()) {
                *value = Json::Object(Object::new());
            }
            fill_members(schema, value, depth);
        } else if is_type(schema, "array")
            && ["items", "additionalItems"]
                .iter()
                .any(|keyword| says_something(schema, keyword))
        {
            let value = values.entry(name.clone()).or_insert(Json::Null);
            if value.as_array().is_none_or(|items| items.is_empty()) {
                *value = Json::Array(Vec::new());
            }
            fill_items(schema, value, depth);
        }
    }
}

fn fill_members(schema: &Object, value: &mut Json, depth: usize) {
    let Some(members) = value.as_object_mut() else {
        return;
    };
    let mut schemas = schema
        .get("properties")
        .and_then(Json::as_object)
        .cloned()
        .unwrap_or_default();
    for name in members.keys() {
        if !schemas.contains_key(name) {
            schemas.insert(name.clone(), Json::Object(member_schema(schema, name)));
        }
    }
    fill_object(&schemas, members, depth.saturating_add(1));
}

fn fill_items(schema: &Object, value: &mut Json, depth: usize) {
    for (index, item) in value.as_array_mut().into_iter().flatten().enumerate() {
        let of_item = item_schema(schema, index);
        // An item is filled as the only member of an object, so that the same rules hold for both.
        let mut holder = Object::new();
        holder.insert("item".to_owned(), item.take());
        let mut schemas = Object::new();
        schemas.insert("item".to_owned(), Json::Object(of_item));
        fill_object(&schemas, &mut holder, depth.saturating_add(1));
        *item = holder.remove("item").unwrap_or(Json::Null);
    }
}

fn is_type(schema: &Object, name: &str) -> bool {
    schema.get("type").and_then(Json::as_str) == Some(name)
}

fn says_something(schema: &Object, keyword: &str) -> bool {
    match schema.get(keyword) {
        None | Some(Json::Null | Json::Bool(false)) => false,
        Some(Json::Object(members)) => !members.is_empty(),
        Some(Json::Array(items)) => !items.is_empty(),
        Some(_) => true,
    }
}
