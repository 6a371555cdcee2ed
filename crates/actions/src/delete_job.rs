//! `delete_job`: deletes a job.

use http::Method;
use serde::Deserialize;
use squall_kubernetes::Ask;
use squall_model::finding::Block;

use crate::cluster::change::Change;
use crate::cluster::word;
use crate::failure::Failure;
use crate::{Action, Case};

/// Deletes a job.
pub(crate) struct DeleteJob;

#[derive(Deserialize)]
pub(crate) struct Params {
    dry_run: bool,
}

impl Action for DeleteJob {
    const NAME: &'static str = "delete_job";
    const EVENT: &'static str = "JobEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Deletes the job that the event is about.",
        "class": "DeleteJobParams",
        "changes_cluster": true
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(job) = case.object("Job").await else {
            case.note("delete_job: there is no job");
            return Ok(());
        };
        let change = Change {
            action: Self::NAME,
            verb: "delete",
            object: &job,
            watched: &[],
            dry_run: params.dry_run,
        };
        let made = change
            .make(case, Ask::new(Method::DELETE, case.path_of(&job)?))
            .await;
        made.map_err(|error| Failure::unexpected("cannot delete the job", &error))?;
        let full = format!(
            "{}/{}",
            word(&job, "/metadata/namespace"),
            word(&job, "/metadata/name")
        );
        let text = change.told(format!("Job *{full}* deleted"));
        case.add_blocks(vec![Block::markdown(text)]).await;
        Ok(())
    }
}
