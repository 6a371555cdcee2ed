//! Creating, changing and deleting objects as the API server does: names, versions, generations, finalizers.

use std::sync::Arc;

use serde_json::json;
use squall_model::{Json, Object};

use super::answers::{About, Refusal};
use super::checks::{check_kind, check_name, check_same};
use super::defaults;
use super::kinds::Kind;
use super::storage::Storage;
use super::stored::Stored;

/// One object that is meant, whether it is there or not.
#[derive(Debug, Clone, Copy)]
pub(super) struct At<'a> {
    /// Its kind.
    pub(super) kind: &'a Kind,
    /// Its namespace; empty where the kind has none.
    pub(super) namespace: &'a str,
    /// Its name.
    pub(super) name: &'a str,
}

impl<'a> At<'a> {
    /// For refusals.
    pub(super) fn about(&self) -> About<'a> {
        About {
            group: &self.kind.group,
            plural: &self.kind.plural,
            name: self.name,
        }
    }
}

/// Which part of an object a change may touch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it: the control API has no subresources.
    Whole,
    /// All but the status, where that is a subresource.
    Main,
    /// The status alone.
    Status,
}

/// When a write happens, and whether it does.
#[derive(Debug, Clone)]
pub(super) struct Occasion {
    /// Now, as objects write it.
    pub(super) now: String,
    /// Whether it is only tried.
    pub(super) dry_run: bool,
    /// Whether what has no time of its creation was created now.
    pub(super) gives_times: bool,
}

/// Puts a value into an object, below objects that are made where they are missing.
pub(super) fn set(object: &mut Json, path: &[&str], value: impl Into<Json>) {
    let mut at = object;
    for name in path {
        if !at.is_object() {
            *at = Json::Object(Object::new());
        }
        let Json::Object(inner) = at else {
            return;
        };
        at = inner.entry(*name).or_insert(Json::Null);
    }
    *at = value.into();
}

/// Takes a field of an object's metadata away.
pub(super) fn unset(object: &mut Json, name: &str) {
    let metadata = object.get_mut("metadata").and_then(Json::as_object_mut);
    if let Some(metadata) = metadata {
        metadata.shift_remove(name);
    }
}

/// A text of an object; empty if there is none.
pub(super) fn text<'a>(object: &'a Json, at: &str) -> &'a str {
    object
        .pointer(at)
        .and_then(Json::as_str)
        .unwrap_or_default()
}

fn is_empty(object: &Json, at: &str) -> bool {
    match object.pointer(at) {
        None | Some(Json::Null) => true,
        Some(Json::Array(items)) => items.is_empty(),
        Some(Json::Object(fields)) => fields.is_empty(),
        Some(Json::String(text)) => text.is_empty(),
        Some(Json::Bool(_) | Json::Number(_)) => false,
    }
}

impl Storage {
    /// Creates an object.
    pub(super) fn create(
        &mut self,
        kind: &Kind,
        namespace: &str,
        mut object: Json,
        occasion: &Occasion,
    ) -> Result<Arc<Stored>, Refusal> {
        check_kind(kind, &object)?;
        defaults::tidy(kind, &mut object);
        if !object.pointer("/metadata").is_some_and(Json::is_object) {
            set(&mut object, &["metadata"], json!({}));
        }
        self.name(&mut object);
        let name = text(&object, "/metadata/name").to_owned();
        let at = At {
            kind,
            namespace,
            name: &name,
        };
        check_name(&at, &object)?;
        self.check_namespace(kind, namespace)?;
        if !is_empty(&object, "/metadata/resourceVersion") {
            let message = "resourceVersion should not be set on objects to be created";
            return Err(Refusal::bad_request(message));
        }
        if self.get(kind, namespace, &name).is_some() {
            return Err(Refusal::already_exists(at.about()));
        }
        for name in [
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "selfLink",
        ] {
            unset(&mut object, name);
        }
        set(&mut object, &["metadata", "uid"], Json::Null);
        set(&mut object, &["metadata", "creationTimestamp"], Json::Null);
        if kind.has("status") && !kind.is("", "Namespace") {
            drop_status(&mut object);
        }
        defaults::fill(kind, &mut object);
        Ok(self.place(&at, object, occasion))
    }

    /// Puts an object where it belongs, whatever was there: its versions and times are filled in where it has none.
    pub(super) fn place(
        &mut self,
        at: &At<'_>,
        mut object: Json,
        occasion: &Occasion,
    ) -> Arc<Stored> {
        set(&mut object, &["metadata", "name"], at.name);
        if at.kind.namespaced {
            set(&mut object, &["metadata", "namespace"], at.namespace);
        } else {
            unset(&mut object, "namespace");
        }
        if is_empty(&object, "/metadata/uid") {
            let uid = self.uid();
            set(&mut object, &["metadata", "uid"], uid);
        }
        if occasion.gives_times && is_empty(&object, "/metadata/creationTimestamp") {
            set(
                &mut object,
                &["metadata", "creationTimestamp"],
                occasion.now.as_str(),
            );
        }
        if defaults::has_generation(at.kind) && is_empty(&object, "/metadata/generation") {
            set(&mut object, &["metadata", "generation"], 1);
        }
        self.write(at.kind, object, occasion)
    }

