//! Where the cluster is, and who asks.

use std::path::Path;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use squall_model::Json;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use super::{Cluster, Error};

/// How long a connection may take to be made.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// How long a program that says who we are may take.
const CREDENTIALS_WITHIN: Duration = Duration::from_secs(60);

impl Cluster {
    /// The cluster at a plain address, such as `http://127.0.0.1:8001`, without a proof of who asks. Called within the
    /// asynchronous runtime.
    ///
    /// # Errors
    /// The address is none.
    pub fn at(address: &str) -> Result<Self, Error> {
        let address = address.parse().map_err(unclear)?;
        configured(Config::new(address))
    }

    /// The cluster that kubectl would ask: that of the files named in `kubeconfig` (the text of the variable `KUBECONFIG`),
    /// else of `.kube/config` in the home folder, else the one that this process runs in. Of `kubeconfig`'s files those
    /// that do not exist are left out, and of two that say the same the first one counts.
    ///
    /// # Errors
    /// A file cannot be read or names no cluster, or there is neither a file nor a cluster around.
    pub async fn found(
        kubeconfig: Option<&str>,
        home: Option<&Path>,
        context: Option<&str>,
    ) -> Result<Self, Error> {
        let named = kubeconfig.unwrap_or_default();
        let mut files: Vec<_> = std::env::split_paths(named)
            .filter(|file| !file.as_os_str().is_empty())
            .collect();
        if files.is_empty() {
            files.extend(home.map(|home| home.join(".kube").join("config")));
        }
        let mut merged: Option<Kubeconfig> = None;
        for file in files.iter().filter(|file| file.exists()) {
            let next = Kubeconfig::read_from(file).map_err(unclear)?;
            merged = Some(match merged {
                Some(first) => first.merge(next).map_err(unclear)?,
                None => next,
            });
        }
        match merged {
            Some(kubeconfig) => of(kubeconfig, context).await,
            None => Self::around_us().await,
        }
    }

    /// The cluster of a kubeconfig file, in its current context unless another one is named.
    ///
    /// # Errors
    /// The file cannot be read or names no cluster.
    pub async fn of_kubeconfig(file: &Path, context: Option<&str>) -> Result<Self, Error> {
        of(Kubeconfig::read_from(file).map_err(unclear)?, context).await
    }

    /// A kubeconfig file as JSON, whole and with whole paths, so that it can be used from anywhere and read by anybody. It
    /// holds whatever secrets the file does.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn kubeconfig(file: &Path) -> Result<Json, Error> {
        let file = fs_err::canonicalize(file).map_err(unclear)?;
        let kubeconfig = Kubeconfig::read_from(file).map_err(unclear)?;
        serde_json::to_value(kubeconfig).map_err(unclear)
    }

    /// The cluster that this process runs in.
    ///
    /// # Errors
    /// It runs in none.
    pub async fn around_us() -> Result<Self, Error> {
        let config = Config::incluster().map_err(|error| Error::Nowhere(Box::new(error)))?;
        with_credentials(config).await
    }
}

async fn of(kubeconfig: Kubeconfig, context: Option<&str>) -> Result<Cluster, Error> {
    let options = KubeConfigOptions {
        context: context.map(str::to_owned),
        ..KubeConfigOptions::default()
    };
    let config = Config::from_custom_kubeconfig(kubeconfig, &options).await;
    with_credentials(config.map_err(unclear)?).await
}

/// Who we are may be told by a program, which is waited for: not on a thread that others need.
async fn with_credentials(config: Config) -> Result<Cluster, Error> {
    let within = CREDENTIALS_WITHIN;
    let made = timeout(within, spawn_blocking(|| configured(config))).await;
    let made = made.map_err(|_| Error::Credentials("the program took too long".into()))?;
    made.map_err(unclear)?
}

/// The cluster that a configuration leads to.
pub(crate) fn configured(mut config: Config) -> Result<Cluster, Error> {
    // Whether something may be asked again is decided in one place: ours.
    config.default_retry = false;
    config.connect_timeout = Some(CONNECT_WITHIN);
    match Client::try_from(config) {
        Ok(client) => Ok(Cluster::new(client)),
        Err(kube::Error::Auth(error)) => Err(Error::Credentials(Box::new(error))),
        Err(error) => Err(unclear(error)),
    }
}

fn unclear(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Config(Box::new(error))
}
