//! What a client sends, and what it makes of the answers, against a server of a few lines.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use serde_json::json;

use super::*;

/// A server that answers one call with these bytes; its thread gives what it was sent.
fn answering(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut sent = Vec::new();
        let mut buffer = [0; 1024];
        while !is_whole(&sent) {
            let read = stream.read(&mut buffer).unwrap();
            sent.extend_from_slice(&buffer[..read]);
        }
        stream.write_all(answer.as_bytes()).unwrap();
        String::from_utf8(sent).unwrap()
    });
    (url, serving)
}

/// Whether a request has come with all of its body.
fn is_whole(sent: &[u8]) -> bool {
    let text = String::from_utf8_lossy(sent);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: ")?.parse::<usize>().ok());
    body.len() >= length.unwrap_or(0)
}

fn client(url: &str) -> Client {
    let credential = Some(("x-auth-token", "secret".to_owned()));
    Client::new(Settings {
        url: url.to_owned(),
        credential,
        certificates: None,
    })
    .unwrap()
}

fn failure(answer: &'static str) -> Error {
    let (url, serving) = answering(answer);
    let error = client(&url).get(&Place::api(&["rules"])).unwrap_err();
    serving.join().unwrap();
    error
}

#[test]
fn a_call_says_who_asks_and_sends_json() {
    let (url, serving) =
        answering("HTTP/1.1 201 Created\r\ncontent-length: 12\r\n\r\n{\"id\": \"ab\"}");
    let answer = client(&format!("{url}/"))
        .post(&Place::api(&["rules"]), &json!({"name": "ü"}))
        .unwrap();
    assert_eq!(answer.body, json!({"id": "ab"}));
    let sent = serving.join().unwrap();
    assert!(
        sent.starts_with("POST /api/v1/rules HTTP/1.1\r\n"),
        "{sent}"
    );
    for part in [
        "x-auth-token: secret\r\n",
        "content-type: application/json\r\n",
        "{\"name\":\"ü\"}",
    ] {
        assert!(sent.contains(part), "{part} is not in {sent}");
    }
}

#[test]
fn a_page_says_how_many_there_are_and_nothing_is_null() {
    let (url, serving) =
        answering("HTTP/1.1 200 OK\r\nx-total-count: 70\r\ncontent-length: 2\r\n\r\n[]");
    let answer = client(&url).get(&Place::api(&["rules"])).unwrap();
    assert_eq!((answer.body, answer.total), (json!([]), Some(70)));
    serving.join().unwrap();
    let (url, serving) = answering("HTTP/1.1 204 No Content\r\n\r\n");
    assert_eq!(
        client(&url)
            .delete(&Place::api(&["rules", "a"]))
            .unwrap()
            .body,
        Json::Null
    );
    serving.join().unwrap();
}

#[test]
fn each_refusal_is_of_its_own_kind_with_the_servers_words() {
    let told = "HTTP/1.1 404 Not Found\r\ncontent-length: 26\r\n\r\n{\"faultstring\":\"no `a.b`\"}";
    assert!(matches!(failure(told), Error::NotFound(message) if message == "no `a.b`"));
    let bare = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
    assert!(
        matches!(failure(bare), Error::Refused { message, .. } if message == "HTTP status 401 Unauthorized")
    );
    let rejected = "HTTP/1.1 400 Bad Request\r\ncontent-length: 2\r\n\r\n{}";
    assert!(matches!(failure(rejected), Error::Rejected(_)));
    let busy = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(failure(busy), Error::Busy(_)));
    let broken = "HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(failure(broken), Error::Server { .. }));
    // A token is never taken to another place.
    let moved = "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n";
    assert!(matches!(failure(moved), Error::Server { .. }));
}

#[test]
fn an_answer_that_cannot_be_read_is_no_answer() {
    let page = "HTTP/1.1 200 OK\r\ncontent-length: 13\r\n\r\n<html></html>";
    assert!(matches!(failure(page), Error::Unreadable { .. }));
    let cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1, 2";
    assert!(matches!(failure(cut), Error::Unreadable { .. }));
}

#[test]
fn nobody_there_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = client(&url).get(&Place::api(&["rules"])).unwrap_err();
    assert!(matches!(&error, Error::Unreachable { .. }), "{error:?}");
    assert_eq!(
        error.to_string(),
        format!("cannot reach the server at {url}")
    );
}

#[test]
fn a_url_names_a_host_and_how_to_talk_to_it() {
    for url in [
        "",
        "127.0.0.1:8700",
        "ftp://host",
        "http://",
        "http:///path",
        "not a url",
    ] {
        let made = Client::new(Settings {
            url: url.to_owned(),
            credential: None,
            certificates: None,
        });
        assert!(matches!(made, Err(Error::Url(_))), "{url}");
    }
    let settings = |url: &str| Settings {
        url: url.to_owned(),
        credential: None,
        certificates: None,
    };
    assert_eq!(
        Client::new(settings("https://host/st2api/")).unwrap().url(),
        "https://host/st2api"
    );
}

#[test]
fn a_stream_is_read_line_by_line() {
    let (url, serving) = answering("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\na\nb\n");
    let lines: Result<Vec<String>, _> = client(&url)
        .listen(&Place::stream(&["stream"]))
        .unwrap()
        .lines()
        .collect();
    assert_eq!(lines.unwrap(), ["a", "b"]);
    assert!(
        serving
            .join()
            .unwrap()
            .starts_with("GET /stream/v1/stream ")
    );
}
