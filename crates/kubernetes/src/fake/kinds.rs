//! The kinds of objects that the server knows: a table of the everyday ones, and those that custom resource definitions
//! add.

use std::collections::BTreeMap;
use std::sync::Arc;

use squall_model::Json;

use super::{autoscalers, events};

/// Group and version, kind, plural, short names, subresources. A plural that begins with `*` is not namespaced.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

/// What a cluster has without any custom resource.
#[rustfmt::skip]
const BUILT_IN: &[Row] = &[
    ("v1",                              "ConfigMap",                      "configmaps",                       "cm",       ""),
    ("v1",                              "Endpoints",                      "endpoints",                        "ep",       ""),
    ("v1",                              "Event",                          "events",                           "ev",       ""),
    ("v1",                              "LimitRange",                     "limitranges",                      "limits",   ""),
    ("v1",                              "Namespace",                      "*namespaces",                      "ns",       "status finalize"),
    ("v1",                              "Node",                           "*nodes",                           "no",       "status"),
    ("v1",                              "PersistentVolume",               "*persistentvolumes",               "pv",       "status"),
    ("v1",                              "PersistentVolumeClaim",          "persistentvolumeclaims",           "pvc",      "status"),
    ("v1",                              "Pod",                            "pods",                             "po",       "status log exec eviction binding ephemeralcontainers"),
    ("v1",                              "PodTemplate",                    "podtemplates",                     "",         ""),
    ("v1",                              "ReplicationController",          "replicationcontrollers",           "rc",       "status scale"),
    ("v1",                              "ResourceQuota",                  "resourcequotas",                   "quota",    "status"),
    ("v1",                              "Secret",                         "secrets",                          "",         ""),
    ("v1",                              "Service",                        "services",                         "svc",      "status"),
    ("v1",                              "ServiceAccount",                 "serviceaccounts",                  "sa",       ""),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration",   "*mutatingwebhookconfigurations",   "",         ""),
    ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "*validatingwebhookconfigurations", "",         ""),
    ("apiextensions.k8s.io/v1",         "CustomResourceDefinition",       "*customresourcedefinitions",       "crd crds", "status"),
    ("apiregistration.k8s.io/v1",       "APIService",                     "*apiservices",                     "",         "status"),
    ("apps/v1",                         "ControllerRevision",             "controllerrevisions",              "",         ""),
    ("apps/v1",                         "DaemonSet",                      "daemonsets",                       "ds",       "status"),
    ("apps/v1",                         "Deployment",                     "deployments",                      "deploy",   "status scale"),
    ("apps/v1",                         "ReplicaSet",                     "replicasets",                      "rs",       "status scale"),
    ("apps/v1",                         "StatefulSet",                    "statefulsets",                     "sts",      "status scale"),
    ("autoscaling/v1",                  "HorizontalPodAutoscaler",        "horizontalpodautoscalers",         "hpa",      "status"),
    ("autoscaling/v2",                  "HorizontalPodAutoscaler",        "horizontalpodautoscalers",         "hpa",      "status"),
    ("batch/v1",                        "CronJob",                        "cronjobs",                         "cj",       "status"),
    ("batch/v1",                        "Job",                            "jobs",                             "",         "status"),
    ("coordination.k8s.io/v1",          "Lease",                          "leases",                           "",         ""),
    ("discovery.k8s.io/v1",             "EndpointSlice",                  "endpointslices",                   "",         ""),
    ("events.k8s.io/v1",                "Event",                          "events",                           "ev",       ""),
    ("networking.k8s.io/v1",            "Ingress",                        "ingresses",                        "ing",      "status"),
    ("networking.k8s.io/v1",            "IngressClass",                   "*ingressclasses",                  "",         ""),
    ("networking.k8s.io/v1",            "NetworkPolicy",                  "networkpolicies",                  "netpol",   ""),
    ("policy/v1",                       "PodDisruptionBudget",            "poddisruptionbudgets",             "pdb",      "status"),
    ("rbac.authorization.k8s.io/v1",    "ClusterRole",                    "*clusterroles",                    "",         ""),
    ("rbac.authorization.k8s.io/v1",    "ClusterRoleBinding",             "*clusterrolebindings",             "",         ""),
    ("rbac.authorization.k8s.io/v1",    "Role",                           "roles",                            "",         ""),
    ("rbac.authorization.k8s.io/v1",    "RoleBinding",                    "rolebindings",                     "",         ""),
    ("scheduling.k8s.io/v1",            "PriorityClass",                  "*priorityclasses",                 "pc",       ""),
    ("storage.k8s.io/v1",               "CSIDriver",                      "*csidrivers",                      "",         ""),
    ("storage.k8s.io/v1",               "CSINode",                        "*csinodes",                        "",         ""),
    ("storage.k8s.io/v1",               "StorageClass",                   "*storageclasses",                  "sc",       ""),
    ("storage.k8s.io/v1",               "VolumeAttachment",               "*volumeattachments",               "",         "status"),
];

