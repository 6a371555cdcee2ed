//! Writing YAML as PyYAML's safe dumper does with libyaml: block style, sorted keys, lines of about 80 characters.
//!
//! Text is plain where that reads back as the same text, else in single quotes, else in double quotes.

mod emitter;
mod scalar;

use emitter::Emitter;
use scalar::Style;

use super::{Dict, Error, Key, Value, budget, order, text};
use crate::yaml;

/// How to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// By how many blanks each level is indented; libyaml takes 2 to 9 and else 2.
    pub indent: usize,
    /// Whether letters beyond ASCII are written as they are.
    pub unicode: bool,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            indent: 2,
            unicode: true,
        }
    }
}

/// The YAML text of a value; `RepresenterError` for what is no data.
pub fn dump(value: &Value, layout: Layout) -> Result<String, Error> {
    let mut dumper = Dumper {
        emitter: Emitter::new(layout),
    };
    dumper.node(value, Place::Root)?;
    let out = dumper.emitter.finish();
    budget::text(out.len())?;
    Ok(out)
}

/// Where a node stands, which decides how it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// An item of a list, or a key that is no simple one.
    Item,
    /// A value in a mapping.
    Value,
    /// A key that fits a line.
    SimpleKey,
}

/// The longest simple key, in bytes.
const SIMPLE_KEY: usize = 128;

struct Dumper {
    emitter: Emitter,
}

/// A value as a scalar.
struct Scalar {
    text: String,
    style: Style,
    tag: &'static str,
}

impl Dumper {
    fn node(&mut self, value: &Value, place: Place) -> Result<(), Error> {
        let _level = budget::descend()?;
        if self.emitter.length() > budget::TEXT_CAP {
            budget::text(self.emitter.length())?;
        }
        match value {
            Value::List(list) => self.list(&list.borrow(), place),
            Value::Tuple(items) => self.list(items, place),
            Value::Dict(dict) => self.dict(&dict.borrow(), "", place),
            Value::Set(set) => {
                let members = set.borrow();
                let entries = members.iter().map(|key| (key.clone(), Value::None));
                self.dict(&entries.collect(), "!!set", place)
            }
            _ => {
                let scalar = scalar(value)?;
                let simple = place == Place::SimpleKey;
                self.emitter
                    .scalar(&scalar.text, scalar.style, scalar.tag, simple);
                Ok(())
            }
        }
    }

    fn list(&mut self, items: &[Value], place: Place) -> Result<(), Error> {
        if items.is_empty() {
            self.emitter.empty("[", "]", "");
            return Ok(());
        }
        // A list in a mapping is not indented, unless it begins on the line of its sign.
        let indentless = place == Place::Value && !self.emitter.at_indention();
        let outer = self.emitter.indent(indentless);
        for item in items {
            self.emitter.new_line();
            self.emitter.sign("-");
            self.node(item, Place::Item)?;
        }
        self.emitter.dedent(outer);
        Ok(())
    }

    fn dict(&mut self, dict: &Dict, tag: &str, place: Place) -> Result<(), Error> {
        if dict.is_empty() {
            self.emitter.empty("{", "}", tag);
            return Ok(());
        }
        let _ = place;
        self.emitter.tag(tag);
        let outer = self.emitter.indent(false);
        for key in sorted_keys(dict) {
            self.emitter.new_line();
            let value = Key::new(key.clone())
                .ok()
                .and_then(|key| dict.get(&key).cloned())
                .unwrap_or(Value::None);
            if is_simple(&key)? {
                self.node(&key, Place::SimpleKey)?;
                self.emitter.colon();
            } else {
                self.emitter.sign("?");
                self.node(&key, Place::Item)?;
                self.emitter.new_line();
                self.emitter.sign(":");
            }
            self.node(&value, Place::Value)?;
        }
        self.emitter.dedent(outer);
        Ok(())
    }
}

/// The keys in order, or as they are if they have none.
fn sorted_keys(dict: &Dict) -> Vec<Value> {
    let keys = dict.key_values();
    order::sort(keys.clone(), false, None).unwrap_or(keys)
}

fn is_simple(key: &Value) -> Result<bool, Error> {
    Ok(match key {
        Value::Tuple(items) => items.is_empty(),
        _ => {
            let scalar = scalar(key)?;
            !scalar::has_line_break(&scalar.text)
                && scalar.text.len() + scalar.tag.len() <= SIMPLE_KEY
        }
    })
}

fn scalar(value: &Value) -> Result<Scalar, Error> {
    let plain = |text: String| Scalar {
        text,
        style: Style::Plain,
        tag: "",
    };
    Ok(match value {
        Value::None => plain("null".to_owned()),
        Value::Bool(flag) => plain(flag.to_string()),
        Value::Int(_) | Value::Big(_) | Value::Date(_) | Value::DateTime(..) => {
            plain(text::str(value)?.to_string())
        }
        Value::Float(number) => plain(float(*number)),
        Value::Str(text) => Scalar {
            text: text.to_string(),
            style: if yaml::is_plain_text(text) {
                Style::Plain
            } else {
                Style::Single
            },
            tag: "",
        },
        Value::Bytes(bytes) => Scalar {
            text: base64_lines(bytes),
            style: Style::Literal,
            tag: "!!binary",
        },
        _ => {
            return Err(Error::raised(
                "RepresenterError",
                format!("('cannot represent an object', {})", text::repr(value)?),
            ));
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
    if text.contains('.') {
        text
    } else {
        text.replacen('e', ".0e", 1)
    }
}

fn base64_lines(bytes: &[u8]) -> String {
    use base64::Engine as _;
    // 57 bytes make a line of 76 letters.
    bytes
        .chunks(57)
        .map(|chunk| base64::engine::general_purpose::STANDARD.encode(chunk) + "\n")
        .collect()
}

#[cfg(test)]
mod tests;
