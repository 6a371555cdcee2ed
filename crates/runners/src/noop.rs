//! `noop`: does nothing, and succeeds.
//!
//! For trying rules and workflows without an effect. It takes no parameters; whatever an action declares beside is
//! accepted and ignored. The result is always `{failed: false, succeeded: true, return_code: 0}`.
//!
//! ```yaml
//! name: mark
//! runner_type: noop
//! description: Leaves an execution behind, and nothing else
//! ```

use serde::Deserialize;
use serde_json::json;
use squall_model::outcome::Outcome;

use crate::{Run, Runner};

/// Does nothing.
pub(crate) struct Noop;

/// None.
#[derive(Deserialize)]
pub(crate) struct Params {}

impl Runner for Noop {
    const NAME: &'static str = "noop";
    const DEFINITION: &'static str = r#"{
        "description": "Does nothing and succeeds, whatever it is given.",
        "package": "noop_runner",
        "parameters": {}
    }"#;
    type Params = Params;

    async fn run(_params: Params, _run: Run) -> Outcome {
        Outcome::succeeded(json!({"failed": false, "succeeded": true, "return_code": 0}))
    }
}
