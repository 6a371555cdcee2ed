//! Reading executions and what hangs on them.

use std::collections::BTreeSet;

use rusqlite::{Connection, Row, ToSql};
use squall_model::execution::{Definition, Digest, Execution, Status};
use squall_model::record::{ExecutionFilter, Listed, OutputChunk, OutputKind, Page};
use squall_model::{Id, Json, Reference};

use super::execution_row::{self, Place};
use super::history::{History, Question};
use super::packed::Malformed;
use super::{column, damage, query, values};
use crate::{Error, ExecutionColumn};

pub(super) const EXECUTIONS: History = History {
    table: "execution",
    classes: "execution_class",
    time: "requested_at",
    columns: execution_row::COLUMNS,
};

/// One execution.
pub(super) fn one(connection: &Connection, id: Id) -> Result<Option<Execution>, Error> {
    EXECUTIONS.by_id(connection, id, |row| execution_row::read(connection, row))
}

/// Executions that a filter lets through.
pub(super) fn list(
    connection: &Connection,
    filter: &ExecutionFilter,
    page: Page,
) -> Result<Listed<Execution>, Error> {
    let mut question = question(filter);
    if filter.trigger.is_some() || filter.trigger_type.is_some() {
        triggered(connection, filter, &mut question)?;
    }
    EXECUTIONS.list(connection, &question, page, |row| {
        execution_row::read(connection, row)
    })
}

/// What was in force says which trigger was answered, and by which rule: so only executions of those rules are looked at.
fn triggered(
    connection: &Connection,
    filter: &ExecutionFilter,
    question: &mut Question,
) -> Result<(), Error> {
    let is = |wanted: Option<&String>, known: Option<&Reference>| match wanted {
        Some(wanted) => {
            known.is_some_and(|known| known.name() == wanted || known.as_str() == wanted)
        }
        None => true,
    };
    let (mut digests, mut rules) = (Vec::new(), BTreeSet::new());
    for (digest, definition) in definitions(connection)? {
        let trigger = definition
            .trigger
            .as_ref()
            .map(|trigger| &trigger.reference);
        let of_type = definition.trigger_type.as_ref().map(|of| &of.reference);
        if is(filter.trigger.as_ref(), trigger) && is(filter.trigger_type.as_ref(), of_type) {
            digests.push(digest);
            rules.extend(definition.rule.map(|rule| rule.reference.to_string()));
        }
    }
    question.rows.any_id("definition", &digests);
    question.classes.any("rule", rules);
    if digests.is_empty() {
        question.rows.push_plain("FALSE");
    }
    Ok(())
}

/// Everything that was in force at some time, by its digest.
fn definitions(connection: &Connection) -> Result<Vec<(Id, Definition)>, Error> {
    let sql = "SELECT digest, body FROM definition";
    damage::sound(connection, ("definition", 0), (sql, &[]), u64::MAX, |row| {
        let packed: Vec<u8> = column::get(row, 1)?;
        let text = values::text(connection, &packed, "definition")?;
        Ok((column::id(row, 0)?, column::json(&text, "definition")?))
    })
}

/// Executions that are not in a final status, oldest first.
pub(super) fn unfinished(connection: &Connection) -> Result<Vec<Execution>, Error> {
    let statuses = Status::ALL.into_iter().filter(|status| !status.is_final());
    let filter = ExecutionFilter {
        statuses: statuses.collect(),
        ..ExecutionFilter::default()
    };
    let page = Page {
        offset: 0,
        limit: None,
        ascending: true,
    };
    Ok(list(connection, &filter, page)?.items)
}

/// The different values of a column, sorted.
pub(super) fn values(
    connection: &Connection,
    column: ExecutionColumn,
) -> Result<Vec<String>, Error> {
    let name = match column {
        ExecutionColumn::Action => "action",
        ExecutionColumn::Runner => "runner",
        ExecutionColumn::User => "user",
        ExecutionColumn::Rule => "rule",
        ExecutionColumn::Status => "status",
        ExecutionColumn::Trigger => {
            return names(connection, |of| Some(of.trigger?.reference.clone()));
        }
        ExecutionColumn::TriggerType => {
            return names(connection, |of| Some(of.trigger_type?.reference.clone()));
        }
    };
    let sql = format!(
        "SELECT DISTINCT {name} FROM execution_class WHERE members > 0 AND {name} <> '' ORDER BY {name}"
    );
    damage::sound(
        connection,
        ("execution_class", 0),
        (&sql, &[]),
        u64::MAX,
        |row| column::get(row, 0),
    )
}

