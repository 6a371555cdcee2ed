//! Cases computed by CPython 3.11 and Jinja's sandbox.

use super::super::text::repr;
use super::*;

fn shown(result: Result<impl Into<Rc<str>>, Error>) -> String {
    match result {
        Ok(text) => text.into().to_string(),
        Err(error) => error.to_string(),
    }
}

fn check_value(given: &Value, cases: &[(&str, &str)]) {
    for (specification, expected) in cases {
        assert_eq!(
            &shown(value(given, specification)),
            expected,
            "format({}, {specification:?})",
            repr(given).unwrap()
        );
    }
}

#[test]
fn text_is_cut_and_padded() {
    check_value(
        &Value::from("a"),
        &[
            ("05", "a0000"),
            (">05", "0000a"),
            ("*^7", "***a***"),
            ("{<4", "a{{{"),
            (".0", ""),
            (
                "=5",
                "ValueError: '=' alignment not allowed in string format specifier",
            ),
            (
                "+5",
                "ValueError: Sign not allowed in string format specifier",
            ),
            (",", "ValueError: Cannot specify ',' with 's'."),
            (
                "5 ",
                r"ValueError: Unknown format code '\x20' for object of type 'str'",
            ),
            (
                "s5",
                "ValueError: Invalid format specifier 's5' for object of type 'str'",
            ),
        ],
    );
}

#[test]
fn integers_are_grouped_and_filled() {
    check_value(
        &Value::Int(1),
        &[
            ("+05,", "+0,001"),
            ("010,", "00,000,001"),
            ("=+6", "+    1"),
            ("*=6", "*****1"),
            ("#010x", "0x00000001"),
            (".1%", "100.0%"),
            ("05.1f", "001.0"),
            ("c", "\u{1}"),
            (
                "q",
                "ValueError: Unknown format code 'q' for object of type 'int'",
            ),
            (",_", "ValueError: Cannot specify both ',' and '_'."),
            ("5.", "ValueError: Format specifier missing precision"),
            (
                ".2d",
                "ValueError: Precision not allowed in integer format specifier",
            ),
            (
                "  d",
                "ValueError: Invalid format specifier '  d' for object of type 'int'",
            ),
            (
                "99999999999999999999",
                "ValueError: Too many decimal digits in format string",
            ),
        ],
    );
    check_value(
        &Value::Int(-255),
        &[("#X", "-0XFF"), ("_b", "-1111_1111"), ("09,", "-0,000,255")],
    );
}

#[test]
fn floats_are_written_as_c_writes_them() {
    check_value(
        &Value::Float(1_234_567.891),
        &[
            (",", "1,234,567.891"),
            (",.2f", "1,234,567.89"),
            ("012,.1f", "01,234,567.9"),
            ("020,.1f", "00,000,001,234,567.9"),
            ("#.0f", "1234568."),
            ("g", "1.23457e+06"),
            (".3", "1.23e+06"),
            ("G", "1.23457E+06"),
            ("<015", "1234567.8910000"),
            ("_.1e", "1.2e+06"),
            (
                "d",
                "ValueError: Unknown format code 'd' for object of type 'float'",
            ),
        ],
    );
    check_value(
        &Value::Float(100.0),
        &[
            (".3", "1e+02"),
            (".4", "100.0"),
            ("g", "100"),
            ("#.3g", "100."),
            ("#.3", "1.00e+02"),
        ],
    );
    check_value(
        &Value::Float(-0.0),
        &[("z", "0.0"), (".0f", "-0"), ("05", "-00.0")],
    );
    check_value(
        &Value::Float(f64::NAN),
        &[("010", "0000000nan"), ("F", "NAN"), (",", "nan")],
    );
    check_value(
        &Value::Float(f64::NEG_INFINITY),
        &[("010", "-000000inf"), (",.2f", "-inf")],
    );
    check_value(
        &Value::Float(0.5),
        &[(".2000f", &format!("0.5{}", "0".repeat(1999)))],
    );
}

#[test]
fn huge_widths_and_precisions_are_refused() {
    for specification in ["99999999999", ".999999999f", "099999999999,"] {
        let refused = value(&Value::Float(1.0), specification);
        assert!(matches!(refused, Err(Error::Limit(_))), "{specification}");
    }
    assert!(matches!(
        percent("%99999999999d", &Value::Int(1)),
        Err(Error::Limit(_))
    ));
}

