//! An object that has changed, with what triggers ask about it; each answer is found once for all of them.

use std::cell::OnceCell;

use squall_model::change::Change;
use squall_model::playbook::classes::{Kind, kind_named};
use squall_model::{Json, Object};

use super::difference::{self, Found};
use super::explain::Why;
use super::pod::Pod;
use super::scope::Attributes;
use super::selector::text;

/// A change, looked at.
pub(super) struct Subject<'a> {
    pub(super) change: &'a Change,
    /// The kind, if it is one that Robusta knows, whatever the version.
    pub(super) kind: Option<&'static Kind>,
    pub(super) name: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
    pub(super) labels: Option<&'a Object>,
    attributes: OnceCell<Attributes<'a>>,
    pod: OnceCell<Result<Pod<'a>, Why>>,
    found: OnceCell<Vec<Found<'a>>>,
}

impl<'a> Subject<'a> {
    pub(super) fn new(change: &'a Change) -> Self {
        let metadata = change.obj.get("metadata");
        Self {
            change,
            kind: kind_named(&change.kind)
                .filter(|kind| kind.name == change.kind && is_built_in(&change.api_version)),
            name: text(metadata, "name"),
            namespace: text(metadata, "namespace"),
            labels: object(metadata, "labels"),
            attributes: OnceCell::new(),
            pod: OnceCell::new(),
            found: OnceCell::new(),
        }
    }

    /// Its group; empty for the core group.
    pub(super) fn group(&self) -> &'a str {
        let (group, _) = self.change.api_version.split_once('/').unwrap_or_default();
        group
    }

    /// What a scope looks at.
    pub(super) fn attributes(&self) -> &Attributes<'a> {
        self.attributes.get_or_init(|| Attributes {
            name: self.name,
            namespace: self.namespace,
            labels: self.labels,
            annotations: object(self.change.obj.get("metadata"), "annotations"),
            object: Some(&self.change.obj),
        })
    }

    /// The state of a pod's containers.
    pub(super) fn pod(&self) -> Result<&Pod<'a>, Why> {
        let pod = self.pod.get_or_init(|| Pod::new(&self.change.obj));
        pod.as_ref().map_err(Clone::clone)
    }

    /// All that differs from what the object was.
    pub(super) fn differences(&self) -> &[Found<'a>] {
        self.found
            .get_or_init(|| difference::find(self.change, self.kind))
    }
}

fn object<'a>(of: Option<&'a Json>, name: &str) -> Option<&'a Object> {
    of?.get(name)?.as_object()
}

/// Whether a version is of a group that Kubernetes itself brings, or not said.
fn is_built_in(api_version: &str) -> bool {
    match api_version.split_once('/') {
        Some((group, _)) => !group.contains('.') || group.ends_with(".k8s.io"),
        None => true,
    }
}
