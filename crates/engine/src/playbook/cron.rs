//! Cron expressions as croniter reads them: minute, hour, day, month, day of the week, and seconds where a sixth field is.
//! Times are UTC.

use chrono::{DateTime, Datelike as _, Days, NaiveDate, Timelike as _, Utc};
use squall_model::Timestamp;

/// How far ahead a next time is looked for: some days come once in 28 years.
const MOST_DAYS: u32 = 366 * 60;

/// When something is to be done, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    seconds: u64,
    minutes: u64,
    hours: u64,
    months: u64,
    days: DaysOfMonth,
    weekdays: Weekdays,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct DaysOfMonth {
    set: u64,
    /// Whether `L` is among them.
    last: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Weekdays {
    /// From Sunday, 0.
    set: u64,
    /// Weekdays of which only one in the month counts: `5#2`, or the last: `L5`.
    some: Vec<(u32, Which)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Nth(u32),
    Last,
}

/// What a field may hold.
struct Bounds {
    name: &'static str,
    low: u32,
    high: u32,
    names: &'static [&'static str],
}

const SECOND: Bounds = bounds("second", 0, 59, &[]);
const MINUTE: Bounds = bounds("minute", 0, 59, &[]);
const HOUR: Bounds = bounds("hour", 0, 23, &[]);
const DAY: Bounds = bounds("day", 1, 31, &[]);
#[rustfmt::skip]
const MONTH: Bounds = bounds("month", 1, 12, &["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]);
#[rustfmt::skip]
const WEEKDAY: Bounds = bounds("day of the week", 0, 6, &["sun", "mon", "tue", "wed", "thu", "fri", "sat"]);

const fn bounds(name: &'static str, low: u32, high: u32, names: &'static [&'static str]) -> Bounds {
    Bounds {
        name,
        low,
        high,
        names,
    }
}

impl Cron {
    /// Reads an expression. `Err` says what is wrong with it.
    pub fn parse(written: &str) -> Result<Self, String> {
        let lower = written.trim().to_lowercase();
        let known = match lower.as_str() {
            "@yearly" | "@annually" => "0 0 1 1 *",
            "@monthly" => "0 0 1 * *",
            "@weekly" => "0 0 * * 0",
            "@daily" | "@midnight" => "0 0 * * *",
            "@hourly" => "0 * * * *",
            other => other,
        };
        let fields: Vec<_> = known.split_whitespace().collect();
        let (fields, second) = match fields.as_slice() {
            [fields @ .., second] if fields.len() == 5 => (fields, *second),
            fields => (fields, "0"),
        };
        let [minute, hour, day, month, weekday] = fields else {
            return Err(format!("`{written}` has not 5 fields, or 6 with seconds"));
        };
        let cron = Self {
            seconds: SECOND.set(second)?,
            minutes: MINUTE.set(minute)?,
            hours: HOUR.set(hour)?,
            months: MONTH.set(month)?,
            days: DaysOfMonth::parse(day)?,
            weekdays: Weekdays::parse(weekday)?,
        };
        let begin = Timestamp::from_micros(0);
        cron.next(begin)
            .map(|_| cron)
            .ok_or_else(|| format!("`{written}` names no day that ever comes"))
    }

    /// The first time after a moment; `None` if there is none.
    pub fn next(&self, after: Timestamp) -> Option<Timestamp> {
        let after = after.calendar();
        let mut day = after.date_naive();
        // Not before the next second.
        let mut from = after.num_seconds_from_midnight() + 1;
        for _ in 0..MOST_DAYS {
            if self.is_day(day) {
                let found = self.second_of_day(from);
                if let Some(second) = found {
                    return at(day, second);
                }
            }
            day = day.checked_add_days(Days::new(1))?;
            from = 0;
        }
        None
    }

    fn is_day(&self, day: NaiveDate) -> bool {
        let (days, weekdays) = (&self.days, &self.weekdays);
        if !holds(self.months, day.month()) {
            return false;
        }
        // Where both are told, one of them is enough.
        if days.set == DAY.all() || weekdays.set == WEEKDAY.all() {
            days.holds(day) && weekdays.holds(day)
        } else {
            days.holds(day) || weekdays.holds(day)
        }
    }

    /// The first second of a day, not before `from`.
    fn second_of_day(&self, from: u32) -> Option<u32> {
        let hours = (from / 3_600..24).filter(|hour| holds(self.hours, *hour));
        let minutes = hours.flat_map(|hour| {
            let minutes = (0..60).filter(|minute| holds(self.minutes, *minute));
            minutes.map(move |minute| hour * 3_600 + minute * 60)
        });
        let minutes = minutes.filter(|minute| minute + 59 >= from);
        let mut seconds = minutes.flat_map(|minute| {
            let seconds = (0..60).filter(|second| holds(self.seconds, *second));
            seconds.map(move |second| minute + second)
        });
        seconds.find(|second| *second >= from)
    }
}

impl DaysOfMonth {
    fn parse(written: &str) -> Result<Self, String> {
        let mut last = false;
        let mut set = 0;
        for part in written.split(',') {
            match part {
                "l" => last = true,
                part => set |= DAY.part(part)?,
            }
        }
        Ok(Self { set, last })
    }

    fn holds(&self, day: NaiveDate) -> bool {
        holds(self.set, day.day()) || (self.last && is_last(day, 1))
    }
}

impl Weekdays {
    fn parse(written: &str) -> Result<Self, String> {
        let mut weekdays = Self::default();
        for part in written.split(',') {
            let some = match (part.split_once('#'), part.strip_prefix('l')) {
                (Some((weekday, which)), _) => {
                    let which = which.parse().ok().filter(|which| (1..=5).contains(which));
                    let which = which.map(Which::Nth);
                    which
                        .or_else(|| part.ends_with("#l").then_some(Which::Last))
                        .map(|which| (weekday, which))
                }
                (None, Some(weekday)) => Some((weekday, Which::Last)),
                (None, None) => {
                    weekdays.set |= WEEKDAY.part(part)?;
                    continue;
                }
            };
            let (weekday, which) = some.ok_or_else(|| WEEKDAY.fault(part))?;
            weekdays.some.push((WEEKDAY.value(weekday)? % 7, which));
        }
        Ok(weekdays)
    }

    fn holds(&self, day: NaiveDate) -> bool {
        let weekday = day.weekday().num_days_from_sunday();
        let is_this = |(wanted, which): &(u32, Which)| {
            *wanted == weekday
                && match which {
                    Which::Nth(number) => (day.day() - 1) / 7 + 1 == *number,
                    Which::Last => is_last(day, 7),
                }
        };
        holds(self.set, weekday) || self.some.iter().any(is_this)
    }
}

impl Bounds {
    /// Every value.
    fn all(&self) -> u64 {
        (self.low..=self.high).fold(0, |set, value| set | 1 << value)
    }

    fn set(&self, written: &str) -> Result<u64, String> {
        written
            .split(',')
            .try_fold(0, |set, part| Ok(set | self.part(part)?))
    }

    /// `*`, `5`, `1-5`, and each with `/2`.
    fn part(&self, part: &str) -> Result<u64, String> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|step| *step > 0)),
            None => (part, Some(1)),
        };
        let step: u32 = step.ok_or_else(|| self.fault(part))?;
        let (low, high) = match range.split_once('-') {
            _ if range == "*" || range == "?" => (self.low, self.high),
            Some((low, high)) => (self.value(low)?, self.value(high)?),
            None if part.contains('/') => (self.value(range)?, self.high),
            None => (self.value(range)?, self.value(range)?),
        };
        let size = self.high - self.low + 1;
        // A range whose end is before its beginning goes round.
        let length = if high < low {
            high + size - low
        } else {
            high - low
        };
        let values = (0..=length).step_by(usize::try_from(step).unwrap_or(usize::MAX));
        let values = values.map(|offset| self.low + (low - self.low + offset) % size);
        Ok(values.fold(0, |set, value| set | 1 << value))
    }

    fn value(&self, written: &str) -> Result<u32, String> {
        let named = self.names.iter().position(|name| *name == written);
        let named = named
            .and_then(|at| u32::try_from(at).ok())
            .map(|at| at + self.low);
        let digits = || {
            written
                .parse()
                .ok()
                .filter(|_| written.bytes().all(|byte| byte.is_ascii_digit()))
        };
        // Sunday is also the seventh day.
        let high = if self.high == 6 { 7 } else { self.high };
        let value = named
            .or_else(digits)
            .filter(|value| (self.low..=high).contains(value));
        value.ok_or_else(|| self.fault(written))
    }

    fn fault(&self, part: &str) -> String {
        let Self {
            name, low, high, ..
        } = self;
        format!("`{part}` is no {name} from {low} to {high}")
    }
}

fn holds(set: u64, value: u32) -> bool {
    set >> value & 1 == 1
}

/// Whether the same month has no such day after so many days.
fn is_last(day: NaiveDate, days: u64) -> bool {
    day.checked_add_days(Days::new(days))
        .is_none_or(|later| later.month() != day.month())
}

fn at(day: NaiveDate, second: u32) -> Option<Timestamp> {
    let moment = day.and_hms_opt(second / 3_600, second / 60 % 60, second % 60)?;
    let moment: DateTime<Utc> = moment.and_utc();
    Some(Timestamp::from_micros(moment.timestamp_micros()))
}
