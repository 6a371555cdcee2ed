//! The cluster that is played on: a fake one in this process, or a real one, in a namespace of its own.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err as fs;
use squall_kubernetes::fake::{FakeCluster, Settings};
use squall_kubernetes::{Cluster, Kind};
use squall_model::Json;
use tokio::runtime::Runtime;
use tokio::time::{Instant, sleep};

use super::interruption::Interruption;
use super::objects::{self, NAMESPACE};
use super::{Error, containers};

/// How long a pod may take to run: its image may have to be fetched first.
const RUN_WITHIN: Duration = Duration::from_secs(180);

/// How long a namespace may take to be ready for pods, which need its service account.
const READY_WITHIN: Duration = Duration::from_secs(20);

/// How long a namespace may take to go.
const GONE_WITHIN: Duration = Duration::from_secs(120);

const ASK_EVERY: Duration = Duration::from_millis(100);

/// A cluster, and what the demo has made in it.
pub(super) struct Playground {
    runtime: Runtime,
    interruption: Interruption,
    cluster: Cluster,
    address: String,
    kubeconfig: PathBuf,
    /// Ends with us.
    _fake: Option<FakeCluster>,
    has_namespace: bool,
}

impl Playground {
    /// The cluster of this kubeconfig, or a fake one. Its kubeconfig is in the folder until it is cleared.
    pub(super) fn begin(folder: &Path, given: Option<&Path>) -> Result<Self, Error> {
        let runtime = Runtime::new().map_err(Error::Folder)?;
        let interruption = Interruption::on(&runtime).map_err(Error::Folder)?;
        let kubeconfig = folder.join("kubeconfig");
        let fake = match given {
            Some(_) => None,
            None => Some(runtime.block_on(fake(&kubeconfig))?),
        };
        let asked = given.unwrap_or(&kubeconfig);
        let cluster = runtime.block_on(Cluster::of_kubeconfig(asked, None));
        let cluster = cluster.map_err(Error::Cluster)?;
        if let Some(file) = given {
            // Last, so that nothing can go wrong while credentials lie here and nobody knows of it.
            let config = Cluster::kubeconfig(file).map_err(Error::Cluster)?;
            write_secret(&kubeconfig, &config).map_err(Error::Folder)?;
        }
        let address = address(&kubeconfig).unwrap_or_default();
        Ok(Self {
            cluster,
            runtime,
            interruption,
            address,
            kubeconfig,
            _fake: fake,
            has_namespace: false,
        })
    }

    /// Where the cluster is.
    pub(super) fn address(&self) -> &str {
        &self.address
    }

    /// The file that names it, for whoever else asks it.
    pub(super) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// Fires on Ctrl-C.
    pub(super) fn interruption(&self) -> &Interruption {
        &self.interruption
    }

    /// Makes the namespace, which must not be there yet.
    pub(super) fn make_namespace(&mut self) -> Result<(), Error> {
        let cluster = &self.cluster;
        let making = async {
            let namespace = objects::namespace();
            cluster.create(&Kind::NAMESPACE, None, namespace).await
        };
        match self.runtime.block_on(making) {
            Err(error) if error.status() == Some(409) => Err(Error::NotOurs(NAMESPACE)),
            made => {
                made.map_err(Error::Cluster)?;
                self.has_namespace = true;
                Ok(())
            }
        }
    }

    /// Makes a pod. A namespace that is new may not be ready for it at once.
    pub(super) fn make_pod(&self, pod: &Json) -> Result<(), Error> {
        self.until(READY_WITHIN, async || {
            let made = self.cluster.create(&Kind::POD, None, pod.clone()).await;
            match made {
                Err(error) if error.status() == Some(403) => Err(error.to_string()),
                made => Ok(made.map(|_| ()).map_err(Error::Cluster)),
            }
        })?
    }

