//! How an object differs from what it was, as Hikaru tells it: field by field in the order of the kind, where a list or a map
//! that is not written is an empty one. Of kinds that are not in the table every member counts.

use serde::{Deserialize, Serialize};
use squall_model::Json;
use squall_model::change::Change;
use squall_model::playbook::classes::Kind;

use super::shape::{Field, Holds, Shape, shape};

/// How many differences of one update are told; the rest is left out.
const MOST: usize = 10_000;

/// Who owns which field: never compared.
const MANAGED_FIELDS: &str = "managedFields";

/// One difference.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// What sort it is.
    pub kind: DifferenceKind,
    /// Where, such as `RobustaPod.spec.containers[0].image`; empty where the objects cannot be compared.
    pub path: String,
    /// The same in pieces, without the kind: names and places in lists.
    pub steps: Vec<Json>,
    /// What is there now; null for nothing.
    pub value: Json,
    /// What was there before; null for nothing.
    pub old_value: Json,
}

/// A sort of differences, by Hikaru's names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DifferenceKind {
    /// There was nothing before.
    Added,
    /// There is nothing now.
    Removed,
    /// It is another value of the same type.
    ValueChanged,
    /// It is a list of another length.
    ListLengthChanged,
    /// It is of another type.
    IncompatibleDiff,
}

impl DifferenceKind {
    /// Hikaru's name for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "ADDED",
            Self::Removed => "REMOVED",
            Self::ValueChanged => "VALUE_CHANGED",
            Self::ListLengthChanged => "LIST_LENGTH_CHANGED",
            Self::IncompatibleDiff => "INCOMPATIBLE_DIFF",
        }
    }
}

/// A difference and the steps to it.
#[derive(Debug)]
pub(super) struct Found<'a> {
    kind: DifferenceKind,
    pub(super) path: String,
    steps: Vec<Step<'a>>,
    value: Option<&'a Json>,
    old_value: Option<&'a Json>,
}

/// A step on the way to a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step<'a> {
    Field(&'a str),
    Key(&'a str),
    Place(usize),
}

impl Step<'_> {
    fn told(&self) -> Json {
        match self {
            Self::Field(name) | Self::Key(name) => (*name).into(),
            Self::Place(place) => (*place).into(),
        }
    }
}

/// Which differences count.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Filter {
    /// Parts of paths; none for all.
    pub(super) include: Vec<String>,
    /// Fields that are taken away on both sides first, as steps.
    pub(super) ignore: Vec<Vec<String>>,
}

impl Filter {
    /// Whether a difference counts.
    pub(super) fn lets_through(&self, found: &Found<'_>) -> bool {
        !self.ignore.iter().any(|ignored| found.is_below(ignored))
            && (self.include.is_empty()
                || self
                    .include
                    .iter()
                    .any(|part| found.path.contains(part.as_str())))
    }
}

impl Found<'_> {
    /// Whether it is at or below a field. Entries of maps and items of lists are no fields, and cannot be taken away.
    fn is_below(&self, field: &[String]) -> bool {
        if field.len() > self.steps.len() {
            return false;
        }
        let last = field.len().saturating_sub(1);
        let mut steps = field.iter().zip(&self.steps).enumerate();
        steps.all(|(number, (wanted, step))| match step {
            Step::Field(name) => name == wanted,
            Step::Place(place) => number < last && wanted.parse() == Ok(*place),
            Step::Key(_) => false,
        })
    }

    /// In words.
    pub(super) fn told(&self) -> Difference {
        let value = |value: Option<&Json>| value.cloned().unwrap_or_default();
        Difference {
            kind: self.kind,
            path: self.path.clone(),
            steps: self.steps.iter().map(Step::told).collect(),
            value: value(self.value),
            old_value: value(self.old_value),
        }
    }
}

