//! What a pattern of Python's `re` says, read.

/// The flags in force at a place of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    /// `i`: letters match in either case.
    pub ignore_case: bool,
    /// `m`: `^` and `$` match at lines.
    pub multi_line: bool,
    /// `s`: `.` matches a line end, too.
    pub dot_all: bool,
    /// `x`: blanks and comments are skipped.
    pub verbose: bool,
    /// `a`: `\w`, `\d`, `\s` and `\b` know ASCII only.
    pub ascii: bool,
}

/// A part of a pattern. Flags that matter to it are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// One character, and whether its case matters.
    Literal(char, bool),
    /// `.`, and whether it matches a line end.
    Any(bool),
    Class(Class),
    Place(Place),
    Concat(Vec<Self>),
    Alternate(Vec<Self>),
    /// A group that captures, by its number.
    Capture(usize, Box<Self>),
    /// `(?>...)`
    Atomic(Box<Self>),
    Look(Look, Box<Self>),
    /// `\1`, and whether case is ignored.
    Reference(usize, bool),
    /// `(?(1)yes|no)`
    Conditional(usize, Box<(Self, Self)>),
    Repeat(Repeat, Box<Self>),
}

/// A set of characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Class {
    pub(super) negated: bool,
    pub(super) ignore_case: bool,
    pub(super) items: Vec<ClassItem>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ClassItem {
    /// All from the first to the last.
    Range(char, char),
    /// `\d` and its kin, whether it is the opposite, and whether only ASCII counts.
    Category {
        kind: Category,
        negated: bool,
        ascii: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Category {
    Digit,
    Space,
    Word,
}

/// A place between characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// `\A`, or `^`.
    TextStart,
    /// `^` with the flag `m`.
    LineStart,
    /// `\Z`
    TextEnd,
    /// `$`: at the end, or before a line end there.
    NearTextEnd,
    /// `$` with the flag `m`.
    LineEnd,
    /// `\b`, `\B`.
    Boundary { negated: bool, ascii: bool },
}

/// A look-around.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) behind: bool,
    pub(super) negated: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Repeat {
    pub(super) least: u32,
    /// Nothing if there is no bound.
    pub(super) most: Option<u32>,
    pub(super) kind: RepeatKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RepeatKind {
    Greedy,
    Lazy,
    Possessive,
}

/// A pattern, read.
#[derive(Debug)]
pub(super) struct Syntax {
    pub(super) node: Node,
    /// How many groups capture.
    pub(super) groups: usize,
    /// The names of groups, and their numbers.
    pub(super) names: Vec<(String, usize)>,
}
