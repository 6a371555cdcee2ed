//! `template.format(...)`, as Jinja's sandbox runs it: by the rules of Python's `string.Formatter`.

use std::rc::Rc;

use super::super::text::character::decimal;
use super::super::{Error, Value, budget, text};

/// Gives the text of a value by its specification.
pub type Shown<'a> = &'a dyn Fn(&Value, &str) -> Result<Rc<str>, Error>;

/// How the fields of a template find values.
pub struct Lookups<'a> {
    /// The value of a positional field.
    pub position: &'a dyn Fn(usize) -> Result<Value, Error>,
    /// The value of a named field.
    pub name: &'a dyn Fn(&str) -> Result<Value, Error>,
    /// `value.name` within a field.
    pub attribute: &'a dyn Fn(&Value, &str) -> Result<Value, Error>,
    /// `value[key]` within a field.
    pub item: &'a dyn Fn(&Value, &Value) -> Result<Value, Error>,
    /// The text of a value by its specification; usually [`super::value`].
    pub format: Shown<'a>,
}

/// The template with its fields filled.
pub fn fields(template: &str, lookups: &Lookups<'_>) -> Result<String, Error> {
    let mut run = Run {
        lookups,
        numbering: Numbering::Automatic(0),
    };
    let out = run.fill(template, 2)?;
    budget::text(out.len())?;
    Ok(out)
}

#[derive(Clone, Copy)]
enum Numbering {
    Automatic(usize),
    Manual,
}

struct Run<'a> {
    lookups: &'a Lookups<'a>,
    numbering: Numbering,
}

/// A replacement field, cut into its parts.
struct Field<'a> {
    name: &'a str,
    conversion: Option<char>,
    specification: &'a str,
}

