//! Where tags begin and end, and what of the text around them goes with them.

use super::{State, is_space};

/// The next tag: where it starts and what it opens.
pub(super) fn find_tag(text: &str) -> Option<(usize, State)> {
    text.match_indices('{').find_map(|(start, _)| {
        let state = match text.as_bytes().get(start + 1)? {
            b'%' => State::Block,
            b'{' => State::Variable,
            b'#' => State::Comment,
            _ => return None,
        };
        Some((start, state))
    })
}

/// The whitespace control right after a tag's beginning.
pub(super) fn sign(inside: &str) -> Option<char> {
    inside
        .chars()
        .next()
        .filter(|first| matches!(first, '-' | '+'))
}

/// The length of `{% raw %}` at the start of `tag`.
pub(super) fn raw_begin(tag: &str) -> Option<usize> {
    let end = keyword(tag, "raw")?;
    let length = tag.len() - end.len();
    if end.starts_with("%}") {
        return Some(length + 2);
    }
    let tail = end.strip_prefix("-%}")?;
    Some(length + 3 + leading_space(tail))
}

/// The length of `{% endraw %}` at the start of `tag`.
pub(super) fn raw_end(tag: &str) -> Option<usize> {
    let end = keyword(tag, "endraw")?;
    Some(tag.len() - end.len() + tag_end(end, State::Block)?)
}

/// What follows `word` and blanks in a block tag.
fn keyword<'a>(tag: &'a str, word: &str) -> Option<&'a str> {
    let inside = tag.strip_prefix("{%")?;
    let inside = inside.strip_prefix(['-', '+']).unwrap_or(inside);
    let after = inside.trim_start_matches(is_space).strip_prefix(word)?;
    Some(after.trim_start_matches(is_space))
}

/// The length of a tag's end at the start of `rest`, with the blanks that it strips.
pub(super) fn tag_end(rest: &str, state: State) -> Option<usize> {
    let close = if state == State::Block { "%}" } else { "}}" };
    if let Some(tail) = rest.strip_prefix(close) {
        return Some(
            2 + if state == State::Block {
                after_block(tail, None)
            } else {
                0
            },
        );
    }
    let sign = sign(rest)?;
    let tail = rest.get(1..)?.strip_prefix(close)?;
    match (sign, state) {
        ('+', State::Block) => Some(3),
        ('-', _) => Some(3 + leading_space(tail)),
        _ => None,
    }
}

/// How much of the text after a block or comment goes with it.
pub(super) fn after_block(tail: &str, sign: Option<char>) -> usize {
    match sign {
        Some('-') => leading_space(tail),
        Some('+') => 0,
        _ => usize::from(tail.starts_with('\n')),
    }
}

fn leading_space(text: &str) -> usize {
    text.len() - text.trim_start_matches(is_space).len()
}
