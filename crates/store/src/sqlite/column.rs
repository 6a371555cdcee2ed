//! Reading columns: what is not as Squall writes it is an error that names what was read.

use rusqlite::Row;
use rusqlite::types::FromSql;
use serde::Deserialize;
use squall_model::{Id, Object, Reference, Timestamp};

use super::extent::DEEPEST;
use super::packed::Malformed;
use crate::Error;

/// A column as it is. Something else than what should stand in it is damage, and no reason to try again.
pub(super) fn get<T: FromSql>(row: &Row<'_>, index: usize) -> Result<T, Error> {
    row.get(index).map_err(Error::damaged("column"))
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
    let text = row.get_ref(index).map_err(Error::damaged("word"))?;
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
    if is_too_deep(text) {
        return Err(Error::damaged(what)(Malformed));
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    // Depth is bounded when a value is written, and what nobody of us has written was looked at above.
    reader.disable_recursion_limit();
    T::deserialize(&mut reader).map_err(Error::damaged(what))
}

/// A column of JSON text.
pub(super) fn object(row: &Row<'_>, index: usize, what: &'static str) -> Result<Object, Error> {
    json(&get::<Vec<u8>>(row, index)?, what)
}

/// Whether a text is nested deeper than anything that is ever written: reading it could take all of the stack. Brackets
/// within strings count, too, unless there is reason to look closely.
fn is_too_deep(text: &[u8]) -> bool {
    let is_open = |byte: &&u8| matches!(byte, b'[' | b'{');
    if text.len() <= MOST || text.iter().filter(is_open).count() <= MOST {
        return false;
    }
    let (mut levels, mut is_string, mut is_escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_string => is_escaped = true,
            b'"' => is_string = !is_string,
            b'[' | b'{' if !is_string => levels += 1,
            b']' | b'}' if !is_string => levels = levels.saturating_sub(1),
            _ => {}
        }
        if levels > MOST {
            return true;
        }
    }
    false
}

/// A value as deep as values may be, and what stands around it in a record.
const MOST: usize = DEEPEST + 16;

#[cfg(test)]
mod tests {
    use squall_model::Json;

    use super::*;

    #[test]
    fn what_is_nested_without_end_is_damage() {
        let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
        let read = |text: &str| json::<Json>(text.as_bytes(), "event");
        assert!(read(&nested(DEEPEST)).is_ok());
        let endless = "[".repeat(1_000_000);
        for deep in [nested(100_000).as_str(), endless.as_str()] {
            assert!(matches!(read(deep), Err(Error::Damaged { .. })));
        }
        let quoted = format!("[{:?}, {:?}]", "[".repeat(9_999), r#"\"["#.repeat(9_999));
        assert!(read(&quoted).is_ok(), "brackets in strings are text");
    }
}
