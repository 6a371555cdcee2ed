//! Traces, put together when they are asked for: see `migrations/0004_traces.sql`.

use std::collections::HashMap;

use rusqlite::{Connection, Row, ToSql};
use squall_model::record::{DecisionFilter, Listed, Page, TraceFilter};
use squall_model::trace::{Cause, Member, Trace};
use squall_model::{Id, Timestamp};

use super::execution_row::Place;
use super::history::{Question, cut};
use super::{column, damage, events, executions, query};
use crate::Error;

/// How many events of a trace are shown, and how many executions that joined it: its first ones.
const MOST: i64 = 1000;

/// An event that is part of a trace, as `event_by_trace` wants to be asked.
const JOINED_EVENT: &str = "trace <> id";

/// An event that began a trace under a tag of somebody's choice, as `event_by_tag` wants to be asked.
const TAGGED_EVENT: &str = "trace = id AND substr(trace_tag, -24) <> lower(hex(id))";

/// When a trace began, and its id.
type Beginning = (i64, Id);

/// One trace.
pub(super) fn one(connection: &Connection, id: Id) -> Result<Option<Trace>, Error> {
    let (events, mut tags) = events_of(connection, id)?;
    // What an event has led to is there even if the event itself is kept no longer.
    let mut causes: Vec<Id> = events.iter().map(|event| event.object).collect();
    if !causes.contains(&id) {
        causes.push(id);
    }
    let mut trace = Trace {
        id,
        tag: String::new(),
        started_at: Timestamp::from_micros(i64::MAX),
        events,
        rules: Vec::new(),
        executions: begun_by_hand(connection, id)?,
    };
    for event in causes {
        answers(connection, event, &mut trace)?;
    }
    trace.executions.extend(joined(connection, id)?);
    for members in [&mut trace.rules, &mut trace.executions] {
        members.sort_by_key(|member| (member.at, member.object));
    }
    let members = [&trace.events, &trace.rules, &trace.executions];
    let Some(started_at) = members.into_iter().flatten().map(|member| member.at).min() else {
        return Ok(None);
    };
    trace.started_at = started_at;
    if tags.is_empty()
        && let Some(first) = trace.executions.first()
    {
        let id = first.object;
        let first = executions::one(connection, id);
        let first = damage::or_told(first, "execution", || id.to_string())?.flatten();
        tags.extend(first.and_then(|first| first.trace().tag));
    }
    let tag = tags.into_iter().next();
    trace.tag = tag.unwrap_or_else(|| format!("trigger_instance-{id}"));
    Ok(Some(trace))
}

/// Traces that a filter lets through.
pub(super) fn list(
    connection: &Connection,
    filter: &TraceFilter,
    page: Page,
) -> Result<Listed<Trace>, Error> {
    let found = match (candidates(connection, filter)?, filter.rule) {
        (Some(candidates), _) => return among(connection, filter, candidates, page),
        (None, Some(rule)) => answered_by(connection, rule, page)?,
        (None, None) => all(connection, page)?,
    };
    let traces = found.items.into_iter().map(|id| one(connection, id));
    let traces = traces.filter_map(Result::transpose);
    Ok(Listed {
        items: traces.collect::<Result<_, _>>()?,
        total: found.total,
    })
}

/// The page of a few traces of which each may still be held against the filter.
fn among(
    connection: &Connection,
    filter: &TraceFilter,
    mut candidates: Vec<Beginning>,
    page: Page,
) -> Result<Listed<Trace>, Error> {
    candidates.sort_unstable();
    candidates.dedup();
    if has_more_to_check(filter) {
        let mut kept = Vec::new();
        for (at, id) in candidates {
            let trace = one(connection, id)?;
            if trace.is_some_and(|trace| filter.fits(&trace)) {
                kept.push((at, id));
            }
        }
        candidates = kept;
    }
    let total = u64::try_from(candidates.len()).unwrap_or(u64::MAX);
    let shown = cut(candidates, page).into_iter();
    let traces = shown.map(|(_, id)| one(connection, id));
    let traces = traces.filter_map(Result::transpose);
    Ok(Listed {
        items: traces.collect::<Result<_, _>>()?,
        total,
    })
}

/// Whether a filter says more than what its candidates were found by.
fn has_more_to_check(filter: &TraceFilter) -> bool {
    let said = [
        !filter.ids.is_empty(),
        filter.execution.is_some(),
        filter.event.is_some(),
        filter.tag.is_some(),
        filter.rule.is_some(),
    ];
    said.into_iter().filter(|said| *said).count() > 1
}

