//! A sink's `scope`: findings that it takes whatever its `match` says, and findings that it never takes. Patterns must
//! fit whole texts, as Python's `re.fullmatch` has it.

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;

use squall_expression::regex::Pattern;
use squall_expression::value::budget::Budget;
use squall_model::finding::Finding;
use squall_model::{Json, Object};

use super::complaints::Complaints;
use super::matching::{STEPS, pattern};
use super::{Needs, attributes};
use crate::scope::{LabelPattern, any, every};

/// What is in and what is out.
#[derive(Debug)]
pub(super) struct Scope {
    include: Option<Vec<Area>>,
    exclude: Option<Vec<Area>>,
}

/// What a scope says of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Judgement {
    /// It is out.
    Excluded,
    /// It is in.
    Included,
    /// There is an `include`, and it is not in it.
    NotIncluded,
    /// It is for `match` to say.
    Open,
}

/// Attributes that must all fit.
type Area = Vec<(String, Vec<Matcher>)>;

#[derive(Debug)]
enum Matcher {
    Text(Box<Pattern>),
    Labels(Vec<LabelPattern<Pattern>>),
}

const NAMESPACE_LABELS: &str = "namespace_labels";

impl Scope {
    pub(super) fn read(written: &Json, complaints: &mut Complaints) -> Option<Self> {
        let mut side = |key: &str| match written.get(key) {
            None | Some(Json::Null) => None,
            Some(areas) => Some(read_areas(&format!("scope.{key}"), areas, complaints)),
        };
        let (include, exclude) = (side("include"), side("exclude"));
        if include.is_none() && exclude.is_none() {
            complaints.error(
                "scope",
                "has neither `include` nor `exclude`".to_owned(),
                "",
            );
            return None;
        }
        Some(Self { include, exclude })
    }

    /// What it says of a finding.
    pub(super) fn judge(
        &self,
        finding: &Finding,
        namespaces: &BTreeMap<String, Object>,
    ) -> Result<Judgement, Needs> {
        let asked = Asked {
            finding,
            namespaces,
        };
        if let Some(areas) = &self.exclude
            && asked.is_in_any(areas)?
        {
            return Ok(Judgement::Excluded);
        }
        Ok(match &self.include {
            None => Judgement::Open,
            Some(areas) if asked.is_in_any(areas)? => Judgement::Included,
            Some(_) => Judgement::NotIncluded,
        })
    }
}

/// A finding, and what is known besides.
#[derive(Clone, Copy)]
struct Asked<'a> {
    finding: &'a Finding,
    namespaces: &'a BTreeMap<String, Object>,
}

impl Asked<'_> {
    fn is_in_any(self, areas: &[Area]) -> Result<bool, Needs> {
        any(areas, |area| every(area, |asked| self.fits(asked)))
    }

    fn fits(self, (attribute, matchers): &(String, Vec<Matcher>)) -> Result<bool, Needs> {
        let _budget = Budget::limit_to(STEPS);
        if let Some(text) = attributes::text(self.finding, attribute) {
            return Ok(matchers.iter().any(|matcher| matcher.fits_text(text)));
        }
        let labels = self.labels(attribute)?;
        Ok(labels.is_some_and(|labels| matchers.iter().any(|one| one.fits_labels(labels))))
    }

    fn labels(&self, attribute: &str) -> Result<Option<&Object>, Needs> {
        if attribute != NAMESPACE_LABELS {
            return Ok(attributes::map(self.finding, attribute));
        }
        let Some(namespace) = &self.finding.subject.namespace else {
            return Ok(None);
        };
        match self.namespaces.get(namespace) {
            Some(labels) => Ok(Some(labels)),
            None => Err(Needs(BTreeSet::from([namespace.clone()]))),
        }
    }
}

impl Matcher {
    fn fits_text(&self, text: &str) -> bool {
        match self {
            Self::Text(pattern) => pattern.is_full_match(text).unwrap_or(false),
            Self::Labels(_) => false,
        }
    }

    fn fits_labels(&self, labels: &Object) -> bool {
        match self {
            Self::Text(_) => false,
            Self::Labels(wanted) => {
                // A pattern that takes too long fits nothing.
                let fits = |pattern: &Pattern, value: &str| {
                    Ok::<_, Infallible>(pattern.is_full_match(value).unwrap_or(false))
                };
                every(wanted, |label| label.holds(labels, fits)) == Ok(true)
            }
        }
    }
}

fn read_areas(key: &str, written: &Json, complaints: &mut Complaints) -> Vec<Area> {
    let areas = written.as_array().filter(|areas| !areas.is_empty());
    let Some(areas) = areas else {
        complaints.error(
            key,
            "asks for nothing".to_owned(),
            "a list of attributes with patterns",
        );
        return Vec::new();
    };
    areas
        .iter()
        .map(|area| read_area(key, area, complaints))
        .collect()
}

fn read_area(key: &str, written: &Json, complaints: &mut Complaints) -> Area {
    let Some(attributes) = written.as_object() else {
        complaints.error(
            key,
            format!("`{written}` is not a mapping"),
            "attribute: pattern",
        );
        return Vec::new();
    };
    let mut area = Vec::new();
    for (attribute, patterns) in attributes {
        let patterns = match patterns {
            Json::Array(patterns) => patterns.as_slice(),
            one => std::slice::from_ref(one),
        };
        let key = format!("{key}.{attribute}");
        let read = |one| read_matcher(&key, attribute, one, complaints);
        area.push((
            attribute.clone(),
            patterns.iter().filter_map(read).collect(),
        ));
    }
    area
}

fn read_matcher(
    key: &str,
    attribute: &str,
    written: &Json,
    complaints: &mut Complaints,
) -> Option<Matcher> {
    let Some(text) = written.as_str() else {
        complaints.error(
            key,
            format!("`{written}` is no text"),
            "a pattern, or a list of patterns",
        );
        return None;
    };
    if attributes::TEXTS.contains(&attribute) {
        return pattern(key, text, complaints).map(|pattern| Matcher::Text(Box::new(pattern)));
    }
    if !attributes::MAPS.contains(&attribute) && attribute != NAMESPACE_LABELS {
        let known = attributes::TEXTS.join(", ");
        complaints.warning(
            key,
            format!("findings have no `{attribute}`, so none is in here"),
            &format!("{known}, labels, annotations, {NAMESPACE_LABELS}"),
        );
        return None;
    }
    let labels = text
        .split(',')
        .map(|part| read_label(key, part, complaints));
    labels.collect::<Option<Vec<_>>>().map(Matcher::Labels)
}

fn read_label(
    key: &str,
    written: &str,
    complaints: &mut Complaints,
) -> Option<LabelPattern<Pattern>> {
    let read = LabelPattern::read(written, |wanted| pattern(key, wanted, complaints).ok_or(()));
    if read.is_none() {
        complaints.error(
            key,
            format!("`{written}` is not of the form `name=pattern`"),
            "a=b.*,c!=d",
        );
    }
    read?.ok()
}
