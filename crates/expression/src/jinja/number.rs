//! Number literals.

use num_bigint::BigInt;
use num_traits::Num as _;

use super::token::Kind;

/// Python refuses to read longer decimal numbers.
const LONGEST_DECIMAL: usize = 4300;

type IsDigit = fn(&u8) -> bool;

/// The number at the start of `text` and its length, if there is one.
///
/// `after_dot` says that a dot stands before it: then `1.5` is no float (`x.1.5`).
pub(super) fn read(text: &str, after_dot: bool) -> Result<Option<(Kind, usize)>, String> {
    if !after_dot && let Some(length) = float_length(text) {
        let number = digits_of(text, length).parse().unwrap_or(f64::INFINITY);
        return Ok(Some((Kind::Float(number), length)));
    }
    let Some((radix, prefix, length)) = integer_length(text) else {
        return Ok(None);
    };
    let digits = digits_of(text, length);
    let digits = digits.get(prefix..).unwrap_or_default();
    if radix == 10 && digits.len() > LONGEST_DECIMAL {
        return Err(format!(
            "Exceeds the limit ({LONGEST_DECIMAL} digits) for integer string conversion: value has {} digits; use \
             sys.set_int_max_str_digits() to increase the limit",
            digits.len()
        ));
    }
    let number = BigInt::from_str_radix(digits, radix).unwrap_or_default();
    Ok(Some((Kind::Integer(number), length)))
}

fn digits_of(text: &str, length: usize) -> String {
    text.chars()
        .take(length)
        .filter(|character| *character != '_')
        .collect()
}

/// Digits with single underscores between them.
fn digit_group(text: &str, is_digit: IsDigit) -> usize {
    let mut length = 0;
    let bytes = text.as_bytes();
    loop {
        let underscore = usize::from(length > 0 && bytes.get(length) == Some(&b'_'));
        let run = bytes
            .iter()
            .skip(length + underscore)
            .take_while(|byte| is_digit(byte))
            .count();
        if run == 0 {
            return length;
        }
        length += underscore + run;
    }
}

fn decimal_group(text: &str, from: usize) -> usize {
    digit_group(text.get(from..).unwrap_or_default(), u8::is_ascii_digit)
}

fn float_length(text: &str) -> Option<usize> {
    let whole = decimal_group(text, 0);
    if whole == 0 {
        return None;
    }
    let bytes = text.as_bytes();
    let mut length = whole;
    if bytes.get(length) == Some(&b'.') {
        let fraction = decimal_group(text, length + 1);
        if fraction == 0 {
            return None;
        }
        length += 1 + fraction;
    }
    if matches!(bytes.get(length), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(bytes.get(length + 1), Some(b'+' | b'-')));
        let exponent = decimal_group(text, length + 1 + sign);
        if exponent > 0 {
            return Some(length + 1 + sign + exponent);
        }
    }
    (length > whole).then_some(length)
}

/// Radix, length of the prefix and whole length.
fn integer_length(text: &str) -> Option<(u32, usize, usize)> {
    let bytes = text.as_bytes();
    let first = bytes.first().filter(|byte| byte.is_ascii_digit())?;
    if *first != b'0' {
        return Some((10, 0, decimal_group(text, 0)));
    }
    let radix: Option<(u32, IsDigit)> = match bytes.get(1) {
        Some(b'b' | b'B') => Some((2, |byte| matches!(byte, b'0' | b'1'))),
        Some(b'o' | b'O') => Some((8, |byte| matches!(byte, b'0'..=b'7'))),
        Some(b'x' | b'X') => Some((16, u8::is_ascii_hexdigit)),
        _ => None,
    };
    if let Some((radix, is_digit)) = radix {
        let underscore = usize::from(bytes.get(2) == Some(&b'_'));
        let digits = digit_group(text.get(2 + underscore..).unwrap_or_default(), is_digit);
        if digits > 0 {
            return Some((radix, 2, 2 + underscore + digits));
        }
    }
    Some((10, 0, digit_group(text, |byte| *byte == b'0')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_longest_number() {
        for (text, length) in [
            ("1_000", 5),
            ("1__0", 1),
            ("007", 2),
            ("0x_fF_g", 5),
            ("0b12", 3),
            ("0xg", 1),
            ("1.5e-3x", 6),
            ("1.5e", 3),
            ("1.", 1),
            ("1e5", 3),
            ("12.3.4", 4),
        ] {
            assert_eq!(read(text, false).unwrap().unwrap().1, length, "{text}");
        }
        assert_eq!(read("1.5", true).unwrap().unwrap().1, 1);
        assert_eq!(read("x", false), Ok(None));
    }

    #[test]
    fn keeps_large_integers() {
        let (kind, _) = read("0xffffffffffffffffff", false).unwrap().unwrap();
        assert_eq!(
            kind,
            Kind::Integer(BigInt::from(4_722_366_482_869_645_213_695_u128))
        );
        assert!(read(&"9".repeat(4301), false).is_err());
    }
}
