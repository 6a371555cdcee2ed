//! An alert as Alertmanager tells it, and what is read out of it.

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

    /// Whether it is over.
    pub fn is_resolved(&self) -> bool {
        self.status.eq_ignore_ascii_case("resolved")
    }

    /// What a finding about it is called.
    pub fn title(&self) -> String {
        let summary = self
            .annotations
            .get("summary")
            .filter(|text| is_truthy(text));
        let title = summary.or_else(|| self.labels.get("alertname"));
        let title = title
            .and_then(super::parameters::as_text)
            .unwrap_or_default();
        let prefix = if self.is_resolved() {
            "[RESOLVED] "
        } else {
            ""
        };
        format!("{prefix}{title}")
    }

    /// What a finding about it says, without the list of labels that some rules end with.
    pub fn description(&self) -> String {
        let written = self.annotations.get("description").and_then(Json::as_str);
        let written = written.unwrap_or_default();
        let list = written
            .rfind("LABELS = map[")
            .filter(|_| written.ends_with(']'));
        // The original searches from the left on one line: the first list that reaches to the end.
        let first = written
            .match_indices("LABELS = map[")
            .map(|(at, _)| at)
            .find(|at| written.get(*at..).is_some_and(|rest| !rest.contains('\n')));
        match (list, first) {
            (Some(_), Some(first)) => written.get(..first).unwrap_or_default().to_owned(),
            _ => written.to_owned(),
        }
    }

    /// How bad it is, by the label `severity` and what the global config adds to its words: `HIGH`, `LOW`, `INFO` or
    /// `DEBUG`.
    pub fn severity(&self, custom: &Object) -> &'static str {
        let word = self.label("severity").unwrap_or("info").to_lowercase();
        let known = |word: &str| match word {
            "critical" | "high" | "medium" | "error" => Some("HIGH"),
            "warning" | "low" => Some("LOW"),
            "info" => Some("INFO"),
            "debug" => Some("DEBUG"),
            _ => None,
        };
        let custom = custom.get(&word).and_then(Json::as_str);
        let custom = custom.and_then(|severity| known(&severity.to_lowercase()));
        custom.or_else(|| known(&word)).unwrap_or("INFO")
    }

    /// When it began.
    pub fn started_at(&self) -> Option<Timestamp> {
        moment(&self.starts_at)
    }

    /// When it ended, if it has.
    pub fn ended_at(&self) -> Option<Timestamp> {
        moment(&self.ends_at).filter(|end| end.micros() > 0)
    }

    /// The query behind it, out of the link to where it comes from.
    pub fn query(&self) -> Option<String> {
        let url = self
            .generator_url
            .replace("&amp;", "&")
            .replace("&#43;", "+");
        let (_, query) = url.split_once('?')?;
        let (query, _) = query.split_once('#').unwrap_or((query, ""));
        let written = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("g0.expr="))?;
        let query = percent_decoded(&percent_decoded(&written.replace('+', " ")));
        (!query.is_empty()).then_some(query)
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

fn moment(text: &str) -> Option<Timestamp> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(Timestamp::from_micros(time.timestamp_micros()))
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

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let pair = after
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let byte = pair.filter(|pair| pair.bytes().all(|byte| byte.is_ascii_hexdigit()));
        match byte.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
