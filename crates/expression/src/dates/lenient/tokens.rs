//! Numbers, words and the signs between them.

/// One piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// The piece; blanks of any length are one blank.
    pub(super) text: String,
}

impl Token {
    /// Whether it is made of digits, with at most one point in it.
    pub(super) fn is_number(&self) -> bool {
        self.text.starts_with(|first: char| first.is_ascii_digit())
    }
}

/// Splits a text: digits, letters, everything else by itself.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut pieces: Vec<String> = Vec::new();
    for letter in text.chars() {
        let joins = pieces.last().is_some_and(|last| joins(last, letter));
        let letter = if letter.is_whitespace() { ' ' } else { letter };
        match pieces.last_mut().filter(|_| joins) {
            Some(_) if letter == ' ' => {}
            Some(last) => last.push(letter),
            None => pieces.push(letter.to_string()),
        }
    }
    let pieces = pieces.into_iter().flat_map(|piece| split_points(&piece));
    pieces.map(|text| Token { text }).collect()
}

fn joins(last: &str, letter: char) -> bool {
    let of = |test: fn(char) -> bool| last.chars().all(test);
    if letter.is_whitespace() {
        return last == " ";
    }
    if letter.is_ascii_digit()
        || ((letter == '.' || letter == ',') && last.ends_with(|end: char| end.is_ascii_digit()))
    {
        return last.starts_with(|first: char| first.is_ascii_digit())
            && of(|each| each.is_ascii_digit() || each == '.' || each == ',');
    }
    letter.is_alphabetic() && of(char::is_alphabetic)
}

/// A number may have one point (a comma counts as one only before a fraction of seconds); with more the points stand
/// between numbers.
fn split_points(piece: &str) -> Vec<String> {
    let points = piece.matches(['.', ',']).count();
    let one = points == 1
        && !piece.ends_with(['.', ','])
        && (piece.contains('.')
            || piece
                .split(',')
                .next()
                .is_some_and(|whole| whole.len() == 2 || whole.len() == 6));
    if points == 0 || !piece.starts_with(|first: char| first.is_ascii_digit()) {
        return vec![piece.to_owned()];
    }
    if one {
        return vec![piece.replace(',', ".")];
    }
    let mut parts = Vec::new();
    for part in piece.split_inclusive(['.', ',']) {
        let digits = part.trim_end_matches(['.', ',']);
        if !digits.is_empty() {
            parts.push(digits.to_owned());
        }
        parts.extend(
            part.get(digits.len()..)
                .filter(|point| !point.is_empty())
                .map(str::to_owned),
        );
    }
    parts
}
