//! Which sinks take what was found, and why the others do not.

use std::collections::BTreeMap;

use squall_engine::finding::{Facts, Needs, Route, Sinks, Verdict};
use squall_kubernetes::Cluster;
use squall_model::finding::Finding;
use squall_model::{Object, Timestamp};

use super::RESPONSE;

/// What comes of the findings of one event, which are given by sink. Labels of namespaces that a sink's scope asks for
/// are looked up.
pub(super) async fn routes(
    sinks: &Sinks,
    findings: &[(String, Vec<Finding>)],
    now: Timestamp,
    cluster: Option<&Cluster>,
) -> Vec<Route> {
    let mut namespaces = BTreeMap::new();
    loop {
        let facts = Facts {
            now,
            namespaces: &namespaces,
        };
        match sinks.route(findings, facts) {
            Ok(routes) => return routes,
            Err(Needs(missing)) => {
                for namespace in missing {
                    let labels = labels_of_namespace(&namespace, cluster).await;
                    namespaces.insert(namespace, labels);
                }
            }
        }
    }
}

/// The labels of a namespace; none where there is no such namespace, or nobody to ask.
async fn labels_of_namespace(namespace: &str, cluster: Option<&Cluster>) -> Object {
    let Some(cluster) = cluster else {
        return Object::new();
    };
    let found = cluster.get(format!("/api/v1/namespaces/{namespace}")).await;
    let found = found.unwrap_or_else(|error| {
        let error = &error as &dyn std::error::Error;
        tracing::warn!(namespace, error, "cannot read the labels of a namespace");
        None
    });
    let labels = found.and_then(|found| found.pointer("/metadata/labels")?.as_object().cloned());
    labels.unwrap_or_default()
}

/// Why a sink does not get a finding.
pub(super) fn why_not(route: &Route) -> Option<String> {
    Some(match &route.verdict {
        Verdict::Taken => return None,
        Verdict::Unknown if route.sink == RESPONSE => "it is for whoever asked".to_owned(),
        verdict => verdict.to_string(),
    })
}
