//! What a path finds in a value.

use std::rc::Rc;

use super::{Join, Node, Path};
use crate::value::access::{Slice, item, length};
use crate::value::{Error, Value, budget};

/// More steps than any sensible path takes; doubled `..` can ask for many more.
const STEPS: u64 = 1_000_000;

/// Everything that the path finds, in order.
pub fn find(path: &Path, value: &Value) -> Result<Vec<Value>, Error> {
    let _budget = budget::Budget::limit_to(STEPS);
    let found = path.root.find(&Rc::new(Datum::root(value)))?;
    found.iter().map(Found::value).collect()
}

/// The first that the path finds, if any.
pub fn find_first(path: &Path, value: &Value) -> Result<Option<Value>, Error> {
    if let Some(found) = path.root.walk(value)? {
        return Ok(found.found());
    }
    let _budget = budget::Budget::limit_to(STEPS);
    let found = path.root.find(&Rc::new(Datum::root(value)))?;
    found.first().map(Found::value).transpose()
}

/// A value and where it was found.
struct Datum {
    value: Value,
    within: Option<Rc<Self>>,
}

/// A match: nothing where the parent of the root was asked for.
#[derive(Clone)]
struct Found(Option<Rc<Datum>>);

impl Found {
    fn value(&self) -> Result<Value, Error> {
        match &self.0 {
            Some(datum) => Ok(datum.value.clone()),
            None => Err(no_parent()),
        }
    }

    /// The datum to look into: a missing parent looks like a root that is `None`.
    fn datum(&self) -> Rc<Datum> {
        self.0
            .clone()
            .unwrap_or_else(|| Rc::new(Datum::root(&Value::None)))
    }
}

fn no_parent() -> Error {
    Error::attribute_error("'NoneType' object has no attribute 'value'")
}

impl Datum {
    fn root(value: &Value) -> Self {
        Self {
            value: value.clone(),
            within: None,
        }
    }

    fn child(self: &Rc<Self>, value: Value) -> Found {
        Found(Some(Rc::new(Self {
            value,
            within: Some(Rc::clone(self)),
        })))
    }
}

impl Drop for Datum {
    fn drop(&mut self) {
        // Long chains of parents are let go one by one, not by recursion.
        let mut within = self.within.take();
        while let Some(mut datum) = within.and_then(Rc::into_inner) {
            within = datum.within.take();
        }
    }
}

/// How a straight walk ended.
enum Walked {
    At(Value),
    Nowhere,
}

impl Walked {
    fn found(self) -> Option<Value> {
        match self {
            Self::At(value) => Some(value),
            Self::Nowhere => None,
        }
    }
}

impl Node {
    /// Follows a path of plain names and indices; nothing if the path is anything else.
    fn walk(&self, value: &Value) -> Result<Option<Walked>, Error> {
        Ok(Some(match self {
            Self::Fields(names) => match names.as_slice() {
                [name] if name != "*" => match member(value, name)? {
                    Some(found) => Walked::At(found),
                    None => Walked::Nowhere,
                },
                _ => return Ok(None),
            },
            Self::Index(index) => match at_index(value, *index)? {
                Some(found) => Walked::At(found),
                None => Walked::Nowhere,
            },
            Self::Pair(Join::Child, pair) => match pair.0.walk(value)? {
                Some(Walked::At(found)) => return pair.1.walk(&found),
                // The right side may still be one that a walk cannot tell.
                Some(Walked::Nowhere) if pair.1.is_straight() => Walked::Nowhere,
                _ => return Ok(None),
            },
            _ => return Ok(None),
        }))
    }

    fn is_straight(&self) -> bool {
        match self {
            Self::Fields(names) => names.len() == 1 && !names.iter().any(|name| name == "*"),
            Self::Index(_) => true,
            Self::Pair(Join::Child, pair) => pair.0.is_straight() && pair.1.is_straight(),
            _ => false,
        }
    }

    fn find(&self, datum: &Rc<Datum>) -> Result<Vec<Found>, Error> {
        budget::spend(1)?;
        match self {
            Self::Root => Ok(vec![root_of(datum)]),
            Self::This => Ok(vec![Found(Some(Rc::clone(datum)))]),
            Self::Parent => Ok(vec![Found(datum.within.clone())]),
            Self::Fields(names) => fields(names, datum),
            Self::Index(index) => {
                let found = at_index(&datum.value, *index)?;
                Ok(found.map(|found| datum.child(found)).into_iter().collect())
            }
            Self::Slice(start, stop) => slice(*start, *stop, datum),
            Self::Pair(join, pair) => pair_of(*join, &pair.0, &pair.1, datum),
        }
    }
}

