//! Reading packed values, whole ones and those in parts.

use rusqlite::{Connection, Row};
use squall_model::Json;

use super::packed::{self, Malformed, Stored};
use super::{column, query};
use crate::Error;

/// The text of a packed value.
pub(super) fn text(
    connection: &Connection,
    packed: &[u8],
    what: &'static str,
) -> Result<Vec<u8>, Error> {
    match packed::unpack(packed).map_err(Error::damaged(what))? {
        Stored::Text(text) => Ok(text.into_owned()),
        Stored::Parts(number) => joined(connection, number, what),
        Stored::Like(number, block) => {
            let sql = "SELECT text FROM template WHERE number = ?";
            let read = |row: &Row<'_>| column::get::<Vec<u8>>(row, 0);
            let template = query::one(connection, sql, &[&number], read)?;
            let template = template.ok_or_else(|| Error::damaged(what)(Malformed))?;
            block.text(&template).map_err(Error::damaged(what))
        }
    }
}

/// A packed value of JSON.
pub(super) fn json(
    connection: &Connection,
    packed: &[u8],
    what: &'static str,
) -> Result<Json, Error> {
    column::json(&text(connection, packed, what)?, what)
}

fn joined(connection: &Connection, number: i64, what: &'static str) -> Result<Vec<u8>, Error> {
    let sql = "SELECT data FROM part WHERE value = ? ORDER BY number";
    let mut statement = connection.prepare_cached(sql).map_err(Error::unread)?;
    let mut rows = statement.query([number]).map_err(Error::unread)?;
    let mut whole = Vec::new();
    while let Some(row) = rows.next().map_err(Error::unread)? {
        whole.extend_from_slice(&part(row, what)?);
    }
    Ok(whole)
}

fn part(row: &Row<'_>, what: &'static str) -> Result<Vec<u8>, Error> {
    let packed: Vec<u8> = column::get(row, 0)?;
    match packed::unpack(&packed).map_err(Error::damaged(what))? {
        Stored::Text(text) => Ok(text.into_owned()),
        Stored::Parts(_) | Stored::Like(..) => Err(Error::damaged(what)(Malformed)),
    }
}
