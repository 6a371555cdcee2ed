//! Reading histories: pages and totals by way of classes. See `migrations/0001_history.sql` for what classes are.
//!
//! A page is merged: the classes that can match are asked in turn, that with the newest member first, and each for no
//! more than the page still lacks, until no other class can have anything newer. With most questions that is one class
//! or two, however many rows there are.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rusqlite::{Connection, Row, params};
use squall_model::Timestamp;
use squall_model::record::{Listed, Page};

use super::nearest::{Nearest, Place};
use super::query::{self, Conditions};
use super::{column, damage};
use crate::Error;

/// A table whose rows belong to classes.
#[derive(Debug, Clone, Copy)]
pub(super) struct History {
    /// The table.
    pub(super) table: &'static str,
    /// The table of its classes.
    pub(super) classes: &'static str,
    /// The column that says when.
    pub(super) time: &'static str,
    /// What a reader of whole rows needs, of both tables.
    pub(super) columns: &'static str,
}

/// What rows are asked for.
#[derive(Debug, Default, Clone)]
pub(super) struct Question {
    /// Of their class.
    pub(super) classes: Conditions,
    /// Of the rows themselves: few rows fulfil these, and an index finds them.
    pub(super) rows: Conditions,
    /// Later than this.
    pub(super) after: Option<Timestamp>,
    /// Earlier than this.
    pub(super) before: Option<Timestamp>,
}