/// What `kubectl get all` shows.
const ALL: &[&str] = &[
    "cronjobs",
    "daemonsets",
    "deployments",
    "horizontalpodautoscalers",
    "jobs",
    "pods",
    "replicasets",
    "replicationcontrollers",
    "services",
    "statefulsets",
];

/// One kind of objects in one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Kind {
    /// Empty for the core.
    pub(super) group: String,
    /// Such as `v1`.
    pub(super) version: String,
    /// Such as `Pod`.
    pub(super) kind: String,
    /// Such as `pods`.
    pub(super) plural: String,
    /// Such as `pod`.
    pub(super) singular: String,
    /// Such as `po`.
    pub(super) short: Vec<String>,
    /// Groups of kinds that can be asked for together, such as `all`.
    pub(super) categories: Vec<String>,
    /// Whether its objects stand in namespaces.
    pub(super) namespaced: bool,
    /// Such as `status`.
    pub(super) subresources: Vec<String>,
    /// Whether a custom resource definition made it.
    pub(super) custom: bool,
}

/// Where the objects of a kind are kept, whatever version they are asked for in: group and plural.
pub(super) type ShelfName = (String, String);

impl Kind {
    fn built_in((api_version, kind, plural, short, subresources): Row) -> Self {
        let (group, version) = split(api_version);
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect();
        let name = plural.trim_start_matches('*');
        Self {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            plural: name.into(),
            singular: kind.to_lowercase(),
            short: words(short),
            categories: words(if ALL.contains(&name) { "all" } else { "" }),
            namespaced: name == plural,
            subresources: words(subresources),
            custom: false,
        }
    }

    /// Such as `apps/v1`; `v1` for the core.
    pub(super) fn api_version(&self) -> String {
        match self.group.as_str() {
            "" => self.version.clone(),
            group => format!("{group}/{}", self.version),
        }
    }

    /// Where its objects are kept. Events are the same objects in both of their groups.
    pub(super) fn shelf(&self) -> ShelfName {
        let group = if self.is_regarding() { "" } else { &self.group };
        (group.to_owned(), self.plural.clone())
    }

    /// Whether it shows the core's events in their newer form.
    fn is_regarding(&self) -> bool {
        self.group == "events.k8s.io" && self.plural == "events"
    }

    /// Whether it shows autoscalers in their older form.
    fn is_older_autoscaler(&self) -> bool {
        self.is("autoscaling", "HorizontalPodAutoscaler") && self.version == "v1"
    }

    /// Whether it shows the objects of another kind in a form of its own.
    pub(super) fn is_a_view(&self) -> bool {
        self.is_regarding() || self.is_older_autoscaler()
    }

