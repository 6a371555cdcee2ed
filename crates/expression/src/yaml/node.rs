//! What a YAML text says, with the place where it says it.

use std::rc::Rc;

use num_traits::ToPrimitive as _;
use squall_model::{Json, Object};

use super::Error;
use crate::value::json::from_json;
use crate::value::{Dict, Key, Set, Value};

/// The single document of a text.
#[derive(Debug)]
pub struct Document {
    /// The document; `None` at line 1 for an empty text.
    pub root: Rc<Node>,
    /// Keys given again in the same mapping: the last value won. Each is the later key.
    pub repeated: Vec<Rc<Node>>,
}

/// A value and its place.
#[derive(Debug)]
pub struct Node {
    /// Line of its beginning, from 1; 0 if it was not read from a text.
    pub line: usize,
    /// Column of its beginning, from 1; 0 if it was not read from a text.
    pub column: usize,
    /// What it is.
    pub kind: Kind,
}

/// What a node is. Where an alias stands, the node of its anchor stands too.
#[derive(Debug)]
pub enum Kind {
    /// Anything that is no container.
    Scalar(Value),
    /// A list.
    List(Vec<Rc<Node>>),
    /// A mapping, each key once, with what `<<` merged.
    Dict(Vec<Pair>),
    /// A `!!set`: the keys are its members.
    Set(Vec<Pair>),
    /// An `!!omap` or `!!pairs`: a list of tuples.
    Pairs(Vec<Pair>),
}

/// One entry of a mapping.
#[derive(Debug, Clone)]
pub struct Pair {
    /// The key; always a scalar.
    pub key: Rc<Node>,
    /// The value.
    pub value: Rc<Node>,
}

impl Node {
    /// What JSON says, as if it stood in a document: everything is at line 0.
    pub fn from_json(json: &Json) -> Rc<Self> {
        let kind = match json {
            Json::Array(items) => Kind::List(items.iter().map(Self::from_json).collect()),
            Json::Object(entries) => Kind::Dict(
                entries
                    .iter()
                    .map(|(key, value)| Pair {
                        key: Self::from_json(&Json::from(key.as_str())),
                        value: Self::from_json(value),
                    })
                    .collect(),
            ),
            scalar => Kind::Scalar(from_json(scalar)),
        };
        Rc::new(Self {
            line: 0,
            column: 0,
            kind,
        })
    }

    /// The entries, if this is a mapping; else none.
    pub fn pairs(&self) -> &[Pair] {
        match &self.kind {
            Kind::Dict(pairs) => pairs,
            Kind::Scalar(_) | Kind::List(_) | Kind::Set(_) | Kind::Pairs(_) => &[],
        }
    }

    /// The value of a text key, if this is a mapping that has it.
    pub fn get(&self, name: &str) -> Option<&Rc<Self>> {
        self.pairs()
            .iter()
            .find(|pair| pair.key.as_text() == Some(name))
            .map(|pair| &pair.value)
    }

