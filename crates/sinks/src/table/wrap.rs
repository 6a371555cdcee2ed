//! Breaks text into lines as Python's `textwrap` does: between words, behind hyphens, and within words that are longer
//! than a line.

/// The lines, each of at most `width` characters.
pub(super) fn lines(text: &str, width: usize) -> Vec<String> {
    let width = width.max(1);
    let flat = flattened(text);
    let mut chunks = chunks(&flat);
    chunks.reverse();
    let mut lines = Vec::new();
    while !chunks.is_empty() {
        if !lines.is_empty() && chunks.last().is_some_and(|chunk| is_blank(chunk)) {
            chunks.pop();
        }
        let mut line: Vec<&[char]> = Vec::new();
        let mut length = 0;
        while let Some(chunk) = chunks.pop_if(|chunk| length + chunk.len() <= width) {
            length += chunk.len();
            line.push(chunk);
        }
        if let Some(chunk) = chunks.last_mut()
            && chunk.len() > width
        {
            let (fits, rest) = chunk.split_at((width - length).min(chunk.len()));
            line.push(fits);
            *chunk = rest;
        }
        if line.last().is_some_and(|chunk| is_blank(chunk)) {
            line.pop();
        }
        if !line.is_empty() {
            lines.push(line.concat().into_iter().collect());
        }
    }
    lines
}

fn is_blank(chunk: &[char]) -> bool {
    chunk.iter().all(|letter| letter.is_whitespace())
}

/// All kinds of white space as blanks, tabs as many as reach the next eighth column.
fn flattened(text: &str) -> Vec<char> {
    let mut flat = Vec::with_capacity(text.len());
    let mut column = 0;
    for letter in text.chars() {
        match letter {
            '\t' => {
                let blanks = 8 - column % 8;
                flat.extend(std::iter::repeat_n(' ', blanks));
                column += blanks;
            }
            '\n' | '\r' => {
                flat.push(' ');
                column = 0;
            }
            '\u{b}' | '\u{c}' => {
                flat.push(' ');
                column += 1;
            }
            other => {
                flat.push(other);
                column += 1;
            }
        }
    }
    flat
}

/// Words and what is between them.
fn chunks(text: &[char]) -> Vec<&[char]> {
    let mut chunks = Vec::new();
    let mut start = 0;
    while start < text.len() {
        let end = end_of_chunk(text, start).max(start + 1);
        chunks.extend(text.get(start..end));
        start = end;
    }
    chunks
}

fn end_of_chunk(text: &[char], start: usize) -> usize {
    let at = |index: usize| text.get(index).copied();
    let is_space = |index: usize| at(index) == Some(' ');
    if is_space(start) {
        return (start..text.len())
            .find(|index| !is_space(*index))
            .unwrap_or(text.len());
    }
    let before = |index: usize, back: usize| index.checked_sub(back).and_then(at);
    if before(start, 1).is_some_and(is_word_or_mark)
        && let Some(end) = dash(text, start)
    {
        return end;
    }
    for index in start + 1..=text.len() {
        if at(index) == Some('-') && is_hyphen(text, index) {
            return index + 1;
        }
        if index == text.len() || is_space(index) {
            return index;
        }
        if before(index, 1).is_some_and(is_word_or_mark) && dash(text, index).is_some() {
            return index;
        }
    }
    text.len()
}

/// The end of a dash of several hyphens with a word behind it.
fn dash(text: &[char], start: usize) -> Option<usize> {
    let hyphens = text
        .iter()
        .skip(start)
        .take_while(|letter| **letter == '-')
        .count();
    let end = start + hyphens;
    let word_follows = text.get(end).is_some_and(|letter| is_word(*letter));
    (hyphens >= 2 && word_follows).then_some(end)
}

/// Whether a word may be broken behind the hyphen at `index`.
fn is_hyphen(text: &[char], index: usize) -> bool {
    let is_letter_at = |index: Option<usize>| {
        index
            .and_then(|index| text.get(index))
            .is_some_and(|letter| is_letter(*letter))
    };
    let back = |count| index.checked_sub(count);
    let after_two_letters = is_letter_at(back(1)) && is_letter_at(back(2));
    let after_hyphenated = is_letter_at(back(3))
        && back(2).and_then(|index| text.get(index)) == Some(&'-')
        && back(1)
            .and_then(|index| text.get(index))
            .is_some_and(|letter| is_word_or_mark(*letter));
    let next = index + 1;
    let second = if text.get(next + 1) == Some(&'-') {
        next + 2
    } else {
        next + 1
    };
    (after_two_letters || after_hyphenated)
        && is_letter_at(Some(next))
        && is_letter_at(Some(second))
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

fn is_letter(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_word_or_mark(letter: char) -> bool {
    is_word(letter) || "!\"'&.,?".contains(letter)
}
