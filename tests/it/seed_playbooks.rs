//! The actions of Robusta's page on playbook actions, each from `examples/playbooks`, loaded as a repository that a file of
//! playbooks names, fired by its trigger on a cluster, and seen to do what its author meant.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use squall_kubernetes::fake::{Exec, Executed, FakeCluster, Settings as Cluster};
use tokio::runtime::Runtime;

use crate::receiver::{self, Got};
use crate::server::{Server, Settings};
use crate::wait;

const PATIENCE: Duration = Duration::from_secs(60);

const LOG: &str = "cannot reach the database\n";
const LOG_IN_BASE64: &str = "Y2Fubm90IHJlYWNoIHRoZSBkYXRhYmFzZQo=";

const LISTING: &str = "drwxr-xr-x 1 root root 4096 Nov 22 10:00 .\n";

/// A server with one example on a cluster, and what it tells and asks others.
struct Scene {
    squall: Server,
    cluster: FakeCluster,
    /// The findings, in the order in which they are delivered.
    findings: Receiver<Value>,
    /// What Argo CD is asked.
    argo: Receiver<Got>,
    /// The commands that pods are given.
    commands: Arc<Mutex<Vec<Vec<String>>>>,
    _runtime: Runtime,
}

impl Scene {
    /// Begins once the cluster is watched, where the example wants that; nothing without what playbooks import.
    fn of(example: &str, is_watching: bool) -> Option<Self> {
        let settings = Settings::dev().python_of_playbooks()?;
        let runtime = Runtime::new().unwrap();
        let cluster = runtime.block_on(FakeCluster::start(Cluster::default()));
        let cluster = cluster.unwrap();
        cluster.put(pod("web-1", "web:1")).unwrap();
        cluster.set_log("shop", "web-1", "web", LOG);
        let commands = Arc::new(Mutex::new(Vec::new()));
        let given = Arc::clone(&commands);
        cluster.on_exec(move |exec: Exec| {
            given.lock().unwrap().push(exec.command);
            Executed::printed(LISTING)
        });
        let (teller, findings) = channel();
        let team = receiver::listen(move |got| {
            teller.send(got.json()).unwrap();
            Some(("200 OK", json!({})))
        });
        let (asker, argo) = channel();
        let argo_address = receiver::listen(move |got| {
            asker.send(got).unwrap();
            Some(("200 OK", json!({"metadata": {"name": "shop"}})))
        });
        let installation = json!({
            "playbookRepos": {"seed_playbooks": {"url": format!("file://{}", examples().display())}},
            "globalConfig": {
                "cluster_name": "lab",
                "argo_url": format!("http://{argo_address}"),
                "argo_token": "of-the-story",
            },
            "sinksConfig": [{"webhook_sink": {
                "name": "team", "url": format!("http://{team}/"), "format": "json", "size_limit": 1_000_000,
            }}],
        });
        let kubeconfig = settings.folder().join("kubeconfig");
        cluster.kubeconfig(&kubeconfig).unwrap();
        let example = examples().join(example).display().to_string();
        let squall = settings
            // JSON is YAML, too.
            .playbooks(&installation.to_string())
            .with(&["--playbooks", &example, "--kubeconfig", "kubeconfig"])
            .start();
        if is_watching {
            wait::until("the watch", || {
                let log = squall.log();
                log.contains("watching the cluster")
                    .then_some(())
                    .ok_or(log)
            });
        }
        Some(Self {
            squall,
            cluster,
            findings,
            argo,
            commands,
            _runtime: runtime,
        })
    }

    fn update_pod(&self) {
        let change = |pod: &mut Value| pod["spec"]["containers"][0]["image"] = "web:2".into();
        self.cluster.update("Pod", "shop", "web-1", change).unwrap();
    }

    fn finding(&self) -> Value {
        self.executions(1);
        self.findings.recv_timeout(PATIENCE).unwrap()
    }

    /// The executions of playbooks, oldest first, once so many have ended well.
    fn executions(&self, wanted: usize) -> Vec<Value> {
        wait::until("executions", || {
            let path = "/api/v1/executions?action=robusta.run_playbooks&sort_asc=True";
            let all = self.squall.get(path);
            let all = all.as_array().unwrap();
            let is_well = |one: &Value| one["status"] == "succeeded";
            let how: Vec<_> = all
                .iter()
                .map(|one| [&one["status"], &one["result"]])
                .collect();
            let is_right = all.len() == wanted && all.iter().all(is_well);
            is_right.then(|| all.clone()).ok_or(format!("{how:?}"))
        })
    }

    fn output(&self, execution: &Value) -> String {
        let id = execution["id"].as_str().unwrap();
        let path = format!("/api/v1/executions/{id}/output");
        let output = self.squall.send(&crate::http::Request::get(&path));
        output.text()
    }
}

fn examples() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/playbooks");
    fs_err::canonicalize(folder).unwrap()
}

fn pod(name: &str, image: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": {"containers": [{"name": "web", "image": image}]},
        "status": {"phase": "Running", "containerStatuses": [{
            "name": "web", "image": image, "imageID": "sha256:1",
            "restartCount": 0, "ready": true, "state": {"running": {}},
        }]},
    })
}

fn blocks(finding: &Value) -> Vec<Value> {
    let enrichments = finding["enrichments"].as_array().unwrap().iter();
    let blocks = enrichments.flat_map(|one| one["blocks"].as_array().unwrap());
    blocks.cloned().collect()
}

