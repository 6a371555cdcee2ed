//! What an object must be before it is written.

use squall_model::Json;

use super::answers::Refusal;
use super::kinds::Kind;
use super::objects::{At, text};

/// The object must say the kind of its path, or none.
pub(super) fn check_kind(kind: &Kind, object: &Json) -> Result<(), Refusal> {
    if !object.is_object() {
        return Err(Refusal::bad_request("the object provided is no object"));
    }
    let (said_kind, said_version) = (text(object, "/kind"), text(object, "/apiVersion"));
    let expected = kind.api_version();
    if !said_version.is_empty() && said_version != expected {
        let message = format!(
            "the API version in the data ({said_version}) does not match the expected API version ({expected})"
        );
        return Err(Refusal::bad_request(message));
    }
    if !said_kind.is_empty() && said_kind != kind.kind {
        let message = format!(
            "the kind in the data ({said_kind}) does not match the expected kind ({})",
            kind.kind
        );
        return Err(Refusal::bad_request(message));
    }
    Ok(())
}

/// The object must have the name of its path, and one that is allowed.
pub(super) fn check_name(at: &At<'_>, object: &Json) -> Result<(), Refusal> {
    let (name, namespace) = (
        text(object, "/metadata/name"),
        text(object, "/metadata/namespace"),
    );
    if name != at.name {
        let message = format!(
            "the name of the object ({name}) does not match the name on the URL ({})",
            at.name
        );
        return Err(Refusal::bad_request(message));
    }
    if at.kind.namespaced && !namespace.is_empty() && namespace != at.namespace {
        let message =
            "the namespace of the provided object does not match the namespace sent on the request";
        return Err(Refusal::bad_request(message));
    }
    let invalid = |why| Refusal::invalid(at.about(), &at.kind.kind, "metadata.name", why);
    if name.is_empty() {
        return Err(invalid("Required value: name or generateName is required"));
    }
    if !is_name(at.kind, name) {
        let why = format!(
            "Invalid value: \"{name}\": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character"
        );
        return Err(invalid(&why));
    }
    Ok(())
}

fn is_name(kind: &Kind, name: &str) -> bool {
    if kind.group == "rbac.authorization.k8s.io" {
        // Such as `system:node`.
        return !name.contains(['/', '%']);
    }
    let is_inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    name.len() <= 253
        && name.chars().all(is_inner)
        && !name.starts_with(['-', '.'])
        && !name.ends_with(['-', '.'])
}

/// Whoever changes an object must have seen what is there, if they say what they have seen.
pub(super) fn check_same(at: &At<'_>, before: &Json, after: &Json) -> Result<(), Refusal> {
    let seen = text(after, "/metadata/resourceVersion");
    if !seen.is_empty() && seen != text(before, "/metadata/resourceVersion") {
        return Err(Refusal::stale(at.about()));
    }
    let (uid, known) = (text(after, "/metadata/uid"), text(before, "/metadata/uid"));
    if !uid.is_empty() && uid != known {
        let why =
            format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {known}");
        return Err(Refusal::conflict(at.about(), &why));
    }
    Ok(())
}
