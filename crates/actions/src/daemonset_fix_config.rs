//! `daemonset_fix_config`: how a daemon set stays on nodes that go.

use squall_model::finding::{Block, Source};

use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Makes a finding.
pub(crate) struct DaemonsetFixConfig;

const ADD: &str = "Add the following to your daemonset pod-template:\n```\ntolerations:\n- effect: NoSchedule\nkey: ToBeDeletedByClusterAutoscaler\noperator: Exists\n```";

const MEANING: &str = "This will tell Kubernetes that it is OK if daemonsets keep running while a node shuts down. This is desirable for daemonsets like elasticsearch which should keep gathering logs while the node shuts down.";

impl Action for DaemonsetFixConfig {
    const NAME: &'static str = "daemonset_fix_config";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{"description": "Makes a finding that says how pods of a daemon set stay on nodes that the autoscaler is about to remove. A button leads here."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let mut finding = case.finding("Proposed fix", "DaemonsetFixConfig");
        finding.source = Some(Source::Callback);
        finding.stamp();
        finding.add_enrichment(vec![Block::markdown(ADD)]);
        finding.add_enrichment(vec![Block::markdown(MEANING)]);
        case.add_finding(&finding);
        Ok(())
    }
}