    /// An object as this kind shows it, of the form in which it is kept.
    pub(super) fn shown(&self, kept: &Json) -> Json {
        if self.is_regarding() {
            events::regarding(kept)
        } else if self.is_older_autoscaler() {
            autoscalers::older(kept)
        } else {
            kept.clone()
        }
    }

    /// An object in the form in which it is kept, of the form that this kind shows.
    pub(super) fn kept(&self, shown: Json) -> Json {
        if self.is_regarding() {
            events::involved(&shown)
        } else if self.is_older_autoscaler() {
            autoscalers::newer(&shown)
        } else {
            shown
        }
    }

    /// Whether it has such a subresource.
    pub(super) fn has(&self, subresource: &str) -> bool {
        self.subresources.iter().any(|known| known == subresource)
    }

    /// Whether it is the core's or a group's kind of that name.
    pub(super) fn is(&self, group: &str, kind: &str) -> bool {
        self.group == group && self.kind == kind
    }
}

/// The group and the version of `apps/v1` or `v1`.
fn split(api_version: &str) -> (&str, &str) {
    api_version.split_once('/').unwrap_or(("", api_version))
}

/// All kinds that there are now.
#[derive(Debug, Clone)]
pub(super) struct Kinds {
    by_path: BTreeMap<(String, String, String), Arc<Kind>>,
}

impl Default for Kinds {
    fn default() -> Self {
        let mut kinds = Self {
            by_path: BTreeMap::new(),
        };
        for row in BUILT_IN {
            kinds.add(Kind::built_in(*row));
        }
        kinds
    }
}

impl Kinds {
    fn add(&mut self, kind: Kind) {
        let path = (
            kind.group.clone(),
            kind.version.clone(),
            kind.plural.clone(),
        );
        self.by_path.insert(path, Arc::new(kind));
    }

    /// The kind of a path.
    pub(super) fn of_path(&self, group: &str, version: &str, plural: &str) -> Option<Arc<Kind>> {
        let path = (group.to_owned(), version.to_owned(), plural.to_owned());
        self.by_path.get(&path).cloned()
    }

    /// The kind of an object.
    pub(super) fn of_object(&self, api_version: &str, kind: &str) -> Option<Arc<Kind>> {
        let (group, version) = split(api_version);
        let mut kinds = self.all();
        kinds
            .find(|known| known.is(group, kind) && known.version == version)
            .cloned()
    }

    /// The kind of a name such as `Pod` or `Ingress.networking.k8s.io`; the core's, if several groups have it.
    pub(super) fn named(&self, name: &str) -> Option<Arc<Kind>> {
        let (kind, group) = match name.split_once('.') {
            Some((kind, group)) => (kind, Some(group)),
            None => (name, None),
        };
        let fits = |known: &&Arc<Kind>| {
            known.kind == kind && group.is_none_or(|group| known.group == group)
        };
        let found = self.all().filter(fits);
        // The kind itself, and not one that shows it otherwise.
        found.min_by_key(|known| known.is_a_view()).cloned()
    }

    /// All of them, by group, version and plural; the core first.
    pub(super) fn all(&self) -> impl Iterator<Item = &Arc<Kind>> {
        self.by_path.values()
    }

    /// Adds what a custom resource definition defines, instead of what it defined before.
    pub(super) fn define(&mut self, definition: &Json) {
        self.forget(definition);
        for kind in defined(definition) {
            self.add(kind);
        }
    }

    /// Takes away what a custom resource definition defines, and tells where its objects are.
    pub(super) fn forget(&mut self, definition: &Json) -> Option<ShelfName> {
        let group = definition.pointer("/spec/group")?.as_str()?;
        let plural = definition.pointer("/spec/names/plural")?.as_str()?;
        self.by_path
            .retain(|_, kind| !(kind.custom && kind.group == group && kind.plural == plural));
        Some((group.to_owned(), plural.to_owned()))
    }
}

