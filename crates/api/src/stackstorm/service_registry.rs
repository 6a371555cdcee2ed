//! `/service_registry`: which services run where. Squall is one service, and each node of it is a member.

use http::Method;
use serde_json::json;

use super::fault::Fault;
use super::reply;
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Access, Answer, Routes, route};
use crate::wire::Wire;

/// The one group there is.
const GROUP: &str = "squall";

pub(super) fn routes() -> Routes {
    route(
        Method::GET,
        "/service_registry/groups",
        Access::Somebody,
        groups,
    )
    .says(about("Lists groups of services.").gives(Shape::One("ServiceGroups")))
    .merge(
        route(
            Method::GET,
            "/service_registry/groups/{group_id}/members",
            Access::Somebody,
            members,
        )
        .says(
            about("Lists the members of a group of services.").gives(Shape::One("ServiceMembers")),
        ),
    )
}

async fn groups(_wire: Wire, _call: Call) -> Answer {
    reply::ok(&json!({ "groups": [GROUP] }))
}

async fn members(wire: Wire, call: Call) -> Answer {
    let group = call.part("group_id");
    if group != GROUP {
        return Err(Fault::not_found(format!(
            "Group with ID \"{group}\" not found."
        )));
    }
    let node = &wire.handle().settings().node;
    let pid = std::process::id();
    reply::ok(&json!({"members": [{
        "group_id": GROUP,
        "member_id": format!("{node}-{pid}"),
        "capabilities": {"hostname": node, "pid": pid, "type": "active"},
    }]}))
}
