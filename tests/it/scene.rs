//! A server with playbooks in Python on a cluster, and those whom it tells and asks.

use std::path::Path;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use squall_kubernetes::fake::{Exec, Executed, FakeCluster, Settings as Cluster};
use tokio::runtime::Runtime;

use crate::http::Request;
use crate::receiver::{self, Got};
use crate::server::{Server, Settings};
use crate::wait;

pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// What the pod's log says.
pub(crate) const LOG: &str = "cannot reach the database\n";

/// What every command in the pod says.
pub(crate) const LISTING: &str = "drwxr-xr-x 1 root root 4096 Nov 22 10:00 .\n";

/// A server with playbooks on a cluster, and what it tells and asks others.
pub(crate) struct Scene {
    pub(crate) squall: Server,
    pub(crate) cluster: FakeCluster,
    /// The findings, in the order in which they are delivered.
    pub(crate) findings: Receiver<Value>,
    /// What Argo CD is asked.
    pub(crate) argo: Receiver<Got>,
    /// The commands that pods are given.
    pub(crate) commands: Arc<Mutex<Vec<Vec<String>>>>,
    _runtime: Runtime,
}

impl Scene {
    /// Begins with a file of playbooks, and with these repositories, once `watches` kinds are watched; nothing without
    /// what playbooks import. The global config says where Argo CD is.
    pub(crate) fn of(playbooks: &Path, repositories: &Value, watches: usize) -> Option<Self> {
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
            "playbookRepos": repositories,
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
        let playbooks = playbooks.display().to_string();
        let squall = settings
            // JSON is YAML, too.
            .playbooks(&installation.to_string())
            .with(&["--playbooks", &playbooks, "--kubeconfig", "kubeconfig"])
            .start();
        wait::until("the watches", || {
            let log = squall.log();
            let seen = log.matches("watching the cluster").count();
            (seen >= watches).then_some(()).ok_or(log)
        });
        Some(Self {
            squall,
            cluster,
            findings,
            argo,
            commands,
            _runtime: runtime,
        })
    }

    /// Changes the pod's image.
    pub(crate) fn update_pod(&self) {
        let change = |pod: &mut Value| pod["spec"]["containers"][0]["image"] = "web:2".into();
        self.cluster.update("Pod", "shop", "web-1", change).unwrap();
    }

    /// The finding of the only execution.
    pub(crate) fn finding(&self) -> Value {
        self.executions(1);
        self.findings.recv_timeout(PATIENCE).unwrap()
    }

    /// The executions of playbooks, oldest first, once so many have ended well.
    pub(crate) fn executions(&self, wanted: usize) -> Vec<Value> {
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

    /// What an execution has printed and logged.
    pub(crate) fn output(&self, execution: &Value) -> String {
        let id = execution["id"].as_str().unwrap();
        let path = format!("/api/v1/executions/{id}/output");
        let output = self.squall.send(&Request::get(&path));
        output.text()
    }
}

/// A pod of the shop with one container.
pub(crate) fn pod(name: &str, image: &str) -> Value {
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

/// The blocks of a finding, in order.
pub(crate) fn blocks(finding: &Value) -> Vec<Value> {
    let enrichments = finding["enrichments"].as_array().unwrap().iter();
    let blocks = enrichments.flat_map(|one| one["blocks"].as_array().unwrap());
    blocks.cloned().collect()
}