    /// The items, if this is a list; else none.
    pub fn items(&self) -> &[Rc<Self>] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Scalar(_) | Kind::Dict(_) | Kind::Set(_) | Kind::Pairs(_) => &[],
        }
    }

    /// The text, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(Value::Str(text)) => Some(text),
            _ => None,
        }
    }

    /// Whether it is `None`, as an empty value is.
    pub fn is_none(&self) -> bool {
        matches!(self.kind, Kind::Scalar(Value::None))
    }

    /// What it is, for people: `a list`, `text`.
    pub fn about(&self) -> &'static str {
        match &self.kind {
            Kind::List(_) | Kind::Pairs(_) => "a list",
            Kind::Dict(_) => "a mapping",
            Kind::Set(_) => "a set",
            Kind::Scalar(value) => match value {
                Value::None => "empty",
                Value::Bool(_) => "a boolean",
                Value::Int(_) | Value::Big(_) => "an integer",
                Value::Float(_) => "a float",
                Value::Str(_) => "text",
                Value::Date(_) | Value::DateTime(..) => "a date",
                _ => "binary data",
            },
        }
    }

    pub(super) fn error(&self, message: impl Into<String>) -> Error {
        Error::at(self.line, self.column, message)
    }

    /// The value; an anchor's list or dict is the same one at each of its aliases.
    pub fn to_value(&self) -> Value {
        Values::default().of(self)
    }

    /// The value as JSON: dates become ISO 8601 text, keys become text, sets and tuples lists, infinities null.
    pub fn to_json(&self) -> Json {
        match &self.kind {
            Kind::Scalar(value) => scalar_to_json(value),
            Kind::List(items) => items.iter().map(|item| item.to_json()).collect(),
            Kind::Dict(pairs) => Json::Object(pairs.iter().map(Pair::to_json_entry).collect()),
            Kind::Set(pairs) => pairs.iter().map(|pair| pair.key.to_json()).collect(),
            Kind::Pairs(pairs) => pairs
                .iter()
                .map(|pair| Json::Array(vec![pair.key.to_json(), pair.value.to_json()]))
                .collect(),
        }
    }

    /// The mapping as a JSON object; empty if it is none.
    pub fn to_object(&self) -> Object {
        self.pairs().iter().map(Pair::to_json_entry).collect()
    }
}

impl Pair {
    /// The key as text: `1` for the number, `true` for the boolean.
    pub fn name(&self) -> String {
        match self.key.to_json() {
            Json::String(text) => text,
            other => other.to_string(),
        }
    }

    fn to_json_entry(&self) -> (String, Json) {
        (self.name(), self.value.to_json())
    }
}

/// The values made so far of nodes that have several places.
#[derive(Default)]
struct Values(std::collections::HashMap<*const Node, Value>);

impl Values {
    fn shared(&mut self, node: &Rc<Node>) -> Value {
        if Rc::strong_count(node) == 1 {
            return self.of(node);
        }
        if let Some(value) = self.0.get(&Rc::as_ptr(node)) {
            return value.clone();
        }
        let value = self.of(node);
        self.0.insert(Rc::as_ptr(node), value.clone());
        value
    }

    fn of(&mut self, node: &Node) -> Value {
        match &node.kind {
            Kind::Scalar(value) => value.clone(),
            Kind::List(items) => items.iter().map(|item| self.shared(item)).collect(),
            Kind::Dict(pairs) => {
                let entries = pairs.iter().filter_map(|pair| {
                    let key = self.key(pair)?;
                    Some((key, self.shared(&pair.value)))
                });
                Value::dict(entries.collect::<Dict>())
            }
            Kind::Set(pairs) => {
                let members = pairs.iter().filter_map(|pair| self.key(pair));
                Value::set(members.collect::<Set>())
            }
            Kind::Pairs(pairs) => pairs
                .iter()
                .map(|pair| Value::tuple(vec![self.shared(&pair.key), self.shared(&pair.value)]))
                .collect(),
        }
    }

    /// Keys were checked when the tree was made, so none is lost here.
    fn key(&mut self, pair: &Pair) -> Option<Key> {
        Key::new(self.of(&pair.key)).ok()
    }
}

fn scalar_to_json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => Json::Bool(*flag),
        Value::Int(number) => Json::from(*number),
        Value::Big(number) => number
            .to_u64()
            .map_or_else(|| Json::from(number.to_f64()), Json::from),
        Value::Float(number) => Json::from(*number),
        Value::Str(text) => Json::from(&**text),
        Value::Bytes(bytes) => Json::String(String::from_utf8_lossy(bytes).into_owned()),
        Value::Date(date) => Json::String(date.to_string()),
        Value::DateTime(time, offset) => {
            let offset = offset.map(|offset| offset.to_string()).unwrap_or_default();
            Json::String(format!("{}{offset}", time.format("%Y-%m-%dT%H:%M:%S%.f")))
        }
        _ => Json::Null,
    }
}
