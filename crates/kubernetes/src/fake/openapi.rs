//! As much of a description of the server as makes clients trust it: that it looks at what it is sent, and how it is asked
//! to only try.

use std::collections::BTreeMap;

use serde_json::{Map, json};
use squall_model::Json;

use super::kinds::{Kind, Kinds};

/// Where the description of each version of each group is.
pub(super) fn index(kinds: &Kinds) -> Json {
    let paths: BTreeMap<String, Json> = kinds
        .all()
        .map(|kind| {
            let path = root(kind);
            let url = json!({"serverRelativeURL": format!("/openapi/v3/{path}")});
            (path, url)
        })
        .collect();
    json!({"paths": paths})
}

/// The description of one version of a group; none if there is no such.
pub(super) fn of(kinds: &Kinds, group: &str, version: &str) -> Option<Json> {
    let all = kinds.all();
    let all = all.filter(|kind| kind.group == group && kind.version == version);
    let paths: Map<String, Json> = all.map(|kind| (path(kind), operations(kind))).collect();
    (!paths.is_empty()).then(|| {
        json!({
            "openapi": "3.0.0",
            "info": {"title": "Kubernetes", "version": "v1.33.0"},
            "paths": paths,
            "components": {"schemas": {}},
        })
    })
}

fn root(kind: &Kind) -> String {
    match kind.group.as_str() {
        "" => format!("api/{}", kind.version),
        group => format!("apis/{group}/{}", kind.version),
    }
}

fn path(kind: &Kind) -> String {
    let within = if kind.namespaced {
        "namespaces/{namespace}/"
    } else {
        ""
    };
    format!("/{}/{within}{}/{{name}}", root(kind), kind.plural)
}

fn operations(kind: &Kind) -> Json {
    let parameters: Vec<Json> = ["dryRun", "fieldManager", "fieldValidation"]
        .iter()
        .map(|name| json!({"name": name, "in": "query", "schema": {"type": "string"}}))
        .collect();
    json!({"patch": {
        "parameters": parameters,
        "responses": {"200": {"description": "OK"}},
        "x-kubernetes-action": "patch",
        "x-kubernetes-group-version-kind": {
            "group": kind.group,
            "version": kind.version,
            "kind": kind.kind,
        },
    }})
}
