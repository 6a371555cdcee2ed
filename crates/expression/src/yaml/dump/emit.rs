//! Writes nodes as libyaml does.

use super::scalar::{is_break, is_printable, styles};
use super::{Kind, Layout, Mark, Node, Scalar, Seen};
use crate::value::{Error, budget};

/// Lines are broken at the first blank behind this column.
const WIDTH: usize = 80;

/// A longer key stands behind `?`.
const LONGEST_KEY: usize = 128;

/// A document with one node in it.
pub(super) fn document(root: &Node, layout: &Layout) -> Result<String, Error> {
    let step = layout
        .indent
        .and_then(|indent| usize::try_from(indent).ok());
    let mut emitter = Emitter {
        out: String::new(),
        column: 0,
        indents: Vec::new(),
        after_blank: true,
        in_indention: true,
        step: step.filter(|step| (2..=9).contains(step)).unwrap_or(2),
        allow_unicode: layout.allow_unicode,
        names: 0,
    };
    emitter.node(root, Place::Root)?;
    emitter.indents.clear();
    emitter.write_indent();
    Ok(emitter.out)
}

/// What a node belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    Sequence,
    /// A key that fits on one line.
    SimpleKey,
    /// A value, or a key behind `?`.
    Mapping,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Block,
}

struct Emitter {
    out: String,
    column: usize,
    /// The columns of the collections around this place.
    indents: Vec<usize>,
    /// Whether what was written last separates it from what follows.
    after_blank: bool,
    /// Whether there is nothing but indention on the line so far.
    in_indention: bool,
    step: usize,
    allow_unicode: bool,
    names: usize,
}

impl Emitter {
    fn node(&mut self, node: &Node, place: Place) -> Result<(), Error> {
        let _level = budget::descend()?;
        match node {
            Node::Scalar(scalar) => self.scalar(scalar, place),
            Node::Alias(mark) => {
                let name = self.name(mark);
                self.indicator(&format!("*id{name:03}"), true, false);
                Ok(())
            }
            Node::Sequence(mark, items) => {
                self.anchor(mark);
                if items.is_empty() {
                    self.indicator("[", true, true);
                    self.indicator("]", false, false);
                    return Ok(());
                }
                self.sequence(items, place)
            }
            Node::Mapping(mark, tag, pairs) => {
                self.anchor(mark);
                self.tag(tag);
                if pairs.is_empty() {
                    self.indicator("{", true, true);
                    self.indicator("}", false, false);
                    return Ok(());
                }
                self.mapping(pairs)
            }
        }
    }

    fn sequence(&mut self, items: &[Node], place: Place) -> Result<(), Error> {
        let is_indentless = place == Place::Mapping && !self.in_indention;
        self.indent_more(0, is_indentless);
        for item in items {
            self.write_indent();
            self.indent_indicator("-");
            self.node(item, Place::Sequence)?;
        }
        self.indents.pop();
        Ok(())
    }

    fn mapping(&mut self, pairs: &[(Node, Node)]) -> Result<(), Error> {
        self.indent_more(0, false);
        for (key, value) in pairs {
            self.write_indent();
            if self.is_simple(key) {
                self.node(key, Place::SimpleKey)?;
                self.indicator(":", false, false);
            } else {
                self.indent_indicator("?");
                self.node(key, Place::Mapping)?;
                self.write_indent();
                self.indent_indicator(":");
            }
            self.node(value, Place::Mapping)?;
        }
        self.indents.pop();
        Ok(())
    }

    /// Whether a key fits on one line.
    fn is_simple(&self, key: &Node) -> bool {
        match key {
            Node::Alias(_) => true,
            Node::Scalar(scalar) => {
                let is_multiline = styles(&scalar.text, self.allow_unicode).is_multiline;
                !is_multiline && scalar.text.len() <= LONGEST_KEY
            }
            Node::Sequence(_, items) => items.is_empty(),
            Node::Mapping(_, _, pairs) => pairs.is_empty(),
        }
    }

    fn name(&mut self, mark: &Mark) -> usize {
        match mark.get() {
            Seen::Named(name) => name,
            Seen::Once | Seen::Again => {
                self.names += 1;
                mark.set(Seen::Named(self.names));
                self.names
            }
        }
    }

    fn anchor(&mut self, mark: &Mark) {
        if mark.get() == Seen::Again {
            let name = self.name(mark);
            self.indicator(&format!("&id{name:03}"), true, false);
        }
    }

    fn tag(&mut self, tag: &str) {
        if !tag.is_empty() {
            self.indicator(tag, true, false);
        }
    }

    fn scalar(&mut self, scalar: &Scalar, place: Place) -> Result<(), Error> {
        budget::text(scalar.text.len())?;
        let style = self.style(scalar, place);
        if scalar.kind == Kind::Binary {
            self.tag("!!binary");
        }
        self.indent_more(self.step, false);
        let may_break = place != Place::SimpleKey;
        match style {
            Style::Plain => self.plain(&scalar.text, may_break),
            Style::Single => self.single(&scalar.text, may_break),
            Style::Double => self.double(&scalar.text, may_break),
            Style::Block => self.block(&scalar.text),
        }
        self.indents.pop();
        Ok(())
    }

