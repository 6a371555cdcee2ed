//! Memos, and findings on their way to sinks.

use rusqlite::{Connection, OptionalExtension as _, Row, ToSql, params};
use squall_model::memo::{Memo, Topic};
use squall_model::outgoing::{Outgoing, OutgoingStatus};
use squall_model::{Id, Timestamp};

use super::apply::Failure;
use super::{column, content, damage, query, values};
use crate::Error;

/// All of them.
pub(super) const MEMOS: &str = "SELECT name, topic, value, until FROM memo";

/// All of them.
pub(super) const OUTGOING: &str =
    "SELECT id, execution, sink, status, due_at, until, attempts, failure, finding FROM outgoing";

/// How many rows of a table whose time is over are removed at a time: few enough that nobody waits for it.
const FORGOTTEN: i64 = 1000;

/// Writes a memo in the place of an earlier one.
pub(super) fn put_memo(connection: &Connection, memo: &Memo, value: &[u8]) -> Result<(), Failure> {
    delete_memo(connection, memo.topic, &memo.name)?;
    connection
        .prepare_cached("INSERT INTO memo (topic, name, value, until) VALUES (?, ?, ?, ?)")?
        .execute(params![
            memo.topic.as_str(),
            memo.name,
            value,
            memo.until.map(Timestamp::micros)
        ])?;
    Ok(())
}

/// Removes a memo, if there is one.
pub(super) fn delete_memo(
    connection: &Connection,
    topic: Topic,
    name: &str,
) -> Result<(), Failure> {
    let earlier: Option<Vec<u8>> = connection
        .prepare_cached("DELETE FROM memo WHERE topic = ? AND name = ? RETURNING value")?
        .query_row(params![topic.as_str(), name], |row| {
            Ok(content::whatever(row))
        })
        .optional()?;
    if let Some(earlier) = earlier {
        content::let_go(connection, &earlier)?;
    }
    Ok(())
}

/// Writes a finding, or how far a known one has come.
pub(super) fn put_outgoing(
    connection: &Connection,
    outgoing: &Outgoing,
    finding: &[u8],
) -> Result<(), Failure> {
    let known = connection
        .prepare_cached(
            "UPDATE outgoing SET status = ?, due_at = ?, until = ?, attempts = ?, failure = ? WHERE id = ?",
        )?
        .execute(params![
            outgoing.status.as_str(),
            outgoing.due_at.micros(),
            outgoing.until.map(Timestamp::micros),
            outgoing.attempts,
            outgoing.failure,
            outgoing.id.bytes()
        ])?;
    if known > 0 {
        return Ok(content::let_go(connection, finding)?);
    }
    connection
        .prepare_cached(
            "INSERT INTO outgoing (id, execution, sink, status, due_at, until, attempts, failure, finding) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            outgoing.id.bytes(),
            outgoing.execution.bytes(),
            outgoing.sink,
            outgoing.status.as_str(),
            outgoing.due_at.micros(),
            outgoing.until.map(Timestamp::micros),
            outgoing.attempts,
            outgoing.failure,
            finding
        ])?;
    Ok(())
}

/// Removes some of what may be forgotten.
pub(super) fn expire(connection: &Connection, at: Timestamp) -> Result<(), Failure> {
    for sql in [
        "DELETE FROM memo WHERE (topic, name) IN \
         (SELECT topic, name FROM memo WHERE until <= ? ORDER BY until LIMIT ?) RETURNING value",
        "DELETE FROM outgoing WHERE seq IN \
         (SELECT seq FROM outgoing WHERE until <= ? ORDER BY until LIMIT ?) RETURNING finding",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        let values = params![at.micros(), FORGOTTEN];
        let gone = statement.query_map(values, |row| Ok(content::whatever(row)))?;
        let gone: Vec<Vec<u8>> = gone.collect::<rusqlite::Result<_>>()?;
        for packed in gone {
            content::let_go(connection, &packed)?;
        }
    }
    Ok(())
}

