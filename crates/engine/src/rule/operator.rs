//! The words that criteria use: StackStorm's 33 operator names.
//!
//! An operator is a function from the event's value and the rule's pattern to a verdict. What Python would raise is an
//! error here; the criterion then does not hold and the reason is recorded.

mod list;
mod number;
pub(crate) mod text;
mod time;

use squall_expression::value::{Error, Value};
use squall_model::Timestamp;

/// One operator name.
#[derive(Debug)]
pub struct Operator {
    /// What a rule writes under `type`.
    pub name: &'static str,
    /// What it asks, in one line.
    pub about: &'static str,
    /// A pattern, and a value for which it holds.
    pub example: (&'static str, &'static str),
    /// How it is evaluated.
    pub(crate) test: Test,
}

/// How an operator is evaluated.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Test {
    /// From value and pattern alone.
    Plain(fn(&Value, &Value) -> Result<bool, Error>),
    /// By a pattern that is compiled once if it is written out in the rule.
    Matched(text::Matching),
    /// With the moment of the decision.
    Timed(fn(&Value, &Value, Timestamp) -> Result<bool, Error>),
    /// By criteria of its own on each item; see [`super::criteria`].
    Search,
}

use Test::{Matched, Plain, Search, Timed};

/// Every operator name there is. Two names of one operator are two rows.
pub static OPERATORS: &[Operator] = &[
    row(
        "contains",
        "the pattern is in the value: text, list or key of an object",
        ("\"disk\"", "\"the disk is full\""),
        Plain(list::contains),
    ),
    row(
        "endswith",
        "the text ends so",
        ("\".log\"", "\"a.log\""),
        Plain(text::ends_with),
    ),
    row(
        "eq",
        "the two are equal as in Python",
        ("1", "1.0"),
        Plain(list::equals),
    ),
    row(
        "equals",
        "the two are equal as in Python",
        ("1", "1.0"),
        Plain(list::equals),
    ),
    row(
        "exists",
        "there is a value that is not null",
        ("true", "0"),
        Plain(list::exists),
    ),
    row(
        "greaterthan",
        "the value is larger",
        ("5", "6"),
        Plain(number::greater),
    ),
    row(
        "gt",
        "the value is larger",
        ("5", "6"),
        Plain(number::greater),
    ),
    row(
        "icontains",
        "as contains, in any case",
        ("\"DISK\"", "\"the disk is full\""),
        Plain(text::contains_in_any_case),
    ),
    row(
        "iendswith",
        "as endswith, in any case",
        ("\".LOG\"", "\"a.log\""),
        Plain(text::ends_with_in_any_case),
    ),
    row(
        "ieq",
        "equal text in any case",
        ("\"A\"", "\"a\""),
        Plain(text::equals_in_any_case),
    ),
    row(
        "iequals",
        "equal text in any case",
        ("\"A\"", "\"a\""),
        Plain(text::equals_in_any_case),
    ),
    row(
        "in",
        "the value is in the pattern",
        ("[1, 2]", "2"),
        Plain(list::inside),
    ),
    row(
        "incontains",
        "as ncontains, in any case",
        ("\"CPU\"", "\"the disk is full\""),
        Plain(text::lacks_in_any_case),
    ),
    row(
        "inside",
        "the value is in the pattern",
        ("[1, 2]", "2"),
        Plain(list::inside),
    ),
    row(
        "iregex",
        "as regex, in any case",
        ("\"^a.c\"", "\"ABC\""),
        Matched(text::REGEX_IN_ANY_CASE),
    ),
    row(
        "istartswith",
        "as startswith, in any case",
        ("\"POD\"", "\"pod memory\""),
        Plain(text::starts_with_in_any_case),
    ),
    row(
        "lessthan",
        "the value is smaller",
        ("5", "4"),
        Plain(number::less),
    ),
    row(
        "lt",
        "the value is smaller",
        ("5", "4"),
        Plain(number::less),
    ),
    row(
        "matchregex",
        "the pattern matches at the start of the text (old; prefer regex)",
        ("\"a.*c\"", "\"abcd\""),
        Matched(text::REGEX_AT_START),
    ),
    row(
        "matchwildcard",
        "the text fits a shell pattern: * ? [seq]",
        ("\"*.log\"", "\"a.log\""),
        Matched(text::WILDCARD),
    ),
    row(
        "ncontains",
        "the pattern is not in the value",
        ("\"cpu\"", "\"the disk is full\""),
        Plain(list::lacks),
    ),
    row("neq", "the two differ", ("1", "2"), Plain(list::differs)),
    row(
        "nequals",
        "the two differ",
        ("1", "2"),
        Plain(list::differs),
    ),
    row(
        "nexists",
        "there is no value, or it is null",
        ("true", "null"),
        Plain(list::missing),
    ),
    row(
        "nin",
        "the value is not in the pattern",
        ("[1, 2]", "3"),
        Plain(list::outside),
    ),
    row(
        "ninside",
        "the value is not in the pattern",
        ("[1, 2]", "3"),
        Plain(list::outside),
    ),
    row(
        "regex",
        "the pattern is found anywhere in the text (Python's re)",
        ("\"b.\"", "\"abc\""),
        Matched(text::REGEX),
    ),
    row(
        "search",
        "items of a list meet criteria of their own",
        (
            "{\"item.a\": {\"type\": \"eq\", \"pattern\": 1}}",
            "[{\"a\": 1}]",
        ),
        Search,
    ),
    row(
        "startswith",
        "the text begins so",
        ("\"pod\"", "\"pod memory\""),
        Plain(text::starts_with),
    ),
    row(
        "td_gt",
        "the time is longer ago than so many seconds",
        ("60", "\"2020-01-01T00:00:00Z\""),
        Timed(time::longer_ago),
    ),
    row(
        "td_lt",
        "the time is less long ago than so many seconds",
        ("60", "\"2120-01-01T00:00:00Z\""),
        Timed(time::less_long_ago),
    ),
    row(
        "timediff_gt",
        "the time is longer ago than so many seconds",
        ("60", "\"2020-01-01T00:00:00Z\""),
        Timed(time::longer_ago),
    ),
    row(
        "timediff_lt",
        "the time is less long ago than so many seconds",
        ("60", "\"2120-01-01T00:00:00Z\""),
        Timed(time::less_long_ago),
    ),
];

