//! What recordings do not show: TLS, proxies, bounds, cancelling, and what errors do not say.

use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use squall_model::Json;
use squall_model::outcome::{Outcome, Verdict};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_rustls::TlsAcceptor;

use crate::testing::{Attempt, host_with};

async fn listener() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

/// Reads the head of a request, answers, and gives the head.
async fn answered(mut stream: impl AsyncRead + AsyncWrite + Unpin, answer: &[u8]) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    stream.write_all(answer).await.unwrap();
    stream.shutdown().await.unwrap();
    String::from_utf8(head).unwrap()
}

async fn accepted(listener: &TcpListener) -> TcpStream {
    listener.accept().await.unwrap().0
}

/// One request to a server that gives one answer.
async fn asked(answer: &[u8], limit: usize) -> Outcome {
    let (listener, port) = listener().await;
    let host = host_with(|settings| settings.output_limit = limit);
    let parameters = json!({"url": format!("http://127.0.0.1:{port}/")});
    let attempt = Attempt::on(host, "http-request", parameters);
    let serving = async { answered(accepted(&listener).await, answer).await };
    tokio::join!(attempt.outcome(), serving).0
}

fn error(outcome: &Outcome) -> &str {
    outcome.result["error"].as_str().unwrap_or_default()
}

#[tokio::test]
async fn a_long_answer_is_refused() {
    let within = asked(
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789",
        10,
    )
    .await;
    assert_eq!(within.result["body"], "0123456789");
    let beyond = asked(
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n01234567890",
        10,
    )
    .await;
    assert_eq!(beyond.verdict, Verdict::Failed);
    assert_eq!(error(&beyond), "the answer is longer than 10 bytes");
}

#[tokio::test]
async fn a_packed_answer_is_bounded_unpacked() {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut packer, &vec![b'x'; 1_000_000]).unwrap();
    let packed = packer.finish().unwrap();
    assert!(packed.len() < 2_000);
    let length = packed.len();
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n");
    let answer = [head.into_bytes(), packed].concat();
    assert_eq!(
        error(&asked(&answer, 10_000).await),
        "the answer is longer than 10000 bytes"
    );
    let whole = asked(&answer, 1_000_000).await;
    assert_eq!(whole.result["body"].as_str().unwrap().len(), 1_000_000);
}

#[tokio::test]
async fn a_cancel_does_not_wait_for_the_server() {
    let (listener, port) = listener().await;
    let attempt = Attempt::new(
        "http-request",
        json!({"url": format!("http://127.0.0.1:{port}/")}),
    );
    let cancel = attempt.run.cancel.clone();
    let cancelling = async {
        let silent = accepted(&listener).await;
        cancel.cancel();
        (silent, Instant::now())
    };
    let (outcome, (_silent, asked_at)) = tokio::join!(attempt.outcome(), cancelling);
    assert_eq!(outcome.verdict, Verdict::Cancelled);
    assert!(asked_at.elapsed() < Duration::from_secs(1));
}

#[tokio::test]
async fn a_redirect_does_not_lead_to_a_refused_host() {
    let (listener, port) = listener().await;
    let parameters = json!({
        "url": format!("http://localhost:{port}/"),
        "allow_redirects": true,
        "url_hosts_blacklist": ["127.0.0.1"]
    });
    let answer = format!(
        "HTTP/1.1 302 Found\r\nLocation: http://127.1:{port}/\r\nContent-Length: 0\r\n\r\n"
    );
    let attempt = Attempt::new("http-request", parameters);
    let serving = async { answered(accepted(&listener).await, answer.as_bytes()).await };
    let (outcome, _) = tokio::join!(attempt.outcome(), serving);
    assert_eq!(error(&outcome), "the host `127.0.0.1` is blacklisted");
}

#[tokio::test]
async fn errors_do_not_tell_passwords() {
    // Nothing listens on a port that was just given back.
    let (listener, port) = listener().await;
    drop(listener);
    for url in [
        format!("http://pat:s3cret@127.0.0.1:{port}/?token=s3cret"),
        "http://pat:s3cret@".to_owned(),
        "ftp://pat:s3cret@a/".to_owned(),
    ] {
        let outcome = Attempt::new("http-request", json!({"url": url}))
            .outcome()
            .await;
        assert_eq!(outcome.verdict, Verdict::Failed);
        assert!(!error(&outcome).is_empty());
        assert!(
            !outcome.result.to_string().contains("s3cret"),
            "{}",
            outcome.result
        );
    }
}

#[tokio::test]
async fn a_proxy_is_told_the_whole_url() {
    let (listener, port) = listener().await;
    let parameters = json!({
        "url": "http://pat:x@far.test:81/a?b#c",
        "http_proxy": format!("http://proxy:y@127.0.0.1:{port}")
    });
    let attempt = Attempt::new("http-request", parameters);
    let serving = async {
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        answered(accepted(&listener).await, answer).await
    };
    let (outcome, head) = tokio::join!(attempt.outcome(), serving);
    assert_eq!(outcome.verdict, Verdict::Succeeded);
    assert!(
        head.starts_with("GET http://far.test:81/a?b HTTP/1.1\r\n"),
        "{head}"
    );
    assert!(head.contains("\r\nHost: far.test:81\r\n"), "{head}");
    assert!(
        head.contains("\r\nProxy-Authorization: Basic cHJveHk6eQ==\r\n"),
        "{head}"
    );
}