    fn write(&mut self, kind: &Kind, mut object: Json, occasion: &Occasion) -> Arc<Stored> {
        if occasion.dry_run {
            return Arc::new(Stored::of(kind, &object, self.version()));
        }
        self.put(kind, &mut object)
    }

    /// Changes an object that is there.
    pub(super) fn change(
        &mut self,
        at: &At<'_>,
        part: Part,
        occasion: &Occasion,
        edit: impl FnOnce(Json) -> Result<Json, Refusal>,
    ) -> Result<Arc<Stored>, Refusal> {
        let old = self.found(at.kind, at.namespace, at.name)?;
        let before = old.named_json(at.kind);
        let mut after = edit(before.clone())?;
        check_kind(at.kind, &after)?;
        defaults::tidy(at.kind, &mut after);
        check_name(at, &after)?;
        check_same(at, &before, &after)?;
        keep(at.kind, part, &before, &mut after);
        if after == before {
            return Ok(old);
        }
        if defaults::has_generation(at.kind) && has_new_intent(&before, &after) {
            let generation = before
                .pointer("/metadata/generation")
                .and_then(Json::as_i64);
            set(
                &mut after,
                &["metadata", "generation"],
                generation.unwrap_or(0).saturating_add(1),
            );
        }
        let is_released = !is_empty(&after, "/metadata/deletionTimestamp")
            && is_empty(&after, "/metadata/finalizers")
            && !is_empty(&before, "/metadata/finalizers");
        let new = self.write(at.kind, after, occasion);
        if is_released && !occasion.dry_run {
            return Ok(self.remove(at.kind, &new, occasion));
        }
        Ok(new)
    }

    /// Gives an object that has only the beginning of a name the rest of it.
    fn name(&mut self, object: &mut Json) {
        if is_empty(object, "/metadata/name") && !is_empty(object, "/metadata/generateName") {
            let uid = self.uid();
            let number = u64::from_str_radix(uid.split('-').next().unwrap_or_default(), 16);
            let name = format!(
                "{}{}",
                text(object, "/metadata/generateName"),
                suffix(number.unwrap_or_default())
            );
            set(object, &["metadata", "name"], name);
        }
    }

    fn check_namespace(&self, kind: &Kind, namespace: &str) -> Result<(), Refusal> {
        if !kind.namespaced {
            return Ok(());
        }
        let Some(namespaces) = self.kinds.named("Namespace") else {
            return Ok(());
        };
        let found = self.found(&namespaces, "", namespace)?;
        if found.field(&namespaces, "status.phase") == Some("Terminating") {
            let message = format!(
                "unable to create new content in namespace {namespace} because it is being terminated"
            );
            return Err(Refusal::new(403, "Forbidden", message));
        }
        Ok(())
    }
}

/// Five letters that no other number below 27 to the fifth has.
fn suffix(number: u64) -> String {
    const LETTERS: &[u8; 27] = b"bcdfghjklmnpqrstvwxz2456789";
    const ALL: u64 = 27 * 27 * 27 * 27 * 27;
    // A step without common divisor, so that neighbours look different.
    let mut rest = number.wrapping_mul(7_368_787) % ALL;
    let mut text = String::new();
    for _ in 0..5 {
        let at = usize::try_from(rest % 27).unwrap_or_default();
        text.push(LETTERS.get(at).copied().map_or('x', char::from));
        rest /= 27;
    }
    text
}

fn drop_status(object: &mut Json) {
    if let Json::Object(object) = object {
        object.shift_remove("status");
    }
}

/// What the server decides stays as it was, and so does what another subresource changes.
fn keep(kind: &Kind, part: Part, before: &Json, after: &mut Json) {
    for name in ["uid", "creationTimestamp", "resourceVersion", "namespace"] {
        keep_field(name, before, after);
    }
    if part == Part::Whole {
        return;
    }
    for name in [
        "generation",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    ] {
        keep_field(name, before, after);
    }
    match part {
        Part::Status => {
            let status = after.get("status").cloned().unwrap_or_default();
            *after = before.clone();
            set(after, &["status"], status);
        }
        Part::Main if kind.has("status") => match before.get("status") {
            Some(status) => set(after, &["status"], status.clone()),
            None => drop_status(after),
        },
        Part::Main | Part::Whole => {}
    }
}

fn keep_field(name: &str, before: &Json, after: &mut Json) {
    let value = before
        .get("metadata")
        .and_then(|metadata| metadata.get(name));
    match value {
        Some(value) => set(after, &["metadata", name], value.clone()),
        None => unset(after, name),
    }
}

/// Whether anything but metadata and status differs.
fn has_new_intent(before: &Json, after: &Json) -> bool {
    let intent = |object: &Json| -> Object {
        let fields = object.as_object().into_iter().flatten();
        let fields = fields.filter(|(name, _)| !matches!(name.as_str(), "metadata" | "status"));
        fields
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    intent(before) != intent(after)
}
