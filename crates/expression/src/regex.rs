//! Regular expressions with the syntax and the meaning of Python 3.11's `re`.
//!
//! A pattern is read by Python's grammar, then spelled anew for an engine. Most patterns run in linear time; those with
//! look-around, references, atomic groups or conditions run by backtracking with a bound on its steps. What differs from
//! Python: characters by name (`\N{...}`) are refused, and letters are told by a newer Unicode.

mod emit;
mod engine;
mod parse;
mod replacement;
mod syntax;
mod width;
mod wildcard;

use engine::{Engine, Spans, Where};
pub use syntax::Flags;

use crate::value::{Error, Value, budget};

/// A compiled pattern. It can be shared between threads; keeping compiled patterns is the caller's business.
#[derive(Debug)]
pub struct Pattern {
    engine: Engine,
    groups: usize,
    names: Vec<(String, usize)>,
}

/// A match and the groups in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match<'t> {
    text: &'t str,
    spans: Spans,
}

impl<'t> Match<'t> {
    /// The bytes of the text that matched.
    pub fn span(&self) -> (usize, usize) {
        self.spans.first().copied().flatten().unwrap_or_default()
    }

    /// What a group matched; group 0 is the whole match.
    pub fn group(&self, group: usize) -> Option<&'t str> {
        let (start, end) = self.spans.get(group).copied().flatten()?;
        self.text.get(start..end)
    }
}

impl Pattern {
    /// Compiles a pattern; the exception `error` if it is not one.
    pub fn new(pattern: &str, flags: Flags) -> Result<Self, Error> {
        let syntax = parse::parse(pattern, flags)?;
        Ok(Self {
            engine: Engine::new(&syntax)?,
            groups: syntax.groups,
            names: syntax.names,
        })
    }

    /// How many groups it captures.
    pub const fn groups(&self) -> usize {
        self.groups
    }

    /// The names of groups, and their numbers.
    pub fn names(&self) -> &[(String, usize)] {
        &self.names
    }

    /// The number of a named group.
    pub fn group_number(&self, name: &str) -> Option<usize> {
        let found = self.names.iter().find(|(known, _)| known == name);
        found.map(|(_, group)| *group)
    }

    /// Python's `bool(match(text))`.
    pub fn is_match_at_start(&self, text: &str) -> Result<bool, Error> {
        self.engine.is_match(text, Where::AtStart)
    }

    /// Python's `bool(search(text))`.
    pub fn is_match(&self, text: &str) -> Result<bool, Error> {
        self.engine.is_match(text, Where::From(0))
    }

    /// Python's `bool(fullmatch(text))`.
    pub fn is_full_match(&self, text: &str) -> Result<bool, Error> {
        self.engine.is_match(text, Where::Whole)
    }

    /// Python's `match(text)`.
    pub fn match_at_start<'t>(&self, text: &'t str) -> Result<Option<Match<'t>>, Error> {
        self.find(text, Where::AtStart)
    }

    /// Python's `search(text)`.
    pub fn search<'t>(&self, text: &'t str) -> Result<Option<Match<'t>>, Error> {
        self.find(text, Where::From(0))
    }

    /// Python's `fullmatch(text)`.
    pub fn full<'t>(&self, text: &'t str) -> Result<Option<Match<'t>>, Error> {
        self.find(text, Where::Whole)
    }

    fn find<'t>(&self, text: &'t str, place: Where) -> Result<Option<Match<'t>>, Error> {
        budget::spend(1 + text.len() / 16)?;
        let spans = self.engine.find(text, place)?;
        Ok(spans.map(|spans| Match { text, spans }))
    }

    /// All matches that Python's `finditer(text)` gives, at most `most` of them.
    pub fn matches<'t>(&self, text: &'t str, most: usize) -> Result<Vec<Match<'t>>, Error> {
        let mut found = Vec::new();
        let mut next = self.find(text, Where::From(0))?;
        while let Some(this) = next {
            let span = this.span();
            found.push(this);
            if found.len() >= most {
                break;
            }
            budget::spend(1 + (text.len() - span.1) / 256)?;
            if found.len() > budget::ITEM_CAP {
                budget::items(found.len())?;
            }
            next = self
                .engine
                .find_next(text, span)?
                .map(|spans| Match { text, spans });
        }
        Ok(found)
    }

    /// Python's `findall(text)`: the matches, or their one group, or tuples of their groups.
    pub fn find_all(&self, text: &str) -> Result<Vec<Value>, Error> {
        let found = self.matches(text, usize::MAX)?;
        let group = |one: &Match<'_>, group| Value::from(one.group(group).unwrap_or_default());
        let shape = |one: &Match<'_>| match self.groups {
            0 => group(one, 0),
            1 => group(one, 1),
            groups => Value::tuple((1..=groups).map(|number| group(one, number)).collect()),
        };
        Ok(found.iter().map(shape).collect())
    }

    /// Python's `sub(replacement, text, count)`, where a count of 0 means all.
    pub fn sub(&self, replacement: &str, text: &str, count: usize) -> Result<String, Error> {
        let pieces = replacement::parse(replacement, self)?;
        let most = if count == 0 { usize::MAX } else { count };
        let mut out = String::new();
        let mut copied = 0;
        for found in self.matches(text, most)? {
            let (start, end) = found.span();
            out.push_str(text.get(copied..start).unwrap_or_default());
            replacement::fill(&mut out, &pieces, text, &found.spans);
            copied = end;
            if out.len() > budget::TEXT_CAP {
                budget::text(out.len())?;
            }
        }
        out.push_str(text.get(copied..).unwrap_or_default());
        budget::text(out.len())?;
        Ok(out)
    }

    /// Python's `split(text, most)`, where 0 means no bound: what is between matches, and their groups.
    pub fn split<'t>(&self, text: &'t str, most: usize) -> Result<Vec<Option<&'t str>>, Error> {
        let most = if most == 0 { usize::MAX } else { most };
        let mut parts = Vec::new();
        let mut copied = 0;
        for found in self.matches(text, most)? {
            let (start, end) = found.span();
            parts.push(text.get(copied..start));
            parts.extend((1..=self.groups).map(|group| found.group(group)));
            copied = end;
        }
        parts.push(text.get(copied..));
        Ok(parts)
    }
}

#[cfg(test)]
mod tests;
