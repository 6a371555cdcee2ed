//! `lipsum`: filler text.

use std::cell::Cell;

use crate::jinja::callable::{Callable, Given};
use crate::jinja::function::Native;
use crate::jinja::markup::{Markup, escape_text};
use crate::jinja::random::next;
use crate::value::{Error, Value, budget};

const WORDS: &str = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et \
                     dolore magna aliqua enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex \
                     ea commodo consequat duis aute irure in reprehenderit voluptate velit esse cillum eu fugiat nulla \
                     pariatur excepteur sint occaecat cupidatat non proident sunt culpa qui officia deserunt mollit anim \
                     id est laborum";

const SIGNATURE: &Callable = &Callable::new(
    "generate_lorem_ipsum",
    &["n?", "html?", "min?", "max?"],
    |_| Ok(Value::None),
);

/// The function; `seed` decides on the text.
pub(super) fn function(seed: u64) -> Value {
    let state = Cell::new(seed);
    Native::function("generate_lorem_ipsum", move |arguments, named| {
        paragraphs(
            &SIGNATURE.bind(None, arguments.to_vec(), named.to_vec())?,
            &state,
        )
    })
}

fn paragraphs(given: &Given<'_>, state: &Cell<u64>) -> Result<Value, Error> {
    let count = given.integer_or(0, 5)?;
    let html = given.truth_or(1, true)?;
    let (least, most) = (given.integer_or(2, 20)?, given.integer_or(3, 100)?);
    if most <= least {
        let width = most - least;
        let message = format!("empty range for randrange() ({least}, {most}, {width})");
        return Err(Error::value_error(message));
    }
    let mut paragraphs = Vec::new();
    for _ in 0..count {
        let length =
            least + i64::try_from(next(state) % (most - least).unsigned_abs()).unwrap_or(0);
        budget::spend(usize::try_from(length).unwrap_or(0))?;
        paragraphs.push(paragraph(state, length));
    }
    Ok(if html {
        let paragraphs: Vec<_> = paragraphs
            .iter()
            .map(|text| format!("<p>{}</p>", escape_text(text)))
            .collect();
        Markup::safe(paragraphs.join("\n"))
    } else {
        paragraphs.join("\n\n").into()
    })
}

/// Sentences of random words.
fn paragraph(state: &Cell<u64>, length: i64) -> String {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    let mut text = String::new();
    let mut sentence = 0;
    for index in 0..length {
        let word = usize::try_from(next(state) % words.len() as u64).unwrap_or(0);
        let word = words.get(word).copied().unwrap_or_default();
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        if sentence == 0 {
            text.push_str(&first.to_uppercase());
        } else {
            text.push_str(first);
        }
        text.push_str(rest);
        sentence += 1;
        let is_last = index + 1 == length;
        if is_last || sentence > 8 + next(state) % 10 {
            text.push('.');
            sentence = 0;
        } else if next(state).is_multiple_of(6) {
            text.push(',');
        }
        if !is_last {
            text.push(' ');
        }
    }
    text
}
