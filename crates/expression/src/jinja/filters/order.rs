//! Filters that compare items.

use super::Filter;
use super::attribute::Path;
use crate::jinja::access::method_call;
use crate::jinja::callable::{Callable, Given};
use crate::jinja::iterate::{collect, items};
use crate::jinja::undefined::Missing;
use crate::value::order::{Comparison, compare, equals, sort};
use crate::value::{Error, Object, Value, access, methods, text};

pub(super) const FILTERS: &[Filter] = &[
    (
        "dictsort",
        Callable::new(
            "do_dictsort",
            &["value", "case_sensitive?", "by?", "reverse?"],
            sort_dict,
        ),
    ),
    (
        "groupby",
        Callable::new(
            "sync_do_groupby",
            &["value", "attribute", "default?", "case_sensitive?"],
            group,
        )
        .in_context(),
    ),
    (
        "max",
        Callable::new(
            "do_max",
            &["value", "case_sensitive?", "attribute?"],
            |given| extreme(given, Comparison::Greater),
        )
        .in_context(),
    ),
    (
        "min",
        Callable::new(
            "do_min",
            &["value", "case_sensitive?", "attribute?"],
            |given| extreme(given, Comparison::Less),
        )
        .in_context(),
    ),
    (
        "sort",
        Callable::new(
            "do_sort",
            &["value", "reverse?", "case_sensitive?", "attribute?"],
            sorted,
        )
        .in_context(),
    ),
];

fn sorted(given: &Given<'_>) -> Result<Value, Error> {
    let ignore_case = !given.truth_or(2, false)?;
    let paths: Vec<_> = Path::several(&given.context()?.runtime, given.some(3))?
        .into_iter()
        .map(|path| path.ignoring_case(ignore_case))
        .collect();
    let all = collect(given.value())?;
    let reverse = reversed(given.get(1))?;
    let mut key = |item: &Value| {
        paths
            .iter()
            .map(|path| path.get(item))
            .collect::<Result<Value, Error>>()
    };
    sort(all, reverse, Some(&mut key)).map(Value::list)
}

/// Python's `sorted` asks for an integer here.
fn reversed(argument: Option<&Value>) -> Result<bool, Error> {
    match argument {
        None => Ok(false),
        Some(Value::Bool(_) | Value::Int(_)) => access::truth(argument.unwrap_or(&Value::None)),
        Some(other) => Err(Error::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            other.type_name()
        ))),
    }
}

fn sort_dict(given: &Given<'_>) -> Result<Value, Error> {
    let by = given.get(2).cloned().unwrap_or_else(|| "key".into());
    let position = if equals(&by, &"key".into())? {
        0
    } else if equals(&by, &"value".into())? {
        1
    } else {
        let message = "You can only sort by either \"key\" or \"value\"";
        return Err(Error::raised("FilterArgumentError", message));
    };
    let pairs = collect(&method_call(given.value(), "items", &[])?)?;
    let reverse = reversed(given.get(3))?;
    // Whether case matters is asked for each item.
    let mut key = |pair: &Value| {
        let part = access::item(pair, &Value::Int(position))?;
        if !given.truth_or(1, false)? && part.as_text().is_some() {
            return methods::call(&part, "lower", &[], &[]);
        }
        Ok(part)
    };
    sort(pairs, reverse, Some(&mut key)).map(Value::list)
}

fn extreme(given: &Given<'_>, better: Comparison) -> Result<Value, Error> {
    let runtime = &given.context()?.runtime;
    let mut rest = items(given.value())?;
    let Some(mut best) = rest.next()? else {
        return Ok(Missing::hint(
            runtime.undefined(),
            "No aggregated item, sequence was empty.",
        ));
    };
    let path = Path::new(runtime, given.some(2))?.ignoring_case(!given.truth_or(1, false)?);
    let mut best_key = path.get(&best)?;
    while let Some(item) = rest.next()? {
        let key = path.get(&item)?;
        if compare(&key, better, &best_key)? {
            (best, best_key) = (item, key);
        }
    }
    Ok(best)
}

fn group(given: &Given<'_>) -> Result<Value, Error> {
    let runtime = &given.context()?.runtime;
    let ignore_case = !given.truth_or(3, false)?;
    let plain = Path::new(runtime, Some(given.at(1)))?.or(given.some(2));
    let path = plain.clone().ignoring_case(ignore_case);
    let all = sort(
        collect(given.value())?,
        false,
        Some(&mut |item| path.get(item)),
    )?;
    let mut groups: Vec<(Value, Vec<Value>)> = Vec::new();
    for item in all {
        let key = path.get(&item)?;
        match groups.last_mut() {
            Some((last, members)) if last.is(&key) || equals(last, &key)? => members.push(item),
            _ => groups.push((key, vec![item])),
        }
    }
    groups
        .into_iter()
        .map(|(key, members)| {
            let key = match members.first() {
                Some(first) if ignore_case => plain.get(first)?,
                _ => key,
            };
            Ok(Value::object(Group(Value::tuple(vec![
                key,
                Value::list(members),
            ]))))
        })
        .collect()
}

/// A group: a pair whose parts have names.
#[derive(Debug)]
struct Group(Value);

impl Object for Group {
    fn type_name(&self) -> &str {
        "_GroupTuple"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let position = match name {
            "grouper" => 0,
            "list" => 1,
            _ => return Ok(None),
        };
        access::item(&self.0, &Value::Int(position)).map(Some)
    }

    fn item(&self, key: &Value) -> Result<Option<Value>, Error> {
        access::item(&self.0, key).map(Some)
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        access::iterate(&self.0)
    }

    fn length(&self) -> Result<Option<usize>, Error> {
        access::length(&self.0).map(Some)
    }

    fn repr(&self) -> Result<String, Error> {
        text::repr(&self.0)
    }

    fn plain(&self) -> Option<Value> {
        Some(self.0.clone())
    }

    fn held(&self) -> Vec<Value> {
        vec![self.0.clone()]
    }
}
