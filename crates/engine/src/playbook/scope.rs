//! Scopes: `{include: [...], exclude: [...]}`, each a list of mappings from an attribute to patterns. A mapping matches
//! where each of its attributes does, an attribute where one of its patterns does.

use squall_expression::regex::{self, Flags};
use squall_model::{Json, Object};

use super::attribute::Comparisons;
use super::explain::Why;
use super::selector::member;

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
type LabelPatterns = Result<Vec<LabelPattern>, String>;

/// One pattern for the value of a label, which must be there.
#[derive(Debug)]
struct LabelPattern {
    label: String,
    pattern: Pattern,
    is_wanted: bool,
}

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
        if any(&self.exclude, attributes)? {
            return Err(Why::Excluded);
        }
        if self.include.is_empty() || any(&self.include, attributes)? {
            return Ok(());
        }
        Err(Why::NotIncluded)
    }
}

fn any(mappings: &[Mapping], attributes: &Attributes<'_>) -> Result<bool, Why> {
    for mapping in mappings {
        if mapping.matches(attributes)? {
            return Ok(true);
        }
    }
    Ok(false)
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
        for matcher in &self.0 {
            if !matcher.matches(attributes)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Matcher {
    fn matches(&self, attributes: &Attributes<'_>) -> Result<bool, Why> {
        let text = |patterns: &[Pattern], text: Option<&str>| match text {
            Some(text) => first(patterns, |pattern| pattern.matches(text)),
            None => Ok(false),
        };
        let labels = |patterns: &[LabelPatterns], labels: Option<&Object>| match labels {
            Some(labels) => first(patterns, |patterns| match patterns {
                Ok(patterns) => all_match(patterns, labels),
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

/// Whether one of several matches; a fault where one is met before.
fn first<T>(all: &[T], matches: impl Fn(&T) -> Result<bool, Why>) -> Result<bool, Why> {
    for one in all {
        if matches(one)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn all_match(patterns: &[LabelPattern], labels: &Object) -> Result<bool, Why> {
    for wanted in patterns {
        let Some(value) = member(labels, &wanted.label).and_then(Json::as_str) else {
            return Ok(false);
        };
        if wanted.pattern.matches(value.trim())? != wanted.is_wanted {
            return Ok(false);
        }
    }
    Ok(true)
}

impl LabelPattern {
    fn new(written: &str, faults: &mut Vec<String>) -> Result<Self, String> {
        let Some((label, pattern)) = written.split_once('=') else {
            let fault = format!("`{written}` is no `label=pattern`");
            faults.push(fault.clone());
            return Err(fault);
        };
        let label = label.trim();
        let unwanted = label.strip_suffix('!');
        Ok(Self {
            label: unwanted.map_or(label, str::trim_end).to_owned(),
            pattern: Pattern::new(pattern.trim(), faults),
            is_wanted: unwanted.is_none(),
        })
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
        parts.map(|part| LabelPattern::new(part, faults)).collect()
    };
    texts.iter().map(all).collect()
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
