//! Keys.

use squall_model::Timestamp;
use squall_model::key::{Key, Scope};
use squall_model::record::{KeyFilter, Page, Record};

use crate::sample::{id, time};
use crate::{World, on_every_store};

fn key(number: u32, name: &str) -> Key {
    Key {
        id: id(number),
        scope: Scope::System,
        user: String::new(),
        name: name.to_owned(),
        value: format!("value {number}"),
        secret: false,
        expires_at: None,
    }
}

async fn check(world: &World, filter: KeyFilter, expected: &[&str]) {
    let listed = world.store.keys(filter.clone(), Page::default()).await;
    let listed = listed.unwrap();
    let names: Vec<_> = listed.items.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names, expected, "{filter:?}");
    assert_eq!(listed.total, u64::try_from(expected.len()).unwrap());
}

async fn read(world: &World, name: &str) -> Option<Key> {
    let (user, name) = (String::new(), name.to_owned());
    world.store.key(Scope::System, user, name).await.unwrap()
}

#[tokio::test]
async fn a_key_is_put_replaced_and_deleted() {
    on_every_store(async |world| {
        let first = Key {
            value: String::new(),
            ..key(1, "ключ with spaces")
        };
        world.record([Record::Key(first.clone())]).await;
        assert_eq!(read(world, &first.name).await, Some(first.clone()));
        let second = Key {
            id: id(2),
            value: "00AF".to_owned(),
            secret: true,
            expires_at: Some(time(60)),
            ..first.clone()
        };
        world.record([Record::Key(second.clone())]).await;
        assert_eq!(read(world, &first.name).await, Some(second));
        let deleted = Record::KeyDeleted {
            scope: Scope::System,
            user: String::new(),
            name: first.name.clone(),
        };
        world.record([deleted.clone()]).await;
        assert_eq!(read(world, &first.name).await, None);
        world.record([deleted]).await;
    })
    .await;
}

#[tokio::test]
async fn users_keys_are_their_own() {
    on_every_store(async |world| {
        let of = |number, user: &str| Key {
            scope: Scope::User,
            user: user.to_owned(),
            ..key(number, "same")
        };
        let all = [key(1, "same"), of(2, "ann"), of(3, "bob")];
        world.record(all.clone().map(Record::Key)).await;
        for key in &all {
            let (user, name) = (key.user.clone(), key.name.clone());
            let read = world.store.key(key.scope, user, name).await.unwrap();
            assert_eq!(read.as_ref(), Some(key));
        }
        let filter = KeyFilter {
            scope: Some(Scope::User),
            user: Some("bob".to_owned()),
            prefix: None,
        };
        let listed = world.store.keys(filter, Page::default()).await.unwrap();
        assert_eq!(listed.items, all.get(2..).unwrap());
    })
    .await;
}

#[tokio::test]
async fn keys_are_listed_by_name() {
    on_every_store(async |world| {
        let names = ["b", "a%", "a_b", "a", "ab", "é", "éa", "A"];
        for (number, name) in (1..).zip(names) {
            world.record([Record::Key(key(number, name))]).await;
        }
        let beginning = |prefix: &str| KeyFilter {
            prefix: Some(prefix.to_owned()),
            ..KeyFilter::default()
        };
        let all = ["A", "a", "a%", "a_b", "ab", "b", "é", "éa"];
        check(world, KeyFilter::default(), &all).await;
        check(world, beginning(""), &all).await;
        check(world, beginning("a"), &["a", "a%", "a_b", "ab"]).await;
        check(world, beginning("a%"), &["a%"]).await;
        check(world, beginning("é"), &["é", "éa"]).await;
        check(world, beginning("zz"), &[]).await;
        let second = Page {
            offset: 1,
            limit: Some(2),
            ascending: false,
        };
        let listed = world.store.keys(beginning("a"), second).await.unwrap();
        let names: Vec<_> = listed.items.iter().map(|key| key.name.as_str()).collect();
        assert_eq!((names, listed.total), (vec!["a%", "a_b"], 4));
    })
    .await;
}

#[tokio::test]
async fn an_expired_key_is_gone() {
    on_every_store(async |world| {
        let brief = Key {
            expires_at: Some(time(60)),
            ..key(1, "brief")
        };
        world
            .record([Record::Key(brief.clone()), Record::Key(key(2, "lasting"))])
            .await;
        world.set_now(Timestamp::from_micros(time(60).micros() - 1));
        check(world, KeyFilter::default(), &["brief", "lasting"]).await;
        world.set_now(time(60));
        check(world, KeyFilter::default(), &["lasting"]).await;
        assert_eq!(read(world, "brief").await, None);
        world.set_now(time(0));
        world.record([Record::Expired(time(59))]).await;
        assert_eq!(read(world, "brief").await, Some(brief));
        world.record([Record::Expired(time(60))]).await;
        assert_eq!(read(world, "brief").await, None);
        assert!(read(world, "lasting").await.is_some());
    })
    .await;
}
