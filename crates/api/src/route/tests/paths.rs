//! Other spellings of paths: they open no route, and lead to no file outside of packs.

use super::*;

/// Ways to write a path that other programs have taken for another one.
fn spellings(path: &str) -> Vec<String> {
    let name = path.rsplit('/').next().unwrap_or_default();
    let escaped: String = name.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let twice = escaped.replace('%', "%25");
    let start = path.strip_suffix(name).unwrap_or_default();
    vec![
        path.replacen("/api", "//api", 1),
        path.replace('/', "//"),
        format!("{path}/"),
        format!("{path}//"),
        format!("{path}/."),
        format!("{path};x"),
        format!("{path};/healthz"),
        format!("{path}/configs"),
        format!("{path}/healthz"),
        format!("{path}/auth/v1/tokens"),
        format!("{path}/..%2f{name}"),
        format!("{path}%2f"),
        format!("{path}%00"),
        format!("{path}%20"),
        format!("{path}%3fx"),
        format!("{path}.json"),
        path.to_uppercase(),
        start.to_owned() + &name.to_uppercase(),
        start.to_owned() + &escaped,
        start.to_owned() + &twice,
        format!("{start}./{name}"),
        format!("{start}x/../{name}"),
        format!("/healthz/..{path}"),
        format!("/healthz/..%2f{}", path.trim_start_matches('/')),
        format!("/healthz/..%252f{}", path.trim_start_matches('/')),
        format!("/auth/v1/tokens/../../..{path}"),
        format!("/healthz%2f..{path}"),
        path.replace('/', "%2f"),
        path.replace('/', "\\"),
        path.replace('/', "%5c"),
    ]
}

/// For every guarded route: whoever shows nothing gets nothing, however the path is written. The routes that are open to
/// all answer with their own words only.
#[tokio::test]
async fn no_spelling_of_a_path_changes_who_may_ask() {
    let (_folder, handle, wire) = server().await;
    let routes = Mount::Everything.routes("/st2api");
    let table = routes.table().to_vec();
    let router = routes.into_router(wire);
    let mut asked = 0;
    // What browsers ask beforehand is answered for every path, and tells nothing.
    let is_guarded = |line: &&Line| line.access != Access::Anyone && line.method != Method::OPTIONS;
    for line in table.iter().filter(is_guarded) {
        for path in spellings(&filled(&line.path)) {
            let Ok(uri) = path.parse::<http::Uri>() else {
                continue;
            };
            let (status, body) = ask(&router, &line.method, &uri.to_string(), &[]).await;
            let refused = [
                StatusCode::UNAUTHORIZED,
                StatusCode::NOT_FOUND,
                StatusCode::METHOD_NOT_ALLOWED,
                StatusCode::BAD_REQUEST,
            ];
            assert!(
                refused.contains(&status),
                "{} {path}: {status}",
                line.method
            );
            assert!(
                ["faultstring", "detail", "msg"]
                    .iter()
                    .any(|name| body[name].is_string()),
                "{} {path}: {body}",
                line.method
            );
            asked += 1;
        }
    }
    assert!(asked > 4000, "{asked}");
    handle.stop().await;
}

/// A pack with a file, beside something that is nobody's business.
fn packs(folder: &tempfile::TempDir) -> std::path::PathBuf {
    let packs = folder.path().join("packs");
    let actions = packs.join("lab/actions");
    fs_err::create_dir_all(&actions).unwrap();
    let manifest = "name: lab\ndescription: d\nversion: 1.0.0\nauthor: a\nemail: a@b.example\n";
    fs_err::write(packs.join("lab/pack.yaml"), manifest).unwrap();
    fs_err::write(packs.join("lab/page.html"), "<script>alert(1)</script>").unwrap();
    fs_err::write(packs.join("lab/icon.svg"), "<svg onload='alert(1)'/>").unwrap();
    fs_err::write(packs.join("secret.txt"), "secret").unwrap();
    std::os::unix::fs::symlink("../secret.txt", packs.join("lab/link.txt")).unwrap();
    let action = "name: out\nrunner_type: local-shell-script\nentry_point: ../../secret.txt\n";
    fs_err::write(actions.join("out.yaml"), action).unwrap();
    fs_err::write(actions.join("page.html"), "<script>alert(1)</script>").unwrap();
    let action = "name: page\nrunner_type: local-shell-script\nentry_point: page.html\n";
    fs_err::write(actions.join("page.yaml"), action).unwrap();
    packs
}

async fn lab() -> (tempfile::TempDir, Handle, Router) {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = squall_server::Settings::for_development(folder.path().join("data"));
    settings.packs = vec![packs(&folder)];
    let handle = squall_server::start(settings, Vec::new()).await.unwrap();
    let wire = Wire::new(handle.clone(), Settings::for_development("stanley")).unwrap();
    let router = Mount::Everything.routes("").into_router(wire);
    (folder, handle, router)
}

