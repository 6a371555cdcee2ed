//! Rows that are not as any version of Squall writes them: whoever reads many is given the others. Each is told once, and
//! stays where it is until somebody has looked at it (`squall admin doctor`) or it is too old to be kept.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, PoisonError};

use rusqlite::{Connection, Row, ToSql};

use crate::Error;

/// Rows that are remembered to have been told.
const REMEMBERED: usize = 10_000;

/// One log for the whole process, as there is.
static TOLD: LazyLock<Mutex<HashSet<(&'static str, String)>>> = LazyLock::new(Mutex::default);

/// What was read; if it is damaged, it is told once which row of a table that is.
pub(super) fn told<T>(
    read: Result<T, Error>,
    table: &'static str,
    which: impl FnOnce() -> String,
) -> Result<T, Error> {
    if let Err(error @ Error::Damaged { .. }) = &read {
        tell(table, &which(), error);
    }
    read
}

/// The same; nothing if it is damaged.
pub(super) fn or_told<T>(
    read: Result<T, Error>,
    table: &'static str,
    which: impl FnOnce() -> String,
) -> Result<Option<T>, Error> {
    match told(read, table, which) {
        Ok(value) => Ok(Some(value)),
        Err(Error::Damaged { .. }) => Ok(None),
        Err(error) => Err(error),
    }
}

/// How many damaged rows this process has come across.
pub(super) fn count() -> u64 {
    let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    u64::try_from(told.len()).unwrap_or(u64::MAX)
}

/// The ids of those rows of a table that this process has come across.
pub(super) fn known(table: &str) -> Vec<Vec<u8>> {
    let told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    let of_table = told.iter().filter(|(known, _)| *known == table);
    of_table.filter_map(|(_, row)| bytes(row)).collect()
}

fn bytes(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    let byte = |pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
    pairs.map(byte).collect()
}

/// Every row that is not damaged, up to a limit. `which` is the column that tells rows apart.
pub(super) fn sound<T>(
    connection: &Connection,
    (table, which): (&'static str, usize),
    (sql, values): (&str, &[&dyn ToSql]),
    limit: u64,
    read: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(Error::unread)?;
    let mut rows = statement.query(values).map_err(Error::unread)?;
    let mut items = Vec::new();
    while u64::try_from(items.len()).is_ok_and(|found| found < limit) {
        let Some(row) = rows.next().map_err(Error::unread)? else {
            break;
        };
        items.extend(or_told(read(row), table, || name(row, which))?);
    }
    Ok(items)
}

/// What tells a row apart: a text as it is, an id as its digits.
pub(super) fn name(row: &Row<'_>, index: usize) -> String {
    use rusqlite::types::ValueRef;
    match row.get_ref(index) {
        Ok(ValueRef::Text(text)) => String::from_utf8_lossy(text).into_owned(),
        Ok(ValueRef::Blob(id)) => id.iter().map(|byte| format!("{byte:02x}")).collect(),
        Ok(ValueRef::Integer(number)) => number.to_string(),
        Ok(ValueRef::Real(_) | ValueRef::Null) | Err(_) => "?".to_owned(),
    }
}

fn tell(table: &'static str, row: &str, error: &Error) {
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.len() >= REMEMBERED || !told.insert((table, row.to_owned())) {
        return;
    }
    drop(told);
    let error = error as &dyn std::error::Error;
    tracing::error!(
        table,
        row,
        error,
        "a damaged record is left out; `squall admin doctor` tells more"
    );
}
