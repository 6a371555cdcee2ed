//! Making right what can be made anew from what is there: counters, indexes, rows that belong to nothing.

use std::path::Path;

use rusqlite::Connection;
use squall_model::Timestamp;

use super::examine::{HISTORIES, ORPHANS, unneeded_parts};
use super::file::{self, Error, Owned};

/// Mends the store in `path`. Refused while somebody uses it. What cannot be read is left where it is.
pub fn mend(path: &Path, now: Timestamp) -> Result<(), Error> {
    let _owned = Owned::claim(path)?;
    // Opening also brings the schema up to date, and makes the file private.
    let connection = file::open(path, now)?;
    connection.execute_batch("BEGIN IMMEDIATE; REINDEX")?;
    let mended = all(&connection);
    let end = if mended.is_ok() { "COMMIT" } else { "ROLLBACK" };
    connection.execute_batch(end)?;
    mended
}

fn all(connection: &Connection) -> Result<(), Error> {
    for (table, orphaned) in ORPHANS {
        connection.execute(&format!("DELETE FROM {table} WHERE {orphaned}"), [])?;
    }
    for value in unneeded_parts(connection)? {
        connection.execute("DELETE FROM part WHERE value = ?", [value])?;
    }
    for (table, classes, time) in HISTORIES {
        let sql = format!(
            "UPDATE {classes} SET members = (SELECT count(*) FROM {table} WHERE class = number), \
             newest = ifnull((SELECT max({time}) FROM {table} WHERE class = number), {})",
            i64::MIN
        );
        connection.execute(&sql, [])?;
    }
    Ok(())
}
