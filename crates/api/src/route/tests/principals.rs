//! Who asks is who signed in, and nothing in a request says otherwise.

use http::header::CONTENT_TYPE;
use serde_json::json;

use super::*;

/// Everything by which a request could claim to be somebody else's.
fn claims() -> [(&'static str, &'static str); 8] {
    [
        ("x-forwarded-user", "root"),
        ("x-user", "root"),
        ("remote-user", "root"),
        ("x-tenant", "other"),
        ("x-namespace", "other"),
        ("authorization", "Basic cm9vdDpyb290"),
        ("from", "root@example.com"),
        (
            "st2-context",
            "{\"user\": \"root\", \"api_user\": \"root\", \"impersonate_user\": \"root\"}",
        ),
    ]
}

#[tokio::test]
async fn no_user_in_body_query_or_header_changes_who_asks() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    let token = token(&router).await;
    let mut headers = vec![("x-auth-token", token.as_str())];
    headers.extend(claims());
    let json_type = (CONTENT_TYPE.as_str(), "application/json");
    let query = "?user=root&tenant=other&namespace=other&impersonate_user=root";

    let (_, user) = ask(
        &router,
        &Method::GET,
        &format!("/api/v1/user{query}"),
        &headers,
    )
    .await;
    assert_eq!(user["username"], "ann");

    let others = json!({"user": "root", "tenant": "other", "namespace": "other", "context": {"user": "root"}});
    let post = async |method: Method, path: &str, body: Json| {
        let mut whole = others.clone();
        let members = body.as_object().unwrap().clone();
        whole.as_object_mut().unwrap().extend(members);
        let headers = [&headers[..], &[json_type]].concat();
        let path = format!("{path}{query}");
        let response = send(&router, &method, &path, &headers, whole.to_string()).await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Json = serde_json::from_slice(&body).unwrap_or(Json::Null);
        (status, answer)
    };

    // A trigger type and an action of our own: the server of this test has no packs.
    let (status, told) = post(Method::POST, "/api/v1/triggertypes", json!({"name": "t", "pack": "default", "context": null, "user": null, "tenant": null, "namespace": null})).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");
    let action = json!({"name": "a", "pack": "default", "runner_type": "noop", "context": null, "user": null, "tenant": null, "namespace": null});
    let (status, told) = post(Method::POST, "/api/v1/actions", action).await;
    assert_eq!(status, StatusCode::CREATED, "{told}");

    // Who names another user is refused; who only says so elsewhere runs it as himself.
    let run = json!({"action": "default.a"});
    let (status, told) = post(Method::POST, "/api/v1/executions", run).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");
    let run = json!({"action": "default.a", "user": null});
    let (status, execution) = post(Method::POST, "/api/v1/executions", run).await;
    assert_eq!(status, StatusCode::CREATED, "{execution}");
    assert_eq!(execution["context"]["user"], "ann", "{execution}");

    let rule = json!({
        "name": "r", "pack": "default", "trigger": {"type": "default.t"}, "action": {"ref": "default.a"},
        "user": null, "tenant": null, "namespace": null,
    });
    let (status, rule) = post(Method::POST, "/api/v1/rules", rule).await;
    assert_eq!(status, StatusCode::CREATED, "{rule}");
    assert_eq!(rule["context"]["user"], "ann");

    // Another user's keys are refused outright, so that nobody takes ann's for root's.
    let key = json!({"name": "k", "value": "v", "scope": "user", "user": "root"});
    let own = [&headers[..], &[json_type]].concat();
    let response = send(
        &router,
        &Method::PUT,
        "/api/v1/keys/k",
        &own,
        key.to_string(),
    )
    .await;
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let path = format!("/api/v1/keys{query}&scope=all");
    let (status, told) = ask(&router, &Method::GET, &path, &headers).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{told}");

    // A token is made for whoever signs in, and for nobody else.
    let basic = [
        ("authorization", "Basic YW5uOnRlc3Q="),
        ("x-forwarded-user", "root"),
        json_type,
    ];
    for body in [
        json!({"user": "root"}),
        json!({"impersonate_user": "root"}),
        json!({}),
    ] {
        let path = format!("/auth/v1/tokens{query}");
        let response = send(&router, &Method::POST, &path, &basic, body.to_string()).await;
        let answer = response.into_body().collect().await.unwrap().to_bytes();
        let answer: Json = serde_json::from_slice(&answer).unwrap();
        let is_ann_or_refused = answer["user"] == "ann" || answer["faultstring"].is_string();
        assert!(is_ann_or_refused, "{body}: {answer}");
    }
    handle.stop().await;
}
