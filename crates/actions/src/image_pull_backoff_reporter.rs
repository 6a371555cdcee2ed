//! `image_pull_backoff_reporter`: a finding about images that cannot be had, and why.

use serde::Deserialize;
use serde_json::json;
use squall_expression::regex::{Flags, Pattern};
use squall_kubernetes::Selection;
use squall_model::Json;
use squall_model::finding::{Block, Severity, Source, Subject};

use crate::blocks::{titled, vertical};
use crate::cluster::events::no_cluster;
use crate::cluster::{EVENT, MOST, items, said, word};
use crate::failure::Failure;
use crate::{Action, Case};

/// Reports images.
pub(crate) struct ImagePullBackoffReporter;

#[derive(Deserialize)]
pub(crate) struct Params {}

/// Why an image cannot be had: what container runtimes say, and what that means.
const REASONS: [(&str, Reason); 8] = [
    (
        r#"failed to pull and unpack image ".*?": failed to resolve reference ".*?": .*?(no such host|not found)"#,
        MISSING,
    ),
    (
        r#"failed to pull and unpack image ".*?": failed to resolve reference ".*?": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed"#,
        DENIED,
    ),
    (
        r#"failed to pull and unpack image ".*?": failed to resolve reference ".*?": failed to authorize: failed to fetch anonymous token: unexpected status: 403 Forbidden"#,
        DENIED,
    ),
    (
        r"Error response from daemon: pull access denied for .*?, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
        DENIED,
    ),
    (
        r"Error response from daemon: manifest for .*? not found: manifest unknown: manifest unknown",
        MISSING,
    ),
    (
        r#"Error response from daemon: Head ".*?": denied: Permission "artifactregistry.repositories.downloadArtifacts" denied on resource ".*?" \(or it may not exist\)"#,
        DENIED,
    ),
    (
        r#"Error response from daemon: manifest for .*? not found: manifest unknown: Failed to fetch ".*?""#,
        MISSING,
    ),
    (r".*Timeout exceeded.*", SLOW),
];

/// A word for it, and what to do.
type Reason = (&'static str, &'static str);

const MISSING: Reason = (
    "Image not found",
    "Make sure the image repository, image name and image tag are correct.",
);
const DENIED: Reason = (
    "Unauthorized",
    "The repo is access protected. Make sure to configure the correct image pull secrets: https://kubernetes.io/docs/tasks/configure-pod-container/pull-image-private-registry",
);
const SLOW: Reason = (
    "Timeout",
    "If this does not resolved after a few minutes, make sure the image repository is responding.",
);

impl Action for ImagePullBackoffReporter {
    const NAME: &'static str = "image_pull_backoff_reporter";
    const EVENT: &'static str = "PodEvent";
    const DEFINITION: &'static str = r#"{
        "description": "Makes a finding about images of the pod that cannot be pulled: which, why, and what to do.",
        "class": "RateLimitParams",
        "parameters": {
            "rate_limit": {"type": "integer", "default": 3600, "description": "Not used; the trigger's is."}
        }
    }"#;
    type Params = Params;

    async fn run(_: Params, case: &mut Case<'_>) -> Result<(), Failure> {
        let Some(pod) = case.object("Pod").await else {
            return Ok(());
        };
        if !waiting(&pod)
            .any(|status| said(status, "/state/waiting/reason") == Some("ImagePullBackOff"))
        {
            case.note("image_pull_backoff_reporter: the pod waits for no image");
            return Ok(());
        }
        let (name, namespace) = (
            word(&pod, "/metadata/name"),
            word(&pod, "/metadata/namespace"),
        );
        let selection = Selection::of(Some(namespace)).fields(format!("regarding.name={name}"));
        let cluster = case.means.cluster.ok_or_else(no_cluster)?;
        let events = cluster.list(&EVENT, &selection, MOST).await;
        let events = events.map_err(|error| Failure::unexpected("cannot list events", &error))?;
        let (mut blocks, mut errors) = (Vec::new(), Vec::new());
        for status in waiting(&pod) {
            report(status, &events, &mut blocks, &mut errors);
        }
        blocks.append(&mut errors);
        let title =
            format!("Failed to pull at least one image in pod {name} in namespace {namespace}");
        let mut finding = case.finding(title, "ImagePullBackoff");
        finding.source = Some(Source::KubernetesApiServer);
        finding.severity = Severity::High;
        finding.subject = Subject::of(&pod);
        finding.stamp();
        if !blocks.is_empty() {
            let title = "Container ImagePullBackoff Information";
            finding
                .enrichments
                .push(titled(blocks, "image_pull_backoff_info", title));
        }
        case.add_finding(&finding);
        Ok(())
    }
}

/// The containers that wait for their images.
fn waiting(pod: &Json) -> impl Iterator<Item = &Json> {
    items(pod, "/status/containerStatuses").filter(|status| {
        let reason = word(status, "/state/waiting/reason");
        matches!(reason, "ImagePullBackOff" | "ErrImagePull")
    })
}

fn report(status: &Json, events: &[Json], blocks: &mut Vec<Block>, errors: &mut Vec<Block>) {
    let (name, image) = (word(status, "/name"), word(status, "/image"));
    let Some(message) = events.iter().find_map(|event| said_of(event, image)) else {
        return;
    };
    let mut rows = vec![
        vec![json!("Container"), json!(name)],
        vec![json!("Image"), json!(image)],
    ];
    match reason(message) {
        Some((reason, fix)) => {
            rows.push(vec![json!("Reason"), json!(reason)]);
            rows.push(vec![json!("Fix"), json!(fix)]);
        }
        None => errors.push(Block::markdown(format!(
            "*Error message:* {name}:\n{message}"
        ))),
    }
    blocks.push(vertical("", &["label", "value"], rows));
}

/// What the kubelet says about an image that it cannot pull.
fn said_of<'e>(event: &'e Json, image: &str) -> Option<&'e str> {
    let is_meant = word(event, "/type") == "Warning"
        && word(event, "/reason") == "Failed"
        && word(event, "/deprecatedSource/component") == "kubelet";
    let rest = word(event, "/note").strip_prefix(&format!(
        "Failed to pull image \"{image}\": rpc error: code = "
    ))?;
    let rest = rest
        .strip_prefix("Unknown desc = ")
        .or_else(|| rest.strip_prefix("NotFound desc = "));
    rest.filter(|_| is_meant)
}

fn reason(message: &str) -> Option<Reason> {
    let fits = |pattern: &str| {
        let pattern = Pattern::new(pattern, Flags::default());
        pattern
            .and_then(|pattern| pattern.is_full_match(message))
            .unwrap_or(false)
    };
    let found = REASONS.iter().find(|(pattern, _)| fits(pattern));
    found.map(|(_, reason)| *reason)
}
