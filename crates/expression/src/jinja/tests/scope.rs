//! What templates and expressions are evaluated with, and what comes back.

use std::cell::Cell;
use std::rc::Rc;

use squall_model::key::Scope as Owner;

use super::super::lookup::{self, Keys};
use super::super::{Expression, Failure, Scope, Template, Undefined, Variables};
use crate::value::json::{Reader, loads};
use crate::value::{Dict, Error, Value, text};

fn scope(json: &str) -> Scope {
    match loads(json, Reader::Python) {
        Ok(Value::Dict(dict)) => Scope::new(dict.borrow().clone()),
        other => panic!("{other:?}"),
    }
}

fn render(source: &str, scope: &Scope) -> Result<String, Failure> {
    Template::parse(source).unwrap().render(scope)
}

#[test]
fn failures_name_the_line() {
    let scope = scope(r#"{"l": [1]}"#);
    for (source, line) in [
        ("\n{{ nosuch }}", 2),
        ("{% if l %}\n\n{{ l.x }}{% endif %}", 3),
        ("{% macro m() %}\n{{ 1 / 0 }}{% endmacro %}\n{{ m() }}", 2),
        ("{% macro m() %}\n{% endmacro %}\n{{ m() ~ nosuch }}", 3),
        ("{% for x in l %}\n{% endfor %}\n{% set x = l.y.z %}", 3),
        ("a\n{% for x in nosuch %}\n{% endfor %}", 2),
    ] {
        assert_eq!(render(source, &scope).unwrap_err().line, line, "{source:?}");
    }
}

#[test]
fn values_are_not_templates() {
    let scope = scope(r#"{"a": "{{ 1 + 1 }}", "b": {"{% c %}": "{# d #}"}}"#);
    assert_eq!(
        render("{{ a }}{{ b }}", &scope).unwrap(),
        "{{ 1 + 1 }}{'{% c %}': '{# d #}'}"
    );
}

#[test]
fn variables_are_asked_for_once_and_only_if_used() {
    let asked = Rc::new(Cell::new(0));
    let count = Rc::clone(&asked);
    let variables = move |name: &str| {
        count.set(count.get() + 1);
        Ok((name == "a").then(|| Value::list(Vec::new())))
    };
    let scope = Scope::new(variables);
    let source =
        "{% if 0 %}{{ b }}{% endif %}{{ a.append(1) }}{{ a }}{% block c %}{{ a }}{% endblock %}";
    assert_eq!(render(source, &scope).unwrap(), "None[1][1]");
    assert_eq!(asked.get(), 1);
}

#[test]
fn unknown_keys_end_the_evaluation_and_known_ones_do_not() {
    let mut keys = Rc::new(Keys::new());
    let template = Template::parse("{{ system.a.b }}{{ system['c'] }}{{ st2kv.user.d }}").unwrap();
    let mut asked = Vec::new();
    let text = loop {
        let mut st2kv = Dict::new();
        st2kv.set_text("user", lookup::user(&keys, "ann"));
        let mut variables = Dict::new();
        variables.set_text("system", lookup::system(&keys));
        variables.set_text("st2kv", Value::dict(st2kv));
        match template.render(&Scope::new(variables)) {
            Err(Failure {
                error: Error::NeedsKey { scope, name },
                ..
            }) => {
                let value = (name != "c").then(|| name.to_uppercase());
                Rc::make_mut(&mut keys).know(scope, &name, value);
                asked.push((scope, name));
            }
            other => break other.unwrap(),
        }
    };
    assert_eq!(text, "A.BANN:D");
    let names = [
        (Owner::System, "a.b"),
        (Owner::System, "c"),
        (Owner::User, "ann:d"),
    ];
    assert_eq!(asked, names.map(|(scope, name)| (scope, name.to_owned())));
}

#[test]
fn variables_may_fail() {
    struct Failing;
    impl Variables for Failing {
        fn get(&self, _name: &str) -> Result<Option<Value>, Error> {
            Err(Error::Limit("no more"))
        }
    }
    let failure = render("\n{{ a | default(1) }}", &Scope::new(Failing)).unwrap_err();
    assert_eq!((failure.error, failure.line), (Error::Limit("no more"), 2));
}

#[test]
fn undefined_values_may_be_allowed() {
    let mut scope = scope("{}");
    assert!(render("[{{ a }}]", &scope).is_err());
    scope.undefined = Undefined::Plain;
    assert_eq!(
        render(
            "[{{ a }}{% for x in a %}{% endfor %}{{ a | length }}]",
            &scope
        )
        .unwrap(),
        "[0]"
    );
    assert!(render("{{ a.b }}", &scope).is_err());
}

#[test]
fn expressions_give_values() {
    let scope = scope(r#"{"d": {"n": [1, 2.5, null]}}"#);
    for (source, expected) in [
        ("d.n", "[1, 2.5, None]"),
        ("d.n[0] + 1", "2"),
        ("d", "{'n': [1, 2.5, None]}"),
        ("nosuch", "None"),
        ("d.nosuch", "None"),
        ("d.n | map('string') | list", "['1', '2.5', 'None']"),
        ("'a' if d.n[2] else ('b', 1)", "('b', 1)"),
        ("d is defined and d.n | length > 2", "True"),
    ] {
        let value = Expression::parse(source).unwrap().evaluate(&scope).unwrap();
        assert_eq!(text::repr(&value).unwrap(), expected, "{source}");
    }
    let failure = Expression::parse("1 / 0")
        .unwrap()
        .evaluate(&scope)
        .unwrap_err();
    assert_eq!(failure.error.class(), Some("ZeroDivisionError"));
}

#[test]
fn chance_follows_the_seed() {
    let mut scope = scope("{}");
    let source = "{{ range(1000) | random }} {{ lipsum(1, false) }}";
    let first = render(source, &scope).unwrap();
    assert_eq!(render(source, &scope).unwrap(), first);
    scope.seed = 1;
    assert_ne!(render(source, &scope).unwrap(), first);
}
