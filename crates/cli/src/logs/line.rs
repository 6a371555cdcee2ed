//! One line of the log, for people or for programs.

use std::fmt::Write as _;

use squall_model::{Json, Timestamp};
use tracing::Level;

use super::fields::Fields;

/// How lines are written.
#[derive(Debug, Clone, Copy)]
pub(super) enum Style {
    Text { colour: bool },
    Json,
}

/// What one line says.
pub(super) struct Line<'a> {
    pub(super) time: Timestamp,
    pub(super) level: Level,
    pub(super) target: &'a str,
    pub(super) fields: &'a Fields,
}

/// Names that every JSON line has; a field of such a name gets a `_` behind it.
const TAKEN: [&str; 4] = ["time", "level", "target", "message"];

impl Line<'_> {
    /// The line, with its end.
    pub(super) fn write(&self, style: Style) -> String {
        match style {
            Style::Text { colour } => self.text(colour),
            Style::Json => self.json(),
        }
    }

    fn text(&self, colour: bool) -> String {
        let level = format!("{:>5}", self.level);
        let (level, target) = match colour {
            true => (
                format!("{}{level}\u{1b}[0m", paint(self.level)),
                format!("\u{1b}[2m{}:\u{1b}[0m", self.target),
            ),
            false => (level, format!("{}:", self.target)),
        };
        let mut line = format!("{} {level} {target} ", self.time);
        escape(self.fields.message(), &mut line);
        for (name, value) in self.fields.others() {
            line.extend([" ", name, "="]);
            match value {
                Json::String(text) if is_one_word(text) => line.push_str(text),
                // JSON has quotes around it and escapes what is below the blank; the rest is ours.
                other => escape(&other.to_string(), &mut line),
            }
        }
        line.push('\n');
        line
    }

    fn json(&self) -> String {
        let mut line = String::from("{");
        let own = [
            ("time", self.time.to_string()),
            ("level", self.level.to_string().to_ascii_lowercase()),
            ("target", self.target.to_owned()),
            ("message", self.fields.message().to_owned()),
        ];
        for (name, text) in own {
            member(name, &Json::from(text), &mut line);
        }
        for (name, value) in self.fields.others() {
            match TAKEN.contains(&name) {
                true => member(&format!("{name}_"), value, &mut line),
                false => member(name, value, &mut line),
            }
        }
        line.push_str("}\n");
        line
    }
}

fn member(name: &str, value: &Json, line: &mut String) {
    if line.len() > 1 {
        line.push(',');
    }
    line.push_str(&Json::from(name).to_string());
    line.push(':');
    for c in value.to_string().chars() {
        // These can only stand within a text, where JSON allows them in this form.
        if steers(c) {
            write!(line, "\\u{:04x}", u32::from(c)).unwrap_or_default();
        } else {
            line.push(c);
        }
    }
}

/// Writes a text so that it neither ends the line nor steers a terminal.
fn escape(text: &str, line: &mut String) {
    for c in text.chars() {
        if steers(c) {
            line.extend(c.escape_default());
        } else {
            line.push(c);
        }
    }
}

/// Control characters, line ends of Unicode, and what turns the direction of writing. All are below U+10000.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn is_one_word(text: &str) -> bool {
    let may_stand_alone = |c: char| !c.is_whitespace() && !steers(c) && !"\"'=\\{[".contains(c);
    !text.is_empty() && text.chars().all(may_stand_alone)
}

fn paint(level: Level) -> &'static str {
    match level {
        Level::ERROR => "\u{1b}[31m",
        Level::WARN => "\u{1b}[33m",
        Level::INFO => "\u{1b}[32m",
        Level::DEBUG => "\u{1b}[34m",
        Level::TRACE => "\u{1b}[35m",
    }
}
