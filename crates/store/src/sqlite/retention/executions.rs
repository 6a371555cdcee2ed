//! Executions that go: with their whole family, their output and their result.

use std::collections::HashSet;

use rusqlite::{Row, ToSql};
use serde::Deserialize;
use squall_model::execution::Status;

use super::{Choice, LOOKS, form, is_below, is_last, room, sound, time};
use crate::Error;
use crate::sqlite::removal::Removal;
use crate::sqlite::{column, query, values};

impl Choice<'_> {
    /// Finds executions that nobody asked for, or nobody that is recorded; they go with all that they asked for.
    pub(super) fn executions(&mut self, before: i64) -> Result<bool, Error> {
        if !self.let_executions_go()? {
            return Ok(false);
        }
        let sql = "SELECT seq, requested_at, \
                   EXISTS (SELECT 1 FROM execution AS asker WHERE asker.id = execution.parent) \
                   FROM execution WHERE seq > ? ORDER BY seq LIMIT ?";
        let values: [&dyn ToSql; 2] = [&self.walk.place.clone(), &LOOKS];
        let rows = query::all(self.connection, sql, &values, |row| {
            Ok((column::get(row, 0)?, time(row, 1), sound::<bool>(row, 2)))
        })?;
        let is_last = is_last(rows.len());
        for (seq, requested_at, is_asked_for) in rows {
            if self.is_full() || !self.walk.going.is_empty() {
                return Ok(false);
            }
            self.walk.place = seq;
            if self.is_young(requested_at >= before) {
                if self.is_beyond() {
                    return Ok(true);
                }
            } else if !is_asked_for {
                self.walk.going = self.family(seq, before)?.into();
                self.let_executions_go()?;
            }
        }
        Ok(is_last && self.walk.going.is_empty())
    }

    /// An execution behind all that it asked for, and so on; nothing if one of them is under way, or was lately.
    fn family(&self, root: i64, before: i64) -> Result<Vec<i64>, Error> {
        const ONE: &str = "SELECT seq, id, requested_at, detail, status FROM execution \
                           JOIN execution_class ON number = class";
        let (mut found, mut known) = (Vec::new(), HashSet::from([root]));
        let one = format!("{ONE} WHERE seq = ?");
        let asked_for = format!("{ONE} WHERE parent = ?");
        let mut next = query::all(self.connection, &one, &[&root], |row| self.member(row))?;
        while let Some(member) = next.pop() {
            if member.ended_at.is_none_or(|ended_at| ended_at >= before) {
                return Ok(Vec::new());
            }
            found.push(member.seq);
            let more = query::all(self.connection, &asked_for, &[&member.id], |row| {
                self.member(row)
            })?;
            next.extend(more.into_iter().filter(|more| known.insert(more.seq)));
        }
        found.reverse();
        Ok(found)
    }

    pub(super) fn member(&self, row: &Row<'_>) -> Result<Member, Error> {
        let took = || {
            let packed: Vec<u8> = column::get(row, 3)?;
            let text = values::text(self.connection, &packed, "execution")?;
            column::json::<End>(&text, "execution")
        };
        let ended_at = is_final(row).then(|| {
            let took = took().ok().and_then(|end| end.ended);
            time(row, 2).saturating_add(took.unwrap_or_default())
        });
        Ok(Member {
            seq: column::get(row, 0)?,
            id: sound(row, 1),
            ended_at,
        })
    }

    /// Chooses those that are known to go. False if there is no room for all of them.
    pub(super) fn let_executions_go(&mut self) -> Result<bool, Error> {
        while let Some(seq) = self.walk.going.front().copied() {
            if self.is_full() || !self.output(seq)? {
                return Ok(false);
            }
            self.walk.going.pop_front();
            let sql = "SELECT class, substr(detail, 1, 9), length(detail), substr(value, 1, 9), length(value) \
                       FROM execution LEFT JOIN result ON execution = seq WHERE seq = ?";
            let read = |row: &Row<'_>| Ok((sound(row, 0), [form(row, 1), form(row, 3)]));
            if let Some((class, forms)) = query::one(self.connection, sql, &[&seq], read)? {
                let long = forms.iter().filter_map(|form| self.cost(form)).collect();
                self.push(Removal::Execution { seq, class, long });
                self.forgotten.executions += 1;
            }
        }
        Ok(true)
    }

    /// Chooses output of one execution; false if there is no room for all of it.
    pub(super) fn output(&mut self, execution: i64) -> Result<bool, Error> {
        let sql = "SELECT sequence, substr(data, 1, 9), length(data) FROM output WHERE execution = ? \
                   ORDER BY sequence LIMIT ?";
        let read = |row: &Row<'_>| Ok((time(row, 0), form(row, 1)));
        let pieces = query::all(self.connection, sql, &[&execution, &room()], read)?;
        let (mut through, mut long, mut is_all) = (None, Vec::new(), is_below(pieces.len()));
        for (sequence, form) in pieces {
            if self.is_full() {
                is_all = false;
                break;
            }
            through = Some(sequence);
            long.extend(self.cost(&form));
            self.forgotten.output += 1;
        }
        if let Some(through) = through {
            self.push(Removal::Output {
                execution,
                through,
                long,
            });
        }
        Ok(is_all)
    }
}

/// What is to be known of an execution that may go.
pub(super) struct Member {
    pub(super) seq: i64,
    pub(super) id: Vec<u8>,
    /// Nothing if it is under way.
    pub(super) ended_at: Option<i64>,
}

/// When it ended, in microseconds after the request.
#[derive(Deserialize)]
struct End {
    ended: Option<i64>,
}

/// Whether the status in the last column is a final one; a word that nobody knows is none.
pub(super) fn is_final(row: &Row<'_>) -> bool {
    let place = row.as_ref().column_count().saturating_sub(1);
    column::word(row, place, Status::parse).is_ok_and(Status::is_final)
}
