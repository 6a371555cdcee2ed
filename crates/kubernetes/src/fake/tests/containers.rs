//! Logs, commands, evictions and scales.

use std::time::Duration;

use bytes::Bytes;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::exec::{Exec, Exit};
use crate::fake::Executed;

/// A pod that runs, with these containers.
fn running(name: &str, containers: &[&str]) -> Value {
    let mut pod = pod(name);
    let containers = containers
        .iter()
        .map(|name| json!({"name": name, "image": "x"}));
    pod["spec"]["containers"] = containers.collect();
    pod["status"] = json!({"phase": "Running"});
    pod
}

fn log(pod: &str) -> Ask {
    Ask::get(format!("{PODS}/{pod}/log"))
}

#[tokio::test]
async fn logs_are_cut_as_asked_for() {
    let fake = started().await;
    fake.fake.put(running("web", &["main"])).unwrap();
    fake.fake
        .set_log("default", "web", "main", "one\ntwo\nthree\n");
    fake.fake
        .set_previous_log("default", "web", "main", "before");
    for (query, expected) in [
        (vec![], "one\ntwo\nthree\n"),
        (vec![("tailLines", "2")], "two\nthree\n"),
        (vec![("tailLines", "0")], ""),
        (vec![("tailLines", "9"), ("limitBytes", "5")], "one\nt"),
        (vec![("previous", "true")], "before"),
        (
            vec![("container", "main"), ("sinceSeconds", "60")],
            "one\ntwo\nthree\n",
        ),
        (
            vec![("tailLines", "1"), ("timestamps", "true")],
            "2026-01-01T00:00:00",
        ),
    ] {
        let ask = query
            .iter()
            .fold(log("web"), |ask, (name, value)| ask.query(name, *value));
        let answer = fake.ask(ask).await;
        let text = String::from_utf8(answer.body).unwrap();
        if expected.starts_with("2026") {
            assert!(
                text.starts_with(expected) && text.ends_with("Z three\n"),
                "{text}"
            );
        } else {
            assert_eq!(text, expected, "{query:?}");
        }
    }
}