/// A server's side of TLS for `localhost`, and its certificate as PEM.
fn secured() -> (TlsAcceptor, String) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), made.cert.pem())
}

/// One HTTPS request to `localhost`, through a proxy if `tunnelled`, trusting the certificates of a file if there is one.
async fn asked_securely(
    more: Json,
    bundle: Option<&str>,
    acceptor: &TlsAcceptor,
    tunnelled: bool,
) -> Outcome {
    let (listener, port) = listener().await;
    let mut parameters = json!({"url": format!("https://localhost:{port}/")});
    if tunnelled {
        parameters =
            json!({"url": "https://localhost:444/", "https_proxy": format!("127.0.0.1:{port}")});
    }
    parameters
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let host = host_with(|settings| {
        let bundle = bundle.map(|file| ("REQUESTS_CA_BUNDLE".into(), file.into()));
        settings.environment.extend(bundle);
    });
    let attempt = Attempt::on(host, "http-request", parameters);
    let serving = async {
        let mut stream = accepted(&listener).await;
        if tunnelled {
            let mut head =
                vec![0; "CONNECT localhost:444 HTTP/1.1\r\nHost: localhost:444\r\n\r\n".len()];
            stream.read_exact(&mut head).await.unwrap();
            assert!(head.starts_with(b"CONNECT localhost:444 "));
            stream
                .write_all(b"HTTP/1.1 200 Connected\r\n\r\n")
                .await
                .unwrap();
        }
        // A client that does not trust us goes away.
        if let Ok(stream) = acceptor.accept(stream).await {
            answered(
                stream,
                b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nsecret",
            )
            .await;
        }
    };
    tokio::join!(attempt.outcome(), serving).0
}

#[tokio::test]
async fn certificates_are_checked_unless_told_otherwise() {
    let (acceptor, certificate) = secured();
    let file = tempfile::NamedTempFile::new().unwrap();
    fs_err::write(file.path(), certificate).unwrap();
    let bundle = file.path().to_str();

    let unchecked = asked_securely(json!({"verify_ssl_cert": false}), None, &acceptor, false).await;
    assert_eq!(unchecked.result["body"], "secret");
    let trusted = asked_securely(json!({}), bundle, &acceptor, false).await;
    assert_eq!(trusted.result["body"], "secret");
    let tunnelled = asked_securely(json!({}), bundle, &acceptor, true).await;
    assert_eq!(tunnelled.result["body"], "secret");

    let (stranger, _) = secured();
    let refused = asked_securely(json!({}), bundle, &stranger, false).await;
    assert_eq!(refused.verdict, Verdict::Failed);
    assert!(
        error(&refused).contains("certificate"),
        "{}",
        error(&refused)
    );
}

#[tokio::test]
async fn a_proxy_that_refuses_is_quoted() {
    let (listener, port) = listener().await;
    let parameters =
        json!({"url": "https://far.test/", "https_proxy": format!("127.0.0.1:{port}")});
    let attempt = Attempt::new("http-request", parameters);
    let serving =
        async { answered(accepted(&listener).await, b"HTTP/1.1 403 Forbidden\r\n\r\n").await };
    let (outcome, _) = tokio::join!(attempt.outcome(), serving);
    assert_eq!(
        error(&outcome),
        "the proxy does not connect to `far.test`: HTTP/1.1 403 Forbidden"
    );
}

/// Number 17 of the security tests: the address that is connected to is looked at, after resolving and at each redirect.
#[tokio::test]
async fn refused_networks_are_reached_by_no_name_and_no_redirect() {
    let host = |networks: &'static [&'static str]| {
        host_with(|settings| {
            let networks = networks.iter().map(|text| text.parse().unwrap());
            settings.refused_networks = networks.collect();
        })
    };
    let (listener, port) = listener().await;
    let loopback: &[&str] = &["127.0.0.0/8", "::1", "0.0.0.0/8"];
    for name in [
        "127.0.0.1",
        "localhost",
        "2130706433",
        "0x7f.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "0",
    ] {
        let parameters = json!({"url": format!("http://{name}:{port}/")});
        let outcome = Attempt::on(host(loopback), "http-request", parameters)
            .outcome()
            .await;
        assert!(
            error(&outcome).contains("the settings refuse"),
            "{name}: {:?}",
            outcome.result
        );
    }
    let parameters =
        json!({"url": "http://example.invalid/", "http_proxy": format!("http://127.0.0.1:{port}")});
    let outcome = Attempt::on(host(loopback), "http-request", parameters)
        .outcome()
        .await;
    assert_eq!(outcome.verdict, Verdict::Failed, "{:?}", outcome.result);

    let away = "HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest/\r\nContent-Length: 0\r\n\r\n";
    let parameters = json!({"url": format!("http://127.0.0.1:{port}/"), "allow_redirects": true});
    let attempt = Attempt::on(host(&["169.254.0.0/16"]), "http-request", parameters);
    let serving = async { answered(accepted(&listener).await, away.as_bytes()).await };
    let (outcome, _) = tokio::join!(attempt.outcome(), serving);
    let told = error(&outcome);
    assert!(
        told.contains("the settings refuse the address 169.254.169.254"),
        "{told}"
    );
}
