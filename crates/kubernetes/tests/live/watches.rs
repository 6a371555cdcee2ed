//! Watches tell each change once, with what was before, and go on where they were.

use std::time::Duration;

use serde_json::{Value, json};
use squall_kubernetes::watch::Patience;
use squall_kubernetes::{Keep, Kind, Patch, Remembered, Seen, Selection, Watch, Watched};
use tokio::time::timeout;

use crate::place::{Place, play};

const KIND: Kind = Kind::CONFIG_MAP;

fn watched(place: &Place) -> Watched {
    Watched {
        kind: KIND,
        // Real clusters put a map of their own into each namespace.
        selection: Selection::of(Some(&place.namespace)).labels("app=web"),
        keep: Keep::Objects,
        tell_first: false,
        patience: Patience::default(),
    }
}

async fn make(place: &Place, name: &str) {
    let map = json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"app": "web"}},
        "data": {"turn": "0"},
    });
    place.create(&KIND, map).await.unwrap();
}

async fn turn(place: &Place, name: &str, turn: &str) {
    let change = Patch::Merge(json!({"data": {"turn": turn}}));
    let namespace = Some(place.namespace.as_str());
    let changed = place.cluster.patch(&KIND, namespace, name, change).await;
    changed.unwrap();
}

/// What it tells next, but where it is.
async fn next(watch: &mut Watch) -> Seen {
    loop {
        match timeout(Duration::from_secs(60), watch.next())
            .await
            .unwrap()
        {
            Seen::Position(_) => {}
            seen => return seen,
        }
    }
}

/// Such as `update one 0 1`.
async fn change(watch: &mut Watch) -> String {
    let seen = next(watch).await;
    let Seen::Version(version) = seen else {
        panic!("not a change: {seen:?}")
    };
    let turn = |object: &Value| object["data"]["turn"].as_str().unwrap_or("-").to_owned();
    let change = version.change;
    let name = &change.obj["metadata"]["name"];
    let before = change.old_obj.as_ref().map_or("-".to_owned(), turn);
    let operation = change.operation.as_str();
    format!(
        "{operation} {} {before} {}",
        name.as_str().unwrap(),
        turn(&change.obj)
    )
}

async fn synced(watch: &mut Watch) -> (usize, String) {
    match next(watch).await {
        Seen::Synced { objects, position } => (objects, position),
        seen => panic!("not in step yet: {seen:?}"),
    }
}

#[tokio::test]
async fn each_change_is_told_with_what_was_before() {
    play(async |place| {
        make(place, "first").await;
        let mut watch = Watch::new(place.cluster.clone(), watched(place), None);
        assert_eq!(synced(&mut watch).await.0, 1);
        make(place, "one").await;
        assert_eq!(change(&mut watch).await, "create one - 0");
        turn(place, "one", "1").await;
        assert_eq!(change(&mut watch).await, "update one 0 1");
        turn(place, "first", "1").await;
        assert_eq!(change(&mut watch).await, "update first 0 1");
        let namespace = Some(place.namespace.as_str());
        place
            .cluster
            .delete(&KIND, namespace, "one", None)
            .await
            .unwrap();
        assert!(change(&mut watch).await.starts_with("delete one "));
    })
    .await;
}

#[tokio::test]
async fn a_watch_goes_on_where_another_one_ended() {
    play(async |place| {
        make(place, "one").await;
        make(place, "two").await;
        let mut watch = Watch::new(place.cluster.clone(), watched(place), None);
        let (objects, position) = synced(&mut watch).await;
        assert_eq!(objects, 2);
        let remembered = Remembered {
            position,
            objects: watch.cache().iter().cloned().collect(),
        };
        drop(watch);
        turn(place, "two", "1").await;
        make(place, "three").await;
        let mut watch = Watch::new(place.cluster.clone(), watched(place), Some(remembered));
        assert_eq!(change(&mut watch).await, "update two 0 1");
        assert_eq!(change(&mut watch).await, "create three - 0");
    })
    .await;
}
