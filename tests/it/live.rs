//! Stories that are told of any cluster: in `cargo xtask test` of a fake one, and in `cargo xtask test-live` of the real one
//! whose kubeconfig `SQUALL_LIVE_KUBECONFIG` names. Nothing of them is left behind there.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};
use squall_kubernetes::fake::{self, Exec, Executed, FakeCluster};
use squall_kubernetes::{Cluster, Kind};
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::playbooks::titles;
use crate::random::Random;
use crate::server::{Server, Settings};
use crate::{command, wait};

/// A real cluster may have to fetch an image, and takes its time before it starts again what crashes.
const PATIENCE: Duration = Duration::from_secs(180);

/// A small image with a shell.
const IMAGE: &str = "registry.k8s.io/e2e-test-images/busybox:1.36.1-1";

const LAST_WORDS: &str = "cannot reach the database";

const PLAYBOOKS: &str = r#"
globalConfig: {cluster_name: lab}
sinksConfig:
- file_sink: {name: here, file_name: found.json}
customPlaybooks:
- triggers:
  - on_pod_crash_loop: {restart_reason: CrashLoopBackOff, namespace_prefix: NAMESPACE}
  actions:
  - report_crash_loop: {}
  - pod_events_enricher: {}
"#;

#[test]
fn a_crash_loop_is_told_with_its_logs_whatever_restarts() {
    let place = Place::begin();
    let playbooks = PLAYBOOKS.replace("NAMESPACE", &place.namespace);
    let settings = Settings::dev();
    fs_err::write(settings.folder().join("values.yaml"), playbooks).unwrap();
    let kubeconfig = place.kubeconfig.to_str().unwrap().to_owned();
    let squall = settings
        .with(&["--playbooks", "values.yaml", "--kubeconfig", &kubeconfig])
        .start();
    wait::until("the watch", || {
        let log = squall.log();
        match log.contains("watching the cluster") {
            true => Ok(()),
            false => Err(log),
        }
    });
    place.crash("web-1");
    let first = found(&squall, 1);
    assert_eq!(titles(&first), [place.title("web-1")]);
    let events = first[0]["enrichments"].to_string();
    assert!(
        events.contains("Back-off restarting failed container"),
        "{events}"
    );
    let runs = squall.get("/api/v1/executions?action=robusta.run_playbooks");
    let actions = runs[0]["result"]["actions"].as_array().unwrap();
    assert!(
        actions.iter().all(|action| action["success"] == true),
        "{runs}"
    );
    // What happens while nobody looks is seen afterwards, and what was told is not told again.
    let settings = squall.kill();
    place.crash("web-2");
    let squall = settings.start();
    let found = found(&squall, 2);
    assert_eq!(titles(&found), [place.title("web-1"), place.title("web-2")]);
}

#[test]
fn the_demo_plays_and_leaves_nothing_behind() {
    let place = Place::begin();
    let folder = place.folder.path().join("story");
    let words = ["demo", "--offline", "--folder", folder.to_str().unwrap()];
    let kubeconfig = ["--kubeconfig", place.kubeconfig.to_str().unwrap()];
    let demo = command::squall(&[&words[..], &kubeconfig].concat(), place.folder.path());
    assert_eq!(demo.code, Some(0), "{}{}", demo.stdout, demo.stderr);
    let told = "Crashing pod checkout-5f4 in namespace dm-demo-app";
    assert!(demo.stdout.contains(told), "{}", demo.stdout);
    let cluster = &place.cluster;
    let namespace = async { cluster.object(&Kind::NAMESPACE, None, "dm-demo-app").await };
    assert_eq!(place.runtime.block_on(namespace).unwrap(), None);
}

/// The findings in the sink's file, once there are so many.
fn found(squall: &Server, count: usize) -> Vec<Value> {
    wait::until_within(PATIENCE, "the findings", || {
        let text = fs_err::read_to_string(squall.folder().join("found.json")).unwrap_or_default();
        let all = serde_json::Deserializer::from_str(&text).into_iter();
        let all: Result<Vec<Value>, _> = all.collect();
        match all {
            Ok(all) if all.len() >= count => Ok(all),
            _ => Err(text),
        }
    })
}

