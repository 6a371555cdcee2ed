//! What values of one kind have in common: long ones are compressed against it.
//!
//! Events of one trigger are alike, and so are executions of one action. What the first two of a kind share (names,
//! structure, and values that are equal in both) becomes the kind's template; those that follow take a fraction of the
//! space. Rows name the template they need, so a better one can be learned at any time.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use squall_model::{Json, Object};

/// Kinds that are remembered; others are compressed by themselves.
const KINDS: usize = 2_000;

/// Longest template. LZ4 looks back over 64 kB, but each value pays for looking through all of it.
const LONGEST: usize = 4 * 1024;

/// After so many values in a row that it did not help, a template is learned anew.
const PATIENCE: u32 = 64;

/// A text that others are compressed against.
#[derive(Debug)]
pub(super) struct Template {
    /// Names it in rows.
    pub(super) number: u32,
    /// What it says.
    pub(super) text: Vec<u8>,
    failures: AtomicU32,
}

impl Template {
    /// As it is recorded.
    pub(super) fn new(number: u32, text: Vec<u8>) -> Self {
        Self {
            number,
            text,
            failures: AtomicU32::new(0),
        }
    }
}

/// The templates of a store.
#[derive(Debug, Default)]
pub(super) struct Templates {
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    kinds: HashMap<String, State>,
    last: u32,
}

#[derive(Debug)]
enum State {
    /// One value was seen.
    Seen(Json),
    /// A template is being recorded.
    Learning,
    Learned(Arc<Template>),
}

/// What to do with a value.
#[derive(Debug)]
pub(super) enum Advice {
    /// Compress it by itself.
    Alone,
    /// Compress it by itself, and record this template for those that follow.
    Learn(Lesson),
    /// Compress it against this.
    Like(Arc<Template>),
}

/// A template that holds once it is recorded; dropped before, it is forgotten.
#[derive(Debug)]
pub(super) struct Lesson {
    templates: Arc<Templates>,
    /// What it is for.
    pub(super) kind: String,
    /// The template.
    pub(super) template: Arc<Template>,
}

impl Templates {
    /// With what is recorded, oldest first.
    pub(super) fn new(recorded: impl IntoIterator<Item = (String, Template)>) -> Self {
        let templates = Self::default();
        let mut known = templates.known();
        for (kind, template) in recorded {
            known.last = template.number;
            known.kinds.insert(kind, State::Learned(Arc::new(template)));
        }
        drop(known);
        templates
    }

    /// What to do with a value of a kind.
    pub(super) fn advise(self: &Arc<Self>, kind: &str, value: impl FnOnce() -> Json) -> Advice {
        let mut known = self.known();
        let common = match known.kinds.get_mut(kind) {
            None => {
                if known.kinds.len() < KINDS {
                    known.kinds.insert(kind.to_owned(), State::Seen(value()));
                }
                return Advice::Alone;
            }
            Some(State::Learned(template)) => return Advice::Like(Arc::clone(template)),
            Some(State::Learning) => return Advice::Alone,
            Some(state) => match std::mem::replace(state, State::Learning) {
                State::Seen(first) => common(&first, &value()),
                State::Learning | State::Learned(_) => return Advice::Alone,
            },
        };
        let mut text = serde_json::to_vec(&common).unwrap_or_default();
        text.truncate(LONGEST);
        known.last = known.last.saturating_add(1);
        Advice::Learn(Lesson {
            template: Arc::new(Template::new(known.last, text)),
            templates: Arc::clone(self),
            kind: kind.to_owned(),
        })
    }

    /// Takes note of how well a template has served.
    pub(super) fn served(&self, kind: &str, template: &Template, well: bool) {
        if well {
            template.failures.store(0, Ordering::Relaxed);
        } else if template.failures.fetch_add(1, Ordering::Relaxed) > PATIENCE {
            self.known().kinds.remove(kind);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Lesson {
    /// The template is recorded.
    pub(super) fn recorded(&self) {
        let learned = State::Learned(Arc::clone(&self.template));
        let mut known = self.templates.known();
        known.kinds.insert(self.kind.clone(), learned);
    }
}

impl Drop for Lesson {
    fn drop(&mut self) {
        let mut known = self.templates.known();
        if matches!(known.kinds.get(&self.kind), Some(State::Learning)) {
            known.kinds.remove(&self.kind);
        }
    }
}

/// What two values share: structure, names, and what is equal.
fn common(first: &Json, second: &Json) -> Json {
    match (first, second) {
        (Json::Object(first), Json::Object(second)) => {
            let shared = first.iter().filter_map(|(name, value)| {
                let other = second.get(name)?;
                Some((name.clone(), common(value, other)))
            });
            Json::Object(shared.collect::<Object>())
        }
        (Json::Array(first), Json::Array(second)) => {
            let pairs = first.iter().zip(second);
            Json::Array(pairs.map(|(first, second)| common(first, second)).collect())
        }
        (first, second) if first == second => first.clone(),
        (Json::String(_), Json::String(_)) => Json::from(""),
        _ => Json::from(0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn two_values_share_what_is_equal() {
        let first =
            json!({"name": "a", "n": 1, "host": "h", "list": [{"x": 1, "y": 2}, 3], "only": 1});
        let second = json!({"host": "h", "name": "b", "n": 2, "list": [{"x": 1, "y": 5}]});
        let expected = json!({"name": "", "n": 0, "host": "h", "list": [{"x": 1, "y": 0}]});
        assert_eq!(common(&first, &second), expected);
    }

    #[test]
    fn the_second_value_teaches_and_the_next_ones_use_it() {
        let templates = Arc::new(Templates::default());
        let advise = || templates.advise("kind", || json!({"a": 1}));
        assert!(matches!(advise(), Advice::Alone));
        let Advice::Learn(lesson) = advise() else {
            panic!("nothing was learned");
        };
        assert!(matches!(advise(), Advice::Alone));
        lesson.recorded();
        drop(lesson);
        let Advice::Like(template) = advise() else {
            panic!("the template was forgotten");
        };
        assert_eq!(
            (template.number, template.text.as_slice()),
            (1, &b"{\"a\":1}"[..])
        );
    }

    #[test]
    fn a_lesson_that_is_not_recorded_is_forgotten() {
        let templates = Arc::new(Templates::default());
        let advise = || templates.advise("kind", || json!(1));
        assert!(matches!(advise(), Advice::Alone));
        assert!(matches!(advise(), Advice::Learn(_)));
        assert!(matches!(advise(), Advice::Alone));
        assert!(matches!(advise(), Advice::Learn(_)));
    }

    #[test]
    fn a_template_that_does_not_help_is_given_up() {
        let template = Template::new(7, Vec::new());
        let templates = Arc::new(Templates::new([("kind".to_owned(), template)]));
        for _ in 0..=PATIENCE {
            let Advice::Like(template) = templates.advise("kind", || json!(1)) else {
                panic!("given up too early");
            };
            templates.served("kind", &template, false);
        }
        let Advice::Like(template) = templates.advise("kind", || json!(1)) else {
            panic!("given up too early");
        };
        templates.served("kind", &template, false);
        assert!(matches!(
            templates.advise("kind", || json!(1)),
            Advice::Alone
        ));
        let Advice::Learn(lesson) = templates.advise("kind", || json!(1)) else {
            panic!("nothing was learned");
        };
        assert_eq!(lesson.template.number, 8);
    }
}
