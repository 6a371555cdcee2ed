//! Results, and values that are long, deep or odd.

use serde_json::json;
use squall_model::Json;
use squall_model::event::Event;
use squall_model::record::{Batch, EventFilter, Page, Record};
use squall_store::Error;

use crate::on_every_store;
use crate::sample::{event, execution, id, put};

fn result(result: Json) -> Record {
    Record::Result {
        execution: id(1),
        result,
    }
}

/// Text that hardly compresses.
fn noise(bytes: usize) -> String {
    let mut state = 1_u64;
    let mut digit = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'0' + u8::try_from((state >> 33) % 75).unwrap())
    };
    (0..bytes).map(|_| digit()).collect()
}

#[tokio::test]
async fn results_come_back_and_are_replaced() {
    on_every_store(async |world| {
        world.record([put(&execution(1))]).await;
        assert_eq!(world.store.result(id(1)).await.unwrap(), None);
        for value in [
            json!(null),
            json!({}),
            json!(""),
            json!({"stdout": "żółw\u{0}\u{FFFF}", "n": [18_446_744_073_709_551_615_u64, -0.0, 1e-7]}),
            json!({"text": "x".repeat(5000)}),
            json!({"text": noise(3_000_000), "more": vec!["line\n"; 100_000]}),
            json!({"text": noise(600_000)}),
            json!("short again"),
        ] {
            world.record([result(value.clone())]).await;
            let read = world.store.result(id(1)).await.unwrap();
            assert!(read == Some(value), "{}", read.unwrap_or_default());
        }
        assert_eq!(world.store.result(id(2)).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn a_long_payload_comes_back_in_lists_too() {
    on_every_store(async |world| {
        let long = Event {
            payload: json!({"body": noise(1_000_000)}),
            ..event(1)
        };
        world.record([Record::Event(long.clone())]).await;
        let listed = world
            .store
            .events(EventFilter::default(), Page::default())
            .await;
        assert!(listed.unwrap().items == [long.clone()]);
        assert!(world.store.pending_events(1).await.unwrap() == [long]);
    })
    .await;
}

/// A payload that is much like others, unless its number says otherwise.
fn alike(number: u32) -> Json {
    if number.is_multiple_of(7) {
        return json!({"other": noise(usize::try_from(300 + number).unwrap())});
    }
    json!({
        "headers": {"Host": "squall:8700", "Content-Type": "application/json", "X-Request-Id": format!("{number:032x}")},
        "body": {"receiver": "squall", "status": "firing", "alerts": [{"labels": {"pod": format!("api-{number}")}}],
                 "externalURL": "http://alertmanager:9093", "description": "the memory of a pod is above its limit"},
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn values_alike_come_back_each_as_itself() {
    on_every_store(async |world| {
        const EACH: u32 = 300;
        let mut commits = tokio::task::JoinSet::new();
        for number in 0..EACH {
            let happened = Event {
                payload: alike(number),
                ..event(number)
            };
            let mut answer = execution(number);
            if let Json::Object(parameters) = alike(number) {
                answer.parameters = parameters;
            }
            let records = vec![Record::Event(happened), put(&answer)];
            let store = std::sync::Arc::clone(&world.store);
            commits.spawn(async move { store.commit(Batch { records }).await.unwrap() });
        }
        commits.join_all().await;
        for number in 0..EACH {
            let read = world.store.event(id(number)).await.unwrap().unwrap();
            assert_eq!(read.payload, alike(number));
            let read = world.store.execution(id(number)).await.unwrap().unwrap();
            assert_eq!(Json::Object(read.parameters), alike(number));
        }
    })
    .await;
}

#[tokio::test]
async fn depth_is_bounded() {
    on_every_store(async |world| {
        let nested = |levels| (1..levels).fold(json!(1), |inner, _| json!([inner]));
        world.record([put(&execution(1))]).await;
        world.record([result(nested(512))]).await;
        assert!(world.store.result(id(1)).await.unwrap() == Some(nested(512)));
        let refused = world.commit([result(nested(513))]).await;
        assert!(matches!(refused, Err(Error::TooDeep { .. })), "{refused:?}");
    })
    .await;
}
