//! Groups and what begins with `(?`.

use super::super::syntax::{Flags, Look, Node};
use super::Parser;
use crate::value::text::character::{Property, has};
use crate::value::{Error, Value, text};

/// What a parenthesis turned out to be.
pub(super) enum Read {
    Node(Node),
    /// A comment.
    Nothing,
    /// Flags for the whole pattern, which stand in the parser.
    Flags,
}

impl Parser {
    /// Reads what begins with a parenthesis at `start`.
    pub(super) fn group(
        &mut self,
        flags: Flags,
        depth: usize,
        start: usize,
        may_set_flags: bool,
    ) -> Result<Read, Error> {
        if !self.source.take('?') {
            return self.capture(flags, depth, start, None).map(Read::Node);
        }
        let after = self.source.at();
        let Some(kind) = self.source.bump() else {
            return Err(self.unexpected_end());
        };
        match kind {
            'P' => self.named(flags, depth, start).map(Read::Node),
            ':' => self.inside(flags, depth, start).map(Read::Node),
            '>' => {
                let inner = self.inside(flags, depth, start)?;
                Ok(Read::Node(Node::Atomic(Box::new(inner))))
            }
            '#' => {
                while let Some(next) = self.source.bump() {
                    if next == ')' {
                        return Ok(Read::Nothing);
                    }
                }
                Err(self.source.error("missing ), unterminated comment", start))
            }
            '=' | '!' => self
                .look(false, kind == '!', flags, (depth, start))
                .map(Read::Node),
            '<' => match self.source.bump() {
                None => Err(self.unexpected_end()),
                Some(sign @ ('=' | '!')) => self
                    .look(true, sign == '!', flags, (depth, start))
                    .map(Read::Node),
                Some(_) => Err(self.unknown_extension(after)),
            },
            '(' => self.conditional(flags, depth, start).map(Read::Node),
            'a' | 'i' | 'L' | 'm' | 's' | 'u' | 'x' | '-' => {
                match self.inline_flags(kind, flags)? {
                    Some(inner) => self.inside(inner, depth, start).map(Read::Node),
                    None if may_set_flags => {
                        self.turned_verbose |= self.global.verbose && !flags.verbose;
                        if self.turned_verbose {
                            return Err(self.source.error("read again", start));
                        }
                        Ok(Read::Flags)
                    }
                    None => Err(self
                        .source
                        .error("global flags not at the start of the expression", start)),
                }
            }
            _ => Err(self.unknown_extension(after)),
        }
    }

    fn unexpected_end(&self) -> Error {
        self.source
            .error("unexpected end of pattern", self.source.at())
    }

    fn unknown_extension(&self, after: usize) -> Error {
        let text = self.source.since(after);
        self.source
            .error(&format!("unknown extension ?{text}"), after - 1)
    }

    /// The inside of a group up to its closing parenthesis.
    fn inside(&mut self, flags: Flags, depth: usize, start: usize) -> Result<Node, Error> {
        let inner = self.alternatives(flags, depth + 1)?;
        if !self.source.take(')') {
            return Err(self
                .source
                .error("missing ), unterminated subpattern", start));
        }
        // So that a repetition in the group does not look like one of the branch around it.
        Ok(Node::Concat(vec![inner]))
    }

    fn capture(
        &mut self,
        flags: Flags,
        depth: usize,
        start: usize,
        name: Option<(String, usize)>,
    ) -> Result<Node, Error> {
        let group = self.widths.len();
        if let Some((name, at)) = name {
            if let Some((_, before)) = self.names.iter().find(|(known, _)| *known == name) {
                let shown = shown(&name)?;
                let message = format!(
                    "redefinition of group name {shown} as group {group}; was group {before}"
                );
                return Err(self.source.error(&message, at));
            }
            self.names.push((name, group));
        }
        self.widths.push(None);
        let inner = self.inside(flags, depth, start)?;
        let width = self.width(&inner);
        if let Some(place) = self.widths.get_mut(group) {
            *place = Some(width);
        }
        Ok(Node::Capture(group, Box::new(inner)))
    }

    /// `(?P<name>...)` and `(?P=name)`.
    fn named(&mut self, flags: Flags, depth: usize, start: usize) -> Result<Node, Error> {
        if self.source.take('<') {
            let at = self.source.at();
            let name = self.source.until('>', "group name")?;
            self.check_name(&name, at)?;
            return self.capture(flags, depth, start, Some((name, at)));
        }
        if self.source.take('=') {
            let at = self.source.at();
            let name = self.source.until(')', "group name")?;
            self.check_name(&name, at)?;
            let group = self.group_named(&name, at)?;
            self.check_reference(group, at)?;
            return Ok(Node::Reference(group, flags.ignore_case));
        }
        match self.source.bump() {
            None => Err(self.unexpected_end()),
            Some(other) => Err(self.source.error(
                &format!("unknown extension ?P{other}"),
                self.source.at() - 3,
            )),
        }
    }

