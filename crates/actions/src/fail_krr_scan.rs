//! `fail_krr_scan`: in Robusta it tells the service of Robusta's makers that a scan has failed.

use crate::failure::Failure;
use crate::{Action, Case, NoParams};

/// Notes that there is nobody to tell.
pub(crate) struct FailKrrScan;

impl Action for FailKrrScan {
    const NAME: &'static str = "fail_krr_scan";
    const EVENT: &'static str = "JobEvent";
    const DEFINITION: &'static str = r#"{"description": "Finds nothing: in Robusta it tells the service of its makers that a scan by KRR has failed. It is there so that Robusta's playbooks load."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        case.note("fail_krr_scan: there is no service to tell");
        Ok(())
    }
}
