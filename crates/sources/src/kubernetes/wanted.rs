//! What is to be watched.

use std::collections::BTreeMap;

use squall_kubernetes::watch::Patience;
use squall_kubernetes::{Keep, Kind, Selection, Watched};

/// What somebody wants to hear of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The kind, by any of the names that [`Kinds::find`] knows.
    pub kind: String,
    /// In these namespaces; in all if none is named.
    pub namespaces: Vec<String>,
    /// With these labels.
    pub labels: Option<String>,
    /// With these fields.
    pub fields: Option<String>,
    /// Whether an update is to come with the object as it was.
    pub keep: Keep,
    /// Whether objects that were there before anybody watched are told as new ones. They are no events to Robusta.
    pub tell_first: bool,
}

impl Wanted {
    /// All objects of a kind, with versions compared.
    pub fn all(kind: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            namespaces: Vec::new(),
            labels: None,
            fields: None,
            keep: Keep::Objects,
            tell_first: false,
        }
    }

    pub(super) fn watched(&self, kind: &Kind, patience: Patience) -> Vec<Watched> {
        let namespaces: Vec<_> = match self.namespaces.as_slice() {
            named if kind.namespaced && !named.is_empty() => named.iter().map(Some).collect(),
            _ => vec![None],
        };
        let watched = namespaces.into_iter().map(|namespace| Watched {
            kind: kind.clone(),
            selection: Selection {
                namespace: namespace.cloned(),
                labels: self.labels.clone(),
                fields: self.fields.clone(),
            },
            keep: self.keep,
            tell_first: self.tell_first,
            patience,
        });
        watched.collect()
    }
}

/// What is wanted twice is watched as the more wanted one.
pub(super) fn merge(found: &mut BTreeMap<String, Watched>, watched: Watched) {
    match found.get_mut(&name(&watched)) {
        Some(known) => want_more(known, &watched),
        None => {
            found.insert(name(&watched), watched);
        }
    }
}

fn want_more(known: &mut Watched, watched: &Watched) {
    if watched.keep == Keep::Objects {
        known.keep = Keep::Objects;
    }
    known.tell_first |= watched.tell_first;
}

/// What is watched as a whole is not watched in parts too.
pub(super) fn absorb(found: &mut BTreeMap<String, Watched>) {
    let parts: Vec<_> = found
        .extract_if(.., |_, watched| watched.selection.namespace.is_some())
        .collect();
    for (part_name, part) in parts {
        let mut whole = part.clone();
        whole.selection.namespace = None;
        match found.get_mut(&name(&whole)) {
            Some(whole) => want_more(whole, &part),
            None => {
                found.insert(part_name, part);
            }
        }
    }
}

/// What a watch is remembered by.
pub(super) fn name(watched: &Watched) -> String {
    let selection = &watched.selection;
    let mut name = format!("{}/{}", watched.kind.api_version(), watched.kind.plural);
    let parts = [
        ("namespace", &selection.namespace),
        ("labels", &selection.labels),
        ("fields", &selection.fields),
    ];
    for (word, value) in parts {
        if let Some(value) = value {
            name = format!("{name} {word} {value}");
        }
    }
    name
}