/// The memos of a topic whose time is not over, by name.
pub(super) fn memos(
    connection: &Connection,
    topic: Topic,
    now: Timestamp,
) -> Result<Vec<Memo>, Error> {
    let sql = format!("{MEMOS} WHERE topic = ? AND (until IS NULL OR until > ?) ORDER BY name");
    let values: [&dyn ToSql; 2] = [&topic.as_str(), &now.micros()];
    damage::sound(connection, ("memo", 0), (&sql, &values), u64::MAX, |row| {
        read_memo(connection, row)
    })
}

/// What is remembered under a name of a topic.
pub(super) fn memo(
    connection: &Connection,
    topic: Topic,
    name: &str,
    now: Timestamp,
) -> Result<Option<Memo>, Error> {
    let sql = format!("{MEMOS} WHERE topic = ? AND name = ? AND (until IS NULL OR until > ?)");
    let values: [&dyn ToSql; 3] = [&topic.as_str(), &name, &now.micros()];
    query::one(connection, &sql, &values, |row| read_memo(connection, row))
}

/// The findings that are due at a sink, those that have waited longest first.
pub(super) fn due(
    connection: &Connection,
    sink: &str,
    now: Timestamp,
    limit: u64,
) -> Result<Vec<Outgoing>, Error> {
    let sql = format!(
        "{OUTGOING} WHERE status = 'waiting' AND sink = ? AND due_at <= ? ORDER BY due_at, seq"
    );
    let values: [&dyn ToSql; 2] = [&sink, &now.micros()];
    damage::sound(connection, ("outgoing", 0), (&sql, &values), limit, |row| {
        read_outgoing(connection, row)
    })
}

/// When the next finding is due at a sink.
pub(super) fn next_due(connection: &Connection, sink: &str) -> Result<Option<Timestamp>, Error> {
    let sql =
        "SELECT due_at FROM outgoing WHERE status = 'waiting' AND sink = ? ORDER BY due_at LIMIT 1";
    query::one(connection, sql, &[&sink], |row| column::time(row, 0))
}

/// The findings of an execution, in the order in which they were recorded.
pub(super) fn of_execution(connection: &Connection, execution: Id) -> Result<Vec<Outgoing>, Error> {
    let sql = format!("{OUTGOING} WHERE execution = ? ORDER BY seq");
    let values: [&dyn ToSql; 1] = [&execution.bytes()];
    damage::sound(
        connection,
        ("outgoing", 0),
        (&sql, &values),
        u64::MAX,
        |row| read_outgoing(connection, row),
    )
}

/// Takes a memo from a row of [`MEMOS`].
pub(super) fn read_memo(connection: &Connection, row: &Row<'_>) -> Result<Memo, Error> {
    let value: Vec<u8> = column::get(row, 2)?;
    Ok(Memo {
        name: column::get(row, 0)?,
        topic: column::word(row, 1, Topic::parse)?,
        value: values::json(connection, &value, "memo")?,
        until: column::get::<Option<i64>>(row, 3)?.map(Timestamp::from_micros),
    })
}

/// Takes a finding from a row of [`OUTGOING`].
pub(super) fn read_outgoing(connection: &Connection, row: &Row<'_>) -> Result<Outgoing, Error> {
    let finding: Vec<u8> = column::get(row, 8)?;
    Ok(Outgoing {
        id: column::id(row, 0)?,
        execution: column::id(row, 1)?,
        sink: column::get(row, 2)?,
        status: column::word(row, 3, OutgoingStatus::parse)?,
        due_at: column::time(row, 4)?,
        until: column::get::<Option<i64>>(row, 5)?.map(Timestamp::from_micros),
        attempts: column::get(row, 6)?,
        failure: column::get(row, 7)?,
        finding: values::json(connection, &finding, "finding")?,
    })
}
