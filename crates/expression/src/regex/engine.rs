//! Running a pattern: in linear time where it allows that, else by backtracking with a bound on its steps.

use std::sync::OnceLock;

use regex_automata::util::captures::Captures;
use regex_automata::{Anchored, Input, meta};

use super::emit::{Spelling, emit};
use super::syntax::{Node, Syntax};
use super::width::{
    has_boundary, is_regular, looks_before_last_line_end, prefers_empty, scans, width,
};
use crate::value::Error;

/// Steps that one search may take by backtracking, if none of them costs more than another.
const BACKTRACKS: usize = 1_000_000;

/// Characters that one search may look at, if every step may go through the rest of the text.
const LOOKS: usize = 50_000_000;

/// Texts up to so many bytes share a compiled pattern, and with it a number of steps; so do those that are longer.
const LENGTHS: [usize; 6] = [1 << 9, 1 << 11, 1 << 13, 1 << 15, 1 << 17, 1 << 19];

/// Bytes that a compiled pattern may take.
const COMPILED: usize = 4 * 1024 * 1024;

/// The bytes at which groups were found; the first is the whole match.
pub(super) type Spans = Vec<Option<(usize, usize)>>;

/// Where a match may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Where {
    /// Anywhere from a place on.
    From(usize),
    /// The same, but not an empty one at that place.
    After(usize),
    /// At the beginning.
    AtStart,
    /// All of the text.
    Whole,
}

/// A pattern, ready to run.
#[derive(Debug)]
pub(super) struct Engine {
    node: Node,
    linear: Option<Linear>,
    exact: Exact,
    /// Whether the linear spelling is wrong if the text ends in a line end.
    minds_last_line_end: bool,
    /// Whether the linear spelling is wrong unless the text is ASCII.
    minds_unicode: bool,
    can_be_empty: bool,
    prefers_empty: bool,
    /// Whether a single step may go through all of the text.
    scans: bool,
}

#[derive(Debug)]
struct Linear {
    search: meta::Regex,
    whole: OnceLock<Result<meta::Regex, Error>>,
}

/// For texts of each of the lengths, and for longer ones.
type Exact = [Spelled; LENGTHS.len() + 1];

#[derive(Debug, Default)]
struct Spelled {
    from: OnceLock<Result<fancy_regex::Regex, Error>>,
    after: OnceLock<Result<fancy_regex::Regex, Error>>,
    start: OnceLock<Result<fancy_regex::Regex, Error>>,
    whole: OnceLock<Result<fancy_regex::Regex, Error>>,
}

impl Engine {
    pub(super) fn new(syntax: &Syntax) -> Result<Self, Error> {
        let node = syntax.node.clone();
        let linear = if is_regular(&node) {
            Some(Linear {
                search: linear(&emit(&node, Spelling::Linear))?,
                whole: OnceLock::new(),
            })
        } else {
            None
        };
        let engine = Self {
            linear,
            exact: Exact::default(),
            minds_last_line_end: looks_before_last_line_end(&node),
            minds_unicode: has_boundary(&node),
            can_be_empty: width(&node, &[]).0 == 0,
            prefers_empty: prefers_empty(&node),
            scans: scans(&node),
            node,
        };
        if engine.linear.is_none() {
            engine.exact(Where::From(0), 0)?;
        }
        Ok(engine)
    }

    /// Whether there is a match.
    pub(super) fn is_match(&self, text: &str, place: Where) -> Result<bool, Error> {
        match self.linear_for(text, place)? {
            Some((regex, input)) => Ok(regex.is_match(input)),
            None => Ok(self.find_exactly(text, place)?.is_some()),
        }
    }

    /// The match, if there is one.
    pub(super) fn find(&self, text: &str, place: Where) -> Result<Option<Spans>, Error> {
        match self.linear_for(text, place)? {
            Some((regex, input)) => {
                let mut captures = regex.create_captures();
                regex.search_captures(&input, &mut captures);
                Ok(captures.is_match().then(|| spans(&captures)))
            }
            None => self.find_exactly(text, place),
        }
    }

    /// The match after one that ended at a place, as Python's iterations find it.
    pub(super) fn find_next(
        &self,
        text: &str,
        last: (usize, usize),
    ) -> Result<Option<Spans>, Error> {
        let (start, end) = last;
        if start < end || !self.can_be_empty {
            return self.find(text, Where::From(end));
        }
        if self.prefers_empty || self.linear_for(text, Where::From(end))?.is_none() {
            return self.find_exactly(text, Where::After(end));
        }
        // What matched nothing here, having tried everything else before, matches nothing else here.
        let width = text
            .get(end..)
            .and_then(|rest| rest.chars().next())
            .map(char::len_utf8);
        match width {
            Some(width) => self.find(text, Where::From(end + width)),
            None => Ok(None),
        }
    }

