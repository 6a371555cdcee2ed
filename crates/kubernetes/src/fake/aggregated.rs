//! Discovery in one answer: all groups with all their kinds.

use serde_json::json;
use squall_model::Json;

use super::discovery::{VERBS, below, groups};
use super::kinds::{Kind, Kinds};
use super::route::Target;

/// What the answer is, for clients that ask for it.
pub(super) const CONTENT_TYPE: &str =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

/// Whether a client asks for all in one.
pub(super) fn is_wanted(accept: &str) -> bool {
    let mut wanted = accept.split(',').map(|one| one.replace(' ', ""));
    wanted.any(|one| one == CONTENT_TYPE)
}

/// All of the core, or all of the other groups; none for what is no list of groups.
pub(super) fn describe(kinds: &Kinds, target: &Target) -> Option<Json> {
    let items: Vec<Json> = match target {
        Target::CoreVersions => vec![group(kinds, "", &["v1".to_owned()])],
        Target::Groups => {
            let groups = groups(kinds);
            let groups = groups.iter();
            groups
                .map(|(name, versions)| group(kinds, name, versions))
                .collect()
        }
        _ => return None,
    };
    Some(json!({
        "kind": "APIGroupDiscoveryList",
        "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {},
        "items": items,
    }))
}

fn group(kinds: &Kinds, name: &str, versions: &[String]) -> Json {
    let version = |version: &String| {
        let all = kinds.all();
        let all = all.filter(|kind| kind.group == name && kind.version == *version);
        let resources: Vec<Json> = all.map(|kind| resource(kind)).collect();
        json!({"version": version, "resources": resources, "freshness": "Current"})
    };
    let versions: Vec<Json> = versions.iter().map(version).collect();
    let metadata = match name {
        "" => json!({"creationTimestamp": null}),
        name => json!({"name": name, "creationTimestamp": null}),
    };
    json!({"metadata": metadata, "versions": versions})
}

fn resource(kind: &Kind) -> Json {
    let subresource = |name: &String| {
        let below = below(kind, name);
        json!({
            "subresource": name,
            "responseKind": {"group": below.group, "version": below.version, "kind": below.kind},
            "verbs": below.verbs,
        })
    };
    let subresources: Vec<Json> = kind.subresources.iter().map(subresource).collect();
    json!({
        "resource": kind.plural,
        "responseKind": {"group": kind.group, "version": kind.version, "kind": kind.kind},
        "scope": if kind.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": kind.singular,
        "shortNames": kind.short,
        "categories": kind.categories,
        "verbs": VERBS,
        "subresources": subresources,
    })
}
