//! The methods of `str`.

mod case;
mod encode;
mod pad;
mod search;
mod split;
mod test;
mod translate;

use std::rc::Rc;

pub(super) use encode::Encoding;
pub(super) use search::index_range;

use super::super::format::{Lookups, fields};
use super::super::{Error, Value, access, budget};
use super::Method;
use super::arguments::Arguments;

/// All of them, as in Python 3.11.
pub(super) const METHODS: &[Method] = &[
    ("capitalize", case::capitalize),
    ("casefold", case::casefold),
    ("center", pad::center),
    ("count", search::count),
    ("encode", encode::encode),
    ("endswith", search::ends_with),
    ("expandtabs", pad::expand_tabs),
    ("find", search::find),
    ("format", format),
    ("format_map", format_map),
    ("index", search::index),
    ("isalnum", test::is_alphanumeric),
    ("isalpha", test::is_alphabetic),
    ("isascii", test::is_ascii),
    ("isdecimal", test::is_decimal),
    ("isdigit", test::is_digit),
    ("isidentifier", test::is_identifier),
    ("islower", test::is_lower),
    ("isnumeric", test::is_numeric),
    ("isprintable", test::is_printable),
    ("isspace", test::is_space),
    ("istitle", test::is_title),
    ("isupper", test::is_upper),
    ("join", split::join),
    ("ljust", pad::left),
    ("lower", case::lower),
    ("lstrip", pad::strip_left),
    ("maketrans", translate::make_table),
    ("partition", split::partition),
    ("removeprefix", split::remove_prefix),
    ("removesuffix", split::remove_suffix),
    ("replace", split::replace),
    ("rfind", search::find_last),
    ("rindex", search::index_last),
    ("rjust", pad::right),
    ("rpartition", split::partition_last),
    ("rsplit", split::split_right),
    ("rstrip", pad::strip_right),
    ("split", split::split),
    ("splitlines", split::lines),
    ("startswith", search::starts_with),
    ("strip", pad::strip),
    ("swapcase", case::swap),
    ("title", case::title),
    ("translate", translate::translate),
    ("upper", case::upper),
    ("zfill", pad::zeros),
];

/// The receiver's text. Methods of `str` are found for text only.
fn receiver(value: &Value) -> Rc<str> {
    value.as_text().unwrap_or_else(|| "".into())
}

/// A text of at most the allowed size, as a value.
fn made(text: String) -> Result<Value, Error> {
    budget::text(text.len())?;
    Ok(text.into())
}

fn format(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let lookups = Lookups {
        position: &|index| {
            let found = arguments.positional.get(index);
            found.cloned().ok_or_else(|| {
                Error::index_error(format!(
                    "Replacement index {index} out of range for positional args tuple"
                ))
            })
        },
        name: &|name| {
            let found = arguments.named.iter().find(|(known, _)| **known == *name);
            match found {
                Some((_, value)) => Ok(value.clone()),
                None => Err(Error::key_error(super::super::text::repr(&name.into())?)),
            }
        },
        attribute: &attribute,
        item: &access::item,
        format: &super::super::format::value,
    };
    Ok(fields(&receiver(value), &lookups)?.into())
}

fn format_map(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    let mapping = arguments.one()?;
    let lookups = Lookups {
        position: &|_| {
            Err(Error::value_error(
                "Format string contains positional fields",
            ))
        },
        name: &|name| access::item(mapping, &name.into()),
        attribute: &attribute,
        item: &access::item,
        format: &super::super::format::value,
    };
    Ok(fields(&receiver(value), &lookups)?.into())
}

fn attribute(value: &Value, name: &str) -> Result<Value, Error> {
    access::attribute(value, name)?.ok_or_else(|| {
        Error::attribute_error(format!(
            "'{}' object has no attribute '{name}'",
            value.type_name()
        ))
    })
}
