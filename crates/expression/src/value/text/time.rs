//! How Python writes `datetime.date` and `datetime.datetime`.

use chrono::{Datelike as _, FixedOffset, NaiveDate, NaiveDateTime, Timelike as _};

/// `str(date)`.
pub(super) fn date(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}

/// `str(datetime)`.
pub(super) fn date_time(time: NaiveDateTime, offset: Option<FixedOffset>) -> String {
    let microsecond = time.nanosecond() / 1000;
    let fraction = if microsecond > 0 {
        format!(".{microsecond:06}")
    } else {
        String::new()
    };
    format!(
        "{} {:02}:{:02}:{:02}{fraction}{}",
        date(time.date()),
        time.hour(),
        time.minute(),
        time.second(),
        offset.map(offset_text).unwrap_or_default()
    )
}

/// `repr(date)`.
pub(super) fn date_repr(date: NaiveDate) -> String {
    format!(
        "datetime.date({}, {}, {})",
        date.year(),
        date.month(),
        date.day()
    )
}

/// `repr(datetime)`.
pub(super) fn date_time_repr(time: NaiveDateTime, offset: Option<FixedOffset>) -> String {
    let microsecond = time.nanosecond() / 1000;
    let mut parts = vec![
        time.year().to_string(),
        time.month().to_string(),
        time.day().to_string(),
        time.hour().to_string(),
        time.minute().to_string(),
    ];
    if time.second() > 0 || microsecond > 0 {
        parts.push(time.second().to_string());
    }
    if microsecond > 0 {
        parts.push(microsecond.to_string());
    }
    parts.extend(offset.map(|offset| format!("tzinfo={}", zone_repr(offset))));
    format!("datetime.datetime({})", parts.join(", "))
}

fn offset_text(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    let sign = if seconds < 0 { '-' } else { '+' };
    let seconds = seconds.unsigned_abs();
    format!("{sign}{:02}:{:02}", seconds / 3600, seconds / 60 % 60)
}

fn zone_repr(offset: FixedOffset) -> String {
    let seconds = offset.local_minus_utc();
    if seconds == 0 {
        return "datetime.timezone.utc".to_owned();
    }
    // A negative difference is written as days and the positive rest.
    let (days, rest) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let days = if days == 0 {
        String::new()
    } else {
        format!("days={days}, ")
    };
    format!("datetime.timezone(datetime.timedelta({days}seconds={rest}))")
}
