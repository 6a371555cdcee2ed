//! What the server says of itself: its version, its groups, its kinds.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use serde_json::json;
use squall_model::Json;

use super::kinds::{Kind, Kinds};
use super::openapi;
use super::route::Target;

/// What can be done with every object.
pub(super) const VERBS: &[&str] = &[
    "create",
    "delete",
    "deletecollection",
    "get",
    "list",
    "patch",
    "update",
    "watch",
];

/// The answer of `/version`.
pub(super) fn version() -> Json {
    json!({
        "major": "1",
        "minor": "33",
        "gitVersion": "v1.33.0+squall",
        "gitCommit": "",
        "gitTreeState": "clean",
        "buildDate": "2025-04-23T00:00:00Z",
        "goVersion": "",
        "compiler": "",
        "platform": "fake",
    })
}

/// What the server says of its groups and kinds; none if it has no such.
pub(super) fn describe(kinds: &Kinds, target: &Target) -> Option<Json> {
    match target {
        Target::CoreVersions => Some(json!({
            "kind": "APIVersions",
            "versions": ["v1"],
            "serverAddressByClientCIDRs": [],
        })),
        Target::Groups => {
            let groups: Vec<Json> = groups(kinds)
                .iter()
                .map(|(group, versions)| about_group(group, versions))
                .collect();
            Some(json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}))
        }
        Target::Group(name) => {
            let groups = groups(kinds);
            let mut described = about_group(name, groups.get(name)?);
            if let Some(described) = described.as_object_mut() {
                described.insert("kind".into(), "APIGroup".into());
                described.insert("apiVersion".into(), "v1".into());
            }
            Some(described)
        }
        Target::Kinds(group, version) => {
            let of_version = |kind: &&Kind| kind.group == *group && kind.version == *version;
            let all = kinds.all().map(AsRef::as_ref).filter(of_version);
            let resources: Vec<Json> = all.flat_map(resources).collect();
            let name = match group.as_str() {
                "" => version.clone(),
                group => format!("{group}/{version}"),
            };
            (!resources.is_empty()).then(|| {
                json!({
                    "kind": "APIResourceList",
                    "apiVersion": "v1",
                    "groupVersion": name,
                    "resources": resources,
                })
            })
        }
        Target::Descriptions => Some(openapi::index(kinds)),
        Target::Description(group, version) => openapi::of(kinds, group, version),
        Target::Version | Target::Health | Target::Objects(_) => None,
    }
}

/// The groups but for the core, each with its versions, the preferred one first.
pub(super) fn groups(kinds: &Kinds) -> BTreeMap<String, Vec<String>> {
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in kinds.all().filter(|kind| !kind.group.is_empty()) {
        let versions = groups.entry(kind.group.clone()).or_default();
        if !versions.contains(&kind.version) {
            versions.push(kind.version.clone());
        }
    }
    // `v1` before `v1beta1`, and the newer before the older otherwise.
    for versions in groups.values_mut() {
        versions.sort_by_key(|version| (version.contains(['a', 'b']), Reverse(version.clone())));
    }
    groups
}

fn about_group(name: &str, versions: &[String]) -> Json {
    let versions: Vec<Json> = versions
        .iter()
        .map(|version| json!({"groupVersion": format!("{name}/{version}"), "version": version}))
        .collect();
    json!({
        "name": name,
        "versions": versions,
        "preferredVersion": versions.first(),
    })
}

/// A kind and its subresources.
fn resources(kind: &Kind) -> Vec<Json> {
    let mut resource = json!({
        "name": kind.plural,
        "singularName": kind.singular,
        "namespaced": kind.namespaced,
        "kind": kind.kind,
        "verbs": VERBS,
    });
    if let Some(resource) = resource.as_object_mut() {
        if !kind.short.is_empty() {
            resource.insert("shortNames".into(), json!(kind.short));
        }
        if !kind.categories.is_empty() {
            resource.insert("categories".into(), json!(kind.categories));
        }
    }
    let below = kind.subresources.iter();
    let below = below.map(|name| described_below(kind, name));
    std::iter::once(resource).chain(below).collect()
}

/// What stands below the objects of a kind: the kind that is read and sent there, and what can be done with it.
pub(super) struct Below<'a> {
    pub(super) kind: &'a str,
    pub(super) group: &'a str,
    pub(super) version: &'a str,
    pub(super) verbs: &'static [&'static str],
}

/// A subresource of a kind.
pub(super) fn below<'a>(kind: &'a Kind, name: &str) -> Below<'a> {
    let (kind, group, version, verbs): (&str, &str, &str, &[&str]) = match name {
        "scale" => ("Scale", "autoscaling", "v1", &["get", "patch", "update"]),
        "eviction" => ("Eviction", "policy", "v1", &["create"]),
        "binding" => ("Binding", "", "v1", &["create"]),
        "exec" => ("PodExecOptions", "", "v1", &["create", "get"]),
        "log" => ("Pod", "", "v1", &["get"]),
        "finalize" => ("Namespace", "", "v1", &["update"]),
        _ => (
            &kind.kind,
            &kind.group,
            &kind.version,
            &["get", "patch", "update"],
        ),
    };
    Below {
        kind,
        group,
        version,
        verbs,
    }
}

fn described_below(kind: &Kind, name: &str) -> Json {
    let below = below(kind, name);
    let mut resource = json!({
        "name": format!("{}/{name}", kind.plural),
        "singularName": "",
        "namespaced": kind.namespaced,
    });
    if let Some(resource) = resource.as_object_mut() {
        if (below.group, below.version) != (kind.group.as_str(), kind.version.as_str()) {
            resource.insert("group".into(), below.group.into());
            resource.insert("version".into(), below.version.into());
        }
        resource.insert("kind".into(), below.kind.into());
        resource.insert("verbs".into(), json!(below.verbs));
    }
    resource
}