    /// Waits until a pod runs, and its container says that it is ready.
    pub(super) fn until_running(&self, name: &str) -> Result<(), Error> {
        self.until(RUN_WITHIN, async || {
            let pod = self
                .cluster
                .object(&Kind::POD, Some(NAMESPACE), name)
                .await
                .map_err(|error| error.to_string())?
                .unwrap_or_default();
            match pod.pointer("/status/containerStatuses/0/ready") {
                Some(Json::Bool(true)) => Ok(()),
                _ => Err(format!("the pod {name} does not run yet: {}", why(&pod))),
            }
        })
    }

    /// Takes away everything that was made in the cluster. Whether there was something.
    pub(super) fn clear(&mut self) -> Result<bool, Error> {
        let removed = fs::remove_file(&self.kubeconfig).map_err(Error::Folder);
        if !std::mem::take(&mut self.has_namespace) {
            return removed.map(|()| false);
        }
        let gone = self.runtime.block_on(gone(&self.cluster));
        gone.map_err(|source| Error::LeftBehind {
            namespace: NAMESPACE,
            source,
        })?;
        removed.map(|()| true)
    }

    /// Looks again and again, until there is an answer, somebody interrupts, or it takes too long.
    fn until<T>(
        &self,
        within: Duration,
        look: impl AsyncFn() -> Result<T, String>,
    ) -> Result<T, Error> {
        let looking = async {
            let until = Instant::now() + within;
            loop {
                match look().await {
                    Ok(found) => return Ok(found),
                    Err(seen) if Instant::now() >= until => {
                        return Err(Error::Otherwise {
                            stage: "cluster",
                            told: seen,
                        });
                    }
                    Err(_) => sleep(ASK_EVERY).await,
                }
            }
        };
        let looked = self.runtime.block_on(self.interruption.or(looking));
        looked.unwrap_or(Err(Error::Interrupted))
    }
}

async fn fake(kubeconfig: &Path) -> Result<FakeCluster, Error> {
    let settings = Settings {
        clock: std::sync::Arc::new(squall_server::clock::now),
        controllers: true,
        ..Settings::default()
    };
    let fake = FakeCluster::start(settings).await.map_err(Error::Fake)?;
    fake.on_exec(containers::carry_out);
    fake.kubeconfig(kubeconfig).map_err(Error::Fake)?;
    Ok(fake)
}

/// Asks for the namespace to go, and waits until it has.
async fn gone(cluster: &Cluster) -> Result<(), squall_kubernetes::Error> {
    let until = Instant::now() + GONE_WITHIN;
    cluster
        .delete(&Kind::NAMESPACE, None, NAMESPACE, None)
        .await?;
    while cluster
        .object(&Kind::NAMESPACE, None, NAMESPACE)
        .await?
        .is_some()
    {
        if Instant::now() >= until {
            let within = GONE_WITHIN;
            return Err(squall_kubernetes::Error::TooSlow { within });
        }
        sleep(ASK_EVERY).await;
    }
    Ok(())
}

/// Why a pod does not run, in Kubernetes' words.
fn why(pod: &Json) -> &str {
    let reasons = [
        "/status/containerStatuses/0/state/waiting/reason",
        "/status/conditions/0/message",
        "/status/phase",
    ];
    let mut reasons = reasons.iter();
    reasons
        .find_map(|reason| pod.pointer(reason)?.as_str())
        .unwrap_or("it is not there")
}

/// Only for whoever started us.
fn write_secret(file: &Path, config: &Json) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    options.options_mut().mode(0o600);
    options.open(file)?.write_all(config.to_string().as_bytes())
}

/// Where the current context of a kubeconfig leads.
fn address(kubeconfig: &Path) -> Option<String> {
    let config: Json = serde_json::from_str(&fs::read_to_string(kubeconfig).ok()?).ok()?;
    let named = |part: &str, name: &Json| {
        let mut entries = config.get(part)?.as_array()?.iter();
        entries.find(|entry| entry.get("name") == Some(name))
    };
    let context = named("contexts", config.get("current-context")?)?;
    let cluster = named("clusters", context.pointer("/context/cluster")?)?;
    Some(cluster.pointer("/cluster/server")?.as_str()?.to_owned())
}
