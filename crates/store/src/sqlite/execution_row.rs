//! Executions as rows: what lists filter by in the class, what is looked up in columns, everything else in one compact
//! JSON text with times counted from the request.

use std::borrow::Cow;

use rusqlite::{Connection, Row};
use serde::{Deserialize, Serialize};
use squall_model::execution::{Attempt, Digest, Execution, Status, Transition};
use squall_model::{Id, Json, Object, Timestamp};

use super::encode::{Encoder, json_text};
use super::packed::Malformed;
use super::row::Class;
use super::{column, values};
use crate::Error;

/// A row of the table `execution`.
#[derive(Debug)]
pub(super) struct ExecutionRow {
    pub(super) execution: Box<Execution>,
    /// The version that must be recorded already; 0 for none.
    pub(super) expected: u64,
    pub(super) class: Class,
    pub(super) detail: Vec<u8>,
}

/// The columns that [`read`] needs, in its order.
pub(super) const COLUMNS: &str = "id, liveaction, version, requested_at, definition, parent, event, result_size, \
     detail, status, action, runner, rule";

impl ExecutionRow {
    /// The row of this version, without its detail.
    pub(super) fn new(execution: Box<Execution>) -> Result<Self, Error> {
        let expected = execution.version.checked_sub(1);
        Ok(Self {
            expected: expected.ok_or_else(|| stale(&execution))?,
            class: Class::new(),
            detail: Vec::new(),
            execution,
        })
    }

    /// Becomes the next version, which `next` must be.
    pub(super) fn supersede(&mut self, next: Self) -> Result<(), Error> {
        if next.expected != self.execution.version {
            return Err(stale(&self.execution));
        }
        self.execution = next.execution;
        Ok(())
    }

    /// Fills in what is made of the last version only.
    pub(super) fn finish(&mut self, encoder: &mut Encoder<'_>) -> Result<(), Error> {
        self.class = class(&self.execution);
        let detail = Detail::of(&self.execution);
        let text = json_text(&detail)?;
        let kind = format!("execution {}", self.execution.action);
        let value = || serde_json::to_value(&detail).unwrap_or_default();
        self.detail = encoder.packed_like(&kind, text, value);
        Ok(())
    }
}

fn stale(execution: &Execution) -> Error {
    let what = "execution";
    let id = execution.id;
    Error::Stale { what, id }
}

/// Takes an execution from a row of [`COLUMNS`].
pub(super) fn read(connection: &Connection, row: &Row<'_>) -> Result<Execution, Error> {
    let requested_at = Timestamp::from_micros(column::get(row, 3)?);
    let packed: Vec<u8> = column::get(row, 8)?;
    let text = values::text(connection, &packed, "execution")?;
    let detail: Detail<'_> = column::json(&text, "execution")?;
    Ok(Execution {
        id: column::id(row, 0)?,
        liveaction: column::id(row, 1)?,
        version: column::count(row, 2)?,
        status: column::word(row, 9, Status::parse)?,
        action: column::word(row, 10, column::reference)?,
        runner: column::get(row, 11)?,
        definition: Digest(column::id(row, 4)?),
        parent: column::optional_id(row, 5)?,
        event: column::optional_id(row, 6)?,
        rule: column::optional_reference(row, 12)?,
        requested_at,
        delay_millis: detail.delay.unwrap_or_default(),
        ended_at: detail.ended.map(|micros| after(requested_at, micros)),
        attempt: detail.attempt.map(|(epoch, owner, started)| Attempt {
            epoch,
            owner: owner.into_owned(),
            started_at: after(requested_at, started),
        }),
        log: log(&detail.log, requested_at)?,
        parameters: detail.parameters.into_owned(),
        context: detail.context.into_owned(),
        children: detail.children.into_owned(),
        notify: detail.notify.into_owned(),
        result_size: column::count(row, 7)?,
    })
}

fn class(execution: &Execution) -> Class {
    let user = execution.context.get("user").and_then(Json::as_str);
    let rule = execution.rule.as_ref();
    vec![
        execution.status.as_str().to_owned(),
        execution.action.to_string(),
        execution.runner.clone(),
        user.unwrap_or_default().to_owned(),
        rule.map(ToString::to_string).unwrap_or_default(),
        Place::of(execution).as_str().to_owned(),
    ]
}