const fn row(
    name: &'static str,
    about: &'static str,
    example: (&'static str, &'static str),
    test: Test,
) -> Operator {
    Operator {
        name,
        about,
        example,
        test,
    }
}

/// The operator with this name. Names are looked up in lower case, as in StackStorm.
pub fn find(name: &str) -> Option<&'static Operator> {
    let name = name.to_lowercase();
    let place = OPERATORS
        .binary_search_by(|operator| operator.name.cmp(&name))
        .ok()?;
    OPERATORS.get(place)
}

#[cfg(test)]
mod tests {
    use serde_json::Value as Json;
    use squall_expression::value::json;

    use super::*;

    #[test]
    fn all_names_are_there_once_and_in_order() {
        assert_eq!(OPERATORS.len(), 33);
        assert!(OPERATORS.windows(2).all(|pair| pair[0].name < pair[1].name));
        assert!(
            OPERATORS.iter().all(
                |operator| find(operator.name).is_some_and(|found| found.name == operator.name)
            )
        );
        assert!(find("EQUALS").is_some() && find("equal").is_none());
    }

    #[test]
    fn every_example_holds() {
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        for operator in OPERATORS {
            let read = |text: &str| json::from_json(&serde_json::from_str::<Json>(text).unwrap());
            let (pattern, value) = (read(operator.example.0), read(operator.example.1));
            let held = match operator.test {
                Plain(test) => test(&value, &pattern).unwrap(),
                Matched(matching) => matching.holds(None, &value, &pattern).unwrap(),
                Timed(test) => test(&value, &pattern, now).unwrap(),
                Search => continue,
            };
            assert!(held, "{}", operator.name);
        }
    }
}
