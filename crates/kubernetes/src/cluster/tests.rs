//! What `cluster` promises, by data.

use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use serde_json::json;
use squall_model::Json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::task::JoinSet;

use crate::testing::{Canned, plain};
use crate::{Ask, Cluster, Error};

/// Answers the first requests badly, and then well.
async fn troubled(troubles: Vec<u16>) -> Canned {
    let count = AtomicUsize::new(0);
    Canned::new(
        move |_| match troubles.get(count.fetch_add(1, Ordering::Relaxed)) {
            Some(&status) => (
                status,
                vec![("retry-after", "3600".to_owned())],
                String::new(),
            ),
            None => plain(200, "{}"),
        },
    )
    .await
}

#[tokio::test]
async fn what_reads_is_asked_again_while_the_server_is_busy() {
    let cases = [
        (vec![], 200, 1),
        (vec![429, 503], 200, 3),
        (vec![500], 500, 1),
        (vec![404], 404, 1),
        (vec![429; 9], 429, 5),
    ];
    for (troubles, status, asked) in cases {
        let server = troubled(troubles.clone()).await;
        let answer = server.cluster().ask(Ask::get("/api")).await.unwrap();
        assert_eq!(
            (answer.status, server.asked().len()),
            (status, asked),
            "{troubles:?}"
        );
    }
}

#[tokio::test]
async fn what_changes_something_is_asked_once() {
    let server = troubled(vec![503]).await;
    let ask = Ask::new(Method::POST, "/api").body(json!({}));
    let answer = server.cluster().ask(ask).await.unwrap();
    assert_eq!((answer.status, server.asked().len()), (503, 1));
}

#[tokio::test]
async fn nobody_there_is_told_with_its_cause() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let limits = crate::Limits {
        longest_pause: std::time::Duration::from_millis(1),
        ..crate::Limits::default()
    };
    let cluster = Cluster::at(&address).unwrap().with_limits(limits);
    let error = cluster.get("/api").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot reach the cluster");
    assert!(std::error::Error::source(&error).is_some());
}

#[tokio::test]
async fn a_silent_server_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let mut ask = Ask::get("/api");
    ask.within = Some(std::time::Duration::from_millis(50));
    let error = Cluster::at(&address).unwrap().ask(ask).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the cluster did not answer within 0.05 s"
    );
}

/// A kubeconfig whose user is told by a program.
fn kubeconfig(server: &str, user: &Json) -> String {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "one",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "u", "namespace": "shop"}},
            {"name": "two", "context": {"cluster": "c", "user": "u"}},
        ],
        "users": [{"name": "u", "user": user}],
    })
    .to_string()
}

#[cfg(unix)]
#[tokio::test]
async fn a_program_says_who_we_are() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("login");
    let said = r#"{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "t0k3n"}}"#;
    let script =
        format!("#!/bin/sh\ncase \"$WHO:$1\" in ana:get) echo '{said}';; *) exit 3;; esac\n");
    fs_err::write(&program, script).unwrap();
    fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();

    let (sender, receiver) = std::sync::mpsc::channel();
    let server = Listening::new(sender).await;
    for (argument, goes) in [("get", true), ("put", false)] {
        let user = json!({"exec": {
            "apiVersion": "client.authentication.k8s.io/v1",
            "command": program, "args": [argument], "interactiveMode": "Never",
            "env": [{"name": "WHO", "value": "ana"}],
        }});
        let file = folder.path().join("config");
        fs_err::write(&file, kubeconfig(&server.address, &user)).unwrap();
        let named = format!("/nowhere/config:{}", file.display());
        let found = Cluster::found(Some(&named), None, None).await;
        if goes {
            let cluster = found.unwrap();
            assert_eq!(cluster.default_namespace(), "shop");
            cluster.get("/api").await.unwrap();
            let authorization = receiver.recv().unwrap();
            assert_eq!(authorization, "Bearer t0k3n");
        } else {
            assert!(matches!(found, Err(Error::Credentials(_))));
        }
    }
}

