//! Dates and times as people and programs write them.
//!
//! StackStorm reads ISO 8601 with ciso8601 and everything else with dateutil; [`parse`] reads as they do together. What
//! names no zone is UTC; what leaves out parts takes them from the day it is read.

mod iso;
mod lenient;

use chrono::{DateTime, Utc};

use crate::value::Error;

/// The moment that a text names; `now` fills in what it leaves out.
///
/// # Errors
/// `ParserError` for a text that names no moment, with dateutil's words.
pub fn parse(text: &str, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    match iso::parse(text) {
        Some(moment) => Ok(moment),
        None => lenient::parse(text, now),
    }
}

#[cfg(test)]
mod tests {
    //! What texts are read as.

    use chrono::TimeZone as _;
    use proptest::prelude::*;

    use super::*;

    fn now() -> DateTime<Utc> {
        Utc.with_ymd_and_hms(2026, 3, 1, 12, 0, 0).unwrap()
    }

    #[test]
    fn many_ways_to_say_it() {
        let expected = Utc.with_ymd_and_hms(2026, 3, 1, 11, 59, 0).unwrap();
        let texts = [
            "2026-03-01T11:59:00Z",
            "2026-03-01 13:59:00+02:00",
            "20260301T115900Z",
            "Sun, 01 Mar 2026 11:59:00 GMT",
            "Sun Mar  1 11:59:00 2026",
            "Mar 1 2026 11:59AM",
            "03/01/2026 11:59",
            "11:59",
            "March 1, 2026 at 11:59",
        ];
        for text in texts {
            assert_eq!(parse(text, now()), Ok(expected), "{text}");
        }
    }

    #[test]
    fn days_by_number_and_week() {
        for text in ["2026-060", "2026060", "2026-W09-7", "2026-03-01"] {
            assert_eq!(
                parse(text, now()),
                Ok(Utc.with_ymd_and_hms(2026, 3, 1, 0, 0, 0).unwrap()),
                "{text}"
            );
        }
    }

    #[test]
    fn what_names_no_moment() {
        for text in [
            "",
            "soon",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
            "1772366340",
            "None",
            "True",
        ] {
            assert!(parse(text, now()).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_breaks_it(text in "[ -~]{0,40}") {
            drop(parse(&text, now()));
        }

        #[test]
        fn nothing_like_a_date_breaks_it(text in "[0-9TWZ:./, +-]{0,30}") {
            drop(parse(&text, now()));
        }
    }
}
