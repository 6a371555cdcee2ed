//! `report_crash_loop`: a finding about a pod whose containers crash, with their last words.

use serde::Deserialize;
use squall_model::finding::{Severity, Source, Subject};

use crate::blocks::titled;
use crate::cluster::logs::{Hidden, LogParams, log_block};
use crate::cluster::{pods, word};
use crate::failure::Failure;
use crate::{Action, Case};

/// Reports a crash loop.
pub(crate) struct ReportCrashLoop;

#[derive(Deserialize)]
pub(crate) struct Params {
    regex_replacer_patterns: Option<Vec<Hidden>>,
    regex_replacement_style: String,
}

impl Action for ReportCrashLoop {
    const NAME: &'static str = "report_crash_loop";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding about a pod whose containers crash: how they are, how they ended, and what each said last.",
        "class": "ReportCrashLoopParams",
        "parameters": {
            "regex_replacer_patterns": {
                "type": ["array", "null"],
                "description": "What is hidden in logs, in this order.",
                "items": {"type": "object", "properties": {
                    "name": {"type": "string", "default": "Redacted", "description": "What is shown in its place in the style `NAMED`."},
                    "regex": {"type": "string", "required": true, "description": "Python's regular expression."}
                }}
            },
            "regex_replacement_style": {"type": "string", "default": "SAME_LENGTH_ASTERISKS", "description": "`SAME_LENGTH_ASTERISKS` or `NAMED`."}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            case.note("report_crash_loop: there is no pod");
            return Ok(());
        };
        let logs = LogParams {
            regex_replacer_patterns: params.regex_replacer_patterns,
            regex_replacement_style: Some(params.regex_replacement_style),
            previous: true,
            ..LogParams::default()
        };
        logs.check()?;
        let (name, namespace) = (
            word(&pod, "/metadata/name"),
            word(&pod, "/metadata/namespace"),
        );
        let title = format!("Crashing pod {name} in namespace {namespace}");
        let mut finding = case.finding(title, "CrashLoopBackoff");
        finding.source = Some(Source::KubernetesApiServer);
        finding.severity = Severity::High;
        finding.subject = Subject::of(&pod);
        finding.stamp();
        finding.enrichments = pods::crash_reports(&pod);
        for status in pods::crashed(&pod) {
            match log_block(case, &pod, word(status, "/name"), &logs).await {
                Ok(block) => finding
                    .enrichments
                    .push(titled(vec![block], "text_file", "Logs")),
                Err(failure) => case.note(failure.message),
            }
        }
        case.add_finding(&finding);
        Ok(())
    }
}
