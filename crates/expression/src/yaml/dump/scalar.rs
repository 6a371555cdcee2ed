//! Which styles a scalar can be written in.

/// What libyaml finds out about a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Styles {
    pub(super) is_multiline: bool,
    /// Without quotes, outside of brackets.
    pub(super) plain: bool,
    /// In single quotes.
    pub(super) single: bool,
    /// As a block after `|`.
    pub(super) block: bool,
}

/// A line break for YAML 1.1.
pub(super) const fn is_break(character: char) -> bool {
    matches!(character, '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether libyaml writes the character as it is.
pub(super) const fn is_printable(character: char, allow_unicode: bool) -> bool {
    match character {
        '\n' | ' '..='~' => true,
        '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' => allow_unicode,
        _ => false,
    }
}

const fn is_blank_or_end(character: Option<char>) -> bool {
    match character {
        None => true,
        Some(character) => matches!(character, ' ' | '\t' | '\0') || is_break(character),
    }
}

/// Where blanks and line breaks stand.
#[derive(Default)]
struct Blanks {
    leading: bool,
    trailing: bool,
    trailing_space: bool,
    break_then_space: bool,
    space_then_break: bool,
    breaks: bool,
}

/// The styles that a text can be written in.
pub(super) fn styles(text: &str, allow_unicode: bool) -> Styles {
    if text.is_empty() {
        return Styles {
            is_multiline: false,
            plain: true,
            single: true,
            block: false,
        };
    }
    let blanks = blanks(text);
    let special = !text
        .chars()
        .all(|character| is_printable(character, allow_unicode));
    let torn = blanks.space_then_break || special;
    Styles {
        is_multiline: blanks.breaks,
        plain: !(blanks.leading
            || blanks.trailing
            || blanks.break_then_space
            || torn
            || blanks.breaks
            || has_indicators(text)),
        single: !(blanks.break_then_space || torn),
        block: !(blanks.trailing_space || torn),
    }
}

fn blanks(text: &str) -> Blanks {
    let mut found = Blanks::default();
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let (is_first, is_last) = (previous.is_none(), characters.peek().is_none());
        let (space, line_break) = (character == ' ', is_break(character));
        found.breaks |= line_break;
        found.leading |= is_first && (space || line_break);
        found.trailing |= is_last && (space || line_break);
        found.trailing_space |= is_last && space;
        found.break_then_space |= space && previous.is_some_and(is_break);
        found.space_then_break |= line_break && previous == Some(' ');
        previous = Some(character);
    }
    found
}

/// Whether something in the text would mean something in YAML.
fn has_indicators(text: &str) -> bool {
    if text.starts_with("---") || text.starts_with("...") {
        return true;
    }
    let mut previous = None;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        let before_blank = is_blank_or_end(characters.peek().copied());
        let found = match (previous, character) {
            (
                None,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`',
            ) => true,
            (None, '?' | ':' | '-') | (Some(_), ':') => before_blank,
            (Some(before), '#') => is_blank_or_end(Some(before)),
            _ => false,
        };
        if found {
            return true;
        }
        previous = Some(character);
    }
    false
}
