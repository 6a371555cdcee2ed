//! Traces: writing and reading them.

use rusqlite::{Connection, Row, ToSql, params};
use squall_model::Id;
use squall_model::record::{Listed, Page, TraceFilter};
use squall_model::trace::{Trace, TraceKind, TraceLink};

use super::packed::Malformed;
use super::query::{self, Conditions};
use super::{column, damage};
use crate::Error;

/// A trace with its members.
pub(super) type Whole = (Trace, Vec<TraceLink>);

/// All of them.
pub(super) const TRACES: &str = "SELECT id, tag, started_at FROM trace";

/// All members of all of them.
pub(super) const LINKS: &str =
    "SELECT trace, kind, object, reference, linked_at, cause_kind, cause FROM trace_link";

/// Writes a trace down.
pub(super) fn insert(connection: &Connection, trace: &Trace) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO trace (id, tag, started_at) VALUES (?, ?, ?)")?
        .execute(params![
            trace.id.bytes(),
            trace.tag,
            trace.started_at.micros()
        ])?;
    Ok(())
}

/// Writes a member down; the same one twice counts once.
pub(super) fn link(connection: &Connection, link: &TraceLink) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT OR IGNORE INTO trace_link (trace, linked_at, object, kind, reference, cause, cause_kind) \
             VALUES (?, ?, ?, ?, ?, ?, ?)",
        )?
        .execute(params![
            link.trace.bytes(),
            link.linked_at.micros(),
            link.object.bytes(),
            kind_number(link.kind),
            link.reference,
            link.caused_by.map(|(_, id)| id.bytes()),
            link.caused_by.map(|(kind, _)| kind_number(kind))
        ])?;
    Ok(())
}

/// One trace.
pub(super) fn one(connection: &Connection, id: Id) -> Result<Option<Whole>, Error> {
    let id = id.bytes();
    let sql = format!("{TRACES} WHERE id = ?");
    let trace = query::one(connection, &sql, &[&id], trace)?;
    trace.map(|trace| whole(connection, trace)).transpose()
}

/// Traces that a filter lets through.
pub(super) fn list(
    connection: &Connection,
    filter: &TraceFilter,
    page: Page,
) -> Result<Listed<Whole>, Error> {
    let mut conditions = Conditions::default();
    conditions.any_id("id", &filter.ids);
    if let Some(tag) = &filter.tag {
        conditions.push("tag = ?", tag.clone());
    }
    if let Some(object) = filter.object {
        let member = "id IN (SELECT trace FROM trace_link WHERE object = ?)";
        conditions.push(member, object.bytes().to_vec());
    }
    let total = conditions.count(connection, "trace")?;
    let order = if page.ascending { "ASC" } else { "DESC" };
    let sql = format!(
        "{TRACES} {} ORDER BY id {order} LIMIT ? OFFSET ?",
        conditions.text()
    );
    let (limit, offset) = query::bounds(page);
    let values: Vec<&dyn ToSql> = conditions.values([&limit, &offset]);
    let traces = damage::sound(connection, ("trace", 0), (&sql, &values), u64::MAX, trace)?;
    let items = traces.into_iter().map(|trace| whole(connection, trace));
    Ok(Listed {
        items: items.collect::<Result<_, _>>()?,
        total,
    })
}

fn whole(connection: &Connection, trace: Trace) -> Result<Whole, Error> {
    let sql = format!("{LINKS} WHERE trace = ? ORDER BY linked_at, object");
    let id = trace.id.bytes();
    let links = damage::sound(
        connection,
        ("trace_link", 0),
        (&sql, &[&id]),
        u64::MAX,
        read_link,
    )?;
    Ok((trace, links))
}

pub(super) fn trace(row: &Row<'_>) -> Result<Trace, Error> {
    Ok(Trace {
        id: column::id(row, 0)?,
        tag: column::get(row, 1)?,
        started_at: column::time(row, 2)?,
    })
}

pub(super) fn read_link(row: &Row<'_>) -> Result<TraceLink, Error> {
    let caused_by = match column::optional_id(row, 6)? {
        Some(cause) => Some((kind(column::get(row, 5)?)?, cause)),
        None => None,
    };
    Ok(TraceLink {
        trace: column::id(row, 0)?,
        kind: kind(column::get(row, 1)?)?,
        object: column::id(row, 2)?,
        reference: column::get(row, 3)?,
        linked_at: column::time(row, 4)?,
        caused_by,
    })
}

const fn kind_number(kind: TraceKind) -> i64 {
    match kind {
        TraceKind::TriggerInstance => 1,
        TraceKind::Rule => 2,
        TraceKind::ActionExecution => 3,
    }
}

fn kind(number: i64) -> Result<TraceKind, Error> {
    [
        TraceKind::TriggerInstance,
        TraceKind::Rule,
        TraceKind::ActionExecution,
    ]
    .into_iter()
    .find(|kind| kind_number(*kind) == number)
    .ok_or_else(|| Error::damaged("trace")(Malformed))
}
