//! `rollout_restart`: replaces the pods of a workload, one after another.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use squall_kubernetes::Ask;
use squall_model::Json;
use squall_model::finding::{Block, python_time};

use crate::cluster::change::Change;
use crate::cluster::word;
use crate::failure::{Code, Failure, chain};
use crate::{Action, Case};

/// Restarts a workload.
pub(crate) struct RolloutRestart;

/// The annotation of the pod template by which pods are replaced.
const RESTARTED_AT: &str = "robusta.kubernetes.io/restartedAt";

#[derive(Deserialize)]
pub(crate) struct Params {
    dry_run: bool,
}

impl Action for RolloutRestart {
    const NAME: &'static str = "rollout_restart";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Replaces the pods of the Deployment, StatefulSet, DaemonSet, DeploymentConfig or Rollout that the event is about, as `kubectl rollout restart` does.",
        "class": "RolloutRestartParams",
        "changes_cluster": true
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(workload) = case.resource().await else {
            return Err(Failure::new(Code::NotFound, "Couldn't found resource"));
        };
        let (kind, name) = (word(&workload, "/kind"), word(&workload, "/metadata/name"));
        let namespace = word(&workload, "/metadata/namespace");
        let is_pausable = matches!(kind, "Deployment" | "DeploymentConfig");
        if is_pausable && workload.pointer("/spec/paused") == Some(&Json::Bool(true)) {
            let text = format!(
                "can't restart paused deployment/{namespace}/{name} (run rollout resume first)."
            );
            case.add_blocks(vec![Block::markdown(text)]).await;
            return Ok(());
        }
        let failed = |why: String| {
            let text = format!("Failed to rollout restart {kind}/{namespace}/{name}\n {why}");
            Failure::new(Code::Unexpected, text)
        };
        let (patch, watched) = patch(kind, &python_time(case.means.now)).ok_or_else(|| {
            failed(format!(
                "Rollout restart is not supported for resource {kind}"
            ))
        })?;
        let change = Change {
            action: Self::NAME,
            verb: "restart",
            object: &workload,
            watched: &[watched],
            dry_run: params.dry_run,
        };
        let mut ask = Ask::new(Method::PATCH, case.path_of(&workload)?).body(patch);
        ask.content_type = Some("application/merge-patch+json".to_owned());
        change
            .make(case, ask)
            .await
            .map_err(|error| failed(chain(&error)))?;
        // Robusta says nothing of the other two.
        if !matches!(kind, "DeploymentConfig" | "Rollout") {
            let text = change.told(format!("{kind}/{namespace}/{name} restarted"));
            case.add_blocks(vec![Block::markdown(text)]).await;
        }
        Ok(())
    }
}

/// What restarts a workload of this kind, and where it stands then.
fn patch(kind: &str, now: &str) -> Option<(Json, &'static str)> {
    match kind {
        "Deployment" | "StatefulSet" | "DaemonSet" | "DeploymentConfig" => {
            let annotations = json!({RESTARTED_AT: now});
            let patch = json!({"spec": {"template": {"metadata": {"annotations": annotations}}}});
            Some((patch, "/spec/template/metadata/annotations"))
        }
        "Rollout" => Some((json!({"spec": {"restartAt": now}}), "/spec/restartAt")),
        _ => None,
    }
}
