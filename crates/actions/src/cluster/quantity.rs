//! Amounts of memory and processor, as Kubernetes writes them and Robusta reads them.

/// Whole mebibytes; 0 of what cannot be read.
pub(crate) fn mebibytes(text: &str) -> i64 {
    whole(bytes(text) / (1024.0 * 1024.0))
}

/// Cores, to the thousandth; 0 of what cannot be read.
pub(crate) fn cores(text: &str) -> f64 {
    let number = |text: String| text.trim().parse::<f64>().unwrap_or(0.0);
    let cores = if text.contains('m') {
        number(text.replace('m', "")) / 1000.0
    } else if text.contains('k') {
        number(text.replace('k', "")) * 1000.0
    } else {
        number(text.to_owned())
    };
    (cores * 1000.0).round() / 1000.0
}

/// Bytes; 0 of what cannot be read.
pub(crate) fn bytes(text: &str) -> f64 {
    for (unit, factor) in FACTORS {
        if let Some(number) = text.strip_suffix(unit).filter(|rest| !rest.is_empty()) {
            // Of a number with a unit Robusta reads integers only.
            let number = number.trim().parse::<i64>().unwrap_or(0);
            #[expect(
                clippy::cast_precision_loss,
                reason = "so does Python, where the factor is a fraction"
            )]
            return number as f64 * factor;
        }
    }
    text.trim().parse::<f64>().map_or(0.0, f64::trunc)
}

/// Robusta's units: a small `k` is 1024 there.
const FACTORS: [(&str, f64); 16] = [
    ("Ki", 1024.0),
    ("Mi", 1024.0 * 1024.0),
    ("Gi", 1024.0 * 1024.0 * 1024.0),
    ("Ti", 1024.0 * 1024.0 * 1024.0 * 1024.0),
    ("Pi", 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0),
    ("Ei", 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0 * 1024.0),
    ("m", 1e-3),
    ("u", 1e-6),
    ("n", 1e-9),
    ("k", 1024.0),
    ("K", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
];

fn whole(number: f64) -> i64 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` holds at the bounds, and fractions are left out"
    )]
    let whole = number as i64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_in_every_form() {
        for (text, amount) in [
            ("128Mi", 128),
            ("1Gi", 1024),
            ("1048576", 1),
            ("2048Ki", 2),
            ("1G", 953),
            ("1.5Gi", 0),
            ("1e9", 953),
            ("128974848000m", 123),
            ("", 0),
            ("plenty", 0),
        ] {
            assert_eq!(mebibytes(text), amount, "{text}");
        }
    }

    #[test]
    fn processors_in_every_form() {
        for (text, amount) in [
            ("250m", 0.25),
            ("2", 2.0),
            ("0.1", 0.1),
            ("1k", 1000.0),
            ("", 0.0),
            ("x", 0.0),
        ] {
            assert!((cores(text) - amount).abs() < 1e-9, "{text}");
        }
    }
}
