//! What goes wrong when it is told to.

use super::*;

#[tokio::test]
async fn requests_are_refused_as_often_as_planned() {
    let fake = started().await;
    fake.fake.answer_next(2, 429, Some(7));
    let answer = fake.ask(Ask::get(PODS)).await;
    assert_eq!(answer.status, 429);
    assert!(
        answer
            .headers
            .contains(&("retry-after".to_owned(), "7".to_owned()))
    );
    assert_eq!(
        fake.refusal(Ask::get(PODS)).await,
        (429, "TooManyRequests".to_owned())
    );
    assert_eq!(fake.ask(Ask::get(PODS)).await.status, 200);
    fake.fake.answer_next_to("/configmaps", 1, 503, None);
    assert_eq!(fake.ask(Ask::get(PODS)).await.status, 200);
    assert_eq!(fake.refusal(Ask::get(CONFIG_MAPS)).await.0, 503);
}

#[tokio::test]
async fn watches_break_off_or_end_in_good_order() {
    let fake = started().await;
    fake.fake.put(config_map("a", "1")).unwrap();
    let target = format!("{CONFIG_MAPS}?watch=1");
    let mut broken = fake.watch(&target).await;
    assert_eq!(broken.short().await, "ADDED a");
    fake.fake.drop_watches();
    assert!(!broken.ends_properly().await);
    let mut ended = fake.watch(&target).await;
    assert_eq!(ended.short().await, "ADDED a");
    fake.fake.end_watches();
    assert!(ended.ends_properly().await);
}

#[tokio::test]
async fn a_restart_closes_all_connections_and_may_lose_the_history() {
    let fake = started().await;
    let first = fake.fake.put(config_map("a", "1")).unwrap();
    fake.fake.put(config_map("a", "2")).unwrap();
    let version = first["metadata"]["resourceVersion"].as_str().unwrap();
    let target = format!("{CONFIG_MAPS}?watch=1&resourceVersion={version}");
    for (history, expected) in [(History::Kept, "MODIFIED a"), (History::Lost, "ERROR -")] {
        let mut watch = fake.watch(&format!("{CONFIG_MAPS}?watch=1")).await;
        assert_eq!(watch.short().await, "ADDED a");
        fake.fake.restart(history);
        assert!(!watch.ends_properly().await);
        let mut again = fake.watch(&target).await;
        assert_eq!(again.short().await, expected, "{history:?}");
    }
    fake.fake.go_down();
    let asked = fake.cluster.ask(Ask::get(PODS)).await;
    assert!(matches!(asked, Err(Error::Unreachable(_))), "{asked:?}");
    fake.fake.come_back(History::Kept);
    assert_eq!(fake.ask(Ask::get(PODS)).await.status, 200);
}

#[tokio::test]
async fn nothing_is_answered_in_a_stall() {
    let fake = started().await;
    let stall = fake.fake.stall();
    let cluster = fake.cluster.clone();
    let asking = cluster.ask(Ask::get(PODS));
    let mut asking = std::pin::pin!(asking);
    // The request has arrived and is held.
    loop {
        let poll = futures_util::poll!(asking.as_mut());
        assert!(poll.is_pending());
        if !fake.fake.requests().is_empty() {
            break;
        }
        tokio::task::yield_now().await;
    }
    drop(stall);
    assert_eq!(asking.await.unwrap().status, 200);
}

#[tokio::test]
async fn requests_are_remembered() {
    let fake = started().await;
    fake.ask(Ask::get(PODS).query("labelSelector", "app=web,tier=a"))
        .await;
    let requests = fake.fake.take_requests();
    assert_eq!(requests.len(), 1);
    let request = &requests[0];
    assert_eq!(
        (request.method.as_str(), request.path.as_str()),
        ("GET", PODS)
    );
    let expected = ("labelSelector".to_owned(), "app=web,tier=a".to_owned());
    assert_eq!(request.query, [expected]);
    assert!(fake.fake.requests().is_empty());
}

#[tokio::test]
async fn who_does_not_show_the_token_is_refused() {
    let settings = Settings {
        token: Some("secret".to_owned()),
        ..Settings::default()
    };
    let fake = with(settings).await;
    assert_eq!(fake.ask(Ask::get(PODS)).await.status, 200);
    let stranger = Cluster::at(&fake.fake.address()).unwrap();
    assert_eq!(stranger.ask(Ask::get(PODS)).await.unwrap().status, 401);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config");
    fake.fake.kubeconfig(&file).unwrap();
    let friend = Cluster::of_kubeconfig(&file, None).await.unwrap();
    assert_eq!(friend.ask(Ask::get(PODS)).await.unwrap().status, 200);
}

#[tokio::test]
async fn what_is_too_long_is_refused() {
    let fake = started().await;
    let long = "x".repeat(3 * 1024 * 1024);
    let ask = Ask::new(Method::POST, CONFIG_MAPS).body(config_map("a", &long));
    assert_eq!(
        fake.refusal(ask).await,
        (413, "RequestEntityTooLarge".to_owned())
    );
}