/// All differences of an update, without those of `metadata.managedFields`.
pub(super) fn find<'a>(change: &'a Change, kind: Option<&'static Kind>) -> Vec<Found<'a>> {
    let Some(old) = &change.old_obj else {
        return vec![Found {
            kind: DifferenceKind::IncompatibleDiff,
            path: String::new(),
            steps: Vec::new(),
            value: None,
            old_value: None,
        }];
    };
    let version = change.api_version.rsplit('/').next().unwrap_or_default();
    let mut walk = Walk {
        found: Vec::new(),
        steps: Vec::new(),
        path: class(kind, &change.kind),
        version,
    };
    match kind.and_then(|kind| shape(version, kind.name)) {
        Some(shape) => walk.fields(shape, &change.obj, old),
        None => walk.unknown(&change.obj, old),
    }
    walk.found
}

/// The class that Robusta has for a kind.
fn class(kind: Option<&Kind>, name: &str) -> String {
    let has_its_own = kind.is_some_and(|kind| matches!(kind.name, "Pod" | "Deployment" | "Job"));
    let prefix = if has_its_own { "Robusta" } else { "" };
    format!("{prefix}{name}")
}

/// A comparison under way.
struct Walk<'a> {
    found: Vec<Found<'a>>,
    steps: Vec<Step<'a>>,
    path: String,
    version: &'a str,
}

impl<'a> Walk<'a> {
    /// Compares all fields of a kind.
    fn fields(&mut self, shape: &'static Shape, new: &'a Json, old: &'a Json) {
        if !new.is_object() || !old.is_object() {
            return self.values(Some(new), Some(old));
        }
        for field in shape.iter().filter(|field| field.name != MANAGED_FIELDS) {
            let member = |of: &'a Json| of.get(field.key).filter(|value| !value.is_null());
            let (new, old) = (member(new), member(old));
            if new != old {
                self.below(Step::Field(field.name), |walk| walk.field(field, new, old));
            }
        }
    }

    fn field(&mut self, field: &'static Field, new: Option<&'a Json>, old: Option<&'a Json>) {
        static NO_ITEMS: Json = Json::Array(Vec::new());
        if field.is_list {
            let items = |value: Option<&'a Json>| value.unwrap_or(&NO_ITEMS);
            return self.list(items(new), items(old), field.holds);
        }
        match (field.holds, new, old) {
            (Holds::Constant(constant), new, old) => {
                let differs = |value: Option<&Json>| {
                    value.is_some_and(|value| value.as_str() != Some(constant))
                };
                if differs(new) || differs(old) {
                    self.tell(DifferenceKind::ValueChanged, new, old);
                }
            }
            (Holds::Map, new, old) if is_map(new) && is_map(old) => self.map(new, old),
            (Holds::Kind(kind), Some(new), Some(old)) => match shape(self.version, kind) {
                Some(shape) => self.fields(shape, new, old),
                None => self.values(Some(new), Some(old)),
            },
            (Holds::Kind(_) | Holds::Map | Holds::Value, new, old) => self.values(new, old),
        }
    }

    fn list(&mut self, new: &'a Json, old: &'a Json, holds: Holds) {
        let (Json::Array(items), Json::Array(old_items)) = (new, old) else {
            return self.values(Some(new), Some(old));
        };
        if items.len() != old_items.len() {
            return self.tell(DifferenceKind::ListLengthChanged, Some(new), Some(old));
        }
        for (place, (new, old)) in items.iter().zip(old_items).enumerate() {
            if new == old {
                continue;
            }
            self.below(Step::Place(place), |walk| match holds {
                Holds::Kind(kind) => match shape(walk.version, kind) {
                    Some(shape) => walk.fields(shape, new, old),
                    None => walk.values(Some(new), Some(old)),
                },
                Holds::Value | Holds::Constant(_) | Holds::Map => walk.values(Some(new), Some(old)),
            });
        }
    }

    /// Compares the entries of two maps.
    fn map(&mut self, new: Option<&'a Json>, old: Option<&'a Json>) {
        let entries = |map: Option<&'a Json>| map.and_then(Json::as_object);
        let (new, old) = (entries(new), entries(old));
        let keys =
            |map: Option<&'a squall_model::Object>| map.into_iter().flat_map(|map| map.keys());
        let gone = keys(old).filter(|key| !new.is_some_and(|new| new.contains_key(*key)));
        for key in keys(new).chain(gone) {
            let entry = |map: Option<&'a squall_model::Object>| map.and_then(|map| map.get(key));
            let length = self.path.len();
            self.path.extend(["['", key, "']"]);
            self.steps.push(Step::Key(key));
            self.values(entry(new), entry(old));
            self.steps.pop();
            self.path.truncate(length);
        }
    }

