//! What the grammar accepts, and how it complains.

use std::rc::Rc;

use super::{Expression, Scope, SyntaxErrorClass, Template};
use crate::value::{Dict, Error, Value};

/// The complaint about a template: class, message and line.
fn complaint(source: &str) -> Option<(SyntaxErrorClass, String, u32)> {
    let error = Template::parse(source).err()?;
    Some((error.class, error.message, error.line))
}

#[test]
fn complaints_name_the_line() {
    for (source, line) in [
        ("a\nb{{ 1 + }}", 2),
        ("{% if a %}\n{% endfor %}", 2),
        ("{% for x in y %}\n\n", 1),
        ("a\n{% raw -%}\n\n x {% endraw %}{{ ! }}", 4),
        (
            "x\n\n  {%- if a %}\n{{ b | nosuch }}{% endif %}{{ c | nosuch }}",
            4,
        ),
    ] {
        let (_, _, found) = complaint(source).unwrap();
        assert_eq!(found, line, "{source:?}");
    }
}

#[test]
fn python_and_the_compiler_complain_too() {
    use SyntaxErrorClass as Class;
    for (source, class, message) in [
        (
            "{{ f(a=1, a=2) }}",
            Class::SyntaxError,
            "keyword argument repeated: a",
        ),
        ("{{ x[1:2, 3] }}", Class::SyntaxError, "invalid syntax"),
        (
            "{% block a %}{% endblock %}{% block a %}{% endblock %}",
            Class::TemplateAssertionError,
            "block 'a' defined twice",
        ),
        (
            "{% if a %}{% for x in y %}{{ x | nosuch }}{% endfor %}{% endif %}",
            Class::TemplateAssertionError,
            "No filter named 'nosuch'.",
        ),
        (
            "{% for a in b %}{% set loop = 1 %}{% endfor %}",
            Class::TemplateAssertionError,
            "Can't assign to special loop variable in for-loop target",
        ),
        (
            "{% set x | default(foo) %}a{% endset %}",
            Class::AssertionError,
            "Tried to resolve a name to a reference that was unknown to the frame ('foo')",
        ),
        (
            "{% for a in b %}{% extends 'c' %}{% endfor %}",
            Class::TemplateAssertionError,
            "cannot use extend from a non top-level scope",
        ),
    ] {
        assert_eq!(
            complaint(source).map(|(class, message, _)| (class, message)),
            Some((class, message.to_owned()))
        );
    }
    assert_eq!(
        complaint("{% if a %}{{ 1 | nosuch }}{% endif %}{{ 1 | nosuch if a else 2 }}"),
        None
    );
}

#[test]
fn nesting_is_bounded() {
    for source in [
        format!("{{{{ {}1{} }}}}", "(".repeat(5000), ")".repeat(5000)),
        format!("{{{{ {}1 }}}}", "-".repeat(5000)),
        format!("{{{{ {}1 }}}}", "not ".repeat(5000)),
        format!("{{{{ 1{} }}}}", "+1".repeat(500_000)),
        format!("{{{{ a{} }}}}", ".b".repeat(500_000)),
        format!("{{{{ a{} }}}}", " if a else b".repeat(5000)),
        "{% if a %}".repeat(5000),
    ] {
        assert_eq!(
            complaint(&source).unwrap().0,
            SyntaxErrorClass::RecursionError
        );
    }
    assert_eq!(
        complaint(&" ".repeat(5 << 20)).unwrap().0,
        SyntaxErrorClass::MemoryError
    );
    assert_eq!(
        complaint(&format!("{{{{ {}1{} }}}}", "(".repeat(60), ")".repeat(60))),
        None
    );
    assert_eq!(complaint(&format!("{{{{ 1{} }}}}", "+1".repeat(150))), None);
}

#[test]
fn expressions_stand_alone() {
    let expression = Expression::parse("a.b if c else range(3)").unwrap();
    assert!(expression.undeclared().iter().eq(["a", "c"]));
    assert_eq!(
        Expression::parse("a }} b").unwrap_err().message,
        "chunk after expression"
    );
    assert_eq!(
        Expression::parse("").unwrap_err().message,
        "unexpected 'end of template'"
    );
}

#[test]
fn templates_cross_threads() {
    fn crosses<T: Send + Sync>() {}
    crosses::<Template>();
    crosses::<Expression>();
}

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
