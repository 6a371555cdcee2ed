//! What browsers are told, and what pages of other sites get: nothing.

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_TYPE, SET_COOKIE,
};

use super::*;

const HOST: (&str, &str) = ("host", "squall.example.com");

/// Neither the server's own site nor the one that the settings name.
const ELSEWHERE: [&str; 12] = [
    "null",
    "https://example.com",
    "https://evil.example.com",
    "https://console.example.com.evil.org",
    "https://console.example.com:8443",
    "http://console.example.com",
    "https://xconsole.example.com",
    "https://CONSOLE.example.com",
    "https://squall.example.com.evil.org",
    "https://squall.example.com:444",
    "squall.example.com",
    "",
];

#[tokio::test]
async fn pages_of_other_sites_get_nothing_with_a_cookie_or_a_token() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    let token = token(&router).await;
    let cookie = format!("auth-token={token}");
    for origin in ELSEWHERE {
        for proof in [("cookie", cookie.as_str()), ("x-auth-token", &token)] {
            for (method, path) in [
                (Method::GET, "/api/v1/user"),
                (Method::GET, "/stream/v1/stream"),
                (Method::POST, "/api/v1/executions"),
                (Method::DELETE, "/api/v1/rules/a.b"),
                (Method::OPTIONS, "/api/v1/rules"),
                (Method::POST, "/auth/v1/tokens"),
            ] {
                let headers = [HOST, ("origin", origin), proof];
                let response = send(&router, &method, path, &headers, Body::empty()).await;
                let told = format!("{method} {path} from `{origin}` with {}", proof.0);
                assert_eq!(response.status(), StatusCode::FORBIDDEN, "{told}");
                let allowed = response.headers().get(ACCESS_CONTROL_ALLOW_ORIGIN);
                assert_eq!(allowed, None, "{told}");
            }
        }
    }
    handle.stop().await;
}

#[tokio::test]
async fn a_page_of_an_allowed_site_asks_beforehand_and_then_itself() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    let token = token(&router).await;
    let origin = ("origin", "https://console.example.com");
    let asked = [HOST, origin, ("access-control-request-method", "PUT")];
    let before = send(
        &router,
        &Method::OPTIONS,
        "/api/v1/rules/a.b",
        &asked,
        Body::empty(),
    )
    .await;
    let own = [HOST, origin, ("x-auth-token", &token)];
    let then = send(&router, &Method::GET, "/api/v1/user", &own, Body::empty()).await;
    for response in [before, then] {
        assert_eq!(response.status(), StatusCode::OK);
        let told = |name: http::HeaderName| response.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(told(ACCESS_CONTROL_ALLOW_ORIGIN), origin.1);
        assert_eq!(told(ACCESS_CONTROL_ALLOW_CREDENTIALS), "true");
        assert_eq!(
            told(ACCESS_CONTROL_ALLOW_METHODS),
            "GET,POST,PUT,DELETE,OPTIONS"
        );
        assert_eq!(
            told(ACCESS_CONTROL_ALLOW_HEADERS),
            "Content-Type,Authorization,X-Auth-Token,St2-Api-Key,X-Request-ID"
        );
        assert_eq!(
            told(ACCESS_CONTROL_EXPOSE_HEADERS),
            "Content-Type,X-Limit,X-Total-Count,X-Request-ID"
        );
        assert_eq!(told(http::header::VARY), "Origin");
    }
    handle.stop().await;
}

#[tokio::test]
async fn a_cookie_alone_reads_but_changes_nothing_unless_a_page_of_ours_asks() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    let cookie = format!("theme=dark; auth-token={}", token(&router).await);
    let asked = async |method: Method, more: &[(&str, &str)]| {
        let headers = [&[HOST, ("cookie", cookie.as_str())], more].concat();
        let path = "/api/v1/rules/no.such";
        send(&router, &method, path, &headers, Body::empty())
            .await
            .status()
    };
    assert_eq!(asked(Method::GET, &[]).await, StatusCode::NOT_FOUND);
    for page in [
        [("origin", "https://squall.example.com")],
        [("origin", "https://console.example.com")],
        [("sec-fetch-site", "same-origin")],
    ] {
        assert_eq!(asked(Method::DELETE, &page).await, StatusCode::NOT_FOUND);
    }
    for page in [
        &[][..],
        &[("sec-fetch-site", "same-site")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "none")],
        &[("referer", "https://squall.example.com/")],
    ] {
        for method in [Method::PUT, Method::DELETE] {
            assert_eq!(asked(method, page).await, StatusCode::FORBIDDEN, "{page:?}");
        }
    }
    handle.stop().await;
}

