//! The pods of workloads.

use squall_kubernetes::{Error, Kind, Selection};
use squall_model::{Json, Object};

use super::{MOST, items, word};
use crate::Case;
use crate::text::{shown, time};

/// The pods of a job, by its controller, its selector or its name; nothing where it has none of these, or without a
/// cluster.
pub(crate) async fn pods_of(case: &Case<'_>, job: &Json) -> Option<Result<Vec<Json>, Error>> {
    let label = |name: &str| {
        job.pointer("/metadata/labels")
            .and_then(|labels| labels.get(name))
            .map(shown)
    };
    let selector = match (label("controller-uid"), label("job-name")) {
        (Some(uid), _) if !uid.is_empty() => format!("controller-uid={uid}"),
        (_, name) => match selector(job.pointer("/spec/selector")) {
            selector if !selector.is_empty() => selector,
            _ => format!("job-name={}", name.filter(|name| !name.is_empty())?),
        },
    };
    selected(case, word(job, "/metadata/namespace"), &selector, None).await
}

/// The pods in a namespace with these labels and fields; nothing without a cluster.
pub(crate) async fn selected(
    case: &Case<'_>,
    namespace: &str,
    labels: &str,
    fields: Option<&str>,
) -> Option<Result<Vec<Json>, Error>> {
    let mut selection = Selection::of(Some(namespace)).labels(labels);
    selection.fields = fields.map(str::to_owned);
    let found = case.means.cluster?.list(&Kind::POD, &selection, MOST).await;
    Some(found.map(|mut pods| {
        pods.iter_mut().for_each(time::rewrite);
        pods
    }))
}

/// A selector as a query; that of old kinds is labels only.
pub(crate) fn selector(selector: Option<&Json>) -> String {
    let Some(selector) = selector.and_then(Json::as_object) else {
        return String::new();
    };
    let is_plain =
        !selector.contains_key("matchLabels") && !selector.contains_key("matchExpressions");
    let nothing = Object::new();
    let labels = match selector.get("matchLabels").and_then(Json::as_object) {
        Some(labels) => labels,
        None if is_plain => selector,
        None => &nothing,
    };
    let labels = labels
        .iter()
        .map(|(name, value)| format!("{name}={}", shown(value)));
    let whole = Json::Object(selector.clone());
    let expressions: Vec<String> = items(&whole, "/matchExpressions").map(expression).collect();
    labels.chain(expressions).collect::<Vec<_>>().join(",")
}

fn expression(expression: &Json) -> String {
    let (key, operator) = (
        word(expression, "/key"),
        word(expression, "/operator").to_lowercase(),
    );
    match operator.as_str() {
        "exists" => key.to_owned(),
        "doesnotexist" => format!("!{key}"),
        operator => {
            let values: Vec<&str> = items(expression, "/values")
                .filter_map(Json::as_str)
                .collect();
            format!("{key} {operator} ({})", values.join(","))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn selectors_become_queries() {
        let both = json!({"matchLabels": {"app": "web"}, "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["a", "b"]}, {"key": "x", "operator": "Exists"},
            {"key": "y", "operator": "DoesNotExist"}, {"key": "z", "operator": "NotIn", "values": ["c"]},
        ]});
        assert_eq!(
            selector(Some(&both)),
            "app=web,tier in (a,b),x,!y,z notin (c)"
        );
        assert_eq!(selector(Some(&json!({"app": "web"}))), "app=web");
        assert_eq!(selector(None), "");
    }
}
