//! What is remembered, and findings on their way to sinks.

use serde_json::json;
use squall_model::memo::{Memo, Topic};
use squall_model::outgoing::{Outgoing, OutgoingStatus};
use squall_model::record::Record;
use squall_model::{Json, Timestamp};

use crate::sample::{id, time};
use crate::{World, on_every_store};

fn memo(name: &str, value: &Json, until: Option<Timestamp>) -> Record {
    Record::Memo(Memo {
        topic: Topic::RateLimit,
        name: name.to_owned(),
        value: value.clone(),
        until,
    })
}

async fn remembered(world: &World) -> Vec<(String, Json)> {
    let memos = world.store.memos(Topic::RateLimit).await.unwrap();
    memos
        .into_iter()
        .map(|memo| (memo.name, memo.value))
        .collect()
}

#[tokio::test]
async fn the_last_of_a_name_is_remembered_until_its_time() {
    on_every_store(async |world| {
        let long = json!("x".repeat(3_000_000));
        world.record([memo("b", &long, None)]).await;
        world.record([memo("a", &json!(1), Some(time(10)))]).await;
        world.record([memo("b", &json!({"n": 2}), None)]).await;
        let both = [
            ("a".to_owned(), json!(1)),
            ("b".to_owned(), json!({"n": 2})),
        ];
        assert_eq!(remembered(world).await, both);
        assert!(world.store.memos(Topic::Schedule).await.unwrap().is_empty());
        world.set_now(time(10));
        assert_eq!(remembered(world).await, both[1..]);
        world.record([Record::Expired(time(10))]).await;
        world.set_now(time(0));
        assert_eq!(remembered(world).await, both[1..]);
        let (topic, name) = (Topic::RateLimit, "b".to_owned());
        world.record([Record::MemoDeleted { topic, name }]).await;
        assert!(remembered(world).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn one_memo_is_found_by_its_name() {
    on_every_store(async |world| {
        world.record([memo("a", &json!(1), Some(time(10)))]).await;
        world.record([memo("b", &json!(2), None)]).await;
        let value = async |topic: Topic, name: &str| {
            let memo = world.store.memo(topic, name.to_owned()).await.unwrap();
            memo.map(|memo| (memo.name, memo.value))
        };
        let found = value(Topic::RateLimit, "a").await;
        assert_eq!(found, Some(("a".to_owned(), json!(1))));
        assert_eq!(value(Topic::Schedule, "a").await, None);
        assert_eq!(value(Topic::RateLimit, "c").await, None);
        world.set_now(time(10));
        assert_eq!(value(Topic::RateLimit, "a").await, None);
        let found = value(Topic::RateLimit, "b").await;
        assert_eq!(found, Some(("b".to_owned(), json!(2))));
    })
    .await;
}

fn outgoing(number: u32, sink: &str, due_at: Timestamp) -> Outgoing {
    Outgoing {
        id: id(number),
        execution: id(90),
        sink: sink.to_owned(),
        status: OutgoingStatus::Waiting,
        due_at,
        until: None,
        attempts: 0,
        failure: None,
        finding: json!({"title": format!("finding {number}")}),
    }
}

async fn due(world: &World, sink: &str) -> Vec<Outgoing> {
    world.store.due_outgoing(sink.to_owned(), 2).await.unwrap()
}

#[tokio::test]
async fn a_finding_waits_at_its_sink_until_it_is_settled() {
    on_every_store(async |world| {
        let first = [
            outgoing(1, "slack", time(5)),
            outgoing(2, "slack", time(0)),
            outgoing(3, "slack", time(0)),
            outgoing(4, "file", time(0)),
            outgoing(5, "slack", time(0)),
        ];
        let records = first.clone().map(|one| Record::Outgoing(Box::new(one)));
        world.record(records).await;
        assert_eq!(due(world, "slack").await, first[1..3]);
        assert_eq!(due(world, "file").await, first[3..4]);

        let mut later = outgoing(2, "slack", time(20));
        (later.attempts, later.failure) = (1, Some("the service is busy".to_owned()));
        // How far it has come is told without telling again what was found.
        later.finding = Json::Null;
        world
            .record([Record::Outgoing(Box::new(later.clone()))])
            .await;
        let mut done = outgoing(3, "slack", time(1));
        (done.status, done.until) = (OutgoingStatus::Delivered, Some(time(30)));
        world
            .record([Record::Outgoing(Box::new(done.clone()))])
            .await;
        assert_eq!(due(world, "slack").await, first[4..]);
        let next = world.store.next_outgoing("slack".to_owned()).await.unwrap();
        assert_eq!(next, Some(time(0)));

        world.set_now(time(20));
        later.finding = first[1].finding.clone();
        assert_eq!(
            due(world, "slack").await,
            [first[4].clone(), first[0].clone()]
        );
        let all = world.store.outgoing_of(id(90)).await.unwrap();
        assert_eq!(all[1..3], [later, done]);
        world.record([Record::Expired(time(30))]).await;
        assert_eq!(world.store.outgoing_of(id(90)).await.unwrap().len(), 4);
    })
    .await;
}
