//! What goes over the wire in each mode, and what does not go at all.

use serde_json::json;
use squall_model::Id;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::*;
use crate::testing::{Attempt, host_with};

/// What was received: the headers by their small names, and the body.
struct Received {
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl Received {
    fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The attributes of the binary mode.
    fn attributes(&self) -> Vec<String> {
        let attributes = self
            .headers
            .iter()
            .filter(|(name, _)| name.starts_with("ce-"));
        let mut lines: Vec<String> = attributes
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        lines.sort();
        lines
    }
}

/// The moment that begins the id of every execution here, and the id.
const ASKED_AT: &str = "2026-11-22T13:14:15.000007Z";

fn execution() -> Id {
    let seconds: u32 = 1_795_353_255;
    let [a, b, c, d] = seconds.to_be_bytes();
    Id::from_bytes([a, b, c, d, 0, 0, 0x70, 0, 0, 0, 0, 1])
}

/// Sends to a receiver that answers once.
async fn sent(mut parameters: Json, answer: &str) -> (Outcome, Received) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    parameters["url"] = json!(format!("http://127.0.0.1:{port}/in"));
    let mut attempt = Attempt::new("cloudevent", parameters);
    attempt.run.execution = execution();
    let serving = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap();
        let mut lines = head.lines();
        assert_eq!(lines.next(), Some("POST /in HTTP/1.1"));
        let pairs = lines.filter_map(|line| line.split_once(": "));
        let headers: Vec<_> = pairs
            .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
            .collect();
        let mut received = Received {
            headers,
            body: Vec::new(),
        };
        let length = received.header("content-length").unwrap().parse().unwrap();
        received.body.resize(length, 0);
        stream.read_exact(&mut received.body).await.unwrap();
        stream.write_all(answer.as_bytes()).await.unwrap();
        stream.shutdown().await.unwrap();
        received
    };
    tokio::join!(attempt.outcome(), serving)
}

const ACCEPTED: &str = "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n";

/// An event with an attribute of each kind, and characters that headers have to encode.
fn event() -> Json {
    json!({
        "id": "a \"b\" 100% €", "source": "/shop", "type": "com.example.order.created", "subject": "ü",
        "time": "2026-01-02T03:04:05Z", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "count": 3, "paid": true, "data": {"total": 7, "für": ["x"]}
    })
}

#[tokio::test]
async fn structured_is_the_whole_event_as_json() {
    let (outcome, received) = sent(json!({"event": event()}), ACCEPTED).await;
    assert_eq!(outcome.verdict, Verdict::Succeeded);
    assert_eq!(
        received.header("content-type"),
        Some("application/cloudevents+json")
    );
    assert_eq!(received.attributes(), [""; 0]);
    let mut expected = event();
    expected["specversion"] = json!("1.0");
    assert_eq!(received.json(), expected);
    assert_eq!(outcome.result["status_code"], 202);
    assert_eq!(
        outcome.result["events"],
        json!([{"source": "/shop", "id": "a \"b\" 100% €"}])
    );
}

#[tokio::test]
async fn binary_is_headers_and_data() {
    let (outcome, received) = sent(json!({"mode": "binary", "event": event()}), ACCEPTED).await;
    assert_eq!(outcome.verdict, Verdict::Succeeded, "{:?}", outcome.result);
    assert_eq!(received.header("content-type"), Some("application/json"));
    assert_eq!(
        received.attributes(),
        [
            "ce-count: 3",
            "ce-id: a%20%22b%22%20100%25%20%E2%82%AC",
            "ce-paid: true",
            "ce-source: /shop",
            "ce-specversion: 1.0",
            "ce-subject: %C3%BC",
            "ce-time: 2026-01-02T03:04:05Z",
            "ce-traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "ce-type: com.example.order.created",
        ]
    );
    assert_eq!(received.json(), event()["data"]);
}

