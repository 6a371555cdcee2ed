//! Cases computed by CPython 3.11.

use super::super::text::repr;
use super::*;

type Binary = fn(&Value, &Value) -> Result<Value, Error>;

fn shown(result: Result<Value, Error>) -> String {
    match result.and_then(|value| repr(&value)) {
        Ok(text) => text,
        Err(error) => error.to_string(),
    }
}

fn whole(text: &str) -> Value {
    parse_integer(text, 10).unwrap()
}

fn int(number: i64) -> Value {
    Value::Int(number)
}

fn float(number: f64) -> Value {
    Value::Float(number)
}

fn check(operator: Binary, cases: &[(Value, Value, &str)]) {
    for (one, two, expected) in cases {
        assert_eq!(&shown(operator(one, two)), expected, "{one:?} {two:?}");
    }
}

#[test]
fn integers_grow_without_bound_and_shrink_back() {
    check(
        add,
        &[
            (int(i64::MAX), int(1), "9223372036854775808"),
            (Value::Bool(true), Value::Bool(true), "2"),
        ],
    );
    let back = subtract(&whole("9223372036854775808"), &int(1)).unwrap();
    assert!(matches!(back, Value::Int(i64::MAX)));
    assert_eq!(shown(negate(&int(i64::MIN))), "9223372036854775808");
    check(
        multiply,
        &[(int(i64::MAX), int(-2), "-18446744073709551614")],
    );
}

#[test]
fn division_rounds_down() {
    check(
        floor_divide,
        &[
            (int(5), int(-2), "-3"),
            (int(i64::MIN), int(-1), "9223372036854775808"),
            (float(5.5), int(-2), "-3.0"),
            (float(f64::INFINITY), int(1), "nan"),
            (int(-1), float(f64::INFINITY), "-1.0"),
            (float(1e20), int(3), "3.333333333333333e+19"),
            (
                int(1),
                int(0),
                "ZeroDivisionError: integer division or modulo by zero",
            ),
            (
                float(1.0),
                int(0),
                "ZeroDivisionError: float floor division by zero",
            ),
        ],
    );
    check(
        modulo,
        &[
            (int(5), int(-2), "-1"),
            (int(i64::MIN), int(-1), "0"),
            (int(-5), float(3.5), "2.0"),
            (float(-0.0), int(5), "0.0"),
            (int(-1), float(f64::INFINITY), "inf"),
            (int(1), int(0), "ZeroDivisionError: integer modulo by zero"),
            (int(1), float(0.0), "ZeroDivisionError: float modulo"),
        ],
    );
}

#[test]
fn true_division_is_exact_to_the_last_bit() {
    check(
        true_divide,
        &[
            (int(1), int(3), "0.3333333333333333"),
            (int(i64::MAX), int(i64::MAX - 1), "1.0"),
            (whole(&"9".repeat(400)), whole(&"9".repeat(399)), "10.0"),
            (int(1), whole(&"9".repeat(400)), "0.0"),
            (int(-9_007_199_254_740_993), int(3), "-3002399751580331.0"),
            (int(1), int(0), "ZeroDivisionError: division by zero"),
            (
                whole(&"9".repeat(400)),
                int(3),
                "OverflowError: integer division result too large for a float",
            ),
        ],
    );
}

#[test]
fn powers() {
    check(
        power,
        &[
            (int(2), int(100), "1267650600228229401496703205376"),
            (int(2), int(-1), "0.5"),
            (int(-1), whole(&"9".repeat(50)), "-1"),
            (int(0), int(0), "1"),
            (float(-2.0), int(3), "-8.0"),
            (
                int(0),
                int(-1),
                "ZeroDivisionError: 0.0 cannot be raised to a negative power",
            ),
            (
                float(10.0),
                int(400),
                "OverflowError: (34, 'Numerical result out of range')",
            ),
        ],
    );
    assert!(matches!(
        power(&int(10), &int(10_000_000)),
        Err(Error::Limit(_))
    ));
}

#[test]
fn sequences_are_joined_and_repeated() {
    let list = Value::list(vec![int(1)]);
    check(
        add,
        &[
            (Value::from("a"), Value::from("b"), "'ab'"),
            (list.clone(), list.clone(), "[1, 1]"),
            (
                Value::from("a"),
                int(1),
                "TypeError: can only concatenate str (not \"int\") to str",
            ),
            (
                int(1),
                Value::from("a"),
                "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
            ),
        ],
    );
    check(
        multiply,
        &[
            (int(2), Value::from("ab"), "'abab'"),
            (list.clone(), int(-1), "[]"),
            (
                Value::from("a"),
                float(1.5),
                "TypeError: can't multiply sequence by non-int of type 'float'",
            ),
        ],
    );
    assert!(matches!(
        multiply(&Value::from("ab"), &int(1 << 40)),
        Err(Error::Limit(_))
    ));
    assert!(matches!(
        multiply(&list, &int(1 << 40)),
        Err(Error::Limit(_))
    ));
}

#[test]
fn text_is_read_as_python_reads_it() {
    for (text, base, expected) in [
        ("  12_3 ", 10, "123"),
        ("٣", 10, "3"),
        ("-0x_1f", 16, "-31"),
        ("0b11", 0, "3"),
        ("00", 0, "0"),
        (
            "010",
            0,
            "ValueError: invalid literal for int() with base 0: '010'",
        ),
        (
            "1__2",
            10,
            "ValueError: invalid literal for int() with base 10: '1__2'",
        ),
        (
            "",
            10,
            "ValueError: invalid literal for int() with base 10: ''",
        ),
        (
            "1e5",
            10,
            "ValueError: invalid literal for int() with base 10: '1e5'",
        ),
    ] {
        assert_eq!(shown(parse_integer(text, base)), expected);
    }
    for (text, expected) in [
        ("1_0.5", "10.5"),
        (" -Infinity ", "-inf"),
        ("1e400", "inf"),
        (".5", "0.5"),
        ("5.", "5.0"),
        ("1_", "ValueError: could not convert string to float: '1_'"),
        (
            "+-1",
            "ValueError: could not convert string to float: '+-1'",
        ),
        (".", "ValueError: could not convert string to float: '.'"),
    ] {
        assert_eq!(shown(parse_float(text).map(Value::Float)), expected);
    }
}

#[test]
fn rounding_goes_to_the_even_neighbour_of_the_exact_value() {
    for (value, digits, expected) in [
        (float(2.5), None, "2"),
        (float(-0.5), None, "0"),
        (float(2.675), Some(2), "2.67"),
        (float(1.25), Some(1), "1.2"),
        (float(0.375), Some(2), "0.38"),
        (float(123.456), Some(-1), "120.0"),
        (float(125.5), Some(-1), "130.0"),
        (float(-125.0), Some(-1), "-120.0"),
        (float(1e300), Some(-299), "1e+300"),
        (float(1.5), Some(-400), "0.0"),
        (int(25), Some(-1), "20"),
        (int(35), Some(-1), "40"),
        (int(-15), Some(-1), "-20"),
        (int(12), Some(-3), "0"),
        (
            Value::from("a"),
            None,
            "TypeError: type str doesn't define __round__ method",
        ),
        (
            float(f64::NAN),
            None,
            "ValueError: cannot convert float NaN to integer",
        ),
    ] {
        assert_eq!(
            shown(round(&value, digits)),
            expected,
            "{value:?} {digits:?}"
        );
    }
}
