//! Python's `string.Template`, whose `safe_substitute` never fails, in the two forms that Robusta uses.

/// Which names may stand behind a dollar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// Letters, digits and underscores.
    Plain,
    /// Dots too, and in braces slashes and dashes: names of labels and annotations.
    Dotted,
}

/// The text with every `$name` and `${name}` replaced by what `value` gives for it; `$$` becomes `$`. What is no name
/// stays as it is.
pub(crate) fn substitute(text: &str, names: Names, value: impl Fn(&str) -> String) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        out.push_str(before);
        rest = behind;
        if let Some(behind) = rest.strip_prefix('$') {
            out.push('$');
            rest = behind;
        } else if let Some((name, behind)) = named(rest, names) {
            out.push_str(&value(name));
            rest = behind;
        } else {
            out.push('$');
        }
    }
    out.push_str(rest);
    out
}

/// The name that stands right behind a dollar, and what comes after it.
fn named(text: &str, names: Names) -> Option<(&str, &str)> {
    if let Some(inside) = text.strip_prefix('{') {
        let (name, behind) = inside.split_once('}')?;
        return (length(name, names, true) == name.len() && !name.is_empty())
            .then_some((name, behind));
    }
    match length(text, names, false) {
        0 => None,
        length => text.split_at_checked(length),
    }
}

/// How many bytes of the text are a name.
fn length(text: &str, names: Names, is_braced: bool) -> usize {
    let bytes = text.as_bytes();
    let begins = bytes
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_');
    if !begins {
        return 0;
    }
    let goes_on = |byte: &&u8| match byte {
        b'_' => true,
        b'.' => names == Names::Dotted,
        b'/' | b'-' => names == Names::Dotted && is_braced,
        other => other.is_ascii_alphanumeric(),
    };
    bytes.iter().take_while(goes_on).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_replaced_and_the_rest_stays() {
        let upper = |name: &str| name.to_uppercase();
        for (text, names, becomes) in [
            ("$name-suffix", Names::Dotted, "NAME-suffix"),
            ("${labels.a/b-c}!", Names::Dotted, "LABELS.A/B-C!"),
            ("$labels.app.", Names::Dotted, "LABELS.APP."),
            ("$labels.app.", Names::Plain, "LABELS.app."),
            ("${labels.app}", Names::Plain, "${labels.app}"),
            ("costs $$5 and $5 $", Names::Plain, "costs $5 and $5 $"),
            ("${", Names::Plain, "${"),
            ("${}$é", Names::Dotted, "${}$é"),
        ] {
            assert_eq!(substitute(text, names, upper), becomes, "{text}");
        }
    }
}
