//! Scopes: `{include: [...], exclude: [...]}`, each a list of mappings from an attribute to patterns. A mapping matches
//! where each of its attributes does, an attribute where one of its patterns does.

use squall_expression::regex::{self, Flags};
use squall_model::{Json, Object};

use super::attribute::Comparisons;
use super::explain::Why;
use crate::scope::{LabelPattern, any, every};

/// A scope made ready.
#[derive(Debug)]
pub(super) struct Scope {
    include: Vec<Mapping>,
    exclude: Vec<Mapping>,
}

/// What a scope looks at.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Attributes<'a> {
    pub(super) name: Option<&'a str>,
    pub(super) namespace: Option<&'a str>,
    pub(super) labels: Option<&'a Object>,
    pub(super) annotations: Option<&'a Object>,
    /// The whole object, where it has attributes to compare.
    pub(super) object: Option<&'a Json>,
}

/// A matcher for each of several attributes.
#[derive(Debug)]
struct Mapping(Vec<Matcher>);

/// The patterns of one attribute.
#[derive(Debug)]
enum Matcher {
    Name(Vec<Pattern>),
    Namespace(Vec<Pattern>),
    Labels(Vec<LabelPatterns>),
    Annotations(Vec<LabelPatterns>),
    Object(Vec<Result<Comparisons, String>>),
    /// An attribute that no object here has.
    Unknown,
}

/// `k=regex,k2!=regex`: all must hold.
type LabelPatterns = Result<Vec<LabelPattern<Pattern>>, String>;

/// A regular expression for a whole text.
#[derive(Debug)]
enum Pattern {
    /// Without any special letter.
    Literal(String),
    /// A literal and `.*`.
    Beginning(String),
    Regex(Box<regex::Pattern>),
    /// It is no regular expression: what is wrong with it.
    Faulty(String),
}

impl Scope {
    /// Makes a scope ready. Patterns that are wrong are told to `faults` and are faults again when they are asked.
    pub(super) fn new(written: &Object, faults: &mut Vec<String>) -> Self {
        let list = |name: &str, faults: &mut Vec<String>| {
            let mappings = written.get(name).and_then(Json::as_array);
            let mappings = mappings.into_iter().flatten().filter_map(Json::as_object);
            mappings
                .map(|mapping| Mapping::new(mapping, faults))
                .collect()
        };
        Self {
            include: list("include", faults),
            exclude: list("exclude", faults),
        }
    }

    /// Whether it lets an object through.
    pub(super) fn check(&self, attributes: &Attributes<'_>) -> Result<(), Why> {
        let matches = |mapping: &Mapping| mapping.matches(attributes);
        if any(&self.exclude, matches)? {
            return Err(Why::Excluded);
        }
        if self.include.is_empty() || any(&self.include, matches)? {
            return Ok(());
        }
        Err(Why::NotIncluded)
    }
}

impl Mapping {
    fn new(written: &Object, faults: &mut Vec<String>) -> Self {
        let matcher = |(name, patterns): (&String, &Json)| {
            let texts = texts(patterns);
            match name.as_str() {
                "name" => Matcher::Name(all(&texts, faults)),
                "namespace" => Matcher::Namespace(all(&texts, faults)),
                "labels" => Matcher::Labels(label_patterns(&texts, faults)),
                "annotations" => Matcher::Annotations(label_patterns(&texts, faults)),
                "attributes" => Matcher::Object(comparisons(&texts, faults)),
                other => {
                    faults.push(format!(
                        "a scope of a trigger has no attribute `{other}`: it matches nothing"
                    ));
                    Matcher::Unknown
                }
            }
        };
        Self(written.iter().map(matcher).collect())
    }

    fn matches(&self, attributes: &Attributes<'_>) -> Result<bool, Why> {
        every(&self.0, |matcher| matcher.matches(attributes))
    }
}

