//! Lists: of now or of an earlier version, whole or in pages.

use std::sync::Arc;

use serde_json::json;

use super::answers::Refusal;
use super::forms::About;
use super::kinds::Kind;
use super::route::Query;
use super::selectors::Selection;
use super::storage::Storage;
use super::stored::Stored;

/// One page of a list.
pub(super) struct Page {
    /// What is on it.
    pub(super) items: Vec<Arc<Stored>>,
    /// What it says of itself.
    pub(super) about: About,
}

/// Where a page begins: a version, and the place of the last object before it.
struct From {
    version: u64,
    after: Option<(String, String)>,
}

impl Storage {
    /// The page that a request asks for.
    pub(super) fn page(
        &self,
        kind: &Kind,
        selection: &Selection,
        query: &Query,
    ) -> Result<Page, Refusal> {
        let from = self.begin_at(query)?;
        let namespace = selection.namespace.as_deref();
        let items = match from.version {
            version if version == self.version() => self.all(kind, namespace),
            version => self.all_at(kind, namespace, version).ok_or_else(|| {
                let why = match from.after {
                    Some(_) => "The provided continue parameter is too old to display a consistent list result. You must start a new list without the continue parameter.",
                    None => "The resourceVersion for the provided list is too old.",
                };
                Refusal::expired(why)
            })?,
        };
        let mut items: Vec<Arc<Stored>> = items
            .into_iter()
            .filter(|stored| selection.takes(stored, kind))
            .filter(|stored| {
                let place = (&stored.namespace, &stored.name);
                let after = from.after.as_ref();
                after.is_none_or(|(namespace, name)| place > (namespace, name))
            })
            .collect();
        let mut about = About {
            version: from.version,
            ..About::default()
        };
        let limit = query.get("limit").and_then(|text| text.parse().ok());
        let limit: usize = limit.filter(|limit| *limit > 0).unwrap_or(usize::MAX);
        if items.len() > limit {
            about.remaining = Some(items.len() - limit);
            items.truncate(limit);
            let last = items.last();
            about.next =
                last.map(|last| format!("{}/{}/{}", from.version, last.namespace, last.name));
        }
        Ok(Page { items, about })
    }

    fn begin_at(&self, query: &Query) -> Result<From, Refusal> {
        let now = From {
            version: self.version(),
            after: None,
        };
        if let Some(token) = query.get("continue") {
            let mut parts = token.splitn(3, '/');
            let mut part = || parts.next();
            let read = || {
                Some((
                    part()?.parse().ok()?,
                    part()?.to_owned(),
                    part()?.to_owned(),
                ))
            };
            let refused = || Refusal::bad_request("continue key is not valid");
            let (version, namespace, name) = { read }().ok_or_else(refused)?;
            if version > self.version() {
                return Err(refused());
            }
            return Ok(From {
                version,
                after: Some((namespace, name)),
            });
        }
        let version = read_version(query)?.unwrap_or(0);
        if version > self.version() {
            return Err(too_large(version, self.version()));
        }
        match query.get("resourceVersionMatch") {
            Some("Exact") if version > 0 => Ok(From {
                version,
                after: None,
            }),
            Some("Exact" | "NotOlderThan") | None => Ok(now),
            Some(other) => {
                let message = format!("resourceVersionMatch: Unsupported value: \"{other}\"");
                Err(Refusal::new(422, "Invalid", message))
            }
        }
    }
}

/// The version that a request names.
pub(super) fn read_version(query: &Query) -> Result<Option<u64>, Refusal> {
    let Some(text) = query.get("resourceVersion") else {
        return Ok(None);
    };
    let version = text.parse().map_err(|_| {
        let message = format!("resourceVersion: Invalid value: \"{text}\": strconv.ParseUint: parsing \"{text}\": invalid syntax");
        Refusal::new(400, "BadRequest", message)
    })?;
    Ok(Some(version))
}

/// Nobody has seen that version yet.
pub(super) fn too_large(version: u64, current: u64) -> Refusal {
    let message = format!("Timeout: Too large resource version: {version}, current: {current}");
    let cause =
        json!({"reason": "ResourceVersionTooLarge", "message": "Too large resource version"});
    Refusal::new(504, "Timeout", message)
        .with_details(json!({"causes": [cause], "retryAfterSeconds": 1}))
}
