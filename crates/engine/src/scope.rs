//! What the scopes of triggers and those of sinks have in common: of several mappings one must match, of the attributes of
//! a mapping all must, and patterns of labels are `label=pattern` or `label!=pattern`, several of them behind commas.

use squall_model::{Json, Object};

/// What the value of a label must be; the label must be there in any case.
#[derive(Debug)]
pub(crate) struct LabelPattern<P> {
    label: String,
    pattern: P,
    is_wanted: bool,
}

impl<P> LabelPattern<P> {
    /// Takes one apart; `pattern` makes the pattern. `None` if there is no `=` in it.
    pub(crate) fn read<E>(
        written: &str,
        pattern: impl FnOnce(&str) -> Result<P, E>,
    ) -> Option<Result<Self, E>> {
        let (label, wanted) = written.split_once('=')?;
        let label = label.trim();
        let unwanted = label.strip_suffix('!');
        Some(pattern(wanted.trim()).map(|pattern| Self {
            label: unwanted.map_or(label, str::trim_end).to_owned(),
            pattern,
            is_wanted: unwanted.is_none(),
        }))
    }

    /// Whether labels are so; `fits` asks the pattern.
    pub(crate) fn holds<E>(
        &self,
        labels: &Object,
        fits: impl FnOnce(&P, &str) -> Result<bool, E>,
    ) -> Result<bool, E> {
        match member(labels, &self.label).and_then(Json::as_str) {
            Some(value) => Ok(fits(&self.pattern, value.trim())? == self.is_wanted),
            None => Ok(false),
        }
    }
}

/// Whether one of several matches; a fault where one is met before.
pub(crate) fn any<T, E>(all: &[T], matches: impl Fn(&T) -> Result<bool, E>) -> Result<bool, E> {
    for one in all {
        if matches(one)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether each of several matches; what follows one that does not is not asked.
pub(crate) fn every<T, E>(all: &[T], matches: impl Fn(&T) -> Result<bool, E>) -> Result<bool, E> {
    for one in all {
        if !matches(one)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// A member of a small object: going through it is faster than hashing.
pub(crate) fn member<'a>(of: &'a Object, name: &str) -> Option<&'a Json> {
    if of.len() > 16 {
        return of.get(name);
    }
    of.iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value)
}
