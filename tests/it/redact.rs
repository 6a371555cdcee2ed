//! Replacing what differs from run to run by marks of the same width, so that tables keep their shape.

/// `text` with every id, time and hash replaced.
pub(crate) fn redacted(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let (length, mark) = KINDS
            .iter()
            .find_map(|(measure, mark)| Some((measure(rest)?, *mark)))
            .filter(|_| !out.ends_with(|c: char| c.is_ascii_alphanumeric()))
            .unwrap_or((0, ""));
        if length == 0 {
            out.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            out.push_str(mark);
            out.extend(std::iter::repeat_n(' ', length.saturating_sub(mark.len())));
            rest = &rest[length..];
        }
    }
    out
}

/// How long the thing at the start of a text is, and what stands for it.
type Kind = (fn(&str) -> Option<usize>, &'static str);

const KINDS: &[Kind] = &[
    (uuid, "<uuid>"),
    (|text| digits(text, 128), "<hash>"),
    (secret, "<secret>"),
    (|text| digits(text, 24), "<id>"),
    (iso_time, "<time>"),
    (client_time, "<time>"),
    (elapsed, "(_s elapsed)"),
];

/// Exactly so many hexadecimal digits in a row.
fn digits(text: &str, count: usize) -> Option<usize> {
    let found = text.bytes().take_while(u8::is_ascii_hexdigit).count();
    let ends = !text[found..].starts_with(|c: char| c.is_ascii_alphanumeric());
    (found == count && ends).then_some(count)
}

/// The text of an API key or of a sealed value, or what a table's cell shows of it on one line: long, with digits or
/// capitals in it.
fn secret(text: &str) -> Option<usize> {
    let found = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let is_no_word = text[..found]
        .bytes()
        .any(|letter| !letter.is_ascii_lowercase());
    (found >= 26 && is_no_word).then_some(found)
}

fn uuid(text: &str) -> Option<usize> {
    matches(text, "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx").or_else(|| digits(text, 32))
}

/// `2026-11-22T13:14:15.000123Z`, and the forms of it with fewer or no digits after the point, or with an offset.
fn iso_time(text: &str) -> Option<usize> {
    let seconds = matches(text, "dddd-dd-ddTdd:dd:dd")?;
    let rest = &text[seconds..];
    let fraction = match rest.strip_prefix('.') {
        Some(rest) => 1 + rest.bytes().take_while(u8::is_ascii_digit).count(),
        None => 0,
    };
    let rest = &rest[fraction..];
    let zone = if rest.starts_with('Z') {
        Some(1)
    } else {
        matches(rest, "+dd:dd")
    };
    Some(seconds + fraction + zone.unwrap_or(0))
}

/// `Sun, 22 Nov 2026 13:14:15 UTC`, as the stock client writes it, and the same with `GMT` as HTTP has it.
fn client_time(text: &str) -> Option<usize> {
    matches(text, "aaa, dd aaa dddd dd:dd:dd aaa")
}

/// `(0s elapsed)`
fn elapsed(text: &str) -> Option<usize> {
    let rest = text.strip_prefix('(')?;
    let rest = rest.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let rest = rest.strip_prefix("s elapsed)")?;
    Some(text.len() - rest.len())
}

/// How long the start of `text` is that looks like `form`: `d` a digit, `x` a hexadecimal one, `a` a letter.
fn matches(text: &str, form: &str) -> Option<usize> {
    let mut letters = text.bytes();
    let fits = form.bytes().all(|wanted| {
        letters.next().is_some_and(|found| match wanted {
            b'd' => found.is_ascii_digit(),
            b'x' => found.is_ascii_hexdigit(),
            b'a' => found.is_ascii_alphabetic(),
            other => found == other,
        })
    });
    fits.then_some(form.len())
}

#[test]
fn what_differs_keeps_its_width() {
    let text = "\
| id     | 5f1d7a1e9c2b4a0012345678             |
| start  | Sun, 22 Nov 2026 13:14:15 UTC        |
| at     | 2026-11-22T13:14:15.000123Z, once    |
| tag    | w-6d8f1f0a6d8f41f0a6d8f1f0a6d8f1f0   |
| not    | 5f1d7a1e9c2b4a00123456789, beef, 12s |
| key    | ZmJhNmFkNzNjYjExMGVhNTllMg           |
";
    let expected = "\
| id     | <id>                                 |
| start  | <time>                               |
| at     | <time>                     , once    |
| tag    | w-<uuid>                             |
| not    | 5f1d7a1e9c2b4a00123456789, beef, 12s |
| key    | <secret>                             |
";
    assert_eq!(redacted(text), expected);
}
