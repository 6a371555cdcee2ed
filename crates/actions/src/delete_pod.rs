//! `delete_pod`: deletes a pod.

use http::Method;
use serde::Deserialize;
use squall_kubernetes::Ask;

use crate::cluster::change::Change;
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Deletes a pod.
pub(crate) struct DeletePod;

#[derive(Deserialize)]
pub(crate) struct Params {
    dry_run: bool,
}

impl Action for DeletePod {
    const NAME: &'static str = "delete_pod";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Deletes the pod that the event is about.",
        "class": "DeletePodParams",
        "changes_cluster": true
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            return Err(Failure::new(
                Code::NotFound,
                "Failed to get the pod for deletion",
            ));
        };
        let change = Change {
            action: Self::NAME,
            verb: "delete",
            object: &pod,
            watched: &[],
            dry_run: params.dry_run,
        };
        let ask = Ask::new(Method::DELETE, case.path_of(&pod)?);
        let made = change.make(case, ask).await;
        made.map_err(|error| Failure::unexpected("cannot delete the pod", &error))
    }
}
