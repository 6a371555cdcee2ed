//! What was taken from outside is not taken twice.

use std::sync::Arc;

use squall_model::Timestamp;
use squall_model::delivery::Delivery;
use squall_model::record::{Batch, Record};
use squall_store::Error;

use crate::sample::{event, id, time};
use crate::{World, on_every_store};

fn delivery(key: u32, event: u32, at: Timestamp) -> Record {
    Record::Delivery(Delivery {
        key: id(key),
        event: id(event),
        taken_at: at,
        forgotten_at: at.plus_millis(60_000),
    })
}

async fn remembered(world: &World, keys: &[u32]) -> Vec<u32> {
    let keys: Vec<_> = keys.iter().copied().map(id).collect();
    let found = world.store.deliveries(keys).await.unwrap();
    let number = |delivery: &Delivery| (0..200).find(|number| id(*number) == delivery.key);
    found.iter().filter_map(number).collect()
}

#[tokio::test]
async fn a_delivery_is_taken_once() {
    on_every_store(async |world| {
        let first = [Record::Event(event(1)), delivery(7, 1, time(0))];
        world.record(first).await;
        let again = world
            .commit([Record::Event(event(2)), delivery(7, 2, time(59))])
            .await;
        assert!(
            matches!(again, Err(Error::Delivered { event }) if event == id(1)),
            "{again:?}"
        );
        assert_eq!(world.store.event(id(2)).await.unwrap(), None);
        assert_eq!(remembered(world, &[6, 7]).await, [7]);
    })
    .await;
}

#[tokio::test]
async fn a_delivery_is_forgotten_in_time_and_leaves_nothing_behind() {
    on_every_store(async |world| {
        for number in 0..100 {
            world.record([delivery(number, 1, time(0))]).await;
        }
        world.set_now(time(59));
        assert_eq!(remembered(world, &[0, 99]).await, [0, 99]);
        world.set_now(time(60));
        assert_eq!(remembered(world, &[0, 99]).await, [] as [u32; 0]);
        world
            .record([Record::Event(event(3)), delivery(99, 3, time(60))])
            .await;
        assert_eq!(remembered(world, &[99]).await, [99]);
        for number in 100..130 {
            world.record([delivery(number, 3, time(60))]).await;
        }
        // Seen from long ago everything that is still there is remembered.
        world.set_now(time(0));
        let all: Vec<u32> = (0..130).collect();
        assert_eq!(remembered(world, &all).await.first(), Some(&99));
    })
    .await;
}

#[tokio::test]
async fn of_two_that_come_at_once_one_is_taken() {
    on_every_store(async |world| {
        let mut rivals = tokio::task::JoinSet::new();
        for number in 0..20 {
            let store = Arc::clone(&world.store);
            let records = vec![Record::Event(event(number)), delivery(7, number, time(0))];
            rivals.spawn(async move { store.commit(Batch { records }).await });
        }
        let done = rivals.join_all().await;
        let taken = done.iter().filter(|done| done.is_ok()).count();
        assert_eq!(taken, 1, "{done:?}");
    })
    .await;
}
