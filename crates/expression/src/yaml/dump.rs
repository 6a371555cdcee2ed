//! YAML as PyYAML's safe dumper writes it, through libyaml, in block style and with sorted keys.

mod emit;
mod scalar;

use std::rc::Rc;

use super::resolve::Tag;
use crate::value::order::sort;
use crate::value::{Error, Value, access, budget, text};

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// How far each level is indented, two columns if this is nothing or not from 2 to 9.
    pub indent: Option<i64>,
    /// Whether what is beyond ASCII is written as it is.
    pub allow_unicode: bool,
}

/// The YAML text of a value; `RepresenterError` for what is no data.
pub fn dump(value: &Value, layout: &Layout) -> Result<String, Error> {
    let mut represented = Represented::default();
    let root = represented.node(value, true)?;
    let out = emit::document(&root, layout)?;
    budget::text(out.len())?;
    Ok(out)
}

/// What is written: a tree in which some nodes refer to others.
#[derive(Debug)]
enum Node {
    Scalar(Scalar),
    Sequence(Mark, Vec<Self>),
    Mapping(Mark, &'static str, Vec<(Self, Self)>),
    /// The node that has this mark already.
    Alias(Mark),
}

/// What another node can refer to: counted when it does.
type Mark = Rc<std::cell::Cell<Seen>>;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Seen {
    #[default]
    Once,
    Again,
    /// It has its number.
    Named(usize),
}

/// A scalar and what shows its type.
#[derive(Debug)]
struct Scalar {
    text: Rc<str>,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Plain text would be read as what it is.
    Plain,
    /// Plain text would be read as something else: it needs quotes.
    Quoted,
    /// Base64.
    Binary,
}

#[derive(Default)]
struct Represented {
    /// Shared collections that were met.
    shared: Vec<(Value, Mark)>,
}

impl Represented {
    /// The node of a value. StackStorm copies lists and dicts before they are written, but not what is in tuples and sets.
    fn node(&mut self, value: &Value, copied: bool) -> Result<Node, Error> {
        let _level = budget::descend()?;
        match value {
            Value::List(items) => {
                let items = items.borrow().to_vec();
                self.shared(value, !copied, |this, mark| {
                    this.sequence(&items, mark, copied)
                })
            }
            Value::Tuple(items) => self.shared(value, !items.is_empty(), |this, mark| {
                this.sequence(items, mark, false)
            }),
            Value::Dict(dict) => {
                let pairs = dict
                    .borrow()
                    .iter()
                    .map(|(key, value)| (key.value().clone(), value.clone()))
                    .collect();
                self.shared(value, !copied, |this, mark| {
                    this.mapping(pairs, mark, "", copied)
                })
            }
            Value::Set(set) => {
                let pairs = set
                    .borrow()
                    .values()
                    .into_iter()
                    .map(|member| (member, Value::None))
                    .collect();
                self.shared(value, true, |this, mark| {
                    this.mapping(pairs, mark, "!!set", false)
                })
            }
            _ => scalar(value).map(Node::Scalar),
        }
    }

    fn shared(
        &mut self,
        value: &Value,
        may_be_shared: bool,
        make: impl FnOnce(&mut Self, Mark) -> Result<Node, Error>,
    ) -> Result<Node, Error> {
        if !may_be_shared {
            return make(self, Mark::default());
        }
        budget::spend(1 + self.shared.len() / 16)?;
        if let Some((_, mark)) = self.shared.iter().find(|(known, _)| known.is(value)) {
            mark.set(Seen::Again);
            return Ok(Node::Alias(Rc::clone(mark)));
        }
        let mark = Mark::default();
        self.shared.push((value.clone(), Rc::clone(&mark)));
        make(self, mark)
    }

    fn sequence(&mut self, items: &[Value], mark: Mark, copied: bool) -> Result<Node, Error> {
        let items = items
            .iter()
            .map(|item| self.node(item, copied))
            .collect::<Result<_, _>>()?;
        Ok(Node::Sequence(mark, items))
    }

    fn mapping(
        &mut self,
        pairs: Vec<(Value, Value)>,
        mark: Mark,
        tag: &'static str,
        copied: bool,
    ) -> Result<Node, Error> {
        let mut nodes = Vec::with_capacity(pairs.len());
        for (key, value) in sorted(pairs)? {
            nodes.push((self.node(&key, false)?, self.node(&value, copied)?));
        }
        Ok(Node::Mapping(mark, tag, nodes))
    }
}

/// Sorted by key, if the keys have an order.
fn sorted(pairs: Vec<(Value, Value)>) -> Result<Vec<(Value, Value)>, Error> {
    let tuples = pairs
        .iter()
        .map(|(key, value)| Value::tuple(vec![key.clone(), value.clone()]))
        .collect();
    let mut key = |pair: &Value| access::item(pair, &Value::Int(0));
    match sort(tuples, false, Some(&mut key)) {
        Ok(sorted) => sorted
            .iter()
            .map(|pair| Ok((key(pair)?, access::item(pair, &Value::Int(1))?)))
            .collect(),
        Err(error) if error.class() == Some("TypeError") => Ok(pairs),
        Err(error) => Err(error),
    }
}

fn scalar(value: &Value) -> Result<Scalar, Error> {
    let plain = |text: Rc<str>| Scalar {
        text,
        kind: Kind::Plain,
    };
    Ok(match value {
        Value::None => plain("null".into()),
        Value::Bool(true) => plain("true".into()),
        Value::Bool(false) => plain("false".into()),
        Value::Int(_) | Value::Big(_) => plain(text::str(value)?),
        Value::Float(number) => plain(float(*number).into()),
        // As PyYAML writes them: a blank between day and time.
        Value::Date(_) | Value::DateTime(..) => plain(text::str(value)?),
        Value::Str(content) => Scalar {
            text: Rc::clone(content),
            kind: match Tag::of_scalar(None, content, true) {
                Ok(Tag::Str) => Kind::Plain,
                _ => Kind::Quoted,
            },
        },
        Value::Bytes(bytes) => Scalar {
            text: base64(bytes).into(),
            kind: Kind::Binary,
        },
        other => {
            let message = format!("('cannot represent an object', {})", text::repr(other)?);
            return Err(Error::raised("RepresenterError", message));
        }
    })
}

fn float(number: f64) -> String {
    if number.is_nan() {
        return ".nan".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 { ".inf" } else { "-.inf" }.to_owned();
    }
    let text = text::float_repr(number);
    // YAML wants a point in every float.
    if text.contains('.') {
        text
    } else {
        text.replacen('e', ".0e", 1)
    }
}

/// Base64 in lines of 76 characters, each with its line break.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::with_capacity(bytes.len() / 3 * 4 + 80);
    for line in bytes.chunks(57) {
        for group in line.chunks(3) {
            let byte = |index: usize| group.get(index).copied().map_or(0, u32::from);
            let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
            for index in 0..4 {
                let letter = LETTERS
                    .get((bits >> (18 - 6 * index) & 0x3f) as usize)
                    .copied()
                    .unwrap_or(b'=');
                out.push(if index > group.len() {
                    '='
                } else {
                    char::from(letter)
                });
            }
        }
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests;