impl Matcher {
    fn matches(&self, attributes: &Attributes<'_>) -> Result<bool, Why> {
        let text = |patterns: &[Pattern], text: Option<&str>| match text {
            Some(text) => any(patterns, |pattern| pattern.matches(text)),
            None => Ok(false),
        };
        let labels = |patterns: &[LabelPatterns], labels: Option<&Object>| match labels {
            Some(labels) => any(patterns, |patterns| match patterns {
                Ok(patterns) => every(patterns, |one| one.holds(labels, Pattern::matches)),
                Err(fault) => Err(Why::fault(fault)),
            }),
            None => Ok(false),
        };
        match self {
            Self::Name(patterns) => text(patterns, attributes.name),
            Self::Namespace(patterns) => text(patterns, attributes.namespace),
            Self::Labels(patterns) => labels(patterns, attributes.labels),
            Self::Annotations(patterns) => labels(patterns, attributes.annotations),
            // What is no comparison never holds.
            Self::Object(comparisons) => Ok(attributes.object.is_some_and(|object| {
                let held =
                    |one: &Result<Comparisons, _>| one.as_ref().is_ok_and(|one| one.hold(object));
                comparisons.iter().any(held)
            })),
            Self::Unknown => Ok(false),
        }
    }
}

impl Pattern {
    fn new(written: &str, faults: &mut Vec<String>) -> Self {
        let is_plain = |text: &str| !text.contains(SPECIAL);
        if is_plain(written) {
            return Self::Literal(written.to_owned());
        }
        if let Some(beginning) = written.strip_suffix(".*").filter(|text| is_plain(text)) {
            return Self::Beginning(beginning.to_owned());
        }
        match regex::Pattern::new(written, Flags::default()) {
            Ok(pattern) => Self::Regex(Box::new(pattern)),
            Err(fault) => {
                let fault = format!("`{written}` is no regular expression: {fault}");
                faults.push(fault.clone());
                Self::Faulty(fault)
            }
        }
    }

    fn matches(&self, text: &str) -> Result<bool, Why> {
        match self {
            Self::Literal(literal) => Ok(text == literal),
            // A dot is no end of a line.
            Self::Beginning(beginning) => Ok(text
                .strip_prefix(beginning.as_str())
                .is_some_and(|rest| !rest.contains('\n'))),
            Self::Regex(pattern) => pattern
                .is_full_match(text)
                .map_err(|fault| Why::fault(&fault.to_string())),
            Self::Faulty(fault) => Err(Why::fault(fault)),
        }
    }
}

/// Letters that mean something in a regular expression.
const SPECIAL: [char; 14] = [
    '.', '*', '+', '?', '(', ')', '[', ']', '{', '}', '|', '^', '$', '\\',
];

fn all(texts: &[String], faults: &mut Vec<String>) -> Vec<Pattern> {
    texts
        .iter()
        .map(|text| Pattern::new(text, faults))
        .collect()
}

fn label_patterns(texts: &[String], faults: &mut Vec<String>) -> Vec<LabelPatterns> {
    let all = |text: &String| {
        let parts = text.split(',');
        parts.map(|part| label_pattern(part, faults)).collect()
    };
    texts.iter().map(all).collect()
}

fn label_pattern(written: &str, faults: &mut Vec<String>) -> Result<LabelPattern<Pattern>, String> {
    let read = LabelPattern::read(written, |pattern| Ok(Pattern::new(pattern, faults)));
    read.unwrap_or_else(|| {
        let fault = format!("`{written}` is no `label=pattern`");
        faults.push(fault.clone());
        Err(fault)
    })
}

fn comparisons(texts: &[String], faults: &mut Vec<String>) -> Vec<Result<Comparisons, String>> {
    let one = |text: &String| {
        Comparisons::parse(text).ok_or_else(|| {
            let fault = format!("`{text}` has no `=`: it never holds");
            faults.push(fault.clone());
            fault
        })
    };
    texts.iter().map(one).collect()
}

/// One text or several; numbers and flags as Python writes them.
fn texts(written: &Json) -> Vec<String> {
    match written {
        Json::Array(items) => items
            .iter()
            .filter_map(super::parameters::as_text)
            .collect(),
        other => super::parameters::as_text(other).into_iter().collect(),
    }
}
