//! Which number is the year, which the month, which the day; and the words for them.

use chrono::Weekday;

/// Up to three parts of a date, in the order written.
#[derive(Debug, Default)]
pub(super) struct Days {
    parts: Vec<i32>,
    month_at: Option<usize>,
    year_at: Option<usize>,
}

impl Days {
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// A month that was named.
    pub(super) fn push_month(&mut self, month: u32) {
        self.month_at = Some(self.parts.len());
        self.parts.push(i32::try_from(month).unwrap_or(0));
    }

    /// A number; one of more than two digits is the year.
    pub(super) fn push(&mut self, text: &str) -> Option<()> {
        // A fraction of a day is dropped.
        let text = text.split('.').next()?;
        let number: i32 = text.parse().ok()?;
        if self.parts.len() >= 3 {
            return None;
        }
        if text.len() > 2 || number > 100 {
            self.year_at = Some(self.parts.len());
        }
        self.parts.push(number);
        Some(())
    }

    /// Year, month and day, as far as they are said; `None` if they make no sense. Month first, unless it cannot be one.
    pub(super) fn resolve(&self) -> Option<(Option<i32>, Option<u32>, Option<u32>)> {
        let (year, month, day) = match *self.parts.as_slice() {
            [] => (None, None, None),
            [one] => self.one(one),
            [one, two] => self.two(one, two),
            [one, two, three] => self.three(one, two, three),
            _ => return None,
        };
        let small = |number: Option<i32>| {
            number
                .map(|number| u32::try_from(number).ok())
                .map_or(Some(None), |number| number.map(Some))
        };
        Some((
            year.map(|year| self.whole_year(year)),
            small(month)?,
            small(day)?,
        ))
    }

    fn one(&self, one: i32) -> (Option<i32>, Option<i32>, Option<i32>) {
        if self.month_at.is_some() {
            (None, Some(one), None)
        } else if one > 31 || self.year_at.is_some() {
            (Some(one), None, None)
        } else {
            (None, None, Some(one))
        }
    }

    fn two(&self, one: i32, two: i32) -> (Option<i32>, Option<i32>, Option<i32>) {
        match self.month_at {
            Some(0) if two > 31 => (Some(two), Some(one), None),
            Some(0) => (None, Some(one), Some(two)),
            Some(_) if one > 31 => (Some(one), Some(two), None),
            Some(_) => (None, Some(two), Some(one)),
            None if one > 31 => (Some(one), Some(two), None),
            None if two > 31 => (Some(two), Some(one), None),
            None if one > 12 => (None, Some(two), Some(one)),
            None => (None, Some(one), Some(two)),
        }
    }

    fn three(&self, one: i32, two: i32, three: i32) -> (Option<i32>, Option<i32>, Option<i32>) {
        let year_first = one > 31 || self.year_at == Some(0);
        match self.month_at {
            Some(0) if two > 31 => (Some(two), Some(one), Some(three)),
            Some(0) => (Some(three), Some(one), Some(two)),
            Some(1) if year_first => (Some(one), Some(two), Some(three)),
            Some(1) => (Some(three), Some(two), Some(one)),
            Some(_) if two > 31 => (Some(two), Some(three), Some(one)),
            Some(_) => (Some(one), Some(three), Some(two)),
            None if year_first => (Some(one), Some(two), Some(three)),
            None if one > 12 => (Some(three), Some(two), Some(one)),
            None => (Some(three), Some(one), Some(two)),
        }
    }

    /// Two digits are of the century that comes nearest to this one.
    fn whole_year(&self, year: i32) -> i32 {
        if self.year_at.is_some() || !(0..100).contains(&year) {
            return year;
        }
        if year < 76 { year + 2000 } else { year + 1900 }
    }
}

/// The weekday a word names.
pub(super) fn weekday(word: &str) -> Option<Weekday> {
    let word = word.to_ascii_lowercase();
    let long = matches!(
        word.as_str(),
        "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday"
    );
    if !long && word.len() != 3 {
        return None;
    }
    word.get(..3)?.parse().ok()
}

/// The month a word names.
pub(super) fn month(word: &str) -> Option<u32> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let named = |month: &str| {
        month == word
            || month.get(..3) == Some(word.as_str())
            || (word == "sept" && month == "september")
    };
    let place = MONTHS.iter().position(|month| named(month))?;
    u32::try_from(place.saturating_add(1)).ok()
}

/// Whether a word is `pm`, or `am`.
pub(super) fn afternoon(word: &str) -> Option<bool> {
    match word.to_ascii_lowercase().as_str() {
        "am" | "a" => Some(false),
        "pm" | "p" => Some(true),
        _ => None,
    }
}

/// The unit of a clock that a word names.
pub(super) fn clock_unit(word: &str) -> Option<char> {
    match word.to_ascii_lowercase().as_str() {
        "h" | "hour" | "hours" => Some('h'),
        "m" | "minute" | "minutes" => Some('m'),
        "s" | "second" | "seconds" => Some('s'),
        _ => None,
    }
}

/// Words and signs that say nothing.
pub(super) fn is_filler(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let words = [
        " ", ".", ",", ";", "-", "/", "'", "at", "on", "and", "ad", "m", "t", "of", "st", "nd",
        "rd", "th",
    ];
    words.contains(&word.as_str())
}
