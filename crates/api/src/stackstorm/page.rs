//! Which part of a list, and which attributes: the query parameters that all lists share.

use std::cmp::Ordering;

use squall_model::record::Page;
use squall_model::{Id, Json, Timestamp};

use super::fault::Fault;
use crate::call::Query;

/// What a list may be asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lists {
    /// How many items without a `limit`; `None` for all.
    pub(super) limit: Option<u64>,
    /// Whether the list runs oldest first without a `sort`.
    pub(super) ascending: bool,
}

impl Lists {
    /// What is registered: the first hundred, by name.
    pub(super) const REGISTERED: Self = Self {
        limit: Some(100),
        ascending: true,
    };

    /// What is registered and always told whole, as actions, rules and sensors are.
    pub(super) const WHOLE: Self = Self {
        limit: None,
        ascending: true,
    };

    /// What is recorded: the newest hundred.
    pub(super) const RECORDED: Self = Self {
        limit: Some(100),
        ascending: false,
    };
}

/// Offsets from here on are refused, as in the original.
const FIRST_REFUSED_OFFSET: i64 = 1 << 31;

/// Reads `limit`, `offset`, `sort`, `sort_asc`, `sort_desc`.
pub(super) fn page(query: &Query, lists: Lists) -> Result<Page, Fault> {
    let limit = match integer(query, "limit")? {
        None => lists.limit,
        Some(-1) => None,
        Some(0) => {
            return Err(Fault::bad_request(
                "Limit, \"0\" specified, must be a positive number or -1 for full result set.",
            ));
        }
        Some(limit) => {
            let refused = || {
                Fault::bad_request(format!(
                    "Limit, \"{limit}\" specified, must be a positive number."
                ))
            };
            Some(u64::try_from(limit).map_err(|_| refused())?)
        }
    };
    let offset = integer(query, "offset")?.unwrap_or(0);
    if offset >= FIRST_REFUSED_OFFSET {
        return Err(Fault::bad_request(format!(
            "Offset \"{offset}\" specified is more than 32-bit int"
        )));
    }
    let offset =
        u64::try_from(offset).map_err(|_| Fault::bad_request("Offset must not be negative."))?;
    Ok(Page {
        offset,
        limit,
        ascending: ascending(query, lists.ascending)?,
    })
}

fn ascending(query: &Query, default: bool) -> Result<bool, Fault> {
    if boolean(query, "sort_asc")?.unwrap_or(false) {
        return Ok(true);
    }
    if boolean(query, "sort_desc")?.unwrap_or(false) {
        return Ok(false);
    }
    Ok(query
        .get("sort")
        .filter(|sort| !sort.is_empty())
        .map_or(default, |sort| !sort.starts_with('-')))
}

/// An integer parameter. What is too large for one is as large as one can be.
pub(super) fn integer(query: &Query, name: &str) -> Result<Option<i64>, Fault> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::bad_request(format!(
            "Parameter \"{name}\" is not of type integer"
        )));
    }
    let largest = if digits == text { i64::MAX } else { i64::MIN };
    Ok(Some(text.parse().unwrap_or(largest)))
}

/// A boolean parameter: `true`, `1`, `yes`, `y` and their opposites, in any case.
pub(super) fn boolean(query: &Query, name: &str) -> Result<Option<bool>, Fault> {
    let Some(text) = query.get(name) else {
        return Ok(None);
    };
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "y" => Ok(Some(true)),
        "false" | "0" | "no" | "n" => Ok(Some(false)),
        _ => Err(Fault::bad_request(format!(
            "Parameter \"{name}\" is not of type boolean"
        ))),
    }
}

/// A comma list.
pub(super) fn words(query: &Query, name: &str) -> Vec<String> {
    let text = query.get(name).unwrap_or_default();
    text.split(',')
        .map(str::trim)
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// How many ids one parameter may name.
const MOST_IDS: usize = 100;

/// A comma list of ids.
pub(super) fn ids(query: &Query, name: &str) -> Result<Vec<Id>, Fault> {
    let words = words(query, name);
    if words.len() > MOST_IDS {
        return Err(Fault::bad_request(format!(
            "Maximum of {MOST_IDS} items can be provided for a query parameter value"
        )));
    }
    Ok(words.iter().map(|word| id_of(word)).collect())
}

/// An id. What is none matches nothing, so it becomes an id that is never given.
pub(super) fn id_of(word: &str) -> Id {
    word.parse().unwrap_or(Id::from_bytes([0; 12]))
}

/// The first of a comma list of ids.
pub(super) fn id(query: &Query, name: &str) -> Result<Option<Id>, Fault> {
    Ok(ids(query, name)?.into_iter().next())
}

/// A moment.
pub(super) fn moment(query: &Query, name: &str) -> Result<Option<Timestamp>, Fault> {
    let Some(text) = query.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    text.parse()
        .map(Some)
        .map_err(|error| Fault::bad_request(format!("Parameter \"{name}\": {error}")))
}

/// The filters that lists of registered things share: `id`, and some of their words.
pub(super) struct Filter<'a> {
    ids: Vec<Id>,
    query: &'a Query,
}

impl<'a> Filter<'a> {
    /// Reads `id`; the words are looked up when they are asked for.
    pub(super) fn read(query: &'a Query) -> Result<Self, Fault> {
        Ok(Self {
            ids: ids(query, "id")?,
            query,
        })
    }

    /// Whether a thing with this id and these words (`("pack", "core")`) is asked for.
    pub(super) fn fits(&self, id: Id, words: &[(&str, &str)]) -> bool {
        let asked = |(name, word): &(&str, &str)| {
            self.query
                .get(name)
                .is_none_or(|wanted| wanted.is_empty() || wanted == *word)
        };
        (self.ids.is_empty() || self.ids.contains(&id)) && words.iter().all(asked)
    }
}

