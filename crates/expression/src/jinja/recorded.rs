//! What the original StackStorm did with templates, replayed.

use std::rc::Rc;

use serde_json::{Value as Json, json};
use squall_model::key::Scope as Owner;

use super::lookup::{self, Keys};
use super::{Failure, Scope, SyntaxError, SyntaxErrorClass, Template, Undefined};
use crate::keyczar;
use crate::value::recorded::{cases, untagged};
use crate::value::{Dict, Error, Value};

/// The user whose keys a template sees.
const USER: &str = "stanley";

/// Replays all cases and lists those that differ; `different` are those that are meant to, with the reason.
fn check(file: &str, different: &[(&str, &str)], answer: impl Fn(&Json) -> Json) {
    let cases = cases(file);
    let mut faults = Vec::new();
    for case in &cases {
        let mut found = answer(case);
        if found["error"] == "SyntaxError" {
            // Python adds a place in the code that Jinja generates.
            let expected = case["expected"]["message"].as_str().unwrap_or_default();
            let place = expected
                .find(" (<template>, line")
                .and_then(|at| expected.get(at..));
            let message = found["message"].as_str().unwrap_or_default();
            found["message"] = format!("{message}{}", place.unwrap_or_default()).into();
        }
        let is_excused = different.iter().any(|(id, _)| *id == case["id"]);
        if (found == case["expected"]) == is_excused {
            faults.push(format!(
                "{} {}\n  expected {}\n  found    {found}",
                case["id"], case["template"], case["expected"]
            ));
        }
    }
    let count = faults.len();
    assert!(
        faults.is_empty(),
        "{count} of {} cases differ:\n{}",
        cases.len(),
        faults.join("\n")
    );
}

/// A syntax error as it is recorded.
fn syntax_error(error: &SyntaxError) -> Json {
    json!({ "error": error.class.to_string(), "message": error.message })
}

/// What using the datastore's values of a case gives a template.
fn keys(case: &Json) -> Rc<Keys> {
    let mut keys = Keys::new();
    for (scope, owner) in [("system", Owner::System), ("user", Owner::User)] {
        for (name, value) in case["keys"][scope].as_object().into_iter().flatten() {
            keys.know(owner, name, value.as_str().map(str::to_owned));
        }
    }
    Rc::new(keys)
}

/// The variables of a case.
fn variables(case: &Json, keys: &Rc<Keys>) -> Dict {
    let mut variables = match untagged(&case["context"]) {
        Value::Dict(dict) => dict.borrow().clone(),
        _ => Dict::new(),
    };
    if case.get("keys").is_some() {
        let mut lookups = Dict::new();
        lookups.set_text("system", lookup::system(keys));
        lookups.set_text("user", lookup::user(keys, USER));
        variables.set_text("st2kv", Value::dict(lookups));
    }
    variables
}

/// Renders a case; each key that is asked for and not known does not exist.
fn render(case: &Json, template: &Template) -> Result<String, Failure> {
    let mut keys = keys(case);
    loop {
        let mut scope = Scope::new(variables(case, &keys));
        scope.crypto_key = case["crypto_key"]
            .as_str()
            .and_then(|key| keyczar::Key::parse(key).ok())
            .map(Rc::new);
        if case["allow_undefined"] == true {
            scope.undefined = Undefined::Plain;
        }
        match template.render(&scope) {
            Err(Failure {
                error: Error::NeedsKey { scope, name },
                ..
            }) => {
                Rc::make_mut(&mut keys).know(scope, name, None);
            }
            other => return other,
        }
    }
}

fn rendered(case: &Json) -> Json {
    let template = match Template::parse(case["template"].as_str().unwrap()) {
        Ok(template) => template,
        Err(error) => return syntax_error(&error),
    };
    match render(case, &template) {
        Ok(text) => json!({ "value": text }),
        Err(Failure {
            error: Error::Raised { class, message },
            ..
        }) => json!({ "error": class, "message": message }),
        Err(failure) => json!({ "error": failure.error.to_string() }),
    }
}

#[test]
fn templates_render_as_in_the_original() {
    let different = [
        ("operators-09", "complex numbers are refused"),
        (
            "filters-a-to-l-27",
            "the original trips over a constant infinity",
        ),
        (
            "scopes-25",
            "the original shows a mark of its own for a loop's variable after the loop",
        ),
    ];
    check("jinja.jsonl", &different, rendered);
}

#[test]
fn filters_do_what_they_did_in_the_original() {
    let different = [
        ("from_yaml_string-03", "YAML errors have our words"),
        ("from_yaml_string-04", "YAML errors have our words"),
        ("from_yaml_string-11", "YAML errors have our words"),
        (
            "decrypt_kv-26",
            "the server reads the key file, not the template",
        ),
        (
            "decrypt_kv-27",
            "the server reads the key file, not the template",
        ),
    ];
    check("filters.jsonl", &different, rendered);
}

#[test]
fn names_asked_for_are_those_that_the_original_asked_for() {
    check("undeclared.jsonl", &[], |case| {
        match Template::parse(case["template"].as_str().unwrap()) {
            Ok(template) => template.undeclared().iter().map(String::as_str).collect(),
            Err(mut error) => {
                if error.class == SyntaxErrorClass::TemplateAssertionError {
                    // Jinja's introspection adds a place that it makes up.
                    error
                        .message
                        .push_str("\n  File \"<introspection>\", line 1");
                }
                syntax_error(&error)
            }
        }
    });
}
