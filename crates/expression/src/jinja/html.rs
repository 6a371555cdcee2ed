//! Out of HTML: entities become characters, tags vanish.

use std::collections::HashMap;
use std::sync::LazyLock;

/// The longest name that is looked at.
const LONGEST_NAME: usize = 32;

/// HTML's names of characters. Some are known without their semicolon, too.
static ENTITIES: LazyLock<HashMap<&str, String>> = LazyLock::new(|| {
    let entity = |line: &'static str| {
        let (name, codes) = line.split_once(' ')?;
        let characters = codes
            .split(' ')
            .filter_map(|code| char::from_u32(u32::from_str_radix(code, 16).ok()?));
        Some((name, characters.collect()))
    };
    include_str!("html_entities.txt")
        .lines()
        .filter_map(entity)
        .collect()
});

/// What browsers read the codes from 0x80 on as.
const WINDOWS: &str = "\u{20ac}\u{81}\u{201a}\u{192}\u{201e}\u{2026}\u{2020}\u{2021}\u{2c6}\u{2030}\u{160}\u{2039}\u{152}\
                       \u{8d}\u{17d}\u{8f}\u{90}\u{2018}\u{2019}\u{201c}\u{201d}\u{2022}\u{2013}\u{2014}\u{2dc}\u{2122}\
                       \u{161}\u{203a}\u{153}\u{9d}\u{17e}\u{178}";

/// The text with character references replaced by what they mean.
pub(super) fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let (meaning, length) = match after.strip_prefix('#') {
            Some(number) => numeric(number),
            None => named(after),
        }
        .unwrap_or_else(|| ("&".to_owned(), 0));
        out.push_str(&meaning);
        rest = after.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// The text without tags and comments, blanks collapsed and entities replaced.
pub(super) fn strip_tags(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, tag)) = rest.split_once('<') {
        let end = match tag.strip_prefix("!--") {
            Some(comment) => comment.find("-->").map(|end| end + 6),
            None => tag.find('>').map(|end| end + 1),
        };
        let Some(end) = end else {
            break;
        };
        out.push_str(before);
        rest = tag.get(end..).unwrap_or_default();
    }
    out.push_str(rest);
    let words: Vec<_> = out
        .split(super::lexer::is_space)
        .filter(|word| !word.is_empty())
        .collect();
    unescape(&words.join(" "))
}

/// The meaning of a reference by number, after `&#`, and its length after `&`.
fn numeric(text: &str) -> Option<(String, usize)> {
    let (digits, radix, prefix) = match text.strip_prefix(['x', 'X']) {
        Some(digits) => (digits, 16, 2),
        None => (text, 10, 1),
    };
    let count = digits
        .bytes()
        .take_while(|digit| char::from(*digit).is_digit(radix))
        .count();
    if count == 0 {
        return None;
    }
    let code = u32::from_str_radix(digits.get(..count)?, radix).unwrap_or(u32::MAX);
    let semicolon = usize::from(digits.as_bytes().get(count) == Some(&b';'));
    Some((character(code), prefix + count + semicolon))
}

fn character(code: u32) -> String {
    match code {
        0 => "\u{fffd}".to_owned(),
        0x80..=0x9f => WINDOWS
            .chars()
            .nth((code - 0x80) as usize)
            .map(String::from)
            .unwrap_or_default(),
        0x1..=0x8 | 0xb | 0xe..=0x1f | 0x7f | 0xfdd0..=0xfdef => String::new(),
        _ if code <= 0x0010_ffff && code & 0xfffe == 0xfffe => String::new(),
        _ => char::from_u32(code).unwrap_or('\u{fffd}').to_string(),
    }
}

/// The meaning of a reference by name, after `&`, and the length of that name. A longer name may begin with a known one.
fn named(text: &str) -> Option<(String, usize)> {
    let ends_name = |character: char| {
        matches!(
            character,
            '\t' | '\n' | '\x0c' | ' ' | '<' | '&' | '#' | ';'
        )
    };
    let mut ends: Vec<usize> = text
        .char_indices()
        .take(LONGEST_NAME)
        .take_while(|(_, character)| !ends_name(*character))
        .map(|(at, character)| at + character.len_utf8())
        .collect();
    let last = *ends.last()?;
    if text.as_bytes().get(last) == Some(&b';') {
        ends.push(last + 1);
    }
    ends.into_iter().rev().find_map(|end| {
        let meaning = ENTITIES.get(text.get(..end)?)?;
        Some((meaning.clone(), end))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_replaced_as_python_replaces_them() {
        for (text, expected) in [
            (
                "a &amp; b &#39; &#x41; &#X42 &euro; &notit; &nosuch; &",
                "a & b ' A B € ¬it; &nosuch; &",
            ),
            (
                "&#128;&#0;&#1;&#xD800;&#99999999;&#;&#x;",
                "€\u{fffd}\u{fffd}\u{fffd}&#;&#x;",
            ),
            ("&lt;&LT;&acE;&amp;amp;", "<<∾̳&amp;"),
        ] {
            assert_eq!(unescape(text), expected);
        }
    }

    #[test]
    fn tags_and_comments_vanish() {
        assert_eq!(
            strip_tags("<p>a <!-- <b> --> b</p>\n &lt;c&gt; <d"),
            "a b <c> <d"
        );
        assert_eq!(strip_tags("a < b"), "a < b");
        assert_eq!(strip_tags("  plain\ttext "), "plain text");
    }
}
