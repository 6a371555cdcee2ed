//! Signed webhooks through the routes, on a server where everybody else must sign in.

use std::path::Path;

use axum::Router;
use axum::body::{Body, Bytes};
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value as Json, json};
use sha2::Sha256;
use squall_server::Handle;
use squall_server::keys::NewKey;
use tower::ServiceExt as _;

use super::*;
use crate::serve::Mount;
use crate::wire::Settings;

const SECRET: &str = "It's a Secret to Everybody";

const RULE: &str = r#"
name: deploy
pack: labs
enabled: true
trigger: {type: core.st2.webhook, parameters: {url: team/github}}
action: {ref: core.noop}
"#;

const TRIGGER: &str = "
name: st2.webhook
parameters_schema: {type: object, properties: {url: {type: string, required: true}}}
payload_schema: {type: object}
";

/// A server with the webhook `team/github`.
struct World {
    handle: Handle,
    router: Router,
}

fn github(secrets: &[Secret]) -> Webhook {
    Webhook {
        scheme: Scheme::named("github").unwrap(),
        secrets: secrets.to_vec(),
        tolerance: Duration::from_secs(300),
        remembered: Duration::from_secs(60),
    }
}

fn text(secret: &str) -> Secret {
    Secret::Text(secret.to_owned())
}

fn write(folder: &Path, file: &str, text: &str) {
    let file = folder.join(file);
    fs_err::create_dir_all(file.parent().unwrap()).unwrap();
    fs_err::write(file, text).unwrap();
}

impl World {
    async fn start(folder: &Path, hook: Webhook) -> Self {
        Self::with(folder, hook, |_, _| {}).await
    }

    async fn with(
        folder: &Path,
        hook: Webhook,
        change: impl FnOnce(&mut squall_server::Settings, &mut Settings),
    ) -> Self {
        write(
            folder,
            "packs/labs/pack.yaml",
            "{name: labs, version: 1.0.0, author: a, email: a@example.com}",
        );
        write(folder, "packs/labs/rules/deploy.yaml", RULE);
        write(
            folder,
            "packs/core/pack.yaml",
            "{name: core, version: 1.0.0, author: a, email: a@example.com}",
        );
        write(folder, "packs/core/triggers/webhook.yaml", TRIGGER);
        write(
            folder,
            "packs/core/actions/noop.yaml",
            "{name: noop, runner_type: noop, enabled: true}",
        );
        write(
            folder,
            "htpasswd",
            "ann:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=\n",
        );
        let mut server = squall_server::Settings::for_development(folder.join("data"));
        server.packs = vec![folder.join("packs")];
        let mut settings = Settings {
            sign_in: SignIn::Passwords {
                file: folder.join("htpasswd"),
            },
            hosts: Vec::new(),
            webhooks: [("team/github".to_owned(), hook)].into(),
            ..Settings::for_development("")
        };
        change(&mut server, &mut settings);
        let handle = squall_server::start(server, Vec::new()).await.unwrap();
        let wire = Wire::new(handle.clone(), settings).unwrap();
        let router = Mount::Everything.routes("").into_router(wire);
        Self { handle, router }
    }

    async fn post(&self, headers: &[(&str, &str)], body: impl Into<Body>) -> (StatusCode, Json) {
        let (status, _, body) = self
            .post_to("/api/v1/webhooks/team/github", headers, body)
            .await;
        (status, body)
    }

    async fn post_to(
        &self,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> (StatusCode, HeaderMap, Json) {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Json::Null);
        (head.status, head.headers, body)
    }

    /// Posts a body with the code that belongs to it.
    async fn post_signed(&self, secret: &str, body: &str) -> StatusCode {
        let code = code(secret, body);
        self.post(&[("x-hub-signature-256", &code)], body.to_owned())
            .await
            .0
    }

    async fn events(&self) -> u64 {
        let events = self
            .handle
            .store()
            .events(Default::default(), Default::default());
        events.await.unwrap().total
    }
}

fn code(secret: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(body.as_bytes());
    let code = mac.finalize().into_bytes();
    let digits: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256={digits}")
}

