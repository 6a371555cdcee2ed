//! What refuses a batch, and what a refused batch leaves behind.

use serde_json::json;
use squall_model::execution::{Execution, Status};
use squall_model::record::{ExecutionFilter, Page, Record};
use squall_store::{Error, Health};

use crate::on_every_store;
use crate::sample::{decided, decision, event, execution, id, next, put};

#[tokio::test]
async fn an_event_is_decided_once() {
    on_every_store(async |world| {
        world.record([Record::Event(event(1))]).await;
        world.record([decided(1)]).await;
        let again = [Record::Decision(decision(5)), decided(1)];
        let refused = world.commit(again).await;
        assert!(
            matches!(refused, Err(Error::Stale { what: "event", id: stale }) if stale == id(1)),
            "{refused:?}"
        );
        assert_eq!(world.store.decision(id(5)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn an_event_can_be_decided_in_the_batch_that_brings_it() {
    on_every_store(async |world| {
        world.record([Record::Event(event(1)), decided(1)]).await;
        assert_eq!(world.store.pending_events(9).await.unwrap(), []);
        let twice = [Record::Event(event(2)), decided(2), decided(2)];
        let refused = world.commit(twice).await;
        assert!(matches!(refused, Err(Error::Stale { .. })), "{refused:?}");
        assert_eq!(world.store.event(id(2)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn what_is_unknown_cannot_be_gone_on_with() {
    on_every_store(async |world| {
        let result = Record::Result {
            execution: id(1),
            result: json!(1),
        };
        for (record, expected) in [
            (decided(1), "there is no event"),
            (result, "there is no execution"),
            (put(&next(&execution(1), Status::Running)), "another owner"),
        ] {
            let batch = [Record::Decision(decision(5)), record];
            let refused = world.commit(batch).await.unwrap_err().to_string();
            assert!(refused.contains(expected), "{refused}");
            assert_eq!(world.store.decision(id(5)).await.unwrap(), None);
        }
        assert_eq!(world.store.health(), Health::Ready);
    })
    .await;
}

#[tokio::test]
async fn versions_have_no_gaps_and_no_doubles() {
    on_every_store(async |world| {
        let first = execution(1);
        let second = next(&first, Status::Scheduled);
        let third = next(&second, Status::Running);
        world.record([put(&first)]).await;
        let with = |version| Execution {
            version,
            ..first.clone()
        };
        for stale in [
            vec![put(&first)],
            vec![put(&third)],
            vec![put(&second), put(&second)],
            vec![put(&second), put(&with(4))],
            vec![put(&with(0))],
            vec![put(&with(u64::MAX))],
        ] {
            let refused = world.commit(stale).await;
            assert!(refused.is_err(), "{refused:?}");
            let read = world.store.execution(id(1)).await.unwrap();
            assert_eq!(read.as_ref(), Some(&first));
        }
        world.record([put(&second), put(&third)]).await;
    })
    .await;
}

#[tokio::test]
async fn an_id_is_given_once() {
    on_every_store(async |world| {
        world
            .record([Record::Event(event(1)), put(&execution(2))])
            .await;
        let twin = Execution {
            liveaction: execution(2).liveaction,
            ..execution(3)
        };
        for contradiction in [Record::Event(event(1)), put(&twin)] {
            let batch = [Record::Event(event(9)), put(&execution(9)), contradiction];
            let refused = world.commit(batch).await;
            assert!(
                matches!(refused, Err(Error::Contradiction(_))),
                "{refused:?}"
            );
            assert_eq!(world.store.event(id(9)).await.unwrap(), None);
        }
        assert_eq!(world.store.health(), Health::Ready);
        let listed = world
            .store
            .executions(ExecutionFilter::default(), Page::default())
            .await;
        assert_eq!(listed.unwrap().total, 1);
    })
    .await;
}

/// Many batches at once, so that groups form: for each execution two rivals, of which one must win, and contradictions
/// between them that must disturb nobody.
#[tokio::test(flavor = "multi_thread")]
async fn a_refused_batch_leaves_its_group_alone() {
    on_every_store(async |world| {
        const EACH: u32 = 100;
        world.record([Record::Event(event(999_999))]).await;
        for number in 0..EACH {
            world.record([put(&execution(number))]).await;
        }
        let mut rivals = tokio::task::JoinSet::new();
        for number in 0..EACH {
            for status in [Status::Scheduled, Status::Canceled] {
                let store = std::sync::Arc::clone(&world.store);
                let record = put(&next(&execution(number), status));
                rivals.spawn(async move {
                    let records = vec![record];
                    let done = store.commit(squall_model::record::Batch { records }).await;
                    (number, status, done)
                });
            }
            let store = std::sync::Arc::clone(&world.store);
            rivals.spawn(async move {
                let records = vec![Record::Event(event(number)), Record::Event(event(999_999))];
                let done = store.commit(squall_model::record::Batch { records }).await;
                assert!(matches!(done, Err(Error::Contradiction(_))), "{done:?}");
                (u32::MAX, Status::Failed, done)
            });
        }
        let mut winners = vec![None; usize::try_from(EACH).unwrap()];
        for (number, status, done) in rivals.join_all().await {
            match (number, done) {
                (u32::MAX, _) => {}
                (number, Ok(())) => {
                    let other = winners[usize::try_from(number).unwrap()].replace(status);
                    assert_eq!(other, None, "both rivals for {number} won");
                }
                (_, Err(Error::Stale { .. })) => {}
                (_, Err(error)) => panic!("{error:?}"),
            }
        }
        for (number, winner) in (0..EACH).zip(winners) {
            let read = world.store.execution(id(number)).await.unwrap();
            assert_eq!(read.map(|execution| execution.status), winner);
            assert_eq!(world.store.event(id(number)).await.unwrap(), None);
        }
        let counts = world.store.execution_counts().await.unwrap();
        let total: u64 = counts.iter().map(|(_, count)| count).sum();
        assert_eq!(total, u64::from(EACH), "{counts:?}");
    })
    .await;
}
