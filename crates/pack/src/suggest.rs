//! "Did you mean": the known word that is nearest to an unknown one.

/// A hint that names the nearest of `known`, if one is near enough to be meant.
pub(crate) fn did_you_mean<'a>(
    word: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    let near = (word.chars().count() / 4).clamp(1, 3);
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

/// How many letters must be put in, taken out, changed or swapped with their neighbour.
fn distance(one: &[char], other: &[char]) -> usize {
    let mut two_above: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.iter().enumerate() {
        let mut row = vec![line + 1];
        for (column, candidate) in other.iter().enumerate() {
            let at =
                |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX / 2);
            let changed = at(&above, column) + usize::from(letter != candidate);
            let mut least = changed
                .min(at(&above, column + 1) + 1)
                .min(at(&row, column) + 1);
            let before = |letters: &[char], index: usize| {
                index
                    .checked_sub(1)
                    .and_then(|index| letters.get(index).copied())
            };
            if before(one, line) == Some(*candidate) && before(other, column) == Some(*letter) {
                least = least.min(at(&two_above, column - 1) + 1);
            }
            row.push(least);
        }
        two_above = std::mem::replace(&mut above, row);
    }
    above.last().copied().unwrap_or_default()
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
        assert_eq!(hint("startswiht"), "did you mean `startswith`?");
        assert_eq!(hint("qe"), "did you mean `eq`?");
        assert_eq!(hint("something"), "");
        assert_eq!(hint(""), "");
    }
}
