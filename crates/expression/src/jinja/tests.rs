//! What the grammar accepts, and how it complains.

mod bounds;
mod scope;

use super::{Expression, SyntaxErrorClass, Template};

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
