//! Bodies that are not what their content type says, or are nothing that a route knows.

use super::*;

/// Content types that are JSON, and those that are not.
const JSON: [Option<&str>; 4] = [
    None,
    Some("application/json"),
    Some("application/json; charset=utf-8"),
    Some("APPLICATION/JSON"),
];
const OTHER: [&str; 9] = [
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/xml",
    "application/octet-stream",
    "application/jsonx",
    "text/json",
    "application/json,text/plain",
    "\u{ff}",
];

fn bodies() -> Vec<Vec<u8>> {
    let texts = [
        "null",
        "true",
        "1e999",
        "\"text\"",
        "[]",
        "[{}]",
        "{}",
        "{\"action\": {\"$ref\": \"file:///etc/passwd\"}, \"name\": [], \"pack\": 1}",
        "{\"__proto__\": {}, \"__class__\": 1, \"constructor\": null, \"file\": \"/etc/passwd\"}",
        "{\"name\": \"a\", \"name\": \"b\"",
        "action=core.local&parameters=x",
        "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx\r\n--x--",
        "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b SYSTEM \"file:///etc/passwd\">]><a>&b;</a>",
        "{\"a\": \"\\ud800\"}",
    ];
    let mut bodies: Vec<Vec<u8>> = texts.iter().map(|text| text.as_bytes().to_vec()).collect();
    bodies.push(Vec::new());
    bodies.push(vec![0xFF, 0xFE, 0x00]);
    bodies.push(vec![b'['; 10_000]);
    bodies
}

/// A content type that is not JSON's is refused whatever the body says, and what is no object never becomes one: nothing
/// is made, started or changed, and nothing breaks.
#[tokio::test]
async fn no_content_type_and_body_pass_for_what_they_are_not() {
    let folder = tempfile::tempdir().unwrap();
    let (handle, wire) = start(&folder, Settings::for_development("stanley")).await;
    let routes = Mount::Everything.routes("");
    let table = routes.table().to_vec();
    let router = routes.into_router(wire);
    let takes_body = |line: &&Line| matches!(line.method, Method::POST | Method::PUT);
    let mut asked = 0;
    for line in table.iter().filter(takes_body) {
        let path = filled(&line.path);
        let types = JSON.into_iter().chain(OTHER.map(Some));
        for content_type in types {
            for body in bodies() {
                let is_other = content_type.is_some_and(|of| OTHER.contains(&of));
                let has_body = !body.is_empty();
                let mut headers = vec![("host", "localhost")];
                headers.extend(content_type.map(|of| ("content-type", of)));
                let of = format!(
                    "{} {path} {content_type:?} {}",
                    line.method,
                    String::from_utf8_lossy(&body)
                );
                let response = send(&router, &line.method, &path, &headers, body).await;
                let status = response.status();
                assert!(!status.is_server_error(), "{of}: {status}");
                if is_other && has_body {
                    assert!(status.is_client_error(), "{of}: {status}");
                }
                asked += 1;
            }
        }
    }
    assert!(asked > 3000, "{asked}");
    for list in ["executions", "rules", "actions", "triggers", "keys"] {
        let path = format!("/api/v1/{list}");
        let headers = [("host", "localhost")];
        let (_, items) = ask(&router, &Method::GET, &path, &headers).await;
        assert_eq!(items, serde_json::json!([]), "{list}");
    }
    handle.stop().await;
}