/// The different names of something that was in force, sorted.
fn names(
    connection: &Connection,
    of: impl Fn(Definition) -> Option<Reference>,
) -> Result<Vec<String>, Error> {
    let found = definitions(connection)?.into_iter();
    let names = found.filter_map(|(_, definition)| Some(of(definition)?.name().to_owned()));
    Ok(names.collect::<BTreeSet<_>>().into_iter().collect())
}

/// How many executions there are in each status that has any.
pub(super) fn counts(connection: &Connection) -> Result<Vec<(Status, u64)>, Error> {
    let sql = "SELECT status, CAST(total(max(members, 0)) AS INTEGER) AS held FROM execution_class \
               GROUP BY status HAVING held > 0";
    let classes = ("execution_class", 0);
    damage::sound(connection, classes, (sql, &[]), u64::MAX, |row| {
        Ok((column::word(row, 0, Status::parse)?, column::count(row, 1)?))
    })
}

/// What a digest stands for.
pub(super) fn definition(
    connection: &Connection,
    digest: Digest,
) -> Result<Option<Definition>, Error> {
    let sql = "SELECT body FROM definition WHERE digest = ?";
    let read = query::one(connection, sql, &[&digest.0.bytes()], |row| {
        let packed: Vec<u8> = column::get(row, 0)?;
        let text = values::text(connection, &packed, "definition")?;
        column::json(&text, "definition")
    });
    damage::told(read, "definition", || digest.0.to_string())
}

/// The result of an execution.
pub(super) fn result(connection: &Connection, execution: Id) -> Result<Option<Json>, Error> {
    let sql = "SELECT value FROM result WHERE execution = (SELECT seq FROM execution WHERE id = ?)";
    let read = query::one(connection, sql, &[&execution.bytes()], |row| {
        let packed: Vec<u8> = column::get(row, 0)?;
        values::json(connection, &packed, "result")
    });
    damage::told(read, "result", || execution.to_string())
}

/// What an action printed after a sequence number, up to a limit.
pub(super) fn output(
    connection: &Connection,
    execution: Id,
    kind: Option<OutputKind>,
    (after, limit): (u64, u64),
) -> Result<Vec<OutputChunk>, Error> {
    let sql = "SELECT execution, sequence, kind, at, data FROM output \
               WHERE execution = (SELECT seq FROM execution WHERE id = ?1) AND sequence > ?2 \
               AND (?3 IS NULL OR kind = ?3) ORDER BY sequence LIMIT ?4";
    let integer = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let (after, limit) = (integer(after), integer(limit));
    let kind = kind.map(OutputKind::as_str);
    let values: [&dyn ToSql; 4] = [&execution.bytes(), &after, &kind, &limit];
    damage::sound(connection, ("output", 0), (sql, &values), u64::MAX, |row| {
        chunk(connection, execution, row)
    })
}

/// Takes a piece of output from a row of the execution's id, `sequence, kind, at, data`.
pub(super) fn chunk(
    connection: &Connection,
    execution: Id,
    row: &Row<'_>,
) -> Result<OutputChunk, Error> {
    let packed: Vec<u8> = column::get(row, 4)?;
    let text = values::text(connection, &packed, "output")?;
    Ok(OutputChunk {
        execution,
        sequence: column::count(row, 1)?,
        kind: column::word(row, 2, OutputKind::parse)?,
        at: column::time(row, 3)?,
        data: String::from_utf8(text).map_err(|_| Error::damaged("output")(Malformed))?,
    })
}

fn question(filter: &ExecutionFilter) -> Question {
    let mut question = Question {
        after: filter.after,
        before: filter.before,
        ..Question::default()
    };
    let classes = &mut question.classes;
    let statuses = filter.statuses.iter().map(|status| status.as_str());
    classes.any("status", statuses.map(str::to_owned));
    classes.equal("action", filter.action.clone());
    classes.equal("runner", filter.runner.clone());
    classes.equal("user", filter.user.clone());
    classes.any("rule", filter.rules.iter().cloned());
    let roots = [Place::Root, Place::Joined].map(|place| place.as_str().to_owned());
    classes.any(
        "place",
        filter.roots_only.then_some(roots).into_iter().flatten(),
    );
    let rows = &mut question.rows;
    rows.any_id("id", &filter.ids);
    rows.equal_id("parent", filter.parent);
    rows.equal_id("event", filter.event);
    rows.equal_id("liveaction", filter.liveaction);
    question
}
