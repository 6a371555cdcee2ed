//! CloudEvents through the route: what becomes of them, and what is refused.

use axum::Router;
use http::Request;
use http_body_util::BodyExt as _;
use squall_server::Handle;
use tower::ServiceExt as _;

use super::*;
use crate::serve::Mount;
use crate::wire::Settings;

struct World {
    handle: Handle,
    router: Router,
    _folder: tempfile::TempDir,
}

impl World {
    async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = squall_server::Settings::for_development(folder.path().join("data"));
        let handle = squall_server::start(settings, Vec::new()).await.unwrap();
        let settings = Settings {
            hosts: Vec::new(),
            ..Settings::for_development("stanley")
        };
        let wire = Wire::new(handle.clone(), settings).unwrap();
        Self {
            handle,
            router: Mount::Everything.routes("").into_router(wire),
            _folder: folder,
        }
    }

    async fn ask(&self, method: Method, headers: &[(&str, &str)], body: &[u8]) -> Response {
        let mut request = Request::builder()
            .method(method)
            .uri("/squall/v1/cloudevents");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_vec())).unwrap();
        self.router.clone().oneshot(request).await.unwrap()
    }

    async fn post(&self, headers: &[(&str, &str)], body: &[u8]) -> (u16, Json) {
        let response = self.ask(Method::POST, headers, body).await;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, serde_json::from_slice(&body).unwrap())
    }

    async fn post_json(&self, kind: &str, body: &Json) -> (u16, Json) {
        self.post(&[("content-type", kind)], body.to_string().as_bytes())
            .await
    }

    /// The payloads of all events, oldest first.
    async fn payloads(&self) -> Vec<Json> {
        let page = squall_model::record::Page {
            ascending: true,
            ..Default::default()
        };
        let events = self.handle.store().events(Default::default(), page).await;
        let events = events.unwrap().items.into_iter();
        events
            .map(|event| {
                assert_eq!(event.trigger.as_str(), "core.cloudevent");
                event.payload
            })
            .collect()
    }
}

fn event(id: &str) -> Json {
    json!({"specversion": "1.0", "id": id, "source": "/shop", "type": "com.example.order"})
}

fn with(id: &str, more: &Json) -> Json {
    let mut event = event(id);
    let members = event.as_object_mut().unwrap();
    members.extend(more.as_object().unwrap().clone());
    event
}

#[tokio::test]
async fn structured_events_come_in_as_they_are() {
    let world = World::start().await;
    let event = with(
        "1",
        &json!({"subject": "7", "traceparent": "00-x", "sequence": 4, "data": {"total": [1, 2.5]}}),
    );
    let kind = "Application/CloudEvents+JSON; charset=utf-8";
    let (status, body) = world.post_json(kind, &event).await;
    assert_eq!(status, 202, "{body}");
    let taken = &body["events"][0];
    assert_eq!(
        (&taken["id"], &taken["duplicate"]),
        (&json!("1"), &json!(false))
    );
    let id: Id = taken["event"].as_str().unwrap().parse().unwrap();
    assert_eq!(
        world
            .handle
            .store()
            .event(id)
            .await
            .unwrap()
            .unwrap()
            .payload,
        event
    );
    world.handle.stop().await;
}

fn binary<'a>(id: &'a str, kind: &'a str) -> [(&'a str, &'a str); 6] {
    [
        ("ce-specversion", "1.0"),
        ("CE-ID", id),
        ("ce-source", "/shop"),
        ("ce-type", "com.example.order"),
        ("ce-subject", "Euro%20%E2%82%AC"),
        ("content-type", kind),
    ]
}

#[tokio::test]
async fn binary_events_are_put_together() {
    let world = World::start().await;
    let cases: [(&str, &[u8], Json); 7] = [
        (
            "application/json",
            br#"{"a": 1}"#,
            json!({"data": {"a": 1}}),
        ),
        (
            "application/vnd.x+json; v=1",
            b"null",
            json!({"data": null}),
        ),
        ("text/plain", "grüß".as_bytes(), json!({"data": "grüß"})),
        ("application/xml", b"<a/>", json!({"data": "<a/>"})),
        ("text/plain", b"\xff\x00", json!({"data_base64": "/wA="})),
        (
            "application/octet-stream",
            b"abc",
            json!({"data_base64": "YWJj"}),
        ),
        ("application/json", b"", json!({})),
    ];
    for (number, (kind, body, data)) in cases.iter().enumerate() {
        let id = number.to_string();
        let (status, answer) = world.post(&binary(&id, kind), body).await;
        assert_eq!(status, 202, "{kind}: {answer}");
        let mut expected = with(&id, &json!({"subject": "Euro €", "datacontenttype": kind}));
        let members = expected.as_object_mut().unwrap();
        members.extend(data.as_object().unwrap().clone());
        assert_eq!(world.payloads().await.last(), Some(&expected));
    }
    world.handle.stop().await;
}

