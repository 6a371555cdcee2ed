//! `scale`: sets how many pods a workload has. Robusta has no such action.

use http::Method;
use serde::Deserialize;
use serde_json::json;
use squall_kubernetes::Ask;
use squall_model::Json;
use squall_model::finding::Block;

use crate::cluster::change::Change;
use crate::cluster::{known, word};
use crate::failure::{Code, Failure, chain};
use crate::{Action, Case};

/// Scales a workload.
pub(crate) struct Scale;

#[derive(Deserialize)]
pub(crate) struct Params {
    replicas: i64,
    dry_run: bool,
}

impl Action for Scale {
    const NAME: &'static str = "scale";
    const EVENT: &'static str = "KubernetesResourceEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Sets how many pods the Deployment, StatefulSet, ReplicaSet or custom resource has that the event is about. Robusta has no such action.",
        "class": "ScaleParams",
        "changes_cluster": true,
        "parameters": {
            "replicas": {"type": "integer", "required": true, "description": "How many."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(workload) = case.resource().await else {
            return Err(Failure::new(
                Code::NotFound,
                "there is no workload to scale",
            ));
        };
        let kind = word(&workload, "/kind");
        // What actions do not know may say of itself that it can be scaled.
        let can_scale = [
            "Deployment",
            "StatefulSet",
            "ReplicaSet",
            "Rollout",
            "DeploymentConfig",
        ];
        if known(kind).is_some() && !can_scale.contains(&kind) {
            return Err(Failure::new(
                Code::NotSupported,
                format!("{kind} cannot be scaled"),
            ));
        }
        if params.replicas < 0 {
            return Err(Failure::new(Code::IllegalParams, "`replicas` is below 0"));
        }
        let full = format!(
            "{kind}/{}/{}",
            word(&workload, "/metadata/namespace"),
            word(&workload, "/metadata/name")
        );
        let change = Change {
            action: Self::NAME,
            verb: "scale",
            object: &workload,
            watched: &["/spec/replicas"],
            dry_run: params.dry_run,
        };
        let ask = Ask::new(Method::PATCH, format!("{}/scale", case.path_of(&workload)?));
        let mut ask = ask.body(json!({"spec": {"replicas": params.replicas}}));
        // The subresource has no strategic merge of its own everywhere.
        ask.content_type = Some("application/merge-patch+json".to_owned());
        let made = change.make(case, ask).await;
        made.map_err(|error| {
            Failure::new(
                Code::Unexpected,
                format!("Failed to scale {full}\n {}", chain(&error)),
            )
        })?;
        let before = workload
            .pointer("/spec/replicas")
            .and_then(Json::as_i64)
            .unwrap_or(1);
        let text = change.told(format!(
            "{full} scaled from {before} to {}",
            params.replicas
        ));
        case.add_blocks(vec![Block::markdown(text)]).await;
        Ok(())
    }
}