#[test]
fn my_action_tells_with_the_pods_logs() {
    let Some(scene) = Scene::of("my_action.yaml", true) else {
        return;
    };
    scene.update_pod();
    let finding = scene.finding();
    let blocks = blocks(&finding);
    let [text, file] = blocks.as_slice() else {
        panic!("{finding}")
    };
    assert_eq!(text["text"], "*Oh no!* An alert occurred on web-1");
    assert_eq!(file["filename"], "crashing-pod.log");
    assert_eq!(file["contents"], LOG_IN_BASE64);
    let commands = scene.commands.lock().unwrap().clone();
    assert_eq!(commands, [["/bin/sh", "-c", "ps aux"]]);
}

#[test]
fn pod_change_monitor_logs_the_pod_as_it_is_and_as_it_was() {
    let Some(scene) = Scene::of("pod_change_monitor.yaml", true) else {
        return;
    };
    scene.update_pod();
    scene.executions(1);
    scene.cluster.put(pod("web-2", "web:1")).unwrap();
    scene.executions(2);
    scene.cluster.remove("Pod", "shop", "web-2").unwrap();
    let executions = scene.executions(3);
    let said = |number: usize| logged(&scene.output(&executions[number]));
    assert_eq!(said(0), ["new web-1 web:2", "old web-1 web:1"]);
    assert_eq!(said(1), ["new web-2 web:1", "old nothing"]);
    assert_eq!(said(2), ["new web-2 web:1", "old nothing"]);
}

/// Which pods an output tells of, with their images.
fn logged(output: &str) -> Vec<String> {
    let lines = output.lines().filter_map(|line| {
        let (_, told) = line.split_once(" INFO     ")?;
        let (which, object) = told.split_once(" object: ")?;
        let after = |begin: &str| {
            let (_, rest) = object.split_once(begin)?;
            rest.split('\'').next()
        };
        Some(match object {
            "None" => format!("{which} nothing"),
            _ => format!("{which} {} {}", after(" name='")?, after(" image='")?),
        })
    });
    lines.collect()
}

#[test]
fn pod_bash_enricher_tells_what_the_command_said() {
    let Some(scene) = Scene::of("pod_bash_enricher.yaml", true) else {
        return;
    };
    scene.update_pod();
    let finding = scene.finding();
    let blocks = blocks(&finding);
    let texts: Vec<&str> = blocks
        .iter()
        .map(|block| block["text"].as_str().unwrap())
        .collect();
    assert_eq!(texts, ["Command results for *ls -al /:*", LISTING]);
    let commands = scene.commands.lock().unwrap().clone();
    assert_eq!(commands, [["/bin/sh", "-c", "ls -al /"]]);
}

fn alert(fingerprint: &str) -> Value {
    json!({
        "version": "4", "groupKey": "{}", "receiver": "squall", "status": "firing",
        "externalURL": "http://alertmanager",
        "alerts": [{
            "status": "firing",
            "labels": {"alertname": "ArgoAppOutOfSync", "severity": "warning"},
            "annotations": {},
            "startsAt": "2026-11-22T10:00:00Z", "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "", "fingerprint": fingerprint,
        }],
    })
}

#[test]
fn argo_app_sync_syncs_once_in_its_period_whatever_restarts() {
    let Some(mut scene) = Scene::of("argo_app_sync.yaml", false) else {
        return;
    };
    scene.squall.post("/api/alerts", &alert("f1"), 200);
    let asked = scene.argo.recv_timeout(PATIENCE).unwrap();
    assert_eq!(asked.asked, "POST /api/v1/applications/shop/sync");
    assert_eq!(asked.header("authorization"), Some("bearer of-the-story"));
    let finding = scene.finding();
    assert_eq!(
        blocks(&finding)[0]["text"],
        "Argo CD app sync of *shop*: success"
    );
    scene.squall.post("/api/alerts", &alert("f2"), 200);
    scene.executions(2);
    scene.squall = scene.squall.kill().start();
    scene.squall.post("/api/alerts", &alert("f3"), 200);
    for execution in scene.executions(3).get(1..).unwrap() {
        assert_eq!(execution["result"]["findings"], json!([]), "{execution}");
    }
    assert!(scene.argo.try_recv().is_err(), "Argo CD is asked once");
}

fn event(name: &str, reason: &str) -> Value {
    json!({
        "apiVersion": "events.k8s.io/v1", "kind": "Event",
        "metadata": {"name": name, "namespace": "shop"},
        "reason": reason, "type": "Normal", "note": "of the story",
        "eventTime": "2026-11-22T10:00:00.000000Z", "action": "Binding",
        "reportingController": "default-scheduler", "reportingInstance": "one",
        "regarding": {"kind": "Pod", "name": "web-1", "namespace": "shop"},
    })
}

#[test]
fn my_first_action_stops_what_would_follow() {
    let Some(scene) = Scene::of("my_first_action.yaml", true) else {
        return;
    };
    scene.cluster.put(event("web-1.1", "Scheduled")).unwrap();
    scene.executions(1);
    scene.cluster.put(event("web-1.2", "Killing")).unwrap();
    let finding = scene.finding();
    assert_eq!(finding["title"], "web-1.2 happened");
    assert_eq!(finding["severity"], "LOW");
    let executions = scene.executions(2);
    let done = |execution: &Value| {
        let actions = execution["result"]["actions"].as_array().unwrap().clone();
        let names = actions
            .iter()
            .map(|action| action["name"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(done(&executions[0]), ["my_first_action"]);
    assert_eq!(
        done(&executions[1]),
        ["my_first_action", "create_finding", "customise_finding"]
    );
}
