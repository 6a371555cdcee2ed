//! Holding values against parameter schemas, in StackStorm's dialect of JSON Schema.
//!
//! Draft 4, except that `required` is a boolean on the property (draft 3) and the array form means nothing. Defaults are
//! filled in before the check, also over null, and what is optional or defaults to null may be null.

mod compound;
mod defaults;
mod keywords;

use std::cmp::Ordering;

use squall_expression::value::{json, text};
use squall_model::{Json, Object};

pub use defaults::{allow_null, fill};

/// A value does not fit its schema.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{message}")]
pub struct Mismatch {
    /// What is wrong, in the words of Python's jsonschema.
    pub message: String,
    /// Where in the value: keys and indexes.
    pub path: Vec<Part>,
    keyword: &'static str,
    of_its_type: bool,
    /// For `anyOf` and `oneOf`: what is wrong under each alternative.
    under: Vec<Self>,
}

/// One step into a value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// An item of an array.
    Index(usize),
    /// A member of an object.
    Key(String),
}

/// How deep schemas and values may be nested.
const DEEPEST: usize = 64;

/// Holds a value against a schema. Of several mismatches the most telling one is given, as the original chooses it.
pub fn check(value: &Json, schema: &Object) -> Result<(), Box<Mismatch>> {
    let mut all = Vec::new();
    Check { depth: 0 }.schema(value, schema, &mut all);
    match best(all) {
        Some(mismatch) => Err(Box::new(mismatch)),
        None => Ok(()),
    }
}

/// One check under way.
#[derive(Clone, Copy)]
struct Check {
    depth: usize,
}

impl Check {
    /// Collects everything that is wrong with a value under a schema.
    fn schema(self, value: &Json, schema: &Object, all: &mut Vec<Mismatch>) {
        if self.depth >= DEEPEST {
            all.push(mismatch(
                "depth",
                value,
                schema,
                format!("schemas may be nested {DEEPEST} deep at most"),
            ));
            return;
        }
        for (keyword, wanted) in schema {
            keywords::check(self, (keyword, wanted), value, schema, all);
        }
    }

    /// Checks a part of the value.
    fn within(self, part: &Part, value: &Json, schema: &Json, all: &mut Vec<Mismatch>) {
        let Some(schema) = schema.as_object() else {
            return;
        };
        let mut inner = Vec::new();
        Self {
            depth: self.depth.saturating_add(1),
        }
        .schema(value, schema, &mut inner);
        for mut mismatch in inner {
            mismatch.path.insert(0, part.clone());
            all.push(mismatch);
        }
    }

    /// What is wrong with the same value under another schema.
    fn under(self, value: &Json, schema: &Json) -> Vec<Mismatch> {
        let mut inner = Vec::new();
        if let Some(schema) = schema.as_object() {
            Self {
                depth: self.depth.saturating_add(1),
            }
            .schema(value, schema, &mut inner);
        }
        inner
    }
}

fn mismatch(keyword: &'static str, value: &Json, schema: &Object, message: String) -> Mismatch {
    let of_its_type = schema
        .get("type")
        .is_some_and(|wanted| keywords::is_of_type(value, wanted));
    Mismatch {
        message,
        path: Vec::new(),
        keyword,
        of_its_type,
        under: Vec::new(),
    }
}

/// The Python text of a value, for messages.
fn shown(value: &Json) -> String {
    text::repr(&json::from_json(value)).unwrap_or_default()
}

/// The most telling mismatch: nearest to the top, then the last in order of keys, then a definite keyword rather than
/// `anyOf`; and under that the deepest alternative that nearly fits.
fn best(all: Vec<Mismatch>) -> Option<Mismatch> {
    let mut best = all.into_iter().reduce(|best, next| {
        if relevance(&next, &best).is_gt() {
            next
        } else {
            best
        }
    })?;
    while !best.under.is_empty() {
        let mut under = std::mem::take(&mut best.under);
        under.sort_by(relevance);
        let mut nearest = under.into_iter();
        let (Some(mut first), second) = (nearest.next(), nearest.next()) else {
            break;
        };
        if second.is_some_and(|second| relevance(&first, &second).is_eq()) {
            break;
        }
        // Its path begins where the alternatives stand.
        first.path = [best.path, first.path].concat();
        best = first;
    }
    Some(best)
}

fn relevance(one: &Mismatch, two: &Mismatch) -> Ordering {
    let weak = |mismatch: &Mismatch| matches!(mismatch.keyword, "anyOf" | "oneOf");
    (two.path.len().cmp(&one.path.len()))
        .then_with(|| one.path.cmp(&two.path))
        .then_with(|| (!weak(one)).cmp(&!weak(two)))
        .then_with(|| (!one.of_its_type).cmp(&!two.of_its_type))
}

#[cfg(test)]
mod tests;