/// The traces that can fulfil a filter, if it says enough to make them few.
fn candidates(
    connection: &Connection,
    filter: &TraceFilter,
) -> Result<Option<Vec<Beginning>>, Error> {
    let ids = if !filter.ids.is_empty() {
        filter.ids.clone()
    } else if let Some(id) = filter.execution {
        let execution = executions::one(connection, id);
        let execution = damage::or_told(execution, "execution", || id.to_string())?.flatten();
        execution
            .and_then(|execution| execution.trace().id)
            .into_iter()
            .collect()
    } else if let Some(id) = filter.event {
        trace_of_event(connection, id)?.into_iter().collect()
    } else if let Some(tag) = &filter.tag {
        return tagged(connection, tag).map(Some);
    } else {
        return Ok(None);
    };
    let mut found = Vec::new();
    for id in ids {
        found.extend(one(connection, id)?.map(|trace| (trace.started_at.micros(), id)));
    }
    Ok(Some(found))
}

/// The traces with a tag: somebody's choice, or made of the id of what it began with.
fn tagged(connection: &Connection, tag: &str) -> Result<Vec<Beginning>, Error> {
    let sql = format!("SELECT occurred_at, id FROM event WHERE trace_tag = ? AND {TAGGED_EVENT}");
    let mut found = sound(connection, ("event", &sql), &[&tag], beginning)?;
    let sql = "SELECT requested_at, id FROM execution WHERE trace_tag = ?";
    found.extend(sound(connection, ("execution", sql), &[&tag], beginning)?);
    let id = tag.rsplit('-').next().and_then(|id| id.parse().ok());
    if let Some(id) = id {
        let trace = one(connection, id)?.filter(|trace| trace.tag == tag);
        found.extend(trace.map(|trace| (trace.started_at.micros(), id)));
    }
    Ok(found)
}

/// A page of the traces with events that a rule has answered. One that it has answered twice is counted twice.
fn answered_by(connection: &Connection, rule: Id, page: Page) -> Result<Listed<Id>, Error> {
    let filter = DecisionFilter {
        rule: Some(rule),
        ..DecisionFilter::default()
    };
    let decisions = events::decisions(connection, &filter, page)?;
    let mut items = Vec::new();
    for decision in decisions.items {
        let trace = trace_of_event(connection, decision.event)?;
        let trace = trace.unwrap_or(decision.event);
        if !items.contains(&trace) {
            items.push(trace);
        }
    }
    Ok(Listed {
        items,
        total: decisions.total,
    })
}

/// A page of all traces.
fn all(connection: &Connection, page: Page) -> Result<Listed<Id>, Error> {
    let wanted = page.limit.map(|limit| limit.saturating_add(page.offset));
    let first = Page {
        offset: 0,
        limit: wanted,
        ascending: page.ascending,
    };
    let mut begun = begun_by_events(connection, first)?;
    let mut by_hand = Question::default();
    by_hand.classes.push("rule = ?", String::new());
    let root = Place::Root.as_str().to_owned();
    by_hand.classes.push("place = ?", root);
    let sql = "SELECT requested_at, id FROM execution WHERE seq = ?";
    for (_, seq) in executions::EXECUTIONS.merged(connection, &by_hand, first)? {
        begun.extend(sound(connection, ("execution", sql), &[&seq], beginning)?);
    }
    let events = events::EVENTS.total(connection, &Question::default())?;
    let joined = format!("SELECT count(*) FROM event WHERE {JOINED_EVENT}");
    let joined = query::number(connection, &joined, &[])?;
    let executions = executions::EXECUTIONS.total(connection, &by_hand)?;
    let ids = cut(begun, page).into_iter().map(|(_, id)| id);
    Ok(Listed {
        items: ids.collect(),
        total: events.saturating_sub(joined).saturating_add(executions),
    })
}

/// The first traces that began with an event. More events are looked at only if some had joined a trace.
fn begun_by_events(connection: &Connection, first: Page) -> Result<Vec<Beginning>, Error> {
    let sql = "SELECT occurred_at, id FROM event WHERE seq = ? AND (trace IS NULL OR trace = id)";
    let wanted = first.limit.unwrap_or(u64::MAX);
    let mut looked_at = Page { ..first };
    loop {
        let places = events::EVENTS.merged(connection, &Question::default(), looked_at)?;
        let are_all = u64::try_from(places.len())
            .is_ok_and(|found| found < looked_at.limit.unwrap_or(u64::MAX));
        let mut begun = Vec::new();
        for (_, seq) in places {
            begun.extend(sound(connection, ("event", sql), &[&seq], beginning)?);
        }
        if are_all || u64::try_from(begun.len()).is_ok_and(|found| found >= wanted) {
            return Ok(begun);
        }
        looked_at.limit = looked_at.limit.map(|limit| limit.saturating_mul(2));
    }
}

