//! `daemonset_status_enricher`: how many pods of a daemon set are where they should be.

use squall_model::Json;
use squall_model::finding::Block;

use crate::blocks::table;
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Adds counts.
pub(crate) struct DaemonsetStatusEnricher;

const FIELDS: [&str; 4] = [
    "status.desiredNumberScheduled",
    "status.currentNumberScheduled",
    "status.numberAvailable",
    "status.numberMisscheduled",
];

const LIFE: &str = "_Daemonset lifecycle: pods start out as desired, then get scheduled, and then become available. \
    If Kubernetes then decides a pod shouldn't be running on a node after all, it becomes misscheduled._";

impl Action for DaemonsetStatusEnricher {
    const NAME: &'static str = "daemonset_status_enricher";
    const EVENT: &'static str = "DaemonSetEvent";
    const DEFINITION: &'static str = r#"{"description": "Adds how many pods of the daemon set are wanted, scheduled, available and where they should not be."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(set) = case.object("DaemonSet").await else {
            case.note("daemonset_status_enricher: there is no daemon set");
            return Ok(());
        };
        let row = |field: &&str| {
            let value = set.pointer(&format!("/{}", field.replace('.', "/")));
            vec![Json::from(*field), value.cloned().unwrap_or_default()]
        };
        let rows = FIELDS.iter().map(row).collect();
        let fields = table("", &["field", "value"], rows);
        case.add_blocks(vec![
            Block::markdown(format!(
                "*Daemonset Stats for {}*",
                word(&set, "/metadata/name")
            )),
            Block::KubernetesFields(fields),
            Block::markdown(LIFE),
        ])
        .await;
        Ok(())
    }
}
