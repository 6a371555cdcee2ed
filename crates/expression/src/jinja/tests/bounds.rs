//! Hostile templates end, and leave nothing behind.

use std::rc::Rc;

use super::super::{Scope, Template};
use crate::value::{Dict, Error, Value};

/// What becomes of a template that has no variables.
fn rendered(source: &str) -> Result<String, Error> {
    let mut scope = Scope::new(Dict::new());
    scope.steps = 200_000;
    Template::parse(source)
        .unwrap()
        .render(&scope)
        .map_err(|failure| failure.error)
}

#[test]
fn hostile_templates_end() {
    for source in [
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(a='x') %}{% for i in range(99) %}{% set ns.a = ns.a ~ ns.a %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(99) %}{% set ns.a = ns.a + ns.a %}{% endfor %}{{ ns.a }}",
        "{% set ns = namespace(a=3) %}{% for i in range(99) %}{% set ns.a = ns.a ** 3 %}{% endfor %}{{ ns.a }}",
        "{{ 9 ** (9 ** (9 ** 9)) }}",
        "{{ 'x' * 999999999 }}",
        "{{ [0] * 999999999 }}",
        "{{ '%999999999d' % 1 }}",
        "{{ '{:999999999}'.format(1) }}",
        "{{ 'x' | center(999999999) }}",
        "{{ 'x\ny' | indent(999999999) }}",
        "{{ [1] | batch(999999999, 0) | list }}",
        "{{ [1] | slice(999999999) | list }}",
        "{{ {'a': [1]} | tojson(999999999) }}",
        "{{ lipsum(999999999) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{% endmacro %}{{ m() }}",
        "{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}",
        "{% block a %}{{ self.a() }}{% endblock %}",
        "{% set ns = namespace(g=[1]) %}{% for i in range(9999) %}{% set ns.g = ns.g | map('string') %}{% endfor %}{{ ns.g | list }}",
        "{% set l = [1] %}{% for x in l %}{{ l.append(x) }}{% endfor %}",
        "{% set l = [] %}{{ l.append(l) }}{{ l | tojson }}",
        "{{ range(99999) | map('string') | join('x' * 99999) }}",
        "{% filter upper %}{% for i in range(99999) %}{{ 'x' * 9999 }}{% endfor %}{% endfilter %}",
    ] {
        let found = rendered(source);
        assert!(
            found.is_err(),
            "{source}: {:?}",
            found.map(|text| text.len())
        );
    }
}

#[test]
fn what_nests_deeply_is_dropped_flatly() {
    for source in [
        "{% set ns = namespace(a=[]) %}{% for i in range(9999) %}{% set ns.a = [ns.a] %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = (ns.a,) %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = {1: ns.a} %}{% endfor %}",
        "{% set ns = namespace(a=[1]) %}{% for i in range(9999) %}{% set ns.a = ns.a | map('string') %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = cycler(ns.a) %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = joiner(ns.a) %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% set ns.a = namespace(a=ns.a) %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% for x in [ns.a] %}{% set ns.a = loop %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% for i in range(9999) %}{% for x in [ns.a] if true %}{% set ns.a = loop.cycle %}{% endfor %}{% endfor %}",
        "{% set ns = namespace(a=1) %}{% macro m(a) %}{% macro n() %}{{ a }}{% endmacro %}{% set ns.a = n %}{% endmacro %}{% for i in range(9999) %}{{ m(ns.a) }}{% endfor %}",
        "{% set ns = namespace(a=[]) %}{% for i in range(9999) %}{% set ns.a = [ns.a].append %}{% endfor %}",
        "{% set ns = namespace(a='') %}{% for i in range(9999) %}{% set ns.a = [ns.a, ns].nosuch %}{% endfor %}",
        "{% set l = [] %}{% for i in range(9) %}{{ l.extend([l, l]) }}{% endfor %}{{ l | pprint }}{{ l == [l] }}",
    ] {
        let found = rendered(source);
        assert!(found.is_ok(), "{source}: {found:?}");
    }
}

#[test]
fn cycles_are_freed() {
    let list = Value::list(Vec::new());
    let weak = match &list {
        Value::List(list) => Rc::downgrade(list),
        _ => std::rc::Weak::new(),
    };
    let mut variables = Dict::new();
    variables.set_text("list", list);
    let scope = Scope::new(variables);
    for source in [
        "{% set ns = namespace(list=list) %}{% set ns.self = ns %}",
        "{% macro m() %}{{ list }}{{ m }}{% endmacro %}{% set x = [m, list] %}{% set y = self %}{{ list.append(1) }}",
        "{% set ns = namespace() %}{% for x in [list] if x is sameas(list) or ns %}{% set ns.l = loop %}{% set ns.x = x %}{% endfor %}",
        "{% set ns = namespace() %}{% for x in [list] recursive %}{% set ns.l = loop %}{% set ns.x = x %}{% endfor %}",
        "{% for x in [list] %}{% set y = namespace(l=x) %}{% block b scoped %}{% set y.s = self %}{{ 1 / 0 }}{% endblock %}{% endfor %}",
        "{% set g = [list] | map('default', list) %}{% set x = [g] %}{{ x.append(x) }}",
    ] {
        drop(Template::parse(source).unwrap().render(&scope));
        // The variables and this test's own reference.
        assert_eq!(weak.strong_count(), 1, "{source}");
    }
}

#[test]
fn deep_recursion_fits_a_small_stack() {
    let statements = [
        ("{% for a in [1] %}", "{% endfor %}"),
        ("{% for a in [1] if a %}{{ loop.index }}", "{% endfor %}"),
        ("{% for a in [1] recursive %}", "{% endfor %}"),
        ("{% if 1 %}", "{% endif %}"),
        ("{% filter upper %}", "{% endfilter %}"),
        ("{% set x %}", "{% endset %}"),
        ("{% with a = 1 %}", "{% endwith %}"),
        ("{% autoescape true %}", "{% endautoescape %}"),
        ("{% call n() %}", "{% endcall %}"),
    ];
    let expressions = [
        ("('' + ", ")"),
        ("('' or ", ")"),
        ("('' ~ ", ")"),
        ("(1 if 0 else ", ")"),
        ("[", "][0]"),
        ("{1: ", "}[1]"),
        ("('a' == ", ")"),
        ("'a'.replace('a', ", ")"),
        ("'a' | replace('a', ", ")"),
        ("(", " | upper)"),
        ("(1 is sameas(", "))"),
        ("[1] | map('replace', 'a', ", ") | join"),
        ("dict(a=", ").a"),
    ];
    let statements = statements
        .iter()
        .map(|(open, close)| format!("{}{{{{ m() }}}}{}", open.repeat(8), close.repeat(8)));
    let expressions = expressions
        .iter()
        .map(|(open, close)| format!("{{{{ {}m(){} }}}}", open.repeat(8), close.repeat(8)));
    for body in statements.chain(expressions) {
        let source = format!(
            "{{% macro n() %}}{{{{ caller() }}}}{{% endmacro %}}{{% macro m() %}}{body}{{% endmacro %}}{{{{ m() }}}}"
        );
        let too_deep = Error::Limit("values or expressions nest too deeply");
        assert_eq!(rendered(&source), Err(too_deep), "{source}");
    }
}