const LOCAL: [(&str, &str); 1] = [("host", "localhost")];

/// Every way out of a pack's folder that was ever tried, on every route that serves files.
#[tokio::test]
async fn no_path_leads_out_of_a_pack() {
    let (_folder, handle, router) = lab().await;
    let view = "/api/v1/packs/views/file/lab";
    let (status, _) = ask(&router, &Method::GET, &format!("{view}/pack.yaml"), &LOCAL).await;
    assert_eq!(status, StatusCode::OK);
    for out in [
        "../secret.txt",
        "..%2fsecret.txt",
        "%2e%2e/secret.txt",
        "%2e%2e%2fsecret.txt",
        "%252e%252e%252fsecret.txt",
        "..%5csecret.txt",
        "actions/../../secret.txt",
        "actions/%2e%2e/%2e%2e/secret.txt",
        "/etc/passwd",
        "%2fetc%2fpasswd",
        "//etc/passwd",
        "....//secret.txt",
        "..;/secret.txt",
        "link.txt",
        "pack.yaml%00.png",
        "%c0%ae%c0%ae/secret.txt",
        "file:///etc/passwd",
        "lab/../../secret.txt",
        ".",
        "actions",
        "actions/",
    ] {
        let response = send(&router, &Method::GET, &format!("{view}/{out}"), &LOCAL, "").await;
        let status = response.status();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body);
        let refused = [StatusCode::NOT_FOUND, StatusCode::BAD_REQUEST];
        assert!(refused.contains(&status), "{out}: {status} {body}");
        assert!(
            !body.contains("secret\"") && !body.contains("root:"),
            "{out}: {body}"
        );
    }
    for pack in [
        "..",
        "..%2fpacks",
        "%2e%2e",
        "lab%2f..%2flab",
        "secret.txt",
        ".",
    ] {
        for path in [
            format!("/api/v1/packs/views/file/{pack}/secret.txt"),
            format!("/api/v1/packs/views/files/{pack}"),
            format!("/api/v1/configs/{pack}"),
            format!("/api/v1/config_schemas/{pack}"),
        ] {
            let (status, body) = ask(&router, &Method::GET, &path, &LOCAL).await;
            assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
        }
        let path = format!("/api/v1/configs/{pack}");
        let (status, body) = ask(&router, &Method::PUT, &path, &LOCAL).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {body}");
    }
    let (_, files) = ask(
        &router,
        &Method::GET,
        "/api/v1/packs/views/files/lab",
        &LOCAL,
    )
    .await;
    assert!(!files.to_string().contains("secret\""), "{files}");
    let path = "/api/v1/actions/views/entry_point/lab.out";
    let (status, body) = ask(&router, &Method::GET, path, &LOCAL).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{body}");
    handle.stop().await;
}

#[tokio::test]
async fn a_file_that_a_browser_would_run_is_plain_text() {
    let (_folder, handle, router) = lab().await;
    for path in [
        "/api/v1/packs/views/file/lab/page.html",
        "/api/v1/packs/views/file/lab/icon.svg",
        "/api/v1/actions/views/entry_point/lab.page",
    ] {
        let response = send(&router, &Method::GET, path, &LOCAL, "").await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()["content-type"], "text/plain", "{path}");
        assert_eq!(response.headers()["x-content-type-options"], "nosniff");
    }
    handle.stop().await;
}

#[tokio::test]
async fn a_file_that_is_known_already_is_not_sent_again() {
    let (_folder, handle, router) = lab().await;
    let path = "/api/v1/packs/views/file/lab/pack.yaml";
    let first = send(&router, &Method::GET, path, &LOCAL, "").await;
    let marks = ["etag", "last-modified"].map(|name| first.headers()[name].to_str().unwrap());
    assert_eq!(first.headers()["content-type"], "application/x-yaml");
    for (known, expected) in [
        (("if-none-match", marks[0]), StatusCode::NOT_MODIFIED),
        (("if-none-match", "\"0.0\""), StatusCode::OK),
        (("if-modified-since", marks[1]), StatusCode::NOT_MODIFIED),
        (
            ("if-modified-since", "Thu, 01 Jan 1970 00:00:00 GMT"),
            StatusCode::OK,
        ),
    ] {
        let again = send(&router, &Method::GET, path, &[LOCAL[0], known], "").await;
        assert_eq!(again.status(), expected, "{known:?}");
        assert_eq!(again.headers()["etag"], marks[0]);
    }
    handle.stop().await;
}
