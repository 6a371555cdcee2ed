//! `/api/alerts`: Alertmanager's webhook, version 4.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::Json;
use squall_model::trace::TraceContext;

use super::{member, object, success};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, playbook_route};
use crate::stackstorm::fault::Fault;
use crate::wire::Wire;

/// What Alertmanager always sends beside the alerts.
const ALWAYS: [&str; 4] = ["version", "groupKey", "status", "receiver"];

pub(super) fn routes() -> Routes {
    let access = Access::NeedsUnlessOpen(Permission::WebhookSend);
    playbook_route(Method::POST, "/api/alerts", access, post).says(
        about("Takes alerts of Alertmanager for playbooks.")
            .takes_anything()
            .gives(Shape::One("PlaybookAnswer")),
    )
}

/// 200 once every alert of the notification is durable, or was taken before.
async fn post(wire: Wire, call: Call) -> Answer {
    let mut body = object(&call)?;
    let alerts = member(&mut body, "alerts")?;
    if let Some(missing) = ALWAYS.iter().find(|name| !body.contains_key(**name)) {
        let text = format!("this is no notification of Alertmanager: it has no `{missing}`");
        return Err(Fault::bad_request(text));
    }
    let Json::Array(alerts) = alerts else {
        return Err(Fault::bad_request("`alerts` has to be a list"));
    };
    for (index, alert) in alerts.iter().enumerate() {
        let labels = alert.get("labels").and_then(Json::as_object);
        if labels.is_none_or(|labels| !labels.values().all(Json::is_string)) {
            let text = format!("`alerts[{index}].labels` has to be an object of texts");
            return Err(Fault::bad_request(text));
        }
    }
    let trace = TraceContext {
        parent: call.traceparent(),
        ..TraceContext::default()
    };
    wire.handle().take_alerts(alerts, &trace).await?;
    success()
}
