//! The forms that objects are answered in: whole, their metadata alone, or as rows of a table.

use serde_json::json;
use squall_model::Json;

use super::kinds::Kind;
use super::stored::Stored;
use super::table;

/// How much of an object is shown, by the `Accept` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// All of it.
    Whole,
    /// Name, labels and so on.
    Metadata,
    /// What `kubectl get` prints.
    Table,
}

/// What a list says of itself.
#[derive(Debug, Clone, Default)]
pub(super) struct About {
    /// The version that it shows.
    pub(super) version: u64,
    /// Where it goes on.
    pub(super) next: Option<String>,
    /// How many come there.
    pub(super) remaining: Option<usize>,
}

impl Form {
    /// The first form of an `Accept` header that is known here.
    pub(super) fn of(accept: &str) -> Self {
        for wanted in accept.split(',') {
            let mut parts = wanted.split(';').map(str::trim);
            if !matches!(parts.next(), Some("application/json" | "*/*" | "")) {
                continue;
            }
            match parts.find_map(|part| part.strip_prefix("as=")) {
                Some("Table") => return Self::Table,
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => {
                    return Self::Metadata;
                }
                Some(_) => {}
                None => return Self::Whole,
            }
        }
        Self::Whole
    }

    /// One object.
    pub(super) fn one(self, kind: &Kind, stored: &Stored, now: &str) -> Vec<u8> {
        match self {
            Self::Whole => with_head(&head(kind), &content(kind, stored)),
            Self::Metadata => metadata(stored),
            Self::Table => {
                let about = About {
                    version: stored.version,
                    ..About::default()
                };
                table::of(kind, &[stored], &about, now)
                    .to_string()
                    .into_bytes()
            }
        }
    }

    /// A list.
    pub(super) fn list<'a>(
        self,
        kind: &Kind,
        items: impl Iterator<Item = &'a Stored>,
        about: &About,
        now: &str,
    ) -> Vec<u8> {
        let (list, version) = match self {
            Self::Whole => (format!("{}List", kind.kind), kind.api_version()),
            Self::Metadata => (
                "PartialObjectMetadataList".to_owned(),
                "meta.k8s.io/v1".to_owned(),
            ),
            Self::Table => {
                let items: Vec<&Stored> = items.collect();
                return table::of(kind, &items, about, now).to_string().into_bytes();
            }
        };
        let names = json!({"kind": list, "apiVersion": version, "metadata": about.metadata()});
        let mut text = names.to_string().into_bytes();
        text.pop();
        text.extend_from_slice(b",\"items\":[");
        let head = head(kind);
        for (index, stored) in items.enumerate() {
            if index > 0 {
                text.push(b',');
            }
            match self {
                // The original, too, leaves out what the list says already; custom resources say it all the same.
                Self::Whole if kind.custom => text.extend(with_head(&head, &content(kind, stored))),
                Self::Whole => text.extend_from_slice(&content(kind, stored)),
                Self::Metadata | Self::Table => text.extend(metadata(stored)),
            }
        }
        text.extend_from_slice(b"]}");
        text
    }
}

impl About {
    /// The list's metadata.
    pub(super) fn metadata(&self) -> Json {
        let mut metadata = json!({"resourceVersion": self.version.to_string()});
        if let Some(metadata) = metadata.as_object_mut() {
            if let Some(next) = &self.next {
                metadata.insert("continue".into(), next.as_str().into());
            }
            if let Some(remaining) = self.remaining {
                metadata.insert("remainingItemCount".into(), remaining.into());
            }
        }
        metadata
    }
}

fn head(kind: &Kind) -> String {
    let (name, version) = (Json::from(kind.kind.as_str()), kind.api_version());
    format!("{{\"kind\":{name},\"apiVersion\":{},", Json::from(version))
}

fn content<'a>(kind: &Kind, stored: &'a Stored) -> std::borrow::Cow<'a, [u8]> {
    if kind.is_a_view() {
        let shown = kind.shown(&stored.json());
        return shown.to_string().into_bytes().into();
    }
    stored.text().into()
}

fn with_head(head: &str, content: &[u8]) -> Vec<u8> {
    let mut text = head.as_bytes().to_vec();
    text.extend_from_slice(content.strip_prefix(b"{").unwrap_or(content));
    text
}

fn metadata(stored: &Stored) -> Vec<u8> {
    let mut text =
        br#"{"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1","metadata":"#.to_vec();
    text.extend_from_slice(stored.metadata());
    text.push(b'}');
    text
}

#[cfg(test)]
mod tests {
    use serde_json::from_slice;

    use super::*;
    use crate::fake::kinds::Kinds;

    const NOW: &str = "2026-01-01T01:00:00Z";

    #[test]
    fn accept_headers_choose_a_form() {
        let table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";
        for (accept, expected) in [
            ("", Form::Whole),
            ("*/*", Form::Whole),
            ("application/json", Form::Whole),
            (
                "application/vnd.kubernetes.protobuf, application/json",
                Form::Whole,
            ),
            (table, Form::Table),
            (
                "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
                Form::Metadata,
            ),
            ("application/json;as=Rabbit,application/json", Form::Whole),
        ] {
            assert_eq!(Form::of(accept), expected, "{accept}");
        }
    }

    #[test]
    fn lists_leave_out_what_they_say_already() {
        let kind = Kinds::default().named("ConfigMap").unwrap();
        let object = json!({"metadata": {"name": "a", "namespace": "b"}, "data": {"x": "1"}});
        let stored = Stored::of(&kind, &object, 3);
        let about = About {
            version: 7,
            next: Some("there".into()),
            remaining: Some(2),
        };
        let list: Json =
            from_slice(&Form::Whole.list(&kind, [&stored].into_iter(), &about, NOW)).unwrap();
        assert_eq!(
            list,
            json!({
                "kind": "ConfigMapList",
                "apiVersion": "v1",
                "metadata": {"resourceVersion": "7", "continue": "there", "remainingItemCount": 2},
                "items": [object],
            })
        );
        let one: Json = from_slice(&Form::Whole.one(&kind, &stored, NOW)).unwrap();
        assert_eq!(one["kind"], "ConfigMap");
        let one: Json = from_slice(&Form::Metadata.one(&kind, &stored, NOW)).unwrap();
        assert_eq!(
            one,
            json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": {"name": "a", "namespace": "b"}})
        );
    }
}