/// The body and its type in binary mode.
#[tokio::test]
async fn data_is_sent_as_what_its_type_says() {
    for (given, kind, body) in [
        (json!({}), None, &b""[..]),
        (json!({"data": null}), Some("application/json"), b"null"),
        (
            json!({"data": "text"}),
            Some("application/json"),
            b"\"text\"",
        ),
        (
            json!({"data": [1], "datacontenttype": "application/x+json; charset=UTF-8"}),
            Some("application/x+json; charset=UTF-8"),
            b"[1]",
        ),
        (
            json!({"data": "ü", "datacontenttype": "text/plain"}),
            Some("text/plain"),
            "ü".as_bytes(),
        ),
        (
            json!({"data": "<a/>", "datacontenttype": "text/xml; charset=iso-8859-1"}),
            Some("text/xml; charset=iso-8859-1"),
            b"<a/>",
        ),
        (json!({"data_base64": "AP8="}), None, b"\0\xff"),
        (
            json!({"data_base64": "AP8=", "datacontenttype": "image/png"}),
            Some("image/png"),
            b"\0\xff",
        ),
    ] {
        let (outcome, received) = sent(
            json!({"mode": "binary", "type": "t", "event": given}),
            ACCEPTED,
        )
        .await;
        assert_eq!(
            outcome.verdict,
            Verdict::Succeeded,
            "{given}: {:?}",
            outcome.result
        );
        assert_eq!(received.header("content-type"), kind, "{given}");
        assert_eq!(received.body, body, "{given}");
    }
}

#[tokio::test]
async fn what_an_event_lacks_comes_from_the_parameters() {
    let given = json!({
        "type": "t", "subject": "s", "data": {"a": 1}, "datacontenttype": "application/json",
        "dataschema": "https://example.com/a", "extensions": {"tier": "gold", "subject": "other"},
    });
    let (_, received) = sent(given, ACCEPTED).await;
    assert_eq!(
        received.json(),
        json!({
            "specversion": "1.0", "id": execution().to_string(), "source": "/squall/tests.it", "time": ASKED_AT,
            "type": "t", "subject": "s", "data": {"a": 1}, "datacontenttype": "application/json",
            "dataschema": "https://example.com/a", "tier": "gold",
        })
    );
}

#[tokio::test]
async fn a_batch_is_a_list_and_every_event_has_an_id() {
    let events = json!([{"type": "a", "data": null}, {"data_base64": "AA==", "id": "mine", "subject": null}]);
    let (outcome, received) = sent(
        json!({"mode": "batch", "type": "t", "source": "urn:x", "time": "2026-01-02T03:04:05Z", "data": {}, "events": events}),
        ACCEPTED,
    )
    .await;
    assert_eq!(
        received.header("content-type"),
        Some("application/cloudevents-batch+json")
    );
    let first = format!("{}-0", execution());
    let time = "2026-01-02T03:04:05Z";
    assert_eq!(
        received.json(),
        json!([
            {"specversion": "1.0", "type": "a", "source": "urn:x", "id": first, "time": time, "data": null},
            {"specversion": "1.0", "type": "t", "source": "urn:x", "id": "mine", "time": time, "data_base64": "AA=="},
        ])
    );
    assert_eq!(
        outcome.result["events"][1],
        json!({"source": "urn:x", "id": "mine"})
    );
    let (_, empty) = sent(json!({"mode": "batch", "events": []}), ACCEPTED).await;
    assert_eq!(empty.json(), json!([]));
    let (_, one) = sent(json!({"mode": "batch", "type": "t"}), ACCEPTED).await;
    assert_eq!(one.json()[0]["id"], execution().to_string());
}

#[tokio::test]
async fn the_receiver_is_told_who_sends() {
    let given =
        json!({"type": "t", "token": "s3cret", "headers": {"X-Shop": "1", "User-Agent": "mine"}});
    let (_, received) = sent(given, ACCEPTED).await;
    assert_eq!(received.header("authorization"), Some("Bearer s3cret"));
    assert_eq!(received.header("x-shop"), Some("1"));
    assert_eq!(received.header("user-agent"), Some("mine"));
    assert!(received.header("host").unwrap().starts_with("127.0.0.1:"));
}

/// A redirect is not followed: the receiver that was meant did not take it.
#[tokio::test]
async fn only_2xx_succeeds() {
    for (answer, verdict) in [
        ("HTTP/1.1 204 No Content\r\n\r\n", Verdict::Succeeded),
        (
            "HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
            Verdict::Failed,
        ),
        (
            "HTTP/1.1 429 Too Many\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n",
            Verdict::Failed,
        ),
        (
            "HTTP/1.1 500 No\r\nContent-Length: 4\r\n\r\nwhy?",
            Verdict::Failed,
        ),
    ] {
        let (outcome, _) = sent(json!({"type": "t"}), answer).await;
        assert_eq!(outcome.verdict, verdict, "{answer}");
        assert!(outcome.result["status_code"].is_u64(), "{answer}");
    }
}

