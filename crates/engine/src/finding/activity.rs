//! When a sink is awake, and when it is muted, by the clocks of places.

use chrono::{DateTime, Datelike as _, Timelike as _};
use chrono_tz::Tz;
use squall_model::{Json, Timestamp};

use super::complaints::Complaints;

/// The hours at which a sink takes findings.
#[derive(Debug)]
pub(super) struct Activity {
    zone: Tz,
    intervals: Vec<Interval>,
}

#[derive(Debug)]
struct Interval {
    /// Days of the week, from Monday's 0.
    days: Vec<u32>,
    /// Seconds of the day, both ends included; empty for the whole day.
    hours: Vec<(u32, u32)>,
}

/// A time in which a sink takes nothing, both ends included, to the minute.
#[derive(Debug)]
pub(super) struct MuteInterval {
    zone: Tz,
    start: Minute,
    end: Minute,
}

/// Year, month, day, hour, minute.
type Minute = [i32; 5];

/// Robusta's words for the days of the week. It has no `THU`, we take both.
const DAYS: [(&str, u32); 8] = [
    ("MON", 0),
    ("TUE", 1),
    ("WED", 2),
    ("THR", 3),
    ("THU", 3),
    ("FRI", 4),
    ("SAT", 5),
    ("SUN", 6),
];

impl Activity {
    pub(super) fn read(written: &Json, complaints: &mut Complaints) -> Option<Self> {
        let zone = read_zone("activity.timezone", written, complaints)?;
        let intervals = written.get("intervals").and_then(Json::as_array);
        let Some(intervals) = intervals.filter(|intervals| !intervals.is_empty()) else {
            complaints.error(
                "activity.intervals",
                "has no interval".to_owned(),
                "days and hours",
            );
            return None;
        };
        let read = |one| read_interval(one, complaints);
        let intervals: Option<Vec<_>> = intervals.iter().map(read).collect();
        Some(Self {
            zone,
            intervals: intervals?,
        })
    }

    /// Whether the sink is awake.
    pub(super) fn has(&self, now: Timestamp) -> bool {
        let there = at(self.zone, now);
        let day = there.weekday().num_days_from_monday();
        let second = there.num_seconds_from_midnight();
        self.intervals.iter().any(|interval| {
            let is_within = |(start, end): &(u32, u32)| (*start..=*end).contains(&second);
            interval.days.contains(&day)
                && (interval.hours.is_empty() || interval.hours.iter().any(is_within))
        })
    }
}

impl MuteInterval {
    pub(super) fn read_all(written: Option<&Json>, complaints: &mut Complaints) -> Vec<Self> {
        let Some(written) = written else {
            return Vec::new();
        };
        let Some(intervals) = written.as_array() else {
            complaints.error(
                "mute_intervals",
                "is not a list".to_owned(),
                "start_date and end_date",
            );
            return Vec::new();
        };
        let read = |one| Self::read(one, complaints);
        intervals.iter().filter_map(read).collect()
    }

    fn read(written: &Json, complaints: &mut Complaints) -> Option<Self> {
        Some(Self {
            zone: read_zone("mute_intervals.timezone", written, complaints)?,
            start: read_moment("start_date", written, complaints)?,
            end: read_moment("end_date", written, complaints)?,
        })
    }

    /// Whether the sink is muted.
    pub(super) fn has(&self, now: Timestamp) -> bool {
        let there = at(self.zone, now);
        let rest = [there.month(), there.day(), there.hour(), there.minute()];
        let [month, day, hour, minute] = rest.map(u32::cast_signed);
        let this = [there.year(), month, day, hour, minute];
        self.start <= this && this <= self.end
    }
}

fn at(zone: Tz, now: Timestamp) -> DateTime<Tz> {
    now.calendar().with_timezone(&zone)
}

fn read_zone(key: &str, written: &Json, complaints: &mut Complaints) -> Option<Tz> {
    let name = match written.get("timezone") {
        None | Some(Json::Null) => "UTC",
        Some(name) => name.as_str().unwrap_or_default(),
    };
    let zone = name.parse().ok();
    if zone.is_none() {
        complaints.error(
            key,
            format!("`{name}` is no time zone"),
            "such as Europe/Berlin",
        );
    }
    zone
}

fn read_interval(written: &Json, complaints: &mut Complaints) -> Option<Interval> {
    let days = written.get("days").and_then(Json::as_array);
    let mut read_days = Vec::new();
    for day in days.into_iter().flatten() {
        let word = day.as_str().unwrap_or_default().to_uppercase();
        match DAYS.iter().find(|(known, _)| *known == word) {
            Some((_, number)) => read_days.push(*number),
            None => {
                let message = format!("{day} is no day of the week");
                complaints.error(
                    "activity.intervals.days",
                    message,
                    "MON TUE WED THU FRI SAT SUN",
                );
                return None;
            }
        }
    }
    let hours = written.get("hours").and_then(Json::as_array);
    let read = |hours: &Json| Some((time(hours.get("start")?)?, time(hours.get("end")?)?));
    let hours: Option<Vec<_>> = hours.into_iter().flatten().map(read).collect();
    if hours.is_none() {
        let message = "has hours that are none".to_owned();
        complaints.error(
            "activity.intervals.hours",
            message,
            r#"{start: "08:00", end: "17:59"}"#,
        );
    }
    Some(Interval {
        days: read_days,
        hours: hours?,
    })
}

/// Seconds since midnight of a text such as `08:30`.
fn time(written: &Json) -> Option<u32> {
    let (hour, minute) = written.as_str()?.split_once(':')?;
    let two = |text: &str, most: u32| {
        let number = (text.len() == 2).then(|| text.parse::<u32>().ok())??;
        (number <= most).then_some(number)
    };
    Some(two(hour, 23)? * 3600 + two(minute, 59)? * 60)
}

fn read_moment(key: &str, written: &Json, complaints: &mut Complaints) -> Option<Minute> {
    let text = written.get(key).and_then(Json::as_str).unwrap_or_default();
    let moment = minute(text);
    if moment.is_none() {
        let message = format!("`{text}` is no moment");
        complaints.error(
            &format!("mute_intervals.{key}"),
            message,
            "YYYY-MM-DD HH:MM",
        );
    }
    moment
}

/// A moment such as `2026-11-22 13:14`. That a month has that many days is not asked, as moments are only compared.
fn minute(text: &str) -> Option<Minute> {
    let (date, time) = text.split_once(' ')?;
    let parts: Vec<&str> = date.split('-').chain(time.split(':')).collect();
    let [year, month, day, hour, minute] = parts.try_into().ok()?;
    let number = |text: &str, length: usize, range: std::ops::RangeInclusive<i32>| {
        let is_digits = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = is_digits.then(|| text.parse::<i32>().ok())??;
        range.contains(&number).then_some(number)
    };
    Some([
        number(year, 4, 0..=9999)?,
        number(month, 2, 1..=12)?,
        number(day, 2, 1..=31)?,
        number(hour, 2, 0..=23)?,
        number(minute, 2, 0..=59)?,
    ])
}
