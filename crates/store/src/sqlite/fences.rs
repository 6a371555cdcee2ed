//! Fences: looked at before anything of a batch is written, so that a stale one leaves no trace and needs no undoing.

use rusqlite::{Connection, OptionalExtension as _, params};
use squall_model::Id;
use squall_model::delivery::Delivery;
use squall_model::event::EventStatus;

use super::apply::{Failure, integer, status_number};
use super::execution_row::ExecutionRow;
use super::row::Change;
use crate::Error;

/// What is recorded of an execution that a batch goes on with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recorded {
    pub(super) seq: i64,
    pub(super) class: i64,
}

/// Looks at every fence of a batch; answers what is recorded of its executions, in their order.
pub(super) fn check(
    connection: &Connection,
    changes: &[Change],
) -> Result<Vec<Option<Recorded>>, Failure> {
    let mut recorded = Vec::new();
    for change in changes {
        match change {
            Change::Decided { event, .. } => pending(connection, *event, changes)?,
            Change::Delivery(delivery) => new(connection, delivery)?,
            Change::Execution(row) => recorded.push(expected(connection, row)?),
            _ => {}
        }
    }
    Ok(recorded)
}

/// The event must be pending, or come with the batch.
fn pending(connection: &Connection, event: Id, changes: &[Change]) -> Result<(), Failure> {
    let status: Option<i64> = connection
        .prepare_cached("SELECT status FROM event WHERE id = ?")?
        .query_row([event.bytes()], |row| row.get(0))
        .optional()?;
    let comes_with_it =
        |change: &Change| matches!(change, Change::Event(row) if row.event.id == event);
    let what = "event";
    match status {
        Some(status) if status == status_number(EventStatus::Pending) => Ok(()),
        Some(_) => Err(Failure::Refused(Error::Stale { what, id: event })),
        None if changes.iter().any(comes_with_it) => Ok(()),
        None => Err(Failure::Refused(Error::Missing { what, id: event })),
    }
}

/// The delivery must not have been taken, or be forgotten.
fn new(connection: &Connection, delivery: &Delivery) -> Result<(), Failure> {
    let sql = "SELECT event FROM delivery WHERE key = ? AND forgotten_at > ?";
    let taken = connection
        .prepare_cached(sql)?
        .query_row(
            params![delivery.key.bytes(), delivery.taken_at.micros()],
            |row| row.get(0),
        )
        .optional()?;
    match taken {
        Some(event) => Err(Failure::Refused(Error::Delivered {
            event: Id::from_bytes(event),
        })),
        None => Ok(()),
    }
}

/// The recorded version must be the one that the row follows.
fn expected(connection: &Connection, row: &ExecutionRow) -> Result<Option<Recorded>, Failure> {
    let id = row.execution.id;
    let found = connection
        .prepare_cached("SELECT version, seq, class FROM execution WHERE id = ?")?
        .query_row([id.bytes()], |found| {
            let recorded = Recorded {
                seq: found.get(1)?,
                class: found.get(2)?,
            };
            Ok((found.get(0)?, recorded))
        })
        .optional()?;
    let version: i64 = found.map_or(0, |(version, _)| version);
    if integer(row.expected)? == version {
        Ok(found.map(|(_, recorded)| recorded))
    } else {
        let what = "execution";
        Err(Failure::Refused(Error::Stale { what, id }))
    }
}
