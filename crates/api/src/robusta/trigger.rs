//! `/api/trigger`: actions of playbooks by hand; `/api/playbooks/reload`: the files are read again.

use axum::response::Response;
use http::{Method, StatusCode};
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::{Json, Object};
use squall_server::playbooks::ByHand;

use super::{object, response};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, playbook_route};
use crate::stackstorm::fault::Fault;
use crate::wire::Wire;

pub(super) fn routes() -> Routes {
    playbook_route(
        Method::POST,
        "/api/trigger",
        Permission::ActionExecute,
        trigger,
    )
    .says(
        about("Runs an action of playbooks, and waits for its end.")
            .takes_anything()
            .gives(Shape::One("PlaybookAnswer")),
    )
    .merge(
        playbook_route(
            Method::POST,
            "/api/playbooks/reload",
            Permission::PackRegister,
            reload,
        )
        .says(about("Reads the files of playbooks again.").gives(Shape::One("PlaybookAnswer"))),
    )
}

/// What the action answers; as in Robusta the status is 200 also where it failed, and the body says so.
async fn trigger(wire: Wire, call: Call) -> Answer {
    let mut body = object(&call)?;
    let Some(Json::String(action)) = body.remove("action_name") else {
        return Err(Fault::bad_request("`action_name` has to be a text"));
    };
    let params = match body.remove("action_params") {
        None | Some(Json::Null) => Object::new(),
        Some(Json::Object(params)) => params,
        Some(_) => return Err(Fault::bad_request("`action_params` has to be an object")),
    };
    let sinks = match body.remove("sinks") {
        None | Some(Json::Null) => None,
        Some(sinks) => Some(names(&sinks)?),
    };
    let is_true = |name: &str| body.get(name) == Some(&Json::Bool(true));
    let by_hand = ByHand {
        action,
        params,
        sinks: if is_true("no_sinks") {
            Some(Vec::new())
        } else {
            sinks
        },
        user: call.principal.user.clone(),
    };
    let tells_findings = is_true("sync_response");
    let mut done = wire.handle().run_by_hand(by_hand).await?;
    if !tells_findings && let Some(done) = done.as_object_mut() {
        done.remove("findings");
    }
    Ok(response(StatusCode::OK, &done))
}

fn names(sinks: &Json) -> Result<Vec<String>, Fault> {
    let names = sinks.as_array().map(|all| {
        let name = |one: &Json| one.as_str().map(str::to_owned);
        all.iter().map(name).collect::<Option<Vec<_>>>()
    });
    let refuse = || Fault::bad_request("`sinks` has to be a list of names");
    names.flatten().ok_or_else(refuse)
}

/// 200 if what the files hold is in force; else what is wrong with them, and what was in force stays so.
async fn reload(wire: Wire, call: Call) -> Answer {
    if !call.body.is_empty() {
        object(&call)?;
    }
    let state = wire.handle().reload_playbooks().await;
    let problems: Vec<String> = state
        .refused_because()
        .iter()
        .map(ToString::to_string)
        .collect();
    Ok(if problems.is_empty() {
        response(StatusCode::OK, &json!({"success": true}))
    } else {
        kept(&problems)
    })
}

fn kept(problems: &[String]) -> Response {
    let body = json!({
        "success": false,
        "msg": "the files are not in force; what was in force stays so",
        "problems": problems,
    });
    response(StatusCode::UNPROCESSABLE_ENTITY, &body)
}
