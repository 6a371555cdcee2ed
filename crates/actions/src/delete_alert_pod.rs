//! `delete_alert_pod`: deletes the pod of an alert, if wanted only so often.

use http::Method;
use serde::Deserialize;
use squall_kubernetes::Ask;

use crate::cluster::change::Change;
use crate::failure::{Code, Failure};
use crate::{Action, Case};

/// Deletes a pod.
pub(crate) struct DeleteAlertPod;

#[derive(Deserialize)]
pub(crate) struct Params {
    rate_limit: Option<i64>,
    rate_limit_field: Option<String>,
    dry_run: bool,
}

impl Action for DeleteAlertPod {
    const NAME: &'static str = "delete_alert_pod";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{
        "description": "Deletes the pod that the alert is about.",
        "class": "DeleteAlertPodParams",
        "changes_cluster": true,
        "parameters": {
            "rate_limit": {"type": ["integer", "null"], "description": "At most once in so many seconds for the same value of a label."},
            "rate_limit_field": {"type": ["string", "null"], "description": "That label."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            return Err(Failure::new(
                Code::NotFound,
                "Failed to get the pod for deletion",
            ));
        };
        if let Some(seconds) = params.rate_limit {
            let Some(field) = params.rate_limit_field.filter(|field| !field.is_empty()) else {
                let text = "rate_limit_field must be set when rate_limit is configured";
                return Err(Failure::new(Code::IllegalParams, text));
            };
            if !may(case, &field, seconds).await {
                return Ok(());
            }
        }
        let change = Change {
            action: Self::NAME,
            verb: "delete",
            object: &pod,
            watched: &[],
            dry_run: params.dry_run,
        };
        let made = change
            .make(case, Ask::new(Method::DELETE, case.path_of(&pod)?))
            .await;
        made.map_err(|error| Failure::unexpected("cannot delete the pod", &error))
    }
}

async fn may(case: &mut Case<'_>, field: &str, seconds: i64) -> bool {
    let value = case.event.alert().and_then(|alert| alert.label(field));
    let Some(value) = value else {
        case.note(format!(
            "the alert has no label `{field}`; it is not limited by it"
        ));
        return true;
    };
    let id = format!("{field}:{value}");
    let may = case
        .means
        .limits
        .mark(DeleteAlertPod::NAME, &id, seconds)
        .await;
    if !may {
        case.note(format!(
            "not deleted: it was less than {seconds} seconds ago for {id}"
        ));
    }
    may
}
