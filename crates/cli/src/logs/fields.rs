//! What one line, or one span, says besides its time and its place.

use std::error::Error;
use std::fmt::Debug;

use squall_model::Json;
use tracing::field::{Field, Visit};

/// The longest text of one field, in bytes; what is longer is cut.
const LONGEST: usize = 8 * 1024;

/// How many causes of an error are told.
const MOST_CAUSES: usize = 20;

/// Fields by name, in the order in which they were said.
#[derive(Debug, Default)]
pub(super) struct Fields {
    message: String,
    others: Vec<(&'static str, Json)>,
}

impl Fields {
    /// A message with one number.
    pub(super) fn saying(message: &str, name: &'static str, number: u64) -> Self {
        Self {
            message: message.to_owned(),
            others: vec![(name, Json::from(number))],
        }
    }

    /// What happened, in words.
    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Everything else.
    pub(super) fn others(&self) -> impl Iterator<Item = (&'static str, &Json)> {
        self.others.iter().map(|(name, value)| (*name, value))
    }

    /// Takes over what a span around it says and it does not.
    pub(super) fn inherit(&mut self, outer: &Self) {
        for (name, value) in &outer.others {
            if !self.others.iter().any(|(known, _)| known == name) {
                self.others.push((name, value.clone()));
            }
        }
    }

    fn put(&mut self, field: &Field, value: Json) {
        self.others.retain(|(known, _)| *known != field.name());
        self.others.push((field.name(), value));
    }
}

impl Visit for Fields {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Json::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Json::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Json::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Json::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Json::from(cut(value)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        let causes = std::iter::successors(value.source(), |&cause| cause.source());
        let causes: Vec<Json> = causes
            .take(MOST_CAUSES)
            .map(|cause| Json::from(cut(&cause.to_string())))
            .collect();
        self.put(field, Json::from(cut(&value.to_string())));
        if !causes.is_empty() {
            self.others.retain(|(known, _)| *known != "because");
            self.others.push(("because", Json::from(causes)));
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        if field.name() == "message" {
            self.message = cut(&text);
        } else {
            self.put(field, Json::from(cut(&text)));
        }
    }
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = text.floor_char_boundary(LONGEST);
    let (kept, rest) = text.split_at(end);
    format!("{kept}... ({} bytes more)", rest.len())
}
