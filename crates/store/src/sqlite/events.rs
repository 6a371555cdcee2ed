//! Reading events and decisions.

use rusqlite::{Connection, Row};
use squall_model::Id;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::record::{DecisionFilter, EventFilter, Listed, Page};
use squall_model::trace::TraceContext;

use super::apply::status_number;
use super::history::{History, Question};
use super::packed::Malformed;
use super::{column, damage, values};
use crate::Error;

pub(super) const EVENTS: History = History {
    table: "event",
    classes: "event_class",
    time: "occurred_at",
    columns: "id, trigger, occurred_at, status, trace, trace_tag, payload",
};

pub(super) const DECISIONS: History = History {
    table: "decision",
    classes: "decision_class",
    time: "decided_at",
    columns: "id, event, rule, rule_ref, execution, failure, decided_at",
};

/// One event.
pub(super) fn event(connection: &Connection, id: Id) -> Result<Option<Event>, Error> {
    EVENTS.by_id(connection, id, |row| read_event(connection, row))
}

/// Events that a filter lets through.
pub(super) fn events(
    connection: &Connection,
    filter: &EventFilter,
    page: Page,
) -> Result<Listed<Event>, Error> {
    let mut question = Question {
        after: filter.after,
        before: filter.before,
        ..Question::default()
    };
    question.rows.any_id("id", &filter.ids);
    let triggers = filter.triggers.iter().cloned();
    question.classes.any("trigger", triggers);
    EVENTS.list(connection, &question, page, |row| {
        read_event(connection, row)
    })
}

/// Events that are not decided, in the order of recording.
pub(super) fn pending(connection: &Connection, limit: u64) -> Result<Vec<Event>, Error> {
    let sql = format!(
        "SELECT {} FROM event CROSS JOIN event_class ON number = class WHERE status = 2 ORDER BY seq",
        EVENTS.columns
    );
    damage::sound(connection, ("event", 0), (&sql, &[]), limit, |row| {
        read_event(connection, row)
    })
}

/// One decision.
pub(super) fn decision(connection: &Connection, id: Id) -> Result<Option<Decision>, Error> {
    DECISIONS.by_id(connection, id, read_decision)
}

/// Decisions that a filter lets through.
pub(super) fn decisions(
    connection: &Connection,
    filter: &DecisionFilter,
    page: Page,
) -> Result<Listed<Decision>, Error> {
    let mut question = Question {
        after: filter.after,
        before: filter.before,
        ..Question::default()
    };
    question.rows.any_id("id", &filter.ids);
    question.rows.equal_id("event", filter.event);
    question.rows.equal_id("execution", filter.execution);
    question.classes.equal("rule_ref", filter.rule_ref.clone());
    let rule = filter.rule.map(|rule| rule.to_string());
    question.classes.equal("rule", rule);
    DECISIONS.list(connection, &question, page, read_decision)
}

pub(super) fn read_event(connection: &Connection, row: &Row<'_>) -> Result<Event, Error> {
    let packed: Vec<u8> = column::get(row, 6)?;
    Ok(Event {
        id: column::id(row, 0)?,
        trigger: column::word(row, 1, column::reference)?,
        occurred_at: column::time(row, 2)?,
        status: status(column::get(row, 3)?)?,
        trace: TraceContext {
            id: column::optional_id(row, 4)?,
            tag: column::get(row, 5)?,
            parent: None,
        },
        payload: values::json(connection, &packed, "event")?,
    })
}

fn status(number: i64) -> Result<EventStatus, Error> {
    [
        EventStatus::Pending,
        EventStatus::Processed,
        EventStatus::ProcessingFailed,
    ]
    .into_iter()
    .find(|status| status_number(*status) == number)
    .ok_or_else(|| Error::damaged("event")(Malformed))
}

pub(super) fn read_decision(row: &Row<'_>) -> Result<Decision, Error> {
    Ok(Decision {
        id: column::id(row, 0)?,
        event: column::id(row, 1)?,
        rule: column::word(row, 2, |text| text.parse().ok())?,
        rule_ref: column::word(row, 3, column::reference)?,
        execution: column::optional_id(row, 4)?,
        failure: column::get(row, 5)?,
        decided_at: column::time(row, 6)?,
    })
}
