//! Slack's Markdown, and what becomes of it elsewhere. Lengths are counted in characters.

/// The text, cut to at most `most` characters.
pub(crate) fn cut(text: &str, most: usize) -> String {
    cut_with(text, most, "...")
}

fn cut_with(text: &str, most: usize, suffix: &str) -> String {
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let kept = most.saturating_sub(suffix.chars().count());
    text.chars()
        .take(kept)
        .chain(suffix.chars())
        .take(most)
        .collect()
}

/// The text, cut to at most `most` characters, with a code block that was cut in two closed again.
pub(crate) fn cut_markdown(text: &str, most: usize) -> String {
    const FENCE: &str = "```";
    let letters: Vec<char> = text.chars().collect();
    if letters.len() <= most || most <= 3 || !text.contains(FENCE) {
        return cut(text, most);
    }
    let part = |from: usize, to: usize| -> String {
        letters
            .get(from.min(to)..to.min(letters.len()))
            .unwrap_or_default()
            .iter()
            .collect()
    };
    let mut end = most - 3;
    // A fence that the cut goes through must not join the fence that closes the block.
    let buffer = end.saturating_sub(7);
    if part(end, most).contains('`') && part(buffer, most).contains(FENCE) {
        end = buffer;
    }
    if part(end, letters.len()).matches(FENCE).count() % 2 == 1 {
        format!("{}...{FENCE}", part(0, end.saturating_sub(3)))
    } else {
        format!("{}...", part(0, end))
    }
}

/// A link in Slack's Markdown, `<url|text>`, with what is around it.
struct FoundLink<'a> {
    before: &'a str,
    url: &'a str,
    text: &'a str,
    after: &'a str,
}

/// The first `<url|text>` on one line.
fn first_link(text: &str) -> Option<FoundLink<'_>> {
    let mut from = 0;
    loop {
        let rest = text.get(from..)?;
        let start = from + rest.find('<')?;
        let inner = text.get(start + 1..)?;
        let end = inner.find(['>', '\n', '<'])?;
        let inside = inner.get(..end)?;
        if inner.get(end..)?.starts_with('>')
            && let Some((url, name)) = inside.split_once('|')
            && !name.contains('|')
        {
            return Some(FoundLink {
                before: text.get(..start)?,
                url,
                text: name,
                after: inner.get(end + 1..)?,
            });
        }
        from = start + 1;
    }
}

/// The text with each link written by `write`, which is given its address and its text.
pub(crate) fn with_links(text: &str, write: impl Fn(&str, &str) -> String) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(link) = first_link(rest) {
        written.push_str(link.before);
        written.push_str(&write(link.url, link.text));
        rest = link.after;
    }
    written.push_str(rest);
    written
}

/// The text with links as people read them: `text: url`.
pub(crate) fn clear(text: &str) -> String {
    with_links(text, |url, name| format!("{name}: {url}"))
}

/// The text and what it mentions: `<@U1>` and `<!here>` stand behind it.
pub(crate) fn without_mentions(title: &str) -> (String, String) {
    let mut kept = String::new();
    let mut mentions = String::new();
    let mut rest = title;
    while let Some((before, after)) = rest.split_once('<') {
        let Some((inside, behind)) = after.split_once('>') else {
            break;
        };
        kept.push_str(before);
        if inside.is_empty() {
            kept.push('<');
            rest = after;
        } else {
            mentions.extend([" <", inside, ">"]);
            rest = behind;
        }
    }
    kept.push_str(rest);
    if mentions.is_empty() {
        return (title.to_owned(), mentions);
    }
    (kept.trim().to_owned(), mentions)
}

/// The text with what stands between single asterisks between `open` and `close` instead.
pub(crate) fn between_asterisks(text: &str, open: &str, close: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('*') {
        written.push_str(before);
        let Some((inside, after)) = after.split_once('*') else {
            written.push('*');
            rest = after;
            break;
        };
        written.extend([open, inside, close]);
        rest = after;
    }
    written.push_str(rest);
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_code_block_is_closed() {
        assert_eq!(cut("1234567890", 9), "123456...");
        assert_eq!(
            cut_markdown("ab ```code code code``` tail", 20),
            "ab ```code cod...```"
        );
        assert_eq!(
            cut_markdown("```a``` bcdefghijklmnop", 15),
            "```a``` bcde..."
        );
    }

    #[test]
    fn links_are_found_wherever_they_are() {
        assert_eq!(
            clear("see <http://a|A> and <http://b|B>."),
            "see A: http://a and B: http://b."
        );
        assert_eq!(
            clear("1 < 2 <http://a|A> <x <b|c|d> <!here>"),
            "1 < 2 A: http://a <x <b|c|d> <!here>"
        );
    }

    #[test]
    fn mentions_go_to_the_end() {
        let split = without_mentions("CPU <@U1> high <!here> <");
        assert_eq!(
            split,
            ("CPU  high  <".to_owned(), " <@U1> <!here>".to_owned())
        );
        assert_eq!(
            without_mentions(" a <> b"),
            (" a <> b".to_owned(), String::new())
        );
    }

    #[test]
    fn single_asterisks_make_bold() {
        assert_eq!(
            between_asterisks("*a* b * c", "<b>", "</b>"),
            "<b>a</b> b * c"
        );
    }
}
