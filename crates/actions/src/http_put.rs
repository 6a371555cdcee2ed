//! `http_put`: sends something to a URL.

use crate::failure::Failure;
use crate::web::{Carried, send};
use crate::{Action, Case};

/// Sends a request.
pub(crate) struct HttpPut;

impl Action for HttpPut {
    const NAME: &'static str = "http_put";
    const EVENT: &'static str = "ExecutionBaseEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Sends a PUT to a URL. A finding tells that nobody answers, or if wanted what is answered.",
        "class": "HTTP_PUT",
        "parameters": {
            "url": {"type": "string", "required": true, "description": "Where to."},
            "data": {"description": "What is sent: a text, or a mapping or list of pairs that becomes a form."},
            "headers": {"type": ["object", "null"], "description": "Headers."},
            "get_response": {"type": ["boolean", "null"], "default": false, "description": "Whether a finding tells what is answered."}
        }
    }"#;
    type Params = Carried;

    async fn run(params: Carried, case: &mut Case<'_>) -> Result<(), Failure> {
        send(case, params.by("PUT", "HttpPut")).await;
        Ok(())
    }
}
