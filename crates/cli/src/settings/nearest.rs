//! What somebody probably meant.

/// The known name that is nearest to `wanted`, if any is near.
pub(crate) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Nobody means a name of hundreds of letters.
    if wanted.len() > 100 {
        return None;
    }
    let by_distance = known.map(|name| (strsim::damerau_levenshtein(wanted, name), name));
    let (distance, name) = by_distance.min_by_key(|(distance, _)| *distance)?;
    (distance <= 2.max(name.len() / 5)).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_a_stranger_is_not() {
        let known = || ["server.listen", "server.data", "log.level"].into_iter();
        assert_eq!(nearest("server.lisetn", known()), Some("server.listen"));
        assert_eq!(nearest("server.address", known()), None);
        assert_eq!(nearest(&"x".repeat(1000), known()), None);
    }
}
