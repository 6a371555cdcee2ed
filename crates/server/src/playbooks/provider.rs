//! Who runs the cluster is found out once, from its nodes, for `k8s_providers`.

use std::time::Duration;

use squall_engine::playbook::provider;
use squall_kubernetes::{Cluster, Error};
use squall_model::Json;
use tracing::{info, warn};

use crate::handle::Handle;

/// All nodes of a cluster are somebody's; these are enough.
const NODES: &str = "/api/v1/nodes?limit=50";

/// A start does not wait longer for a cluster that does not answer.
const WAIT_AT_MOST: Duration = Duration::from_secs(5);

/// A cluster that could not be asked is asked again after this.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(30);

impl Handle {
    /// Finds it out before anything is decided, where the cluster answers at once; else as soon as it does. Until then
    /// every provider counts as the right one.
    pub(super) async fn begin_provider(&self) {
        let Some(cluster) = self.0.playbooks.cluster.clone() else {
            return;
        };
        let looked = tokio::time::timeout(WAIT_AT_MOST, self.look_for_provider(&cluster)).await;
        if looked.is_ok_and(|looked| looked.is_ok()) {
            return;
        }
        let handle = self.clone();
        self.0.tasks.spawn("provider", async move {
            let stopping = handle.0.tasks.stopping().clone();
            loop {
                tokio::select! {
                    () = stopping.cancelled() => return,
                    () = tokio::time::sleep(ASK_AGAIN_AFTER) => {}
                }
                if handle.look_for_provider(&cluster).await.is_ok() {
                    return;
                }
            }
        });
    }

    async fn look_for_provider(&self, cluster: &Cluster) -> Result<(), Error> {
        let provider = provider_of(cluster).await.inspect_err(|error| {
            let error = error as &dyn std::error::Error;
            warn!(error, "cannot look at the cluster's nodes for its provider");
        })?;
        info!(provider, "the cluster is known");
        self.0.playbooks.provider.get_or_init(|| provider);
        Ok(())
    }
}

/// Who runs a cluster, by its nodes.
pub(super) async fn provider_of(cluster: &Cluster) -> Result<&'static str, Error> {
    let nodes = cluster.get(NODES).await?;
    let nodes = nodes.as_ref().and_then(|nodes| nodes.get("items"));
    let nodes = nodes.and_then(Json::as_array);
    Ok(provider(nodes.map_or(&[], Vec::as_slice)))
}