/// Which attributes of each item are wanted.
#[derive(Debug, Clone, Default)]
pub(super) struct Attributes {
    include: Vec<String>,
    exclude: Vec<String>,
}

impl Attributes {
    /// Reads `include_attributes` or `exclude_attributes`.
    pub(super) fn read(query: &Query) -> Result<Self, Fault> {
        let attributes = Self {
            include: words(query, "include_attributes"),
            exclude: words(query, "exclude_attributes"),
        };
        if attributes.include.is_empty() || attributes.exclude.is_empty() {
            return Ok(attributes);
        }
        Err(Fault::bad_request(
            "exclude_fields and include_fields arguments are mutually exclusive. You need to provide either one or another, but not both.",
        ))
    }

    /// Refuses to leave out anything but what is `allowed`.
    pub(super) fn excluding_only(self, allowed: &[&str]) -> Result<Self, Fault> {
        match self
            .exclude
            .iter()
            .find(|name| !allowed.contains(&name.as_str()))
        {
            None => Ok(self),
            Some(name) => Err(Fault::bad_request(format!(
                "Invalid or unsupported exclude attribute specified: {name}"
            ))),
        }
    }

    /// Only this one, and what always stays.
    pub(super) fn only(name: &str) -> Self {
        Self {
            include: vec![name.to_owned()],
            exclude: Vec::new(),
        }
    }

    /// The same without one more.
    pub(super) fn without(mut self, name: &str) -> Self {
        if self.include.is_empty() {
            self.exclude.push(name.to_owned());
        } else {
            let of_it = |included: &str| included.split('.').next() == Some(name);
            self.include.retain(|included| !of_it(included));
            // What always stays is left of a list of nothing else.
            self.include.push("id".to_owned());
        }
        self
    }

    /// Whether an attribute (or something in it) is wanted: what is costly to get can be left out.
    pub(super) fn wants(&self, name: &str) -> bool {
        if self.include.is_empty() {
            return !self.exclude.iter().any(|excluded| excluded == name);
        }
        self.include
            .iter()
            .any(|included| included == name || included.split('.').next() == Some(name))
    }

    /// Leaves out what is not wanted. `always` stays, whatever is asked for; of a dotted name (`action.ref`) only that
    /// member does.
    pub(super) fn apply(&self, item: Json, always: &[&str]) -> Json {
        let Json::Object(mut item) = item else {
            return item;
        };
        if !self.include.is_empty() {
            let wanted: Vec<&str> = self.include.iter().map(String::as_str).collect();
            let wanted = [wanted.as_slice(), always].concat();
            return only(Json::Object(item), &wanted);
        }
        for excluded in &self.exclude {
            item.shift_remove(excluded.split('.').next().unwrap_or_default());
        }
        Json::Object(item)
    }
}

/// The members of a value that these dotted names lead to. In a list they lead into each item.
fn only(value: Json, names: &[&str]) -> Json {
    match value {
        Json::Object(members) => members
            .into_iter()
            .filter_map(|(name, member)| Some((wanted_of(&name, member, names)?, name)))
            .map(|(member, name)| (name, member))
            .collect(),
        Json::Array(items) => items.into_iter().map(|item| only(item, names)).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => value,
    }
}

fn wanted_of(name: &str, member: Json, names: &[&str]) -> Option<Json> {
    if names.contains(&name) {
        return Some(member);
    }
    let within: Vec<&str> = names
        .iter()
        .filter_map(|wanted| wanted.strip_prefix(name)?.strip_prefix('.'))
        .collect();
    (!within.is_empty()).then(|| only(member, &within))
}

/// A page of a list that is in memory, in the order given unless `sort` names some of the `sortable` attributes.
pub(super) fn listed<T>(
    query: &Query,
    lists: Lists,
    sortable: &[&str],
    items: &[T],
    shape: impl Fn(&T) -> Json,
) -> crate::route::Answer {
    let page = page(query, lists)?;
    let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = page.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let keys = sort_keys(query, sortable);
    let shown: Vec<Json> = if keys.is_empty() {
        items.iter().skip(skip).take(take).map(shape).collect()
    } else {
        let mut all: Vec<Json> = items.iter().map(shape).collect();
        all.sort_by(|one, other| compared(one, other, &keys));
        all.into_iter().skip(skip).take(take).collect()
    };
    super::reply::list(shown, total, page.limit)
}

/// An attribute to sort by, and whether backwards.
type SortKey<'a> = (&'a str, bool);

/// What `sort` names: `pack,-name`. As in the original, names that cannot be sorted by are passed over.
fn sort_keys<'a>(query: &Query, sortable: &[&'a str]) -> Vec<SortKey<'a>> {
    let key = |word: &String| {
        let (name, backwards) = match word.strip_prefix('-') {
            Some(name) => (name, true),
            None => (word.strip_prefix('+').unwrap_or(word), false),
        };
        let known = sortable.iter().find(|known| **known == name)?;
        Some((*known, backwards))
    };
    words(query, "sort").iter().filter_map(key).collect()
}

fn compared(one: &Json, other: &Json, keys: &[SortKey<'_>]) -> Ordering {
    let by = |(name, backwards): &SortKey<'_>| {
        let order = text_of(one, name).cmp(&text_of(other, name));
        if *backwards { order.reverse() } else { order }
    };
    keys.iter()
        .map(by)
        .find(|order| order.is_ne())
        .unwrap_or(Ordering::Equal)
}

fn text_of(item: &Json, name: &str) -> String {
    match item.get(name) {
        None | Some(Json::Null) => String::new(),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
