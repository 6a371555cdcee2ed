//! How objects go: gracefully, after their finalizers, and with those that they own.

use std::collections::VecDeque;
use std::sync::Arc;

use squall_model::Json;

use super::answers::Refusal;
use super::kinds::Kind;
use super::objects::{At, Occasion, set, text, unset};
use super::route::Query;
use super::storage::{Owned, Storage};
use super::stored::Stored;

/// How an object is to be deleted.
#[derive(Debug, Clone, Default)]
pub(super) struct Deletion {
    /// How many seconds a pod has to end.
    pub(super) grace: Option<i64>,
    /// What becomes of those that it owns.
    pub(super) policy: Policy,
    /// Which object it must be.
    pub(super) uid: Option<String>,
    /// Which version of it.
    pub(super) version: Option<String>,
    /// Whether it is only tried.
    pub(super) dry_run: bool,
}

/// What becomes of what an object owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Policy {
    /// It goes too, afterwards.
    #[default]
    Background,
    /// It goes first.
    Foreground,
    /// It stays, owned by nobody.
    Orphan,
}

impl Deletion {
    /// Reads a `DeleteOptions` object, and what the query says over it.
    pub(super) fn read(options: &Json, query: &Query) -> Self {
        let grace = query
            .get("gracePeriodSeconds")
            .and_then(|text| text.parse().ok());
        let policy = query.get("propagationPolicy");
        let policy = policy.unwrap_or_else(|| text(options, "/propagationPolicy"));
        let said = |at| Some(text(options, at).to_owned()).filter(|text| !text.is_empty());
        let dry_run = options.get("dryRun").and_then(Json::as_array);
        Self {
            grace: grace.or_else(|| options.get("gracePeriodSeconds")?.as_i64()),
            policy: match policy {
                "Orphan" => Policy::Orphan,
                "Foreground" => Policy::Foreground,
                _ => Policy::Background,
            },
            uid: said("/preconditions/uid"),
            version: said("/preconditions/resourceVersion"),
            dry_run: query.get("dryRun").is_some() || dry_run.is_some_and(|list| !list.is_empty()),
        }
    }

    fn check(&self, at: &At<'_>, stored: &Stored) -> Result<(), Refusal> {
        let version = stored.version.to_string();
        let wanted = [
            ("UID", &self.uid, &stored.uid),
            ("ResourceVersion", &self.version, &version),
        ];
        for (what, wanted, found) in wanted {
            if wanted.as_ref().is_some_and(|wanted| wanted != found) {
                let why = format!(
                    "Precondition failed: {what} in precondition: {}, {what} in object meta: {found}",
                    wanted.as_deref().unwrap_or_default()
                );
                return Err(Refusal::conflict(at.about(), &why));
            }
        }
        Ok(())
    }
}

/// An object that is to go, or has just its last step before it.
struct Doomed {
    kind: Arc<Kind>,
    stored: Arc<Stored>,
    grace: Option<i64>,
    policy: Policy,
}

impl Storage {
    /// Deletes an object, and gives it as it is now and whether something of it is left to show.
    pub(super) fn delete(
        &mut self,
        at: &At<'_>,
        deletion: &Deletion,
        occasion: &Occasion,
    ) -> Result<(Arc<Stored>, bool), Refusal> {
        let stored = self.found(at.kind, at.namespace, at.name)?;
        deletion.check(at, &stored)?;
        if deletion.dry_run || occasion.dry_run {
            return Ok((stored, false));
        }
        if deletion.policy == Policy::Orphan {
            for place in self.owned(&stored.uid) {
                self.disown(&place, &stored.uid);
            }
        }
        let first = Doomed {
            kind: Arc::new(at.kind.clone()),
            stored,
            grace: deletion.grace,
            policy: deletion.policy,
        };
        let (shown, is_left, next) = self.begin(first, occasion);
        self.sweep(next, occasion);
        Ok((shown, is_left))
    }

    /// Takes an object away that nothing holds any more, with all that goes with it, and gives it as it was last.
    pub(super) fn remove(
        &mut self,
        kind: &Kind,
        stored: &Arc<Stored>,
        occasion: &Occasion,
    ) -> Arc<Stored> {
        let last = self.take(kind, stored);
        let next = self.left_behind(kind, &last);
        self.sweep(next, occasion);
        last
    }

    fn sweep(&mut self, first: Vec<Doomed>, occasion: &Occasion) {
        let mut doomed = VecDeque::from(first);
        while let Some(next) = doomed.pop_front() {
            let place = &next.stored;
            let now = self.get(&next.kind, &place.namespace, &place.name);
            let Some(stored) = now.filter(|now| now.uid == place.uid) else {
                continue;
            };
            let (_, _, more) = self.begin(Doomed { stored, ..next }, occasion);
            doomed.extend(more);
        }
    }

