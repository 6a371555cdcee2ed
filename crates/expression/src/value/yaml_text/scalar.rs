//! Which styles can hold a text.

/// How a scalar is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What is known of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Analysis {
    multiline: bool,
    plain: bool,
    single: bool,
    literal: bool,
}

pub(super) const fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

const fn is_blank_or_break(character: char) -> bool {
    matches!(character, ' ' | '\t' | '\0') || is_break(character)
}

/// What libyaml takes for printable: nothing beyond 16 bits.
const fn is_printable(character: char) -> bool {
    matches!(
        character,
        '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}'
    )
}

pub(super) fn needs_escape(character: char, unicode: bool) -> bool {
    !is_printable(character)
        || (!unicode && !character.is_ascii())
        || is_break(character)
        || matches!(character, '"' | '\\')
}

pub(super) fn escape(character: char) -> String {
    let short = match character {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{a0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(character);
            return match code {
                0..=0xff => format!("\\x{code:02X}"),
                0x100..=0xffff => format!("\\u{code:04X}"),
                _ => format!("\\U{code:08X}"),
            };
        }
    };
    format!("\\{short}")
}

pub(super) fn has_line_break(text: &str) -> bool {
    text.contains(is_break)
}

impl Analysis {
    pub(super) fn of(text: &str, unicode: bool) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let is_edge = |test: fn(char) -> bool| {
            characters.first().copied().is_some_and(test)
                || characters.last().copied().is_some_and(test)
        };
        let special = characters
            .iter()
            .any(|next| !is_printable(*next) || (!unicode && !next.is_ascii()));
        let follows = |first: fn(char) -> bool, second: fn(char) -> bool| {
            characters
                .array_windows()
                .any(|[one, two]| first(*one) && second(*two))
        };
        let space: fn(char) -> bool = |next| next == ' ';
        let (break_space, space_break) = (follows(is_break, space), follows(space, is_break));
        let multiline = has_line_break(text);
        let bad_edges = is_edge(space) || is_edge(is_break);
        let unquotable = break_space || space_break || special;
        Self {
            multiline,
            plain: !(bad_edges || unquotable || multiline || has_indicators(&characters)),
            single: !unquotable,
            literal: !(text.is_empty() || text.ends_with(' ') || space_break || special),
        }
    }

    /// The wanted style, or the next that can hold the text.
    pub(super) fn style(self, text: &str, wanted: Style, simple_key: bool) -> Style {
        if simple_key && self.multiline {
            return Style::Double;
        }
        let mut style = wanted;
        if style == Style::Plain && (!self.plain || (text.is_empty() && simple_key)) {
            style = Style::Single;
        }
        if style == Style::Single && !self.single {
            style = Style::Double;
        }
        if style == Style::Literal && (!self.literal || simple_key) {
            style = Style::Double;
        }
        style
    }
}

/// Whether characters stand where they would begin something else than text.
fn has_indicators(characters: &[char]) -> bool {
    if matches!(characters, ['-', '-', '-', ..] | ['.', '.', '.', ..]) {
        return true;
    }
    let blank_at = |at: usize| characters.get(at).copied().is_none_or(is_blank_or_break);
    characters
        .iter()
        .enumerate()
        .any(|(at, next)| match (at, next) {
            (
                0,
                '#' | ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`',
            ) => true,
            (0, '?' | ':' | '-') | (_, ':') => blank_at(at + 1),
            (_, '#') => blank_at(at - 1),
            _ => false,
        })
}
