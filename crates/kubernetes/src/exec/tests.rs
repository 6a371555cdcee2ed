//! What `exec` promises, by data.

use std::future::pending;

use serde_json::json;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use super::*;

/// A kubelet that does once what a test says.
struct Kubelet {
    cluster: Cluster,
    asked: oneshot::Receiver<String>,
    serving: JoinSet<()>,
}

impl Kubelet {
    async fn new<F>(protocol: &'static str, work: impl FnOnce(Socket) -> F + Send + 'static) -> Self
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (tell, asked) = oneshot::channel();
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            let (stream, _) = listener.accept().await.unwrap();
            #[expect(clippy::result_large_err, reason = "the library's own signature")]
            let answer = |request: &Request, mut response: Response| {
                tell.send(request.uri().to_string()).unwrap();
                let protocol = protocol.parse().unwrap();
                response
                    .headers_mut()
                    .insert("sec-websocket-protocol", protocol);
                Ok(response)
            };
            let socket = tokio_tungstenite::accept_hdr_async(stream, answer).await;
            work(socket.unwrap()).await;
        });
        Self {
            cluster: Cluster::at(&address).unwrap(),
            asked,
            serving,
        }
    }
}

type Socket = WebSocketStream<TcpStream>;

const V4: &str = "v4.channel.k8s.io";
const V5: &str = "v5.channel.k8s.io";

async fn say(socket: &mut Socket, channel: u8, text: &str) {
    let message = [&[channel], text.as_bytes()].concat();
    socket.send(Message::Binary(message.into())).await.unwrap();
}

/// Waits for the other side to close as one should.
async fn good_bye(socket: &mut Socket) {
    loop {
        let message = socket.next().await.expect("a good-bye before the end");
        if matches!(message.unwrap(), Message::Close(_)) {
            return;
        }
    }
}

async fn say_status(socket: &mut Socket, status: Json) {
    say(socket, 3, &status.to_string()).await;
}

fn exit_status(code: &str) -> Json {
    let causes = json!([{"reason": "ExitCode", "message": code}]);
    json!({"status": "Failure", "reason": "NonZeroExitCode", "message": "command terminated", "details": {"causes": causes}})
}

#[tokio::test]
async fn output_comes_in_order_and_by_stream() {
    for protocol in [V4, V5] {
        let kubelet = Kubelet::new(protocol, |mut socket| async move {
            say(&mut socket, 1, "").await;
            say(&mut socket, 3, "").await;
            say(&mut socket, 1, "one ").await;
            say(&mut socket, 2, "two ").await;
            say(&mut socket, 1, "three").await;
            say_status(&mut socket, exit_status("3")).await;
            // The other side says good-bye.
            good_bye(&mut socket).await;
        })
        .await;
        let mut exec = Exec::of("shop", "web-1", &["sh", "-c", "echo a & b"]);
        exec.container = Some("main".to_owned());
        let stop = CancellationToken::new();
        let executed = kubelet.cluster.exec(&exec, &stop).await.unwrap();
        assert_eq!(executed.exit, Exit::Code(3));
        assert_eq!(executed.output, b"one two three");
        assert_eq!(executed.stdout, b"one three");
        assert_eq!(executed.stderr, b"two ");
        assert_eq!(
            kubelet.asked.await.unwrap(),
            "/api/v1/namespaces/shop/pods/web-1/exec?stdout=true&stderr=true&container=main\
             &command=sh&command=-c&command=echo%20a%20%26%20b"
        );
        kubelet.serving.join_all().await;
    }
}

