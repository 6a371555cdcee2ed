//! The seam to the expression languages: what the engine hands to Jinja, and how it reads what comes back.

use std::rc::Rc;

use squall_expression::jinja::{Failure, Scope, SyntaxErrorClass, Template, lookup};
use squall_expression::keyczar;
use squall_expression::value::{Dict, Error, Value};
use squall_model::{Json, Object};

use crate::facts::{Facts, for_lookup};
use crate::rule::Subject;

/// What every template may look up: the datastore, for one user.
pub(crate) struct Lookups<'a> {
    keys: Rc<lookup::Keys>,
    user: String,
    crypto: Option<&'a keyczar::Key>,
    seed: u64,
}

impl<'a> Lookups<'a> {
    /// For the user of an execution's context: the one who called the API if the context says so, else the one it runs
    /// for. Where the context names nobody it is the system's user.
    pub(crate) fn of(action_context: &Object, facts: &Facts<'a>) -> Self {
        let named = action_context
            .get("api_user")
            .or_else(|| action_context.get("user"));
        let user = named.and_then(Json::as_str).filter(|user| !user.is_empty());
        Self::of_user(user.unwrap_or(facts.system_user), facts)
    }

    /// For a user.
    pub(crate) fn of_user(user: &str, facts: &Facts<'a>) -> Self {
        Self {
            keys: Rc::new(facts.keys.for_jinja()),
            user: user.to_owned(),
            crypto: facts.crypto,
            // `random` differs from decision to decision, and the same decision comes out the same.
            seed: facts.now.micros().unsigned_abs(),
        }
    }

    /// `st2kv`: `system` and `user`.
    pub(crate) fn st2kv(&self) -> Value {
        let mut scopes = Dict::new();
        scopes.set_text("system", self.system());
        scopes.set_text("user", lookup::user(&self.keys, &for_lookup(&self.user)));
        Value::dict(scopes)
    }

    /// The system's keys.
    pub(crate) fn system(&self) -> Value {
        lookup::system(&self.keys)
    }

    fn scope(&self, variables: Dict) -> Scope {
        let mut scope = Scope::new(variables);
        scope.crypto_key = self.crypto.cloned().map(Rc::new);
        scope.seed = self.seed;
        scope
    }
}

/// Whether a text may hold an expression or a statement: the cheap question StackStorm asks first.
pub(crate) fn has_jinja(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Whether rendering a text could give another text: Jinja also takes comments out and mends line ends.
pub(crate) fn is_changed_by_jinja(text: &str) -> bool {
    has_jinja(text) || text.contains("{#") || text.contains('\r') || text.ends_with('\n')
}

/// Compiles a template.
pub(crate) fn template(source: &str) -> Result<Template, Error> {
    Template::parse(source).map_err(|error| {
        let class = match error.class {
            SyntaxErrorClass::TemplateAssertionError => "TemplateAssertionError",
            _ => "TemplateSyntaxError",
        };
        Error::raised(class, error.message)
    })
}

/// Renders a text with the variables that are known.
pub(crate) fn render(source: &str, known: &Dict, lookups: &Lookups<'_>) -> Result<String, Error> {
    template(source)?
        .render(&lookups.scope(known.clone()))
        .map_err(raised)
}

/// Renders a criterion's pattern: it sees the event (or the item) and the system's keys, and no user's.
pub(crate) fn render_pattern(
    template: &Result<Template, Error>,
    subject: &Subject<'_>,
) -> Result<String, Error> {
    let template = template.as_ref().map_err(Error::clone)?;
    let variables = match &subject.variables {
        Value::Dict(variables) => variables.borrow().clone(),
        _ => Dict::new(),
    };
    let scope = subject.lookups.scope(variables);
    template.render(&scope).map_err(raised)
}

fn raised(failure: Failure) -> Error {
    failure.error
}

/// JSON text in which a value that is nothing but one bare name, `"{{name}}"`, keeps the type of what it names.
pub(crate) fn keep_bare_names(json: &str) -> String {
    let mut kept = String::with_capacity(json.len());
    let mut rest = json;
    while let Some((before, after)) = rest.split_once("\"{{") {
        kept.push_str(before);
        match after
            .split_once("}}\"")
            .filter(|(name, _)| is_bare_name(name))
        {
            Some((name, behind)) => {
                kept.push_str("{{");
                kept.push_str(name);
                kept.push_str(" | to_complex}}");
                rest = behind;
            }
            None => {
                kept.push_str("\"{{");
                rest = after;
            }
        }
    }
    kept.push_str(rest);
    kept
}

/// What `[A-z0-9_-]+` matches: the original's range takes in the signs between `Z` and `a`.
fn is_bare_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| (b'A'..=b'z').contains(&byte) || byte.is_ascii_digit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    //! Which texts keep the type of what they name.

    use super::*;

    #[test]
    fn only_a_bare_name_keeps_its_type() {
        for (json, kept) in [
            (r#"{"a":"{{x}}"}"#, r#"{"a":{{x | to_complex}}}"#),
            (
                r#"["{{x}}","{{ y }}"]"#,
                r#"[{{x | to_complex}},"{{ y }}"]"#,
            ),
            (
                r#"["{{x.y}}","a{{z}}","{{z}}b"]"#,
                r#"["{{x.y}}","a{{z}}","{{z}}b"]"#,
            ),
            (r#"["{{}}","{{x-1}}"]"#, r#"["{{}}",{{x-1 | to_complex}}]"#),
        ] {
            assert_eq!(keep_bare_names(json), kept);
        }
    }
}