#[tokio::test]
async fn what_breaks_a_rule_of_the_standard_is_not_sent() {
    for (given, expected) in [
        (json!({}), ": the attribute `type` is missing"),
        (
            json!({"type": ""}),
            ": the attribute `type` must be a text that is not empty",
        ),
        (
            json!({"type": "t", "source": "a b"}),
            ": the attribute `source` must be a URI reference that is not empty",
        ),
        (
            json!({"type": "t", "time": "now"}),
            ": the attribute `time` must be a time of RFC 3339",
        ),
        (
            json!({"type": "t", "event": {"specversion": "0.3"}}),
            ": the specversion is not \"1.0\"",
        ),
        (
            json!({"type": "t", "extensions": {"Tier": "x"}}),
            ": `Tier` cannot be the name of an attribute: only a to z and 0 to 9 can stand in it",
        ),
        (
            json!({"type": "t", "data_base64": "?"}),
            ": the attribute `data_base64` must be base64",
        ),
        (
            json!({"type": "t", "event": {"data": 1, "data_base64": "AA=="}}),
            ": `data` and `data_base64` exclude each other",
        ),
        (
            json!({"mode": "batch", "type": "t", "events": [{}, {"id": ""}]}),
            " (event 1): the attribute `id` must be a text that is not empty",
        ),
    ] {
        assert_eq!(
            refusal(&given).await,
            format!("cannot send this event{expected}"),
            "{given}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_a_request_is_not_sent() {
    for (given, expected) in [
        (
            json!({"type": "t", "events": [{}]}),
            "cannot send a list of events in the mode Structured: only the mode batch takes one",
        ),
        (
            json!({"mode": "batch", "type": "t", "event": {}, "events": []}),
            "give `event` or `events`, not both",
        ),
        (
            json!({"type": "t", "headers": {"CE-Id": "forged"}}),
            "cannot send the header `CE-Id`: it is made of the event",
        ),
        (
            json!({"type": "t", "headers": {"Content-Type": "x/y"}}),
            "cannot send the header `Content-Type`: it is made of the event",
        ),
        (
            json!({"type": "t", "token": "a\r\nb"}),
            "cannot send the header `Authorization`",
        ),
        (
            json!({"mode": "binary", "type": "t", "data": {}, "datacontenttype": "text/plain"}),
            "cannot send `data` as `text/plain`: give it as text, or in base64 as `data_base64`",
        ),
        (
            json!({"mode": "binary", "type": "t", "event": {"data": "ü"}, "datacontenttype": "text/plain; charset=\"ISO-8859-1\""}),
            "cannot send `data` as `text/plain; charset=\"ISO-8859-1\"`: give it as text, or in base64 as `data_base64`",
        ),
        (
            json!({"type": "t", "timeout": -1}),
            "cannot wait for -1 seconds",
        ),
        (
            json!({"type": "t", "url": "ftp://a/"}),
            "cannot ask a URL of `ftp`: only http and https are known",
        ),
    ] {
        assert_eq!(refusal(&given).await, expected, "{given}");
    }
}

/// Nobody listens: nothing is sent.
async fn refusal(given: &Json) -> String {
    let mut parameters = json!({"url": "http://127.0.0.1:1/"});
    parameters
        .as_object_mut()
        .unwrap()
        .extend(given.as_object().unwrap().clone());
    let outcome = Attempt::new("cloudevent", parameters).outcome().await;
    assert_eq!(outcome.verdict, Verdict::Failed, "{given}");
    outcome.result["error"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn refused_networks_are_refused_here_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let host = host_with(|settings| {
        settings.refused_networks = vec!["127.0.0.0/8".parse().unwrap()];
    });
    let port = listener.local_addr().unwrap().port();
    let parameters = json!({"url": format!("http://localhost:{port}/"), "type": "t"});
    let outcome = Attempt::on(host, "cloudevent", parameters).outcome().await;
    assert_eq!(outcome.verdict, Verdict::Failed);
    let error = outcome.result["error"].as_str().unwrap();
    assert!(
        error.starts_with("cannot connect to `localhost`"),
        "{error}"
    );
}

#[tokio::test]
async fn a_receiver_that_is_silent_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let parameters =
        json!({"url": format!("http://127.0.0.1:{port}/"), "type": "t", "timeout": 0.05});
    let outcome = Attempt::new("cloudevent", parameters).outcome().await;
    assert_eq!(outcome.verdict, Verdict::TimedOut);
}
