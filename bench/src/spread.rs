//! Several measurements of one thing, as one line.

use std::fmt;
use std::time::Duration;

/// The median of several runs, between the lowest and the highest.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) lowest: f64,
    pub(crate) highest: f64,
}

impl Spread {
    /// Of at least one run; `None` of none.
    pub(crate) fn of(mut runs: Vec<f64>) -> Option<Self> {
        runs.sort_by(f64::total_cmp);
        Some(Self {
            median: percentile(&runs, 50)?,
            lowest: *runs.first()?,
            highest: *runs.last()?,
        })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            median,
            lowest,
            highest,
        } = *self;
        write!(
            f,
            "{} ({}-{})",
            short(median),
            short(lowest),
            short(highest)
        )
    }
}

/// The value that `percent` of the sorted values do not exceed (the nearest rank); `None` of nothing.
pub(crate) fn percentile(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = sorted.len().saturating_mul(percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied()
}

/// The percentile of durations, in milliseconds.
pub(crate) fn percentile_millis(durations: &[Duration], percent: usize) -> Option<f64> {
    let mut millis: Vec<f64> = durations.iter().map(|taken| millis(*taken)).collect();
    millis.sort_by(f64::total_cmp);
    percentile(&millis, percent)
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}

/// A number with about three digits that mean something, and thousands set apart.
pub(crate) fn short(number: f64) -> String {
    match number.abs() {
        large if large >= 999.5 => thousands(number),
        middle if middle >= 99.95 => format!("{number:.0}"),
        small if small >= 9.995 => format!("{number:.1}"),
        _ => format!("{number:.2}"),
    }
}

fn thousands(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        let left = digits.len() - place;
        if place > 0 && left.is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_rank() {
        let hundred: Vec<f64> = (1..=100).map(f64::from).collect();
        assert_eq!(percentile(&hundred, 50), Some(50.0));
        assert_eq!(percentile(&hundred, 99), Some(99.0));
        assert_eq!(percentile(&[7.0], 50), Some(7.0));
        assert_eq!(percentile(&[], 50), None);
    }

    #[test]
    fn numbers_are_shown_with_what_they_can_tell() {
        let shown = [
            (0.123_4, "0.12"),
            (9.999, "10.0"),
            (12.34, "12.3"),
            (123.4, "123"),
            (1234.5, "1,234"),
            (1_234_567.0, "1,234,567"),
        ];
        for (number, text) in shown {
            assert_eq!(short(number), text);
        }
    }

    #[test]
    fn the_median_stands_before_the_extremes() {
        let spread = Spread::of(vec![3.0, 1.0, 2.0]).unwrap();
        assert_eq!(spread.to_string(), "2.00 (1.00-3.00)");
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
