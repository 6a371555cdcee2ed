//! `/api/handle`: changes of the cluster, as kubewatch posts them: a structured CloudEvent, its data alone, or a binary
//! CloudEvent.

use http::Method;
use squall_identity::permission::Permission;
use squall_model::change::{Change, Operation};
use squall_model::{Json, Object};

use super::{member, object, success};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, playbook_route};
use crate::stackstorm::fault::Fault;
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    let access = Access::NeedsUnlessOpen(Permission::WebhookSend);
    playbook_route(Method::POST, "/api/handle", access, post).says(
        about("Takes a change of a Kubernetes object for playbooks, as kubewatch tells it.")
            .takes_anything()
            .gives(Shape::One("PlaybookAnswer")),
    )
}

/// 200 once the change is durable, or no playbook and no rule wants it.
async fn post(wire: Wire, call: Call) -> Answer {
    let mut body = object(&call)?;
    if !body.contains_key("operation") {
        match member(&mut body, "data")? {
            Json::Object(data) => body = data,
            _ => return Err(Fault::bad_request("`data` has to be an object")),
        }
    }
    let change = change(&mut body)?;
    wire.handle().take_change(change).await?;
    success()
}

fn change(body: &mut Object) -> Result<Change, Fault> {
    let text = |body: &mut Object, name: &str| match member(body, name)? {
        Json::String(text) => Ok(text),
        _ => Err(Fault::bad_request(format!("`{name}` has to be a text"))),
    };
    let operation = text(body, "operation")?;
    let operation = Operation::parse(&operation.to_lowercase()).ok_or_else(|| {
        let text = format!("`operation` is `{operation}`, not one of create, update, delete");
        Fault::bad_request(text)
    })?;
    let obj = member(body, "obj")?;
    if !obj.is_object() {
        return Err(Fault::bad_request("`obj` has to be an object"));
    }
    Ok(Change {
        operation,
        kind: text(body, "kind")?,
        api_version: text(body, "apiVersion")?,
        description: text(body, "description").unwrap_or_default(),
        obj,
        old_obj: body.remove("oldObj").filter(Json::is_object),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read(body: &Json) -> Result<Change, String> {
        let mut body = body.as_object().cloned().unwrap_or_default();
        change(&mut body).map_err(|fault| fault.message)
    }

    #[test]
    fn a_change_is_read_as_kubewatch_writes_it() {
        let told = json!({"operation": "update", "kind": "Pod", "apiVersion": "v1", "clusterUid": "c",
            "description": "d", "obj": {"kind": "Pod"}, "oldObj": {}});
        let change = read(&told).unwrap();
        assert_eq!(change.operation, Operation::Update);
        assert_eq!(
            (change.kind.as_str(), change.api_version.as_str()),
            ("Pod", "v1")
        );
        assert_eq!(change.old_obj, Some(json!({})));
    }

    #[test]
    fn what_is_no_change_is_told() {
        for (told, says) in [
            (json!({}), "the body has no `operation`"),
            (json!({"operation": 1}), "`operation` has to be a text"),
            (
                json!({"operation": "unknown"}),
                "`operation` is `unknown`, not one of create, update, delete",
            ),
            (json!({"operation": "create"}), "the body has no `obj`"),
            (
                json!({"operation": "create", "obj": []}),
                "`obj` has to be an object",
            ),
            (
                json!({"operation": "create", "obj": {}}),
                "the body has no `kind`",
            ),
        ] {
            assert_eq!(read(&told).unwrap_err(), says);
        }
    }
}