/// The kinds of a custom resource definition: one for each version that it serves.
fn defined(definition: &Json) -> Vec<Kind> {
    let text = |at: &str| definition.pointer(at).and_then(Json::as_str);
    let (Some(group), Some(kind), Some(plural)) = (
        text("/spec/group"),
        text("/spec/names/kind"),
        text("/spec/names/plural"),
    ) else {
        return Vec::new();
    };
    let words = |at: &str| -> Vec<String> {
        let found = definition.pointer(at).and_then(Json::as_array);
        let words = found.into_iter().flatten().filter_map(Json::as_str);
        words.map(str::to_owned).collect()
    };
    let singular = text("/spec/names/singular").map_or_else(|| kind.to_lowercase(), str::to_owned);
    let versions = definition.pointer("/spec/versions");
    let versions = versions.and_then(Json::as_array).into_iter().flatten();
    let served = versions.filter(|version| version.get("served") != Some(&Json::Bool(false)));
    served
        .filter_map(|version| {
            let subresources = version.get("subresources").and_then(Json::as_object);
            let subresources = subresources.into_iter().flat_map(|known| known.keys());
            Some(Kind {
                group: group.into(),
                version: version.get("name")?.as_str()?.into(),
                kind: kind.into(),
                plural: plural.into(),
                singular: singular.clone(),
                short: words("/spec/names/shortNames"),
                categories: words("/spec/names/categories"),
                namespaced: text("/spec/scope") == Some("Namespaced"),
                subresources: subresources.cloned().collect(),
                custom: true,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn kinds_are_found_by_path_object_and_name() {
        let kinds = Kinds::default();
        for (name, api_version, plural, namespaced) in [
            ("Pod", "v1", "pods", true),
            ("Event", "v1", "events", true),
            ("Event.events.k8s.io", "events.k8s.io/v1", "events", true),
            ("Node", "v1", "nodes", false),
            ("Ingress", "networking.k8s.io/v1", "ingresses", true),
            (
                "Ingress.networking.k8s.io",
                "networking.k8s.io/v1",
                "ingresses",
                true,
            ),
        ] {
            let kind = kinds.named(name).unwrap();
            assert_eq!(kind.api_version(), api_version, "{name}");
            assert_eq!(kind.plural, plural, "{name}");
            assert_eq!(kind.namespaced, namespaced, "{name}");
            let by_path = kinds.of_path(&kind.group, &kind.version, plural);
            assert_eq!(by_path, Some(Arc::clone(&kind)), "{name}");
            assert_eq!(
                kinds.of_object(api_version, &kind.kind),
                Some(kind),
                "{name}"
            );
        }
        assert_eq!(kinds.named("Rabbit"), None);
        assert_eq!(kinds.named("Pod.apps"), None);
    }

    #[test]
    fn a_definition_adds_a_kind_for_each_version_that_it_serves() {
        let mut kinds = Kinds::default();
        let definition = json!({"spec": {
            "group": "stable.example.com",
            "scope": "Namespaced",
            "names": {"kind": "CronTab", "plural": "crontabs", "shortNames": ["ct"]},
            "versions": [
                {"name": "v1", "served": true, "subresources": {"status": {}}},
                {"name": "v1beta1", "served": true},
                {"name": "v1alpha1", "served": false},
            ],
        }});
        kinds.define(&definition);
        let kind = kinds.of_object("stable.example.com/v1", "CronTab").unwrap();
        assert!(kind.has("status") && kind.namespaced);
        assert_eq!(
            (kind.singular.as_str(), kind.short.as_slice()),
            ("crontab", ["ct".to_owned()].as_slice())
        );
        assert!(
            !kinds
                .of_object("stable.example.com/v1beta1", "CronTab")
                .unwrap()
                .has("status")
        );
        assert_eq!(
            kinds.of_object("stable.example.com/v1alpha1", "CronTab"),
            None
        );
        let shelf = kinds.forget(&definition);
        assert_eq!(shelf, Some(kind.shelf()));
        assert_eq!(kinds.named("CronTab"), None);
    }
}
