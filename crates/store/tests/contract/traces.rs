//! Traces: put together of events, decisions and executions.

use serde_json::json;
use squall_model::Id;
use squall_model::decision::Decision;
use squall_model::event::Event;
use squall_model::execution::Execution;
use squall_model::record::{Page, Record, TraceFilter};
use squall_model::trace::{Cause, Member, Trace, TraceContext};

use crate::sample::{self, id, object, put, reference, time};
use crate::{World, on_every_store};

/// An event of a trace.
fn event(number: u32, trace: u32, tag: &str) -> Event {
    let trace = TraceContext {
        id: Some(id(trace)),
        tag: Some(tag.to_owned()),
        ..TraceContext::default()
    };
    Event {
        trace,
        ..sample::event(number)
    }
}

/// The rule 7 answers an event with an execution.
fn answer(number: u32, to: u32) -> (Decision, Execution) {
    let decision = Decision {
        event: id(to),
        execution: Some(id(number)),
        ..sample::decision(number + 1)
    };
    let execution = Execution {
        event: Some(id(to)),
        rule: Some(reference("labs.notify")),
        ..sample::execution(number)
    };
    (decision, execution)
}

/// An execution that somebody asked for.
fn execution(number: u32, trace: u32, tag: &str) -> Execution {
    let trace = json!({"user": "ann", "trace_context": {"id_": id(trace), "trace_tag": tag}});
    Execution {
        context: object(trace),
        ..sample::execution(number)
    }
}

fn member(number: u32, reference: &str, cause: Option<Cause>) -> Member {
    Member {
        object: id(number),
        reference: reference.to_owned(),
        at: time(number.into()),
        cause,
    }
}

async fn check(world: &World, filter: TraceFilter, page: Page, expected: (&[u32], u64)) {
    let listed = world.store.traces(filter.clone(), page).await.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|trace| trace.id).collect();
    let (numbers, total) = expected;
    let expected: Vec<_> = numbers.iter().copied().map(id).collect();
    assert_eq!((ids, listed.total), (expected, total), "{filter:?}");
}

#[tokio::test]
async fn a_trace_has_everything_that_its_first_event_led_to() {
    on_every_store(async |world| {
        let (decision, answer) = answer(11, 10);
        let failed = Decision {
            failure: Some("no such action".to_owned()),
            execution: None,
            ..decision.clone()
        };
        let failed = Decision {
            id: id(14),
            rule: id(8),
            decided_at: time(14),
            ..failed
        };
        let child = Execution {
            parent: Some(id(11)),
            ..execution(15, 10, "żółw")
        };
        let records = [
            Record::Event(event(10, 10, "żółw")),
            Record::Decision(decision),
            put(&answer),
            Record::Event(event(13, 10, "żółw")),
            Record::Decision(failed),
            put(&child),
            put(&execution(16, 10, "żółw")),
            put(&execution(17, 17, "another")),
        ];
        world.record(records).await;
        let by_rule = Cause::Rule {
            rule: id(7),
            event: id(10),
        };
        let expected = Trace {
            id: id(10),
            tag: "żółw".to_owned(),
            started_at: time(10),
            events: vec![
                member(10, "core.st2.webhook", None),
                member(13, "core.st2.webhook", None),
            ],
            rules: vec![
                Member {
                    object: id(7),
                    ..member(12, "labs.notify", Some(Cause::Event(id(10))))
                },
                Member {
                    object: id(8),
                    ..member(14, "labs.notify", Some(Cause::Event(id(10))))
                },
            ],
            executions: vec![
                member(11, "core.noop", Some(by_rule)),
                member(15, "core.noop", Some(Cause::Execution(id(11)))),
                member(16, "core.noop", None),
            ],
        };
        assert_eq!(world.store.trace(id(10)).await.unwrap(), Some(expected));
        for number in [11, 13, 16, 99] {
            assert_eq!(world.store.trace(id(number)).await.unwrap(), None);
        }
    })
    .await;
}

#[tokio::test]
async fn a_trace_can_begin_with_an_execution() {
    on_every_store(async |world| {
        let first = execution(1, 1, &format!("execution-{}", id(1)));
        let again = execution(2, 1, &format!("execution-{}", id(1)));
        world.record([put(&first), put(&again)]).await;
        let trace = world.store.trace(id(1)).await.unwrap().unwrap();
        assert_eq!(trace.tag, format!("execution-{}", id(1)));
        let executions = [1, 2].map(|number| member(number, "core.noop", None));
        assert_eq!(trace.executions, executions);
        assert_eq!((trace.events, trace.rules), (vec![], vec![]));
    })
    .await;
}

