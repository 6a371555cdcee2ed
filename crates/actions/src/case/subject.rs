//! What an event is about.

use std::collections::BTreeMap;

use squall_model::finding::{Source, Subject, SubjectKind};
use squall_model::playbook::classes::EventClass;
use squall_model::{Json, Object};

use super::{Case, Event};
use crate::text::shown;

/// The objects that an alert may be about, the first that is there being the one.
const PRECEDENCE: [(&str, SubjectKind); 7] = [
    ("Deployment", SubjectKind::Deployment),
    ("DaemonSet", SubjectKind::DaemonSet),
    ("StatefulSet", SubjectKind::StatefulSet),
    ("Node", SubjectKind::Node),
    ("Pod", SubjectKind::Pod),
    ("Job", SubjectKind::Job),
    (
        "HorizontalPodAutoscaler",
        SubjectKind::HorizontalPodAutoscaler,
    ),
];

impl Case<'_> {
    /// What the event is about.
    pub(crate) async fn subject(&mut self) -> Subject {
        if let Event::PrometheusAlert { .. } = self.event {
            return self.alert_subject().await;
        }
        match self.own_object() {
            Some(object) => Subject::of(&object),
            None => Subject {
                name: Some("Unresolved".to_owned()),
                ..Subject::default()
            },
        }
    }

    /// What told of the event.
    pub(crate) fn source(&self) -> Option<Source> {
        match (&self.event, &self.by_hand) {
            (Event::KubernetesChange(_), _) => Some(Source::KubernetesApiServer),
            (Event::PrometheusAlert { .. }, _) => Some(Source::Prometheus),
            (Event::Schedule { .. }, _) => Some(Source::Scheduler),
            (Event::Manual { .. }, Some(by_hand)) if by_hand.class != EventClass::ExecutionBase => {
                Some(Source::KubernetesApiServer)
            }
            (Event::HelmRelease { .. } | Event::Trigger { .. } | Event::Manual { .. }, _) => None,
        }
    }

    /// What texts with plain variables may name: the labels and annotations of an alert, and above them what the event is
    /// about.
    pub(crate) async fn variables(&mut self) -> BTreeMap<String, String> {
        let subject = self.subject().await;
        let mut variables = BTreeMap::new();
        if let Some(alert) = self.event.alert() {
            for (name, value) in alert.labels.iter().chain(&alert.annotations) {
                variables.insert(name.clone(), shown(value));
            }
        }
        let kind = subject.kind.map(|kind| kind.as_str().to_owned());
        for (name, value) in [
            ("name", subject.name),
            ("namespace", subject.namespace),
            ("node", subject.node),
            ("container", subject.container),
            ("kind", kind),
        ] {
            variables.insert(name.to_owned(), value.unwrap_or_else(|| "None".to_owned()));
        }
        for (name, members) in [
            ("labels", subject.labels),
            ("annotations", subject.annotations),
        ] {
            variables.insert(name.to_owned(), shown(&Json::Object(members)));
        }
        variables
    }

    async fn alert_subject(&mut self) -> Subject {
        let mut found = None;
        for (kind, word) in PRECEDENCE {
            if let Some(object) = self.object(kind).await {
                found = Some((word, object));
                break;
            }
        }
        let Some(alert) = self.event.alert() else {
            return Subject::default();
        };
        let namespace = alert.label("namespace");
        let container = alert.label("container");
        let mut subject = match found {
            None => Subject {
                name: Some("Unresolved".to_owned()),
                namespace,
                ..Subject::default()
            },
            Some((word, object)) => of_alert(word, &object, namespace),
        };
        subject.container = container;
        overlay(&mut subject.labels, &alert.labels);
        overlay(&mut subject.annotations, &alert.annotations);
        subject
    }
}

fn of_alert(kind: SubjectKind, object: &Json, namespace: Option<String>) -> Subject {
    let whole = Subject::of(object);
    let has_namespace = !matches!(
        kind,
        SubjectKind::Node | SubjectKind::HorizontalPodAutoscaler
    );
    let node = match kind {
        SubjectKind::Node => whole.name.clone(),
        SubjectKind::Pod => whole.node,
        _ => None,
    };
    Subject {
        kind: Some(kind),
        namespace: if has_namespace {
            whole.namespace
        } else {
            namespace
        },
        node,
        ..whole
    }
}

fn overlay(below: &mut Object, above: &Object) {
    below.extend(
        above
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
}
