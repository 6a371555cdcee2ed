//! What `kubectl get` prints: a table of objects.

use serde_json::{from_slice, json};
use squall_model::{Json, Timestamp};

use super::forms::About;
use super::kinds::Kind;
use super::objects::text;
use super::stored::Stored;

/// The table of some objects.
pub(super) fn of(kind: &Kind, items: &[&Stored], about: &About, now: &str) -> Json {
    let is_pod = kind.is("", "Pod");
    let mut columns = vec![column("Name", "string", "name")];
    if is_pod {
        columns.push(column("Ready", "string", ""));
        columns.push(column("Status", "string", ""));
        columns.push(column("Restarts", "integer", ""));
    }
    columns.push(column("Age", "string", ""));
    let rows: Vec<Json> = items
        .iter()
        .map(|stored| row(stored, is_pod, now))
        .collect();
    json!({
        "kind": "Table",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": about.metadata(),
        "columnDefinitions": columns,
        "rows": rows,
    })
}

fn column(name: &str, kind: &str, format: &str) -> Json {
    json!({"name": name, "type": kind, "format": format, "description": name, "priority": 0})
}

fn row(stored: &Stored, is_pod: bool, now: &str) -> Json {
    let metadata: Json = from_slice(stored.metadata()).unwrap_or_default();
    let mut cells = vec![Json::from(stored.name.as_str())];
    if is_pod {
        let pod = stored.json();
        let (ready, all) = ready(&pod);
        cells.push(format!("{ready}/{all}").into());
        cells.push(status(&pod).into());
        cells.push(restarts(&pod).into());
    }
    cells.push(age(text(&metadata, "/creationTimestamp"), now).into());
    json!({
        "cells": cells,
        "object": {
            "kind": "PartialObjectMetadata",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
        },
    })
}

fn containers(pod: &Json) -> impl Iterator<Item = &Json> {
    let statuses = pod.pointer("/status/containerStatuses");
    statuses.and_then(Json::as_array).into_iter().flatten()
}

fn ready(pod: &Json) -> (usize, usize) {
    let all = pod.pointer("/spec/containers").and_then(Json::as_array);
    let is_ready = |status: &&Json| status.get("ready") == Some(&Json::Bool(true));
    (
        containers(pod).filter(is_ready).count(),
        all.map_or(0, Vec::len),
    )
}

fn restarts(pod: &Json) -> i64 {
    let counts = containers(pod).filter_map(|status| status.get("restartCount")?.as_i64());
    counts.fold(0, i64::saturating_add)
}

/// The word for how a pod is: why a container waits or has ended says more than the phase.
fn status(pod: &Json) -> String {
    if !text(pod, "/metadata/deletionTimestamp").is_empty() {
        return "Terminating".to_owned();
    }
    let words = containers(pod).map(|status| {
        let waiting = text(status, "/state/waiting/reason");
        let ended = text(status, "/state/terminated/reason");
        if waiting.is_empty() { ended } else { waiting }
    });
    let word = words.filter(|word| !word.is_empty()).last();
    let reason = Some(text(pod, "/status/reason")).filter(|reason| !reason.is_empty());
    let word = word.or(reason);
    word.unwrap_or_else(|| text(pod, "/status/phase"))
        .to_owned()
}

/// How long ago something was, such as `5m`, as `kubectl` writes it.
fn age(created: &str, now: &str) -> String {
    let (Ok(created), Ok(now)) = (created.parse::<Timestamp>(), now.parse::<Timestamp>()) else {
        return "<unknown>".to_owned();
    };
    let seconds = (now.micros().saturating_sub(created.micros()) / 1_000_000).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let pair = |large: i64, unit: &str, small: i64, small_unit: &str| match small {
        0 => format!("{large}{unit}"),
        small => format!("{large}{unit}{small}{small_unit}"),
    };
    match seconds {
        ..120 => format!("{seconds}s"),
        120..600 => pair(minutes, "m", seconds % 60, "s"),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => pair(hours, "h", minutes % 60, "m"),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => pair(days, "d", hours % 24, "h"),
        _ => format!("{days}d"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fake::kinds::Kinds;

    #[test]
    fn ages_are_written_as_kubectl_writes_them() {
        for (created, expected) in [
            ("2026-01-10T00:00:00Z", "0s"),
            ("2026-01-09T23:58:01Z", "119s"),
            ("2026-01-09T23:57:30Z", "2m30s"),
            ("2026-01-09T23:45:30Z", "14m"),
            ("2026-01-09T20:30:00Z", "3h30m"),
            ("2026-01-09T12:00:00Z", "12h"),
            ("2026-01-07T01:00:00Z", "2d23h"),
            ("2025-12-31T00:00:00Z", "10d"),
            ("2027-01-01T00:00:00Z", "0s"),
            ("yesterday", "<unknown>"),
        ] {
            assert_eq!(age(created, "2026-01-10T00:00:00Z"), expected, "{created}");
        }
    }

    #[test]
    fn a_pod_says_how_it_is() {
        let kind = Kinds::default().named("Pod").unwrap();
        let pod = json!({
            "metadata": {"name": "web", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"containers": [{"name": "a"}, {"name": "b"}]},
            "status": {"phase": "Running", "containerStatuses": [
                {"ready": true, "restartCount": 1, "state": {"running": {}}},
                {"ready": false, "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}},
            ]},
        });
        let stored = Stored::of(&kind, &pod, 1);
        let table = of(&kind, &[&stored], &About::default(), "2026-01-01T00:01:00Z");
        let expected = json!(["web", "1/2", "CrashLoopBackOff", 5, "60s"]);
        assert_eq!(table["rows"][0]["cells"], expected);
        assert_eq!(table["columnDefinitions"].as_array().unwrap().len(), 5);
    }
}
