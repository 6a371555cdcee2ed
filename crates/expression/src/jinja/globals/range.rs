//! `range`.

use crate::jinja::function::Native;
use crate::jinja::iterate::Items;
use crate::value::access::Slice;
use crate::value::{Error, Object, Value, budget, order, text};

/// The sandbox refuses longer ranges.
const LONGEST: u64 = 100_000;

/// The numbers from `start` to before `stop`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    start: i64,
    stop: i64,
    step: i64,
}

/// The function.
pub(super) fn function() -> Value {
    Native::function("safe_range", |arguments, named| {
        if let Some((name, _)) = named.first() {
            let message = format!("safe_range() got an unexpected keyword argument '{name}'");
            return Err(Error::type_error(message));
        }
        let (start, stop, step) = match arguments {
            [stop] => (0, number(stop)?, 1),
            [start, stop] => (number(start)?, number(stop)?, 1),
            [start, stop, step] => (number(start)?, number(stop)?, number(step)?),
            [] => {
                return Err(Error::type_error(
                    "range expected at least 1 argument, got 0",
                ));
            }
            more => {
                let message = format!("range expected at most 3 arguments, got {}", more.len());
                return Err(Error::type_error(message));
            }
        };
        if step == 0 {
            return Err(Error::value_error("range() arg 3 must not be zero"));
        }
        let range = Range { start, stop, step };
        if range.count() > LONGEST {
            return Err(Error::overflow(format!(
                "Range too big. The sandbox blocks ranges larger than MAX_RANGE ({LONGEST})."
            )));
        }
        Ok(Value::object(range))
    })
}

fn number(value: &Value) -> Result<i64, Error> {
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

impl Range {
    /// The range that a value is, if it is one.
    pub(crate) fn of(value: &Value) -> Option<&Self> {
        match value {
            Value::Object(object) => object.as_any().downcast_ref(),
            _ => None,
        }
    }

    /// Its numbers, one at a time.
    pub(crate) fn items(&self) -> Items {
        Items::Range(self.start, self.count(), self.step)
    }

    /// Its numbers backwards.
    pub(crate) fn reversed(&self) -> Items {
        let count = self.count();
        let last = count
            .checked_sub(1)
            .and_then(|last| self.at(last))
            .unwrap_or(self.start);
        Items::Range(last, count, self.step.saturating_neg())
    }

    /// A part of it.
    pub(crate) fn slice(&self, slice: &Slice) -> Result<Value, Error> {
        let indices = slice.indices(usize::try_from(self.count()).unwrap_or(usize::MAX))?;
        let picked: Vec<i64> = indices.filter_map(|index| self.at(index as u64)).collect();
        let (Some(first), Some(last)) = (picked.first(), picked.last()) else {
            return Ok(Value::object(Self {
                stop: self.start,
                ..*self
            }));
        };
        let step = picked.get(1).map_or(self.step, |second| second - first);
        Ok(Value::object(Self {
            start: *first,
            stop: last + step.signum(),
            step,
        }))
    }

    fn count(&self) -> u64 {
        let distance = i128::from(self.stop) - i128::from(self.start);
        let step = i128::from(self.step);
        if distance.signum() != step.signum() {
            return 0;
        }
        u64::try_from((distance.abs() - 1) / step.abs() + 1).unwrap_or(u64::MAX)
    }

    fn at(&self, index: u64) -> Option<i64> {
        if index >= self.count() {
            return None;
        }
        i64::try_from(index)
            .ok()?
            .checked_mul(self.step)?
            .checked_add(self.start)
    }

    fn numbers(&self) -> impl Iterator<Item = i64> {
        (0..self.count()).filter_map(|index| self.at(index))
    }

    fn position(&self, value: &Value) -> Result<Option<usize>, Error> {
        budget::spend(usize::try_from(self.count()).unwrap_or(usize::MAX))?;
        for (index, number) in self.numbers().enumerate() {
            if order::equals(&Value::Int(number), value)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }
}

impl Object for Range {
    fn type_name(&self) -> &str {
        "range"
    }

    fn attribute(&self, name: &str) -> Result<Option<Value>, Error> {
        let range = *self;
        Ok(match name {
            "start" => Some(self.start.into()),
            "stop" => Some(self.stop.into()),
            "step" => Some(self.step.into()),
            "index" => Some(Native::built_in(
                "range",
                "index",
                move |arguments, _| match arguments {
                    [value] => match range.position(value)? {
                        Some(index) => Ok(index.into()),
                        None => Err(Error::value_error(format!(
                            "{} is not in range",
                            text::repr(value)?
                        ))),
                    },
                    _ => Err(wrong_count("index", arguments)),
                },
            )),
            "count" => Some(Native::built_in(
                "range",
                "count",
                move |arguments, _| match arguments {
                    [value] => Ok(usize::from(range.position(value)?.is_some()).into()),
                    _ => Err(wrong_count("count", arguments)),
                },
            )),
            _ => None,
        })
    }

    fn item(&self, key: &Value) -> Result<Option<Value>, Error> {
        let index = match key {
            Value::Int(index) => *index,
            Value::Bool(flag) => i64::from(*flag),
            _ => {
                return Err(Error::type_error(format!(
                    "range indices must be integers or slices, not {}",
                    key.type_name()
                )));
            }
        };
        let index = if index < 0 {
            self.count().checked_sub(index.unsigned_abs())
        } else {
            u64::try_from(index).ok()
        };
        match index.and_then(|index| self.at(index)) {
            Some(number) => Ok(Some(number.into())),
            None => Err(Error::index_error("range object index out of range")),
        }
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        Ok(self.numbers().map(Value::Int).collect())
    }

    fn length(&self) -> Result<Option<usize>, Error> {
        Ok(usize::try_from(self.count()).ok())
    }

    fn contains(&self, member: &Value) -> Result<Option<bool>, Error> {
        self.position(member)
            .map(|position| Some(position.is_some()))
    }

    fn equals(&self, other: &Value) -> Result<Option<bool>, Error> {
        Ok(Self::of(other).map(|other| self.numbers().eq(other.numbers())))
    }

    fn repr(&self) -> Result<String, Error> {
        let (start, stop, step) = (self.start, self.stop, self.step);
        Ok(match step {
            1 => format!("range({start}, {stop})"),
            _ => format!("range({start}, {stop}, {step})"),
        })
    }
}

fn wrong_count(name: &str, arguments: &[Value]) -> Error {
    Error::type_error(format!(
        "range.{name}() takes exactly one argument ({} given)",
        arguments.len()
    ))
}
