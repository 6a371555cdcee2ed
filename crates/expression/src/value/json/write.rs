//! Writing JSON text.

use std::fmt::Write as _;
use std::rc::Rc;

use super::super::{Dict, Error, Value, budget, order, text};

/// Whose rules hold for what JSON does not have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Library {
    /// Python's `json`: writes `NaN`, and numbers and null as keys.
    Python,
    /// `orjson`: NaN is null; bytes and dates are text; keys must be text.
    Orjson,
}

/// How to write.
#[derive(Debug, Clone)]
pub struct Layout {
    /// Whose rules hold.
    pub manner: Library,
    /// What each level of nesting is indented by; nothing means one line.
    pub indent: Option<String>,
    /// Between items.
    pub item_separator: String,
    /// Between a key and its value.
    pub key_separator: String,
    /// Whether keys are sorted.
    pub sort_keys: bool,
    /// Whether everything beyond ASCII is escaped.
    pub ascii: bool,
}

impl Layout {
    /// As `json.dumps(value)`.
    pub fn python() -> Self {
        Self {
            manner: Library::Python,
            indent: None,
            item_separator: ", ".to_owned(),
            key_separator: ": ".to_owned(),
            sort_keys: false,
            ascii: true,
        }
    }

    /// As `json.dumps(value, indent=indent)`, where only absence means one line.
    pub fn python_indented(indent: impl Into<String>) -> Self {
        Self {
            indent: Some(indent.into()),
            item_separator: ",".to_owned(),
            ..Self::python()
        }
    }

    /// As `orjson.dumps(value)`.
    pub fn orjson() -> Self {
        Self {
            manner: Library::Orjson,
            indent: None,
            item_separator: ",".to_owned(),
            key_separator: ":".to_owned(),
            sort_keys: false,
            ascii: false,
        }
    }
}

/// The JSON text of a value; `TypeError` for what is no data.
pub fn dumps(value: &Value, layout: &Layout) -> Result<String, Error> {
    let mut writer = Writer {
        layout,
        out: String::new(),
        open: Vec::new(),
    };
    writer.value(value)?;
    budget::text(writer.out.len())?;
    Ok(writer.out)
}

pub(super) fn not_serializable(value: &Value) -> Error {
    let name = short_name(value);
    Error::type_error(format!("Object of type {name} is not JSON serializable"))
}

/// A key as `json.dumps` writes it.
pub(super) fn key_text(key: &Value) -> Result<Rc<str>, Error> {
    Ok(match key {
        Value::Str(text) => Rc::clone(text),
        Value::None => "null".into(),
        Value::Bool(true) => "true".into(),
        Value::Bool(false) => "false".into(),
        Value::Int(_) | Value::Big(_) => text::str(key)?,
        Value::Float(number) => float(*number).into(),
        Value::Object(object) => match object.plain() {
            Some(plain) => key_text(&plain)?,
            None => return Err(bad_key(key)),
        },
        _ => return Err(bad_key(key)),
    })
}

/// A date or time as `orjson` writes it.
pub(super) fn time_text(value: &Value) -> String {
    match value {
        Value::Date(date) => date.format("%Y-%m-%d").to_string(),
        Value::DateTime(time, offset) => {
            let time = time.format("%Y-%m-%dT%H:%M:%S%.f");
            let offset = offset.map(|offset| offset.to_string()).unwrap_or_default();
            format!("{time}{offset}")
        }
        _ => String::new(),
    }
}

fn bad_key(key: &Value) -> Error {
    Error::type_error(format!(
        "keys must be str, int, float, bool or None, not {}",
        short_name(key)
    ))
}

fn short_name(value: &Value) -> &str {
    let name = value.type_name();
    name.rsplit('.').next().unwrap_or(name)
}

struct Writer<'a> {
    layout: &'a Layout,
    out: String,
    open: Vec<*const ()>,
}

