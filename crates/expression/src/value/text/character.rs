//! What Python thinks of a character: the tests behind `str.isalpha` and its kin, and its case mappings.
//!
//! The properties stand in `characters.txt`, taken from Python 3.11, because Rust's own follow other definitions and a newer Unicode.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A property of a character; the value is its bit in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub enum Property {
    /// `repr` shows it as it is.
    Printable = 1,
    /// `str.isalpha`.
    Alphabetic = 1 << 1,
    /// `str.isdecimal`.
    Decimal = 1 << 2,
    /// `str.isdigit`.
    Digit = 1 << 3,
    /// `str.isnumeric`.
    Numeric = 1 << 4,
    /// `str.isupper`.
    Upper = 1 << 5,
    /// `str.islower`.
    Lower = 1 << 6,
    /// Title case, such as `ǅ`.
    Title = 1 << 7,
    /// `str.isspace`.
    Space = 1 << 8,
    /// May begin an identifier.
    IdentifierStart = 1 << 9,
    /// May go on with an identifier.
    IdentifierPart = 1 << 10,
}

/// Whether the character has the property.
pub fn has(character: char, property: Property) -> bool {
    let code = u32::from(character);
    let after = TABLE.runs.partition_point(|(start, _)| *start <= code);
    after
        .checked_sub(1)
        .and_then(|at| TABLE.runs.get(at))
        .is_some_and(|(_, flags)| flags & property as u16 != 0)
}

/// `str.isprintable` of one character.
pub fn is_printable(character: char) -> bool {
    has(character, Property::Printable)
}

/// `str.isspace` of one character.
pub fn is_space(character: char) -> bool {
    has(character, Property::Space)
}

/// The value of a decimal digit of any script.
pub fn decimal(character: char) -> Option<u32> {
    character.to_digit(10).or_else(|| {
        has(character, Property::Decimal)
            .then(|| TABLE.digits.get(&character).copied())
            .flatten()
    })
}

/// Appends the title case of a character.
pub fn push_title(out: &mut String, character: char) {
    match TABLE.titles.get(&character) {
        Some(title) => out.push_str(title),
        None => out.extend(character.to_uppercase()),
    }
}

/// Appends the character with its case folded.
pub fn push_folded(out: &mut String, character: char) {
    match TABLE.folds.get(&character) {
        Some(folded) => out.push_str(folded),
        None => out.extend(character.to_lowercase()),
    }
}

#[derive(Default)]
struct Table {
    /// Where a run of characters with the same properties starts, and which those are.
    runs: Vec<(u32, u16)>,
    digits: HashMap<char, u32>,
    titles: HashMap<char, String>,
    folds: HashMap<char, String>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for line in include_str!("characters.txt").lines() {
        let mut words = line.split(' ');
        let kind = words.next().unwrap_or_default();
        let codes: Vec<u32> = words
            .filter_map(|word| u32::from_str_radix(word, 16).ok())
            .collect();
        table.add(kind, &codes);
    }
    table
});

impl Table {
    fn add(&mut self, kind: &str, codes: &[u32]) {
        let Some((first, rest)) = codes.split_first() else {
            return;
        };
        let text = || rest.iter().copied().filter_map(char::from_u32).collect();
        match (kind, char::from_u32(*first), rest) {
            ("from", _, [flags]) => self
                .runs
                .push((*first, u16::try_from(*flags).unwrap_or_default())),
            ("digit", Some(character), [value]) => {
                self.digits.insert(character, *value);
            }
            ("title", Some(character), _) => {
                self.titles.insert(character, text());
            }
            ("fold", Some(character), _) => {
                self.folds.insert(character, text());
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(TABLE.runs.len(), 3562);
        assert!(has('é', Property::Alphabetic) && !has('é', Property::Upper));
        assert!(has('²', Property::Digit) && !has('²', Property::Decimal));
        assert_eq!(decimal('٣'), Some(3));
        assert!(!is_printable('\u{a0}') && !is_printable('\u{200b}') && is_printable('😀'));
        let mut text = String::new();
        push_title(&mut text, 'ß');
        push_folded(&mut text, 'ß');
        assert_eq!(text, "Ssss");
    }
}