#[test]
fn percent_takes_values_by_order_or_name() {
    let pair = || Value::tuple(vec![Value::Int(3), Value::Float(1.5)]);
    let named = || Value::dict([("a".into(), Value::Int(1))].into_iter().collect());
    for (template, values, expected) in [
        ("%s %s", pair(), "3 1.5"),
        (
            "%*.*f",
            Value::tuple(vec![Value::Int(6), Value::Int(1), Value::Float(2.25)]),
            "   2.2",
        ),
        ("%(a)s%%", named(), "1%"),
        ("1%%", named(), "1%"),
        (
            "%-5d|%+.3d|% d",
            Value::tuple(vec![Value::Int(1), Value::Int(2), Value::Int(3)]),
            "1    |+002| 3",
        ),
        (
            "%#o %X",
            Value::tuple(vec![Value::Int(8), Value::Int(255)]),
            "0o10 FF",
        ),
        ("%08.3d|", Value::Int(-5), "-0000005|"),
        ("%5.2f|", Value::Int(1), " 1.00|"),
        ("%.3s", named(), "{'a"),
        ("%05s", Value::from("x"), "    x"),
        (
            "%r %a",
            Value::tuple(vec![Value::from("é"), Value::from("é")]),
            r"'é' '\xe9'",
        ),
        (
            "%s %s",
            Value::Int(1),
            "TypeError: not enough arguments for format string",
        ),
        (
            "1",
            Value::Int(1),
            "TypeError: not all arguments converted during string formatting",
        ),
        (
            "%(a)s",
            Value::Int(1),
            "TypeError: format requires a mapping",
        ),
        (
            "%d",
            Value::from("x"),
            "TypeError: %d format: a real number is required, not str",
        ),
        (
            "%x",
            Value::Float(1.5),
            "TypeError: %x format: an integer is required, not float",
        ),
        (
            "%f",
            Value::None,
            "TypeError: must be real number, not NoneType",
        ),
        (
            "a%q",
            Value::Int(1),
            "ValueError: unsupported format character 'q' (0x71) at index 2",
        ),
        ("%", Value::Int(1), "ValueError: incomplete format"),
    ] {
        assert_eq!(shown(percent(template, &values)), expected, "{template}");
    }
}

#[test]
fn fields_are_found_converted_and_formatted() {
    let one = Value::list(vec![Value::from("a"), Value::Int(5)]);
    let lookups = Lookups {
        position: &|at| match at {
            0 => Ok(one.clone()),
            1 => Ok(Value::Int(5)),
            _ => Err(Error::index_error("tuple index out of range")),
        },
        name: &|name| match name {
            "w" => Ok(Value::Int(4)),
            _ => Err(Error::key_error(format!("'{name}'"))),
        },
        attribute: &|value, name| {
            super::super::access::attribute(value, name).map(|found| found.unwrap_or(Value::None))
        },
        item: &super::super::access::item,
        format: &value,
    };
    for (template, expected) in [
        ("{} {}", "['a', 5] 5"),
        ("{0[0]:>{w}}|{{}}", "   a|{}"),
        ("{1.real!r:>3}", "  5"),
        ("{0[0]!r:.2}", "'a"),
        ("{2}", "IndexError: tuple index out of range"),
        ("{x}", "KeyError: 'x'"),
        (
            "{0}{}",
            "ValueError: cannot switch from manual field specification to automatic field numbering",
        ),
        ("}", "ValueError: Single '}' encountered in format string"),
        ("{", "ValueError: Single '{' encountered in format string"),
        ("{0", "ValueError: expected '}' before end of string"),
        ("{0!q}", "ValueError: Unknown conversion specifier q"),
        ("{0!}", "ValueError: unmatched '{' in format spec"),
        (
            "{0!rr}",
            "ValueError: expected ':' after conversion specifier",
        ),
        ("{0.}", "ValueError: Empty attribute in format string"),
        (
            "{0[0]b}",
            "ValueError: Only '.' or '[' may follow ']' in format field specifier",
        ),
        ("{1:{1:{1}}}", "ValueError: Max string recursion exceeded"),
        (
            "{0:d}",
            "TypeError: unsupported format string passed to list.__format__",
        ),
    ] {
        assert_eq!(shown(fields(template, &lookups)), expected, "{template}");
    }
}
