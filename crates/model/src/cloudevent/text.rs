//! The texts of attributes, and how headers carry them.

/// Whether a text has no character that attributes forbid: controls, and what Unicode calls no characters.
pub(super) fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| {
        let number = u32::from(c);
        c.is_control() || (0xFDD0..=0xFDEF).contains(&number) || number & 0xFFFE == 0xFFFE
    })
}

/// Whether a text is a URI reference of RFC 3986, as far as its characters, its scheme and its escapes go.
pub(super) fn is_uri_reference(text: &str) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let is_right = match byte {
            b'%' => (0..2).all(|_| bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit())),
            _ => byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=".contains(&byte),
        };
        if !is_right {
            return false;
        }
    }
    let first = text.split(['/', '?', '#']).next().unwrap_or_default();
    text.matches('#').count() < 2 && (!first.contains(':') || has_scheme(text))
}

/// Whether a URI reference begins with a scheme, such as `urn:`.
pub(super) fn has_scheme(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, _)| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        scheme.starts_with(|first: char| first.is_ascii_alphabetic()) && scheme.bytes().all(is_part)
    })
}

/// Whether a text is a media type of RFC 2046, such as `text/plain; charset=utf-8`.
pub(super) fn is_media_type(text: &str) -> bool {
    let is_token = |text: &str| {
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        !text.is_empty() && text.bytes().all(is_part)
    };
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().and_then(|kind| kind.split_once('/'));
    let is_parameter = |parameter: &str| {
        let quoted =
            |value: &str| value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        parameter.is_empty()
            || parameter
                .split_once('=')
                .is_some_and(|(name, value)| is_token(name) && (is_token(value) || quoted(value)))
    };
    kind.is_some_and(|(kind, subtype)| is_token(kind) && is_token(subtype))
        && parts.all(is_parameter)
}

/// Whether a text is base64 of RFC 4648, with its padding.
pub(super) fn is_base64(text: &str) -> bool {
    let bare = text.trim_end_matches('=');
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    text.len().is_multiple_of(4) && text.len() - bare.len() < 3 && bare.bytes().all(is_digit)
}

/// The value of a header for the text of an attribute: what is not printable ASCII is percent-encoded, and so are blanks,
/// quotes and percent signs.
pub fn to_header(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'"' | b'%' => {}
            0x21..=0x7E => {
                value.push(char::from(byte));
                continue;
            }
            _ => {}
        }
        value.push('%');
        for digit in [byte >> 4, byte & 0x0F] {
            value
                .extend(char::from_digit(digit.into(), 16).map(|digit| digit.to_ascii_uppercase()));
        }
    }
    value
}

/// The text of an attribute in a header: quotes are taken away, then percent signs are read. None if that is not UTF-8.
pub fn from_header(value: &[u8]) -> Option<String> {
    let value = unquoted(value.trim_ascii());
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.iter().copied();
    while let Some(byte) = rest.next() {
        let mut ahead = rest.clone();
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        match (byte, digit(ahead.next()), digit(ahead.next())) {
            (b'%', Some(high), Some(low)) => {
                bytes.push(u8::try_from(high * 16 + low).ok()?);
                rest = ahead;
            }
            _ => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).ok()
}

/// Without the quotes of a quoted text, and the strokes within it.
fn unquoted(value: &[u8]) -> Vec<u8> {
    let [b'"', inner @ .., b'"'] = value else {
        return value.to_vec();
    };
    let mut bytes = Vec::with_capacity(inner.len());
    let mut rest = inner.iter().copied();
    while let Some(byte) = rest.next() {
        let byte = if byte == b'\\' {
            rest.next()
        } else {
            Some(byte)
        };
        bytes.extend(byte);
    }
    bytes
}
