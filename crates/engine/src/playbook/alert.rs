//! An alert as Alertmanager tells it, before playbooks see it: relabelled, told from others, and with the objects that it is
//! about. What actions read out of it is in `crates/actions/src/case/alert.rs`.

use chrono::DateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;
use squall_model::playbook::{Relabel, RelabelOperation};
use squall_model::{Id, Json, Object, Timestamp};

/// When an alert has no end yet, Alertmanager says this.
const NO_END: &str = "0001-01-01T00:00:00Z";

/// One alert.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// `firing` or `resolved`.
    pub status: String,
    /// What identifies it; `alertname` is its name.
    pub labels: Object,
    /// What is said about it.
    pub annotations: Object,
    /// Since when it fires, as it was sent.
    pub starts_at: String,
    /// Until when it fired, as it was sent; of the year 1 while it still does.
    pub ends_at: String,
    /// Where it comes from: a link with the query in it.
    #[serde(rename = "generatorURL")]
    pub generator_url: String,
    /// What Alertmanager knows it by; empty where it does not say.
    pub fingerprint: String,
}

/// An object that a label of an alert names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The member of the alert's event that it becomes, such as `deployment`.
    pub member: &'static str,
    /// Its kind.
    pub kind: &'static str,
    /// The version it is read in.
    pub api_version: &'static str,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// A node that a label of an alert names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NamedNode {
    /// By its name.
    Name(String),
    /// By one of its addresses.
    Address(String),
}

/// Labels, and the objects that they name.
const OBJECTS: [(&str, &str, &str, &str); 6] = [
    ("deployment", "deployment", "Deployment", "apps/v1"),
    ("daemonset", "daemonset", "DaemonSet", "apps/v1"),
    ("statefulset", "statefulset", "StatefulSet", "apps/v1"),
    ("job_name", "job", "Job", "batch/v1"),
    ("pod", "pod", "Pod", "v1"),
    (
        "horizontalpodautoscaler",
        "hpa",
        "HorizontalPodAutoscaler",
        "autoscaling/v1",
    ),
];

/// What exports the state of the cluster: objects of this name are not what an alert is about.
const EXPORTER: &str = "kube-state-metrics";

impl Alert {
    /// Reads one of a webhook's `alerts`. What Alertmanager always says but is missing gets what stands for nothing;
    /// an alert that says nothing of when it started started now.
    ///
    /// `Err` says what is wrong with it.
    pub fn read(sent: &Json, now: Timestamp) -> Result<Self, String> {
        let sent = sent.as_object().ok_or("an alert is an object")?;
        let text = |name: &str| match sent.get(name) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(format!("`{name}` is a text")),
        };
        let object = |name: &str| match sent.get(name) {
            None | Some(Json::Null) => Ok(Object::new()),
            Some(Json::Object(members)) => Ok(members.clone()),
            Some(_) => Err(format!("`{name}` is an object")),
        };
        let moment = |name: &str, otherwise: String| {
            let text = text(name)?.unwrap_or(otherwise);
            match DateTime::parse_from_rfc3339(&text) {
                Ok(_) => Ok(text),
                Err(_) => Err(format!("`{name}` is a time such as 2026-11-22T13:14:15Z")),
            }
        };
        Ok(Self {
            status: text("status")?.unwrap_or_else(|| "firing".to_owned()),
            labels: object("labels")?,
            annotations: object("annotations")?,
            starts_at: moment("startsAt", now.to_string())?,
            ends_at: moment("endsAt", NO_END.to_owned())?,
            generator_url: text("generatorURL")?.unwrap_or_default(),
            fingerprint: text("fingerprint")?.unwrap_or_default(),
        })
    }

    /// Copies or moves labels, as the files of playbooks say.
    pub fn relabel(&mut self, relabel: &[Relabel]) {
        for one in relabel {
            let value = self
                .labels
                .get(&one.source)
                .filter(|value| is_truthy(value));
            let Some(value) = value.cloned() else {
                continue;
            };
            self.labels.insert(one.target.clone(), value);
            if one.operation == RelabelOperation::Replace {
                self.labels.remove(&one.source);
            }
        }
    }

    /// The same for all that Alertmanager sends again: of its fingerprint (or its labels, where it has none), its status, its
    /// start and its end.
    pub fn deduplication_key(&self) -> String {
        let identity = if self.fingerprint.is_empty() {
            let mut labels: Vec<_> = self.labels.iter().collect();
            labels.sort_by_key(|(name, _)| *name);
            json!(labels)
        } else {
            json!(self.fingerprint)
        };
        let moment = |text: &str| {
            DateTime::parse_from_rfc3339(text)
                .map(|time| time.timestamp_micros())
                .ok()
        };
        let parts = json!([
            identity,
            self.status,
            moment(&self.starts_at),
            moment(&self.ends_at)
        ]);
        Id::of(&format!("alert:{parts}")).to_string()
    }

    /// A label that is a text.
    pub fn label(&self, name: &str) -> Option<&str> {
        self.labels.get(name)?.as_str()
    }

    /// The objects that its labels name, each to be read from the cluster.
    pub fn objects(&self) -> Vec<Named> {
        let namespace = self.label("namespace").unwrap_or("default");
        let named = |(label, member, kind, api_version): (
            &str,
            &'static str,
            &'static str,
            &'static str,
        )| {
            let name = self
                .label(label)
                .filter(|name| !name.is_empty() && !name.contains(EXPORTER))?;
            Some(Named {
                member,
                kind,
                api_version,
                namespace: namespace.to_owned(),
                name: name.to_owned(),
            })
        };
        OBJECTS.into_iter().filter_map(named).collect()
    }

    /// The node that its labels name: the first of these that there is.
    pub fn nodes(&self) -> Vec<NamedNode> {
        let is_about_exporter = self.label("job") == Some(EXPORTER);
        let labels = [
            self.label("node"),
            self.label("instance").filter(|_| !is_about_exporter),
        ];
        let named = labels.into_iter().flatten().filter(|name| !name.is_empty());
        named
            .map(|name| match name.split_once(':') {
                Some((address, _)) => NamedNode::Address(address.to_owned()),
                None => NamedNode::Name(name.to_owned()),
            })
            .collect()
    }
}

