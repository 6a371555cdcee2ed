//! Carrying out one batch within the transaction of its group.

use std::sync::Arc;

use rusqlite::{Connection, ErrorCode, OptionalExtension as _, params};
use squall_model::Id;
use squall_model::event::EventStatus;

use super::classes::Classes;
use super::content;
use super::events::sender_text;
use super::execution_row::{ExecutionRow, chosen_tag, joined_trace};
use super::fences::{self, Recorded};
use super::row::{Change, DecisionRow, EventRow, OutputRow};
use crate::Error;

/// The writer's side of the tables.
#[derive(Debug)]
pub(super) struct Tables {
    pub(super) events: Classes,
    pub(super) decisions: Classes,
    pub(super) executions: Classes,
}

/// Why a batch was not carried out.
#[derive(Debug)]
pub(super) enum Failure {
    /// Before anything was written.
    Refused(Error),
    /// Perhaps in the middle: what the transaction did since the batch began must be undone.
    Broken(Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        let concerns_the_batch = match error.sqlite_error_code() {
            Some(code) => matches!(
                code,
                ErrorCode::ConstraintViolation | ErrorCode::TooBig | ErrorCode::TypeMismatch
            ),
            None => true,
        };
        Self::Broken(if concerns_the_batch {
            Error::Contradiction(Arc::new(error))
        } else {
            Error::unwritten(error)
        })
    }
}

impl Tables {
    /// With nothing remembered.
    pub(super) fn new() -> Self {
        let executions = ["status", "action", "runner", "user", "rule", "place"];
        Self {
            events: Classes::new("event_class", &["trigger"]),
            decisions: Classes::new("decision_class", &["rule_ref", "rule"]),
            executions: Classes::new("execution_class", &executions),
        }
    }

    /// Carries out one batch.
    pub(super) fn apply(
        &mut self,
        connection: &Connection,
        changes: &[Change],
    ) -> Result<(), Failure> {
        let recorded = fences::check(connection, changes)?;
        let mut recorded = recorded.into_iter();
        for change in changes {
            match change {
                Change::Event(row) => self.event(connection, row)?,
                Change::Decided {
                    event,
                    status,
                    rules,
                } => decided(connection, *event, *status, *rules)?,
                Change::Decision(row) => self.decision(connection, row)?,
                Change::Execution(row) => {
                    self.execution(connection, row, recorded.next().flatten())?;
                }
                Change::Result { execution, value } => result(connection, *execution, value)?,
                Change::Output(row) => output(connection, row)?,
                Change::Removal(removal) => self.remove(connection, removal)?,
                other => content::apply(connection, other)?,
            }
        }
        Ok(())
    }

    /// Writes down the counts that the batches since the last flush have changed.
    pub(super) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.events.flush(connection)?;
        self.decisions.flush(connection)?;
        self.executions.flush(connection)
    }

    /// The batches since the last flush were undone.
    pub(super) fn forget(&mut self) {
        self.events.forget();
        self.decisions.forget();
        self.executions.forget();
    }

    fn event(&mut self, connection: &Connection, row: &EventRow) -> rusqlite::Result<()> {
        let event = &row.event;
        let time = event.occurred_at.micros();
        let class = self.events.number(connection, &row.class)?;
        self.events.join(class, time);
        connection
            .prepare_cached(
                "INSERT INTO event (id, class, occurred_at, status, trace, trace_tag, payload, sender) \
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                event.id.bytes(),
                class,
                time,
                status_number(event.status),
                event.trace.id.map(Id::bytes),
                event.trace.tag,
                row.payload,
                sender_text(&event.trace)
            ])?;
        Ok(())
    }

    fn decision(&mut self, connection: &Connection, row: &DecisionRow) -> rusqlite::Result<()> {
        let decision = &row.decision;
        let time = decision.decided_at.micros();
        let class = self.decisions.number(connection, &row.class)?;
        self.decisions.join(class, time);
        connection
            .prepare_cached(
                "INSERT INTO decision (id, class, decided_at, event, execution, failure) \
                 VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![
                decision.id.bytes(),
                class,
                time,
                decision.event.bytes(),
                decision.execution.map(Id::bytes),
                decision.failure
            ])?;
        Ok(())
    }

    fn execution(
        &mut self,
        connection: &Connection,
        row: &ExecutionRow,
        recorded: Option<Recorded>,
    ) -> rusqlite::Result<()> {
        let execution = &row.execution;
        let class = self.executions.number(connection, &row.class)?;
        let Some(recorded) = recorded else {
            self.executions.join(class, execution.requested_at.micros());
            return insert_execution(connection, row, class);
        };
        let version = integer(execution.version)?;
        let size = integer(execution.result_size)?;
        let seq = recorded.seq;
        if class == recorded.class {
            // Without a change of class its index need not be touched.
            let sql = "UPDATE execution SET version = ?, result_size = ?, detail = ? WHERE seq = ?";
            let mut update = connection.prepare_cached(sql)?;
            update.execute(params![version, size, row.detail, seq])?;
        } else {
            self.executions.leave(recorded.class);
            self.executions.join(class, execution.requested_at.micros());
            let sql = "UPDATE execution SET version = ?, result_size = ?, detail = ?, class = ? WHERE seq = ?";
            let mut update = connection.prepare_cached(sql)?;
            update.execute(params![version, size, row.detail, class, seq])?;
        }
        Ok(())
    }
}