/// The events of a trace, the one it began with first, and their tags.
fn events_of(connection: &Connection, trace: Id) -> Result<(Vec<Member>, Vec<String>), Error> {
    let select = "SELECT id, trigger, occurred_at, trace_tag FROM event CROSS JOIN event_class ON number = class";
    let first = format!("{select} WHERE id = ?1 AND ifnull(trace, id) = ?1");
    let joined = format!(
        "{select} WHERE trace = ?1 AND {JOINED_EVENT} ORDER BY occurred_at, seq LIMIT {MOST}"
    );
    let read = |row: &Row<'_>| Ok((member(row)?, column::get::<Option<String>>(row, 3)?));
    let mut found = sound(connection, ("event", &first), &[&trace.bytes()], read)?;
    found.extend(sound(
        connection,
        ("event", &joined),
        &[&trace.bytes()],
        read,
    )?);
    let (events, tags): (_, Vec<_>) = found.into_iter().unzip();
    Ok((events, tags.into_iter().flatten().collect()))
}

fn trace_of_event(connection: &Connection, event: Id) -> Result<Option<Id>, Error> {
    let sql = "SELECT ifnull(trace, id) FROM event WHERE id = ?";
    let found = sound(connection, ("event", sql), &[&event.bytes()], |row| {
        column::id(row, 0)
    });
    Ok(found?.into_iter().next())
}

/// Adds what the rules have answered to an event.
fn answers(connection: &Connection, event: Id, trace: &mut Trace) -> Result<(), Error> {
    let page = Page {
        limit: None,
        ascending: true,
        ..Page::default()
    };
    let filter = DecisionFilter {
        event: Some(event),
        ..DecisionFilter::default()
    };
    let mut rules = HashMap::new();
    for decision in events::decisions(connection, &filter, page)?.items {
        rules.extend(
            decision
                .execution
                .map(|execution| (execution, decision.rule)),
        );
        trace.rules.push(Member {
            object: decision.rule,
            reference: decision.rule_ref.to_string(),
            at: decision.decided_at,
            cause: Some(Cause::Event(event)),
        });
    }
    let sql = of_executions("event = ?");
    for (mut member, _) in sound(
        connection,
        ("execution", &sql),
        &[&event.bytes()],
        execution,
    )? {
        let rule = rules.get(&member.object).copied();
        member.cause = Some(rule.map_or(Cause::Event(event), |rule| Cause::Rule { rule, event }));
        trace.executions.push(member);
    }
    Ok(())
}

/// The execution that began the trace, if one did.
fn begun_by_hand(connection: &Connection, trace: Id) -> Result<Vec<Member>, Error> {
    let sql = of_executions("id = ? AND event IS NULL AND trace IS NULL");
    let found = sound(
        connection,
        ("execution", &sql),
        &[&trace.bytes()],
        execution,
    )?;
    Ok(found.into_iter().map(|(member, _)| member).collect())
}

/// The executions that joined a trace: children, and what was asked for in its name.
fn joined(connection: &Connection, trace: Id) -> Result<Vec<Member>, Error> {
    let sql = of_executions(&format!(
        "trace = ? ORDER BY requested_at, seq LIMIT {MOST}"
    ));
    let found = sound(
        connection,
        ("execution", &sql),
        &[&trace.bytes()],
        execution,
    )?;
    let caused = |(member, parent): (Member, Option<Id>)| Member {
        cause: parent.map(Cause::Execution),
        ..member
    };
    Ok(found.into_iter().map(caused).collect())
}

fn of_executions(condition: &str) -> String {
    format!(
        "SELECT id, action, requested_at, parent FROM execution CROSS JOIN execution_class ON number = class \
         WHERE {condition}"
    )
}

/// An execution, and its parent.
fn execution(row: &Row<'_>) -> Result<(Member, Option<Id>), Error> {
    Ok((member(row)?, column::optional_id(row, 3)?))
}

fn member(row: &Row<'_>) -> Result<Member, Error> {
    Ok(Member {
        object: column::id(row, 0)?,
        reference: column::get(row, 1)?,
        at: column::time(row, 2)?,
        cause: None,
    })
}

/// The rows of a table that are not damaged.
fn sound<T>(
    connection: &Connection,
    (table, sql): (&'static str, &str),
    values: &[&dyn ToSql],
    read: impl Fn(&Row<'_>) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    damage::sound(connection, (table, 0), (sql, values), u64::MAX, read)
}

fn beginning(row: &Row<'_>) -> Result<Beginning, Error> {
    Ok((column::get(row, 0)?, column::id(row, 1)?))
}
