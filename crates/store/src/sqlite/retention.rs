//! Choosing what is forgotten next. Histories are walked in the order of recording, which is nearly the order of time,
//! so what is old stands at the beginning, and a walk ends where nothing has been old for a while.
//!
//! One call chooses one slice: as much as the writer removes in a few milliseconds. What is damaged is forgotten like
//! anything else: its time and its status are columns of their own.

use std::collections::VecDeque;

use rusqlite::types::FromSql;
use rusqlite::{Connection, Row, ToSql};
use squall_model::Timestamp;
use squall_model::record::{Forgotten, Horizon};

use super::packed::{self, Stored};
use super::removal::Removal;
use super::row::Change;
use super::{column, query};
use crate::{Error, Slice};

mod executions;

use executions::is_final;

/// About what a slice takes to write: it may share a group with others.
pub(super) const BYTES: usize = 64 * 1024;

/// What a slice may cost the writer: a row counts one, and so does a page of a long value.
const COSTS: usize = 256;

/// How many rows are looked at for a slice.
const LOOKS: i64 = 4 * 256;

/// So many rows in a row that are too young, and nothing old is expected any more.
const YOUNG: u32 = 1_000;

/// An SQLite page, about.
const PAGE: i64 = 4096;

/// How far forgetting has come; the default begins.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    stage: Stage,
    /// The last row that is done with.
    place: i64,
    /// How many rows in a row were too young.
    young: u32,
    /// Executions that go, in this order: before each those that it asked for.
    going: VecDeque<i64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Executions,
    Output,
    Decisions,
    Events,
    Parts,
}

/// What is to be removed next.
#[derive(Debug)]
pub(super) struct Chosen {
    pub(super) changes: Vec<Change>,
    pub(super) slice: Slice,
}

/// Chooses the next slice.
pub(super) fn choose(
    connection: &Connection,
    horizon: &Horizon,
    walk: Walk,
) -> Result<Chosen, Error> {
    let mut choice = Choice {
        connection,
        walk,
        changes: Vec::new(),
        costs: 0,
        forgotten: Forgotten::default(),
    };
    let is_done = match choice.walk.stage {
        Stage::Executions => choice.each(horizon.executions, Choice::executions)?,
        Stage::Output => choice.each(horizon.output, Choice::outputs)?,
        Stage::Decisions => choice.each(horizon.decisions, Choice::decisions)?,
        Stage::Events => choice.each(horizon.events, Choice::events)?,
        Stage::Parts => choice.parts()?,
    };
    let rest = match (is_done, choice.walk.stage.next()) {
        (false, _) => Some(choice.walk),
        (true, Some(stage)) => Some(Walk {
            stage,
            place: i64::MIN,
            ..Walk::default()
        }),
        (true, None) => None,
    };
    Ok(Chosen {
        changes: choice.changes,
        slice: Slice {
            forgotten: choice.forgotten,
            rest,
        },
    })
}

impl Stage {
    fn next(self) -> Option<Self> {
        Some(match self {
            Self::Executions => Self::Output,
            Self::Output => Self::Decisions,
            Self::Decisions => Self::Events,
            Self::Events => Self::Parts,
            Self::Parts => return None,
        })
    }
}

/// A slice in the making.
struct Choice<'a> {
    connection: &'a Connection,
    walk: Walk,
    changes: Vec<Change>,
    costs: usize,
    forgotten: Forgotten,
}

/// How a packed value is kept: its first bytes, and its length.
type Form = (Vec<u8>, i64);

