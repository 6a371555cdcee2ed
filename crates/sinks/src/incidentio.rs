//! `incidentio_sink`: alert events of incident.io.

use serde_json::json;
use squall_model::finding::{Finding, Source};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, markdown, plain};

/// An alert source.
pub(crate) struct IncidentIo {
    url: String,
    token: String,
}

/// What is sent of a title, and of a text.
const MOST_OF_TITLE: usize = 1000;
const MOST_OF_TEXT: usize = 50_000;

impl Kind for IncidentIo {
    const KIND: &'static str = "incidentio_sink";
    const ABOUT: &'static str = "alert events of incident.io";
    const EXAMPLE: &'static str =
        r#"{"token": "token", "source_config_id": "01ABCDEFGHJKMNPQRSTVWXYZ01"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let id = given.needed("source_config_id")?;
        let is_part = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
        if id.len() != 26 || !id.bytes().all(is_part) {
            let message = format!("`{id}` is no id of an alert source");
            return Err(Fault::new(
                "source_config_id",
                message,
                "26 capital letters and digits",
            ));
        }
        let base = match given.text("base_url")? {
            Some(_) => given.url("base_url")?,
            None => "https://api.incident.io/v2/".to_owned(),
        };
        Ok(Self {
            url: format!("{}/alert_events/http/{id}", base.trim_end_matches('/')),
            token: given.needed("token")?,
        })
    }
}

impl Requests for IncidentIo {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let finding = told.finding;
        let description = finding.description.as_deref().unwrap_or_default();
        let description = markdown::cut(description, MOST_OF_TEXT);
        let mut metadata = json!({
            "resource": finding.subject.name,
            "namespace": finding.subject.namespace,
            "cluster": told.site.cluster_name,
            "severity": finding.severity,
            "description": description,
            "source": finding.source.map_or("NONE", Source::constant),
            "fingerprint_id": finding.fingerprint,
        });
        let more = additional(finding);
        if let Some(members) = metadata.as_object_mut().filter(|_| !more.is_empty()) {
            members.insert(
                "additional_info".to_owned(),
                json!(markdown::cut(&more, MOST_OF_TEXT)),
            );
        }
        let event = json!({
            "deduplication_key": plain::key(finding, MOST_OF_TITLE),
            "title": plain::headline(finding, MOST_OF_TITLE),
            "description": if description.is_empty() { "No description provided." } else { &description },
            "status": if finding.is_resolved() { "resolved" } else { "firing" },
            "metadata": metadata,
        });
        let request = Request::new("POST", &self.url)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Idempotency-Key", told.key);
        vec![request.body("application/json", event.to_string())]
    }
}

fn additional(finding: &Finding) -> String {
    let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
    let texts = blocks.map(|block| plain::text(&block.shown(), |one| one.formatted_path.clone()));
    texts
        .filter(|text| !text.is_empty())
        .map(|text| format!("{text}\n"))
        .collect()
}
