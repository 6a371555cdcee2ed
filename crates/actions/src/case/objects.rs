//! The objects of the cluster that an event is about. Each is read when it is first wanted, and once.

use std::sync::Arc;

use squall_kubernetes::{Kind, Kinds, Selection};
use squall_model::Json;
use squall_model::playbook::classes::{EventClass, kind_named};

use super::{Alert, Case, Event};
use crate::cluster::{self, MOST, path, word};
use crate::failure::{Code, Failure, chain};
use crate::text::time;

/// The label by which an alert names an object of a kind.
const LABELS: [(&str, &str); 6] = [
    ("Deployment", "deployment"),
    ("DaemonSet", "daemonset"),
    ("StatefulSet", "statefulset"),
    ("Job", "job_name"),
    ("Pod", "pod"),
    ("HorizontalPodAutoscaler", "horizontalpodautoscaler"),
];

impl Case<'_> {
    /// The object of this kind that the event is about.
    pub(crate) async fn object(&mut self, kind: &'static str) -> Option<Arc<Json>> {
        if let Some(known) = self.objects.get(kind) {
            return known.clone();
        }
        let found = match &self.event {
            Event::PrometheusAlert { alert } => {
                let alert = alert.clone();
                self.of_alert(kind, &alert).await
            }
            _ if self.is_own(kind) => self.own_object(),
            _ => None,
        };
        self.objects.insert(kind, found.clone());
        found
    }

    /// The object that the event is about, of whatever kind.
    pub(crate) async fn resource(&mut self) -> Option<Arc<Json>> {
        if self.event.alert().is_none() {
            return self.own_object();
        }
        let kind = self.subject().await.kind?;
        let kind = kind_named(kind.as_str())?;
        self.object(kind.name).await
    }

    /// The object of a change or of a call by hand.
    pub(super) fn own_object(&mut self) -> Option<Arc<Json>> {
        if let Some(known) = self.objects.get("") {
            return known.clone();
        }
        let found = match &self.event {
            Event::KubernetesChange(change) => {
                Some(Arc::new(of_kind(change.obj.clone(), &change.kind)))
            }
            Event::Manual { .. } => {
                let by_hand = self.by_hand.as_ref();
                by_hand.and_then(|by_hand| by_hand.object.clone())
            }
            Event::PrometheusAlert { .. }
            | Event::Schedule { .. }
            | Event::HelmRelease { .. }
            | Event::Trigger { .. } => None,
        };
        self.objects.insert("", found.clone());
        found
    }

    fn is_own(&self, kind: &str) -> bool {
        let class = match &self.by_hand {
            Some(by_hand) => Some(by_hand.class),
            None => self.event.class(),
        };
        class.is_some_and(|class| match class {
            EventClass::Resource(known) | EventClass::Change(known) => known.name == kind,
            _ => false,
        })
    }

    async fn of_alert(&mut self, kind: &'static str, alert: &Alert) -> Option<Arc<Json>> {
        if kind == "Node" {
            return self.node_of_alert(alert).await;
        }
        let (_, label) = LABELS.iter().find(|(known, _)| *known == kind)?;
        let name = alert.label(label).filter(|name| is_meant(name))?;
        let namespace = alert
            .label("namespace")
            .unwrap_or_else(|| "default".to_owned());
        self.read(kind, &namespace, &name).await
    }

    /// Where a target is named, the node is looked for by its address; the target of kube-state-metrics is its own pod.
    async fn node_of_alert(&mut self, alert: &Alert) -> Option<Arc<Json>> {
        if let Some(name) = alert.label("node").filter(|name| !name.is_empty())
            && let Some(node) = self.node_called(&name).await
        {
            return Some(node);
        }
        let name = alert.label("instance").filter(|name| !name.is_empty())?;
        if alert.label("job").as_deref() == Some("kube-state-metrics") {
            return None;
        }
        self.node_called(&name).await
    }

    async fn node_called(&mut self, name: &str) -> Option<Arc<Json>> {
        let Some((address, _)) = name.split_once(':') else {
            return self.read("Node", "", name).await;
        };
        let nodes = self
            .means
            .cluster?
            .list(&Kind::NODE, &Selection::default(), MOST)
            .await;
        match nodes {
            Ok(nodes) => nodes
                .into_iter()
                .find(|node| has_address(node, address))
                .map(Arc::new),
            Err(error) => {
                self.note(format!("cannot list nodes: {}", chain(&error)));
                None
            }
        }
    }

    /// Reads an object. What cannot be read is noted and is nothing, as in Robusta.
    pub(crate) async fn read(
        &mut self,
        kind: &str,
        namespace: &str,
        name: &str,
    ) -> Option<Arc<Json>> {
        let cluster = self.means.cluster?;
        let kind = self.kind(kind).await?;
        match cluster.get(path(&kind, namespace, name)?).await {
            Ok(found) => found.map(|mut object| {
                time::rewrite(&mut object);
                Arc::new(of_kind(object, &kind.kind))
            }),
            Err(error) => {
                let text = format!("cannot read {kind} {namespace}/{name}: {}", chain(&error));
                self.note(text);
                None
            }
        }
    }

    /// The kind that somebody means; the cluster is asked for those that actions do not know.
    async fn kind(&mut self, word: &str) -> Option<Kind> {
        if let Some(known) = cluster::known(word) {
            return Some(known.clone());
        }
        match Kinds::new(self.means.cluster?.clone()).find(word).await {
            Ok(found) => {
                self.kinds.extend(found.clone());
                found
            }
            Err(error) => {
                self.note(format!("cannot find the kind {word}: {}", chain(&error)));
                None
            }
        }
    }

    /// Where an object is that was read or is the event's, or why it cannot be anywhere.
    pub(crate) fn path_of(&self, object: &Json) -> Result<String, Failure> {
        let (kind, name) = (word(object, "/kind"), word(object, "/metadata/name"));
        let namespace = word(object, "/metadata/namespace");
        let asked = self.kinds.iter().find(|known| known.kind == kind);
        let found = cluster::known(kind).or(asked);
        found
            .and_then(|found| path(found, namespace, name))
            .ok_or_else(|| {
                let text = format!("{kind} {namespace}/{name} cannot be named to the cluster");
                Failure::new(Code::NotSupported, text)
            })
    }
}

/// The object with its kind, which watches and lists leave out.
fn of_kind(mut object: Json, kind: &str) -> Json {
    if let Some(members) = object.as_object_mut() {
        members.entry("kind").or_insert_with(|| kind.into());
    }
    object
}

fn is_meant(name: &str) -> bool {
    !name.is_empty() && !name.contains("kube-state-metrics")
}

fn has_address(node: &Json, address: &str) -> bool {
    let mut addresses = cluster::items(node, "/status/addresses");
    addresses.any(|known| cluster::said(known, "/address") == Some(address))
}
