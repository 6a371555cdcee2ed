//! `daemonset_silence_false_alarm`: how a known false alarm is silenced.

use squall_model::finding::{Block, Source};

use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Makes a finding.
pub(crate) struct DaemonsetSilenceFalseAlarm;

/// Robusta names a form of its files here that it has long given up.
const ADD: &str = "Add the following to your playbooks, before those that tell of alerts:\n```\n- triggers:\n  - on_prometheus_alert:\n      alert_name: KubernetesDaemonsetMisscheduled\n  actions:\n  - daemonset_misscheduled_smart_silencer: {}\n```";

const MEANING: &str = "This will silence the KubernetesDaemonsetMisscheduled alert when the known false alarm occurs but not under other conditions.";

impl Action for DaemonsetSilenceFalseAlarm {
    const NAME: &'static str = "daemonset_silence_false_alarm";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{"description": "Makes a finding that says how the false alarm of misscheduled daemon sets is silenced. A button leads here."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let mut finding = case.finding("Silence the alert", "DaemonsetSilenceFalseAlarm");
        finding.source = Some(Source::Callback);
        finding.stamp();
        finding.add_enrichment(vec![Block::markdown(ADD)]);
        finding.add_enrichment(vec![Block::markdown(MEANING)]);
        case.add_finding(&finding);
        Ok(())
    }
}
