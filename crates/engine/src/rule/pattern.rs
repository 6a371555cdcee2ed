//! Patterns of criteria: written out, or a template over the event.

use std::sync::OnceLock;

use squall_expression::jinja::Template;
use squall_expression::regex::{self, Flags};
use squall_expression::value::{Error, Value, json};
use squall_model::Json;

use super::criteria::Subject;
use crate::expressions;

/// A criterion's pattern.
#[derive(Debug)]
pub(super) enum Pattern {
    /// Written out: any JSON but a template.
    Literal(Json),
    /// Text with Jinja in it.
    Template {
        /// As written.
        source: String,
        /// With `| to_complex` spliced in, so that a value keeps its type; only if there is a `{{ }}` on one line.
        typed: Option<Result<Template, Error>>,
        /// As written.
        plain: Result<Template, Error>,
    },
}

impl Pattern {
    /// No pattern.
    pub(super) const NONE: Self = Self::Literal(Json::Null);

    pub(super) fn new(written: &Json) -> Self {
        match written {
            Json::String(source) if expressions::is_changed_by_jinja(source) => Self::Template {
                source: source.clone(),
                typed: typed(source).map(|typed| expressions::template(&typed)),
                plain: expressions::template(source),
            },
            other => Self::Literal(other.clone()),
        }
    }

    /// The text of a pattern that is written out.
    pub(super) fn literal_text(&self) -> Option<&str> {
        match self {
            Self::Literal(literal) => literal.as_str(),
            Self::Template { .. } => None,
        }
    }

    /// Whether it is text, which is rendered for each event whatever stands in it.
    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Literal(Json::String(_)) | Self::Template { .. })
    }

    /// Whether each event gives it another form.
    pub(super) fn is_template(&self) -> bool {
        matches!(self, Self::Template { .. })
    }

    /// As written, for messages.
    pub(super) fn source(&self) -> String {
        match self {
            Self::Literal(literal) => literal.to_string(),
            Self::Template { source, .. } => source.clone(),
        }
    }

    /// The pattern for one event. A template whose typed form gives no JSON is rendered again as text.
    pub(super) fn render(&self, subject: &Subject<'_>) -> Result<Value, Error> {
        let (typed, plain) = match self {
            Self::Literal(literal) => return Ok(json::from_json(literal)),
            Self::Template { typed, plain, .. } => (typed, plain),
        };
        if let Some(typed) = typed {
            let rendered = expressions::render_pattern(typed, subject);
            match rendered.and_then(|rendered| json::loads(&rendered, json::Reader::Orjson)) {
                // Only what is no JSON falls back; whatever else goes wrong is the pattern's fault.
                Err(Error::Raised {
                    class: "ValueError" | "JSONDecodeError",
                    ..
                }) => {}
                other => return other,
            }
        }
        expressions::render_pattern(plain, subject).map(Value::text)
    }
}

/// The template with `| to_complex` before the closing braces; `None` if it has no `{{ }}`.
///
/// The pattern is greedy on purpose: with two expressions on a line only the last gets the filter, as in the original.
fn typed(source: &str) -> Option<String> {
    static BRACES: OnceLock<Option<regex::Pattern>> = OnceLock::new();
    let braces = BRACES
        .get_or_init(|| regex::Pattern::new(r"({{)\s*(.*)\s*(}})", Flags::default()).ok())
        .as_ref()?;
    braces.is_match(source).ok().filter(|found| *found)?;
    braces.sub(r"\1\2 | to_complex\3", source, 0).ok()
}
