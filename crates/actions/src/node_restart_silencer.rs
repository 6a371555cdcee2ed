//! `node_restart_silencer`: alerts about pods of a node that has just started end here.

use serde::Deserialize;

use crate::cluster::{items, said, word};
use crate::failure::Failure;
use crate::text::time;
use crate::{Action, Case};

/// Ends the processing of an alert.
pub(crate) struct NodeRestartSilencer;

#[derive(Deserialize)]
pub(crate) struct Params {
    post_restart_silence: i64,
}

impl Action for NodeRestartSilencer {
    const NAME: &'static str = "node_restart_silencer";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Ends the processing of alerts about pods whose node became ready a short while ago.",
        "class": "NodeRestartParams",
        "parameters": {
            "post_restart_silence": {"type": "integer", "default": 300, "description": "How long that is, in seconds."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            return Ok(());
        };
        let Some(node) = case.read("Node", "", word(&pod, "/spec/nodeName")).await else {
            case.note("node_restart_silencer: there is no node");
            return Ok(());
        };
        let mut conditions = items(&node, "/status/conditions");
        let ready = conditions.find(|one| said(one, "/type") == Some("Ready"));
        let began = ready.and_then(|one| said(one, "/lastTransitionTime"));
        let began = began.or_else(|| said(&node, "/metadata/creationTimestamp"));
        let Some(began) = began.and_then(time::milliseconds) else {
            return Ok(());
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "nobody waits for that many seconds"
        )]
        let until = began + params.post_restart_silence as f64 * 1000.0;
        #[expect(
            clippy::cast_precision_loss,
            reason = "microseconds of this era are exact"
        )]
        let now = case.means.now.micros() as f64 / 1000.0;
        if now < until {
            case.stopped = true;
        }
        Ok(())
    }
}
