//! `helm_status_enricher`: a finding about a Helm release.

use chrono::DateTime;
use squall_model::Json;
use squall_model::finding::{Block, Severity, Source};

use crate::cluster::{said, word};
use crate::failure::Failure;
use crate::text::shown;
use crate::{Action, Case, Event, NoParams};

/// Makes a finding.
pub(crate) struct HelmStatusEnricher;

/// Where a release is on its way, or stuck on it.
const UNDER_WAY: [&str; 4] = [
    "pending-install",
    "pending-upgrade",
    "pending-rollback",
    "uninstalling",
];

impl Action for HelmStatusEnricher {
    const NAME: &'static str = "helm_status_enricher";
    const EVENT: &'static str = "HelmReleasesEvent";
    const DEFINITION: &'static str = r#"{"description": "Makes a finding about the Helm release: its status, version, revision and when it was deployed."}"#;
    type Params = NoParams;

    async fn run(_: NoParams, case: &mut Case<'_>) -> Result<(), Failure> {
        let Event::HelmRelease { release } = &case.event else {
            return Ok(());
        };
        let release = release.clone();
        let full = format!(
            "{}/{}",
            word(&release, "/namespace"),
            word(&release, "/name")
        );
        let status = word(&release, "/info/status");
        let version = said(&release, "/chart/metadata/version");
        let version = version.map_or_else(String::new, |version| format!(" - version: {version}"));
        let key = if UNDER_WAY.contains(&status) {
            "Helm Release Unhealthy"
        } else {
            "Helm Release Info"
        };
        let mut finding = case.finding(
            format!("Helm release {full}{version} - status: {status}"),
            key,
        );
        finding.source = Some(Source::HelmRelease);
        finding.severity = match status {
            "deployed" | "uninstalled" => Severity::Info,
            _ => Severity::High,
        };
        finding.stamp();
        finding.add_enrichment(vec![Block::markdown(text(&release, &full))]);
        case.add_finding(&finding);
        Ok(())
    }
}

fn text(release: &Json, full: &str) -> String {
    let status = word(release, "/info/status");
    let row = |name: &str, value: &str| format!("  ● *{name}*: `{value}`\n\n");
    let at = |pointer: &str| {
        let read = DateTime::parse_from_rfc3339(word(release, pointer));
        read.map_or_else(
            |_| String::new(),
            |at| at.format("%b %d, %Y, %I:%M:%S %p%z").to_string(),
        )
    };
    let revision = release.get("version").map(shown).unwrap_or_default();
    let mut text = format!(
        "Helm release `{full}` is currently in the `{status}` status\n\nRelease information:\n\n{}{}{}{}{}{}",
        row("Name", word(release, "/name")),
        row("Namespace", word(release, "/namespace")),
        row("Status", status),
        row("Revision", &revision),
        row("First Deployed", &at("/info/first_deployed")),
        row("Last Deployed", &at("/info/last_deployed")),
    );
    if let Some(description) = said(release, "/info/description").filter(|text| !text.is_empty()) {
        text.push_str(&row("Description", description));
    }
    if let Some(notes) = said(release, "/info/notes").filter(|text| !text.is_empty()) {
        text.push_str(&row("Notes", &notes.replace('\n', "")));
    }
    if let Some(chart) = release.pointer("/chart/metadata") {
        text.push_str("\nChart Information:\n\n");
        text.push_str(&row("Name", word(chart, "/name")));
        text.push_str(&row("Version", word(chart, "/version")));
        text.push('\n');
    }
    text
}
