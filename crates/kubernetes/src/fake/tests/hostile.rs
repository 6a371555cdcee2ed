//! What nobody in their right mind sends.

use super::*;

/// The status of the answer to bytes that may be no request at all.
async fn status(fake: &Fake, request: &[u8]) -> Option<u16> {
    let mut stream = fake.connect().await;
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer);
    answer.split(' ').nth(1)?.parse().ok()
}

fn request(line: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!("{line} HTTP/1.1\r\nHost: fake\r\nContent-Length: {length}\r\nContent-Type: application/json-patch+json\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

#[tokio::test]
async fn strange_requests_are_refused_and_the_next_one_served() {
    let fake = started().await;
    fake.fake.put(pod("web")).unwrap();
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    for (line, body, expected) in [
        ("GET /api/v1/pods/%00%ff/..", "", Some(404)),
        ("GET ////api///v1////pods", "", Some(200)),
        ("GET /api/v1/pods?%zz=%&&&=&limit=-1&limit=x", "", Some(200)),
        ("GET /api/v1/pods?limit=18446744073709551616", "", Some(200)),
        ("GET /api/v1/pods?continue=%2F%2F%2F", "", Some(400)),
        ("GET /api/v1/pods?continue=99999999/a/b", "", Some(400)),
        ("GET /api/v1/pods?resourceVersion=-1", "", Some(400)),
        ("GET /api/v1/pods?labelSelector=((((", "", Some(400)),
        ("GET /api/v1/pods?fieldSelector====", "", Some(400)),
        (
            "GET /api/v1/namespaces/default/pods/web/log?sinceSeconds=9223372036854775807",
            "",
            Some(200),
        ),
        (
            "GET /api/v1/namespaces/default/pods/web/log?tailLines=9223372036854775807&limitBytes=1",
            "",
            Some(200),
        ),
        ("POST /api/v1/namespaces/default/pods", "null", Some(400)),
        (
            "POST /api/v1/namespaces/default/pods",
            "{\"metadata\": 7}",
            Some(422),
        ),
        ("POST /api/v1/namespaces/default/pods", &deep, Some(400)),
        (
            "PUT /api/v1/namespaces/default/pods/web",
            "\u{7}",
            Some(400),
        ),
        (
            "PATCH /api/v1/namespaces/default/pods/web",
            "[{\"op\":\"remove\",\"path\":\"/metadata\"}]",
            Some(400),
        ),
        (
            "PATCH /api/v1/namespaces/default/pods/web",
            "[{\"op\":\"replace\",\"path\":\"\",\"value\":1}]",
            Some(400),
        ),
        (
            "PATCH /api/v1/namespaces/default/pods/web",
            "[{\"op\":\"add\",\"path\":\"metadata\",\"value\":{}}]",
            Some(422),
        ),
        (
            "DELETE /api/v1/namespaces/default/pods/web",
            "{\"gracePeriodSeconds\": 1e300}",
            Some(200),
        ),
        ("BREW /api/v1/pods", "", Some(405)),
    ] {
        let short: String = body.chars().take(60).collect();
        assert_eq!(
            status(&fake, &request(line, body)).await,
            expected,
            "{line} {short}"
        );
    }
    assert_eq!(
        status(&fake, b"\x16\x03\x01\x02\x00\x01\x00").await,
        Some(400)
    );
    assert_eq!(fake.ask(Ask::get(PODS)).await.status, 200);
}

#[tokio::test]
async fn numbers_at_their_ends_do_no_harm() {
    let fake = started().await;
    let mut pod = pod("web");
    pod["metadata"]["generation"] = i64::MAX.into();
    pod["metadata"]["labels"] = json!({"app": "web"});
    pod["status"] = json!({"phase": "Running", "containerStatuses": [{"restartCount": i64::MAX}, {"restartCount": 1}]});
    fake.fake.put(pod).unwrap();
    fake.fake
        .put(json!({
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": "web"},
            "spec": {"minAvailable": i64::MIN, "selector": {"matchLabels": {"app": "web"}}},
            "status": {"desiredHealthy": i64::MIN, "currentHealthy": i64::MAX},
        }))
        .unwrap();
    let at = format!("{PODS}/web");
    let changed = fake
        .patch(&at, "merge-patch+json", json!({"spec": {"nodeName": "n"}}))
        .await;
    assert_eq!(changed["metadata"]["generation"], i64::MAX);
    let mut watch = fake
        .watch(&format!(
            "{PODS}?watch=1&timeoutSeconds=18446744073709551615"
        ))
        .await;
    assert_eq!(watch.short().await, "ADDED web");
    let table = Ask::get(&at);
    let table = Ask {
        accept: Some("application/json;as=Table;g=meta.k8s.io;v=v1".to_owned()),
        ..table
    };
    assert_eq!(fake.json(table).await["rows"][0]["cells"][3], i64::MAX);
    let evicted = Ask::new(Method::POST, format!("{at}/eviction")).body(json!({}));
    assert_eq!(fake.json(evicted).await["status"], "Success");
}

#[tokio::test]
async fn a_long_chain_of_owners_goes_link_by_link() {
    let fake = started().await;
    let mut owner = fake.fake.put(config_map("link-0", "1")).unwrap();
    for number in 1..2000 {
        let mut next = config_map(&format!("link-{number}"), "1");
        next["metadata"]["ownerReferences"] = json!([{"uid": owner["metadata"]["uid"]}]);
        owner = fake.fake.put(next).unwrap();
    }
    fake.fake.remove("ConfigMap", "default", "link-0").unwrap();
    assert_eq!(fake.fake.objects("ConfigMap"), Vec::<Value>::new());
}