/// What Python takes for true.
fn is_truthy(value: &Json) -> bool {
    match value {
        Json::Null => false,
        Json::Bool(flag) => *flag,
        Json::Number(number) => number.as_f64() != Some(0.0),
        Json::String(text) => !text.is_empty(),
        Json::Array(items) => !items.is_empty(),
        Json::Object(members) => !members.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert(sent: &Json) -> Result<Alert, String> {
        Alert::read(sent, Timestamp::from_micros(1_795_348_800_000_000))
    }

    #[test]
    fn what_is_missing_stands_for_nothing_and_what_is_wrong_is_told() {
        let read = alert(&json!({"labels": {"alertname": "Down"}})).unwrap();
        assert_eq!(
            (read.status.as_str(), read.ends_at.as_str()),
            ("firing", NO_END)
        );
        assert_eq!(read.starts_at, "2026-11-22T12:00:00.000000Z");
        for (sent, told) in [
            (json!([]), "an alert is an object"),
            (json!({"labels": []}), "`labels` is an object"),
            (json!({"status": 1}), "`status` is a text"),
            (
                json!({"endsAt": "soon"}),
                "`endsAt` is a time such as 2026-11-22T13:14:15Z",
            ),
        ] {
            assert_eq!(alert(&sent).unwrap_err(), told);
        }
    }

    #[test]
    fn only_what_alertmanager_sends_again_has_the_same_key() {
        let first = json!({"fingerprint": "f", "status": "firing", "startsAt": "2026-11-22T11:00:00Z", "labels": {"a": "b", "c": "d"}});
        let key = |change: Json| {
            let mut sent = first.clone();
            let members = change.as_object().unwrap().clone();
            sent.as_object_mut().unwrap().extend(members);
            alert(&sent).unwrap().deduplication_key()
        };
        let same = key(json!({}));
        assert_eq!(
            key(json!({"startsAt": "2026-11-22T12:00:00+01:00", "annotations": {"x": "y"}})),
            same
        );
        for other in [
            json!({"fingerprint": "g"}),
            json!({"status": "resolved"}),
            json!({"startsAt": "2026-11-22T11:00:01Z"}),
            json!({"endsAt": "2026-11-22T13:00:00Z"}),
        ] {
            assert_ne!(key(other), same);
        }
        let labels = |labels: Json| key(json!({"fingerprint": null, "labels": labels}));
        assert_eq!(
            labels(json!({"a": "b", "c": "d"})),
            labels(json!({"c": "d", "a": "b"}))
        );
        assert_ne!(labels(json!({"a": "b"})), labels(json!({"a": "c"})));
    }
}
