//! What has changed: versions against those that were seen last.

use std::cmp::Ordering;
use std::collections::VecDeque;
use std::sync::Arc;

use squall_model::Json;
use squall_model::change::{Change, Operation};

use super::{Seen, Version, Watch};
use crate::cache::{Kept, Mark};

impl Watch {
    /// An object as a listing shows it.
    pub(super) fn listed(&mut self, mut object: Json) {
        let tells = self.is_known || self.watched.tell_first;
        self.take(&mut object, tells, None);
    }

    /// An object as it was when only its version was kept.
    pub(super) fn filled(&mut self, mut object: Json) {
        complete(self, &mut object);
        if let Some(mark) = Mark::of(&object)
            && let Some(kept) = self.cache.get(&mark.key)
            && *kept.uid == *mark.uid
            && *kept.resource_version == *mark.resource_version
        {
            self.cache.put(&mark, &object);
        }
    }

    /// An object is new or not what it was.
    pub(super) fn changed(&mut self, mut object: Json) {
        let position = version(&object).map(str::to_owned);
        let Some(position) = self.advanced(position) else {
            return;
        };
        self.take(&mut object, true, Some(position));
    }

    /// An object is gone.
    pub(super) fn deleted(&mut self, mut object: Json) {
        let position = version(&object).map(str::to_owned);
        let Some(position) = self.advanced(position) else {
            return;
        };
        complete(self, &mut object);
        let Some(mark) = Mark::of(&object) else {
            return self.ignored();
        };
        let key = Arc::from(mark.key.as_str());
        let is_newer = |kept: &Kept| compare(mark.resource_version, &kept.resource_version).is_gt();
        if self.cache.get(&key).is_none_or(is_newer) {
            let resource_version = position.clone();
            self.cache.remove(&key);
            self.ready.push_back(Seen::Version(Box::new(Version {
                change: self.change(Operation::Delete, object, None),
                key,
                resource_version,
                gap: false,
                kept: None,
                position: Some(position),
            })));
        } else {
            self.figures.repeated += 1;
        }
    }

    /// The end of a listing: what it did not mention is gone.
    pub(super) fn listed_all(&mut self, position: String) {
        self.leaving = match self.is_known {
            true => VecDeque::from(self.cache.unmentioned()),
            false => {
                // Nobody was told of what came and went in listings that broke off.
                for key in self.cache.unmentioned() {
                    self.cache.remove(&key);
                }
                VecDeque::new()
            }
        };
        let objects = self.cache.len().saturating_sub(self.leaving.len());
        self.position = Some(position.clone());
        self.synced = Some(Seen::Synced { objects, position });
        self.is_known = true;
        self.has_gap = false;
        self.is_set_back = false;
        self.pauses.reset();
    }

    /// An object that was there is there no more, nobody saw it go.
    pub(super) fn tell_gone(&mut self, key: &str) {
        let Some(kept) = self.cache.remove(key) else {
            return;
        };
        let object = self.cache.unpack_or_name(&self.watched.kind, &kept);
        self.ready.push_back(Seen::Version(Box::new(Version {
            change: self.change(Operation::Delete, object, None),
            resource_version: kept.resource_version.to_string(),
            key: kept.key,
            gap: true,
            kept: None,
            position: None,
        })));
    }

    /// Whether a version is older than what we know.
    pub(super) fn is_behind(&self, version: &str) -> bool {
        let position = self.position.as_deref();
        position.is_some_and(|position| compare(version, position).is_lt())
    }

    /// The position after an event, unless the event is one that was told.
    fn advanced(&mut self, version: Option<String>) -> Option<String> {
        let Some(version) = version else {
            self.ignored();
            return None;
        };
        let position = self.position.as_deref();
        if position.is_some_and(|position| compare(&version, position).is_le()) {
            self.figures.repeated += 1;
            return None;
        }
        self.position = Some(version.clone());
        Some(version)
    }

    /// Compares an object with what was seen of it, and keeps it.
    fn take(&mut self, object: &mut Json, tells: bool, position: Option<String>) {
        complete(self, object);
        let Some(mark) = Mark::of(object) else {
            return self.ignored();
        };
        let is_listed = position.is_none();
        let known = self.cache.get(&mark.key).cloned();
        if let Some(kept) = &known {
            let order = compare(mark.resource_version, &kept.resource_version);
            let is_same = order.is_eq() && *kept.uid == *mark.uid;
            if is_same || (order.is_lt() && !self.is_set_back) {
                self.cache.mention(&mark.key);
                self.figures.repeated += u64::from(!is_listed);
                return;
            }
        }
        let (operation, old_obj) = match known {
            Some(kept) if *kept.uid == *mark.uid => (Operation::Update, self.cache.unpack(&kept)),
            Some(kept) => {
                // Another object has the name by now, and nobody saw the one before it go.
                if tells {
                    self.tell_gone(&kept.key);
                }
                (Operation::Create, None)
            }
            None => (Operation::Create, None),
        };
        let resource_version = mark.resource_version.to_owned();
        let kept = self.cache.put(&mark, object);
        if !tells {
            return;
        }
        self.ready.push_back(Seen::Version(Box::new(Version {
            change: self.change(operation, std::mem::take(object), old_obj),
            key: kept.key.clone(),
            resource_version,
            gap: is_listed && self.has_gap,
            kept: Some(kept),
            position,
        })));
    }

    /// What has no name or version is no object of a cluster.
    fn ignored(&mut self) {
        self.figures.troubles += 1;
        tracing::warn!(kind = %self.watched.kind, "a watch told of something without a name or a version");
    }

    fn change(&self, operation: Operation, obj: Json, old_obj: Option<Json>) -> Change {
        Change {
            operation,
            kind: self.watched.kind.kind.to_string(),
            api_version: self.watched.kind.api_version(),
            description: String::new(),
            obj,
            old_obj,
        }
    }
}

/// Brings an object into the form in which all are compared: with its kind, without what says who wrote it.
fn complete(watch: &Watch, object: &mut Json) {
    if object.get("kind").is_none() {
        watch.watched.kind.complete(object);
    }
    if let Some(Json::Object(metadata)) = object.get_mut("metadata") {
        metadata.shift_remove("managedFields");
    }
}

fn version(object: &Json) -> Option<&str> {
    object.pointer("/metadata/resourceVersion")?.as_str()
}

/// The order of two versions. They are numbers in texts; what is none can only be the same or another, a newer one then.
fn compare(one: &str, other: &str) -> Ordering {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number(one) && is_number(other) {
        one.len().cmp(&other.len()).then_with(|| one.cmp(other))
    } else if one == other {
        Ordering::Equal
    } else {
        Ordering::Greater
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_of_any_length() {
        let cases = [
            ("9", "10", Ordering::Less),
            ("10", "9", Ordering::Greater),
            (
                "18446744073709551616",
                "18446744073709551615",
                Ordering::Greater,
            ),
            ("7", "7", Ordering::Equal),
            ("a", "b", Ordering::Greater),
            ("b", "a", Ordering::Greater),
            ("a", "a", Ordering::Equal),
            ("", "1", Ordering::Greater),
        ];
        for (one, other, order) in cases {
            assert_eq!(compare(one, other), order, "{one:?} and {other:?}");
        }
    }
}
