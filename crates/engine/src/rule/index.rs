//! Finds the rules that could match an event, so that cost follows those and not all.
//!
//! Of each rule's criteria one that compares a key with a written-out text or number is its *anchor*. The rules of a
//! trigger are grouped by the anchor's key and found by the event's value there. Two things keep this exact: before the
//! anchor only criteria stand that cannot raise (a rule that would have failed is not silently left out), and a value for
//! which the anchor itself would raise finds every rule of its group.

use std::collections::{BTreeSet, HashMap};

use squall_expression::value::Value;
use squall_model::Json;

use super::criteria::{Condition, Criteria, Criterion};
use super::pattern::Pattern;

/// Places of rules in a list, found by what an event says.
#[derive(Debug, Default)]
pub(super) struct Index {
    groups: Vec<Group>,
    by_key: HashMap<String, usize>,
    /// Rules without an anchor: asked for every event.
    always: Vec<usize>,
}

/// The rules whose anchor looks at one key.
#[derive(Debug)]
struct Group {
    /// A rule and a criterion that look up the key, to do the looking up.
    witness: (usize, usize),
    equal: HashMap<Literal, Vec<usize>>,
    prefixes: HashMap<String, Vec<usize>>,
    prefix_lengths: BTreeSet<usize>,
    /// All rules that are anchored by a prefix: found when the value is no text.
    prefixed: Vec<usize>,
}

/// A text or number that Python would find equal under the same hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Literal {
    Text(String),
    Number(u64),
}

/// What a criterion can be found by.
enum Anchor {
    Equals(Vec<Literal>),
    StartsWith(String),
}

/// Numbers from here on are not all exact in a float, and are not indexed.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Index {
    /// Indexes rules by their places in `all`.
    pub(super) fn new<'a>(all: impl Iterator<Item = &'a Criteria>) -> Self {
        let mut index = Self::default();
        all.enumerate()
            .for_each(|(place, criteria)| index.add(place, criteria));
        index
    }

    fn add(&mut self, place: usize, criteria: &Criteria) {
        for (position, criterion) in criteria.0.iter().enumerate() {
            if let Some(anchor) = anchor(criterion) {
                self.group(&criterion.key, (place, position))
                    .add(place, anchor);
                return;
            }
            if !never_raises(criterion) {
                break;
            }
        }
        self.always.push(place);
    }

    fn group(&mut self, key: &str, witness: (usize, usize)) -> &mut Group {
        let key = key.split('#').next().unwrap_or_default();
        let next = self.groups.len();
        let place = *self.by_key.entry(key.to_owned()).or_insert(next);
        if place == next {
            self.groups.push(Group {
                witness,
                equal: HashMap::new(),
                prefixes: HashMap::new(),
                prefix_lengths: BTreeSet::new(),
                prefixed: Vec::new(),
            });
        }
        // `place` is either an existing group or the one just pushed.
        #[expect(
            clippy::indexing_slicing,
            reason = "the map holds places of this vector only"
        )]
        &mut self.groups[place]
    }

    /// The places of the rules that could match, in ascending order. `look_up` gives the event's value for the criterion
    /// at a place, or `None` if that raises.
    pub(super) fn candidates(
        &self,
        look_up: impl Fn((usize, usize)) -> Option<Value>,
    ) -> Vec<usize> {
        let mut found = self.always.clone();
        for group in &self.groups {
            group.find(look_up(group.witness).as_ref(), &mut found);
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

impl Group {
    fn add(&mut self, place: usize, anchor: Anchor) {
        match anchor {
            Anchor::Equals(literals) => {
                for literal in literals {
                    self.equal.entry(literal).or_default().push(place);
                }
            }
            Anchor::StartsWith(prefix) => {
                self.prefix_lengths.insert(prefix.len());
                self.prefixes.entry(prefix).or_default().push(place);
                self.prefixed.push(place);
            }
        }
    }

    fn find(&self, value: Option<&Value>, found: &mut Vec<usize>) {
        let Some(value) = value else {
            // The key cannot be looked up: every rule that needs it fails, and has to say so.
            found.extend(self.equal.values().flatten());
            found.extend(&self.prefixed);
            return;
        };
        if let Some(literal) = literal_of(value) {
            found.extend(self.equal.get(&literal).into_iter().flatten());
        }
        match value {
            Value::Str(text) => {
                let prefixes = self
                    .prefix_lengths
                    .iter()
                    .filter_map(|length| text.get(..*length));
                found.extend(
                    prefixes
                        .filter_map(|prefix| self.prefixes.get(prefix))
                        .flatten(),
                );
            }
            _ => found.extend(&self.prefixed),
        }
    }
}

fn anchor(criterion: &Criterion) -> Option<Anchor> {
    criterion.path.as_ref().ok()?;
    let Condition::Asks {
        operator,
        pattern: Pattern::Literal(literal),
        ..
    } = &criterion.condition
    else {
        return None;
    };
    match operator.name {
        "eq" | "equals" => Some(Anchor::Equals(vec![literal_of_json(literal)?])),
        "in" | "inside" => {
            let members: Option<Vec<Literal>> =
                literal.as_array()?.iter().map(literal_of_json).collect();
            members.map(Anchor::Equals)
        }
        "startswith" => Some(Anchor::StartsWith(literal.as_str()?.to_owned())),
        _ => None,
    }
}

/// Whether asking the criterion can only give yes or no: an operator that takes anything, on a key that any event can be
/// asked for.
fn never_raises(criterion: &Criterion) -> bool {
    let Condition::Asks {
        operator,
        pattern: Pattern::Literal(_),
        ..
    } = &criterion.condition
    else {
        return false;
    };
    let total = matches!(
        operator.name,
        "eq" | "equals" | "neq" | "nequals" | "exists" | "nexists"
    );
    let plain = criterion.key.split('.').all(|part| {
        part.chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_')
    });
    total && plain && criterion.path.is_ok()
}

fn literal_of(value: &Value) -> Option<Literal> {
    match value {
        Value::Str(text) => Some(Literal::Text(text.to_string())),
        Value::Bool(truth) => number(f64::from(u8::from(*truth))),
        #[expect(
            clippy::cast_precision_loss,
            reason = "numbers that are not exact are left out by `number`"
        )]
        Value::Int(integer) => number(*integer as f64),
        Value::Float(float) => number(*float),
        _ => None,
    }
}

fn literal_of_json(literal: &Json) -> Option<Literal> {
    match literal {
        Json::String(text) => Some(Literal::Text(text.clone())),
        Json::Bool(truth) => number(f64::from(u8::from(*truth))),
        Json::Number(value) => number(value.as_f64()?),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    }
}

fn number(value: f64) -> Option<Literal> {
    // Adding zero makes -0.0 and 0.0 one.
    (value.abs() < EXACT).then(|| Literal::Number((value + 0.0).to_bits()))
}
