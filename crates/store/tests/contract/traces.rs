//! Traces.

use squall_model::Id;
use squall_model::record::{Page, Record, TraceFilter};
use squall_model::trace::{Trace, TraceKind, TraceLink};

use crate::sample::{id, time};
use crate::{World, on_every_store};

fn trace(number: u32, tag: &str) -> Trace {
    Trace {
        id: id(number),
        tag: tag.to_owned(),
        started_at: time(number.into()),
    }
}

fn link(trace: u32, kind: TraceKind, object: u32) -> TraceLink {
    TraceLink {
        trace: id(trace),
        kind,
        object: id(object),
        reference: "labs.notify".to_owned(),
        linked_at: time(object.into()),
        caused_by: None,
    }
}

async fn check(world: &World, filter: TraceFilter, page: Page, expected: (&[u32], u64)) {
    let listed = world.store.traces(filter.clone(), page).await.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|(trace, _)| trace.id).collect();
    let (numbers, total) = expected;
    let expected: Vec<_> = numbers.iter().copied().map(id).collect();
    assert_eq!((ids, listed.total), (expected, total), "{filter:?}");
}

#[tokio::test]
async fn a_trace_has_its_members_in_order() {
    on_every_store(async |world| {
        let event = TraceLink {
            reference: String::new(),
            ..link(1, TraceKind::TriggerInstance, 10)
        };
        let rule = TraceLink {
            caused_by: Some((TraceKind::TriggerInstance, id(10))),
            ..link(1, TraceKind::Rule, 11)
        };
        let execution = TraceLink {
            caused_by: Some((TraceKind::Rule, id(11))),
            ..link(1, TraceKind::ActionExecution, 12)
        };
        let late = link(1, TraceKind::ActionExecution, 13);
        let one = trace(1, "żółw");
        let records = [&event, &execution, &rule].map(|link| Record::TraceLink(link.clone()));
        world
            .record([Record::Trace(one.clone())].into_iter().chain(records))
            .await;
        let late_twice = [late.clone(), late.clone()];
        world.record(late_twice.map(Record::TraceLink)).await;
        let expected = (one, vec![event, rule, execution, late]);
        let read = world.store.trace(id(1)).await.unwrap();
        assert_eq!(read, Some(expected));
        assert_eq!(world.store.trace(id(2)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn traces_are_filtered() {
    on_every_store(async |world| {
        for (number, tag) in [(1, "a"), (2, "b"), (3, "a")] {
            world
                .record([
                    Record::Trace(trace(number, tag)),
                    Record::TraceLink(link(number, TraceKind::Rule, 70)),
                    Record::TraceLink(link(number, TraceKind::TriggerInstance, 80 + number)),
                ])
                .await;
        }
        let all = TraceFilter::default();
        let first = Page::default();
        check(world, all.clone(), first, (&[3, 2, 1], 3)).await;
        let oldest = Page {
            offset: 1,
            limit: Some(1),
            ascending: true,
        };
        check(world, all.clone(), oldest, (&[2], 3)).await;
        let tag = Some("a".to_owned());
        let tagged = TraceFilter { tag, ..all.clone() };
        check(world, tagged.clone(), first, (&[3, 1], 2)).await;
        let object = |number| Some::<Id>(id(number));
        let of_rule = TraceFilter {
            object: object(70),
            ..all.clone()
        };
        check(world, of_rule, first, (&[3, 2, 1], 3)).await;
        let of_event = TraceFilter {
            object: object(82),
            ..all.clone()
        };
        check(world, of_event, first, (&[2], 1)).await;
        let neither = TraceFilter {
            object: object(82),
            ..tagged
        };
        check(world, neither, first, (&[], 0)).await;
        let ids = vec![id(3), id(2), id(9)];
        check(world, TraceFilter { ids, ..all }, first, (&[3, 2], 2)).await;
    })
    .await;
}