    /// The linear engine and what to run it on, if it gives the right answer for this text.
    fn linear_for<'t>(
        &self,
        text: &'t str,
        place: Where,
    ) -> Result<Option<(&meta::Regex, Input<'t>)>, Error> {
        let Some(linear) = &self.linear else {
            return Ok(None);
        };
        let is_right = !(self.minds_last_line_end && text.ends_with('\n'))
            && !(self.minds_unicode && (text.is_empty() || !text.is_ascii()));
        if !is_right {
            return Ok(None);
        }
        let input = Input::new(text);
        Ok(match place {
            Where::From(start) if start <= text.len() => {
                Some((&linear.search, input.range(start..)))
            }
            Where::From(_) | Where::After(_) => None,
            Where::AtStart => Some((&linear.search, input.anchored(Anchored::Yes))),
            Where::Whole => {
                let spelled = || format!("(?:{})\\z", emit(&self.node, Spelling::Linear));
                let whole = linear.whole.get_or_init(|| self::linear(&spelled()));
                Some((
                    whole.as_ref().map_err(Clone::clone)?,
                    input.anchored(Anchored::Yes),
                ))
            }
        })
    }

    /// The backtracking engine for a text of this length.
    fn exact(&self, place: Where, length: usize) -> Result<&fancy_regex::Regex, Error> {
        let pattern = || emit(&self.node, Spelling::Exact);
        let (spelled, steps) = self.spelled(length);
        let regex = match place {
            Where::From(_) => spelled.from.get_or_init(|| exact(&pattern(), steps)),
            Where::After(_) => {
                let text = || format!("(?:{})(?!\\G)", pattern());
                spelled.after.get_or_init(|| exact(&text(), steps))
            }
            Where::AtStart => {
                let text = || format!("\\A(?:{})", pattern());
                spelled.start.get_or_init(|| exact(&text(), steps))
            }
            Where::Whole => {
                let text = || format!("\\A(?:{})\\z", pattern());
                spelled.whole.get_or_init(|| exact(&text(), steps))
            }
        };
        regex.as_ref().map_err(Clone::clone)
    }

    /// Where the engines for texts of this length are, and how many steps they may take.
    fn spelled(&self, length: usize) -> (&Spelled, usize) {
        let lengths = LENGTHS.into_iter().chain([usize::MAX]);
        let mut fitting = self.exact.iter().zip(lengths);
        let (spelled, most) = fitting
            .find(|(_, most)| !self.scans || length <= *most)
            .expect("any text is as long as the last at most");
        (spelled, if self.scans { steps(most) } else { BACKTRACKS })
    }

    fn find_exactly(&self, text: &str, place: Where) -> Result<Option<Spans>, Error> {
        let start = match place {
            Where::From(start) | Where::After(start) => start,
            Where::AtStart | Where::Whole => 0,
        };
        if start > text.len() {
            return Ok(None);
        }
        let captures = self
            .exact(place, text.len())?
            .captures_from_pos(text, start)
            .map_err(|_| Error::Limit("a regular expression takes too many steps"))?;
        Ok(captures.map(|captures| {
            (0..captures.len())
                .map(|group| {
                    captures
                        .get(group)
                        .map(|found| (found.start(), found.end()))
                })
                .collect()
        }))
    }
}

fn spans(captures: &Captures) -> Spans {
    (0..captures.group_len())
        .map(|group| captures.get_group(group).map(|span| (span.start, span.end)))
        .collect()
}

fn linear(pattern: &str) -> Result<meta::Regex, Error> {
    let config = meta::Config::new()
        .nfa_size_limit(Some(COMPILED))
        .onepass_size_limit(Some(COMPILED / 4))
        .hybrid_cache_capacity(COMPILED / 4);
    meta::Builder::new()
        .configure(config)
        .build(pattern)
        .map_err(|error| match error.size_limit() {
            Some(_) => Error::Limit("a regular expression is too large"),
            None => Error::raised("error", "the pattern is not supported"),
        })
}

/// How many steps a search may take that may go through a text of this length in each. To try every place once is always
/// allowed.
pub(super) fn steps(length: usize) -> usize {
    let places = length.saturating_mul(2);
    (LOOKS / length).max(places).min(BACKTRACKS)
}

fn exact(pattern: &str, steps: usize) -> Result<fancy_regex::Regex, Error> {
    fancy_regex::RegexBuilder::new(pattern)
        .backtrack_limit(steps)
        .delegate_size_limit(COMPILED)
        .build()
        .map_err(|_| Error::raised("error", "the pattern is not supported"))
}
