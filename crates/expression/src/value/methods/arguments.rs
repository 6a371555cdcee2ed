//! The arguments of a method, and the errors about wrong ones.

use std::rc::Rc;

use super::super::{Error, Value, number};

/// The arguments of one call.
pub(super) struct Arguments<'a> {
    pub(super) receiver: &'a str,
    pub(super) method: &'static str,
    pub(super) positional: &'a [Value],
    pub(super) named: &'a [(Rc<str>, Value)],
}

impl Arguments<'_> {
    /// Refuses any argument.
    pub(super) fn none(&self) -> Result<(), Error> {
        self.no_names()?;
        match self.positional.len() {
            0 => Ok(()),
            given => Err(Error::type_error(format!(
                "{} takes no arguments ({given} given)",
                self.full_name()
            ))),
        }
    }

    /// The one argument.
    pub(super) fn one(&self) -> Result<&Value, Error> {
        self.no_names()?;
        match self.positional {
            [only] => Ok(only),
            given => Err(Error::type_error(format!(
                "{} takes exactly one argument ({} given)",
                self.full_name(),
                given.len()
            ))),
        }
    }

    /// The arguments by position, if their number is right.
    pub(super) fn between(&self, least: usize, most: usize) -> Result<&[Value], Error> {
        self.no_names()?;
        let given = self.positional.len();
        let wrong = |bound: &str, count: usize| {
            let qualifier = if least == most { "" } else { bound };
            let plural = if count == 1 { "" } else { "s" };
            Err(Error::type_error(format!(
                "{} expected {qualifier}{count} argument{plural}, got {given}",
                self.method
            )))
        };
        if given < least {
            wrong("at least ", least)
        } else if given > most {
            wrong("at most ", most)
        } else {
            Ok(self.positional)
        }
    }

    /// The arguments by position or name, in the order of `names`.
    pub(super) fn bind<const COUNT: usize>(
        &self,
        names: [&str; COUNT],
    ) -> Result<[Option<Value>; COUNT], Error> {
        let given = self.positional.len() + self.named.len();
        if given > COUNT {
            let plural = if COUNT == 1 { "" } else { "s" };
            return Err(Error::type_error(format!(
                "{}() takes at most {COUNT} argument{plural} ({given} given)",
                self.method
            )));
        }
        let mut bound = [const { None }; COUNT];
        for (place, value) in bound.iter_mut().zip(self.positional) {
            *place = Some(value.clone());
        }
        for (name, value) in self.named {
            let index = names.iter().position(|known| **known == **name);
            match index.and_then(|index| bound.get_mut(index)) {
                Some(place @ None) => *place = Some(value.clone()),
                Some(Some(_)) => {
                    return Err(Error::type_error(format!(
                        "argument for {}() given by name ('{name}') and position ({})",
                        self.method,
                        index.unwrap_or(0) + 1
                    )));
                }
                None => {
                    return Err(Error::type_error(format!(
                        "'{name}' is an invalid keyword argument for {}()",
                        self.method
                    )));
                }
            }
        }
        Ok(bound)
    }

    pub(super) fn no_names(&self) -> Result<(), Error> {
        if self.named.is_empty() {
            return Ok(());
        }
        Err(Error::type_error(format!(
            "{} takes no keyword arguments",
            self.full_name()
        )))
    }

    fn full_name(&self) -> String {
        format!("{}.{}()", self.receiver, self.method)
    }
}

/// An argument that must be text.
pub(super) fn text_of(
    value: &Value,
    otherwise: impl FnOnce(&str) -> String,
) -> Result<Rc<str>, Error> {
    value
        .as_text()
        .ok_or_else(|| Error::type_error(otherwise(value.type_name())))
}

/// An argument that must be an integer of 64 bits.
pub(super) fn index_of(value: &Value) -> Result<i64, Error> {
    match value.plain() {
        Value::Int(number) => Ok(number),
        Value::Bool(flag) => Ok(flag.into()),
        Value::Big(_) => Err(Error::overflow(
            "Python int too large to convert to C ssize_t",
        )),
        _ => Err(Error::type_error(format!(
            "'{}' object cannot be interpreted as an integer",
            value.type_name()
        ))),
    }
}

/// A bound of a search, where `None` is none.
pub(super) fn bound_of(value: Option<&Value>) -> Result<Option<i64>, Error> {
    match value {
        None | Some(Value::None) => Ok(None),
        Some(Value::Big(large)) => {
            let negative = matches!(number::absolute(&Value::Big(Rc::clone(large))), Ok(Value::Big(positive)) if positive != *large);
            Ok(Some(if negative { i64::MIN } else { i64::MAX }))
        }
        Some(value) => index_of(value).map(Some).map_err(|_| {
            Error::type_error("slice indices must be integers or None or have an __index__ method")
        }),
    }
}
