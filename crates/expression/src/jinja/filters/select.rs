//! Filters that apply other filters and tests to each item: `map`, `select` and their kin.

use std::rc::Rc;

use super::attribute::Path;
use super::{Filter, find, named};
use crate::jinja::callable::{Callable, Given, Invocation};
use crate::jinja::checks;
use crate::jinja::iterate::{Items, generator, items};
use crate::jinja::runtime::Context;
use crate::value::{Error, Value, access};

pub(super) const FILTERS: &[Filter] = &[
    (
        "map",
        Callable::new("sync_do_map", &["value"], map)
            .in_context()
            .variadic(),
    ),
    (
        "reject",
        Callable::new("sync_do_reject", &["value"], |given| {
            select(given, By::Item, false)
        })
        .in_context()
        .variadic(),
    ),
    (
        "rejectattr",
        Callable::new("sync_do_rejectattr", &["value"], |given| {
            select(given, By::Attribute, false)
        })
        .in_context()
        .variadic(),
    ),
    (
        "select",
        Callable::new("sync_do_select", &["value"], |given| {
            select(given, By::Item, true)
        })
        .in_context()
        .variadic(),
    ),
    (
        "selectattr",
        Callable::new("sync_do_selectattr", &["value"], |given| {
            select(given, By::Attribute, true)
        })
        .in_context()
        .variadic(),
    ),
];

/// Arguments that are kept until a generator is asked for its first item.
struct Kept {
    context: Rc<Context>,
    value: Value,
    positional: Vec<Value>,
    named: Vec<(Rc<str>, Value)>,
}

/// What is done to each item.
type EachItem = Box<dyn Fn(&Value) -> Result<Value, Error>>;

impl Kept {
    fn new(given: &Given<'_>) -> Result<Self, Error> {
        Ok(Self {
            context: Rc::clone(given.context()?),
            value: given.value().clone(),
            positional: given.rest().to_vec(),
            named: given.named().to_vec(),
        })
    }

    /// Items and what is done to them; nothing if the value is false.
    fn start(
        &self,
        each: fn(&Self) -> Result<EachItem, Error>,
    ) -> Result<Option<(Items, EachItem)>, Error> {
        if !access::truth(&self.value)? {
            return Ok(None);
        }
        let each = each(self)?;
        Ok(Some((items(&self.value)?, each)))
    }

    fn keyword(&self, name: &str) -> Option<&Value> {
        self.named
            .iter()
            .find(|(known, _)| **known == *name)
            .map(|(_, value)| value)
    }

    /// A filter or test that is applied to an item with the arguments after `skip`.
    fn apply(&self, callable: &'static Callable, skip: usize) -> EachItem {
        let context = Rc::clone(&self.context);
        let positional = self.positional.get(skip..).unwrap_or_default().to_vec();
        let named = self.named.clone();
        Box::new(move |item| {
            callable.invoke(Invocation {
                context: &context,
                operand: item.clone(),
                positional: positional.clone(),
                named: named.clone(),
            })
        })
    }
}

fn map(given: &Given<'_>) -> Result<Value, Error> {
    let kept = Kept::new(given)?;
    let mut started = None;
    Ok(generator("sync_do_map", move || {
        if started.is_none() {
            started = Some(kept.start(mapping)?);
        }
        let Some(Some((items, each))) = &mut started else {
            return Ok(None);
        };
        items.next()?.map(|item| each(&item)).transpose()
    }))
}

fn mapping(kept: &Kept) -> Result<EachItem, Error> {
    if kept.positional.is_empty()
        && let Some(attribute) = kept.keyword("attribute")
    {
        let unexpected = kept
            .named
            .iter()
            .find(|(name, _)| !matches!(&**name, "attribute" | "default"));
        if let Some((name, _)) = unexpected {
            return Err(argument_error(format!(
                "Unexpected keyword argument '{name}'"
            )));
        }
        let default = kept
            .keyword("default")
            .filter(|default| !matches!(default, Value::None));
        let path = Path::new(&kept.context.runtime, Some(attribute))?.or(default);
        return Ok(Box::new(move |item| path.get(item)));
    }
    let Some(name) = kept.positional.first() else {
        return Err(argument_error("map requires a filter argument"));
    };
    // An unknown filter fails at the first item only.
    match named("filter", name, find) {
        Ok(filter) => Ok(kept.apply(filter, 1)),
        Err(error) => Ok(Box::new(move |_| Err(error.clone()))),
    }
}

fn argument_error(message: impl Into<String>) -> Error {
    Error::raised("FilterArgumentError", message)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    Item,
    Attribute,
}

fn select(given: &Given<'_>, by: By, wanted: bool) -> Result<Value, Error> {
    let kept = Kept::new(given)?;
    let test = match by {
        By::Item => testing_items,
        By::Attribute => testing_attributes,
    };
    let mut started = None;
    Ok(generator("select_or_reject", move || {
        if started.is_none() {
            started = Some(kept.start(test)?);
        }
        let Some(Some((items, each))) = &mut started else {
            return Ok(None);
        };
        while let Some(item) = items.next()? {
            if access::truth(&each(&item)?)? == wanted {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }))
}

fn testing_items(kept: &Kept) -> Result<EachItem, Error> {
    Ok(testing(kept, 0))
}

fn testing_attributes(kept: &Kept) -> Result<EachItem, Error> {
    let Some(attribute) = kept.positional.first() else {
        return Err(argument_error("Missing parameter for attribute name"));
    };
    let path = Path::new(&kept.context.runtime, Some(attribute))?;
    let test = testing(kept, 1);
    Ok(Box::new(move |item| test(&path.get(item)?)))
}

/// The test that the argument at `index` names; without one, items are tested for their truth.
fn testing(kept: &Kept, index: usize) -> EachItem {
    let Some(name) = kept.positional.get(index) else {
        return Box::new(|item| access::truth(item).map(Value::Bool));
    };
    match named("test", name, checks::find) {
        Ok(test) => kept.apply(test, index + 1),
        Err(error) => Box::new(move |_| Err(error.clone())),
    }
}