    /// Marks an object, or takes it away at once if nothing holds it; and tells what has to go next.
    fn begin(&mut self, doomed: Doomed, occasion: &Occasion) -> (Arc<Stored>, bool, Vec<Doomed>) {
        let Doomed {
            kind,
            stored,
            grace,
            policy,
        } = doomed;
        let object = stored.json();
        let finalizers = object
            .pointer("/metadata/finalizers")
            .and_then(Json::as_array);
        let waits = finalizers.is_some_and(|finalizers| !finalizers.is_empty());
        let content = if kind.is("", "Namespace") {
            self.content(&stored.name)
        } else if policy == Policy::Foreground {
            let mut owned = self.owned(&stored.uid);
            owned.retain(|place| place.stored.owners.len() == 1);
            self.doomed(owned)
        } else {
            Vec::new()
        };
        let is_pod = kind.is("", "Pod");
        let usual = object.pointer("/spec/terminationGracePeriodSeconds");
        let usual = usual.and_then(Json::as_i64).unwrap_or(30);
        let grace = if is_pod { grace.unwrap_or(usual) } else { 0 };
        let runs = is_pod && !text(&object, "/spec/nodeName").is_empty();
        if !waits && content.is_empty() && !(runs && grace > 0) {
            let last = self.take(&kind, &stored);
            let next = self.left_behind(&kind, &last);
            return (last, false, next);
        }
        let marked = self.mark(&kind, object, grace, occasion);
        let mut next = content;
        if runs && !waits {
            // Nothing runs here that would have to end first: the next version is the last.
            let last = self.take(&kind, &marked);
            next.extend(self.left_behind(&kind, &last));
        } else if policy == Policy::Foreground && !waits {
            next.push(Doomed {
                kind,
                stored: Arc::clone(&marked),
                grace: None,
                policy: Policy::Background,
            });
        }
        (marked, true, next)
    }

    /// Writes down that an object is to go, unless that is written already.
    fn mark(
        &mut self,
        kind: &Kind,
        mut object: Json,
        grace: i64,
        occasion: &Occasion,
    ) -> Arc<Stored> {
        if !text(&object, "/metadata/deletionTimestamp").is_empty() {
            return Arc::new(Stored::of(kind, &object, self.version()));
        }
        let now = occasion.now.as_str();
        set(&mut object, &["metadata", "deletionTimestamp"], now);
        set(
            &mut object,
            &["metadata", "deletionGracePeriodSeconds"],
            grace,
        );
        if kind.is("", "Namespace") {
            set(&mut object, &["status", "phase"], "Terminating");
        }
        self.put(kind, &mut object)
    }

    /// What goes because an object is gone: what it owned, the objects of a kind that is no more, and a namespace that
    /// waited for its last object.
    fn left_behind(&mut self, kind: &Kind, last: &Stored) -> Vec<Doomed> {
        let mut next = Vec::new();
        for place in self.owned(&last.uid) {
            if place.stored.owners.len() > 1 {
                self.disown(&place, &last.uid);
            } else {
                next.extend(self.doomed(vec![place]));
            }
        }
        if kind.is("apiextensions.k8s.io", "CustomResourceDefinition") {
            self.undefine(&last.json());
        }
        if kind.namespaced
            && let Some(namespaces) = self.kinds.named("Namespace")
            && let Some(namespace) = self.get(&namespaces, "", &last.namespace)
            && namespace.field(&namespaces, "status.phase") == Some("Terminating")
            && self.content(&last.namespace).is_empty()
        {
            next.push(Doomed {
                kind: namespaces,
                stored: namespace,
                grace: None,
                policy: Policy::Background,
            });
        }
        next
    }

    /// All objects of a namespace.
    fn content(&self, namespace: &str) -> Vec<Doomed> {
        let kinds = self
            .kinds
            .all()
            .filter(|kind| kind.namespaced && !kind.is_a_view());
        let places = kinds.flat_map(|kind| {
            let found = self.all(kind, Some(namespace)).into_iter();
            found.map(|stored| Owned {
                kind: Arc::clone(kind),
                stored,
            })
        });
        self.doomed(places.collect())
    }

    fn doomed(&self, places: Vec<Owned>) -> Vec<Doomed> {
        let doomed = places.into_iter().map(|place| Doomed {
            kind: place.kind,
            stored: place.stored,
            grace: None,
            policy: Policy::Background,
        });
        doomed.collect()
    }

    /// An object forgets one of those that it belongs to.
    fn disown(&mut self, place: &Owned, uid: &str) {
        let mut object = place.stored.json();
        let owners = object.pointer_mut("/metadata/ownerReferences");
        if let Some(owners) = owners.and_then(Json::as_array_mut) {
            owners.retain(|owner| text(owner, "/uid") != uid);
            if owners.is_empty() {
                unset(&mut object, "ownerReferences");
            }
        }
        self.put(&place.kind, &mut object);
    }

    /// A kind that is no longer defined takes its objects along.
    fn undefine(&mut self, definition: &Json) {
        let group = text(definition, "/spec/group");
        let plural = text(definition, "/spec/names/plural");
        let is_it = |kind: &&Arc<Kind>| kind.custom && kind.group == group && kind.plural == plural;
        let kind = self.kinds.all().find(is_it).cloned();
        if let Some(kind) = kind {
            for stored in self.all(&kind, None) {
                self.take(&kind, &stored);
            }
        }
        self.kinds.forget(definition);
    }
}
