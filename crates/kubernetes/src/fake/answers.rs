//! What the server says when it will not: `Status` objects, with the words of the original.

use std::fmt;

use serde_json::json;
use squall_model::Json;

/// A request was refused. Its text is the message of the `Status` object.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub code: u16,
    /// Kubernetes' word for it, such as `NotFound`.
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// For programs: name, group, kind, causes, retryAfterSeconds.
    pub details: Json,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for Refusal {}

/// Which object a refusal is about.
#[derive(Debug, Clone, Copy)]
pub(super) struct About<'a> {
    /// Its group, empty for the core.
    pub(super) group: &'a str,
    /// The plural of its kind.
    pub(super) plural: &'a str,
    /// Its name.
    pub(super) name: &'a str,
}

impl About<'_> {
    fn details(&self) -> Json {
        let mut details = json!({"name": self.name, "kind": self.plural});
        if let (Some(details), false) = (details.as_object_mut(), self.group.is_empty()) {
            details.insert("group".into(), self.group.into());
        }
        details
    }

    /// Such as `deployments.apps "web"`.
    fn quoted(&self) -> String {
        match self.group {
            "" => format!("{} \"{}\"", self.plural, self.name),
            group => format!("{}.{group} \"{}\"", self.plural, self.name),
        }
    }
}

impl Refusal {
    pub(super) fn new(code: u16, reason: &'static str, message: impl Into<String>) -> Self {
        Self {
            code,
            reason,
            message: message.into(),
            details: Json::Null,
        }
    }

    pub(super) fn bad_request(message: impl Into<String>) -> Self {
        Self::new(400, "BadRequest", message)
    }

    pub(super) fn no_such_path() -> Self {
        let message = "the server could not find the requested resource";
        Self::new(404, "NotFound", message)
    }

    pub(super) fn not_found(about: About<'_>) -> Self {
        let message = format!("{} not found", about.quoted());
        Self::new(404, "NotFound", message).about(about)
    }

    pub(super) fn already_exists(about: About<'_>) -> Self {
        let message = format!("{} already exists", about.quoted());
        Self::new(409, "AlreadyExists", message).about(about)
    }

    pub(super) fn conflict(about: About<'_>, why: &str) -> Self {
        let message = format!("Operation cannot be fulfilled on {}: {why}", about.quoted());
        Self::new(409, "Conflict", message).about(about)
    }

    pub(super) fn stale(about: About<'_>) -> Self {
        let why = "the object has been modified; please apply your changes to the latest version and try again";
        Self::conflict(about, why)
    }

    /// A field of an object is not what it may be.
    pub(super) fn invalid(about: About<'_>, kind: &str, field: &str, why: &str) -> Self {
        let kinds = match about.group {
            "" => kind.to_owned(),
            group => format!("{kind}.{group}"),
        };
        let message = format!("{kinds} \"{}\" is invalid: {field}: {why}", about.name);
        let mut details = About {
            plural: kind,
            ..about
        }
        .details();
        if let Some(details) = details.as_object_mut() {
            let cause = json!({"reason": "FieldValueInvalid", "message": why, "field": field});
            details.insert("causes".into(), json!([cause]));
        }
        Self {
            details,
            ..Self::new(422, "Invalid", message)
        }
    }

    pub(super) fn expired(message: impl Into<String>) -> Self {
        Self::new(410, "Expired", message)
    }

    pub(super) fn not_allowed() -> Self {
        let message = "the server does not allow this method on the requested resource";
        Self::new(405, "MethodNotAllowed", message)
    }

    pub(super) fn unsupported_type(sent: &str, known: &str) -> Self {
        let message = format!(
            "the body of the request was in an unknown format - accepted media types include: {known}, not {sent}"
        );
        Self::new(415, "UnsupportedMediaType", message)
    }

    pub(super) fn unauthorized() -> Self {
        Self::new(401, "Unauthorized", "Unauthorized")
    }

    /// With what programs read.
    pub(super) fn with_details(self, details: Json) -> Self {
        Self { details, ..self }
    }

    fn about(self, about: About<'_>) -> Self {
        self.with_details(about.details())
    }

    /// When the client may ask again, in seconds, if it was told.
    pub(super) fn retry_after(&self) -> Option<u64> {
        self.details.get("retryAfterSeconds")?.as_u64()
    }

    /// The `Status` object.
    pub(super) fn status(&self) -> Json {
        let mut status = json!({
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
        });
        if let Some(status) = status.as_object_mut() {
            if !self.details.is_null() {
                status.insert("details".into(), self.details.clone());
            }
            status.insert("code".into(), self.code.into());
        }
        status
    }
}

/// The `Status` of something that was done and has nothing to show.
pub(super) fn done() -> Json {
    json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 201})
}

/// The `Status` of a deletion that leaves nothing to show.
pub(super) fn deleted(about: About<'_>, uid: &str) -> Json {
    let mut details = about.details();
    if let Some(details) = details.as_object_mut() {
        details.insert("uid".into(), uid.into());
    }
    json!({
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": details,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEB: About<'_> = About {
        group: "apps",
        plural: "deployments",
        name: "web",
    };

    #[test]
    fn statuses_say_what_the_original_says() {
        let pod = About {
            group: "",
            plural: "pods",
            ..WEB
        };
        let cases = [
            (Refusal::not_found(pod), "pods \"web\" not found"),
            (
                Refusal::not_found(WEB),
                "deployments.apps \"web\" not found",
            ),
            (
                Refusal::already_exists(WEB),
                "deployments.apps \"web\" already exists",
            ),
            (
                Refusal::invalid(WEB, "Deployment", "spec.replicas", "must be a number"),
                "Deployment.apps \"web\" is invalid: spec.replicas: must be a number",
            ),
        ];
        for (refusal, message) in cases {
            assert_eq!(refusal.to_string(), message);
            assert_eq!(refusal.status()["message"], message);
        }
    }

    #[test]
    fn a_status_names_the_object() {
        let status = Refusal::stale(WEB).status();
        assert_eq!(status["code"], 409);
        assert_eq!(status["reason"], "Conflict");
        let expected = json!({"name": "web", "kind": "deployments", "group": "apps"});
        assert_eq!(status["details"], expected);
    }
}
