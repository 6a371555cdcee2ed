//! Images that cannot be had, and why.

use std::sync::LazyLock;

use serde_json::json;
use squall_expression::regex::{Flags, Pattern};
use squall_model::Json;
use squall_model::finding::{Block, Enrichment};

use super::{items, word};
use crate::Case;
use crate::blocks::{titled, vertical};
use crate::failure::Failure;

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

/// What is known of the images that a pod waits for.
pub(crate) async fn pull_report(case: &Case<'_>, pod: &Json) -> Result<Enrichment, Failure> {
    let events = super::events::events_named(case, pod).await?;
    let (mut blocks, mut errors) = (Vec::new(), Vec::new());
    for status in waiting(pod) {
        report(status, &events, &mut blocks, &mut errors);
    }
    blocks.append(&mut errors);
    let title = "Container ImagePullBackoff Information";
    Ok(titled(blocks, "image_pull_backoff_info", title))
}

/// The containers that wait for their images.
pub(crate) fn waiting(pod: &Json) -> impl Iterator<Item = &Json> {
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
    let fits = |pattern: &Pattern| pattern.is_full_match(message).unwrap_or(false);
    let found = PATTERNS.iter().find(|(pattern, _)| fits(pattern));
    found.map(|(_, reason)| *reason)
}

/// The reasons with their patterns, which take long to make.
static PATTERNS: LazyLock<Vec<(Pattern, Reason)>> = LazyLock::new(|| {
    let compiled = REASONS.iter().map(|(pattern, reason)| {
        let pattern = Pattern::new(pattern, Flags::default());
        (pattern.expect("recorded cases use all of them"), *reason)
    });
    compiled.collect()
});