fn pair_of(join: Join, left: &Node, right: &Node, datum: &Rc<Datum>) -> Result<Vec<Found>, Error> {
    let _level = budget::descend()?;
    if join == Join::Intersect {
        return Err(Error::raised("NotImplementedError", ""));
    }
    let mut found = Vec::new();
    let first = left.find(datum)?;
    if join == Join::Union {
        found = first;
        found.extend(right.find(datum)?);
        return Ok(found);
    }
    for left in first {
        match join {
            Join::Descendants => {
                let datum = left.0.as_ref().ok_or_else(no_parent)?;
                descend(right, datum, &mut found)?;
            }
            Join::Where => {
                if !right.find(&left.datum())?.is_empty() {
                    found.push(left);
                }
            }
            Join::Child | Join::Union | Join::Intersect => found.extend(right.find(&left.datum())?),
        }
        budget::items(found.len())?;
    }
    Ok(found)
}

fn descend(right: &Node, datum: &Rc<Datum>, found: &mut Vec<Found>) -> Result<(), Error> {
    let _level = budget::descend()?;
    found.extend(right.find(datum)?);
    if found.len() > budget::ITEM_CAP {
        budget::items(found.len())?;
    }
    let members: Vec<Value> = match &datum.value {
        Value::List(list) => list.borrow().0.clone(),
        Value::Dict(dict) => dict.borrow().values().cloned().collect(),
        _ => return Ok(()),
    };
    for member in members {
        if let Some(child) = &datum.child(member).0 {
            descend(right, child, found)?;
        }
    }
    Ok(())
}

fn root_of(datum: &Rc<Datum>) -> Found {
    let mut root = Rc::clone(datum);
    while let Some(within) = root.within.clone() {
        root = within;
    }
    Found(Some(root))
}

fn fields(names: &[String], datum: &Rc<Datum>) -> Result<Vec<Found>, Error> {
    if names.iter().any(|name| name == "*") {
        return Ok(match &datum.value {
            Value::Dict(dict) => {
                let members = dict.borrow();
                budget::spend(members.len())?;
                members
                    .values()
                    .map(|member| datum.child(member.clone()))
                    .collect()
            }
            // It has a member of any name, one named `keys` too.
            Value::Object(object) => match object.attribute("keys")? {
                Some(found) => return Err(not_callable(&found)),
                None => Vec::new(),
            },
            _ => Vec::new(),
        });
    }
    let mut found = Vec::new();
    for name in names {
        found.extend(member(&datum.value, name)?.map(|member| datum.child(member)));
    }
    Ok(found)
}

fn not_callable(value: &Value) -> Error {
    Error::type_error(format!("'{}' object is not callable", value.type_name()))
}

/// The named member; what has no such member has nothing, whatever it is.
fn member(value: &Value, name: &str) -> Result<Option<Value>, Error> {
    match value {
        Value::Dict(dict) => Ok(dict.borrow().get_text(name).cloned()),
        Value::Object(_) => match item(value, &Value::from(name)) {
            Ok(found) => Ok(Some(found)),
            Err(Error::Raised {
                class: "TypeError" | "KeyError" | "AttributeError",
                ..
            }) => Ok(None),
            Err(error) => Err(error),
        },
        _ => Ok(None),
    }
}

fn at_index(value: &Value, index: i64) -> Result<Option<Value>, Error> {
    let length = i64::try_from(length(value)?).unwrap_or(i64::MAX);
    if length > index {
        item(value, &Value::Int(index)).map(Some)
    } else {
        Ok(None)
    }
}

fn slice(start: Option<i64>, stop: Option<i64>, datum: &Rc<Datum>) -> Result<Vec<Found>, Error> {
    let is_scalar = matches!(
        datum.value.plain(),
        Value::Dict(_) | Value::Bool(_) | Value::Int(_) | Value::Big(_) | Value::Str(_)
    );
    // A value that is no list counts as a list of it.
    let sequence = if is_scalar {
        Rc::new(Datum {
            value: Value::list(vec![datum.value.clone()]),
            within: datum.within.clone(),
        })
    } else {
        Rc::clone(datum)
    };
    let bound = |bound: Option<i64>| bound.map_or(Value::None, Value::Int);
    let picked = Slice {
        start: bound(start),
        stop: bound(stop),
        step: Value::None,
    };
    let indices = picked.indices(length(&sequence.value)?)?;
    budget::items(indices.len())?;
    indices
        .map(|index| Ok(sequence.child(item(&sequence.value, &Value::from(index))?)))
        .collect()
}