impl Run<'_> {
    fn fill(&mut self, template: &str, depth: usize) -> Result<String, Error> {
        let mut out = String::new();
        let mut rest = template;
        while let Some(at) = rest.find(['{', '}']) {
            let (literal, from_brace) = rest.split_at(at);
            out.push_str(literal);
            let brace = if from_brace.starts_with('{') {
                '{'
            } else {
                '}'
            };
            let after = from_brace.strip_prefix(brace).unwrap_or_default();
            if let Some(after) = after.strip_prefix(brace) {
                out.push(brace);
                rest = after;
                continue;
            }
            if brace == '}' || after.is_empty() {
                return Err(Error::value_error(format!(
                    "Single '{brace}' encountered in format string"
                )));
            }
            let (field, after) = Field::read(after)?;
            out.push_str(&self.value(&field, depth)?);
            if out.len() > budget::TEXT_CAP {
                budget::text(out.len())?;
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(out)
    }

    fn value(&mut self, field: &Field<'_>, depth: usize) -> Result<Rc<str>, Error> {
        let value = self.find(field.name)?;
        let value = match field.conversion {
            None => value,
            Some('s') => Value::Str(text::str(&value)?),
            Some('r') => text::repr(&value)?.into(),
            Some('a') => text::ascii(&value)?.into(),
            Some(other) => {
                return Err(Error::value_error(format!(
                    "Unknown conversion specifier {other}"
                )));
            }
        };
        let Some(depth) = depth.checked_sub(1) else {
            return Err(Error::value_error("Max string recursion exceeded"));
        };
        let specification = self.fill(field.specification, depth)?;
        (self.lookups.format)(&value, &specification)
    }

    fn find(&mut self, name: &str) -> Result<Value, Error> {
        let end = name.find(['.', '[']).unwrap_or(name.len());
        let (first, path) = name.split_at(end);
        let mut value = if name.is_empty() {
            let Numbering::Automatic(next) = self.numbering else {
                return Err(mixed_numbering());
            };
            self.numbering = Numbering::Automatic(next + 1);
            (self.lookups.position)(next)?
        } else if let Some(position) = index(first)? {
            if let Numbering::Automatic(1..) = self.numbering {
                return Err(mixed_numbering());
            }
            self.numbering = Numbering::Manual;
            (self.lookups.position)(position)?
        } else {
            (self.lookups.name)(first)?
        };
        let mut path = path;
        while !path.is_empty() {
            let (step, after) = step(path)?;
            value = match step {
                Step::Attribute(name) => (self.lookups.attribute)(&value, name)?,
                Step::Item(key) => (self.lookups.item)(&value, &key)?,
            };
            path = after;
        }
        Ok(value)
    }
}

fn mixed_numbering() -> Error {
    Error::value_error("cannot switch from manual field specification to automatic field numbering")
}

enum Step<'a> {
    Attribute(&'a str),
    Item(Value),
}

fn step(path: &str) -> Result<(Step<'_>, &str), Error> {
    let empty = || Error::value_error("Empty attribute in format string");
    if let Some(rest) = path.strip_prefix('.') {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let (name, after) = rest.split_at(end);
        if name.is_empty() {
            return Err(empty());
        }
        return Ok((Step::Attribute(name), after));
    }
    let Some(rest) = path.strip_prefix('[') else {
        return Err(Error::value_error(
            "Only '.' or '[' may follow ']' in format field specifier",
        ));
    };
    let (key, after) = rest
        .split_once(']')
        .ok_or_else(|| Error::value_error("Missing ']' in format string"))?;
    if key.is_empty() {
        return Err(empty());
    }
    let key = index(key)?.map_or_else(|| Value::from(key), Value::from);
    Ok((Step::Item(key), after))
}

/// The number that a name of digits only is.
fn index(text: &str) -> Result<Option<usize>, Error> {
    if text.is_empty() {
        return Ok(None);
    }
    let mut total: usize = 0;
    for character in text.chars() {
        let Some(digit) = decimal(character) else {
            return Ok(None);
        };
        total = total
            .checked_mul(10)
            .and_then(|total| total.checked_add(digit as usize))
            .filter(|total| i64::try_from(*total).is_ok())
            .ok_or_else(|| Error::value_error("Too many decimal digits in format string"))?;
    }
    Ok(Some(total))
}

impl<'a> Field<'a> {
    /// Reads the field that begins after `{`; also gives what follows it.
    fn read(text: &'a str) -> Result<(Self, &'a str), Error> {
        let (name, stop, rest) = name(text)?;
        match stop {
            '}' => Ok((Self::new(name, None, ""), rest)),
            ':' => {
                let (specification, rest) = specification(rest)?;
                Ok((Self::new(name, None, specification), rest))
            }
            _ => Self::after_conversion(name, rest),
        }
    }

    fn after_conversion(name: &'a str, rest: &'a str) -> Result<(Self, &'a str), Error> {
        let mut characters = rest.chars();
        let conversion = characters.next().ok_or_else(|| {
            Error::value_error("end of string while looking for conversion specifier")
        })?;
        let conversion = Some(conversion);
        match characters.next() {
            Some('}') => Ok((Self::new(name, conversion, ""), characters.as_str())),
            Some(':') | None => {
                let (specification, rest) = specification(characters.as_str())?;
                Ok((Self::new(name, conversion, specification), rest))
            }
            Some(_) => Err(Error::value_error(
                "expected ':' after conversion specifier",
            )),
        }
    }

    const fn new(name: &'a str, conversion: Option<char>, specification: &'a str) -> Self {
        Self {
            name,
            conversion,
            specification,
        }
    }
}

/// The field's name, the character that ends it, and what follows.
fn name(text: &str) -> Result<(&str, char, &str), Error> {
    let mut in_brackets = false;
    for (at, character) in text.char_indices() {
        match character {
            ']' => in_brackets = false,
            _ if in_brackets => {}
            '[' => in_brackets = true,
            '{' => return Err(Error::value_error("unexpected '{' in field name")),
            '}' | ':' | '!' => {
                let (name, from_stop) = text.split_at(at);
                let rest = from_stop.strip_prefix(character).unwrap_or_default();
                return Ok((name, character, rest));
            }
            _ => {}
        }
    }
    Err(Error::value_error("expected '}' before end of string"))
}

/// The specification up to its closing brace, and what follows.
fn specification(text: &str) -> Result<(&str, &str), Error> {
    let mut open = 1;
    for (at, character) in text.char_indices() {
        match character {
            '{' => open += 1,
            '}' => open -= 1,
            _ => {}
        }
        if open == 0 {
            let (specification, from_brace) = text.split_at(at);
            let rest = from_brace.strip_prefix('}').unwrap_or_default();
            return Ok((specification, rest));
        }
    }
    Err(Error::value_error("unmatched '{' in format spec"))
}
