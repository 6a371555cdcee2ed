//! Counting the members of classes as they are written. See `migrations/0001_history.sql` for what classes are.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params, params_from_iter};

use super::row::Class;

/// More classes than this are looked up again rather than remembered.
const REMEMBERED: usize = 20_000;

/// A count that one can be added to, whatever has become of it: a damaged count must not stop the writing.
const SOUND: &str = "min(max(members, 0), 0x3FFFFFFFFFFFFFFF)";

/// The classes of one history: their numbers, and how many members they have gained and lost since the last flush.
#[derive(Debug)]
pub(super) struct Classes {
    find: String,
    add: String,
    count: String,
    numbers: HashMap<Class, i64>,
    changes: HashMap<i64, Change>,
}

#[derive(Debug, Clone, Copy)]
struct Change {
    members: i64,
    newest: i64,
}

impl Default for Change {
    fn default() -> Self {
        Self {
            members: 0,
            newest: i64::MIN,
        }
    }
}

impl Classes {
    /// The classes in `table`, told apart by `columns`.
    pub(super) fn new(table: &str, columns: &[&str]) -> Self {
        let names = columns.join(", ");
        let same: Vec<_> = columns.iter().map(|name| format!("{name} = ?")).collect();
        let same = same.join(" AND ");
        let places = vec!["?"; columns.len()].join(", ");
        Self {
            find: format!("SELECT number FROM {table} WHERE {same}"),
            add: format!(
                "INSERT INTO {table} ({names}, members, newest) VALUES ({places}, 0, {})",
                i64::MIN
            ),
            count: format!(
                "UPDATE {table} SET members = {SOUND} + ?, newest = max(newest, ?) WHERE number = ?"
            ),
            numbers: HashMap::new(),
            changes: HashMap::new(),
        }
    }

    /// The number of a class, which is made if need be.
    pub(super) fn number(
        &mut self,
        connection: &Connection,
        class: &Class,
    ) -> rusqlite::Result<i64> {
        match self.numbers.get(class) {
            Some(number) => Ok(*number),
            None => self.look_up(connection, class),
        }
    }

    /// A member with this time joins.
    pub(super) fn join(&mut self, number: i64, time: i64) {
        let change = self.changes.entry(number).or_default();
        change.members += 1;
        change.newest = change.newest.max(time);
    }

    /// A member leaves.
    pub(super) fn leave(&mut self, number: i64) {
        self.changes.entry(number).or_default().members -= 1;
    }

    /// Writes the counts down.
    pub(super) fn flush(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        for (number, change) in self.changes.drain() {
            connection.prepare_cached(&self.count)?.execute(params![
                change.members,
                change.newest,
                number
            ])?;
        }
        Ok(())
    }

    /// What was done since the last flush has been undone, and so perhaps were classes that came with it.
    pub(super) fn forget(&mut self) {
        self.numbers.clear();
        self.changes.clear();
    }

    fn look_up(&mut self, connection: &Connection, class: &Class) -> rusqlite::Result<i64> {
        let known = connection
            .prepare_cached(&self.find)?
            .query_row(params_from_iter(class), |row| row.get(0))
            .optional()?;
        let number = match known {
            Some(number) => number,
            None => connection
                .prepare_cached(&self.add)?
                .insert(params_from_iter(class))?,
        };
        if self.numbers.len() >= REMEMBERED {
            self.numbers.clear();
        }
        self.numbers.insert(class.clone(), number);
        Ok(number)
    }
}
