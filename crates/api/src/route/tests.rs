//! Every route refuses whoever shows nothing, or junk. The list is the table of routes itself, so none can be forgotten.

use axum::Router;
use http::StatusCode;
use serde_json::Value as Json;
use squall_server::Handle;
use tower::ServiceExt as _;

use super::*;
use crate::serve::Mount;
use crate::wire::Settings;

mod bodies;
mod browsers;
mod paths;
mod principals;

const MOUNTS: [Mount; 4] = [Mount::Everything, Mount::Api, Mount::Auth, Mount::Stream];

/// A server whose users sign in with passwords, and its folder.
async fn server() -> (tempfile::TempDir, Handle, Wire) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("htpasswd");
    fs_err::write(&file, "ann:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n").unwrap();
    let settings = Settings {
        sign_in: SignIn::Passwords { file },
        hosts: Vec::new(),
        origins: vec!["https://console.example.com".to_owned()],
        ..Settings::for_development("")
    };
    let (handle, wire) = start(&folder, settings).await;
    (folder, handle, wire)
}

async fn start(folder: &tempfile::TempDir, settings: Settings) -> (Handle, Wire) {
    let of_server = squall_server::Settings::for_development(folder.path().join("data"));
    let handle = squall_server::start(of_server, Vec::new()).await.unwrap();
    let wire = Wire::new(handle.clone(), settings).unwrap();
    (handle, wire)
}

/// A token of ann.
async fn token(router: &Router) -> String {
    // ann:test
    let proof = [("authorization", "Basic YW5uOnRlc3Q=")];
    let (_, token) = ask(router, &Method::POST, "/auth/v1/tokens", &proof).await;
    token["token"].as_str().unwrap().to_owned()
}

async fn send(
    router: &Router,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Response {
    let mut request = http::Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).unwrap();
    router.clone().oneshot(request).await.unwrap()
}

async fn ask(
    router: &Router,
    method: &Method,
    path: &str,
    headers: &[(&str, &str)],
) -> (StatusCode, Json) {
    // What a browser asks beforehand is answered before any route; what a sender of CloudEvents asks is a route.
    let sender = (method == Method::OPTIONS).then_some(("webhook-request-origin", "a.example"));
    let headers: Vec<_> = headers.iter().copied().chain(sender).collect();
    let response = send(router, method, path, &headers, Body::empty()).await;
    let status = response.status();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, serde_json::from_slice(&body).unwrap_or(Json::Null))
}

/// A path with its named parts filled in.
fn filled(path: &str) -> String {
    let part = |part: &str| {
        if part.starts_with('{') {
            "5f1d7a1e9c2b4a0012345678"
        } else {
            part
        }
        .to_owned()
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn every_route_refuses_without_proof_and_with_junk() {
    let (_folder, handle, wire) = server().await;
    let proofs: [&[(&str, &str)]; 7] = [
        &[],
        &[("x-auth-token", "nothing")],
        &[("st2-api-key", "nothing")],
        &[("authorization", "Bearer nothing")],
        &[("cookie", "auth-token=nothing")],
        &[("x-auth-token", ""), ("st2-api-key", "")],
        &[("x-forwarded-user", "ann")],
    ];
    let mut asked = 0;
    for mount in MOUNTS {
        let routes = mount.routes("/st2api");
        let table = routes.table().to_vec();
        let router = routes.into_router(wire.clone());
        for line in table.iter().filter(|line| line.access != Access::Anyone) {
            let path = filled(&line.path);
            for proof in proofs {
                let (status, body) = ask(&router, &line.method, &path, proof).await;
                assert_eq!(
                    status,
                    StatusCode::UNAUTHORIZED,
                    "{} {path} {proof:?}",
                    line.method
                );
                assert!(
                    ["faultstring", "detail", "msg"]
                        .iter()
                        .find_map(|name| body[name].as_str())
                        .is_some_and(|text| text.starts_with("Unauthorized")),
                    "{path}: {body}"
                );
            }
            // With a slash at its end it is the same route.
            let (status, _) = ask(&router, &line.method, &format!("{path}/"), &[]).await;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{} {path}/", line.method);
            for query in [
                "x-auth-token=nothing",
                "st2-api-key=nothing",
                "st2-api-key=",
            ] {
                let (status, _) = ask(&router, &line.method, &format!("{path}?{query}"), &[]).await;
                assert_eq!(
                    status,
                    StatusCode::UNAUTHORIZED,
                    "{} {path}?{query}",
                    line.method
                );
            }
            asked += 1;
        }
    }
    assert!(
        asked > 200,
        "the table has {asked} guarded routes: some are missing"
    );
    handle.stop().await;
}

#[tokio::test]
async fn only_probes_and_sign_in_are_open() {
    let (_folder, handle, _wire) = server().await;
    let mut open: Vec<String> = MOUNTS
        .iter()
        .flat_map(|mount| mount.routes("").table().to_vec())
        .filter(|line| line.access == Access::Anyone)
        .map(|line| format!("{} {}", line.method, line.path))
        .collect();
    open.sort();
    open.dedup();
    insta::assert_snapshot!(open.join("\n"), @"
    GET /auth/v1/sso
    GET /healthz
    GET /openapi.json
    GET /readyz
    GET /sso
    GET /v1/sso
    POST /auth/v1/tokens
    POST /tokens
    POST /v1/tokens
    ");
    handle.stop().await;
}

#[tokio::test]
async fn a_signed_in_user_gets_a_token_that_opens_and_a_wrong_password_gets_none() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    // ann:test
    let (status, token) = ask(
        &router,
        &Method::POST,
        "/auth/v1/tokens",
        &[("authorization", "Basic YW5uOnRlc3Q=")],
    )
    .await;
    let wrong = ask(
        &router,
        &Method::POST,
        "/auth/v1/tokens",
        &[("authorization", "Basic YW5uOndyb25n")],
    )
    .await;
    assert_eq!(wrong.0, StatusCode::UNAUTHORIZED);
    let text = token["token"].as_str().unwrap_or_default().to_owned();
    assert_eq!((status, text.len()), (StatusCode::CREATED, 32), "{token}");
    let (status, user) = ask(
        &router,
        &Method::GET,
        "/api/v1/user",
        &[("x-auth-token", &text)],
    )
    .await;
    assert_eq!(
        (status, user["username"].as_str()),
        (StatusCode::OK, Some("ann"))
    );
    handle.stop().await;
}
