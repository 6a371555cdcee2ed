//! Replays what StackStorm's HTTP runner sent and made of answers: `conformance/recorded/http.jsonl`.

use std::collections::VecDeque;

use serde_json::json;
use squall_model::{Json, Object};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::testing::{Attempt, Replay, recorded};

/// Where we differ on purpose.
const DIFFERENCES: &[(&str, &str)] = &[
    (
        "url-06",
        "a stray percent sign does not change the others of its URL",
    ),
    (
        "header-03",
        "a number as a header becomes text instead of an error",
    ),
    (
        "header-07",
        "blanks around a header's value are cut instead of an error",
    ),
    (
        "header-08",
        "a name that is no header name is refused instead of sent",
    ),
    ("body-04", "a list becomes JSON instead of an error"),
    ("body-05", "a number becomes JSON instead of an error"),
    ("body-06", "a boolean becomes JSON instead of an error"),
    (
        "file-04",
        "the file's type is sent as its type, not as its content",
    ),
    ("sign-in-02", "no password is empty, not the word None"),
    ("sign-in-03", "no user is empty, not the word None"),
    (
        "sign-in-07",
        "`auth` may be `user:password` instead of an error",
    ),
    (
        "sign-in-09",
        "a number as a cookie becomes text instead of an error",
    ),
    (
        "answer-12",
        "text without a character set is UTF-8 if it can be",
    ),
    ("answer-26", "headers are UTF-8 if they can be"),
    ("list-08", "host names are compared without regard to case"),
    ("list-09", "host names are compared without regard to case"),
    ("list-10", "a user in the URL does not hide the host"),
];

#[tokio::test]
async fn the_http_runner_does_as_recorded() {
    let mut replay = Replay::new(DIFFERENCES);
    for case in recorded("http") {
        let ours = replayed(&case.given).await;
        replay.compare(&case, &ours);
    }
    replay.finish();
}

/// Carries out a case against a server of its own.
async fn replayed(given: &Object) -> Json {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let part = |name: &str, otherwise: Json| given.get(name).cloned().unwrap_or(otherwise);
    let answers = filled(&part("answers", json!([{}])), port);
    let mut runner = filled(&part("runner", json!({})), port);
    let url = runner.get("url").cloned();
    runner["url"] = url.unwrap_or_else(|| json!(format!("http://127.0.0.1:{port}/")));

    let mut requests = Vec::new();
    let attempt = Attempt::new("http-request", runner);
    let action = filled(&part("action", json!({})), port);
    let attempt = attempt.in_pack("/packs/p".into(), json!({}), action);
    let outcome = tokio::select! {
        outcome = attempt.outcome() => outcome,
        () = serve(listener, answers, &mut requests) => unreachable!(),
    };
    let ours = json!({
        "status": outcome.verdict.status().as_str(),
        "result": outcome.result,
        "requests": requests,
    });
    let text = ours.to_string();
    let text = text.replace(&format!("127.0.0.1:{port}"), "{server}");
    serde_json::from_str(&text.replace(&format!(":{port}"), ":{port}")).unwrap()
}

fn filled(value: &Json, port: u16) -> Json {
    let text = value
        .to_string()
        .replace("{server}", &format!("127.0.0.1:{port}"));
    serde_json::from_str(&text.replace("{port}", &port.to_string())).unwrap()
}

/// Gives the answers in turn, the last one again and again, and notes what was asked.
async fn serve(listener: TcpListener, answers: Json, requests: &mut Vec<Json>) {
    let mut answers: VecDeque<Json> = answers.as_array().unwrap().clone().into();
    let mut silent = Vec::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        let mut stream = BufReader::new(stream);
        requests.push(heard(&mut stream).await);
        let answer = answers[0].clone();
        if answers.len() > 1 {
            answers.pop_front();
        }
        if answer.get("silent").is_some() {
            silent.push(stream);
            continue;
        }
        stream.write_all(&spoken(&answer)).await.unwrap();
        stream.shutdown().await.unwrap();
    }
}

/// Reads one request, without what only names the client.
async fn heard(stream: &mut BufReader<TcpStream>) -> Json {
    let first = line(stream).await;
    let words: Vec<&str> = first.split(' ').collect();
    let mut headers = Vec::new();
    loop {
        let line = line(stream).await;
        let Some((name, value)) = line.split_once(':') else {
            break;
        };
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
    }
    let find = |wanted: &str| headers.iter().find(|(name, _)| name == wanted);
    let length = find("content-length").map_or(0, |(_, value)| value.parse().unwrap());
    let kind = find("content-type").map_or("", |(_, value)| value);
    let boundary = kind
        .split_once("boundary=")
        .map(|(_, boundary)| boundary.to_owned());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let mut body = String::from_utf8(body).unwrap();
    headers.retain(|(name, _)| !["host", "user-agent", "accept-encoding"].contains(&name.as_str()));
    if let Some(boundary) = boundary {
        body = body.replace(&boundary, "BOUNDARY");
        headers.retain(|(name, _)| name != "content-length");
        for (_, value) in &mut headers {
            *value = value.replace(&boundary, "BOUNDARY");
        }
    }
    headers.sort();
    json!({"method": words[0], "target": words[1], "headers": headers, "body": body})
}

async fn line(stream: &mut BufReader<TcpStream>) -> String {
    let mut line = Vec::new();
    stream.read_until(b'\n', &mut line).await.unwrap();
    let line = line.strip_suffix(b"\r\n").unwrap_or(&line);
    line.iter().copied().map(char::from).collect()
}

/// Writes one answer.
fn spoken(answer: &Json) -> Vec<u8> {
    let text = |name: &str| answer.get(name).and_then(Json::as_str);
    if let Some(raw) = text("raw") {
        return raw.as_bytes().to_vec();
    }
    let body = match text("hex") {
        Some(hex) => unhexed(hex),
        None => text("body").unwrap_or_default().as_bytes().to_vec(),
    };
    let status = answer.get("status").and_then(Json::as_u64).unwrap_or(200);
    let mut head = format!("HTTP/1.1 {status} Said\r\n");
    for header in answer
        .get("headers")
        .and_then(Json::as_array)
        .into_iter()
        .flatten()
    {
        let (name, value) = (header[0].as_str().unwrap(), header[1].as_str().unwrap());
        head.extend([name, ": ", value, "\r\n"]);
    }
    if !matches!(status, 204 | 304) {
        head.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]);
    }
    head.push_str("Connection: close\r\n\r\n");
    [head.into_bytes(), body].concat()
}

fn unhexed(text: &str) -> Vec<u8> {
    let pairs = text.as_bytes().chunks(2);
    let bytes = pairs.map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16));
    bytes.collect::<Result<_, _>>().unwrap()
}