#[tokio::test]
async fn logs_that_are_not_there_are_refused() {
    let fake = started().await;
    fake.fake.put(running("web", &["main"])).unwrap();
    fake.fake.put(running("two", &["a", "b"])).unwrap();
    let mut waiting = running("waiting", &["main"]);
    waiting["status"]["containerStatuses"] = json!([{"name": "main", "restartCount": 0, "state": {"waiting": {"reason": "ContainerCreating"}}}]);
    fake.fake.put(waiting).unwrap();
    assert_eq!(fake.ask(log("web")).await.body, b"");
    for (ask, status, message) in [
        (log("none"), 404, "pods \"none\" not found"),
        (
            log("two"),
            400,
            "a container name must be specified for pod two, choose one of: [a b]",
        ),
        (
            log("two").query("container", "c"),
            400,
            "container c is not valid for pod two",
        ),
        (
            log("waiting"),
            400,
            "container \"main\" in pod \"waiting\" is waiting to start: ContainerCreating",
        ),
        (
            log("web").query("previous", "true"),
            400,
            "previous terminated container \"main\" in pod \"web\" not found",
        ),
        (
            log("web").query("tailLines", "-1"),
            422,
            "PodLogOptions \"web\" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0",
        ),
    ] {
        match fake.cluster.json(ask).await {
            Err(Error::Refused {
                status: found,
                message: said,
                ..
            }) => {
                assert_eq!((found, said.as_str()), (status, message));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_log_is_followed_until_its_container_ends() {
    let fake = started().await;
    fake.fake.put(running("web", &["main"])).unwrap();
    fake.fake.set_log("default", "web", "main", "one\n");
    let ask = log("web").query("follow", "true");
    let mut pieces = fake.cluster.open(&ask).await.unwrap().unwrap();
    let mut next = async || pieces.next().await.map(Result::unwrap);
    assert_eq!(next().await, Some(Bytes::from("one\n")));
    fake.fake.append_log("default", "web", "main", "two");
    assert_eq!(next().await, Some(Bytes::from("two\n")));
    fake.fake.append_log("default", "web", "main", "three\n");
    let ended = |pod: &mut Value| pod["status"]["phase"] = "Succeeded".into();
    fake.fake.update("Pod", "default", "web", ended).unwrap();
    let mut rest = Vec::new();
    while let Some(piece) = next().await {
        rest.extend_from_slice(&piece);
    }
    assert_eq!(rest, b"three\n");
}

#[tokio::test]
async fn commands_are_carried_out_by_the_test() {
    let fake = started().await;
    fake.fake.put(running("web", &["main", "side"])).unwrap();
    fake.fake.on_exec(|exec| match exec.command[0].as_str() {
        "cat" => Executed::printed(exec.stdin),
        "where" => Executed::printed(format!(
            "{}/{}/{}",
            exec.namespace, exec.pod, exec.container
        )),
        "long" => Executed::printed(vec![b'x'; 100_000]),
        _ => Executed::failed(3, "no\n"),
    });
    let run = async |command: &str, input: Option<&[u8]>| {
        let exec = Exec {
            container: Some("side".to_owned()),
            input: input.map(<[u8]>::to_vec),
            ..Exec::of("default", "web", &[command])
        };
        fake.cluster
            .exec(&exec, &CancellationToken::new())
            .await
            .unwrap()
    };
    let executed = run("where", None).await;
    assert_eq!(
        (executed.exit, executed.stdout),
        (Exit::Code(0), b"default/web/side".to_vec())
    );
    let executed = run("cat", Some(b"hello")).await;
    assert_eq!(
        (executed.exit, executed.stdout),
        (Exit::Code(0), b"hello".to_vec())
    );
    assert_eq!(run("long", None).await.stdout.len(), 100_000);
    let executed = run("false", None).await;
    assert_eq!(
        (executed.exit, executed.stderr),
        (Exit::Code(3), b"no\n".to_vec())
    );
}

#[tokio::test]
async fn older_clients_speak_the_fourth_protocol() {
    let fake = started().await;
    fake.fake.put(running("web", &["main"])).unwrap();
    fake.fake.on_exec(|exec| Executed {
        stderr: b"hm".to_vec(),
        exit_code: 2,
        ..Executed::printed(exec.stdin)
    });
    let address = fake.fake.address().replace("http", "ws");
    let query = "command=cat&stdin=1&stdout=1&stderr=1";
    let mut request = format!("{address}{PODS}/web/exec?{query}")
        .into_client_request()
        .unwrap();
    let offered = "channel.k8s.io, v4.channel.k8s.io".parse().unwrap();
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", offered);
    let (mut socket, answer) = client_async(request, fake.connect().await).await.unwrap();
    assert_eq!(
        answer.headers()["Sec-WebSocket-Protocol"],
        "v4.channel.k8s.io"
    );
    socket
        .send(Message::Binary(Bytes::from("\0hello")))
        .await
        .unwrap();
    let mut told = Vec::new();
    while let Some(Ok(message)) = socket.next().await {
        if let Message::Binary(bytes) = message {
            told.push((bytes[0], String::from_utf8(bytes[1..].to_vec()).unwrap()));
        }
    }
    assert_eq!(told[..2], [(1, "hello".to_owned()), (2, "hm".to_owned())]);
    let status: Value = serde_json::from_str(&told[2].1).unwrap();
    assert_eq!(
        (told[2].0, &status["reason"]),
        (3, &json!("NonZeroExitCode"))
    );
    assert_eq!(
        status["details"]["causes"],
        json!([{"reason": "ExitCode", "message": "2"}])
    );
}

#[tokio::test]
async fn commands_that_cannot_begin_say_so() {
    let fake = started().await;
    fake.fake.put(running("web", &["main"])).unwrap();
    let executed = fake
        .cluster
        .exec(
            &Exec::of("default", "web", &["ls"]),
            &CancellationToken::new(),
        )
        .await
        .unwrap();
    match executed.exit {
        Exit::Lost { reason, message } => {
            assert_eq!(reason, "InternalError");
            assert!(
                message.contains("exec: \"ls\": executable file not found in $PATH"),
                "{message}"
            );
        }
        other => panic!("{other:?}"),
    }
    let mut ended = running("ended", &["main"]);
    ended["status"]["phase"] = "Failed".into();
    fake.fake.put(ended).unwrap();
    let no_websocket = Ask::get(format!("{PODS}/web/exec")).query("command", "ls");
    assert_eq!(fake.refusal(no_websocket).await.0, 400);
    let no_command = Ask::get(format!("{PODS}/web/exec"));
    assert_eq!(fake.refusal(no_command).await.0, 400);
    let ended = Ask::get(format!("{PODS}/ended/exec")).query("command", "ls");
    assert_eq!(fake.refusal(ended).await.0, 400);
}

#[tokio::test]
async fn a_command_may_never_end() {
    let fake = started().await;
    fake.fake.put(running("web", &["main"])).unwrap();
    fake.fake.on_exec(|_| Executed {
        hangs: true,
        ..Executed::printed("begun")
    });
    let exec = Exec {
        within: Duration::from_millis(300),
        ..Exec::of("default", "web", &["sleep"])
    };
    let executed = fake
        .cluster
        .exec(&exec, &CancellationToken::new())
        .await
        .unwrap();
    assert_eq!(
        (executed.exit, executed.stdout),
        (Exit::TimedOut, b"begun".to_vec())
    );
}

#[tokio::test]
async fn pods_are_evicted_as_far_as_budgets_allow() {
    let fake = started().await;
    for name in ["a", "b", "c"] {
        let mut pod = running(name, &["main"]);
        pod["metadata"]["labels"] = json!({"app": "web"});
        fake.fake.put(pod).unwrap();
    }
    let budget = json!({
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": "web", "namespace": "default"},
        "spec": {"minAvailable": "60%", "selector": {"matchLabels": {"app": "web"}}},
    });
    fake.fake.put(budget).unwrap();
    let evict = |name: &str| {
        let body =
            json!({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": name}});
        Ask::new(Method::POST, format!("{PODS}/{name}/eviction")).body(body)
    };
    assert_eq!(fake.json(evict("a")).await["status"], "Success");
    assert_eq!(
        fake.refusal(evict("b")).await,
        (429, "TooManyRequests".to_owned())
    );
    let allowed = |budget: &mut Value| budget["status"] = json!({"disruptionsAllowed": 1});
    fake.fake
        .update("PodDisruptionBudget", "default", "web", allowed)
        .unwrap();
    fake.json(evict("b")).await;
    assert_eq!(fake.refusal(evict("c")).await.0, 429);
    assert_eq!(names(&fake.json(Ask::get(PODS)).await), ["c"]);
}

#[tokio::test]
async fn a_deployment_is_scaled_and_a_pod_bound() {
    let fake = started().await;
    let path = "/apis/apps/v1/namespaces/default/deployments";
    let deployment = json!({"metadata": {"name": "web"}, "spec": {"replicas": 2, "selector": {"matchLabels": {"app": "web"}}}});
    fake.post(path, deployment).await;
    let scale = format!("{path}/web/scale");
    let found = fake.json(Ask::get(&scale)).await;
    assert_eq!(
        (&found["kind"], &found["spec"]["replicas"]),
        (&json!("Scale"), &json!(2))
    );
    assert_eq!(found["status"]["selector"], "app=web");
    let shown = fake
        .patch(&scale, "merge-patch+json", json!({"spec": {"replicas": 5}}))
        .await;
    assert_eq!(shown["spec"]["replicas"], 5);
    assert_eq!(
        fake.fake.object("Deployment", "default", "web").unwrap()["spec"]["replicas"],
        5
    );
    let stale = Ask::new(Method::PUT, &scale).body(found);
    assert_eq!(fake.refusal(stale).await.0, 409);
    let negative = patch(
        &scale,
        "merge-patch+json",
        json!({"spec": {"replicas": -1}}),
    );
    assert_eq!(fake.refusal(negative).await.0, 422);
    fake.post(PODS, pod("web")).await;
    fake.post(
        &format!("{PODS}/web/binding"),
        json!({"target": {"name": "n1"}}),
    )
    .await;
    let bound = Ask::get("/api/v1/pods").query("fieldSelector", "spec.nodeName=n1");
    assert_eq!(names(&fake.json(bound).await), ["web"]);
}
