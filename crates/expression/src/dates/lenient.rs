//! Dates as dateutil guesses them: words of months and weekdays, times with colons, numbers in any order.

mod day;
mod tokens;

use chrono::{DateTime, Datelike as _, Duration, NaiveDate, NaiveTime, Utc, Weekday};

use crate::value::Error;
use day::Days;
use tokens::{Token, tokens};

/// Texts longer than this name no date.
const LONGEST: usize = 200;

/// The moment that a text names; what it leaves out is taken from `now`, the time of day from midnight.
pub(super) fn parse(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let unknown = || Error::raised("ParserError", format!("Unknown string format: {text}"));
    if text.len() > LONGEST {
        return Err(Error::raised(
            "ParserError",
            "Unknown string format: the text is too long",
        ));
    }
    let mut guess = Guess {
        tokens: tokens(text),
        at: 0,
        ..Guess::default()
    };
    while guess.at < guess.tokens.len() {
        guess.take().ok_or_else(unknown)?;
    }
    if guess.says_nothing() {
        return Err(Error::raised(
            "ParserError",
            format!("String does not contain a date: {text}"),
        ));
    }
    guess.resolve(now).ok_or_else(unknown)?
}

/// What has been understood so far.
#[derive(Default)]
struct Guess {
    tokens: Vec<Token>,
    at: usize,
    days: Days,
    weekday: Option<Weekday>,
    hour: Option<u32>,
    minute: Option<u32>,
    second: Option<u32>,
    micros: u32,
    afternoon: Option<bool>,
    zone_named: bool,
    offset_minutes: Option<i64>,
}

impl Guess {
    fn says_nothing(&self) -> bool {
        self.days.is_empty()
            && self.weekday.is_none()
            && self.hour.is_none()
            && self.minute.is_none()
            && self.second.is_none()
    }

    fn peek(&self, ahead: usize) -> Option<&Token> {
        self.tokens.get(self.at.saturating_add(ahead))
    }

    fn text(&self, ahead: usize) -> &str {
        self.peek(ahead).map_or("", |token| token.text.as_str())
    }

    fn skip(&mut self, count: usize) {
        self.at = self.at.saturating_add(count);
    }

    /// Understands what comes next, or gives up.
    fn take(&mut self) -> Option<()> {
        let token = self.peek(0)?.clone();
        if token.is_number() {
            return self.number(&token.text);
        }
        if let Some(weekday) = day::weekday(&token.text) {
            self.weekday = Some(weekday);
            self.skip(1);
        } else if let Some(month) = day::month(&token.text) {
            self.month(month)?;
        } else if let Some(afternoon) = day::afternoon(&token.text) {
            self.set_afternoon(afternoon)?;
            self.skip(1);
        } else if self.could_be_zone(&token.text) {
            self.zone_named = true;
            self.skip(1);
            // `GMT+3` means what others write as -3.
            if matches!(self.text(0), "+" | "-") {
                let turned = if self.text(0) == "+" { "-" } else { "+" };
                if let Some(sign) = self.tokens.get_mut(self.at) {
                    turned.clone_into(&mut sign.text);
                }
            } else {
                self.offset_minutes = Some(0);
            }
        } else if self.hour.is_some() && matches!(token.text.as_str(), "+" | "-") {
            self.offset(token.text == "-")?;
        } else if day::is_filler(&token.text) {
            self.skip(1);
        } else {
            return None;
        }
        Some(())
    }

    fn could_be_zone(&self, text: &str) -> bool {
        let upper = !text.is_empty()
            && text.len() <= 5
            && text.bytes().all(|byte| byte.is_ascii_uppercase());
        self.hour.is_some()
            && !self.zone_named
            && self.offset_minutes.is_none()
            && (upper || matches!(text, "z" | "utc"))
    }

    fn set_afternoon(&mut self, afternoon: bool) -> Option<()> {
        let hour = self.hour.filter(|hour| *hour <= 12)?;
        self.hour = Some(to_day_hour(hour, afternoon));
        self.afternoon = Some(afternoon);
        Some(())
    }

    fn month(&mut self, month: u32) -> Option<()> {
        self.days.push_month(month);
        self.skip(1);
        let separator = self.text(0).to_owned();
        if matches!(separator.as_str(), "-" | "/") {
            self.skip(1);
            self.push_day()?;
            if self.text(0) == separator {
                self.skip(1);
                self.push_day()?;
            }
        }
        Some(())
    }

