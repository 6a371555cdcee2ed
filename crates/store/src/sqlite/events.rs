//! Reading events and decisions.

use rusqlite::{Connection, Row};
use squall_model::Id;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::record::{DecisionFilter, EventFilter, Listed, Page};
use squall_model::trace::TraceContext;
use squall_model::traceparent::{Traceparent, Tracestate};

use super::apply::status_number;
use super::history::{History, Question};
use super::packed::Malformed;
use super::{column, damage, values};
use crate::Error;

pub(super) const EVENTS: History = History {
    table: "event",
    classes: "event_class",
    time: "occurred_at",
    columns: "id, trigger, occurred_at, status, trace, trace_tag, payload, sender",
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
    let read = |row: &Row<'_>| read_event(connection, row);
    match filter.status {
        None => EVENTS.list(connection, &question, page, read),
        // Nearly all are: only the others are found by an index.
        Some(EventStatus::Processed) if question.rows.is_empty() => {
            EVENTS.list_others(connection, &question, [PENDING, FAILED], page, read)
        }
        Some(status) => {
            question.rows.push_plain(match status {
                EventStatus::Pending => PENDING,
                EventStatus::Processed => "status = 3",
                EventStatus::ProcessingFailed => FAILED,
            });
            EVENTS.list(connection, &question, page, read)
        }
    }
}

/// As the indexes of the events that are not processed have it.
const PENDING: &str = "status = 2";
const FAILED: &str = "status = 4";

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
    let (parent, state) = sender(column::get(row, 7)?)?;
    Ok(Event {
        id: column::id(row, 0)?,
        trigger: column::word(row, 1, column::reference)?,
        occurred_at: column::time(row, 2)?,
        status: status(column::get(row, 3)?)?,
        trace: TraceContext {
            id: column::optional_id(row, 4)?,
            tag: column::get(row, 5)?,
            parent,
            state,
        },
        payload: values::json(connection, &packed, "event")?,
    })
}

/// What the sender said of its trace, as a row has it.
pub(super) fn sender_text(trace: &TraceContext) -> Option<String> {
    let parent = trace.parent?.to_string();
    Some(match &trace.state {
        Some(state) => format!("{parent} {}", state.as_str()),
        None => parent,
    })
}

fn sender(text: Option<String>) -> Result<(Option<Traceparent>, Option<Tracestate>), Error> {
    let Some(text) = text else {
        return Ok((None, None));
    };
    let (parent, state) = match text.split_once(' ') {
        Some((parent, state)) => (parent, Some(state)),
        None => (text.as_str(), None),
    };
    let parent = parent.parse().map_err(Error::damaged("event"))?;
    let state = state.map(str::parse).transpose();
    Ok((Some(parent), state.map_err(Error::damaged("event"))?))
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
