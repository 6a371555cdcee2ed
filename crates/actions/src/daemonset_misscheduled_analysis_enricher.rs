//! `daemonset_misscheduled_analysis_enricher`: what a known false alarm is, and what to do about it.

use serde_json::json;
use squall_model::finding::{Block, Callback};

use crate::cluster::misscheduled::is_false_alarm;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Explains a false alarm.
pub(crate) struct DaemonsetMisscheduledAnalysisEnricher;

const CAUSE: &str = "*Alert Cause*\n This specific firing of the alert is a *known false alarm* which occurs when the cluster autoscaler removes nodes running daemonsets which didn't explicitly request to remain running during node-shutdown.";

const REMEDY: &str = "(<https://blog.florentdelannoy.com/blog/2020/kube-daemonset-misscheduled/|Learn more>).\n\n*Remediation*\nWould you like to:\n\n1. Fix the daemonset configuration to avoid the false alarm\n2. Use Robusta to silence the false alarm while passing through real alerts.\n\nChoose an option below to learn more.";

impl Action for DaemonsetMisscheduledAnalysisEnricher {
    const NAME: &'static str = "daemonset_misscheduled_analysis_enricher";
    const EVENT: &'static str = "DaemonSetEvent";
    const DEFINITION: &'static str = r#"{"description": "Adds why pods of the daemon set count as misscheduled, if they are on a node that the autoscaler is about to remove, and buttons that say what to do."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(set) = case.object("DaemonSet").await else {
            case.note("daemonset_misscheduled_analysis_enricher: there is no daemon set");
            return Ok(());
        };
        if !is_false_alarm(case, &set).await? {
            return Ok(());
        }
        let button = |action: &str| json!({"action": action, "action_params": {}, "object": null});
        let choices = [
            (
                "Fix the Configuration".to_owned(),
                button("daemonset_fix_config"),
            ),
            (
                "Silence the false alarm".to_owned(),
                button("daemonset_silence_false_alarm"),
            ),
        ];
        let buttons = Callback {
            choices: choices.into_iter().collect(),
        };
        case.add_blocks(vec![
            Block::markdown(CAUSE),
            Block::markdown(REMEDY),
            Block::Callback(buttons),
        ])
        .await;
        Ok(())
    }
}
