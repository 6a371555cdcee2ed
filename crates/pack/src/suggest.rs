//! "Did you mean": the known word that is nearest to an unknown one.

/// A hint that names the nearest of `known`, if one is near enough to be meant.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = (word.chars().count() / 3).max(1);
    let nearest = known
        .into_iter()
        .map(|candidate| (distance(&plain(word), &plain(candidate)), candidate))
        .min_by_key(|(distance, _)| *distance)?;
    let (distance, candidate) = nearest;
    (distance <= near && candidate != word).then(|| format!("did you mean `{candidate}`?"))
}

/// Capitals and the choice of dash count for nothing.
fn plain(word: &str) -> Vec<char> {
    let dash = |letter| if letter == '-' { '_' } else { letter };
    word.to_lowercase().chars().map(dash).take(64).collect()
}

/// How many letters must be put in, taken out or changed; two swapped neighbours are two changes.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.iter().enumerate() {
        let mut corner = line;
        let mut left = line + 1;
        let mut next = vec![left];
        for (above, candidate) in row.iter().skip(1).zip(other) {
            left = (left.min(*above) + 1).min(corner + usize::from(letter != candidate));
            corner = *above;
            next.push(left);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_suggested_and_far_ones_are_not() {
        let known = ["startswith", "endswith", "eq", "runner_type"];
        let hint = |word| did_you_mean(word, known).unwrap_or_default();
        assert_eq!(hint("startwith"), "did you mean `startswith`?");
        assert_eq!(hint("StartsWith"), "did you mean `startswith`?");
        assert_eq!(hint("runner-type"), "did you mean `runner_type`?");
        assert_eq!(hint("eqq"), "did you mean `eq`?");
        assert_eq!(hint("something"), "");
        assert_eq!(hint(""), "");
    }
}
