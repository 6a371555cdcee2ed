//! Text and patterns over text.
//!
//! A value that is no text raises what Python would raise for the missing method; that is how a rule's author learns that
//! the key does not hold what they think.

use squall_expression::regex::{Flags, Pattern};
use squall_expression::value::{Error, Value, methods, order};

pub(super) fn starts_with(value: &Value, pattern: &Value) -> Result<bool, Error> {
    ask(value, "startswith", pattern)
}

pub(super) fn ends_with(value: &Value, pattern: &Value) -> Result<bool, Error> {
    ask(value, "endswith", pattern)
}

pub(super) fn starts_with_in_any_case(value: &Value, pattern: &Value) -> Result<bool, Error> {
    in_any_case(value, pattern, starts_with)
}

pub(super) fn ends_with_in_any_case(value: &Value, pattern: &Value) -> Result<bool, Error> {
    in_any_case(value, pattern, ends_with)
}

pub(super) fn equals_in_any_case(value: &Value, pattern: &Value) -> Result<bool, Error> {
    in_any_case(value, pattern, order::equals)
}

pub(super) fn contains_in_any_case(value: &Value, pattern: &Value) -> Result<bool, Error> {
    // Python evaluates `pattern.lower() in value.lower()` from the left.
    if matches!(pattern, Value::None) {
        return Ok(false);
    }
    let pattern = lower(pattern)?;
    order::contains(&lower(value)?, &pattern)
}

pub(super) fn lacks_in_any_case(value: &Value, pattern: &Value) -> Result<bool, Error> {
    Ok(!matches!(pattern, Value::None) && !contains_in_any_case(value, pattern)?)
}

/// How a pattern operator compiles its pattern and asks it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Matching {
    compile: fn(&str) -> Result<Pattern, Error>,
    ask: fn(&Pattern, &str) -> Result<bool, Error>,
    /// What Python says of a pattern or a value that is no text.
    wrong_pattern: &'static str,
    wrong_value: &'static str,
}

pub(super) const REGEX: Matching = Matching {
    compile: |text| Pattern::new(text, Flags::default()),
    ask: Pattern::is_match,
    wrong_pattern: "first argument must be string or compiled pattern",
    wrong_value: "expected string or bytes-like object, got",
};

pub(super) const REGEX_IN_ANY_CASE: Matching = Matching {
    compile: |text| {
        Pattern::new(
            text,
            Flags {
                ignore_case: true,
                ..Flags::default()
            },
        )
    },
    ..REGEX
};

pub(super) const REGEX_AT_START: Matching = Matching {
    compile: |text| {
        Pattern::new(
            text,
            Flags {
                dot_all: true,
                ..Flags::default()
            },
        )
    },
    ask: Pattern::is_match_at_start,
    ..REGEX
};

pub(super) const WILDCARD: Matching = Matching {
    compile: Pattern::wildcard,
    ask: Pattern::is_full_match,
    wrong_pattern: "expected str, bytes or os.PathLike object",
    wrong_value: "expected str, bytes or os.PathLike object, not",
};

impl Matching {
    /// Compiles a pattern.
    pub(crate) fn compile(&self, text: &str) -> Result<Pattern, Error> {
        (self.compile)(text)
    }

    /// Whether a value fits the pattern, which is compiled here unless the rule has done so already.
    pub(crate) fn holds(
        &self,
        compiled: Option<&Pattern>,
        value: &Value,
        pattern: &Value,
    ) -> Result<bool, Error> {
        match (compiled, pattern) {
            (Some(compiled), _) => self.ask(compiled, value),
            (None, Value::None) => Ok(false),
            (None, Value::Str(text)) => self.ask(&self.compile(text)?, value),
            (None, _) => Err(Error::type_error(self.wrong_pattern)),
        }
    }

    fn ask(&self, pattern: &Pattern, value: &Value) -> Result<bool, Error> {
        let Value::Str(text) = value else {
            return Err(Error::type_error(format!(
                "{} '{}'",
                self.wrong_value,
                value.type_name()
            )));
        };
        (self.ask)(pattern, text)
    }
}

fn in_any_case(
    value: &Value,
    pattern: &Value,
    test: fn(&Value, &Value) -> Result<bool, Error>,
) -> Result<bool, Error> {
    if matches!(pattern, Value::None) {
        return Ok(false);
    }
    test(&lower(value)?, &lower(pattern)?)
}

fn lower(value: &Value) -> Result<Value, Error> {
    methods::call(value, "lower", &[], &[])
}

fn ask(value: &Value, method: &str, pattern: &Value) -> Result<bool, Error> {
    if matches!(pattern, Value::None) {
        return Ok(false);
    }
    let answer = methods::call(value, method, std::slice::from_ref(pattern), &[])?;
    Ok(matches!(answer, Value::Bool(true)))
}
