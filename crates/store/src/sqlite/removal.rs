//! Removing what [`super::retention`] has chosen, within the transaction of a group.
//!
//! What is chosen may have gone meanwhile, or moved on; then nothing happens to it.

use rusqlite::{Connection, ToSql, params};

use super::apply::Tables;

/// Something old that goes. `long` are the numbers of its values in parts.
#[derive(Debug)]
pub(super) enum Removal {
    /// An event of this class.
    Event {
        seq: i64,
        class: i64,
        long: Vec<i64>,
    },
    /// A decision of this class.
    Decision { seq: i64, class: i64 },
    /// An execution of this class, with its result.
    Execution {
        seq: i64,
        class: i64,
        long: Vec<i64>,
    },
    /// Output of an execution, up to this sequence number.
    Output {
        execution: i64,
        through: i64,
        long: Vec<i64>,
    },
    /// Parts of a value whose record has gone, up to this number.
    Parts { value: i64, through: i64 },
    /// All parts of this value have gone.
    Discarded(i64),
}

impl Tables {
    /// Removes something.
    pub(super) fn remove(
        &mut self,
        connection: &Connection,
        removal: &Removal,
    ) -> rusqlite::Result<()> {
        match removal {
            Removal::Event { seq, class, long } => {
                let sql = "DELETE FROM event WHERE seq = ? AND class = ? AND status <> 2";
                if execute(connection, sql, params![seq, class])? {
                    self.events.leave(*class);
                    discard(connection, long)?;
                }
            }
            Removal::Decision { seq, class } => {
                let sql = "DELETE FROM decision WHERE seq = ? AND class = ?";
                if execute(connection, sql, params![seq, class])? {
                    self.decisions.leave(*class);
                }
            }
            Removal::Execution { seq, class, long } => {
                let sql = "DELETE FROM execution WHERE seq = ? AND class = ?";
                if execute(connection, sql, params![seq, class])? {
                    self.executions.leave(*class);
                    let sql = "DELETE FROM result WHERE execution = ?";
                    execute(connection, sql, params![seq])?;
                    discard(connection, long)?;
                }
            }
            Removal::Output {
                execution: seq,
                through,
                long,
            } => {
                let sql = "DELETE FROM output WHERE execution = ? AND sequence <= ?";
                execute(connection, sql, params![seq, through])?;
                discard(connection, long)?;
            }
            Removal::Parts { value, through } => {
                let sql = "DELETE FROM part WHERE value = ? AND number <= ?";
                execute(connection, sql, params![value, through])?;
            }
            Removal::Discarded(value) => {
                let sql = "DELETE FROM discard WHERE value = ?";
                execute(connection, sql, params![value])?;
            }
        }
        Ok(())
    }
}

/// The parts of these values go later: they may be many.
fn discard(connection: &Connection, values: &[i64]) -> rusqlite::Result<()> {
    for value in values {
        let sql = "INSERT OR IGNORE INTO discard (value) VALUES (?)";
        execute(connection, sql, params![value])?;
    }
    Ok(())
}

/// Whether that changed anything.
fn execute(connection: &Connection, sql: &str, values: &[&dyn ToSql]) -> rusqlite::Result<bool> {
    let mut statement = connection.prepare_cached(sql)?;
    Ok(statement.execute(values)? > 0)
}
