//! ISO 8601 as ciso8601 reads it: calendar dates, days of the year, days of the week; a blank or `T`; a zone.

use chrono::{DateTime, Duration, NaiveDate, NaiveDateTime, Utc, Weekday};

/// The moment, or `None` for what is not ISO 8601.
pub(super) fn parse(text: &str) -> Option<DateTime<Utc>> {
    let mut reader = Reader {
        rest: text.as_bytes(),
    };
    let date = date(&mut reader)?;
    if reader.rest.is_empty() {
        return Some(date.and_hms_opt(0, 0, 0)?.and_utc());
    }
    reader.one_of(b"Tt ")?;
    let (time, next_day) = time(&mut reader, date)?;
    let offset = zone(&mut reader)?;
    if !reader.rest.is_empty() {
        return None;
    }
    let time = if next_day {
        time.checked_add_signed(Duration::days(1))?
    } else {
        time
    };
    Some(time.checked_sub_signed(offset)?.and_utc())
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn digits(&mut self, count: usize) -> Option<u32> {
        let (digits, rest) = self.rest.split_at_checked(count)?;
        if !digits.iter().all(u8::is_ascii_digit) {
            return None;
        }
        self.rest = rest;
        Some(
            digits
                .iter()
                .fold(0, |number, digit| number * 10 + u32::from(digit - b'0')),
        )
    }

    fn one_of(&mut self, wanted: &[u8]) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        wanted.contains(first).then(|| self.rest = rest)?;
        Some(*first)
    }

    /// How many digits come next.
    fn run(&self) -> usize {
        self.rest
            .iter()
            .take_while(|byte| byte.is_ascii_digit())
            .count()
    }
}

fn date(reader: &mut Reader<'_>) -> Option<NaiveDate> {
    let year = i32::try_from(reader.digits(4)?).ok()?;
    let dashed = reader.one_of(b"-").is_some();
    if reader.one_of(b"W").is_some() {
        return week_date(reader, year, dashed);
    }
    let run = reader.run();
    if run == 3 {
        return NaiveDate::from_yo_opt(year, reader.digits(3)?);
    }
    let month = reader.digits(2)?;
    let has_day = if dashed {
        reader.one_of(b"-").is_some()
    } else {
        run >= 4
    };
    // Without dashes a year and a month alone would be a year and something else.
    if !has_day && !dashed {
        return None;
    }
    NaiveDate::from_ymd_opt(year, month, if has_day { reader.digits(2)? } else { 1 })
}

fn week_date(reader: &mut Reader<'_>, year: i32, dashed: bool) -> Option<NaiveDate> {
    let week = reader.digits(2)?;
    let has_day = if dashed {
        reader.one_of(b"-").is_some()
    } else {
        reader.run() == 1
    };
    let day = if has_day { reader.digits(1)? } else { 1 };
    let day = Weekday::try_from(u8::try_from(day.checked_sub(1)?).ok()?).ok()?;
    NaiveDate::from_isoywd_opt(year, week, day)
}

/// The time of a day; true if it is 24:00.
fn time(reader: &mut Reader<'_>, date: NaiveDate) -> Option<(NaiveDateTime, bool)> {
    let hour = reader.digits(2)?;
    let (mut minute, mut second, mut micros) = (0, 0, 0);
    let coloned = reader.one_of(b":").is_some();
    if coloned || reader.run() >= 2 {
        minute = reader.digits(2)?;
        if (coloned && reader.one_of(b":").is_some()) || (!coloned && reader.run() >= 2) {
            second = reader.digits(2)?;
            if reader.one_of(b".,").is_some() {
                micros = fraction(reader)?;
            }
        }
    }
    if hour == 24 {
        return (minute == 0 && second == 0 && micros == 0)
            .then(|| date.and_hms_opt(0, 0, 0))
            .flatten()
            .map(|time| (time, true));
    }
    Some((date.and_hms_micro_opt(hour, minute, second, micros)?, false))
}

/// Digits after the sixth are left out.
fn fraction(reader: &mut Reader<'_>) -> Option<u32> {
    let run = reader.run();
    if run == 0 {
        return None;
    }
    let mut micros = 0;
    for place in 0..run {
        let digit = reader.digits(1)?;
        if place < 6 {
            micros = micros * 10 + digit;
        }
    }
    (run..6).for_each(|_| micros *= 10);
    Some(micros)
}

fn zone(reader: &mut Reader<'_>) -> Option<Duration> {
    if reader.rest.is_empty() || reader.one_of(b"Zz").is_some() {
        return Some(Duration::zero());
    }
    let sign = if reader.one_of(b"+-")? == b'-' { -1 } else { 1 };
    let hours = reader.digits(2)?;
    let minutes = if reader.one_of(b":").is_some() || reader.run() >= 2 {
        reader.digits(2)?
    } else {
        0
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    Some(Duration::minutes(sign * i64::from(hours * 60 + minutes)))
}
