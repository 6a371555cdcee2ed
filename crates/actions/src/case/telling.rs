//! What actions do to findings. It is what Robusta's events do: blocks go to the newest finding of each sink of the
//! playbook, what is overridden is so in all of them.

use sha2::{Digest as _, Sha256};
use squall_model::Object;
use squall_model::finding::{
    Block, Enrichment, Finding, Link, RESOLVED, Severity, Source, python_time,
};

use super::{Case, Event};
use crate::text::{shown, time};

/// What an action changes of all findings so far; what is nothing stays.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Overrides {
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) severity: Option<Severity>,
    pub(crate) aggregation_key: Option<String>,
}

impl Case<'_> {
    /// A new finding, not yet told to anybody, that began now.
    pub(crate) fn finding(
        &mut self,
        title: impl Into<String>,
        aggregation_key: impl Into<String>,
    ) -> Finding {
        let id = self.new_id();
        let mut finding = Finding::new(id, title, aggregation_key);
        finding.starts_at = Some(python_time(self.means.now));
        finding
    }

    /// Adds a finding to each sink of the playbook. It is the newest then.
    pub(crate) fn add_finding(&mut self, finding: &Finding) {
        for sink in self.sinks.clone() {
            self.findings.of(&sink).insert(0, finding.clone());
        }
    }

    /// Adds blocks to the newest finding of each sink. Without a finding there is one from now on, even if there are no
    /// blocks.
    pub(crate) async fn add_enrichment(&mut self, enrichment: Enrichment) {
        self.newest(|finding| {
            if !enrichment.blocks.is_empty() {
                finding.enrichments.push(enrichment.clone());
            }
        })
        .await;
    }

    /// Adds blocks of which there is nothing to say.
    pub(crate) async fn add_blocks(&mut self, blocks: Vec<Block>) {
        self.add_enrichment(Enrichment::of(blocks)).await;
    }

    /// Adds a link to the newest finding of each sink.
    pub(crate) async fn add_link(&mut self, link: Link) {
        self.newest(|finding| finding.links.push(link.clone()))
            .await;
    }

    /// Changes all findings so far. Fingerprints stay.
    pub(crate) fn override_findings(&mut self, overrides: &Overrides) {
        let given = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        self.all(|finding| {
            if let Some(title) = given(&overrides.title) {
                finding.title = title;
            }
            if let Some(description) = given(&overrides.description) {
                finding.description = Some(description);
            }
            if let Some(severity) = overrides.severity {
                finding.severity = severity;
            }
            if let Some(key) = given(&overrides.aggregation_key) {
                finding.aggregation_key = key;
            }
        });
    }

    /// Adds labels to what the findings so far are about.
    pub(crate) fn inject_labels(&mut self, labels: &Object) {
        self.all(|finding| {
            let labels = labels
                .iter()
                .map(|(name, value)| (name.clone(), value.clone()));
            finding.subject.labels.extend(labels);
        });
    }

    /// Adds a paragraph to the descriptions of all findings so far.
    pub(crate) fn extend_description(&mut self, text: &str) {
        self.all(|finding| {
            let before = finding
                .description
                .take()
                .filter(|before| !before.is_empty());
            finding.description = Some(match before {
                Some(before) => format!("{before}\n\n{text}"),
                None => text.to_owned(),
            });
        });
    }

    async fn newest(&mut self, mut change: impl FnMut(&mut Finding)) {
        let sinks = self.sinks.clone();
        let mut is_missing = false;
        for sink in &sinks {
            is_missing |= self.findings.of(sink).is_empty();
        }
        if is_missing {
            let usual = self.usual_finding().await;
            for sink in &sinks {
                let found = self.findings.of(sink);
                if found.is_empty() {
                    found.push(usual.clone());
                }
            }
        }
        for sink in &sinks {
            if let Some(finding) = self.findings.of(sink).first_mut() {
                change(finding);
            }
        }
    }

    fn all(&mut self, mut change: impl FnMut(&mut Finding)) {
        for sink in self.sinks.clone() {
            self.findings.of(&sink).iter_mut().for_each(&mut change);
        }
    }

    /// The finding that blocks go to when no action made one.
    async fn usual_finding(&mut self) -> Finding {
        match &self.event {
            Event::KubernetesChange(change) => {
                let operation = change.operation.as_str();
                let title = match change.obj.get("metadata") {
                    Some(metadata) => {
                        let name = metadata
                            .get("name")
                            .map_or_else(|| "None".to_owned(), shown);
                        format!(
                            "{} to {} {name}",
                            capitalized(operation),
                            change.kind.to_lowercase()
                        )
                    }
                    None => format!("Kubernetes {operation}"),
                };
                self.finding(title, "GenericChange")
            }
            Event::PrometheusAlert { .. } => self.alert_finding().await,
            Event::Schedule { .. } => {
                self.finding("General scheduled task", "GeneralScheduledTask")
            }
            Event::HelmRelease { .. } | Event::Trigger { .. } | Event::Manual { .. } => {
                self.finding("Robusta notification", "GenericFindingKey")
            }
        }
    }

    async fn alert_finding(&mut self) -> Finding {
        let subject = self.subject().await;
        let id = self.new_id();
        let Some(alert) = self.event.alert() else {
            return Finding::new(id, "", "");
        };
        let resolved = if alert.is_resolved() {
            format!("{RESOLVED} ")
        } else {
            String::new()
        };
        let mut finding = Finding::new(id, format!("{resolved}{}", alert.title()), alert.name());
        finding.description = Some(alert.description());
        finding.source = Some(Source::Prometheus);
        finding.severity = alert.severity(self.means.global_config);
        finding.subject = subject;
        finding.starts_at = alert.began().map(time::python);
        finding.ends_at = alert.ended().map(time::python);
        finding.add_silence_url = true;
        finding.silence_labels = Some(alert.labels.clone());
        match alert.fingerprint.as_deref() {
            Some(fingerprint) if !fingerprint.is_empty() => {
                fingerprint.clone_into(&mut finding.fingerprint);
            }
            _ => finding.stamp(),
        }
        finding
    }

    /// A UUID that follows from the event and how many were given before: the same actions give the same ids.
    fn new_id(&mut self) -> String {
        let text = format!("finding:{}:{}", self.means.seed, self.ids_given);
        self.ids_given += 1;
        let digest = Sha256::digest(text.as_bytes());
        let mut hex: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        // What a UUID of version 8 has in these places.
        hex.replace_range(12..13, "8");
        hex.replace_range(16..17, "a");
        for dash in [8, 13, 18, 23] {
            hex.insert(dash, '-');
        }
        hex
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters
        .next()
        .map(|letter| letter.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
