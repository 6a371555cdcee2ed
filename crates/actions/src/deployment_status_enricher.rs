//! `deployment_status_enricher`: how a deployment says it is.

use squall_model::finding::Block;

use crate::cluster::items;
use crate::failure::Failure;
use crate::text::shown;
use crate::{Action, Case, NoParams};

/// Adds conditions.
pub(crate) struct DeploymentStatusEnricher;

impl Action for DeploymentStatusEnricher {
    const NAME: &'static str = "deployment_status_enricher";
    const EVENT: &'static str = "DeploymentEvent";
    const DEFINITION: &'static str =
        r#"{"description": "Adds the conditions of the deployment that the event is about."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(deployment) = case.object("Deployment").await else {
            case.note("deployment_status_enricher: there is no deployment");
            return Ok(());
        };
        let mut blocks = vec![Block::markdown("*Deployment status details:*")];
        for condition in items(&deployment, "/status/conditions") {
            let said = |name: &str| condition.get(name).map_or_else(|| "None".to_owned(), shown);
            blocks.push(Block::markdown(format!(
                "*{} -* {}",
                said("reason"),
                said("message")
            )));
        }
        case.add_blocks(blocks).await;
        Ok(())
    }
}