/// A cluster, and a namespace of its own in it, which goes when the story ends, whether well or not.
struct Place {
    runtime: Runtime,
    cluster: Cluster,
    kubeconfig: PathBuf,
    namespace: String,
    folder: TempDir,
    _fake: Option<FakeCluster>,
}

impl Place {
    fn begin() -> Self {
        let runtime = Runtime::new().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (kubeconfig, fake) = match std::env::var_os("SQUALL_LIVE_KUBECONFIG") {
            Some(file) => (PathBuf::from(file), None),
            None => {
                let kubeconfig = folder.path().join("kubeconfig");
                let fake = fake_cluster(&runtime);
                fake.kubeconfig(&kubeconfig).unwrap();
                (kubeconfig, Some(fake))
            }
        };
        let cluster = runtime.block_on(Cluster::of_kubeconfig(&kubeconfig, None));
        let cluster = cluster.unwrap();
        let namespace = format!("squall-live-{:016x}", Random::any().below(u64::MAX));
        let labels = json!({"app.kubernetes.io/managed-by": "squall-test-live"});
        let object = json!({"metadata": {"name": namespace, "labels": labels}});
        let made = async { cluster.create(&Kind::NAMESPACE, None, object).await };
        runtime.block_on(made).unwrap();
        let place = Self {
            runtime,
            cluster,
            kubeconfig,
            namespace,
            folder,
            _fake: fake,
        };
        place.listen();
        place
    }

    /// Ctrl-C ends the story, too, but not before its namespace is asked to go.
    fn listen(&self) {
        let (cluster, namespace) = (self.cluster.clone(), self.namespace.clone());
        self.runtime.spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                let kind = Kind::NAMESPACE;
                let gone = cluster.delete(&kind, None, &namespace, None).await;
                println!("interrupted; the namespace {namespace} goes: {gone:?}");
                #[expect(clippy::disallowed_methods, reason = "nobody else ends a story")]
                std::process::exit(130);
            }
        });
    }

    fn title(&self, pod: &str) -> String {
        format!("Crashing pod {pod} in namespace {}", self.namespace)
    }

    /// A pod that crashes again and again. Pods need the service account of their namespace, which comes a moment later.
    fn crash(&self, name: &str) {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": self.namespace},
            "spec": {
                "terminationGracePeriodSeconds": 0,
                "automountServiceAccountToken": false,
                "securityContext": {
                    "runAsNonRoot": true, "runAsUser": 65_534, "seccompProfile": {"type": "RuntimeDefault"},
                },
                "containers": [{
                    "name": "web", "image": IMAGE, "command": ["sh", "-c", format!("echo {LAST_WORDS}; exit 1")],
                    "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
                }],
            },
        });
        let _made = wait::until("the pod to be made", || {
            let making = async { self.cluster.create(&Kind::POD, None, pod.clone()).await };
            match self.runtime.block_on(making) {
                Err(error) if error.status() == Some(403) => Err(error.to_string()),
                made => Ok(made.unwrap()),
            }
        });
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let (cluster, kind) = (&self.cluster, Kind::NAMESPACE);
        let going = async { cluster.delete(&kind, None, &self.namespace, None).await };
        let going = self.runtime.block_on(going);
        let gone = |until: &str| {
            wait::until_within(PATIENCE, until, || {
                let looking = async { cluster.object(&kind, None, &self.namespace).await };
                match self.runtime.block_on(looking) {
                    Ok(None) => Ok(()),
                    left => Err(format!("{left:?}")),
                }
            });
        };
        match going {
            Ok(_) => gone("the namespace to be gone"),
            Err(error) => println!("the namespace {} is left behind: {error}", self.namespace),
        }
    }
}

/// A cluster whose pods run at once, and do what the stories want of them.
fn fake_cluster(runtime: &Runtime) -> FakeCluster {
    let settings = fake::Settings {
        controllers: true,
        ..fake::Settings::default()
    };
    let fake = runtime.block_on(FakeCluster::start(settings)).unwrap();
    fake.on_exec(
        |exec: Exec| match exec.command.first().map(String::as_str) {
            Some("wget") => Executed::printed(*b"\x1f\x8b heap"),
            Some("sh") => Executed::failed(1, format!("{LAST_WORDS}\n")),
            _ => Executed {
                hangs: true,
                ..Executed::default()
            },
        },
    );
    fake
}
