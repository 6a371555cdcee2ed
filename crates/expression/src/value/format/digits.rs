//! The digits of floats, as C's `printf` and Python's `repr` write them.

use super::super::text::float_repr;
use super::super::{Error, budget};

/// No float has more digits than this after the point.
const MOST_DIGITS: usize = 1100;

/// How to write the digits of a float.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `f`: always with a point.
    Fixed,
    /// `e`: always with an exponent.
    Exponent,
    /// `g`: whichever is shorter; zeros at the end are left out.
    General,
    /// As `g`, but a result without exponent keeps at least one digit after the point.
    GeneralFloat,
}

/// The digits of a number that is finite and not negative. `alternate` keeps the point and the zeros.
pub(super) fn digits(
    number: f64,
    style: Style,
    precision: usize,
    alternate: bool,
) -> Result<String, Error> {
    budget::text(precision)?;
    Ok(match style {
        Style::Fixed => with_point(fixed(number, precision), alternate),
        Style::Exponent => {
            let (mantissa, exponent) = exponential(number, precision);
            join(&with_point(mantissa, alternate), exponent)
        }
        Style::General | Style::GeneralFloat => general(number, style, precision, alternate),
    })
}

/// The shortest digits that read back, as in `repr`.
pub(super) fn shortest(number: f64) -> String {
    float_repr(number)
}

fn general(number: f64, style: Style, precision: usize, alternate: bool) -> String {
    let precision = precision.max(1);
    let (mantissa, exponent) = exponential(number, precision - 1);
    let whole_digits = i64::try_from(precision).unwrap_or(i64::MAX);
    let limit = whole_digits - i64::from(style == Style::GeneralFloat);
    if exponent < -4 || exponent >= limit {
        let mantissa = if alternate {
            with_point(mantissa, true)
        } else {
            without_zeros(mantissa)
        };
        return join(&mantissa, exponent);
    }
    let places = usize::try_from(whole_digits - 1 - exponent).unwrap_or(0);
    let text = fixed(number, places);
    if alternate {
        return with_point(text, true);
    }
    let mut text = without_zeros(text);
    if style == Style::GeneralFloat && !text.contains('.') {
        text.push_str(".0");
    }
    text
}

fn fixed(number: f64, precision: usize) -> String {
    let exact = precision.min(MOST_DIGITS);
    let mut text = format!("{number:.exact$}");
    text.extend(std::iter::repeat_n('0', precision - exact));
    text
}

fn exponential(number: f64, precision: usize) -> (String, i64) {
    let exact = precision.min(MOST_DIGITS);
    let text = format!("{number:.exact$e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let mut mantissa = mantissa.to_owned();
    mantissa.extend(std::iter::repeat_n('0', precision - exact));
    (mantissa, exponent.parse().unwrap_or(0))
}

fn join(mantissa: &str, exponent: i64) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.unsigned_abs())
}

fn with_point(mut text: String, wanted: bool) -> String {
    if wanted && !text.contains('.') {
        text.push('.');
    }
    text
}

fn without_zeros(text: String) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text
    }
}
