//! Upper, lower and title case.

use super::super::super::text::character::{Property, has, push_folded, push_title};
use super::super::super::{Error, Value};
use super::super::arguments::Arguments;
use super::{made, receiver};

pub(super) fn upper(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    made(receiver(value).to_uppercase())
}

pub(super) fn lower(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    made(receiver(value).to_lowercase())
}

pub(super) fn casefold(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let mut out = String::new();
    for character in receiver(value).chars() {
        push_folded(&mut out, character);
    }
    made(out)
}

pub(super) fn capitalize(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let text = receiver(value);
    let lower = Lower::new(&text);
    let mut out = String::new();
    for (at, character) in text.char_indices() {
        if at == 0 {
            push_title(&mut out, character);
        } else {
            lower.push(&mut out, at, character);
        }
    }
    made(out)
}

pub(super) fn title(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let text = receiver(value);
    let lower = Lower::new(&text);
    let mut out = String::new();
    let mut in_word = false;
    for (at, character) in text.char_indices() {
        if in_word {
            lower.push(&mut out, at, character);
        } else {
            push_title(&mut out, character);
        }
        in_word = is_cased(character);
    }
    made(out)
}

pub(super) fn swap(value: &Value, arguments: &Arguments<'_>) -> Result<Value, Error> {
    arguments.none()?;
    let text = receiver(value);
    let lower = Lower::new(&text);
    let mut out = String::new();
    for (at, character) in text.char_indices() {
        if has(character, Property::Upper) {
            lower.push(&mut out, at, character);
        } else if has(character, Property::Lower) {
            out.extend(character.to_uppercase());
        } else {
            out.push(character);
        }
    }
    made(out)
}

/// Whether the character has an upper, lower or title case.
pub(super) fn is_cased(character: char) -> bool {
    [Property::Upper, Property::Lower, Property::Title]
        .into_iter()
        .any(|property| has(character, property))
}

/// Lowers single characters of a text, knowing that a sigma at the end of a word has a form of its own.
struct Lower<'a> {
    text: &'a str,
}

impl<'a> Lower<'a> {
    const fn new(text: &'a str) -> Self {
        Self { text }
    }

    fn push(&self, out: &mut String, at: usize, character: char) {
        if character == 'Σ' {
            out.push(if self.ends_word(at) { 'ς' } else { 'σ' });
        } else {
            out.extend(character.to_lowercase());
        }
    }

    fn ends_word(&self, at: usize) -> bool {
        let (before, from) = self.text.split_at_checked(at).unwrap_or(("", self.text));
        let seen = |character: &char| !is_ignorable(*character);
        let before = before.chars().rev().find(seen).is_some_and(is_cased);
        let after = from.chars().skip(1).find(seen).is_some_and(is_cased);
        before && !after
    }
}

/// Characters that stand within words without being letters; the common ones of Unicode's `Case_Ignorable`.
const fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\'' | '.' | ':' | '^' | '`' | '\u{a8}' | '\u{ad}' | '\u{af}' | '\u{b4}' | '\u{b7}' | '\u{b8}'
            | '\u{2b0}'..='\u{36f}' | '\u{2018}' | '\u{2019}' | '\u{2024}' | '\u{2027}' | '\u{200b}'..='\u{200f}'
    )
}
