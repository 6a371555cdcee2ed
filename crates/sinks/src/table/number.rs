//! What Python takes for a number, and how it shows one.

/// Whether Python's `int` takes the text.
pub(super) fn is_whole(text: &str) -> bool {
    let text = text.trim();
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    is_digits(digits)
}

/// Digits, with single underscores between them.
fn is_digits(text: &str) -> bool {
    !text.is_empty()
        && text
            .split('_')
            .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Whether Python's `float` takes the text.
pub(super) fn is_python_float(text: &str) -> bool {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if ["inf", "infinity", "nan"].contains(&unsigned.to_lowercase().as_str()) {
        return true;
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent_is_fine = exponent
        .is_none_or(|exponent| is_digits(exponent.strip_prefix(['+', '-']).unwrap_or(exponent)));
    let mantissa_is_fine = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, "")) => is_digits(whole),
        Some((whole, fraction)) => is_digits(whole) && is_digits(fraction),
        None => is_digits(mantissa),
    };
    exponent_is_fine && mantissa_is_fine
}

/// Whether `tabulate` takes the text for a number: not all spellings of infinity are, nor what overflows.
pub(super) fn is_float(text: &str) -> bool {
    if !is_python_float(text) {
        return false;
    }
    match value(text) {
        Some(number) if number.is_finite() => true,
        _ => ["inf", "-inf", "nan"].contains(&text.to_lowercase().as_str()),
    }
}

fn value(text: &str) -> Option<f64> {
    text.trim().replace('_', "").parse().ok()
}

/// The number as Python's format `g` shows it: six digits at most.
pub(super) fn general(text: &str) -> Option<String> {
    let number = value(text)?;
    if number.is_nan() {
        return Some("nan".to_owned());
    }
    if number.is_infinite() {
        return Some(if number > 0.0 { "inf" } else { "-inf" }.to_owned());
    }
    let scientific = format!("{number:.5e}");
    let (mantissa, exponent) = scientific.split_once('e')?;
    let exponent: i32 = exponent.parse().ok()?;
    if (-4..6).contains(&exponent) {
        let places = usize::try_from(5 - exponent).ok()?;
        return Some(without_zeros(&format!("{number:.places$}")));
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    Some(format!(
        "{}e{sign}{:02}",
        without_zeros(mantissa),
        exponent.abs()
    ))
}

fn without_zeros(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

/// How many characters follow the point; nothing if there is none.
pub(super) fn afterpoint(text: &str) -> Option<usize> {
    if !is_float(text) || is_whole(text) {
        return None;
    }
    let place = text.rfind('.').or_else(|| text.to_lowercase().rfind('e'))?;
    Some(text.len() - place - 1)
}