    fn check_name(&self, name: &str, at: usize) -> Result<(), Error> {
        let mut characters = name.chars();
        let is_name = characters
            .next()
            .is_some_and(|first| has(first, Property::IdentifierStart))
            && characters.all(|next| has(next, Property::IdentifierPart));
        if is_name {
            return Ok(());
        }
        let message = format!("bad character in group name {}", shown(name)?);
        Err(self.source.error(&message, at))
    }

    fn group_named(&self, name: &str, at: usize) -> Result<usize, Error> {
        match self.names.iter().find(|(known, _)| known == name) {
            Some((_, group)) => Ok(*group),
            None => {
                let message = format!("unknown group name {}", shown(name)?);
                Err(self.source.error(&message, at))
            }
        }
    }

    fn look(
        &mut self,
        behind: bool,
        negated: bool,
        flags: Flags,
        place: (usize, usize),
    ) -> Result<Node, Error> {
        let before = self.groups_before_look_behind;
        if behind && before.is_none() {
            self.groups_before_look_behind = Some(self.widths.len());
        }
        let inner = self.inside(flags, place.0, place.1)?;
        self.groups_before_look_behind = before;
        let (least, most) = self.width(&inner);
        if behind && least != most {
            return Err(Error::raised(
                "error",
                "look-behind requires fixed-width pattern",
            ));
        }
        Ok(Node::Look(Look { behind, negated }, Box::new(inner)))
    }

    fn conditional(&mut self, flags: Flags, depth: usize, start: usize) -> Result<Node, Error> {
        let at = self.source.at();
        let name = self.source.until(')', "group name")?;
        let group = match name.parse::<usize>() {
            Ok(0) => return Err(self.source.error("bad group number", at)),
            Ok(group) => {
                self.conditions.push((group, at));
                group
            }
            Err(_) => {
                self.check_name(&name, at)?;
                self.group_named(&name, at)?
            }
        };
        self.check_look_behind(group)?;
        let _level = crate::value::budget::descend()?;
        let yes = self.branch(flags, depth + 1, false)?;
        let mut no = Node::Concat(Vec::new());
        if self.source.take('|') {
            no = self.branch(flags, depth + 1, false)?;
            if self.source.peek() == Some('|') {
                let message = "conditional backref with more than two branches";
                return Err(self.source.error(message, self.source.at()));
            }
        }
        if !self.source.take(')') {
            return Err(self
                .source
                .error("missing ), unterminated subpattern", start));
        }
        Ok(Node::Conditional(group, Box::new((yes, no))))
    }

    /// Reads flags. Those before a colon are given back, those for the whole pattern are set.
    fn inline_flags(&mut self, first: char, flags: Flags) -> Result<Option<Flags>, Error> {
        let mut inner = flags;
        let mut next = first;
        let mut on = String::new();
        while next != '-' {
            match next {
                'L' => {
                    return Err(
                        self.flag_error("bad inline flags: cannot use 'L' flag with a str pattern")
                    );
                }
                'a' if on.contains('u') => return Err(self.incompatible()),
                'u' if on.contains('a') => return Err(self.incompatible()),
                'a' | 'i' | 'm' | 's' | 'u' | 'x' => on.push(next),
                ':' => return Ok(Some(inner)),
                ')' => {
                    on.chars()
                        .for_each(|flag| set(&mut self.global, flag, true));
                    return Ok(None);
                }
                other => return Err(self.bad_flag(other, "missing -, : or )")),
            }
            set(&mut inner, next, true);
            next = self
                .source
                .bump()
                .ok_or_else(|| self.flag_error("missing -, : or )"))?;
        }
        let mut off = String::new();
        loop {
            let missing = if off.is_empty() {
                "missing flag"
            } else {
                "missing :"
            };
            let next = self.source.bump().ok_or_else(|| self.flag_error(missing))?;
            match next {
                ':' if !off.is_empty() => return Ok(Some(inner)),
                'a' | 'u' | 'L' => {
                    return Err(
                        self.flag_error("bad inline flags: cannot turn off flags 'a', 'u' and 'L'")
                    );
                }
                'i' | 'm' | 's' | 'x' if on.contains(next) => {
                    return Err(self.flag_error("bad inline flags: flag turned on and off"));
                }
                'i' | 'm' | 's' | 'x' => off.push(next),
                other => return Err(self.bad_flag(other, missing)),
            }
            set(&mut inner, next, false);
        }
    }

    fn flag_error(&self, message: &str) -> Error {
        self.source.error(message, self.source.at())
    }

    fn incompatible(&self) -> Error {
        self.flag_error("bad inline flags: flags 'a', 'u' and 'L' are incompatible")
    }

    fn bad_flag(&self, flag: char, missing: &str) -> Error {
        let message = if flag.is_alphabetic() {
            "unknown flag"
        } else {
            missing
        };
        self.source.error(message, self.source.at() - 1)
    }
}

const fn set(flags: &mut Flags, flag: char, on: bool) {
    match flag {
        'a' => flags.ascii = on,
        'i' => flags.ignore_case = on,
        'm' => flags.multi_line = on,
        's' => flags.dot_all = on,
        'x' => flags.verbose = on,
        'u' => flags.ascii = false,
        _ => {}
    }
}

fn shown(name: &str) -> Result<String, Error> {
    text::repr(&Value::from(name))
}