#[tokio::test]
async fn a_valid_token_comes_back_as_a_cookie_that_scripts_and_other_sites_cannot_use() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    let token = token(&router).await;
    let cookie = async |path: &str, headers: &[(&str, &str)]| {
        let response = send(&router, &Method::GET, path, headers, Body::empty()).await;
        let cookie = response.headers().get(SET_COOKIE)?.to_str().unwrap();
        let (seconds, rest) = cookie
            .strip_prefix(&format!("auth-token={token}; Max-Age="))?
            .split_once(';')?;
        assert!((86_300..=86_400).contains(&seconds.parse::<u32>().unwrap()));
        Some(rest.to_owned())
    };
    let expected = Some(" Path=/; HttpOnly; Secure; SameSite=lax".to_owned());
    let path = "/api/v1/user";
    assert_eq!(cookie(path, &[("x-auth-token", &token)]).await, expected);
    let in_query = format!("{path}?x-auth-token={token}");
    assert_eq!(cookie(&in_query, &[]).await, expected);
    assert_eq!(cookie(path, &[("x-auth-token", "nothing")]).await, None);
    let known = format!("auth-token={token}");
    assert_eq!(cookie(path, &[("cookie", &known)]).await, None);
    handle.stop().await;
}

/// What answers are: nothing that a browser would show as a page.
const DATA: [&str; 5] = [
    "",
    "application/json",
    "application/problem+json",
    "text/plain",
    "text/event-stream",
];

#[tokio::test]
async fn every_answer_bears_an_id_and_says_that_it_is_data() {
    let (_folder, handle, wire) = server().await;
    let routes = Mount::Everything.routes("/st2api");
    let table = routes.table().to_vec();
    let router = routes.into_router(wire);
    let token = token(&router).await;
    let own = ("x-auth-token", token.as_str());
    let mut asked: Vec<(Method, String)> = table
        .iter()
        // A stream does not end, and it is no page.
        .filter(|line| !line.path.ends_with("/stream"))
        .map(|line| (line.method.clone(), filled(&line.path)))
        .collect();
    asked.push((Method::GET, "/%3Cscript%3Ealert(1)%3C/script%3E".to_owned()));
    asked.push((Method::PATCH, "/api/v1/rules".to_owned()));
    asked.push((Method::OPTIONS, "/api/v1/rules".to_owned()));
    asked.push((Method::HEAD, "/api/v1/rules".to_owned()));
    for (method, path) in asked {
        for proof in [
            &[own][..],
            &[],
            &[own, ("origin", "https://evil.example.com")],
        ] {
            let response = send(&router, &method, &path, proof, Body::empty()).await;
            let headers = response.headers();
            let told = |name: &str| {
                let value = headers.get(name);
                value.map_or("", |value| value.to_str().unwrap_or_default())
            };
            let of = format!("{method} {path} {}", response.status());
            assert_eq!(told("x-content-type-options"), "nosniff", "{of}");
            let policy = told("content-security-policy");
            assert!(policy.starts_with("default-src 'none';"), "{of}");
            assert_eq!(told("referrer-policy"), "no-referrer", "{of}");
            assert_eq!(told("cross-origin-resource-policy"), "same-origin", "{of}");
            assert_eq!(told("x-request-id").len(), 32, "{of}");
            let content_type = told(CONTENT_TYPE.as_str());
            assert!(
                DATA.contains(&content_type.split(';').next().unwrap_or_default()),
                "{of}: {content_type}"
            );
        }
    }
    handle.stop().await;
}

#[tokio::test]
async fn a_request_keeps_the_id_it_came_with_unless_it_is_absurd() {
    let (_folder, handle, wire) = server().await;
    let router = Mount::Everything.routes("").into_router(wire);
    let answered = async |id: &str| {
        let headers = [("x-request-id", id)];
        let response = send(&router, &Method::GET, "/healthz", &headers, Body::empty()).await;
        response.headers()["x-request-id"].clone()
    };
    assert_eq!(answered("from-afar-1").await, "from-afar-1");
    assert_eq!(answered("").await.len(), 32);
    assert_eq!(answered(&"x".repeat(257)).await.len(), 32);
    handle.stop().await;
}
