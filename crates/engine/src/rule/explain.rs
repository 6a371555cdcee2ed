//! Why a rule matches an event or does not, criterion by criterion: for people who write rules.

use squall_expression::value::{Value, json, text};
use squall_model::Json;

use super::criteria::{Condition, Criteria, Criterion, Inquiry, Raised, Subject, items};
use crate::facts::{Facts, Needs};

/// Longer values are cut: nobody reads them.
const SHOWN: usize = 200;

/// So much of a criterion is shown.
const LONGEST_QUESTION: usize = 1000;

/// Of more items than these only the first are explained.
const MOST_ITEMS: usize = 20;

/// One criterion, and what came of asking it.
#[derive(Debug, Clone, PartialEq)]
pub struct Explained {
    /// The key, as written.
    pub key: String,
    /// The operator and its pattern, as written.
    pub asks: String,
    /// The pattern for this event in Python's words, if it is a template that could be rendered.
    pub pattern: Option<String>,
    /// What the key found in Python's words; `None` if it was not looked up.
    pub value: Option<String>,
    /// Whether it holds.
    pub holds: bool,
    /// What was raised on the way; one that raises does not hold.
    pub raised: Vec<Raised>,
    /// Whether a server asks it: the first that does not hold ends the asking.
    pub is_asked: bool,
    /// The criteria of a search, for each item it looks at.
    pub items: Vec<Vec<Self>>,
}

impl Criteria {
    /// Asks every criterion about an event, also those that a server would not come to.
    pub fn explain(&self, payload: &Json, facts: &Facts<'_>) -> Result<Vec<Explained>, Needs> {
        let subject = Subject::event(json::from_json(payload), facts);
        let mut is_asked = subject.says_something();
        let mut inquiry = Inquiry::on(&subject);
        let mut explained = Vec::with_capacity(self.0.len());
        for criterion in &self.0 {
            let one = criterion.explain(&mut inquiry, is_asked)?;
            is_asked &= one.holds;
            explained.push(one);
        }
        Ok(explained)
    }
}

impl Criterion {
    fn explain(&self, inquiry: &mut Inquiry<'_, '_>, is_asked: bool) -> Result<Explained, Needs> {
        let answer = self.ask(inquiry)?;
        let items = match (&self.condition, &answer.value) {
            (Condition::Search { .. }, Some(value)) => {
                self.explain_items(value, answer.pattern.as_ref(), inquiry.subject)?
            }
            _ => Vec::new(),
        };
        let is_template = self.pattern().is_some_and(|pattern| pattern.is_template());
        Ok(Explained {
            key: self.key.clone(),
            asks: cut(self.condition.to_string(), LONGEST_QUESTION),
            pattern: answer.pattern.as_ref().filter(|_| is_template).map(shown),
            value: answer.value.as_ref().map(shown),
            holds: answer.holds,
            raised: std::mem::take(&mut inquiry.failures),
            is_asked,
            items,
        })
    }

    /// What cannot be looked into has no items; that it raises is told of the criterion itself.
    fn explain_items(
        &self,
        value: &Value,
        pattern: Option<&Value>,
        subject: &Subject<'_>,
    ) -> Result<Vec<Vec<Explained>>, Needs> {
        let written = pattern.and_then(|pattern| json::to_json(pattern).ok());
        let (Some(Json::Object(written)), Ok(items)) = (written, items(value)) else {
            return Ok(Vec::new());
        };
        let children = Criteria::new(&written);
        let explain = |item: Value| {
            let item = subject.item(item);
            let each = children.0.iter();
            each.map(|child| child.explain(&mut Inquiry::on(&item), true))
                .collect()
        };
        items.into_iter().take(MOST_ITEMS).map(explain).collect()
    }
}

/// A value in Python's words, cut if it is long.
pub(super) fn shown(value: &Value) -> String {
    cut(text::repr(value).unwrap_or_default(), SHOWN)
}

/// A text, cut if it has more than so many characters.
pub(super) fn cut(mut text: String, most: usize) -> String {
    if let Some((end, _)) = text.char_indices().nth(most) {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    //! What a rule's author is told.

    use serde_json::json;
    use squall_model::Timestamp;

    use super::*;
    use crate::facts::Keys;

    fn check(criteria: &Json, payload: &Json) -> Vec<Explained> {
        let keys = Keys::default();
        let facts = Facts {
            now: Timestamp::from_micros(1_800_000_000_000_000),
            keys: &keys,
            crypto: None,
            system_user: "stanley",
        };
        let criteria = Criteria::new(criteria.as_object().unwrap());
        criteria.explain(payload, &facts).unwrap()
    }

    #[test]
    fn all_are_told_and_who_decided() {
        let criteria = json!({
            "trigger.x": {"type": "startswith", "pattern": "{{ trigger.y }}"},
            "trigger.n": {"type": "gt", "pattern": 5},
            "trigger.x#2": {"type": "lt", "pattern": 5},
        });
        let told = check(&criteria, &json!({"x": "web01", "y": "web", "n": 1}));
        let of = |place: usize| &told[place];
        assert!(of(0).holds && of(0).is_asked);
        assert_eq!(of(0).pattern.as_deref(), Some("'web'"));
        assert_eq!(of(0).value.as_deref(), Some("'web01'"));
        assert!(!of(1).holds && of(1).is_asked && of(1).raised.is_empty());
        assert_eq!(of(1).asks, "gt 5");
        assert_eq!(of(1).pattern, None);
        assert!(!of(2).holds && !of(2).is_asked);
        assert_eq!(of(2).raised[0].class, "TypeError");
    }

    #[test]
    fn a_search_is_told_item_by_item() {
        let pattern =
            json!({"item.a": {"type": "eq", "pattern": 1}, "item.b": {"type": "eq", "pattern": 2}});
        let criteria =
            json!({"trigger.l": {"type": "search", "condition": "any", "pattern": pattern}});
        let told = check(
            &criteria,
            &json!({"l": [{"a": 1, "b": 1}, {"a": 1, "b": 2}]}),
        );
        let verdicts: Vec<Vec<bool>> = told[0]
            .items
            .iter()
            .map(|item| item.iter().map(|child| child.holds).collect())
            .collect();
        assert!(told[0].holds);
        assert_eq!(verdicts, [[true, false], [true, true]]);
    }

    #[test]
    fn nothing_is_asked_of_an_empty_payload() {
        let told = check(
            &json!({"trigger.x": {"type": "nexists", "pattern": true}}),
            &json!({}),
        );
        assert!(told[0].holds && !told[0].is_asked);
    }
}