impl History {
    /// The page and the total that answer a question.
    pub(super) fn list<T>(
        &self,
        connection: &Connection,
        question: &Question,
        page: Page,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Listed<T>, Error> {
        let (places, total) = if question.rows.is_empty() {
            let total = self.total(connection, question)?;
            (self.merged(connection, question, page)?, total)
        } else {
            let all = self.picked(connection, question)?;
            let total = count(&all);
            (all, total)
        };
        let items = self.shown(connection, cut(places, page), read)?;
        let damaged = self.damaged(connection, question)?;
        Ok(Listed {
            items,
            total: total.saturating_sub(count(&damaged)),
        })
    }

    /// The same for all rows but those that fulfil one of these terms, which are few.
    pub(super) fn list_others<T>(
        &self,
        connection: &Connection,
        question: &Question,
        terms: [&str; 2],
        page: Page,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Listed<T>, Error> {
        let mut left_out = BTreeSet::new();
        for term in terms {
            let mut question = question.clone();
            question.rows.push_plain(term);
            left_out.extend(self.picked(connection, &question)?);
        }
        let more = u64::try_from(left_out.len()).unwrap_or(u64::MAX);
        let wider = Page {
            limit: page.limit.map(|limit| limit.saturating_add(more)),
            ..page
        };
        let mut places = self.merged(connection, question, wider)?;
        places.retain(|place| !left_out.contains(place));
        let total = self.total(connection, question)?.saturating_sub(more);
        let items = self.shown(connection, cut(places, page), read)?;
        let mut damaged = self.damaged(connection, question)?;
        damaged.retain(|place| !left_out.contains(place));
        Ok(Listed {
            items,
            total: total.saturating_sub(count(&damaged)),
        })
    }

    /// The rows at these places; those that are damaged are told and left out.
    fn shown<T>(
        &self,
        connection: &Connection,
        places: Vec<Place>,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut items = Vec::new();
        for (_, seq) in places {
            let row = self.by_seq(connection, seq, &read).and_then(|row| {
                let missing = rusqlite::Error::QueryReturnedNoRows;
                row.ok_or_else(|| Error::damaged("class")(missing))
            });
            let which = || self.id_of(connection, seq);
            items.extend(damage::or_told(row, self.table, which)?);
        }
        Ok(items)
    }

    /// Those rows of a question that are known to be damaged: they are counted by their class, and nobody is shown them.
    fn damaged(&self, connection: &Connection, question: &Question) -> Result<Vec<Place>, Error> {
        let known = damage::known(self.table);
        if known.is_empty() {
            return Ok(Vec::new());
        }
        let mut question = question.clone();
        question.rows.any("id", known);
        self.picked(connection, &question)
    }

    /// The row with this id.
    pub(super) fn by_id<T>(
        &self,
        connection: &Connection,
        id: squall_model::Id,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let sql = self.select("id");
        let read = query::one(connection, &sql, &[&id.bytes()], read);
        damage::told(read, self.table, || id.to_string())
    }

    fn by_seq<T>(
        &self,
        connection: &Connection,
        seq: i64,
        read: impl Fn(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        query::one(connection, &self.select("seq"), &[&seq], read)
    }

    /// What people can ask for; the number if even the id is damaged.
    fn id_of(&self, connection: &Connection, seq: i64) -> String {
        let sql = format!("SELECT lower(hex(id)) FROM {} WHERE seq = ?", self.table);
        let id = connection.query_row(&sql, [seq], |row| row.get(0));
        id.unwrap_or_else(|_| seq.to_string())
    }

    fn select(&self, key: &str) -> String {
        let Self {
            table,
            classes,
            columns,
            ..
        } = self;
        format!(
            "SELECT {columns} FROM {table} CROSS JOIN {classes} ON number = class WHERE {key} = ?"
        )
    }

    /// All rows that belong to a class.
    pub(super) fn all(&self) -> String {
        let Self {
            table,
            classes,
            columns,
            ..
        } = self;
        format!("SELECT {columns} FROM {table} CROSS JOIN {classes} ON number = class ORDER BY seq")
    }

    /// How many rows there are, by class alone and perhaps by time.
    pub(super) fn total(&self, connection: &Connection, question: &Question) -> Result<u64, Error> {
        let Self {
            table,
            classes,
            time,
            ..
        } = self;
        let condition = question.classes.text();
        if question.after.is_none() && question.before.is_none() {
            let sum = "CAST(total(max(members, 0)) AS INTEGER)";
            let sql = format!("SELECT {sum} FROM {classes} {condition}");
            return query::number(connection, &sql, &question.classes.values([]));
        }
        let (after, before) = question.range();
        let sql = format!(
            "SELECT count(*) FROM {classes} CROSS JOIN {table} ON class = number AND {time} > ? AND {time} < ? \
             {condition}"
        );
        let mut values: Vec<&dyn rusqlite::ToSql> = vec![&after, &before];
        values.extend(question.classes.values([]));
        query::number(connection, &sql, &values)
    }

    /// The places of a page's rows and of those before them, of classes alone and perhaps of a time.
    pub(super) fn merged(
        &self,
        connection: &Connection,
        question: &Question,
        page: Page,
    ) -> Result<Vec<Place>, Error> {
        let wanted = page.limit.map(|limit| limit.saturating_add(page.offset));
        let wanted = wanted.unwrap_or(u64::MAX);
        let mut nearest = Nearest::new(wanted, page.ascending);
        for (class, newest) in self.classes(connection, question)? {
            if !page.ascending && nearest.is_full() && nearest.is_beyond((newest, i64::MAX)) {
                break;
            }
            self.members(connection, question, class, &mut nearest)?;
        }
        Ok(nearest.into_places())
    }

    /// Numbers of the classes that match and have members, with the newest time there ever was in them.
    fn classes(
        &self,
        connection: &Connection,
        question: &Question,
    ) -> Result<Vec<(i64, i64)>, Error> {
        let mut conditions = question.classes.clone();
        conditions.push_plain("members > 0");
        let sql = format!(
            "SELECT number, newest FROM {} {} ORDER BY newest DESC",
            self.classes,
            conditions.text()
        );
        // A class whose newest time is damaged is asked in any case.
        let read = |row: &Row<'_>| {
            let newest = column::get(row, 1).unwrap_or(i64::MAX);
            Ok((column::get(row, 0)?, newest))
        };
        query::all(connection, &sql, &conditions.values([]), read)
    }

    /// Offers the members of one class until they are too far away.
    fn members(
        &self,
        connection: &Connection,
        question: &Question,
        class: i64,
        nearest: &mut Nearest,
    ) -> Result<(), Error> {
        let Self { table, time, .. } = self;
        let order = if nearest.ascending { "ASC" } else { "DESC" };
        let sql = format!(
            "SELECT {time}, seq FROM {table} WHERE class = ? AND {time} > ? AND {time} < ? \
             ORDER BY {time} {order}, seq {order}"
        );
        let (after, before) = question.range();
        let mut statement = connection.prepare_cached(&sql).map_err(Error::unread)?;
        let rows = statement.query(params![class, after, before]);
        let mut rows = rows.map_err(Error::unread)?;
        while let Some(row) = rows.next().map_err(Error::unread)? {
            let place = place(row)?;
            if !nearest.offer(place) {
                break;
            }
        }
        Ok(())
    }

    /// The places of all rows that fulfil conditions of their own.
    fn picked(&self, connection: &Connection, question: &Question) -> Result<Vec<Place>, Error> {
        let Self {
            table,
            classes,
            time,
            ..
        } = self;
        let (after, before) = question.range();
        let mut conditions = question.rows.clone();
        conditions.append(question.classes.clone());
        conditions.push(&format!("{time} > ?"), after);
        conditions.push(&format!("{time} < ?"), before);
        let sql = format!(
            "SELECT {time}, seq FROM {table} CROSS JOIN {classes} ON number = class {}",
            conditions.text()
        );
        query::all(connection, &sql, &conditions.values([]), place)
    }
}

fn count(places: &[Place]) -> u64 {
    u64::try_from(places.len()).unwrap_or(u64::MAX)
}

/// Where a row stands; one with a damaged time is told when it is read.
fn place(row: &Row<'_>) -> Result<Place, Error> {
    let time = column::get(row, 0).unwrap_or(i64::MIN);
    Ok((time, column::get(row, 1)?))
}

impl Question {
    fn range(&self) -> (i64, i64) {
        (
            self.after.map_or(i64::MIN, Timestamp::micros),
            self.before.map_or(i64::MAX, Timestamp::micros),
        )
    }
}

/// What a page shows of these places, in its order.
pub(super) fn cut<T: Ord + Copy>(mut places: Vec<T>, page: Page) -> Vec<T> {
    if page.ascending {
        places.sort_unstable();
    } else {
        places.sort_unstable_by_key(|place| Reverse(*place));
    }
    let offset = usize::try_from(page.offset).unwrap_or(usize::MAX);
    let limit = page.limit.unwrap_or(u64::MAX);
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    places.into_iter().skip(offset).take(limit).collect()
}