/// Where an execution stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It began its trace, or is in that of its event.
    Root,
    /// Nobody's child, it joined a trace that others had begun.
    Joined,
    /// It was asked for by another execution.
    Child,
}

impl Place {
    fn of(execution: &Execution) -> Self {
        if execution.parent.is_some() {
            Self::Child
        } else if joined_trace(execution).is_some() {
            Self::Joined
        } else {
            Self::Root
        }
    }

    /// The word in its class.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Joined => "joined",
            Self::Child => "child",
        }
    }
}

/// The trace of an execution that neither began it nor is in that of its event.
pub(super) fn joined_trace(execution: &Execution) -> Option<Id> {
    if execution.event.is_some() {
        return None;
    }
    let trace = execution.trace().id;
    trace.filter(|trace| *trace != execution.id)
}

/// The tag under which an execution began its trace, unless it is made of its id.
pub(super) fn chosen_tag(execution: &Execution) -> Option<String> {
    if execution.event.is_some() {
        return None;
    }
    let trace = execution.trace();
    let own = trace.id == Some(execution.id);
    let is_chosen = |tag: &String| own && !tag.ends_with(&execution.id.to_string());
    trace.tag.filter(is_chosen)
}

/// What no query looks at. Times are microseconds after the request.
#[derive(Serialize, Deserialize)]
struct Detail<'a> {
    #[serde(default, skip_serializing_if = "is_empty")]
    parameters: Cow<'a, Object>,
    #[serde(default, skip_serializing_if = "is_empty")]
    context: Cow<'a, Object>,
    #[serde(default, skip_serializing_if = "is_empty")]
    notify: Cow<'a, Object>,
    #[serde(default, skip_serializing_if = "<[Id]>::is_empty")]
    children: Cow<'a, [Id]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay: Option<u64>,
    /// Epoch, owner and start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attempt: Option<(u32, Cow<'a, str>, i64)>,
    /// Status, as its place in [`Status::ALL`], and time.
    log: Vec<(usize, i64)>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ended: Option<i64>,
}

impl<'a> Detail<'a> {
    fn of(execution: &'a Execution) -> Self {
        let since = |time: Timestamp| {
            time.micros()
                .saturating_sub(execution.requested_at.micros())
        };
        let attempt = |attempt: &'a Attempt| {
            let owner = attempt.owner.as_str().into();
            (attempt.epoch, owner, since(attempt.started_at))
        };
        let entry = |transition: &Transition| (number(transition.status), since(transition.at));
        Self {
            parameters: Cow::Borrowed(&execution.parameters),
            context: Cow::Borrowed(&execution.context),
            notify: Cow::Borrowed(&execution.notify),
            children: Cow::Borrowed(&execution.children),
            delay: Some(execution.delay_millis).filter(|delay| *delay > 0),
            attempt: execution.attempt.as_ref().map(attempt),
            log: execution.log.iter().map(entry).collect(),
            ended: execution.ended_at.map(since),
        }
    }
}

fn is_empty(object: &Object) -> bool {
    object.is_empty()
}

fn number(status: Status) -> usize {
    let same = |other: &Status| *other == status;
    Status::ALL.iter().position(same).unwrap_or_default()
}

fn log(entries: &[(usize, i64)], requested_at: Timestamp) -> Result<Vec<Transition>, Error> {
    let transition = |&(status, micros): &(usize, i64)| {
        let at = after(requested_at, micros);
        let status = Status::ALL.get(status).copied()?;
        Some(Transition { status, at })
    };
    let log: Option<_> = entries.iter().map(transition).collect();
    log.ok_or_else(|| Error::damaged("execution")(Malformed))
}

fn after(time: Timestamp, micros: i64) -> Timestamp {
    Timestamp::from_micros(time.micros().saturating_add(micros))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recorded_numbers_of_statuses_stay() {
        let words = Status::ALL.map(Status::as_str).join(" ");
        let recorded = "requested scheduled delayed running succeeded failed timeout abandoned canceling canceled \
                        pending pausing paused resuming";
        assert_eq!(words, recorded);
    }
}
