//! `str.maketrans` and `str.translate`.

use super::super::super::{Dict, Error, Key, Value, access, budget};
use super::super::arguments::{Arguments, text_of};
use super::{made, receiver};

pub(super) fn make_table(_value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let mut table = Dict::new();
    match arguments.between(1, 3)? {
        [Value::Dict(mapping)] => {
            for (key, value) in mapping.borrow().iter() {
                table.insert(code_of(key.value())?, value.clone());
            }
        }
        [_] => {
            return Err(Error::type_error(
                "if you give only one argument to maketrans it must be a dict",
            ));
        }
        [from, to, rest @ ..] => {
            let text = |value, place: &str| {
                text_of(value, |name| {
                    format!("maketrans() argument {place} must be str, not {name}")
                })
            };
            if from.as_text().is_none() {
                return Err(Error::type_error(
                    "first maketrans argument must be a string if there is a second argument",
                ));
            }
            let (from, to) = (text(from, "1")?, text(to, "2")?);
            if from.chars().count() != to.chars().count() {
                return Err(Error::value_error(
                    "the first two maketrans arguments must have equal length",
                ));
            }
            for (from, to) in from.chars().zip(to.chars()) {
                table.insert(code(from), Value::Int(u32::from(to).into()));
            }
            for gone in rest {
                for gone in text(gone, "3")?.chars() {
                    table.insert(code(gone), Value::None);
                }
            }
        }
        [] => {}
    }
    Ok(Value::dict(table))
}

fn code(character: char) -> Key {
    Key::integer(u32::from(character).into())
}

fn code_of(key: &Value) -> Result<Key, Error> {
    match key {
        Value::Str(text) => {
            let mut characters = text.chars();
            match (characters.next(), characters.next()) {
                (Some(only), None) => Ok(code(only)),
                _ => Err(Error::value_error(
                    "string keys in translate table must be of length 1",
                )),
            }
        }
        Value::Int(_) | Value::Bool(_) => Key::new(key.clone()),
        _ => Err(Error::type_error(
            "keys in translate table must be strings or integers",
        )),
    }
}

pub(super) fn translate(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let table = arguments.one()?;
    let mut out = String::new();
    for character in receiver(value).chars() {
        let key = Value::Int(u32::from(character).into());
        match access::item(table, &key) {
            Ok(Value::None) => {}
            Ok(Value::Str(text)) => out.push_str(&text),
            Ok(Value::Int(code)) => out.push(character_of(code)?),
            Ok(_) => {
                return Err(Error::type_error(
                    "character mapping must return integer, None or str",
                ));
            }
            Err(Error::Raised {
                class: "KeyError" | "IndexError",
                ..
            }) => out.push(character),
            Err(error) => return Err(error),
        }
        if out.len() > budget::TEXT_CAP {
            budget::text(out.len())?;
        }
    }
    made(out)
}

fn character_of(code: i64) -> Result<char, Error> {
    u32::try_from(code)
        .ok()
        .and_then(char::from_u32)
        .ok_or_else(|| Error::value_error("character mapping must be in range(0x110000)"))
}
