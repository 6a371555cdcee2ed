//! Reading columns: what is not as Squall writes it is an error that names what was read.

use rusqlite::Row;
use rusqlite::types::FromSql;
use serde::Deserialize;
use squall_model::{Id, Object, Reference, Timestamp};

use super::packed::Malformed;
use crate::Error;

/// A column as it is.
pub(super) fn get<T: FromSql>(row: &Row<'_>, index: usize) -> Result<T, Error> {
    row.get(index).map_err(Error::unread)
}

/// A number that is never negative.
pub(super) fn count(row: &Row<'_>, index: usize) -> Result<u64, Error> {
    get::<i64>(row, index)?
        .try_into()
        .map_err(Error::damaged("number"))
}

/// An id.
pub(super) fn id(row: &Row<'_>, index: usize) -> Result<Id, Error> {
    Ok(Id::from_bytes(get(row, index)?))
}

/// An id, if there is one.
pub(super) fn optional_id(row: &Row<'_>, index: usize) -> Result<Option<Id>, Error> {
    Ok(get::<Option<[u8; 12]>>(row, index)?.map(Id::from_bytes))
}

/// A moment.
pub(super) fn time(row: &Row<'_>, index: usize) -> Result<Timestamp, Error> {
    Ok(Timestamp::from_micros(get(row, index)?))
}

/// A word that `parse` knows.
pub(super) fn word<T>(
    row: &Row<'_>,
    index: usize,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<T, Error> {
    let text = row.get_ref(index).map_err(Error::unread)?;
    let text = text.as_str().map_err(Error::damaged("word"))?;
    parse(text).ok_or_else(|| Error::damaged("word")(Malformed))
}

/// A reference; the empty text stands for none.
pub(super) fn optional_reference(row: &Row<'_>, index: usize) -> Result<Option<Reference>, Error> {
    word(row, index, |text| match text {
        "" => Some(None),
        _ => reference(text).map(Some),
    })
}

/// Takes back a reference that was written, whatever it is.
pub(super) fn reference(text: &str) -> Option<Reference> {
    let (pack, name) = text.split_once('.')?;
    Some(Reference::new(pack, name))
}

/// Takes back a value of ours from JSON text.
pub(super) fn json<'a, T: Deserialize<'a>>(text: &'a [u8], what: &'static str) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    // Depth is bounded when a value is written.
    reader.disable_recursion_limit();
    T::deserialize(&mut reader).map_err(Error::damaged(what))
}

/// A column of JSON text.
pub(super) fn object(row: &Row<'_>, index: usize, what: &'static str) -> Result<Object, Error> {
    json(&get::<Vec<u8>>(row, index)?, what)
}
