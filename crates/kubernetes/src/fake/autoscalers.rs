//! HorizontalPodAutoscalers in their two forms: that of `autoscaling/v2`, in which they are kept, and that of
//! `autoscaling/v1`, which knows of processors only. What the older form cannot say is lost to whoever writes in it.

use serde_json::json;
use squall_model::{Json, Object};

/// Where the target of the processors' use stands in the older form, and where it is in a metric of the newer one.
const TARGET: (&str, &str) = ("targetCPUUtilizationPercentage", "target");

/// The same of how it is.
const CURRENT: (&str, &str) = ("currentCPUUtilizationPercentage", "current");

/// The older form of an autoscaler.
pub(super) fn older(autoscaler: &Json) -> Json {
    let mut older = autoscaler.clone();
    for (part, list, (field, inner)) in [
        ("spec", "metrics", TARGET),
        ("status", "currentMetrics", CURRENT),
    ] {
        let Some(part) = older.get_mut(part).and_then(Json::as_object_mut) else {
            continue;
        };
        let metrics = part.remove(list).unwrap_or_default();
        let metrics = metrics.as_array().into_iter().flatten();
        let at = format!("/resource/{inner}/averageUtilization");
        let mut of_processors = metrics
            .filter(|metric| metric.pointer("/resource/name") == Some(&json!("cpu")))
            .filter_map(|metric| metric.pointer(&at).cloned());
        if let Some(percent) = of_processors.next() {
            part.insert(field.to_owned(), percent);
        }
        part.remove("behavior");
        part.remove("conditions");
    }
    older
}

/// The newer form of an autoscaler.
pub(super) fn newer(autoscaler: &Json) -> Json {
    let mut newer = autoscaler.clone();
    for (part, list, (field, inner)) in [
        ("spec", "metrics", TARGET),
        ("status", "currentMetrics", CURRENT),
    ] {
        let Some(part) = newer.get_mut(part).and_then(Json::as_object_mut) else {
            continue;
        };
        let Some(percent) = part.remove(field) else {
            continue;
        };
        let mut measured = json!({"averageUtilization": percent});
        if inner == TARGET.1
            && let Some(measured) = measured.as_object_mut()
        {
            measured.insert("type".to_owned(), "Utilization".into());
        }
        let resource = Object::from_iter([
            ("name".to_owned(), json!("cpu")),
            (inner.to_owned(), measured),
        ]);
        let metric = json!([{"type": "Resource", "resource": resource}]);
        part.insert(list.to_owned(), metric);
    }
    newer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_autoscaler_has_two_forms() {
        let kept = json!({
            "metadata": {"name": "web"},
            "spec": {
                "maxReplicas": 9,
                "metrics": [{"type": "Resource", "resource": {
                    "name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80},
                }}],
            },
            "status": {
                "currentReplicas": 3,
                "currentMetrics": [{"type": "Resource", "resource": {
                    "name": "cpu", "current": {"averageUtilization": 75},
                }}],
            },
        });
        let shown = json!({
            "metadata": {"name": "web"},
            "spec": {"maxReplicas": 9, "targetCPUUtilizationPercentage": 80},
            "status": {"currentReplicas": 3, "currentCPUUtilizationPercentage": 75},
        });
        assert_eq!(older(&kept), shown);
        assert_eq!(newer(&shown), kept);
        let plain = json!({"metadata": {"name": "web"}, "spec": {"maxReplicas": 2}});
        assert_eq!(older(&plain), plain);
        assert_eq!(newer(&plain), plain);
    }
}
