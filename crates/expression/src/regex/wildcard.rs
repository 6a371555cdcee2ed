//! Shell wildcards as Python's `fnmatch` reads them.

use std::fmt::Write as _;

use super::{Flags, Pattern};
use crate::value::Error;

impl Pattern {
    /// The pattern of wildcards: `*`, `?`, `[seq]` and `[!seq]`. It matches whole texts; ask [`Pattern::full`].
    pub fn wildcard(wildcards: &str) -> Result<Self, Error> {
        let flags = Flags {
            dot_all: true,
            ..Flags::default()
        };
        Self::new(&translate(wildcards), flags)
    }
}

fn translate(wildcards: &str) -> String {
    let characters: Vec<char> = wildcards.chars().collect();
    let mut out = String::new();
    let mut rest = characters.as_slice();
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            '*' => {
                while let Some((&'*', after)) = rest.split_first() {
                    rest = after;
                }
                out.push_str(".*");
            }
            '?' => out.push('.'),
            '[' => match set_length(rest).and_then(|length| rest.split_at_checked(length)) {
                Some((set, after)) => {
                    put_set(&mut out, set);
                    rest = after.get(1..).unwrap_or_default();
                }
                None => out.push_str("\\["),
            },
            other => put_literal(&mut out, *other),
        }
    }
    out
}

/// How long a set is, if it is closed; a bracket that comes first belongs to it.
fn set_length(rest: &[char]) -> Option<usize> {
    let negation = usize::from(rest.first() == Some(&'!'));
    let first = negation + usize::from(rest.get(negation) == Some(&']'));
    let close = rest.get(first..)?.iter().position(|next| *next == ']')?;
    Some(first + close)
}

fn put_set(out: &mut String, set: &[char]) {
    let (negated, members) = match set.split_first() {
        Some(('!', members)) => (true, members),
        _ => (false, set),
    };
    let ranges = ranges(members);
    match (ranges.is_empty(), negated) {
        // Ranges that end before they begin have no members.
        (true, false) => out.push_str(r"[^\s\S]"),
        (true, true) => out.push('.'),
        (false, _) => {
            out.push_str(if negated { "[^" } else { "[" });
            for (low, high) in ranges {
                put_literal(out, low);
                out.push('-');
                put_literal(out, high);
            }
            out.push(']');
        }
    }
}

fn ranges(members: &[char]) -> Vec<(char, char)> {
    let mut ranges = Vec::new();
    let mut rest = members;
    while let Some((low, after)) = rest.split_first() {
        rest = after;
        match after {
            ['-', high, after @ ..] => {
                rest = after;
                if low <= high {
                    ranges.push((*low, *high));
                }
            }
            _ => ranges.push((*low, *low)),
        }
    }
    ranges
}

fn put_literal(out: &mut String, character: char) {
    write!(out, "\\U{:08x}", u32::from(character)).expect("writing to a String cannot fail");
}