    fn style(&self, scalar: &Scalar, place: Place) -> Style {
        let allowed = styles(&scalar.text, self.allow_unicode);
        let is_key = place == Place::SimpleKey;
        if scalar.kind == Kind::Binary {
            return if allowed.block && !is_key {
                Style::Block
            } else {
                Style::Double
            };
        }
        if is_key && allowed.is_multiline {
            return Style::Double;
        }
        let is_plain =
            allowed.plain && !(scalar.text.is_empty() && is_key) && scalar.kind == Kind::Plain;
        match (is_plain, allowed.single) {
            (true, _) => Style::Plain,
            (false, true) => Style::Single,
            (false, false) => Style::Double,
        }
    }

    fn plain(&mut self, text: &str, may_break: bool) {
        if !self.after_blank && !text.is_empty() {
            self.put(' ');
        }
        self.words(text, may_break);
        self.after_blank = false;
        self.in_indention = false;
    }

    fn single(&mut self, text: &str, may_break: bool) {
        self.indicator("'", true, false);
        self.words(text, may_break);
        self.indicator("'", false, false);
        self.after_blank = false;
        self.in_indention = false;
    }

    /// Text of words, blanks and line breaks; a quote is doubled. Plain text has neither breaks nor blanks at its ends.
    fn words(&mut self, text: &str, may_break: bool) {
        let is_quoted = self.out.ends_with('\'');
        let mut spaces = false;
        let mut breaks = false;
        let mut is_first = true;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            if character == ' ' {
                let inside = !is_first && next.is_some();
                if may_break && !spaces && self.column > WIDTH && inside && next != Some(' ') {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(character) {
                if !breaks && character == '\n' {
                    self.put_break('\n');
                }
                self.put_break(character);
                self.in_indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if character == '\'' && is_quoted {
                    self.put('\'');
                }
                self.put(character);
                self.in_indention = false;
                (spaces, breaks) = (false, false);
            }
            is_first = false;
        }
        if breaks {
            self.write_indent();
        }
    }

    fn double(&mut self, text: &str, may_break: bool) {
        self.indicator("\"", true, false);
        let mut spaces = false;
        let mut is_first = true;
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            let next = characters.peek().copied();
            if character == ' ' {
                if may_break && !spaces && self.column > WIDTH && !is_first && next.is_some() {
                    self.write_indent();
                    if next == Some(' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                if !is_printable(character, self.allow_unicode)
                    || is_break(character)
                    || matches!(character, '"' | '\\')
                {
                    self.escape(character);
                } else {
                    self.put(character);
                }
                spaces = false;
            }
            is_first = false;
        }
        self.indicator("\"", false, false);
        self.after_blank = false;
        self.in_indention = false;
    }

    fn escape(&mut self, character: char) {
        let code = u32::from(character);
        let escaped = match character {
            '\0' => "\\0".to_owned(),
            '\x07' => "\\a".to_owned(),
            '\x08' => "\\b".to_owned(),
            '\t' => "\\t".to_owned(),
            '\n' => "\\n".to_owned(),
            '\x0b' => "\\v".to_owned(),
            '\x0c' => "\\f".to_owned(),
            '\r' => "\\r".to_owned(),
            '\x1b' => "\\e".to_owned(),
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\u{85}' => "\\N".to_owned(),
            '\u{a0}' => "\\_".to_owned(),
            '\u{2028}' => "\\L".to_owned(),
            '\u{2029}' => "\\P".to_owned(),
            _ if code <= 0xff => format!("\\x{code:02X}"),
            _ if code <= 0xffff => format!("\\u{code:04X}"),
            _ => format!("\\U{code:08X}"),
        };
        escaped.chars().for_each(|character| self.put(character));
    }

    /// Base64 in lines.
    fn block(&mut self, text: &str) {
        self.indicator("|", true, false);
        self.put_break('\n');
        self.in_indention = true;
        self.after_blank = true;
        for line in text.lines() {
            self.write_indent();
            line.chars().for_each(|character| self.put(character));
            self.put_break('\n');
            self.in_indention = true;
        }
    }

    fn indent_more(&mut self, outermost: usize, is_indentless: bool) {
        let indent = match self.indents.last() {
            None => outermost,
            Some(outer) if is_indentless => *outer,
            Some(outer) => outer + self.step,
        };
        self.indents.push(indent);
    }

    fn write_indent(&mut self) {
        let indent = self.indents.last().copied().unwrap_or(0);
        let on_its_way = self.column < indent || (self.column == indent && self.after_blank);
        if !self.in_indention || !on_its_way {
            self.put_break('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.after_blank = true;
        self.in_indention = true;
    }

    fn indicator(&mut self, indicator: &str, needs_blank: bool, is_blank: bool) {
        if needs_blank && !self.after_blank {
            self.put(' ');
        }
        indicator.chars().for_each(|character| self.put(character));
        self.after_blank = is_blank;
        self.in_indention = false;
    }

    /// An indicator that a nested collection can stand behind, on the same line.
    fn indent_indicator(&mut self, indicator: &str) {
        let in_indention = self.in_indention;
        self.indicator(indicator, true, false);
        self.in_indention = in_indention;
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        self.column += 1;
    }

    fn put_break(&mut self, character: char) {
        self.out.push(character);
        self.column = 0;
    }
}
