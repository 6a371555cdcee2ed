//! Which objects a trigger means by their names and labels.

use squall_model::Json;

use super::explain::Why;
use super::subject::Subject;
use crate::scope::member;

/// Beginnings of names, and labels.
#[derive(Debug, Default)]
pub(super) struct Selector {
    pub(super) name_prefix: Option<String>,
    pub(super) namespace_prefix: Option<String>,
    pub(super) labels: Vec<(String, String)>,
}

impl Selector {
    /// Whether an object is meant.
    pub(super) fn check(&self, subject: &Subject<'_>) -> Result<(), Why> {
        if !begins(self.name_prefix.as_deref(), subject.name) {
            return Err(Why::OtherName);
        }
        if !begins(self.namespace_prefix.as_deref(), subject.namespace) {
            return Err(Why::OtherNamespace);
        }
        // A label that is not there is as good as an empty one.
        let has = |(name, value): &(String, String)| {
            let found = subject.labels.and_then(|labels| member(labels, name));
            found.map_or(value.is_empty(), |found| {
                found.as_str() == Some(value.as_str())
            })
        };
        if self.labels.iter().all(has) {
            Ok(())
        } else {
            Err(Why::OtherLabels)
        }
    }
}

/// Whether a text is there and begins so; no beginning is asked for where it is empty.
pub(super) fn begins(prefix: Option<&str>, text: Option<&str>) -> bool {
    match prefix.filter(|prefix| !prefix.is_empty()) {
        Some(prefix) => text.is_some_and(|text| text.starts_with(prefix)),
        None => true,
    }
}

/// Reads `k=v,k2=v2`; the part that is no such pair, where there is one.
pub(super) fn labels(written: &str) -> Result<Vec<(String, String)>, String> {
    let pair = |part: &str| match part.split_once('=') {
        Some((name, value)) if !value.contains('=') => {
            Ok((name.trim().to_owned(), value.trim().to_owned()))
        }
        _ => Err(part.to_owned()),
    };
    written.split(',').map(pair).collect()
}

/// A member that is a text.
pub(super) fn text<'a>(of: Option<&'a Json>, name: &str) -> Option<&'a str> {
    of?.get(name)?.as_str()
}
