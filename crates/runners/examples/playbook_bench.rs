//! Times a Python action on a pod, from the event to its finding: `cargo run --release -p squall-runners --example
//! playbook_bench`.
//!
//! The action is `my_action` of `examples/playbooks`, which reads the pod's logs and runs a command in it; both are
//! answered at once. The pod has 4.7 kB. What playbooks import is installed first, unless `SQUALL_PLAYBOOKS_PYTHON` names
//! a Python that has it.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use squall_model::record::OutputKind;
use squall_model::{Id, Json, Object};
use squall_runners::python::{self, End, Playbooks, Repository, Share, Step, Surroundings};
use squall_runners::{Call, Calls, Host, Later, Output, PlaybookCall, Settings};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

const ROUNDS: usize = 300;
const AT_ONCE: usize = 8;

#[expect(clippy::print_stdout, reason = "its output is what it is for")]
#[tokio::main]
async fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let bench = Bench {
        host: host(folder.path()),
        request: request(),
    };
    let begin = Instant::now();
    bench.one().await;
    println!("first           {:?}", begin.elapsed());
    println!("waiting child   {}", bench.one_at_a_time().await);
    println!(
        "waiting child   {:.0} a second, {AT_ONCE} at a time",
        Box::pin(bench.all_the_time()).await
    );
    bench.host.python.stop().await;
}

struct Bench {
    host: Arc<Host>,
    request: Playbooks,
}

impl Bench {
    async fn one(&self) {
        let surroundings = Surroundings {
            execution: Id::of("execution"),
            environment: Vec::new(),
            output: Arc::new(Nobody),
            calls: Arc::new(Nobody),
            cancel: CancellationToken::new(),
            timeout: Duration::from_secs(60),
        };
        let performed = self
            .host
            .perform_playbooks(&self.request, &surroundings)
            .await;
        assert_eq!(performed.end, End::Done, "{performed:?}");
        let results = performed.results.unwrap_or_default();
        assert!(results.actions.iter().all(|ran| ran.success), "{results:?}");
    }

    async fn one_at_a_time(&self) -> String {
        let mut times = Vec::new();
        for _ in 0..ROUNDS {
            // Longer than it takes to fork the next waiting child.
            sleep(Duration::from_millis(40)).await;
            let begin = Instant::now();
            self.one().await;
            times.push(begin.elapsed());
        }
        times.sort();
        let at = |share: usize| times.get(ROUNDS * share / 100).copied().unwrap_or_default();
        format!("p50 {:?}  p99 {:?}", at(50), at(99))
    }

    async fn all_the_time(&self) -> f64 {
        let begin = Instant::now();
        let lane = || async {
            for _ in 0..ROUNDS / AT_ONCE {
                self.one().await;
            }
        };
        tokio::join!(
            lane(),
            lane(),
            lane(),
            lane(),
            lane(),
            lane(),
            lane(),
            lane()
        );
        let count = u32::try_from(ROUNDS / AT_ONCE * AT_ONCE).map_or(f64::INFINITY, f64::from);
        count / begin.elapsed().as_secs_f64()
    }
}

fn request() -> Playbooks {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/playbooks");
    let event = json!({
        "type": "kubernetes_change", "operation": "update", "kind": "Pod", "api_version": "v1", "description": "",
        "obj": pod(4), "old_obj": pod(3),
    });
    Playbooks {
        repositories: vec![Repository {
            name: "seed_playbooks".to_owned(),
            folder: fs_err::canonicalize(examples).expect("the examples"),
            install: true,
        }],
        event,
        context: Object::new(),
        global_config: Object::new(),
        playbooks: vec![Share {
            sinks: vec!["out".to_owned()],
            actions: vec![Step {
                name: "my_action".to_owned(),
                params: Object::new(),
            }],
            ..Share::default()
        }],
        findings: None,
        more: false,
    }
}

