//! Times as Kubernetes, Python and Robusta write them.

use chrono::{DateTime, FixedOffset, Timelike as _};
use squall_model::Json;

/// As Python's `isoformat` writes it: to the microsecond, and without a fraction where there is none.
pub(crate) fn python(at: DateTime<FixedOffset>) -> String {
    let form = if at.nanosecond() / 1_000 == 0 {
        "%Y-%m-%dT%H:%M:%S%:z"
    } else {
        "%Y-%m-%dT%H:%M:%S%.6f%:z"
    };
    at.format(form).to_string()
}

/// Milliseconds since 1970 of a time that Kubernetes wrote.
pub(crate) fn milliseconds(text: &str) -> Option<f64> {
    let at = DateTime::parse_from_rfc3339(text).ok()?;
    #[expect(
        clippy::cast_precision_loss,
        reason = "Python's times are such numbers"
    )]
    let micros = at.timestamp_micros() as f64;
    Some(micros / 1000.0)
}

/// As tables show it, in UTC.
pub(crate) fn shown(milliseconds: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "`as` holds at the bounds")]
    let at = DateTime::from_timestamp_millis(milliseconds as i64).unwrap_or_default();
    at.format("%b %d, %Y, %I:%M:%S %p").to_string()
}

/// Robusta reads times of objects that it asks for and writes them anew; those of changes stay as they are.
pub(crate) fn rewrite(value: &mut Json) {
    match value {
        Json::Array(items) => items.iter_mut().for_each(rewrite),
        Json::Object(members) => {
            for (name, member) in members {
                let is_time = ["At", "Time", "Timestamp"]
                    .iter()
                    .any(|end| name.ends_with(end));
                let read = member.as_str().filter(|_| is_time);
                match read.and_then(|text| DateTime::parse_from_rfc3339(text).ok()) {
                    Some(at) => *member = Json::from(python(at)),
                    None => rewrite(member),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_three() {
        let parsed = |text| DateTime::parse_from_rfc3339(text).unwrap();
        assert_eq!(
            python(parsed("2026-11-22T13:14:15Z")),
            "2026-11-22T13:14:15+00:00"
        );
        assert_eq!(
            python(parsed("2026-11-22T13:14:15.123456789+02:00")),
            "2026-11-22T13:14:15.123456+02:00"
        );
        let at = milliseconds("2026-11-22T13:14:15.250000Z").unwrap();
        assert_eq!(shown(at), "Nov 22, 2026, 01:14:15 PM");
        assert_eq!(shown(0.0), "Jan 01, 1970, 12:00:00 AM");
        assert_eq!(milliseconds("soon"), None);
    }
}
