//! One column of a list, or one row of an item: where its value stands and how it is written.

use squall_model::Json;

use crate::console::Paint;

/// A column of a list, or a row of an item.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Column {
    /// Its heading.
    pub(crate) title: &'static str,
    /// Where the value is: names, separated by dots.
    path: &'static str,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Time,
    Status,
    /// A boolean that people would rather read as a word.
    YesNo,
}

impl Column {
    /// Shows a value as it is.
    pub(crate) const fn plain(title: &'static str, path: &'static str) -> Self {
        Self {
            title,
            path,
            kind: Kind::Plain,
        }
    }

    /// Shows a moment to the second.
    pub(crate) const fn time(title: &'static str, path: &'static str) -> Self {
        Self {
            title,
            path,
            kind: Kind::Time,
        }
    }

    /// Shows a status, in its colour.
    pub(crate) const fn status(title: &'static str, path: &'static str) -> Self {
        Self {
            title,
            path,
            kind: Kind::Status,
        }
    }

    /// Shows a boolean as `yes` or `no`.
    pub(crate) const fn yes_no(title: &'static str, path: &'static str) -> Self {
        Self {
            title,
            path,
            kind: Kind::YesNo,
        }
    }

    /// The value in an item, unless there is none.
    pub(crate) fn find<'a>(&self, item: &'a Json) -> Option<&'a Json> {
        let found = self
            .path
            .split('.')
            .try_fold(item, |value, name| value.get(name));
        found.filter(|value| !value.is_null())
    }

    /// The value as one line of text.
    pub(crate) fn text(&self, value: &Json) -> String {
        match (self.kind, value) {
            (Kind::Time, Json::String(moment)) => to_the_second(moment),
            (Kind::YesNo, Json::Bool(truth)) => if *truth { "yes" } else { "no" }.to_owned(),
            (_, Json::String(text)) => text.clone(),
            (_, value) => value.to_string(),
        }
    }

    /// The colour of the value.
    pub(crate) fn paint(&self, value: &Json) -> Paint {
        match self.kind {
            Kind::Status => value.as_str().map_or(Paint::Plain, of_status),
            Kind::Plain | Kind::Time | Kind::YesNo => Paint::Plain,
        }
    }
}

/// `2026-03-01T12:00:00.123456Z` as `2026-03-01 12:00:00`; other text as it is. All times are UTC.
fn to_the_second(moment: &str) -> String {
    match moment.split_once('T') {
        Some((day, time)) => {
            let time = time.split(['.', 'Z', '+']).next().unwrap_or(time);
            format!("{day} {time}")
        }
        None => moment.to_owned(),
    }
}

fn of_status(status: &str) -> Paint {
    match status {
        "succeeded" | "processed" | "good" => Paint::Green,
        "failed" | "refused" | "timeout" | "abandoned" | "canceled" | "processing_failed" => {
            Paint::Red
        }
        _ => Paint::Yellow,
    }
}