fn decided(
    connection: &Connection,
    event: Id,
    status: EventStatus,
    rules: u64,
) -> Result<(), Failure> {
    let updated = connection
        .prepare_cached("UPDATE event SET status = ?, rules = ? WHERE id = ? AND status = 2")?
        .execute(params![
            status_number(status),
            rules.cast_signed(),
            event.bytes()
        ])?;
    let what = "event";
    match updated {
        1 => Ok(()),
        _ => Err(Failure::Broken(Error::Stale { what, id: event })),
    }
}

fn insert_execution(
    connection: &Connection,
    row: &ExecutionRow,
    class: i64,
) -> rusqlite::Result<()> {
    let execution = &row.execution;
    connection
        .prepare_cached(
            "INSERT INTO execution (id, liveaction, version, class, requested_at, definition, parent, event, \
             result_size, detail, trace, trace_tag) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            execution.id.bytes(),
            execution.liveaction.bytes(),
            integer(execution.version)?,
            class,
            execution.requested_at.micros(),
            execution.definition.0.bytes(),
            execution.parent.map(Id::bytes),
            execution.event.map(Id::bytes),
            integer(execution.result_size)?,
            row.detail,
            joined_trace(execution).map(Id::bytes),
            chosen_tag(execution)
        ])?;
    Ok(())
}

fn result(connection: &Connection, execution: Id, value: &[u8]) -> Result<(), Failure> {
    let seq = seq_of(connection, execution)?;
    let added = connection
        .prepare_cached("INSERT OR IGNORE INTO result (execution, value) VALUES (?, ?)")?
        .execute(params![seq, value])?;
    if added == 0 {
        replace_result(connection, seq, value)?;
    }
    Ok(())
}

fn replace_result(connection: &Connection, seq: i64, value: &[u8]) -> rusqlite::Result<()> {
    let earlier: Vec<u8> = connection
        .prepare_cached("SELECT value FROM result WHERE execution = ?")?
        .query_row([seq], |row| Ok(content::whatever(row)))?;
    content::let_go(connection, &earlier)?;
    connection
        .prepare_cached("UPDATE result SET value = ? WHERE execution = ?")?
        .execute(params![value, seq])?;
    Ok(())
}

fn output(connection: &Connection, row: &OutputRow) -> Result<(), Failure> {
    let chunk = &row.chunk;
    let seq = seq_of(connection, chunk.execution)?;
    connection
        .prepare_cached(
            "INSERT INTO output (execution, sequence, kind, at, data) VALUES (?, ?, ?, ?, ?)",
        )?
        .execute(params![
            seq,
            integer(chunk.sequence)?,
            chunk.kind.as_str(),
            chunk.at.micros(),
            row.data
        ])?;
    Ok(())
}

fn seq_of(connection: &Connection, execution: Id) -> Result<i64, Failure> {
    let (what, id) = ("execution", execution);
    connection
        .prepare_cached("SELECT seq FROM execution WHERE id = ?")?
        .query_row([id.bytes()], |row| row.get(0))
        .optional()?
        .ok_or(Failure::Broken(Error::Missing { what, id }))
}

/// Numbers of one width, so that deciding an event does not change the length of its row.
pub(super) const fn status_number(status: EventStatus) -> i64 {
    match status {
        EventStatus::Pending => 2,
        EventStatus::Processed => 3,
        EventStatus::ProcessingFailed => 4,
    }
}

/// As SQLite counts.
pub(super) fn integer(number: u64) -> rusqlite::Result<i64> {
    i64::try_from(number).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}
