//! A sink's `match`: all of its attributes must fit. Patterns of texts need only fit at the start, as Python's
//! `re.match` has it; labels and annotations must be there as they are written.

use squall_expression::regex::{Flags, Pattern};
use squall_expression::value::budget::Budget;
use squall_model::finding::Finding;
use squall_model::{Json, Object};

use super::attributes;
use super::complaints::Complaints;

/// What asking one sink about one finding may cost.
pub(super) const STEPS: u64 = 1_000_000;

/// All attributes that are asked for, each with what it may be.
#[derive(Debug, Default)]
pub(super) struct Match(Vec<(String, Vec<Candidate>)>);

#[derive(Debug)]
enum Candidate {
    Pattern(Box<Pattern>),
    Pairs(Vec<(String, String)>),
}

impl Match {
    pub(super) fn read(written: Option<&Json>, complaints: &mut Complaints) -> Self {
        let empty = Object::new();
        let Some(attributes) = written.map_or(Some(&empty), Json::as_object) else {
            complaints.error("match", "is not a mapping".to_owned(), "attribute: pattern");
            return Self::default();
        };
        let mut read = Vec::new();
        for (attribute, wanted) in attributes {
            let candidates = match wanted {
                Json::Array(candidates) => candidates.as_slice(),
                one => std::slice::from_ref(one),
            };
            let one = |wanted| candidate(attribute, wanted, complaints);
            let candidates: Option<Vec<_>> = candidates.iter().map(one).collect();
            read.extend(candidates.map(|candidates| (attribute.clone(), candidates)));
        }
        Self(read)
    }

    /// The first attribute that does not fit.
    pub(super) fn first_miss(&self, finding: &Finding) -> Option<&str> {
        let missed = self.0.iter().find(|(attribute, candidates)| {
            !candidates.iter().any(|one| one.fits(finding, attribute))
        });
        missed.map(|(attribute, _)| attribute.as_str())
    }
}

impl Candidate {
    fn fits(&self, finding: &Finding, attribute: &str) -> bool {
        match self {
            Self::Pattern(pattern) => {
                let _budget = Budget::limit_to(STEPS);
                attributes::text(finding, attribute)
                    .is_some_and(|text| pattern.is_match_at_start(text).unwrap_or(false))
            }
            Self::Pairs(pairs) => attributes::map(finding, attribute).is_some_and(|map| {
                let has = |(name, value): &(String, String)| {
                    map.get(name).and_then(Json::as_str) == Some(value)
                };
                pairs.iter().all(has)
            }),
        }
    }
}

fn candidate(attribute: &str, wanted: &Json, complaints: &mut Complaints) -> Option<Candidate> {
    let key = format!("match.{attribute}");
    let Some(text) = wanted.as_str() else {
        complaints.error(
            &key,
            format!("`{wanted}` is no text"),
            "a text, or a list of texts",
        );
        return None;
    };
    if attributes::MAPS.contains(&attribute) {
        return Some(Candidate::Pairs(pairs(&key, text, complaints)));
    }
    if !attributes::TEXTS.contains(&attribute) {
        let known = attributes::TEXTS.join(", ");
        complaints.warning(
            &key,
            format!("findings have no `{attribute}`, so the sink takes none"),
            &format!("{known}, labels, annotations"),
        );
    }
    pattern(&key, text, complaints).map(|pattern| Candidate::Pattern(Box::new(pattern)))
}

/// A pattern, or what is wrong with it.
pub(super) fn pattern(key: &str, text: &str, complaints: &mut Complaints) -> Option<Pattern> {
    match Pattern::new(text, Flags::default()) {
        Ok(pattern) => Some(pattern),
        Err(fault) => {
            complaints.error(
                key,
                format!("`{text}` is no pattern: {fault}"),
                "a pattern of Python's `re`",
            );
            None
        }
    }
}

fn pairs(key: &str, text: &str, complaints: &mut Complaints) -> Vec<(String, String)> {
    let pair = |part: &str| {
        let (name, value) = part.split_once('=')?;
        (!value.contains('=')).then(|| (name.trim().to_owned(), value.trim().to_owned()))
    };
    let read: Option<Vec<_>> = text.split(',').map(pair).collect();
    read.unwrap_or_else(|| {
        let message = format!("`{text}` is not of the form `name=value`, so it asks for nothing");
        complaints.warning(key, message, "a=b,c=d");
        Vec::new()
    })
}