    /// A number or a month's name among others.
    fn push_day(&mut self) -> Option<()> {
        let token = self.peek(0)?.clone();
        match day::month(&token.text) {
            Some(month) => self.days.push_month(month),
            None => self.days.push(&token.text)?,
        }
        self.skip(1);
        Some(())
    }

    fn number(&mut self, text: &str) -> Option<()> {
        let length = text.len();
        let whole = text.bytes().all(|byte| byte.is_ascii_digit());
        let next_is_filler = self.peek(1).is_none_or(|next| day::is_filler(&next.text));
        if self.days.len() == 3
            && whole
            && matches!(length, 2 | 4)
            && self.hour.is_none()
            && (next_is_filler || self.text(1) == " ")
        {
            self.hour = text.get(..2)?.parse().ok();
            self.minute = text
                .get(2..)
                .filter(|rest| !rest.is_empty())
                .and_then(|rest| rest.parse().ok());
        } else if length == 6 || (length > 6 && text.find('.') == Some(6)) {
            self.six_digits(text)?;
        } else if whole && matches!(length, 8 | 12 | 14) {
            self.days.push(text.get(..4)?)?;
            self.days.push(text.get(4..6)?)?;
            self.days.push(text.get(6..8)?)?;
            self.clock(text.get(8..)?)?;
        } else if let Some(unit) = day::clock_unit(self.text(1))
            .or_else(|| (self.text(1) == " ").then(|| day::clock_unit(self.text(2)))?)
        {
            return self.with_unit(text, unit);
        } else if self.text(1) == ":" && self.peek(2).is_some() {
            return self.colons(text);
        } else if matches!(self.text(1), "-" | "/" | ".") {
            return self.separated(text);
        } else if next_is_filler {
            return self.alone(text);
        } else if let Some(afternoon) = day::afternoon(self.text(1)) {
            self.hour = Some(text.parse::<u32>().ok().filter(|hour| *hour < 24)?);
            self.skip(1);
            self.set_afternoon(afternoon)?;
        } else {
            self.days.push(text)?;
        }
        self.skip(1);
        Some(())
    }

    fn six_digits(&mut self, text: &str) -> Option<()> {
        if self.days.is_empty() && !text.contains('.') {
            self.days.push(text.get(..2)?)?;
            self.days.push(text.get(2..4)?)?;
            return self.days.push(text.get(4..6)?);
        }
        self.clock(text.get(..4)?)?;
        self.seconds(text.get(4..)?)
    }

    /// `HHMM` or `HHMMSS`, or nothing.
    fn clock(&mut self, text: &str) -> Option<()> {
        if text.is_empty() {
            return Some(());
        }
        self.hour = Some(text.get(..2)?.parse().ok()?);
        self.minute = Some(text.get(2..4)?.parse().ok()?);
        match text.get(4..).filter(|rest| !rest.is_empty()) {
            Some(seconds) => self.seconds(seconds),
            None => Some(()),
        }
    }

