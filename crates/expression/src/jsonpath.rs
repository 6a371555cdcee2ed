//! JSONPath in the dialect of the Python package `jsonpath-rw` 1.4.0, which StackStorm's rules and filters use.
//!
//! No `$` is needed to begin with. `.` binds tighter than `..`, `|` tighter than `.`, `&` and `where` tighter still, and a
//! bracket applies to all that stands before it in its group: `a.b|c[0]` is `(a.(b|c))[0]`. Names with other characters
//! than letters, digits, `_`, `@` and `-` are quoted. Errors have the words of the original, because rules show them.

mod find;
mod lexer;
mod parser;

pub use find::{find, find_first};

use crate::value::Error;

/// A parsed path. It can be shared between threads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    root: Node,
}

impl Path {
    /// Reads a path; the error's class and message are those of `jsonpath-rw`.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parser::parse(text).map(|root| Self { root })
    }
}

/// A part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    /// `$`
    Root,
    /// `` `this` ``
    This,
    /// `` `parent` ``
    Parent,
    /// Named members; `*` means all of them.
    Fields(Vec<String>),
    /// `[0]`
    Index(i64),
    /// `[*]`, `[1:2]`
    Slice(Option<i64>, Option<i64>),
    /// Two paths and how they are put together.
    Pair(Join, Box<(Self, Self)>),
}

/// How two paths are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Join {
    /// `.`, or a bracket: the right within what the left finds.
    Child,
    /// `..`: the same at any depth.
    Descendants,
    /// `|`: what either finds.
    Union,
    /// `&`: never implemented in the original.
    Intersect,
    /// `where`: what the left finds, if the right finds something in it.
    Where,
}

#[cfg(test)]
mod tests;
