//! An alert, and what it says about itself.

use chrono::{DateTime, FixedOffset};
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use squall_model::finding::Severity;
use squall_model::{Json, Object};

use crate::text;

/// An alert, as Alertmanager sends it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Alert {
    /// `firing` or `resolved`.
    pub status: String,
    /// Its labels.
    pub labels: Object,
    /// Its annotations.
    #[serde(default)]
    pub annotations: Object,
    /// When it began.
    pub starts_at: String,
    /// When it ended, or will if it is not heard of again.
    pub ends_at: String,
    /// Where Prometheus shows its expression.
    #[serde(default, rename = "generatorURL")]
    pub generator_url: String,
    /// What Alertmanager tells it from others by.
    #[serde(default)]
    pub fingerprint: Option<String>,
}

impl Alert {
    /// A label, as text.
    pub(crate) fn label(&self, name: &str) -> Option<String> {
        let value = self.labels.get(name).filter(|value| !value.is_null())?;
        Some(text::shown(value))
    }

    /// Its name.
    pub(crate) fn name(&self) -> String {
        self.label("alertname").unwrap_or_default()
    }

    /// Its summary, or else its name.
    pub(crate) fn title(&self) -> String {
        let summary = self.annotations.get("summary").map(text::shown);
        let summary = summary.filter(|summary| !summary.is_empty());
        summary.unwrap_or_else(|| self.name())
    }

    /// Its description, without the labels that some rules put at the end of it.
    pub(crate) fn description(&self) -> String {
        match self.annotations.get("description") {
            Some(Json::String(description)) => without_labels(description),
            _ => String::new(),
        }
    }

    /// Whether it is over.
    pub(crate) fn is_resolved(&self) -> bool {
        self.status.eq_ignore_ascii_case("resolved")
    }

    /// How bad it is: what users say of the word in its label `severity`, or else Robusta.
    pub(crate) fn severity(&self, global_config: &Object) -> Severity {
        let word = self.label("severity").unwrap_or_else(|| "info".to_owned());
        let word = word.to_lowercase();
        let own = global_config.get("custom_severity_map");
        let own = own.and_then(|map| map.get(&word)).and_then(Json::as_str);
        if let Some(own) = own.and_then(|name| Severity::parse(&name.to_uppercase())) {
            return own;
        }
        match word.as_str() {
            "critical" | "high" | "medium" | "error" => Severity::High,
            "warning" | "low" => Severity::Low,
            "debug" => Severity::Debug,
            _ => Severity::Info,
        }
    }

    /// When it began.
    pub(crate) fn began(&self) -> Option<DateTime<FixedOffset>> {
        DateTime::parse_from_rfc3339(&self.starts_at).ok()
    }

    /// The same in seconds since 1970.
    #[expect(
        clippy::cast_precision_loss,
        reason = "microseconds of this era are exact"
    )]
    pub(crate) fn began_at(&self) -> Option<f64> {
        self.began().map(|at| at.timestamp_micros() as f64 / 1e6)
    }

    /// The query that it comes from, as its link says; empty if that says none.
    pub(crate) fn query(&self) -> String {
        let url = unescaped(&self.generator_url);
        let (_, query) = url.split_once('?').unwrap_or_default();
        let query = query.split('#').next().unwrap_or_default();
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let found = pairs.find(|(name, value)| *name == "g0.expr" && !value.is_empty());
        found.map_or_else(String::new, |(_, value)| {
            decoded(&decoded(&value.replace('+', " ")))
        })
    }

    /// When it ended; nothing before 1970, which is how Alertmanager says that it has not.
    pub(crate) fn ended(&self) -> Option<DateTime<FixedOffset>> {
        let ended = DateTime::parse_from_rfc3339(&self.ends_at).ok()?;
        (ended.timestamp_micros() > 0).then_some(ended)
    }
}

/// The text without the signs of HTML that some senders leave in links.
fn unescaped(text: &str) -> String {
    let signs = [
        ("&#43;", "+"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    signs
        .iter()
        .fold(text.to_owned(), |text, (sign, is)| text.replace(sign, is))
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Leaves out `LABELS = map[...]` at the end.
fn without_labels(description: &str) -> String {
    let (body, end) = match description.strip_suffix('\n') {
        Some(body) => (body, "\n"),
        None => (description, ""),
    };
    let last_line = body.rfind('\n').map_or(0, |place| place + 1);
    let found = body
        .get(last_line..)
        .and_then(|line| line.find("LABELS = map["));
    match found {
        Some(place) if body.ends_with(']') => {
            let kept = body.get(..last_line + place).unwrap_or_default();
            format!("{kept}{end}")
        }
        _ => description.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::json;

    use super::*;

    #[test]
    fn labels_at_the_end_of_a_description_are_left_out() {
        for (description, becomes) in [
            ("Pod is down\n  LABELS = map[a:b]", "Pod is down\n  "),
            ("LABELS = map[a:b]]", ""),
            ("LABELS = map[a:b]\n", "\n"),
            ("LABELS = map[a:b] and more", "LABELS = map[a:b] and more"),
            ("LABELS = map[a\nb]", "LABELS = map[a\nb]"),
        ] {
            assert_eq!(without_labels(description), becomes, "{description:?}");
        }
    }

    #[test]
    fn severities_are_robustas_or_the_users() {
        let alert = |severity: &str| Alert {
            labels: [("severity".to_owned(), Json::from(severity))]
                .into_iter()
                .collect(),
            ..Alert::default()
        };
        let own = json!({"custom_severity_map": {"p1": "medium", "error": "low"}});
        let own = own.as_object().unwrap();
        for (word, is) in [
            ("Critical", Severity::High),
            ("warning", Severity::Low),
            ("p1", Severity::High),
            ("error", Severity::Low),
            ("none", Severity::Info),
        ] {
            assert_eq!(alert(word).severity(own), is, "{word}");
        }
        assert_eq!(Alert::default().severity(own), Severity::Info);
    }

    #[test]
    fn alerts_say_what_was_recorded() {
        let recorded =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../conformance/recorded/alerts.jsonl");
        let mut compared = 0;
        for line in fs_err::read_to_string(recorded).unwrap().lines() {
            let case: Json = serde_json::from_str(line).unwrap();
            let (expected, mut given) = (&case["expected"], case["alert"].clone());
            given["labels"] = expected["labels"].clone();
            let alert: Alert = serde_json::from_value(given).unwrap();
            // Without a name there is no event, and no finding.
            if expected.get("title").is_none() {
                continue;
            }
            let severity = alert.severity(&Object::new());
            let resolved = if alert.is_resolved() {
                "[RESOLVED] "
            } else {
                ""
            };
            assert_eq!(
                expected["title"],
                format!("{resolved}{}", alert.title()),
                "{line}"
            );
            assert_eq!(expected["description"], alert.description(), "{line}");
            assert_eq!(expected["severity"], severity.as_str(), "{line}");
            assert_eq!(expected["query"], alert.query(), "{line}");
            assert_eq!(
                expected["ends_at"].is_null(),
                alert.ended().is_none(),
                "{line}"
            );
            compared += 1;
        }
        assert!(compared > 20, "{compared} alerts");
    }
}
