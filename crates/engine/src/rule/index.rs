//! Finds the rules that could match an event, so that cost follows those and not all.
//!
//! Of each rule's criteria one that compares a key with a written-out text or number is its *anchor*: of several the one
//! whose text the fewest rules share, since `status` equals `firing` in most of them. The rules of a trigger are grouped
//! by the anchor's key and found by the event's value there. Two things keep this exact: before the anchor only criteria
//! stand that cannot raise (a rule that would have failed is not silently left out), and a value for which the anchor
//! itself would raise finds every rule of its group.

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

/// A criterion that a rule can be found by.
struct Anchor<'a> {
    key: &'a str,
    /// Where the criterion stands in its rule.
    position: usize,
    /// The event's value is, or begins with, one of these.
    words: Vec<Word>,
}

/// What an event has to say for a rule to be found.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Word {
    Equals(Literal),
    StartsWith(String),
}

/// Numbers from here on are not all exact in a float, and are not indexed.
const EXACT: f64 = 9_007_199_254_740_992.0;

impl Index {
    /// Indexes rules by their places in `all`.
    pub(super) fn new<'a>(all: impl Iterator<Item = &'a Criteria>) -> Self {
        let all: Vec<Vec<Anchor<'a>>> = all.map(anchors).collect();
        let mut sharing: HashMap<(&str, &Word), usize> = HashMap::new();
        for anchor in all.iter().flatten() {
            for word in &anchor.words {
                *sharing.entry((anchor.key, word)).or_default() += 1;
            }
        }
        let crowd = |anchor: &&Anchor<'a>| -> usize {
            let words = anchor.words.iter();
            words
                .filter_map(|word| sharing.get(&(anchor.key, word)))
                .sum()
        };
        let mut index = Self::default();
        for (place, anchors) in all.iter().enumerate() {
            match anchors.iter().min_by_key(crowd) {
                Some(anchor) => index
                    .group(anchor.key, (place, anchor.position))
                    .add(place, &anchor.words),
                None => index.always.push(place),
            }
        }
        index
    }

    fn group(&mut self, key: &str, witness: (usize, usize)) -> &mut Group {
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
    fn add(&mut self, place: usize, words: &[Word]) {
        for word in words {
            match word {
                Word::Equals(literal) => {
                    self.equal.entry(literal.clone()).or_default().push(place);
                }
                Word::StartsWith(prefix) => {
                    self.prefix_lengths.insert(prefix.len());
                    self.prefixes.entry(prefix.clone()).or_default().push(place);
                    self.prefixed.push(place);
                }
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

/// Everything a rule can be found by: up to the first criterion that could raise, and that one too.
fn anchors(criteria: &Criteria) -> Vec<Anchor<'_>> {
    let mut found = Vec::new();
    for (position, criterion) in criteria.0.iter().enumerate() {
        found.extend(words(criterion).map(|words| Anchor {
            key: criterion.key.split('#').next().unwrap_or_default(),
            position,
            words,
        }));
        if !never_raises(criterion) {
            break;
        }
    }
    found
}

fn words(criterion: &Criterion) -> Option<Vec<Word>> {
    criterion.path.as_ref().ok()?;
    let Condition::Asks {
        operator,
        pattern: Pattern::Literal(literal),
        ..
    } = &criterion.condition
    else {
        return None;
    };
    let equals = |literal| Some(Word::Equals(literal_of_json(literal)?));
    match operator.name {
        "eq" | "equals" => Some(vec![equals(literal)?]),
        // Of no member nothing could be found, also where looking up the key raises and the rule has to say so.
        "in" | "inside" => {
            let members = literal.as_array().filter(|members| !members.is_empty())?;
            members.iter().map(equals).collect()
        }
        "startswith" => Some(vec![Word::StartsWith(literal.as_str()?.to_owned())]),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;
    use squall_model::Object;
    use squall_model::Timestamp;

    use super::super::criteria::Subject;
    use super::*;
    use crate::facts::{Facts, Keys};

    fn facts(keys: &Keys) -> Facts<'_> {
        Facts {
            now: Timestamp::from_micros(1_800_000_000_000_000),
            keys,
            crypto: None,
            system_user: "stanley",
        }
    }

    /// The rules that the index finds, and those that have something to say.
    fn found_and_heard(rules: &[Criteria], payload: &Json) -> (Vec<usize>, Vec<usize>) {
        let keys = Keys::default();
        let facts = facts(&keys);
        let payload = squall_expression::value::json::from_json(payload);
        let subject = Subject::event(payload, &facts);
        let look_up = |(rule, criterion): (usize, usize)| {
            let criteria: &Criteria = &rules[rule];
            criteria.0[criterion].look_up(&subject.root).ok()
        };
        let found = Index::new(rules.iter()).candidates(look_up);
        let says_something = |rule: &usize| {
            let verdict = rules[*rule].ask_about(&subject).unwrap();
            verdict.matched || !verdict.failures.is_empty()
        };
        let heard = (0..rules.len()).filter(says_something).collect();
        (found, heard)
    }

    fn value() -> impl Strategy<Value = Json> {
        prop_oneof![
            prop::sample::select(vec!["", "a", "ab", "abc", "b", "1"]).prop_map(Json::from),
            prop::sample::select(vec![
                json!(0),
                json!(1),
                json!(1.0),
                json!(1.5),
                json!(9_007_199_254_740_993_u64),
                json!(true),
                json!(null),
                json!(["a", 1]),
                json!([]),
                json!({"name": "a"}),
            ]),
        ]
    }

    fn criteria() -> impl Strategy<Value = Criteria> {
        let key = prop::sample::select(vec![
            "trigger.body.status",
            "trigger.body.status#again",
            "trigger.body.alerts[0].name",
            "trigger.body.missing",
            "trigger.body.status.deeper",
            "trigger.body[",
        ]);
        let operator = prop::sample::select(vec![
            "eq",
            "equals",
            "neq",
            "in",
            "inside",
            "startswith",
            "contains",
            "exists",
            "iequals",
            "gt",
            "unknown",
        ]);
        let criterion = (key, operator, value());
        prop::collection::vec(criterion, 0..4).prop_map(|criteria| {
            let written = criteria.into_iter().map(|(key, operator, pattern)| {
                (
                    key.to_owned(),
                    json!({"type": operator, "pattern": pattern}),
                )
            });
            Criteria::new(&written.collect::<Object>())
        })
    }

    fn payload() -> impl Strategy<Value = Json> {
        let body = prop_oneof![
            (value(), value())
                .prop_map(|(status, name)| json!({"status": status, "alerts": [{"name": name}]})),
            value(),
        ];
        body.prop_map(|body| json!({"body": body}))
    }

    proptest! {
        #[test]
        fn nobody_who_has_something_to_say_is_left_out(
            rules in prop::collection::vec(criteria(), 0..12),
            payload in payload(),
        ) {
            let (found, heard) = found_and_heard(&rules, &payload);
            let missed: Vec<_> = heard.iter().filter(|rule| !found.contains(rule)).collect();
            prop_assert!(missed.is_empty(), "rules {missed:?} were not asked about {payload}");
        }
    }

    #[test]
    fn a_rule_is_found_by_what_it_shares_with_the_fewest() {
        let rule = |name: &str| {
            Criteria::new(&Object::from_iter([
                (
                    "trigger.status".to_owned(),
                    json!({"type": "eq", "pattern": "firing"}),
                ),
                (
                    "trigger.name".to_owned(),
                    json!({"type": "eq", "pattern": name}),
                ),
            ]))
        };
        let rules = ["disk", "memory", "network"].map(rule);
        let (found, _) = found_and_heard(&rules, &json!({"status": "firing", "name": "memory"}));
        assert_eq!(found, [1]);
    }
}