    fn seconds(&mut self, text: &str) -> Option<()> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        self.second = Some(whole.parse().ok()?);
        let six: String = fraction.chars().chain("000000".chars()).take(6).collect();
        self.micros = six.parse().ok()?;
        Some(())
    }

    /// `12h`, `30 min`, `5s`.
    fn with_unit(&mut self, text: &str, unit: char) -> Option<()> {
        let value: f64 = text.parse().ok()?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "numbers of a clock are small and checked later"
        )]
        let (whole, sixtieths) = (value.trunc() as u32, (value.fract() * 60.0).round() as u32);
        let part = (value.fract() > 0.0).then_some(sixtieths);
        match unit {
            'h' => {
                self.hour = Some(whole);
                self.minute = part.or(self.minute);
            }
            'm' => {
                self.minute = Some(whole);
                self.second = part.or(self.second);
            }
            _ => self.seconds(text)?,
        }
        let blank = usize::from(self.text(1) == " ");
        self.skip(blank.saturating_add(2));
        Some(())
    }

    /// `11:59` or `11:59:30.5`.
    fn colons(&mut self, hour: &str) -> Option<()> {
        self.hour = Some(hour.parse().ok()?);
        let minute = self.text(2).to_owned();
        let (whole, fraction) = minute.split_once('.').unwrap_or((&minute, ""));
        self.minute = Some(whole.parse().ok()?);
        if !fraction.is_empty() {
            let part: f64 = format!("0.{fraction}").parse().ok()?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "less than sixty"
            )]
            let seconds = (part * 60.0) as u32;
            self.second = Some(seconds);
        }
        self.skip(3);
        if self.text(0) == ":" && self.peek(1).is_some() {
            let seconds = self.text(1).to_owned();
            self.seconds(&seconds)?;
            self.skip(2);
        }
        Some(())
    }

    /// `01/02/2026`, `2026-02-01`, `1-Feb-2026`.
    fn separated(&mut self, first: &str) -> Option<()> {
        let separator = self.text(1).to_owned();
        self.days.push(first)?;
        self.skip(2);
        if self.peek(0).is_some_and(|next| !day::is_filler(&next.text)) {
            self.push_day()?;
            if self.text(0) == separator {
                self.skip(1);
                self.push_day()?;
            }
        }
        Some(())
    }

    /// A number by itself: an hour before `am` and `pm`, else part of the date.
    fn alone(&mut self, text: &str) -> Option<()> {
        let afternoon = day::afternoon(self.text(2)).filter(|_| self.text(1) == " ");
        let Some(afternoon) = afternoon else {
            self.days.push(text)?;
            self.skip(1);
            return Some(());
        };
        self.hour = Some(text.parse().ok()?);
        self.set_afternoon(afternoon)?;
        self.skip(3);
        Some(())
    }

    /// `+0200`, `+02:00`, `+2`.
    fn offset(&mut self, west: bool) -> Option<()> {
        let digits = self.peek(1).filter(|token| token.is_number())?.text.clone();
        self.skip(2);
        let (hours, minutes): (i64, i64) = if digits.len() == 4 {
            (
                digits.get(..2)?.parse().ok()?,
                digits.get(2..)?.parse().ok()?,
            )
        } else if self.text(0) == ":" {
            let minutes = self.text(1).parse().ok()?;
            self.skip(2);
            (digits.parse().ok()?, minutes)
        } else if digits.len() <= 2 {
            (digits.parse().ok()?, 0)
        } else {
            return None;
        };
        let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
        self.offset_minutes = Some(if west { -minutes } else { minutes });
        Some(())
    }

    /// The moment, or `None` if the parts make none. An offset that no clock has is an error of its own.
    fn resolve(&self, now: DateTime<Utc>) -> Option<Result<DateTime<Utc>, Error>> {
        let (year, month, day) = self.days.resolve()?;
        let (year, month) = (year.unwrap_or(now.year()), month.unwrap_or(now.month()));
        // A day that the month does not have becomes its last one, if nobody named it.
        let date = match day {
            Some(day) => NaiveDate::from_ymd_opt(year, month, day)?,
            None => (0..4).find_map(|less| {
                NaiveDate::from_ymd_opt(year, month, now.day().checked_sub(less)?)
            })?,
        };
        let time = NaiveTime::from_hms_micro_opt(
            self.hour.unwrap_or(0),
            self.minute.unwrap_or(0),
            self.second.unwrap_or(0),
            self.micros,
        )?;
        let mut moment = date.and_time(time);
        if let Some(weekday) = self.weekday.filter(|_| day.is_none()) {
            let ahead =
                (7 + weekday.num_days_from_monday() - moment.weekday().num_days_from_monday()) % 7;
            moment = moment.checked_add_signed(Duration::days(i64::from(ahead)))?;
        }
        let offset = self.offset_minutes.unwrap_or(0);
        if offset.abs() >= 24 * 60 {
            let told = "offset must be a timedelta strictly between -timedelta(hours=24) and timedelta(hours=24).";
            return Some(Err(Error::value_error(told)));
        }
        Some(Ok(moment
            .checked_sub_signed(Duration::minutes(offset))?
            .and_utc()))
    }
}

fn to_day_hour(hour: u32, afternoon: bool) -> u32 {
    match (hour, afternoon) {
        (12, false) => 0,
        (12, true) => 12,
        (hour, true) => hour.saturating_add(12),
        (hour, false) => hour,
    }
}
