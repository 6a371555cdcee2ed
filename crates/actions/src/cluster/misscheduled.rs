//! Pods of daemon sets on nodes that are about to go.

use squall_kubernetes::{Error, Kind, Selection};
use squall_model::Json;

use super::{MOST, items, said, word};
use crate::Case;
use crate::cluster::events::no_cluster;
use crate::failure::Failure;

/// What the autoscaler puts on a node that it is about to remove.
const GOING: &str = "ToBeDeletedByClusterAutoscaler";

/// Whether an alert about misscheduled pods comes only from a node that the autoscaler is about to remove.
pub(crate) async fn is_false_alarm(case: &Case<'_>, set: &Json) -> Result<bool, Failure> {
    if has_key(items(set, "/spec/template/spec/tolerations")) {
        return Ok(false);
    }
    let cluster = case.means.cluster.ok_or_else(no_cluster)?;
    let failed =
        |error: Error| Failure::unexpected("cannot look for the daemon set's nodes", &error);
    let nodes = cluster
        .list(&Kind::NODE, &Selection::default(), MOST)
        .await
        .map_err(failed)?;
    let namespace = Selection::of(said(set, "/metadata/namespace"));
    let pods = cluster
        .list(&Kind::POD, &namespace, MOST)
        .await
        .map_err(failed)?;
    let uid = word(set, "/metadata/uid");
    let own = pods.iter().filter(|pod| {
        let mut owners = items(pod, "/metadata/ownerReferences");
        owners.any(|owner| word(owner, "/uid") == uid)
    });
    let mut places = own.map(|pod| word(pod, "/spec/nodeName"));
    Ok(places.any(|name| {
        let node = nodes
            .iter()
            .find(|node| word(node, "/metadata/name") == name);
        node.is_some_and(|node| has_key(items(node, "/spec/taints")))
    }))
}

fn has_key<'o>(mut taints: impl Iterator<Item = &'o Json>) -> bool {
    taints.any(|taint| said(taint, "/key") == Some(GOING))
}
