//! Writes YAML that people like to read and that every YAML reader reads back as what it was.

use squall_expression::value::Value;
use squall_expression::yaml;
use squall_model::Json;

/// A value as a YAML document, with a line feed at its end.
pub(super) fn text(value: &Json) -> String {
    let mut text = String::new();
    write(value, 0, &mut text);
    if !text.ends_with('\n') {
        text.push('\n');
    }
    text
}

fn write(value: &Json, depth: usize, into: &mut String) {
    match value {
        Json::Object(members) if !members.is_empty() => {
            for (position, (name, member)) in members.iter().enumerate() {
                if position > 0 {
                    indent(depth, into);
                }
                into.push_str(&name_text(name));
                into.push(':');
                write_member(member, depth, into);
            }
        }
        Json::Array(items) if !items.is_empty() => {
            for (position, item) in items.iter().enumerate() {
                if position > 0 {
                    indent(depth, into);
                }
                into.push_str("- ");
                write(item, depth.saturating_add(1), into);
                end_line(into);
            }
        }
        Json::String(text) => match block(text, depth) {
            Some(block) => into.push_str(&block),
            None => into.push_str(&scalar(text)),
        },
        other => into.push_str(&other.to_string()),
    }
}

/// What follows `name:`: on the same line, or below it and further in.
fn write_member(member: &Json, depth: usize, into: &mut String) {
    let is_nested = match member {
        Json::Object(members) => !members.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => false,
    };
    if is_nested {
        into.push('\n');
        indent(depth.saturating_add(1), into);
    } else {
        into.push(' ');
    }
    write(member, depth.saturating_add(1), into);
    end_line(into);
}

fn indent(depth: usize, into: &mut String) {
    into.push_str(&"  ".repeat(depth));
}

fn end_line(into: &mut String) {
    if !into.ends_with('\n') {
        into.push('\n');
    }
}

/// Text of several lines as a literal block, if YAML can hold it so.
fn block(text: &str, depth: usize) -> Option<String> {
    let lines: Vec<&str> = text
        .strip_suffix('\n')
        .unwrap_or(text)
        .split('\n')
        .collect();
    let plain = |line: &&str| {
        line.chars().all(|c| c == '\t' || !needs_escape(c)) && !line.ends_with([' ', '\t'])
    };
    let begins_well = lines
        .first()
        .is_some_and(|first| !first.is_empty() && !first.starts_with([' ', '\t']));
    let ends_well = lines.last().is_some_and(|last| !last.is_empty());
    if lines.len() < 2 || !begins_well || !ends_well || !lines.iter().all(plain) {
        return None;
    }
    let mut block = if text.ends_with('\n') { "|\n" } else { "|-\n" }.to_owned();
    for line in lines {
        if !line.is_empty() {
            indent(depth.max(1), &mut block);
            block.push_str(line);
        }
        block.push('\n');
    }
    Some(block)
}

/// The longest text that is written without quotes; also as a name before a `:`.
const LONGEST_PLAIN: usize = 120;

fn name_text(name: &str) -> String {
    scalar(name)
}

fn scalar(text: &str) -> String {
    if is_plain(text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Whether text without quotes is read back as that text. Only harmless characters are tried at all.
fn is_plain(text: &str) -> bool {
    let begins_well =
        text.starts_with(|c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '.'));
    let harmless = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(
                c,
                ' ' | '_' | '.' | '/' | '-' | '+' | ':' | '@' | '(' | ')' | '=' | ';'
            )
    };
    begins_well
        && text.len() <= LONGEST_PLAIN
        && text.chars().all(harmless)
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.starts_with("---")
        && matches!(yaml::load(text), Ok(Value::Str(read)) if *read == *text)
}

fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            c if needs_escape(c) => quoted.extend(escaped(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// `\U` and eight digits.
fn escaped(c: char) -> impl Iterator<Item = char> {
    let digits = format!("{:08X}", u32::from(c));
    ['\\', 'U']
        .into_iter()
        .chain(digits.chars().collect::<Vec<_>>())
}

/// Characters that YAML does not allow as they are, or takes for the end of a line.
fn needs_escape(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}'
        )
}