#[tokio::test]
async fn a_context_may_be_named_and_the_home_folder_counts_last() {
    let home = tempfile::tempdir().unwrap();
    fs_err::create_dir_all(home.path().join(".kube")).unwrap();
    let user = json!({"token": "a"});
    let text = kubeconfig("http://127.0.0.1:1", &user);
    fs_err::write(home.path().join(".kube/config"), text).unwrap();
    let cases = [(None, "shop"), (Some("two"), "default")];
    for (context, namespace) in cases {
        let cluster = Cluster::found(None, Some(home.path()), context)
            .await
            .unwrap();
        assert_eq!(cluster.default_namespace(), namespace);
    }
    let unknown = Cluster::found(Some(""), Some(home.path()), Some("three")).await;
    assert!(matches!(unknown, Err(Error::Config(_))));
    let nowhere = Cluster::found(None, None, None).await;
    assert!(matches!(nowhere, Err(Error::Nowhere(_))));
}

/// A server that tells who asks.
struct Listening {
    address: String,
    _serving: JoinSet<()>,
}

impl Listening {
    async fn new(told: std::sync::mpsc::Sender<String>) -> Self {
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            loop {
                let (mut stream, _) = listener.accept().await.unwrap();
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let mut lines = head.lines();
                let line = lines.find_map(|line| line.strip_prefix("authorization: "));
                told.send(line.unwrap_or_default().to_owned()).unwrap();
                let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
                stream.write_all(answer).await.unwrap();
            }
        });
        Self {
            address,
            _serving: serving,
        }
    }
}

#[tokio::test]
async fn a_server_is_trusted_by_its_certificate() {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let authority = folder.path().join("ca.crt");
    fs_err::write(&authority, made.cert.pem()).unwrap();
    let (address, _serving) = secured(&made).await;
    for is_known in [true, false] {
        let mut config: Json = serde_json::from_str(&kubeconfig(&address, &json!({}))).unwrap();
        if is_known {
            config["clusters"][0]["cluster"]["certificate-authority"] = json!(authority);
        }
        let file = folder.path().join("config");
        fs_err::write(&file, config.to_string()).unwrap();
        let cluster = Cluster::of_kubeconfig(&file, None).await.unwrap();
        let ask = Ask::new(Method::POST, "/api").body(json!({}));
        match cluster.ask(ask).await {
            Ok(answer) => assert!(is_known && answer.status == 200),
            Err(error) => assert!(
                !is_known && matches!(error, Error::Unreachable(_)),
                "{error:?}"
            ),
        }
    }
}

/// A server that speaks TLS and always says the same.
async fn secured(made: &rcgen::CertifiedKey<rcgen::KeyPair>) -> (String, JoinSet<()>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let key = rustls::pki_types::PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            // Who does not trust us breaks off.
            let Ok(mut stream) = acceptor.accept(stream).await else {
                continue;
            };
            let mut read = Vec::new();
            while !read.ends_with(b"\r\n\r\n{}") {
                read.push(stream.read_u8().await.unwrap());
            }
            let answer = b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}";
            stream.write_all(answer).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    });
    (format!("https://localhost:{port}"), serving)
}

/// A proxy that connects whoever asks with `CONNECT`; it tells where to.
async fn proxy() -> (String, JoinSet<()>, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (told, asked) = channel(16);
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let head = String::from_utf8(head).unwrap();
            let mut words = head.split_whitespace();
            assert_eq!(words.next(), Some("CONNECT"), "{head}");
            let to = words.next().unwrap().to_owned();
            let mut server = TcpStream::connect(&to).await.unwrap();
            told.send(to).await.unwrap();
            client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            drop(copy_bidirectional(&mut client, &mut server).await);
        }
    });
    (url, serving, asked)
}

#[tokio::test]
async fn a_cluster_is_reached_by_the_proxy_of_its_kubeconfig() {
    let server = Canned::new(|_| plain(200, r#"{"kind": "APIVersions"}"#)).await;
    let (url, _serving, mut asked) = proxy().await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("kubeconfig");
    let cluster = json!({"server": server.address(), "proxy-url": url});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "c",
        "clusters": [{"name": "c", "cluster": cluster}],
        "users": [{"name": "c", "user": {}}],
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
    });
    fs_err::write(&file, config.to_string()).unwrap();
    let cluster = Cluster::of_kubeconfig(&file, None).await.unwrap();
    let answer = cluster.get("/api").await.unwrap().unwrap();
    assert_eq!(answer["kind"], "APIVersions");
    let to = asked.recv().await.unwrap();
    assert_eq!(format!("http://{to}"), server.address());
}