    /// Compares what has no shape: values of any type.
    fn values(&mut self, new: Option<&'a Json>, old: Option<&'a Json>) {
        let is_there = |value: &&Json| !value.is_null();
        match (new.filter(is_there), old.filter(is_there)) {
            (None, None) => {}
            (Some(_), None) => self.tell(DifferenceKind::Added, new, None),
            (None, Some(_)) => self.tell(DifferenceKind::Removed, None, old),
            (Some(one), Some(other)) if one == other => {}
            (Some(Json::Object(_)), Some(Json::Object(_))) => self.map(new, old),
            (Some(one @ Json::Array(_)), Some(other @ Json::Array(_))) => {
                self.list(one, other, Holds::Value);
            }
            (Some(one), Some(other)) if same_type(one, other) => {
                self.tell(DifferenceKind::ValueChanged, new, old);
            }
            _ => self.tell(DifferenceKind::IncompatibleDiff, new, old),
        }
    }

    /// Compares objects of a kind that is not in the table: members as fields, but for the entries of labels and annotations.
    fn unknown(&mut self, new: &'a Json, old: &'a Json) {
        let (Json::Object(members), Json::Object(old_members)) = (new, old) else {
            return match (new, old) {
                (Json::Array(items), Json::Array(old_items)) if items.len() == old_items.len() => {
                    for (place, (new, old)) in items.iter().zip(old_items).enumerate() {
                        self.below(Step::Place(place), |walk| walk.unknown(new, old));
                    }
                }
                _ => self.values(Some(new), Some(old)),
            };
        };
        let gone = old_members.keys().filter(|key| !members.contains_key(*key));
        for key in members.keys().chain(gone) {
            let (new, old) = (members.get(key), old_members.get(key));
            if new == old || (is_nothing(new) && is_nothing(old)) {
                continue;
            }
            self.below(Step::Field(key), |walk| match (key.as_str(), new, old) {
                ("metadata", Some(new), Some(old)) if walk.steps.len() == 1 => {
                    match shape("v1", "ObjectMeta") {
                        Some(shape) => walk.fields(shape, new, old),
                        None => walk.unknown(new, old),
                    }
                }
                (_, Some(new), Some(old)) => walk.unknown(new, old),
                (_, new, old) => walk.values(new, old),
            });
        }
    }

    fn below(&mut self, step: Step<'a>, compare: impl FnOnce(&mut Self)) {
        let length = self.path.len();
        match step {
            Step::Field(name) => self.path.extend([".", name]),
            Step::Place(place) => self.path.extend(["[", &place.to_string(), "]"]),
            Step::Key(_) => {}
        }
        self.steps.push(step);
        compare(self);
        self.steps.pop();
        self.path.truncate(length);
    }

    fn tell(&mut self, kind: DifferenceKind, value: Option<&'a Json>, old_value: Option<&'a Json>) {
        if self.found.len() < MOST {
            self.found.push(Found {
                kind,
                path: self.path.clone(),
                steps: self.steps.clone(),
                value,
                old_value,
            });
        }
    }
}

fn is_map(value: Option<&Json>) -> bool {
    value.is_none_or(Json::is_object)
}

/// Nothing, or a list or map with nothing in it.
fn is_nothing(value: Option<&Json>) -> bool {
    match value {
        None | Some(Json::Null) => true,
        Some(Json::Array(items)) => items.is_empty(),
        Some(Json::Object(members)) => members.is_empty(),
        Some(_) => false,
    }
}

/// Whether Python has one type for both: a whole number is no float, a flag is no number.
fn same_type(one: &Json, other: &Json) -> bool {
    match (one, other) {
        (Json::Number(one), Json::Number(other)) => one.is_f64() == other.is_f64(),
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