/// A pod as a usual cluster has it.
fn pod(restarts: u32) -> Json {
    let variables = |number: u32| json!({"name": format!("VARIABLE_{number}"), "value": format!("the value of {number}")});
    let volumes = |number: u32| json!({"name": format!("volume-{number}"), "configMap": {"name": format!("config-{number}"), "defaultMode": 420}});
    let mounts = |number: u32| json!({"name": format!("volume-{number}"), "mountPath": format!("/etc/config/{number}"), "readOnly": true});
    let condition = |kind: &str| json!({"type": kind, "status": "True", "lastProbeTime": null, "lastTransitionTime": "2024-03-01T10:00:00Z"});
    let container = |name: &str| {
        json!({
            "name": name, "image": format!("registry.example/shop/{name}:1.2.3"), "imagePullPolicy": "IfNotPresent",
            "env": (0..8).map(variables).collect::<Vec<_>>(), "volumeMounts": (0..6).map(mounts).collect::<Vec<_>>(),
            "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "1", "memory": "512Mi"}},
            "ports": [{"name": "http", "containerPort": 8080, "protocol": "TCP"}],
            "livenessProbe": {"httpGet": {"path": "/healthz", "port": "http", "scheme": "HTTP"}, "periodSeconds": 10, "failureThreshold": 3},
            "terminationMessagePath": "/dev/termination-log", "terminationMessagePolicy": "File",
        })
    };
    let state = |name: &str| {
        json!({
            "name": name, "image": format!("registry.example/shop/{name}:1.2.3"), "ready": false, "restartCount": restarts,
            "imageID": "registry.example/shop/web@sha256:3a7bd3e2360a3d29eea436fcfb7e44c735d117c42d1c1835420b6b9942dd4f1b",
            "state": {"waiting": {"reason": "CrashLoopBackOff", "message": "back-off 5m0s restarting failed container"}},
            "lastState": {"terminated": {"exitCode": 1, "reason": "Error", "startedAt": "2024-03-01T10:00:00Z", "finishedAt": "2024-03-01T10:00:01Z"}},
        })
    };
    let conditions = ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map(condition);
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {
            "name": "web-7d9f5c6b8-x2x4z", "generateName": "web-7d9f5c6b8-", "namespace": "shop", "resourceVersion": "123456",
            "uid": "0d6c7f3a-7d55-4c47-9d3b-6f0f8f0c7d11", "creationTimestamp": "2024-03-01T09:00:00Z",
            "labels": {"app": "web", "pod-template-hash": "7d9f5c6b8", "team": "shop"},
            "annotations": {"prometheus.io/scrape": "true", "prometheus.io/port": "8080"},
            "ownerReferences": [{"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web-7d9f5c6b8", "controller": true, "uid": "1"}],
        },
        "spec": {
            "nodeName": "node-1", "restartPolicy": "Always", "serviceAccountName": "web", "dnsPolicy": "ClusterFirst",
            "containers": [container("web"), container("proxy")], "volumes": (0..6).map(volumes).collect::<Vec<_>>(),
            "tolerations": [{"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 300}],
        },
        "status": {
            "phase": "Running", "hostIP": "10.0.0.1", "podIP": "10.1.0.7", "qosClass": "Burstable",
            "conditions": conditions,
            "containerStatuses": [state("web"), state("proxy")],
        },
    })
}

fn host(folder: &Path) -> Arc<Host> {
    let interpreter = std::env::var_os("SQUALL_PLAYBOOKS_PYTHON");
    let settings = Settings {
        environment: std::env::vars_os().collect(),
        python: python::Settings {
            data: folder.join("data"),
            interpreter: interpreter.map_or_else(|| "python3".into(), PathBuf::from),
            ..python::Settings::default()
        },
        ..Settings::default()
    };
    Host::start(settings).expect("a host")
}

struct Nobody;

impl Output for Nobody {
    fn write(&self, _: OutputKind, _: String) -> Later<'_, ()> {
        Box::pin(std::future::ready(()))
    }
}

impl Calls for Nobody {
    fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
        let answer = match call {
            Call::Playbook(PlaybookCall::KubernetesRequest(request)) => {
                let log = "2024-03-01T10:00:00Z cannot reach the database\n";
                let body = if request.path.ends_with("/log") {
                    Json::from(log.repeat(200))
                } else {
                    pod(4)
                };
                Ok(json!({"code": 200, "reason": "OK", "headers": {}, "body": body}))
            }
            Call::Playbook(PlaybookCall::KubernetesExec(_)) => {
                Ok(json!({"output": "PID TTY\n1 ?\n", "exit_code": 0}))
            }
            other => Err(format!("{other:?} is not asked here")),
        };
        Box::pin(std::future::ready(answer))
    }
}
