//! `victorops_sink`: alerts of VictorOps, which is Splunk On-Call now, by its REST endpoint.

use serde_json::json;
use squall_model::http::Request;
use squall_model::{Json, Object};

use crate::catalogue::Kind;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, markdown, plain, python};

/// An endpoint with a routing key.
pub(crate) struct VictorOps {
    url: String,
}

/// What is shown of a message.
const MOST_OF_MESSAGE: usize = 20_480;
const MOST_OF_KEY: usize = 512;

impl Kind for VictorOps {
    const KIND: &'static str = "victorops_sink";
    const ABOUT: &'static str = "alerts of VictorOps (Splunk On-Call)";
    const EXAMPLE: &'static str =
        r#"{"url": "https://alert.victorops.com/integrations/generic/1/alert/key/route"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        Ok(Self {
            url: given.url("url")?,
        })
    }
}

impl Requests for VictorOps {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let finding = told.finding;
        let mut alert = Object::new();
        let mut add = |name: String, value: Json| alert.insert(name, value);
        for link in &finding.links {
            add(format!("vo_annotate.u.🎬 {}", link.name), json!(link.url));
        }
        let diff = |one: &squall_model::finding::Difference| {
            let path = python::text(&Json::from(one.path.clone()));
            format!(
                "{path}: {} ==> {}",
                python::text(&one.other_value),
                python::text(&one.value)
            )
        };
        let message = markdown::cut(&plain::whole(finding, diff), MOST_OF_MESSAGE);
        let severity = finding.severity;
        let name = format!(
            "{} {} - {}",
            severity.emoji(),
            severity.as_str(),
            finding.title
        );
        for (member, value) in [
            ("Resource", json!(finding.subject.name)),
            ("Source", json!(told.site.cluster_name)),
            ("Namespace", json!(finding.subject.namespace)),
            ("Node", json!(finding.subject.node)),
            ("monitoring_tool", json!("Squall")),
            (
                "message_type",
                json!(if finding.is_resolved() {
                    "RECOVERY"
                } else {
                    "CRITICAL"
                }),
            ),
            ("entity_id", json!(plain::key(finding, MOST_OF_KEY))),
            ("entity_display_name", json!(markdown::cut(&name, 1000))),
            ("state_message", json!(message)),
        ] {
            add(member.to_owned(), value);
        }
        let request = Request::new("POST", &self.url).header("Idempotency-Key", told.key);
        vec![request.body("application/json", Json::Object(alert).to_string())]
    }
}
