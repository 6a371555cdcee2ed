//! Events and decisions.

use serde_json::json;
use squall_model::Id;
use squall_model::decision::Decision;
use squall_model::event::{Event, EventStatus};
use squall_model::record::{DecisionFilter, EventFilter, Listed, Page, Record};
use squall_model::trace::TraceContext;

use crate::sample::{decided, decision, event, id, reference, time};
use crate::{World, on_every_store};

fn numbers(listed: &Listed<Event>) -> (Vec<Id>, u64) {
    let ids = listed.items.iter().map(|event| event.id);
    (ids.collect(), listed.total)
}

async fn check(world: &World, filter: EventFilter, expected: &[u32]) {
    let listed = world.store.events(filter.clone(), Page::default()).await;
    let expected: Vec<_> = expected.iter().copied().map(id).collect();
    let total = u64::try_from(expected.len()).unwrap();
    assert_eq!(numbers(&listed.unwrap()), (expected, total), "{filter:?}");
}

async fn check_decisions(world: &World, filter: DecisionFilter, expected: &[u32]) {
    let listed = world.store.decisions(filter.clone(), Page::default()).await;
    let listed = listed.unwrap();
    let ids: Vec<_> = listed.items.iter().map(|decision| decision.id).collect();
    let expected: Vec<_> = expected.iter().copied().map(id).collect();
    assert_eq!(ids, expected, "{filter:?}");
    assert_eq!(listed.total, u64::try_from(expected.len()).unwrap());
}

