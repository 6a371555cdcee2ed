//! Lines, indents and signs: where libyaml puts what it writes.

use super::Layout;
use super::scalar::{Analysis, Style};

/// Lines are folded at the first blank beyond this column.
const WIDTH: usize = 80;

/// Writes text and remembers where it is.
pub(super) struct Emitter {
    out: String,
    column: usize,
    /// The current indent; nothing before the first node.
    indent: Option<usize>,
    step: usize,
    unicode: bool,
    /// Whether the last character separates, so that no blank is needed.
    whitespace: bool,
    /// Whether there is nothing but indentation and signs on the line so far.
    indention: bool,
}

impl Emitter {
    pub(super) fn new(layout: Layout) -> Self {
        Self {
            out: String::new(),
            column: 0,
            indent: None,
            step: if (2..=9).contains(&layout.indent) {
                layout.indent
            } else {
                2
            },
            unicode: layout.unicode,
            whitespace: true,
            indention: true,
        }
    }

    pub(super) const fn length(&self) -> usize {
        self.out.len()
    }

    /// The text, with a line end at its end.
    pub(super) fn finish(mut self) -> String {
        self.indent = None;
        self.new_line();
        self.out
    }

    pub(super) const fn at_indention(&self) -> bool {
        self.indention
    }

    /// Goes one level in; gives the indent to go back to.
    pub(super) fn indent(&mut self, indentless: bool) -> Option<usize> {
        let outer = self.indent;
        self.indent = Some(match outer {
            None => 0,
            Some(indent) if indentless => indent,
            Some(indent) => indent + self.step,
        });
        outer
    }

    pub(super) const fn dedent(&mut self, outer: Option<usize>) {
        self.indent = outer;
    }

    /// Begins a line at the indent, unless one was just begun.
    pub(super) fn new_line(&mut self) {
        let indent = self.indent.unwrap_or(0);
        let begun =
            self.indention && (self.column < indent || (self.column == indent && self.whitespace));
        if !begun {
            self.put('\n');
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    /// `-`, `?` or a `:` on a line of its own.
    pub(super) fn sign(&mut self, sign: &str) {
        self.indicator(sign, true);
        self.whitespace = false;
    }

    /// The `:` after a simple key.
    pub(super) fn colon(&mut self) {
        self.put(':');
        self.whitespace = false;
        self.indention = false;
    }

    /// `[]` or `{}`.
    pub(super) fn empty(&mut self, open: &str, close: &str, tag: &str) {
        self.tag(tag);
        self.indicator(open, false);
        self.put_text(close);
        self.whitespace = false;
    }

    pub(super) fn tag(&mut self, tag: &str) {
        if !tag.is_empty() {
            self.indicator(tag, false);
            self.whitespace = false;
        }
    }

    fn indicator(&mut self, text: &str, keeps_indention: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        self.put_text(text);
        self.indention = self.indention && keeps_indention;
    }

    /// A scalar in the given style, or in the next that can hold it.
    pub(super) fn scalar(&mut self, text: &str, style: Style, tag: &str, simple_key: bool) {
        let style = Analysis::of(text, self.unicode).style(text, style, simple_key);
        self.tag(tag);
        let outer = self.indent;
        self.indent = Some(outer.map_or(self.step, |indent| indent + self.step));
        match style {
            Style::Plain => self.plain(text, !simple_key),
            Style::Single => self.single(text, !simple_key),
            Style::Double => self.double(text, !simple_key),
            Style::Literal => self.literal(text),
        }
        self.indent = outer;
    }

    fn plain(&mut self, text: &str, may_fold: bool) {
        if !self.whitespace && !text.is_empty() {
            self.put(' ');
        }
        self.lines(text, may_fold, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn single(&mut self, text: &str, may_fold: bool) {
        self.indicator("'", false);
        let broke = self.lines(text, may_fold, true);
        if broke {
            self.new_line();
        }
        self.put('\'');
        self.whitespace = false;
        self.indention = false;
    }

    /// The characters of plain or single-quoted text; tells whether it ends in a line break.
    fn lines(&mut self, text: &str, may_fold: bool, quoted: bool) -> bool {
        let (mut spaces, mut breaks) = (false, false);
        let mut rest = text.chars().peekable();
        let mut is_first = true;
        while let Some(next) = rest.next() {
            let is_end = is_first || rest.peek().is_none();
            is_first = false;
            if next == ' ' {
                let inner = !quoted || !is_end;
                if may_fold && !spaces && self.column > WIDTH && inner && rest.peek() != Some(&' ')
                {
                    self.new_line();
                } else {
                    self.put(next);
                }
                spaces = true;
            } else if super::scalar::is_break(next) {
                if !breaks && next == '\n' {
                    self.put('\n');
                }
                self.put(next);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.new_line();
                }
                if quoted && next == '\'' {
                    self.put('\'');
                }
                self.put(next);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
        breaks
    }

    fn double(&mut self, text: &str, may_fold: bool) {
        self.indicator("\"", false);
        let mut spaces = false;
        let mut rest = text.chars().peekable();
        let mut is_first = true;
        while let Some(next) = rest.next() {
            let is_end = is_first || rest.peek().is_none();
            is_first = false;
            if super::scalar::needs_escape(next, self.unicode) {
                let escaped = super::scalar::escape(next);
                self.put_text(&escaped);
                spaces = false;
            } else if next == ' ' && may_fold && !spaces && self.column > WIDTH && !is_end {
                self.new_line();
                if rest.peek() == Some(&' ') {
                    self.put('\\');
                }
                spaces = true;
            } else {
                self.put(next);
                spaces = next == ' ';
            }
        }
        self.put('"');
        self.whitespace = false;
        self.indention = false;
    }

    /// Lines as they are. Only base64 is written so, which begins with a letter and ends with one line break.
    fn literal(&mut self, text: &str) {
        self.indicator("|", true);
        self.put('\n');
        self.indention = true;
        self.whitespace = true;
        for line in text.split_inclusive('\n') {
            self.new_line();
            self.put_text(line);
            self.indention = true;
        }
    }

    fn put_text(&mut self, text: &str) {
        text.chars().for_each(|next| self.put(next));
    }

    fn put(&mut self, character: char) {
        self.out.push(character);
        if super::scalar::is_break(character) {
            self.column = 0;
        } else {
            self.column += 1;
        }
    }
}
