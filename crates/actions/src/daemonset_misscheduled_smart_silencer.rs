//! `daemonset_misscheduled_smart_silencer`: a known false alarm ends here.

use crate::cluster::misscheduled::is_false_alarm;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Ends the processing of an alert.
pub(crate) struct DaemonsetMisscheduledSmartSilencer;

impl Action for DaemonsetMisscheduledSmartSilencer {
    const NAME: &'static str = "daemonset_misscheduled_smart_silencer";
    const EVENT: &'static str = "PrometheusKubernetesAlert";
    const DEFINITION: &'static str = r#"{"description": "Ends the processing of an alert about misscheduled pods of a daemon set if they are on a node that the autoscaler is about to remove."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        if let Some(set) = case.object("DaemonSet").await
            && is_false_alarm(case, &set).await?
        {
            case.stopped = true;
        }
        Ok(())
    }
}
