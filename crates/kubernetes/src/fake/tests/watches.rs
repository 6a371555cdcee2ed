//! Watches, as somebody sees them who reads the wire.

use std::time::Duration;

use super::*;

#[tokio::test]
async fn a_watch_tells_what_is_there_and_then_what_changes() {
    let fake = started().await;
    fake.fake.put(config_map("a", "1")).unwrap();
    let mut watch = fake.watch(&format!("{CONFIG_MAPS}?watch=true")).await;
    assert_eq!(watch.short().await, "ADDED a");
    fake.fake.put(config_map("b", "1")).unwrap();
    assert_eq!(watch.short().await, "ADDED b");
    fake.fake.put(config_map("b", "2")).unwrap();
    let event = watch.next().await.unwrap();
    assert_eq!(event["type"], "MODIFIED");
    assert_eq!(
        (&event["object"]["kind"], &event["object"]["data"]["value"]),
        (&json!("ConfigMap"), &json!("2"))
    );
    fake.fake.remove("ConfigMap", "default", "b").unwrap();
    let deleted = watch.next().await.unwrap();
    assert_eq!(deleted["type"], "DELETED");
    let version = |event: &Value| -> u64 {
        event["object"]["metadata"]["resourceVersion"]
            .as_str()
            .unwrap()
            .parse()
            .unwrap()
    };
    assert_eq!(version(&deleted), version(&event) + 1);
}

#[tokio::test]
async fn a_watch_goes_on_where_another_one_ended() {
    let fake = started().await;
    let first = fake.fake.put(config_map("a", "1")).unwrap();
    fake.fake.put(config_map("b", "1")).unwrap();
    fake.fake.put(pod("web")).unwrap();
    let version = first["metadata"]["resourceVersion"].as_str().unwrap();
    let target = format!("{CONFIG_MAPS}?watch=1&resourceVersion={version}");
    assert_eq!(fake.watch(&target).await.short().await, "ADDED b");
    fake.fake.compact();
    let mut watch = fake.watch(&target).await;
    let error = watch.next().await.unwrap();
    assert_eq!(error["type"], "ERROR");
    assert_eq!(
        (&error["object"]["code"], &error["object"]["reason"]),
        (&json!(410), &json!("Expired"))
    );
    assert!(watch.ends_properly().await);
}

#[tokio::test]
async fn who_watches_some_sees_them_come_and_go() {
    let fake = started().await;
    let target = format!("{PODS}?watch=1&labelSelector=app%3Dweb");
    let mut by_label = fake.watch(&target).await;
    let mut by_name = fake
        .watch(&format!("{PODS}?watch=1&fieldSelector=metadata.name%3Dweb"))
        .await;
    let mut of_one = fake.watch(&format!("{PODS}/web?watch=1")).await;
    fake.fake.put(pod("other")).unwrap();
    fake.fake.put(pod("web")).unwrap();
    for watch in [&mut by_label, &mut by_name, &mut of_one] {
        assert_eq!(watch.short().await, "ADDED web");
    }
    let relabel =
        |app: &'static str| move |pod: &mut Value| pod["metadata"]["labels"]["app"] = app.into();
    let changed = fake
        .fake
        .update("Pod", "default", "web", relabel("api"))
        .unwrap();
    let gone = by_label.next().await.unwrap();
    assert_eq!(gone["type"], "DELETED");
    assert_eq!(gone["object"]["metadata"]["labels"]["app"], "web");
    assert_eq!(
        gone["object"]["metadata"]["resourceVersion"],
        changed["metadata"]["resourceVersion"]
    );
    assert_eq!(by_name.short().await, "MODIFIED web");
    fake.fake
        .update("Pod", "default", "web", relabel("web"))
        .unwrap();
    assert_eq!(by_label.short().await, "ADDED web");
}

#[tokio::test]
async fn a_streaming_list_says_where_the_beginning_ends() {
    let fake = started().await;
    for number in 0..250 {
        fake.fake
            .put(config_map(&format!("m{number:03}"), "1"))
            .unwrap();
    }
    let target = format!("{CONFIG_MAPS}?watch=1&sendInitialEvents=true&allowWatchBookmarks=true");
    let mut watch = fake
        .watch(&format!("{target}&resourceVersionMatch=NotOlderThan"))
        .await;
    for number in 0..250 {
        assert_eq!(watch.short().await, format!("ADDED m{number:03}"));
    }
    let bookmark = watch.next().await.unwrap();
    assert_eq!(bookmark["type"], "BOOKMARK");
    let metadata = &bookmark["object"]["metadata"];
    assert_eq!(metadata["annotations"]["k8s.io/initial-events-end"], "true");
    let version = fake.json(Ask::get(CONFIG_MAPS)).await;
    assert_eq!(
        metadata["resourceVersion"],
        version["metadata"]["resourceVersion"]
    );
    let refused = Ask::get(CONFIG_MAPS)
        .query("watch", "1")
        .query("sendInitialEvents", "true");
    assert_eq!(fake.refusal(refused).await.0, 422);
}

#[tokio::test]
async fn bookmarks_tell_versions_of_other_kinds_too() {
    let fake = started().await;
    let mut watch = fake
        .watch(&format!("{CONFIG_MAPS}?watch=1&allowWatchBookmarks=true"))
        .await;
    fake.fake.put(config_map("a", "1")).unwrap();
    assert_eq!(watch.short().await, "ADDED a");
    let pod = fake.fake.put(pod("web")).unwrap();
    fake.fake.send_bookmarks();
    let bookmark = watch.next().await.unwrap();
    assert_eq!(bookmark["type"], "BOOKMARK");
    assert_eq!(bookmark["object"]["kind"], "ConfigMap");
    let version = &bookmark["object"]["metadata"]["resourceVersion"];
    assert_eq!(*version, pod["metadata"]["resourceVersion"]);
}

#[tokio::test(start_paused = true)]
async fn a_watch_ends_when_its_time_is_up() {
    let settings = Settings {
        bookmark_every: Duration::from_secs(20),
        ..Settings::default()
    };
    let fake = with(settings).await;
    let mut watch = fake
        .watch(&format!(
            "{PODS}?watch=1&timeoutSeconds=50&allowWatchBookmarks=1"
        ))
        .await;
    for _ in 0..3 {
        assert_eq!(watch.short().await, "BOOKMARK -");
    }
    assert_eq!(watch.short().await, "end");
    assert!(watch.ends_properly().await);
}

#[tokio::test]
async fn who_reads_too_slowly_has_to_begin_again() {
    let settings = Settings {
        kept_changes: 5,
        ..Settings::default()
    };
    let fake = with(settings).await;
    let mut watch = fake.watch(&format!("{CONFIG_MAPS}?watch=1")).await;
    fake.fake.put(config_map("a", "0")).unwrap();
    assert_eq!(watch.short().await, "ADDED a");
    let stall = fake.fake.stall();
    for value in 1..9 {
        fake.fake.put(config_map("a", &value.to_string())).unwrap();
    }
    drop(stall);
    assert_eq!(watch.short().await, "ERROR -");
    assert_eq!(watch.short().await, "end");
}
