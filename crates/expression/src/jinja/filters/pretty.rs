//! `pprint`: Python's pretty printer, 80 columns wide.

use crate::jinja::lexer::is_space;
use crate::value::order::{SortKey, sort};
use crate::value::{Error, Value, access, budget, methods, text};

const WIDTH: usize = 80;

/// The value in lines that fit, as `pprint.pformat(value)`.
pub(super) fn pretty(value: &Value) -> Result<String, Error> {
    let mut printer = Printer {
        out: String::new(),
        open: Vec::new(),
    };
    printer.value(
        value,
        Place {
            indent: 0,
            allowance: 0,
            level: 0,
        },
    )?;
    Ok(printer.out)
}

/// Where something is printed: how far to the right, and what must fit behind it.
#[derive(Clone, Copy)]
struct Place {
    indent: usize,
    allowance: usize,
    level: usize,
}

struct Printer {
    out: String,
    /// The containers that are being printed.
    open: Vec<Value>,
}

impl Printer {
    fn value(&mut self, value: &Value, place: Place) -> Result<(), Error> {
        let _level = budget::descend()?;
        let shown = self.one_line(value)?;
        let room = WIDTH
            .saturating_sub(place.indent)
            .saturating_sub(place.allowance);
        let is_open = self.open.iter().any(|open| open.is(value));
        if shown.chars().count() <= room || is_open {
            self.out.push_str(&shown);
            return Ok(());
        }
        let inside = Place {
            level: place.level + 1,
            ..place
        };
        match value {
            Value::Str(content) if !content.is_empty() => self.text(content, inside),
            Value::Bytes(content) if content.len() > 4 => self.bytes(content, inside),
            Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Set(_) => {
                self.open.push(value.clone());
                let printed = self.container(value, inside);
                self.open.pop();
                printed
            }
            _ => {
                self.out.push_str(&shown);
                Ok(())
            }
        }
    }

    fn container(&mut self, value: &Value, place: Place) -> Result<(), Error> {
        let (open, items, close) = match value {
            Value::Dict(_) => return self.dict(value, place),
            Value::List(items) => ("[", items.borrow().to_vec(), "]"),
            Value::Tuple(items) if items.len() == 1 => ("(", items.to_vec(), ",)"),
            Value::Tuple(items) => ("(", items.to_vec(), ")"),
            Value::Set(set) => ("{", sorted(set.borrow().values(), None)?, "}"),
            _ => return Ok(()),
        };
        self.out.push_str(open);
        let place = Place {
            indent: place.indent + 1,
            allowance: place.allowance + close.len(),
            ..place
        };
        for (index, item) in items.iter().enumerate() {
            let is_last = index + 1 == items.len();
            if index > 0 {
                self.next_line(place.indent);
            }
            let allowance = if is_last { place.allowance } else { 1 };
            self.value(item, Place { allowance, ..place })?;
        }
        self.out.push_str(close);
        Ok(())
    }

    fn dict(&mut self, dict: &Value, place: Place) -> Result<(), Error> {
        self.out.push('{');
        let place = Place {
            indent: place.indent + 1,
            allowance: place.allowance + 1,
            ..place
        };
        let pairs = sorted_pairs(dict)?;
        for (index, (key, value)) in pairs.iter().enumerate() {
            let is_last = index + 1 == pairs.len();
            if index > 0 {
                self.next_line(place.indent);
            }
            let shown = self.one_line(key)?;
            let indent = place.indent + shown.chars().count() + 2;
            self.out.push_str(&shown);
            self.out.push_str(": ");
            let allowance = if is_last { place.allowance } else { 1 };
            self.value(
                value,
                Place {
                    indent,
                    allowance,
                    ..place
                },
            )?;
        }
        self.out.push('}');
        Ok(())
    }

    fn next_line(&mut self, indent: usize) {
        self.out.push_str(",\n");
        self.out.push_str(&" ".repeat(indent));
    }

    /// The value in one line, with sorted dicts.
    fn one_line(&mut self, value: &Value) -> Result<String, Error> {
        let _level = budget::descend()?;
        if self.open.iter().any(|open| open.is(value)) && !is_scalar(value) {
            return Ok(format!("<Recursion on {} with id=0>", value.type_name()));
        }
        if is_scalar(value) || access::length(value).is_ok_and(|length| length == 0) {
            return text::repr(value);
        }
        self.open.push(value.clone());
        let shown = self.one_line_inside(value);
        self.open.pop();
        let shown = shown?;
        budget::text(shown.len())?;
        Ok(shown)
    }

    fn one_line_inside(&mut self, value: &Value) -> Result<String, Error> {
        let mut all = |items: &[Value]| {
            let shown = items
                .iter()
                .map(|item| self.one_line(item))
                .collect::<Result<Vec<_>, _>>()?;
            Ok::<_, Error>(shown.join(", "))
        };
        Ok(match value {
            Value::List(items) => format!("[{}]", all(&items.borrow().to_vec())?),
            Value::Tuple(items) if items.len() == 1 => format!("({},)", all(items)?),
            Value::Tuple(items) => format!("({})", all(items)?),
            Value::Dict(_) => {
                let mut parts = Vec::new();
                for (key, value) in sorted_pairs(value)? {
                    parts.push(format!(
                        "{}: {}",
                        self.one_line(&key)?,
                        self.one_line(&value)?
                    ));
                }
                format!("{{{}}}", parts.join(", "))
            }
            other => text::repr(other)?,
        })
    }

