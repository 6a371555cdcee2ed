//! `/api/helm-releases`: releases of Helm, as Robusta's discovery posts them. Squall finds them by itself as well, where
//! it watches a cluster.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::Json;

use super::{member, object, success};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, playbook_route};
use crate::stackstorm::fault::Fault;
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    let access = Access::NeedsUnlessOpen(Permission::WebhookSend);
    playbook_route(Method::POST, "/api/helm-releases", access, post).says(
        about("Takes releases of Helm for playbooks.")
            .takes_anything()
            .gives(Shape::One("PlaybookAnswer")),
    )
}

/// 200 once all that playbooks want is durable.
async fn post(wire: Wire, call: Call) -> Answer {
    let mut body = object(&call)?;
    let releases = match member(&mut body, "data")? {
        Json::Array(releases) if releases.iter().all(Json::is_object) => releases,
        _ => return Err(Fault::bad_request("`data` has to be a list of releases")),
    };
    wire.handle().take_releases(releases).await?;
    success()
}