#[tokio::test]
async fn a_valid_signature_stands_in_for_a_token_and_a_wrong_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), github(&[text(SECRET)])).await;
    let (key, token) = world
        .handle
        .new_api_key("ann", squall_model::Object::new(), true, None)
        .await
        .unwrap();
    assert!(key.enabled);
    let token = token.unwrap();
    let right = code(SECRET, r#"{"a": 1}"#);
    let other = code(SECRET, r#"{"a": 2}"#);
    let wrong_secret = code("guess", r#"{"a": 1}"#);
    let signature = "x-hub-signature-256";
    let unauthorized = StatusCode::UNAUTHORIZED;
    // In this order, since what is taken is taken once.
    let cases: [(&[(&str, &str)], StatusCode); 9] = [
        (&[], unauthorized),
        (&[(signature, &other)], unauthorized),
        (&[(signature, &wrong_secret)], unauthorized),
        (&[(signature, &right), (signature, &right)], unauthorized),
        (&[(signature, ""), ("st2-api-key", &token)], unauthorized),
        (
            &[(signature, &other), ("st2-api-key", &token)],
            unauthorized,
        ),
        (&[("st2-api-key", "nothing")], unauthorized),
        (&[(signature, &right)], StatusCode::ACCEPTED),
        (&[("st2-api-key", &token)], StatusCode::ACCEPTED),
    ];
    for (headers, expected) in cases {
        let (status, body) = world.post(headers, r#"{"a": 1}"#).await;
        assert_eq!(status, expected, "{headers:?}: {body}");
    }
    assert_eq!(world.events().await, 2);
    // Other spellings are the same webhook, and other webhooks have no use for the signature.
    for (path, expected) in [
        ("/api/v1/webhooks/team/github/", unauthorized),
        ("/api/v1/webhooks//team/github", unauthorized),
        ("/api/v1/webhooks/team%2Fgithub", unauthorized),
        ("/api/v1/webhooks/other", unauthorized),
        ("/api/v1/webhooks/st2", unauthorized),
    ] {
        let wrong = [(signature, other.as_str())];
        let (status, _, body) = world.post_to(path, &wrong, r#"{"a": 1}"#).await;
        assert_eq!(status, expected, "{path}: {body}");
    }
    world.handle.stop().await;
}

/// A header that proves who sent it does not become part of the event.
#[tokio::test]
async fn where_nobody_signs_in_a_secret_still_counts() {
    let folder = tempfile::tempdir().unwrap();
    let open = |_: &mut squall_server::Settings, wire: &mut Settings| {
        wire.sign_in = SignIn::Open {
            user: "stanley".to_owned(),
        };
    };
    let world = World::with(folder.path(), github(&[text(SECRET)]), open).await;
    for headers in [&[][..], &[("st2-api-key", "nothing")]] {
        let (status, body) = world.post(headers, "{}").await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{body}");
        let text = body["faultstring"].as_str().unwrap();
        assert!(text.contains("x-hub-signature-256"), "{text}");
    }
    assert_eq!(world.post_signed(SECRET, "{}").await, StatusCode::ACCEPTED);
    world.handle.stop().await;
}

#[tokio::test]
async fn what_was_taken_is_not_taken_again_even_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let hook = github(&[text(SECRET), text("next")]);
    let world = World::start(folder.path(), hook.clone()).await;
    assert_eq!(world.post_signed(SECRET, "[1]").await, StatusCode::ACCEPTED);
    assert_eq!(world.post_signed(SECRET, "[1]").await, StatusCode::CONFLICT);
    assert_eq!(world.post_signed("next", "[1]").await, StatusCode::CONFLICT);
    world.handle.stop().await;
    drop(world);

    let world = World::start(folder.path(), hook).await;
    let again = code(SECRET, "[1]");
    // The delivery's name is not signed, so another one makes no other delivery.
    let headers = [
        ("x-hub-signature-256", again.as_str()),
        ("x-github-delivery", "new"),
    ];
    let (status, body) = world.post(&headers, "[1]").await;
    assert_eq!(status, StatusCode::CONFLICT, "{body}");
    assert_eq!(body["conflict-id"].as_str().map(str::len), Some(24));
    assert_eq!(world.post_signed(SECRET, "[2]").await, StatusCode::ACCEPTED);
    assert_eq!(world.events().await, 2);
    world.handle.stop().await;
}

#[tokio::test]
async fn bodies_may_repeat_where_nothing_is_remembered() {
    let folder = tempfile::tempdir().unwrap();
    let mut hook = github(&[text(SECRET)]);
    hook.remembered = Duration::ZERO;
    let world = World::start(folder.path(), hook).await;
    for _ in 0..2 {
        assert_eq!(world.post_signed(SECRET, "{}").await, StatusCode::ACCEPTED);
    }
    world.handle.stop().await;
}

#[tokio::test]
async fn a_time_outside_the_window_is_refused_and_the_same_moment_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut hook = github(&[text(SECRET)]);
    hook.scheme = Scheme::named("slack").unwrap();
    let world = World::start(folder.path(), hook).await;
    let now = clock::now().micros() / 1_000_000;
    let post = async |seconds: i64| {
        let time = seconds.to_string();
        let code = code(SECRET, &format!("v0:{time}:{{}}")).replace("sha256=", "v0=");
        let headers = [
            ("x-slack-signature", code.as_str()),
            ("x-slack-request-timestamp", time.as_str()),
        ];
        world.post(&headers, "{}").await.0
    };
    assert_eq!(post(now - 310).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(now + 310).await, StatusCode::UNAUTHORIZED);
    assert_eq!(post(now - 200).await, StatusCode::ACCEPTED);
    assert_eq!(post(now - 200).await, StatusCode::CONFLICT);
    assert_eq!(post(now).await, StatusCode::ACCEPTED);
    world.handle.stop().await;
}

#[tokio::test]
async fn secrets_come_from_files_and_the_datastore_and_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("secret");
    let keyed = |server: &mut squall_server::Settings, _: &mut Settings| {
        let key = squall_expression::keyczar::Key::generate(&[1; 32], &[2; 32]);
        write(folder.path(), "crypto.json", &key);
        server.crypto_key = Some(folder.path().join("crypto.json"));
    };
    let hook = github(&[Secret::File(file.clone()), Secret::Key("github".to_owned())]);
    let world = World::with(folder.path(), hook, keyed).await;
    // None can be read: nobody is let in, and nobody is told that they are wrong.
    assert_eq!(
        world.post_signed("one", "{}").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    let put = async |value: &str, secret| {
        let key = NewKey {
            scope: Scope::System,
            user: String::new(),
            name: "github".to_owned(),
            value: value.to_owned(),
            ttl_seconds: None,
            secret,
            encrypted: false,
        };
        world.handle.set_key(key).await.unwrap();
    };
    put("plain", false).await;
    assert_eq!(
        world.post_signed("plain", "[0]").await,
        StatusCode::SERVICE_UNAVAILABLE
    );
    put("kept", true).await;
    assert_eq!(world.post_signed("kept", "[1]").await, StatusCode::ACCEPTED);
    fs_err::write(&file, "one\n").unwrap();
    assert_eq!(world.post_signed("one", "[2]").await, StatusCode::ACCEPTED);
    assert_eq!(world.post_signed("kept", "[3]").await, StatusCode::ACCEPTED);
    fs_err::write(&file, "two\n").unwrap();
    assert_eq!(
        world.post_signed("one", "[4]").await,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(world.post_signed("two", "[4]").await, StatusCode::ACCEPTED);
    fs_err::write(&file, "\n").unwrap();
    assert_eq!(world.post_signed("", "[5]").await, StatusCode::UNAUTHORIZED);
    world.handle.stop().await;
}

#[test]
fn settings_with_secrets_can_be_shown() {
    let hook = github(&[text("hunter2"), Secret::Key("name".to_owned())]);
    let shown = format!("{hook:?}");
    assert!(
        !shown.contains("hunter2") && shown.contains("name"),
        "{shown}"
    );
}

/// Number 5 of the security tests: limits hold before anybody is asked, and before the signature is looked at.
#[tokio::test]
async fn limits_come_before_the_signature() {
    let folder = tempfile::tempdir().unwrap();
    let narrow = |_: &mut squall_server::Settings, wire: &mut Settings| {
        wire.body_limit = 1000;
        wire.body_within = Duration::from_millis(50);
    };
    let world = World::with(folder.path(), github(&[text(SECRET)]), narrow).await;
    let claimed = [("content-length", "1001")];
    assert_eq!(
        world.post(&claimed, "{}").await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    let claimed = [("content-length", "99999999999999999999999999")];
    assert_eq!(
        world.post(&claimed, vec![b' '; 1001]).await.0,
        StatusCode::PAYLOAD_TOO_LARGE
    );
    // It claims nothing, and never ends.
    let endless = futures_util::stream::repeat_with(|| {
        Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 100]))
    });
    let (status, _) = world.post(&[], Body::from_stream(endless)).await;
    assert_eq!(status, StatusCode::PAYLOAD_TOO_LARGE);
    let silent = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let (status, _) = world.post(&[], Body::from_stream(silent)).await;
    assert_eq!(status, StatusCode::REQUEST_TIMEOUT);
    let broken = futures_util::stream::iter([Err::<Bytes, _>(std::io::Error::other("gone"))]);
    let (status, _) = world.post(&[], Body::from_stream(broken)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(world.events().await, 0);
    world.handle.stop().await;
}

/// All bodies together are bounded, and what strangers fill leaves room for those who have signed in.
#[tokio::test]
async fn strangers_cannot_fill_the_memory() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::start(folder.path(), github(&[text(SECRET)])).await;
    let megabyte = Bytes::from(vec![b' '; 1024 * 1024]);
    let held = || {
        let pieces = vec![megabyte.clone(); 16]
            .into_iter()
            .map(Ok::<_, std::io::Error>);
        let never = futures_util::stream::pending();
        Body::from_stream(futures_util::StreamExt::chain(
            futures_util::stream::iter(pieces),
            never,
        ))
    };
    let (_key, token) = world
        .handle
        .new_api_key("ann", squall_model::Object::new(), true, None)
        .await
        .unwrap();
    let token = token.unwrap();
    let hold = async {
        tokio::join!(
            world.post(&[], held()),
            world.post(&[], held()),
            world.post(&[], held()),
            world.post(&[], held())
        )
    };
    let others = async {
        let full = world
            .post_to("/api/v1/webhooks/team/github", &[], megabyte.clone())
            .await;
        assert_eq!(full.0, StatusCode::SERVICE_UNAVAILABLE, "{}", full.2);
        assert!(full.1.contains_key("retry-after"));
        let known = world.post(&[("st2-api-key", &token)], "{}").await;
        assert_eq!(known.0, StatusCode::ACCEPTED, "{}", known.1);
    };
    tokio::select! {
        biased;
        held = hold => panic!("they cannot end: {held:?}"),
        () = others => {}
    }
    // Whoever leaves gives the room back.
    assert_eq!(world.post_signed(SECRET, "[1]").await, StatusCode::ACCEPTED);
    world.handle.stop().await;
}

/// Number 28: what is acknowledged is there afterwards, and what cannot be taken is told so.
#[tokio::test]
async fn a_flood_is_refused_and_nothing_acknowledged_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let narrow = |server: &mut squall_server::Settings, _: &mut Settings| server.pending_events = 2;
    let world = World::with(folder.path(), github(&[text(SECRET)]), narrow).await;
    let posts = (0..300).map(|number| {
        let body = json!({ "number": number }).to_string();
        let world = &world;
        async move {
            let code = code(SECRET, &body);
            world
                .post_to(
                    "/api/v1/webhooks/team/github",
                    &[("x-hub-signature-256", &code)],
                    body,
                )
                .await
        }
    });
    let (mut taken, mut refused) = (0, 0);
    for (status, headers, body) in futures_util::future::join_all(posts).await {
        match status {
            StatusCode::ACCEPTED => taken += 1,
            StatusCode::SERVICE_UNAVAILABLE => {
                assert!(headers.contains_key("retry-after"), "{body}");
                refused += 1;
            }
            other => panic!("{other}: {body}"),
        }
    }
    assert!(taken > 0 && refused > 0, "{taken} taken, {refused} refused");
    assert_eq!(world.events().await, taken);
    world.handle.stop().await;
    drop(world);

    let world = World::start(folder.path(), github(&[text(SECRET)])).await;
    assert_eq!(world.events().await, taken);
    // Who was refused may come again: only what is durable is remembered.
    let mut late = 0;
    for number in 0..300 {
        let status = world
            .post_signed(SECRET, &json!({ "number": number }).to_string())
            .await;
        late += u64::from(status == StatusCode::ACCEPTED);
        assert!(
            matches!(status, StatusCode::ACCEPTED | StatusCode::CONFLICT),
            "{status}"
        );
    }
    assert_eq!(late, refused);
    world.handle.stop().await;
}