#[tokio::test]
async fn an_event_comes_back_whole() {
    on_every_store(async |world| {
        let whole = Event {
            payload: json!({"body": {"text": "żółw \u{1F422} \u{0}", "deep": [[[{}]]], "n": -1.5e300}, "empty": ""}),
            trace: TraceContext {
                id: Some(id(77)),
                tag: Some("tag \"x\"".to_owned()),
                parent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse().ok(),
                state: "a=1,b@x=t61rc WkgMz".parse().ok(),
            },
            ..event(1)
        };
        let bare = Event {
            payload: json!({}),
            ..event(2)
        };
        world
            .record([Record::Event(whole.clone()), Record::Event(bare.clone())])
            .await;
        assert_eq!(world.store.event(id(1)).await.unwrap(), Some(whole));
        assert_eq!(world.store.event(id(2)).await.unwrap(), Some(bare));
        assert_eq!(world.store.event(id(3)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn undecided_events_are_pending_in_order() {
    on_every_store(async |world| {
        for number in [3, 1, 2, 4] {
            world.record([Record::Event(event(number))]).await;
        }
        world.record([decided(1)]).await;
        let pending = world.store.pending_events(2).await.unwrap();
        assert_eq!(pending, [event(3), event(2)]);
        let failed = Record::Decided {
            event: id(3),
            status: EventStatus::ProcessingFailed,
            rules: 0,
        };
        world.record([failed]).await;
        let pending = world.store.pending_events(100).await.unwrap();
        assert_eq!(pending, [event(2), event(4)]);
        let status = |event: Option<Event>| event.unwrap().status;
        let one = world.store.event(id(1)).await.unwrap();
        assert_eq!(status(one), EventStatus::Processed);
        let three = world.store.event(id(3)).await.unwrap();
        assert_eq!(status(three), EventStatus::ProcessingFailed);
    })
    .await;
}

#[tokio::test]
async fn events_are_filtered() {
    on_every_store(async |world| {
        for number in 1..=6 {
            let trigger = if number % 2 == 0 {
                "core.st2.webhook"
            } else {
                "labs.tick"
            };
            let event = Event {
                trigger: reference(trigger),
                ..event(number)
            };
            world.record([Record::Event(event)]).await;
        }
        let all = EventFilter::default();
        check(world, all.clone(), &[6, 5, 4, 3, 2, 1]).await;
        let of = |trigger: &str| EventFilter {
            triggers: vec![trigger.to_owned()],
            ..EventFilter::default()
        };
        check(world, of("labs.tick"), &[5, 3, 1]).await;
        check(world, of("labs.unknown"), &[]).await;
        let ids = EventFilter {
            ids: vec![id(5), id(2), id(99)],
            ..all.clone()
        };
        check(world, ids.clone(), &[5, 2]).await;
        let both = EventFilter {
            triggers: vec!["labs.tick".to_owned()],
            ..ids
        };
        check(world, both, &[5]).await;
        let between = EventFilter {
            after: Some(time(2)),
            before: Some(time(5)),
            ..all
        };
        check(world, between.clone(), &[4, 3]).await;
        let between_of = EventFilter {
            triggers: vec!["labs.tick".to_owned()],
            ..between
        };
        check(world, between_of, &[3]).await;
    })
    .await;
}

#[tokio::test]
async fn events_are_filtered_by_status_before_they_are_cut_into_pages() {
    on_every_store(async |world| {
        for number in 1..=8 {
            let trigger = reference(if number % 4 == 0 {
                "labs.tick"
            } else {
                "core.st2.webhook"
            });
            let event = Event {
                trigger,
                ..event(number)
            };
            world.record([Record::Event(event)]).await;
        }
        for number in [1, 3, 4, 5, 8] {
            world.record([decided(number)]).await;
        }
        let failed = Record::Decided {
            event: id(6),
            status: EventStatus::ProcessingFailed,
            rules: 0,
        };
        world.record([failed]).await;
        let of = |status| EventFilter {
            status: Some(status),
            ..EventFilter::default()
        };
        check(world, of(EventStatus::Pending), &[7, 2]).await;
        check(world, of(EventStatus::ProcessingFailed), &[6]).await;
        check(world, of(EventStatus::Processed), &[8, 5, 4, 3, 1]).await;
        let between = EventFilter {
            after: Some(time(3)),
            before: Some(time(8)),
            ..of(EventStatus::Processed)
        };
        check(world, between, &[5, 4]).await;
        let ticks = EventFilter {
            triggers: vec!["labs.tick".to_owned()],
            ..of(EventStatus::Processed)
        };
        check(world, ticks.clone(), &[8, 4]).await;
        let ids = EventFilter {
            ids: vec![id(4), id(7)],
            ..of(EventStatus::Processed)
        };
        check(world, ids, &[4]).await;
        for (filter, offset, ascending, expected) in [
            (of(EventStatus::Processed), 0, false, vec![id(8), id(5)]),
            (of(EventStatus::Processed), 2, false, vec![id(4), id(3)]),
            (of(EventStatus::Processed), 1, true, vec![id(3), id(4)]),
            (of(EventStatus::Processed), 4, true, vec![id(8)]),
            (of(EventStatus::Pending), 1, false, vec![id(2)]),
            (ticks, 1, false, vec![id(4)]),
        ] {
            let page = Page {
                offset,
                limit: Some(2),
                ascending,
            };
            let total = world.store.events(filter.clone(), Page::default()).await;
            let listed = world.store.events(filter, page).await.unwrap();
            assert_eq!(numbers(&listed), (expected, total.unwrap().total));
        }
    })
    .await;
}

#[tokio::test]
async fn decisions_are_filtered() {
    on_every_store(async |world| {
        let first = decision(1);
        let second = Decision {
            execution: Some(id(500)),
            ..decision(2)
        };
        let third = Decision {
            rule: id(8),
            rule_ref: reference("labs.other"),
            failure: Some("criterion `x` raised: ü".to_owned()),
            event: first.event,
            ..decision(3)
        };
        let all = [&first, &second, &third];
        world
            .record(all.map(|one| Record::Decision(one.clone())))
            .await;
        assert_eq!(world.store.decision(id(2)).await.unwrap(), Some(second));
        assert_eq!(
            world.store.decision(id(3)).await.unwrap().as_ref(),
            Some(&third)
        );
        assert_eq!(world.store.decision(id(4)).await.unwrap(), None);
        let any = DecisionFilter::default();
        check_decisions(world, any.clone(), &[3, 2, 1]).await;
        let ids = vec![id(1), id(3)];
        check_decisions(world, DecisionFilter { ids, ..any.clone() }, &[3, 1]).await;
        let rule_ref = Some("labs.notify".to_owned());
        let by_ref = DecisionFilter {
            rule_ref,
            ..any.clone()
        };
        check_decisions(world, by_ref, &[2, 1]).await;
        let rule = Some(id(8));
        check_decisions(
            world,
            DecisionFilter {
                rule,
                ..any.clone()
            },
            &[3],
        )
        .await;
        let event = Some(first.event);
        let on_event = DecisionFilter {
            event,
            ..any.clone()
        };
        check_decisions(world, on_event.clone(), &[3, 1]).await;
        let rule = Some(id(7));
        check_decisions(world, DecisionFilter { rule, ..on_event }, &[1]).await;
        let execution = Some(id(500));
        let asked = DecisionFilter {
            execution,
            ..any.clone()
        };
        check_decisions(world, asked, &[2]).await;
        let after = Some(time(2));
        check_decisions(world, DecisionFilter { after, ..any }, &[3]).await;
    })
    .await;
}
