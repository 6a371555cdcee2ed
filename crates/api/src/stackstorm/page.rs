//! Which part of a list, and which attributes: the query parameters that all lists share.

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

    /// What is recorded: the newest hundred.
    pub(super) const RECORDED: Self = Self {
        limit: Some(100),
        ascending: false,
    };
}

/// Offsets from here on are refused, as in the original.
const LARGEST_OFFSET: i64 = 1 << 31;

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
    if offset >= LARGEST_OFFSET {
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

/// An integer parameter.
pub(super) fn integer(query: &Query, name: &str) -> Result<Option<i64>, Fault> {
    let Some(text) = query.get(name).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let refused = || {
        Fault::bad_request(format!(
            "Parameter \"{name}\" is not an integer: \"{text}\""
        ))
    };
    text.parse().map(Some).map_err(|_| refused())
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
            "Parameter \"{name}\" is not a boolean: \"{text}\""
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

/// A comma list of ids. One that is no id matches nothing, so it becomes an id that is never given.
pub(super) fn ids(query: &Query, name: &str) -> Vec<Id> {
    words(query, name)
        .iter()
        .map(|word| word.parse().unwrap_or(Id::from_bytes([0; 12])))
        .collect()
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
    pub(super) fn read(query: &'a Query) -> Self {
        Self {
            ids: ids(query, "id"),
            query,
        }
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
            "exclude.attributes and include.attributes query parameters are mutually exclusive. Only one can be specified.",
        ))
    }

    /// What is excluded.
    pub(super) fn excluded(&self) -> &[String] {
        &self.exclude
    }

    /// The same without one more.
    pub(super) fn without(mut self, name: &str) -> Self {
        self.include.retain(|included| included != name);
        if self.include.is_empty() {
            self.exclude.push(name.to_owned());
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

    /// Leaves out what is not wanted. `always` stays, whatever is asked for.
    pub(super) fn apply(&self, item: Json, always: &[&str]) -> Json {
        let Json::Object(mut item) = item else {
            return item;
        };
        if self.include.is_empty() {
            self.exclude.iter().for_each(|excluded| {
                item.shift_remove(excluded);
            });
        } else {
            item.retain(|name, _| always.contains(&name.as_str()) || self.wants(name));
        }
        Json::Object(item)
    }
}

/// A page of a list that is in memory, in the order given (ascending) or backwards.
pub(super) fn listed<T>(
    items: &[T],
    page: Page,
    shape: impl Fn(&T) -> Json,
) -> crate::route::Answer {
    let total = u64::try_from(items.len()).unwrap_or(u64::MAX);
    let skip = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let take = page.limit.map_or(usize::MAX, |limit| {
        usize::try_from(limit).unwrap_or(usize::MAX)
    });
    let shown: Vec<Json> = if page.ascending {
        items.iter().skip(skip).take(take).map(shape).collect()
    } else {
        items
            .iter()
            .rev()
            .skip(skip)
            .take(take)
            .map(shape)
            .collect()
    };
    super::reply::list(shown, total, page.limit)
}
