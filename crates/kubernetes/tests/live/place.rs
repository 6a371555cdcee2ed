//! Where a test plays: a cluster, and a namespace of its own in it.

use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::panic::{AssertUnwindSafe, resume_unwind};
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt as _;
use serde_json::{Value, json};
use squall_kubernetes::fake::{FakeCluster, Settings};
use squall_kubernetes::{Cluster, Error, Kind};
use tokio::time::{Instant, sleep};

use crate::containers;

/// A real cluster may have to fetch an image, and takes its time before it starts again what crashes.
const PATIENCE: Duration = Duration::from_secs(180);

const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A small image with a shell.
const IMAGE: &str = "registry.k8s.io/e2e-test-images/busybox:1.36.1-1";

/// A cluster, and a namespace.
#[derive(Clone)]
pub(crate) struct Place {
    pub(crate) cluster: Cluster,
    pub(crate) namespace: String,
    _fake: Option<FakeCluster>,
}

/// Plays a test. Its namespace is gone afterwards, however it ended.
pub(crate) async fn play(test: impl AsyncFnOnce(&Place)) {
    let place = Place::begin().await;
    let ended = tokio::select! {
        ended = AssertUnwindSafe(test(&place)).catch_unwind() => Some(ended),
        _ = tokio::signal::ctrl_c() => None,
    };
    place.clear().await;
    match ended {
        Some(Ok(())) => {}
        Some(Err(why)) => resume_unwind(why),
        None => panic!("interrupted"),
    }
}

impl Place {
    async fn begin() -> Self {
        let (cluster, fake) = match std::env::var_os("SQUALL_LIVE_KUBECONFIG") {
            Some(file) => {
                let cluster = Cluster::of_kubeconfig(Path::new(&file), None).await;
                (cluster.unwrap(), None)
            }
            None => {
                let settings = Settings {
                    controllers: true,
                    ..Settings::default()
                };
                let fake = FakeCluster::start(settings).await.unwrap();
                fake.on_exec(containers::carry_out);
                (fake.cluster().unwrap(), Some(fake))
            }
        };
        let namespace = format!(
            "squall-live-{:016x}",
            RandomState::new().build_hasher().finish()
        );
        let place = Self {
            cluster,
            namespace,
            _fake: fake,
        };
        let labels = json!({"app.kubernetes.io/managed-by": "squall-test-live"});
        let namespace = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": place.namespace, "labels": labels},
        });
        let kind = Kind::NAMESPACE;
        place.cluster.create(&kind, None, namespace).await.unwrap();
        place
    }

    /// Takes away the namespace and the definition that a test may have made, and waits until they are gone.
    async fn clear(&self) {
        let definition = self.definition();
        for (kind, name) in [
            (Kind::CUSTOM_RESOURCE_DEFINITION, &definition),
            (Kind::NAMESPACE, &self.namespace),
        ] {
            self.cluster.delete(&kind, None, name, None).await.unwrap();
        }
        self.until("the namespace to be gone", async || {
            let kind = Kind::NAMESPACE;
            let found = self.cluster.object(&kind, None, &self.namespace).await;
            match found.unwrap() {
                None => Ok(()),
                Some(left) => Err(left["status"].to_string()),
            }
        })
        .await;
    }

    /// The group of the test's own kind, which belongs to the whole cluster.
    pub(crate) fn group(&self) -> String {
        format!("{}.example.com", self.namespace)
    }

    /// The name of its definition.
    pub(crate) fn definition(&self) -> String {
        format!("things.{}", self.group())
    }

    /// An object of the namespace.
    pub(crate) async fn get(&self, kind: &Kind, name: &str) -> Option<Value> {
        let found = self.cluster.object(kind, Some(&self.namespace), name);
        found.await.unwrap()
    }

    /// Makes an object in the namespace.
    pub(crate) async fn create(&self, kind: &Kind, object: Value) -> Result<Value, Error> {
        self.cluster
            .create(kind, Some(&self.namespace), object)
            .await
    }

    /// Makes a pod with one container, `main`. Pods need the service account of their namespace, which comes a moment later.
    pub(crate) async fn create_pod(&self, name: &str, command: &[&str]) {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
            "spec": pod_spec(command),
        });
        self.until("the service account", async || {
            match self.create(&Kind::POD, pod.clone()).await {
                Err(error) if error.status() == Some(403) => Err(error.to_string()),
                made => Ok(made.unwrap()),
            }
        })
        .await;
    }

    /// Waits until a pod is as wanted, and gives it.
    pub(crate) async fn until_pod(&self, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
        self.until("the pod", async || {
            let pod = self.get(&Kind::POD, name).await.unwrap_or_default();
            match is_so(&pod) {
                true => Ok(pod),
                false => Err(pod["status"].to_string()),
            }
        })
        .await
    }

    /// Looks again and again; `Err` says what was seen instead.
    pub(crate) async fn until<T>(
        &self,
        what: &str,
        look: impl AsyncFn() -> Result<T, String>,
    ) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            match look().await {
                Ok(found) => return found,
                Err(seen) => assert!(Instant::now() < until, "waited for {what}: {seen}"),
            }
            sleep(LOOK_EVERY).await;
        }
    }
}

/// A container as even careful clusters let it run.
pub(crate) fn pod_spec(command: &[&str]) -> Value {
    json!({
        "terminationGracePeriodSeconds": 0,
        "automountServiceAccountToken": false,
        "securityContext": {"runAsNonRoot": true, "runAsUser": 65_534, "seccompProfile": {"type": "RuntimeDefault"}},
        "containers": [{
            "name": "main", "image": IMAGE, "command": command,
            "resources": {"requests": {"cpu": "10m", "memory": "16Mi"}, "limits": {"memory": "32Mi"}},
            "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}},
        }],
    })
}

#[tokio::test]
async fn a_test_that_fails_leaves_nothing_behind() {
    let seen = Mutex::new(None);
    let failing = play(async |place| {
        *seen.lock().unwrap() = Some(place.clone());
        place.create_pod("web", &["sleep", "3600"]).await;
        panic!("on purpose");
    });
    assert!(AssertUnwindSafe(failing).catch_unwind().await.is_err());
    let place = seen.into_inner().unwrap().unwrap();
    assert_eq!(place.get(&Kind::POD, "web").await, None);
    let left = place
        .cluster
        .object(&Kind::NAMESPACE, None, &place.namespace)
        .await;
    assert_eq!(left.unwrap(), None);
}