#[tokio::test]
async fn input_is_sent_and_ended() {
    let kubelet = Kubelet::new(V5, |mut socket| async move {
        let mut read = Vec::new();
        while let Some(Ok(Message::Binary(message))) = socket.next().await {
            match message[0] {
                0 => read.extend_from_slice(&message[1..]),
                255 => break,
                other => panic!("channel {other}"),
            }
        }
        say(&mut socket, 1, &read.len().to_string()).await;
        say_status(&mut socket, json!({"status": "Success"})).await;
        good_bye(&mut socket).await;
    })
    .await;
    let mut exec = Exec::of("shop", "web-1", &["wc", "-c"]);
    exec.input = Some(vec![b'x'; 100_000]);
    let executed = kubelet
        .cluster
        .exec(&exec, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(
        (executed.exit, executed.stdout),
        (Exit::Code(0), b"100000".to_vec())
    );
}

#[tokio::test]
async fn the_ways_to_end_are_told_apart() {
    let lost = |reason: &str, message: &str| Exit::Lost {
        reason: reason.to_owned(),
        message: message.to_owned(),
    };
    let cases = [
        (
            Some(json!({"status": "Success", "metadata": {}})),
            Exit::Code(0),
        ),
        (Some(exit_status("127")), Exit::Code(127)),
        (
            Some(
                json!({"status": "Failure", "reason": "InternalError", "message": "no such program"}),
            ),
            lost("InternalError", "no such program"),
        ),
        (
            Some(exit_status("many")),
            lost("NonZeroExitCode", "command terminated"),
        ),
        (
            None,
            lost("", "the connection ended before the command did"),
        ),
    ];
    for (status, exit) in cases {
        let kubelet = Kubelet::new(V5, |mut socket| async move {
            match status {
                Some(status) => say_status(&mut socket, status).await,
                None => return socket.close(None).await.unwrap(),
            }
            good_bye(&mut socket).await;
        })
        .await;
        let exec = Exec::of("shop", "web-1", &["true"]);
        let executed = kubelet
            .cluster
            .exec(&exec, &CancellationToken::new())
            .await
            .unwrap();
        assert_eq!(executed.exit, exit);
    }
}

#[tokio::test]
async fn long_output_is_cut_and_counted() {
    let kubelet = Kubelet::new(V5, |mut socket| async move {
        say(&mut socket, 1, "12345678").await;
        say(&mut socket, 2, "12345678").await;
        say_status(&mut socket, exit_status("0")).await;
        good_bye(&mut socket).await;
    })
    .await;
    let mut exec = Exec::of("shop", "web-1", &["true"]);
    exec.longest_output = 10;
    let executed = kubelet
        .cluster
        .exec(&exec, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(executed.output, b"1234567812");
    assert_eq!(
        (executed.stderr.as_slice(), executed.dropped),
        (&b"12"[..], 6)
    );
}

#[tokio::test]
async fn what_takes_too_long_or_is_cancelled_is_closed() {
    for is_cancelled in [false, true] {
        let stop = CancellationToken::new();
        let stopping = stop.clone();
        let kubelet = Kubelet::new(V5, move |mut socket| async move {
            say(&mut socket, 1, "so far").await;
            let input = socket.next().await;
            assert!(matches!(input, Some(Ok(Message::Binary(_)))));
            if is_cancelled {
                stopping.cancel();
            }
            good_bye(&mut socket).await;
        })
        .await;
        let mut exec = Exec::of("shop", "web-1", &["sleep", "3600"]);
        exec.input = Some(b"x".to_vec());
        exec.within = Duration::from_millis(if is_cancelled { 600_000 } else { 300 });
        let executed = kubelet.cluster.exec(&exec, &stop).await.unwrap();
        if is_cancelled {
            assert_eq!(executed.exit, Exit::Cancelled);
        } else {
            assert_eq!(executed.exit, Exit::TimedOut);
            assert_eq!(executed.output, b"so far");
        }
        kubelet.serving.join_all().await;
    }
}

#[tokio::test]
async fn a_kubelet_that_breaks_off_is_an_error() {
    let kubelet = Kubelet::new(V5, |socket| async move { drop(socket) }).await;
    let exec = Exec::of("shop", "web-1", &["true"]);
    let executed = kubelet.cluster.exec(&exec, &CancellationToken::new()).await;
    assert!(
        matches!(executed, Err(Error::Unreachable(_))),
        "{executed:?}"
    );
}

#[tokio::test]
async fn a_refusal_is_the_api_servers() {
    let server = crate::testing::Canned::new(|_| {
        crate::testing::plain(404, r#"{"kind": "Status", "code": 404, "reason": "NotFound", "message": "pods \"web-1\" not found"}"#)
    })
    .await;
    let exec = Exec::of("shop", "web-1", &["true"]);
    let error = server
        .cluster()
        .exec(&exec, &CancellationToken::new())
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the cluster refused: 404 NotFound: pods \"web-1\" not found"
    );
}

#[tokio::test]
async fn a_pod_is_waited_for_only_if_asked() {
    let phases = std::sync::Mutex::new(vec!["Running", "Pending", "Pending"]);
    let server = crate::testing::Canned::new(move |asked| {
        if asked.contains("/exec") {
            return crate::testing::plain(400, r#"{"code": 400, "message": "exec"}"#);
        }
        let phase = phases.lock().unwrap().pop().unwrap_or("Pending");
        crate::testing::plain(200, json!({"status": {"phase": phase}}).to_string())
    })
    .await;
    let mut exec = Exec::of("shop", "web-1", &["true"]);
    let stop = CancellationToken::new();
    exec.running_within = Some(Duration::from_secs(20));
    let error = server.cluster().exec(&exec, &stop).await.unwrap_err();
    assert_eq!(error.status(), Some(400));
    assert_eq!(server.asked().len(), 4);
    exec.running_within = Some(Duration::from_millis(200));
    let error = server.cluster().exec(&exec, &stop).await.unwrap_err();
    assert!(matches!(error, Error::TooSlow { .. }));
    exec.running_within = None;
    let before = server.asked().len();
    server.cluster().exec(&exec, &stop).await.unwrap_err();
    assert_eq!(server.asked().len(), before + 1);
}

#[tokio::test]
async fn cancelling_ends_waiting_for_an_answer() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let stop = CancellationToken::new();
    let stopping = stop.clone();
    let mut serving = JoinSet::new();
    serving.spawn(async move {
        let _stream = listener.accept().await.unwrap();
        stopping.cancel();
        pending::<()>().await;
    });
    let exec = Exec::of("shop", "web-1", &["true"]);
    let executed = Cluster::at(&address)
        .unwrap()
        .exec(&exec, &stop)
        .await
        .unwrap();
    assert_eq!(executed.exit, Exit::Cancelled);
}