#[tokio::test]
async fn what_is_left_of_a_trace_is_shown() {
    on_every_store(async |world| {
        let mut orphan = answer(11, 10).1;
        orphan.context = execution(11, 10, "left").context;
        world.record([put(&orphan)]).await;
        let trace = world.store.trace(id(10)).await.unwrap().unwrap();
        let cause = Some(Cause::Event(id(10)));
        let expected = vec![member(11, "core.noop", cause)];
        assert_eq!((trace.tag.as_str(), trace.executions), ("left", expected));
        let of_execution = TraceFilter {
            execution: Some(id(11)),
            ..TraceFilter::default()
        };
        check(world, of_execution, Page::default(), (&[10], 1)).await;
    })
    .await;
}

/// Traces 1 and 5 began with events, 3 and 8 with executions; event 6 and execution 9 joined.
async fn record_some(world: &World) {
    let made = |kind: &str, number| format!("{kind}-{}", id(number));
    let (decision, answer) = answer(2, 1);
    let (late_decision, late_answer) = self::answer(7, 6);
    let records = [
        Record::Event(event(1, 1, &made("webhook-a-b", 1))),
        Record::Decision(decision),
        put(&answer),
        put(&execution(3, 3, "deploy")),
        Record::Event(event(5, 5, "deploy")),
        Record::Event(event(6, 1, &made("webhook-a-b", 1))),
        Record::Decision(late_decision),
        put(&late_answer),
        put(&execution(8, 8, &made("execution", 8))),
        put(&execution(9, 3, "deploy")),
    ];
    world.record(records).await;
}

#[tokio::test]
async fn traces_are_listed_by_their_beginning() {
    on_every_store(async |world| {
        record_some(world).await;
        let all = TraceFilter::default();
        let first = Page::default();
        check(world, all.clone(), first, (&[8, 5, 3, 1], 4)).await;
        let page = |offset, limit, ascending| Page {
            offset,
            limit: Some(limit),
            ascending,
        };
        check(world, all.clone(), page(1, 2, false), (&[5, 3], 4)).await;
        check(world, all.clone(), page(2, 2, true), (&[5, 8], 4)).await;
        let every = Page {
            limit: None,
            ..page(0, 0, true)
        };
        check(world, all, every, (&[1, 3, 5, 8], 4)).await;
    })
    .await;
}

#[tokio::test]
async fn traces_are_filtered() {
    on_every_store(async |world| {
        record_some(world).await;
        let first = Page::default();
        let all = TraceFilter::default();
        let tag = |tag: String| TraceFilter {
            tag: Some(tag),
            ..all.clone()
        };
        check(world, tag("deploy".to_owned()), first, (&[5, 3], 2)).await;
        let made = [
            ("webhook-a-b", 1, 1),
            ("execution", 8, 1),
            ("execution", 1, 0),
        ];
        for (kind, number, found) in made {
            let expected: &[u32] = if found == 1 { &[number] } else { &[] };
            let tagged = tag(format!("{kind}-{}", id(number)));
            check(world, tagged, first, (expected, found)).await;
        }
        let of = |event: Option<u32>, rule: Option<u32>, execution: Option<u32>| TraceFilter {
            event: event.map(id),
            rule: rule.map(id),
            execution: execution.map(id),
            ..all.clone()
        };
        check(world, of(Some(6), None, None), first, (&[1], 1)).await;
        check(world, of(Some(2), None, None), first, (&[], 0)).await;
        check(world, of(None, None, Some(9)), first, (&[3], 1)).await;
        check(world, of(None, Some(7), None), first, (&[1], 2)).await;
        check(world, of(None, Some(8), None), first, (&[], 0)).await;
        check(world, of(Some(6), Some(7), None), first, (&[1], 1)).await;
        check(world, of(Some(5), Some(7), None), first, (&[], 0)).await;
        let ids: Vec<Id> = [8, 1, 99].map(id).into();
        check(world, TraceFilter { ids, ..all }, first, (&[8, 1], 2)).await;
    })
    .await;
}
