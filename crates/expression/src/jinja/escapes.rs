//! Escapes in string literals, read as Python's `unicode-escape` codec reads them.

/// The text that the inside of a string literal stands for, or the codec's complaint.
pub(super) fn unescape(literal: &str) -> Result<String, String> {
    if !literal.contains('\\') {
        return Ok(literal.to_owned());
    }
    let ascii = to_ascii(literal);
    let mut text = String::with_capacity(ascii.len());
    let mut rest = ascii.as_str();
    while let Some((plain, after)) = rest.split_once('\\') {
        text.push_str(plain);
        rest = escape(after, &mut text)?;
    }
    text.push_str(rest);
    Ok(text)
}

/// Characters beyond ASCII become escapes first, so a backslash before one stays a backslash (`\é` is `\xe9`, four characters).
fn to_ascii(literal: &str) -> String {
    literal
        .chars()
        .map(|character| match u32::from(character) {
            0..=0x7f => character.to_string(),
            code @ 0x80..=0xff => format!("\\x{code:02x}"),
            code @ 0x100..=0xffff => format!("\\u{code:04x}"),
            code => format!("\\U{code:08x}"),
        })
        .collect()
}

/// Reads one escape after its backslash; returns what follows it.
fn escape<'a>(after: &'a str, text: &mut String) -> Result<&'a str, String> {
    let mut characters = after.chars();
    let Some(letter) = characters.next() else {
        return Err("\\ at end of string".to_owned());
    };
    let rest = characters.as_str();
    match letter {
        '\n' => {}
        '\\' | '\'' | '"' => text.push(letter),
        'a' => text.push('\x07'),
        'b' => text.push('\x08'),
        'f' => text.push('\x0c'),
        'n' => text.push('\n'),
        'r' => text.push('\r'),
        't' => text.push('\t'),
        'v' => text.push('\x0b'),
        '0'..='7' => return octal(after, text),
        'x' => return hexadecimal(rest, 2, "truncated \\xXX escape", text),
        'u' => return hexadecimal(rest, 4, "truncated \\uXXXX escape", text),
        'U' => return hexadecimal(rest, 8, "truncated \\UXXXXXXXX escape", text),
        'N' => return Err("\\N character names are not supported".to_owned()),
        other => {
            text.push('\\');
            text.push(other);
        }
    }
    Ok(rest)
}

fn octal<'a>(digits: &'a str, text: &mut String) -> Result<&'a str, String> {
    let count = digits
        .bytes()
        .take(3)
        .take_while(|byte| matches!(byte, b'0'..=b'7'))
        .count();
    code_point(digits, count, 8, text)
}

fn hexadecimal<'a>(
    digits: &'a str,
    count: usize,
    complaint: &str,
    text: &mut String,
) -> Result<&'a str, String> {
    let given = digits
        .bytes()
        .take(count)
        .take_while(u8::is_ascii_hexdigit)
        .count();
    if given < count {
        return Err(complaint.to_owned());
    }
    code_point(digits, count, 16, text)
}

fn code_point<'a>(
    digits: &'a str,
    count: usize,
    radix: u32,
    text: &mut String,
) -> Result<&'a str, String> {
    let (number, rest) = digits.split_at_checked(count).unwrap_or((digits, ""));
    let code = u32::from_str_radix(number, radix).unwrap_or(u32::MAX);
    match char::from_u32(code) {
        Some(character) => text.push(character),
        None if (0xd800..=0xdfff).contains(&code) => {
            return Err("surrogate escapes are not supported".to_owned());
        }
        None => return Err("illegal Unicode character".to_owned()),
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use super::unescape;

    #[test]
    fn reads_what_python_reads() {
        for (literal, expected) in [
            (r"a\nb", "a\nb"),
            (r"\x41\u00e9\U0001f600\101\0", "Aé😀A\0"),
            (r"\q\'\\", "\\q'\\"),
            ("\\é", "\\xe9"),
            ("é😀\\t", "é😀\t"),
            ("a\\\nb", "ab"),
            (r"\400", "Ā"),
        ] {
            assert_eq!(unescape(literal).as_deref(), Ok(expected), "{literal}");
        }
    }

    #[test]
    fn refuses_what_python_refuses() {
        for (literal, complaint) in [
            (r"\x4", "truncated \\xXX escape"),
            (r"\u12", "truncated \\uXXXX escape"),
            (r"\U00110000", "illegal Unicode character"),
        ] {
            assert_eq!(unescape(literal), Err(complaint.to_owned()));
        }
    }
}
