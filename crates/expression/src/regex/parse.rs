//! Reading patterns by the grammar of Python 3.11's `re`, with its errors.

mod class;
mod escape;
mod group;
mod repeat;
mod source;

use source::Source;

use super::syntax::{Flags, Node, Place, Syntax};
use super::width::{Width, width};
use crate::value::{Error, budget};

/// The pattern, or `error` as Python raises it.
pub(super) fn parse(text: &str, flags: Flags) -> Result<Syntax, Error> {
    budget::text(text.len())?;
    let mut parser = Parser::new(text, flags);
    let node = match parser.alternatives(flags, 0) {
        // The flag for blanks was found on the way: what was read before it is read again.
        Err(_) if parser.turned_verbose => {
            let flags = Flags {
                verbose: true,
                ..flags
            };
            parser = Parser::new(text, flags);
            parser.alternatives(flags, 0)?
        }
        other => other?,
    };
    if parser.source.peek().is_some() {
        return Err(parser
            .source
            .error("unbalanced parenthesis", parser.source.at()));
    }
    for (group, at) in &parser.conditions {
        if *group >= parser.widths.len() {
            return Err(parser
                .source
                .error(&format!("invalid group reference {group}"), *at));
        }
    }
    Ok(Syntax {
        node,
        groups: parser.widths.len() - 1,
        names: parser.names,
    })
}

struct Parser {
    source: Source,
    /// The widths of groups; nothing while a group is open. The first is the whole pattern.
    widths: Vec<Option<Width>>,
    names: Vec<(String, usize)>,
    /// The groups that conditions ask for, and where.
    conditions: Vec<(usize, usize)>,
    /// Within a look-behind, how many groups there were before it.
    groups_before_look_behind: Option<usize>,
    /// The flags that were set for the whole pattern.
    global: Flags,
    turned_verbose: bool,
}

impl Parser {
    fn new(text: &str, flags: Flags) -> Self {
        Self {
            source: Source::new(text),
            widths: vec![None],
            names: Vec::new(),
            conditions: Vec::new(),
            groups_before_look_behind: None,
            global: flags,
            turned_verbose: false,
        }
    }

    /// Branches with `|` between them.
    fn alternatives(&mut self, flags: Flags, depth: usize) -> Result<Node, Error> {
        let _level = budget::descend()?;
        let mut branches = Vec::new();
        loop {
            let is_first = depth == 0 && branches.is_empty();
            // Flags that the first branch set for the whole pattern hold for the others, too.
            let flags = if depth == 0 { self.global } else { flags };
            branches.push(self.branch(flags, depth, is_first)?);
            if !self.source.take('|') {
                break;
            }
        }
        match branches.pop() {
            Some(only) if branches.is_empty() => Ok(only),
            last => {
                branches.extend(last);
                Ok(Node::Alternate(branches))
            }
        }
    }

    /// One branch; global flags may stand at the beginning of the first.
    fn branch(&mut self, flags: Flags, depth: usize, is_first: bool) -> Result<Node, Error> {
        let mut flags = flags;
        let mut parts: Vec<Node> = Vec::new();
        while let Some(next) = self.source.peek() {
            if matches!(next, '|' | ')') {
                break;
            }
            let start = self.source.at();
            self.source.bump();
            if flags.verbose && self.skipped(next) {
                continue;
            }
            match next {
                '\\' => parts.push(self.escape(flags, start)?),
                '[' => parts.push(self.class(flags, start)?),
                '*' | '+' | '?' | '{' => self.repeat(next, start, flags, &mut parts)?,
                '.' => parts.push(Node::Any(flags.dot_all)),
                '^' if flags.multi_line => parts.push(Node::Place(Place::LineStart)),
                '^' => parts.push(Node::Place(Place::TextStart)),
                '$' if flags.multi_line => parts.push(Node::Place(Place::LineEnd)),
                '$' => parts.push(Node::Place(Place::NearTextEnd)),
                '(' => {
                    let may_set_flags = is_first && parts.is_empty();
                    match self.group(flags, depth, start, may_set_flags)? {
                        group::Read::Node(node) => parts.push(node),
                        group::Read::Nothing => {}
                        group::Read::Flags => flags = self.global,
                    }
                }
                literal => parts.push(Node::Literal(literal, flags.ignore_case)),
            }
        }
        Ok(match <[Node; 1]>::try_from(parts) {
            Ok([only]) => only,
            Err(parts) => Node::Concat(parts),
        })
    }

    /// Whether a character of a pattern with blanks and comments says nothing; skips a comment.
    fn skipped(&mut self, next: char) -> bool {
        if next == '#' {
            while !matches!(self.source.bump(), None | Some('\n')) {}
            return true;
        }
        matches!(next, ' ' | '\t' | '\n' | '\r' | '\u{b}' | '\u{c}')
    }

    fn width(&self, node: &Node) -> Width {
        width(node, &self.widths)
    }
}
