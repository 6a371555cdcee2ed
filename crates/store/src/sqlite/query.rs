//! Small parts of queries.

use rusqlite::types::Value;
use rusqlite::{Connection, Row, ToSql};
use squall_model::Id;
use squall_model::record::Page;

use crate::Error;

/// What rows must fulfil, all of it.
#[derive(Debug, Default, Clone)]
pub(super) struct Conditions {
    terms: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds a term with one `?` in it.
    pub(super) fn push(&mut self, term: &str, value: impl Into<Value>) {
        self.terms.push(term.to_owned());
        self.values.push(value.into());
    }

    /// Adds a term with two `?` that both stand for the value.
    pub(super) fn push_both(&mut self, term: &str, value: impl Into<Value>) {
        let value = value.into();
        self.push(term, value.clone());
        self.values.push(value);
    }

    /// Adds a term without a value.
    pub(super) fn push_plain(&mut self, term: &str) {
        self.terms.push(term.to_owned());
    }

    /// Adds `column = value` if there is a value.
    pub(super) fn equal(&mut self, column: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.push(&format!("{column} = ?"), value);
        }
    }

    /// Adds `column = id` if there is an id.
    pub(super) fn equal_id(&mut self, column: &str, id: Option<Id>) {
        self.equal(column, id.map(|id| id.bytes().to_vec()));
    }

    /// `column` must be one of `values`, if there are any.
    pub(super) fn any<V: Into<Value>>(
        &mut self,
        column: &str,
        values: impl IntoIterator<Item = V>,
    ) {
        let before = self.values.len();
        self.values.extend(values.into_iter().map(Into::into));
        let places = vec!["?"; self.values.len() - before];
        if !places.is_empty() {
            self.terms
                .push(format!("{column} IN ({})", places.join(", ")));
        }
    }

    /// `column` must be one of `ids`, if there are any.
    pub(super) fn any_id(&mut self, column: &str, ids: &[Id]) {
        self.any(column, ids.iter().map(|id| id.bytes().to_vec()));
    }

    /// Adds the terms of `other`.
    pub(super) fn append(&mut self, other: Self) {
        self.terms.extend(other.terms);
        self.values.extend(other.values);
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// `WHERE ...`, or nothing.
    pub(super) fn text(&self) -> String {
        match self.terms.as_slice() {
            [] => String::new(),
            terms => format!("WHERE {}", terms.join(" AND ")),
        }
    }

    /// The values of the terms, and more after them.
    pub(super) fn values<'a, const N: usize>(
        &'a self,
        more: [&'a dyn ToSql; N],
    ) -> Vec<&'a dyn ToSql> {
        let own = self.values.iter().map(|value| -> &dyn ToSql { value });
        own.chain(more).collect()
    }

    /// How many rows of `table` there are.
    pub(super) fn count(&self, connection: &Connection, table: &str) -> Result<u64, Error> {
        let sql = format!("SELECT count(*) FROM {table} {}", self.text());
        number(connection, &sql, &self.values([]))
    }
}

/// `LIMIT` and `OFFSET` of a page.
pub(super) fn bounds(page: Page) -> (i64, i64) {
    let limit = page
        .limit
        .map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
    (limit, i64::try_from(page.offset).unwrap_or(i64::MAX))
}

/// The first row, if there is one.
pub(super) fn one<T>(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    read: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(Error::unread)?;
    let mut rows = statement.query(values).map_err(Error::unread)?;
    rows.next().map_err(Error::unread)?.map(read).transpose()
}

/// Every row.
pub(super) fn all<T>(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
    read: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(Error::unread)?;
    let mut rows = statement.query(values).map_err(Error::unread)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next().map_err(Error::unread)? {
        items.push(read(row)?);
    }
    Ok(items)
}

/// The one number that a query gives; 0 if it gives none.
pub(super) fn number(
    connection: &Connection,
    sql: &str,
    values: &[&dyn ToSql],
) -> Result<u64, Error> {
    let read = |row: &Row<'_>| super::column::get::<Option<i64>>(row, 0);
    let number = one(connection, sql, values, read)?.flatten();
    u64::try_from(number.unwrap_or(0)).map_err(Error::damaged("number"))
}
