//! Durations and sizes as people write them: `90d`, `1h30m`, `10 MiB`.

use std::time::Duration;

/// Units of duration, longest first, in milliseconds.
const TIMES: [(&str, u64); 6] = [
    ("w", 7 * 86_400_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1000),
    ("ms", 1),
];

/// Units of size in bytes, largest first; one with a name for powers of two before that for powers of ten.
const SIZES: [(&str, u64); 9] = [
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1000),
    ("B", 1),
];

/// The longest duration, in milliseconds: a hundred years, so that any point in time plus it is one, too.
const LONGEST: u64 = 36_525 * 86_400_000;

/// Reads `250ms`, `10s`, `1h30m`, `90d`.
pub(crate) fn duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let (number, after) = number(rest)?;
        let ends = after.find(|c: char| !c.is_ascii_alphabetic());
        let (unit, after) = after.split_at(ends.unwrap_or(after.len()));
        let (_, millis) = TIMES.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(number.checked_mul(*millis)?)?;
        rest = after;
    }
    let is_right = !text.is_empty() && total <= LONGEST;
    is_right.then(|| Duration::from_millis(total))
}

/// Reads `512 KiB`, `10MB`.
pub(crate) fn size(text: &str) -> Option<u64> {
    let (number, unit) = number(text)?;
    let unit = unit.trim();
    let (_, bytes) = SIZES
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(unit))?;
    number.checked_mul(*bytes)
}

/// Writes a duration so that [`duration`] reads it again.
pub(crate) fn of_duration(duration: Duration) -> String {
    let millis = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    in_whole_units(millis, &TIMES, "").unwrap_or_else(|| "0s".to_owned())
}

/// Writes a size so that [`size`] reads it again.
pub(crate) fn of_size(bytes: u64) -> String {
    in_whole_units(bytes, &SIZES, " ").unwrap_or_else(|| "0 B".to_owned())
}

fn in_whole_units(quantity: u64, units: &[(&str, u64)], between: &str) -> Option<String> {
    let (name, unit) = units
        .iter()
        .find(|(_, unit)| quantity > 0 && quantity.is_multiple_of(*unit))?;
    Some(format!("{}{between}{name}", quantity / unit))
}

fn number(text: &str) -> Option<(u64, &str)> {
    let ends = text.find(|c: char| !c.is_ascii_digit())?;
    let (digits, rest) = text.split_at(ends);
    Some((digits.parse().ok()?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        let read = |text| duration(text).map(|duration| duration.as_millis());
        assert_eq!(read("250ms"), Some(250));
        assert_eq!(read("10s"), Some(10_000));
        assert_eq!(read("1h30m"), Some(5_400_000));
        assert_eq!(read("90d"), Some(90 * 86_400_000));
        assert_eq!(read("0s"), Some(0));
        for wrong in [
            "",
            "10",
            "s",
            "10 s",
            "1.5h",
            "-1s",
            "10x",
            "1h30",
            "99999999999w",
            "101y",
            "5300w",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(size("10 MiB"), Some(10 << 20));
        assert_eq!(size("10MB"), Some(10_000_000));
        assert_eq!(size("1kb"), Some(1000));
        assert_eq!(size("0 B"), Some(0));
        for wrong in ["", "10", "MB", "1.5 GB", "-1 B", "1 XB", "99999999999 TB"] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for millis in [0, 1, 999, 1000, 90_000, 86_400_000] {
            let written = Duration::from_millis(millis);
            assert_eq!(duration(&of_duration(written)), Some(written));
        }
        for bytes in [0, 1, 1000, 1024, 10 << 20, 10_000_000] {
            assert_eq!(size(&of_size(bytes)), Some(bytes));
        }
        assert_eq!(of_duration(Duration::from_secs(90)), "90s");
        assert_eq!(of_size(10 << 20), "10 MiB");
    }
}