    fn text(&mut self, content: &str, place: Place) -> Result<(), Error> {
        let outermost = usize::from(place.level == 1);
        let (indent, allowance) = (place.indent + outermost, place.allowance + outermost);
        let room = WIDTH.saturating_sub(indent);
        let lines = access::iterate(&methods::call(
            &content.into(),
            "splitlines",
            &[true.into()],
            &[],
        )?)?;
        let mut chunks = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let allowance = if index + 1 == lines.len() {
                allowance
            } else {
                0
            };
            let shown = text::repr(line)?;
            if shown.chars().count() <= room.saturating_sub(allowance) {
                chunks.push(shown);
            } else {
                chunks.extend(split_line(&text::str(line)?, room, allowance)?);
            }
        }
        self.chunks(&chunks, indent, outermost == 1 && chunks.len() > 1);
        Ok(())
    }

    fn bytes(&mut self, content: &[u8], place: Place) -> Result<(), Error> {
        let outermost = usize::from(place.level == 1);
        let (indent, allowance) = (place.indent + outermost, place.allowance + outermost);
        let mut room = WIDTH.saturating_sub(indent);
        let last = content.len() / 4 * 4;
        let mut chunks = Vec::new();
        let mut current: Vec<u8> = Vec::new();
        for (index, part) in content.chunks(4).enumerate() {
            if index * 4 == last {
                room = room.saturating_sub(allowance);
            }
            let candidate = [&current, part].concat();
            if text::repr(&Value::bytes(candidate.clone()))?.len() > room {
                if !current.is_empty() {
                    chunks.push(text::repr(&Value::bytes(current))?);
                }
                current = part.to_vec();
            } else {
                current = candidate;
            }
        }
        if !current.is_empty() {
            chunks.push(text::repr(&Value::bytes(current))?);
        }
        self.chunks(&chunks, indent, outermost == 1);
        Ok(())
    }

    fn chunks(&mut self, chunks: &[String], indent: usize, parentheses: bool) {
        if parentheses {
            self.out.push('(');
        }
        self.out
            .push_str(&chunks.join(&format!("\n{}", " ".repeat(indent))));
        if parentheses {
            self.out.push(')');
        }
    }
}

/// A line in pieces that fit, broken after blanks.
fn split_line(line: &str, room: usize, allowance: usize) -> Result<Vec<String>, Error> {
    let mut parts: Vec<&str> = Vec::new();
    let mut rest = line;
    while !rest.is_empty() {
        let word = rest.find(is_space).unwrap_or(rest.len());
        let blank = rest.get(word..).unwrap_or_default();
        let end = rest.len() - blank.trim_start_matches(is_space).len();
        let (part, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        parts.push(part);
        rest = after;
    }
    let mut chunks = Vec::new();
    let mut current = String::new();
    let count = parts.len();
    for (index, part) in parts.into_iter().enumerate() {
        let room = if index + 1 == count {
            room.saturating_sub(allowance)
        } else {
            room
        };
        let candidate = format!("{current}{part}");
        if text::repr(&candidate.as_str().into())?.chars().count() > room {
            if !current.is_empty() {
                chunks.push(text::repr(&current.into())?);
            }
            current = part.to_owned();
        } else {
            current = candidate;
        }
    }
    if !current.is_empty() {
        chunks.push(text::repr(&current.into())?);
    }
    Ok(chunks)
}

fn is_scalar(value: &Value) -> bool {
    !matches!(
        value,
        Value::Dict(_) | Value::List(_) | Value::Tuple(_) | Value::Set(_)
    )
}

fn sorted_pairs(dict: &Value) -> Result<Vec<(Value, Value)>, Error> {
    let Value::Dict(dict) = dict else {
        return Ok(Vec::new());
    };
    let pairs: Vec<Value> = dict
        .borrow()
        .iter()
        .map(|(key, value)| Value::tuple(vec![key.value().clone(), value.clone()]))
        .collect();
    let mut key = |pair: &Value| access::item(pair, &Value::Int(0));
    let pairs = sorted(pairs, Some(&mut key))?;
    pairs
        .iter()
        .map(|pair| {
            Ok((
                access::item(pair, &Value::Int(0))?,
                access::item(pair, &Value::Int(1))?,
            ))
        })
        .collect()
}

/// Sorted where the values have an order, and by the names of their types where they do not.
fn sorted(values: Vec<Value>, mut key: Option<SortKey<'_>>) -> Result<Vec<Value>, Error> {
    let mut groups: Vec<(String, Vec<Value>)> = Vec::new();
    for value in values {
        let sorted_by = key
            .as_mut()
            .map_or_else(|| Ok(value.clone()), |key| key(&value))?;
        let kind = match sorted_by.type_name() {
            "bool" | "float" => "int",
            other => other,
        };
        match groups.iter_mut().find(|(known, _)| known == kind) {
            Some((_, group)) => group.push(value),
            None => groups.push((kind.to_owned(), vec![value])),
        }
    }
    groups.sort_by(|(one, _), (two, _)| one.cmp(two));
    let mut out = Vec::new();
    for (_, group) in groups {
        let unsorted = group.clone();
        let sorted = match &mut key {
            Some(key) => sort(group, false, Some(&mut **key)),
            None => sort(group, false, None),
        };
        out.extend(match sorted {
            Err(error) if error.class() == Some("TypeError") => unsorted,
            sorted => sorted?,
        });
    }
    Ok(out)
}
