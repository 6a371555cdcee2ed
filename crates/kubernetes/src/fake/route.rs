//! Paths and parameters of requests.

use percent_encoding::percent_decode_str;

/// What a path stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// `/version`.
    Version,
    /// `/healthz`, `/livez` and `/readyz`.
    Health,
    /// `/api`.
    CoreVersions,
    /// `/apis`.
    Groups,
    /// `/apis/apps`.
    Group(String),
    /// `/api/v1` and `/apis/apps/v1`.
    Kinds(String, String),
    /// `/openapi/v3`.
    Descriptions,
    /// `/openapi/v3/apis/apps/v1`.
    Description(String, String),
    /// Objects.
    Objects(Place),
}

/// Where one object or a collection is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Place {
    /// Empty for the core.
    pub(super) group: String,
    /// Such as `v1`.
    pub(super) version: String,
    /// The namespace that the path names.
    pub(super) namespace: Option<String>,
    /// Such as `pods`.
    pub(super) plural: String,
    /// The one object that is meant.
    pub(super) name: Option<String>,
    /// What of it.
    pub(super) subresource: Option<String>,
}

/// Reads a path. None: no server has such a path.
pub(super) fn target(path: &str) -> Option<Target> {
    let parts: Vec<String> = path
        .split('/')
        .filter(|part| !part.is_empty())
        .map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    match parts.as_slice() {
        ["version"] => Some(Target::Version),
        ["healthz" | "livez" | "readyz", ..] => Some(Target::Health),
        ["api"] => Some(Target::CoreVersions),
        ["apis"] => Some(Target::Groups),
        ["apis", group] => Some(Target::Group((*group).to_owned())),
        ["openapi", "v3"] => Some(Target::Descriptions),
        ["openapi", "v3", "api", version] => {
            Some(Target::Description(String::new(), (*version).to_owned()))
        }
        ["openapi", "v3", "apis", group, version] => Some(Target::Description(
            (*group).to_owned(),
            (*version).to_owned(),
        )),
        ["api", version, rest @ ..] => within("", version, rest),
        ["apis", group, version, rest @ ..] => within(group, version, rest),
        _ => None,
    }
}

fn within(group: &str, version: &str, rest: &[&str]) -> Option<Target> {
    let (namespace, rest) = match rest {
        [] => return Some(Target::Kinds(group.to_owned(), version.to_owned())),
        ["namespaces", _] | ["namespaces", _, "status" | "finalize"] => (None, rest),
        ["namespaces", namespace, rest @ ..] if group.is_empty() || !rest.is_empty() => {
            (Some((*namespace).to_owned()), rest)
        }
        rest => (None, rest),
    };
    let place = Place {
        group: group.to_owned(),
        version: version.to_owned(),
        namespace,
        ..Place::default()
    };
    let owned = |text: &&str| Some((*text).to_owned());
    match rest {
        [plural] => Some(Target::Objects(Place {
            plural: (*plural).to_owned(),
            ..place
        })),
        [plural, name] => Some(Target::Objects(Place {
            plural: (*plural).to_owned(),
            name: owned(name),
            ..place
        })),
        [plural, name, subresource] => Some(Target::Objects(Place {
            plural: (*plural).to_owned(),
            name: owned(name),
            subresource: owned(subresource),
            ..place
        })),
        _ => None,
    }
}

/// The parameters of a request, decoded, in the order they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    /// Reads what stands behind the question mark.
    pub(super) fn read(text: &str) -> Self {
        let decoded = |text: &str| {
            let text = text.replace('+', " ");
            percent_decode_str(&text).decode_utf8_lossy().into_owned()
        };
        let pairs = text.split('&').filter(|pair| !pair.is_empty());
        let pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        Self(
            pairs
                .map(|(name, value)| (decoded(name), decoded(value)))
                .collect(),
        )
    }

    /// The first parameter of that name, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// All parameters of that name.
    pub(super) fn all(&self, name: &str) -> Vec<String> {
        let found = self.0.iter().filter(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).collect()
    }

    /// Whether a parameter says yes.
    pub(super) fn is(&self, name: &str) -> bool {
        matches!(
            self.get(name),
            Some("1" | "true" | "True" | "t" | "T" | "TRUE")
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> Target {
        let mut parts = text
            .split(' ')
            .map(|part| part.trim_matches('-').to_owned());
        let mut next = || parts.next().unwrap_or_default();
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Target::Objects(Place {
            group: next(),
            version: next(),
            namespace: some(next()),
            plural: next(),
            name: some(next()),
            subresource: some(next()),
        })
    }

    #[test]
    fn paths_are_read() {
        let kinds = |group: &str| Target::Kinds(group.to_owned(), "v1".to_owned());
        for (path, expected) in [
            ("/api", Target::CoreVersions),
            ("/apis/", Target::Groups),
            ("/apis/apps", Target::Group("apps".to_owned())),
            ("/api/v1", kinds("")),
            ("/apis/apps/v1", kinds("apps")),
            ("/readyz/ping", Target::Health),
            ("/api/v1/pods", place("- v1 - pods")),
            ("/api/v1/namespaces", place("- v1 - namespaces")),
            (
                "/api/v1/namespaces/default",
                place("- v1 - namespaces default"),
            ),
            (
                "/api/v1/namespaces/a/status",
                place("- v1 - namespaces a status"),
            ),
            ("/api/v1/namespaces/a/pods", place("- v1 a pods")),
            ("/api/v1/namespaces/a/pods/b", place("- v1 a pods b")),
            (
                "/api/v1/namespaces/a/pods/b/log",
                place("- v1 a pods b log"),
            ),
            (
                "/api/v1/nodes/n%201",
                Target::Objects(Place {
                    version: "v1".to_owned(),
                    plural: "nodes".to_owned(),
                    name: Some("n 1".to_owned()),
                    ..Place::default()
                }),
            ),
            (
                "/apis/apps/v1/namespaces/a/deployments/b/scale",
                place("apps v1 a deployments b scale"),
            ),
        ] {
            assert_eq!(target(path), Some(expected), "{path}");
        }
        for path in ["/", "/nothing", "/api/v1/namespaces/a/pods/b/proxy/c"] {
            assert_eq!(target(path), None, "{path}");
        }
    }

    #[test]
    fn parameters_are_decoded() {
        let query = Query::read("watch=1&labelSelector=app%3Da+b&empty=");
        assert!(query.is("watch"));
        assert_eq!(query.get("labelSelector"), Some("app=a b"));
        assert_eq!(query.get("empty"), None);
    }
}