impl Choice<'_> {
    /// Chooses what was over before a moment, if there is one. True at the end of the stage.
    fn each(
        &mut self,
        before: Option<Timestamp>,
        choose: impl FnOnce(&mut Self, i64) -> Result<bool, Error>,
    ) -> Result<bool, Error> {
        match before {
            Some(before) => choose(self, before.micros()),
            None => Ok(true),
        }
    }

    fn events(&mut self, before: i64) -> Result<bool, Error> {
        let sql = "SELECT seq, id, class, occurred_at, status, substr(payload, 1, 9), length(payload) \
                   FROM event WHERE seq > ? ORDER BY seq LIMIT ?";
        let values: [&dyn ToSql; 2] = [&self.walk.place.clone(), &LOOKS];
        let rows = query::all(self.connection, sql, &values, |row| {
            let id: Vec<u8> = sound(row, 1);
            let at = seconds(&id).max(time(row, 3));
            let key: (i64, i64) = (column::get(row, 0)?, sound(row, 2));
            Ok((key, (at, sound::<i64>(row, 4)), form(row, 5), id))
        })?;
        let is_last = is_last(rows.len());
        for ((seq, class), (at, status), form, id) in rows {
            if self.is_full() {
                return Ok(false);
            }
            self.walk.place = seq;
            if self.is_young(at >= before) {
                if self.is_beyond() {
                    return Ok(true);
                }
            } else if status != 2 && !self.is_awaited(&id)? {
                let long = self.cost(&form).into_iter().collect();
                self.push(Removal::Event { seq, class, long });
                self.forgotten.events += 1;
            }
        }
        Ok(is_last)
    }

    /// Whether an execution that is under way answers this event.
    fn is_awaited(&self, event: &[u8]) -> Result<bool, Error> {
        let sql =
            "SELECT status FROM execution JOIN execution_class ON number = class WHERE event = ?";
        let read = |row: &Row<'_>| Ok(is_final(row));
        let all = query::all(self.connection, sql, &[&event], read)?;
        Ok(all.contains(&false))
    }

    fn decisions(&mut self, before: i64) -> Result<bool, Error> {
        let sql = "SELECT seq, class, decided_at FROM decision WHERE seq > ? ORDER BY seq LIMIT ?";
        let values: [&dyn ToSql; 2] = [&self.walk.place.clone(), &LOOKS];
        let rows = query::all(self.connection, sql, &values, |row| {
            Ok((column::get(row, 0)?, sound(row, 1), time(row, 2)))
        })?;
        let is_last = is_last(rows.len());
        for (seq, class, decided_at) in rows {
            if self.is_full() {
                return Ok(false);
            }
            self.walk.place = seq;
            if self.is_young(decided_at >= before) {
                if self.is_beyond() {
                    return Ok(true);
                }
            } else {
                self.push(Removal::Decision { seq, class });
                self.forgotten.decisions += 1;
            }
        }
        Ok(is_last)
    }

    /// Output whose execution has been over for long enough, or is not recorded.
    fn outputs(&mut self, before: i64) -> Result<bool, Error> {
        let next = "SELECT execution FROM output WHERE execution > ? ORDER BY execution LIMIT 1";
        let one = "SELECT seq, id, requested_at, detail, status FROM execution \
                   JOIN execution_class ON number = class WHERE seq = ?";
        for _ in 0..LOOKS {
            let number = |row: &Row<'_>| Ok(row.get::<_, i64>(0).ok());
            let seq = query::one(self.connection, next, &[&self.walk.place], number)?;
            let Some(seq) = seq.flatten() else {
                return Ok(true);
            };
            let owner = query::one(self.connection, one, &[&seq], |row| self.member(row))?;
            let ended_at = owner.map_or(Some(i64::MIN), |owner| owner.ended_at);
            let is_old = ended_at.is_some_and(|ended_at| ended_at < before);
            if self.is_young(ended_at.is_some_and(|ended_at| ended_at >= before)) {
                if self.is_beyond() {
                    return Ok(true);
                }
            } else if is_old && (self.is_full() || !self.output(seq)?) {
                return Ok(false);
            }
            self.walk.place = seq;
        }
        Ok(false)
    }

    /// Parts of values whose records have gone.
    fn parts(&mut self) -> Result<bool, Error> {
        let number = |row: &Row<'_>| Ok(row.get::<_, i64>(0).ok());
        let sql = "SELECT value FROM discard WHERE value > ? ORDER BY value LIMIT 1";
        while let Some(value) =
            query::one(self.connection, sql, &[&self.walk.place], number)?.flatten()
        {
            let parts =
                "SELECT number, length(data) FROM part WHERE value = ? ORDER BY number LIMIT ?";
            let read = |row: &Row<'_>| Ok((time(row, 0), sound(row, 1)));
            let parts = query::all(self.connection, parts, &[&value, &room()], read)?;
            let mut is_all = is_below(parts.len());
            let mut through = None;
            for (number, length) in parts {
                if self.is_full() {
                    is_all = false;
                    break;
                }
                through = Some(number);
                self.costs += pages(length);
            }
            if let Some(through) = through {
                self.push(Removal::Parts { value, through });
            }
            if !is_all {
                return Ok(false);
            }
            self.push(Removal::Discarded(value));
            self.walk.place = value;
        }
        Ok(true)
    }

    fn push(&mut self, removal: Removal) {
        self.costs += 1;
        self.changes.push(Change::Removal(removal));
    }

    /// Counts what a value takes to remove; answers its number if it is in parts.
    fn cost(&mut self, (head, length): &Form) -> Option<i64> {
        self.costs += pages(*length);
        match packed::unpack(head) {
            Ok(Stored::Parts(value)) => Some(value),
            Ok(Stored::Text(_) | Stored::Like(..)) | Err(_) => None,
        }
    }

    fn is_full(&self) -> bool {
        self.costs >= COSTS
    }

    /// Counts the young ones that stand together.
    fn is_young(&mut self, is_young: bool) -> bool {
        self.walk.young = if is_young { self.walk.young + 1 } else { 0 };
        is_young
    }

    fn is_beyond(&self) -> bool {
        self.walk.young >= YOUNG
    }
}

/// What stands in a column, or nothing if that is something else: damage does not keep a record for ever.
fn sound<T: FromSql + Default>(row: &Row<'_>, index: usize) -> T {
    row.get(index).unwrap_or_default()
}

/// A moment, or a place in an order; one that cannot be read is the last there is, so that nothing goes too early.
fn time(row: &Row<'_>, index: usize) -> i64 {
    row.get(index).unwrap_or(i64::MAX)
}

fn form(row: &Row<'_>, index: usize) -> Form {
    (sound(row, index), sound(row, index + 1))
}

/// The time that an id begins with, in microseconds.
fn seconds(id: &[u8]) -> i64 {
    let seconds = id
        .first_chunk()
        .map_or(0, |bytes| u32::from_be_bytes(*bytes));
    i64::from(seconds) * 1_000_000
}

/// Pages beside the one that everything has.
fn pages(length: i64) -> usize {
    usize::try_from(length / PAGE).unwrap_or(0)
}

/// How much of one thing is looked at for a slice.
fn room() -> i64 {
    i64::try_from(COSTS).unwrap_or(i64::MAX)
}

fn is_below(count: usize) -> bool {
    count < COSTS
}

/// Whether so many rows are all that there were.
fn is_last(count: usize) -> bool {
    i64::try_from(count).is_ok_and(|count| count < LOOKS)
}