impl Writer<'_> {
    fn value(&mut self, value: &Value) -> Result<(), Error> {
        if self.out.len() > budget::TEXT_CAP {
            budget::text(self.out.len())?;
        }
        let orjson = self.layout.manner == Library::Orjson;
        match value {
            Value::None => self.out.push_str("null"),
            Value::Bool(true) => self.out.push_str("true"),
            Value::Bool(false) => self.out.push_str("false"),
            Value::Big(number) if orjson && u64::try_from(&**number).is_err() => {
                return Err(Error::type_error("Integer exceeds 64-bit range"));
            }
            Value::Int(_) | Value::Big(_) => self.out.push_str(&text::repr(value)?),
            Value::Float(number) if orjson => self.out.push_str(&orjson_float(*number)),
            Value::Float(number) => self.out.push_str(&float(*number)),
            Value::Str(text) => self.string(text),
            Value::List(list) => self.array(Rc::as_ptr(list).cast(), &list.borrow())?,
            Value::Tuple(items) => self.array(Rc::as_ptr(items).cast(), items)?,
            Value::Dict(dict) => self.object(Rc::as_ptr(dict).cast(), &dict.borrow())?,
            Value::Date(_) | Value::DateTime(..) if orjson => self.string(&time_text(value)),
            Value::Bytes(bytes) if orjson => match std::str::from_utf8(bytes) {
                Ok(text) => self.string(text),
                Err(_) => return Err(self.refuse(value)),
            },
            Value::Object(object) => match object.plain() {
                Some(plain) => self.value(&plain)?,
                None => return Err(self.refuse(value)),
            },
            Value::Bytes(_) | Value::Set(_) | Value::Date(_) | Value::DateTime(..) => {
                return Err(self.refuse(value));
            }
        }
        Ok(())
    }

    fn refuse(&self, value: &Value) -> Error {
        match self.layout.manner {
            Library::Python => not_serializable(value),
            Library::Orjson => Error::type_error(format!(
                "Type is not JSON serializable: {}",
                value.type_name()
            )),
        }
    }

    fn enter(&mut self, address: *const ()) -> Result<budget::Level, Error> {
        if self.open.contains(&address) {
            return Err(match self.layout.manner {
                Library::Python => Error::value_error("Circular reference detected"),
                Library::Orjson => Error::type_error("Recursion limit reached"),
            });
        }
        let level = budget::descend()?;
        self.open.push(address);
        Ok(level)
    }

    fn array(&mut self, address: *const (), items: &[Value]) -> Result<(), Error> {
        if items.is_empty() {
            self.out.push_str("[]");
            return Ok(());
        }
        let _level = self.enter(address)?;
        self.out.push('[');
        for (index, item) in items.iter().enumerate() {
            self.separate(index);
            self.value(item)?;
        }
        self.open.pop();
        self.new_line();
        self.out.push(']');
        Ok(())
    }

    fn object(&mut self, address: *const (), dict: &Dict) -> Result<(), Error> {
        if dict.is_empty() {
            self.out.push_str("{}");
            return Ok(());
        }
        let _level = self.enter(address)?;
        let mut keys = dict.key_values();
        if self.layout.sort_keys {
            keys = order::sort(keys, false, None)?;
        }
        self.out.push('{');
        for (index, key) in keys.into_iter().enumerate() {
            self.separate(index);
            let text = self.key(&key)?;
            self.string(&text);
            self.out.push_str(&self.layout.key_separator);
            if let Some(value) = super::super::Key::new(key)
                .ok()
                .and_then(|key| dict.get(&key))
            {
                self.value(value)?;
            }
        }
        self.open.pop();
        self.new_line();
        self.out.push('}');
        Ok(())
    }

    fn key(&self, key: &Value) -> Result<Rc<str>, Error> {
        match (self.layout.manner, key.as_text()) {
            (Library::Orjson, Some(text)) => Ok(text),
            (Library::Orjson, None) => Err(Error::type_error("Dict key must be str")),
            (Library::Python, _) => key_text(key),
        }
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push_str(&self.layout.item_separator);
        }
        self.new_line();
    }

    fn new_line(&mut self) {
        if let Some(indent) = &self.layout.indent {
            self.out.push('\n');
            for _ in 0..self.open.len() {
                self.out.push_str(indent);
            }
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.out.push_str("\\\""),
                '\\' => self.out.push_str("\\\\"),
                '\n' => self.out.push_str("\\n"),
                '\r' => self.out.push_str("\\r"),
                '\t' => self.out.push_str("\\t"),
                '\u{c}' => self.out.push_str("\\f"),
                '\u{8}' => self.out.push_str("\\b"),
                ' '..='~' => self.out.push(character),
                '\u{7f}'.. if !self.layout.ascii => self.out.push(character),
                _ => self.escape(character),
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, character: char) {
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(self.out, "\\u{unit:04x}").expect("writing to a String cannot fail");
        }
    }
}

fn float(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned()
    } else {
        text::float_repr(number)
    }
}

/// As Python, but exponents have no sign and no zeros before them, and begin one place later.
fn orjson_float(number: f64) -> String {
    if !number.is_finite() {
        return "null".to_owned();
    }
    let magnitude = number.abs();
    if (1e-5..1e-4).contains(&magnitude) {
        return number.to_string();
    }
    let text = text::float_repr(number);
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let exponent: i32 = exponent.parse().unwrap_or_default();
            format!("{digits}e{exponent}")
        }
        None => text,
    }
}