#[tokio::test]
async fn a_batch_is_taken_whole_or_not_at_all() {
    let world = World::start().await;
    let batch = json!([event("1"), event("2"), event("1")]);
    let (status, body) = world.post_json(BATCH, &batch).await;
    assert_eq!(status, 202, "{body}");
    let duplicates: Vec<_> = (0..3)
        .map(|at| body["events"][at]["duplicate"].clone())
        .collect();
    assert_eq!(duplicates, [json!(false), json!(false), json!(true)]);
    assert_eq!(body["events"][0]["event"], body["events"][2]["event"]);
    let broken = json!([event("3"), {"id": "4"}]);
    let (status, body) = world.post_json(BATCH, &broken).await;
    assert_eq!(status, 400);
    let detail = "Event 1: This is no CloudEvent: the attribute `specversion` is missing.";
    assert_eq!(body["detail"], detail);
    assert_eq!(world.payloads().await.len(), 2);
    let (status, body) = world.post_json(BATCH, &json!([])).await;
    assert_eq!((status, body), (202, json!({"events": []})));
    let many: Vec<_> = (0..=MOST).map(|id| event(&id.to_string())).collect();
    assert_eq!(world.post_json(BATCH, &json!(many)).await.0, 413);
    world.handle.stop().await;
}

#[tokio::test]
async fn what_is_sent_again_is_acknowledged_and_not_taken_again() {
    let world = World::start().await;
    let (_, first) = world.post_json(STRUCTURED, &event("1")).await;
    let again = with("1", &json!({"data": "other"}));
    let (status, second) = world.post_json(STRUCTURED, &again).await;
    assert_eq!(status, 202);
    assert_eq!(second["events"][0]["duplicate"], true);
    assert_eq!(second["events"][0]["event"], first["events"][0]["event"]);
    // The same id of another source is another event; so is another cut between the two.
    let other = with("1", &json!({"source": "/shop2"}));
    let cut = with("p1", &json!({"source": "/sho"}));
    let (_, body) = world
        .post_json(BATCH, &json!([other, cut, event("1")]))
        .await;
    assert_eq!(body["events"][0]["duplicate"], false, "{body}");
    assert_eq!(body["events"][1]["duplicate"], false, "{body}");
    assert_eq!(body["events"][2]["duplicate"], true, "{body}");
    assert_eq!(world.payloads().await.len(), 3);
    world.handle.stop().await;
}

#[tokio::test]
async fn of_many_that_send_the_same_one_is_taken() {
    let world = World::start().await;
    let body = json!([event("1"), event("2")]);
    let posts = (0..20).map(|_| world.post_json(BATCH, &body));
    let mut new = 0;
    for (status, body) in futures_util::future::join_all(posts).await {
        assert_eq!(status, 202, "{body}");
        let events = body["events"].as_array().unwrap();
        new += events
            .iter()
            .filter(|event| event["duplicate"] == false)
            .count();
    }
    assert_eq!((new, world.payloads().await.len()), (2, 2));
    world.handle.stop().await;
}

/// Posts what is no event; the answer must have this status and name this reason.
async fn refused(world: &World, headers: &[(&str, &str)], body: &[u8], told: (u16, &str)) {
    let (status, answer) = world.post(headers, body).await;
    assert_eq!(status, told.0, "{headers:?}: {answer}");
    assert_eq!(answer["status"], told.0);
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.contains(told.1), "{headers:?}: {detail}");
}

#[tokio::test]
async fn what_is_no_cloudevent_is_refused_with_its_reason() {
    let world = World::start().await;
    let deep = format!(
        r#"{{"data": {}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let no_id = br#"{"specversion": "1.0", "source": "/", "type": "t"}"#;
    for (kind, body, status, reason) in [
        (STRUCTURED, &b""[..], 400, "not JSON"),
        (STRUCTURED, b"[]", 400, "no JSON object"),
        (STRUCTURED, br#"{"specversion": "0.3"}"#, 400, "specversion"),
        (STRUCTURED, no_id, 400, "`id`"),
        (STRUCTURED, b"\xff", 400, "not JSON"),
        (STRUCTURED, deep.as_bytes(), 400, "recursion"),
        (BATCH, b"{}", 400, "no JSON array"),
        (BATCH, b"[1]", 400, "Event 0"),
        ("application/cloudevents+avro", b"x", 415, "avro"),
        ("application/json", b"{}", 415, "ce-specversion"),
    ] {
        refused(&world, &[("content-type", kind)], body, (status, reason)).await;
    }
    refused(&world, &[], b"", (415, "ce-specversion")).await;
    refused(&world, &[("ce-specversion", "1.0")], b"", (400, "`id`")).await;
    for (more, reason) in [
        (("ce-datacontenttype", "text/plain"), "Content-Type"),
        (("ce-source", "%ff"), "percent-encoded"),
        (("ce-my-extension", "x"), "my-extension"),
        (("ce-id", "2"), "twice"),
    ] {
        let mut headers = binary("1", "application/json").to_vec();
        headers.push(more);
        refused(&world, &headers, b"1", (400, reason)).await;
    }
    let broken = binary("1", "application/json");
    refused(&world, &broken, b"{", (400, "not JSON")).await;
    assert_eq!(world.payloads().await, Vec::<Json>::new());
    world.handle.stop().await;
}

#[tokio::test]
async fn senders_are_told_that_they_are_welcome() {
    let world = World::start().await;
    let origin = [
        ("webhook-request-origin", "events.example.com"),
        ("webhook-request-rate", "120"),
    ];
    let response = world.ask(Method::OPTIONS, &origin, b"").await;
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()["webhook-allowed-origin"],
        "events.example.com"
    );
    assert_eq!(response.headers()["webhook-allowed-rate"], "*");
    assert_eq!(response.headers()["allow"], "POST, OPTIONS");
    world.handle.stop().await;
}
