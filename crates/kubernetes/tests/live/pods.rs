//! Pods run, print, carry out commands, crash and end.

use std::time::Duration;

use serde_json::{Value, json};
use squall_kubernetes::{Exec, Exit, Kind, Logs, Selection};
use tokio_util::sync::CancellationToken;

use crate::place::{play, pod_spec};

fn is_running(pod: &Value) -> bool {
    pod["status"]["containerStatuses"][0]["state"]["running"].is_object()
}

#[tokio::test]
async fn a_pod_prints_carries_out_commands_and_goes() {
    play(async |place| {
        let script = "echo one; echo two; exec sleep 3600";
        place.create_pod("web", &["sh", "-c", script]).await;
        place.until_pod("web", is_running).await;
        let mut logs = Logs::of(&place.namespace, "web");
        place
            .until("both lines", async || {
                let log = place.cluster.logs(&logs).await.unwrap();
                match log.as_slice() {
                    b"one\ntwo\n" => Ok(()),
                    other => Err(String::from_utf8_lossy(other).into_owned()),
                }
            })
            .await;
        logs.tail_lines = Some(1);
        assert_eq!(place.cluster.logs(&logs).await.unwrap(), b"two\n");

        let stop = CancellationToken::new();
        let script = "echo out; echo err >&2; exit 3";
        let exec = Exec::of(&place.namespace, "web", &["sh", "-c", script]);
        let executed = place.cluster.exec(&exec, &stop).await.unwrap();
        assert_eq!(executed.exit, Exit::Code(3));
        assert_eq!(
            (&*executed.stdout, &*executed.stderr),
            (&b"out\n"[..], &b"err\n"[..])
        );
        let mut exec = Exec::of(&place.namespace, "web", &["head", "-c", "5"]);
        exec.input = Some(b"hello".to_vec());
        let executed = place.cluster.exec(&exec, &stop).await.unwrap();
        assert_eq!(
            (executed.exit, &*executed.stdout),
            (Exit::Code(0), &b"hello"[..])
        );
        let mut exec = Exec::of(&place.namespace, "web", &["sleep", "60"]);
        exec.within = Duration::from_secs(2);
        let executed = place.cluster.exec(&exec, &stop).await.unwrap();
        assert_eq!(executed.exit, Exit::TimedOut);
        let exec = Exec::of(&place.namespace, "nobody", &["true"]);
        let refused = place.cluster.exec(&exec, &stop).await.unwrap_err();
        assert_eq!(refused.status(), Some(404), "{refused}");

        let namespace = Some(place.namespace.as_str());
        let kind = Kind::POD;
        let removed = place.cluster.delete(&kind, namespace, "web", Some(0));
        assert!(removed.await.unwrap());
        place
            .until("the pod to be gone", async || {
                match place.get(&Kind::POD, "web").await {
                    None => Ok(()),
                    Some(pod) => Err(pod.to_string()),
                }
            })
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_crash_loop_leaves_last_words_and_events() {
    play(async |place| {
        let script = "echo no database; exit 3";
        place.create_pod("web", &["sh", "-c", script]).await;
        let crashes = |pod: &Value| {
            let status = &pod["status"]["containerStatuses"][0];
            status["state"]["waiting"]["reason"] == "CrashLoopBackOff"
                && status["restartCount"]
                    .as_i64()
                    .is_some_and(|count| count >= 1)
        };
        let pod = place.until_pod("web", crashes).await;
        let ended = &pod["status"]["containerStatuses"][0]["lastState"]["terminated"];
        assert_eq!(ended["exitCode"], 3, "{ended}");
        let mut logs = Logs::of(&place.namespace, "web");
        logs.previous = true;
        assert_eq!(place.cluster.logs(&logs).await.unwrap(), b"no database\n");
        place
            .until("its event", async || {
                let events = place.cluster.events_of(&pod, 100).await.unwrap();
                let is_there = events.iter().any(|event| event["reason"] == "BackOff");
                is_there
                    .then_some(())
                    .ok_or_else(|| json!(events).to_string())
            })
            .await;
    })
    .await;
}

#[tokio::test]
async fn a_job_runs_to_its_end() {
    play(async |place| {
        // The first pod of a namespace waits for its service account: a job tries again by itself.
        let mut spec = pod_spec(&["sh", "-c", "echo done"]);
        spec["restartPolicy"] = "Never".into();
        let job = json!({
            "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "once"},
            "spec": {"backoffLimit": 0, "template": {"spec": spec}},
        });
        place.create(&Kind::JOB, job).await.unwrap();
        place
            .until("the job", async || {
                let job = place.get(&Kind::JOB, "once").await.unwrap();
                match job["status"]["succeeded"].as_i64() {
                    Some(1) => Ok(()),
                    _ => Err(job["status"].to_string()),
                }
            })
            .await;
        let selection = Selection::of(Some(&place.namespace)).labels("job-name=once");
        let pods = place
            .cluster
            .list(&Kind::POD, &selection, 10)
            .await
            .unwrap();
        assert_eq!(pods.len(), 1, "{pods:?}");
        let name = pods[0]["metadata"]["name"].as_str().unwrap();
        let logs = Logs::of(&place.namespace, name);
        assert_eq!(place.cluster.logs(&logs).await.unwrap(), b"done\n");
    })
    .await;
}
