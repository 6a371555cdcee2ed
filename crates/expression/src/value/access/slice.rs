//! `value[start:stop:step]`.

use num_traits::Signed as _;

use super::super::{Error, Value, budget};

/// The three parts of a slice, each absent or any value.
#[derive(Debug, Clone)]
pub struct Slice {
    /// Where it starts.
    pub start: Value,
    /// Before what it stops.
    pub stop: Value,
    /// How far it steps.
    pub step: Value,
}

/// `value[start:stop:step]`.
pub fn slice(value: &Value, slice: &Slice) -> Result<Value, Error> {
    match value {
        Value::List(list) => Ok(Value::list(pick(&list.borrow(), slice)?)),
        Value::Tuple(items) => Ok(Value::tuple(pick(items, slice)?)),
        Value::Bytes(bytes) => Ok(Value::bytes(pick(bytes, slice)?)),
        Value::Str(text) => {
            budget::text(text.len())?;
            let characters: Vec<char> = text.chars().collect();
            Ok(Value::from(
                pick(&characters, slice)?.into_iter().collect::<String>(),
            ))
        }
        Value::Dict(_) => Err(Error::type_error("unhashable type: 'slice'")),
        Value::Object(object) => match object.plain() {
            Some(plain) => self::slice(&plain, slice),
            None => Err(not_subscriptable(value)),
        },
        _ => Err(not_subscriptable(value)),
    }
}

fn not_subscriptable(value: &Value) -> Error {
    Error::type_error(format!(
        "'{}' object is not subscriptable",
        value.type_name()
    ))
}

fn pick<T: Clone>(items: &[T], slice: &Slice) -> Result<Vec<T>, Error> {
    let indices = slice.indices(items.len())?;
    budget::items(indices.len())?;
    Ok(indices.filter_map(|at| items.get(at).cloned()).collect())
}

impl Slice {
    /// The positions it picks of a sequence of `length` items.
    pub fn indices(&self, length: usize) -> Result<Indices, Error> {
        let step = bound(&self.step)?.unwrap_or(1);
        if step == 0 {
            return Err(Error::value_error("slice step cannot be zero"));
        }
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let (lowest, highest) = if step > 0 {
            (0, length)
        } else {
            (-1, length - 1)
        };
        let clamp = |bound: i64| {
            if bound < 0 {
                bound.saturating_add(length).max(lowest)
            } else {
                bound.min(highest)
            }
        };
        let start = bound(&self.start)?.map(clamp);
        let stop = bound(&self.stop)?.map(clamp);
        let (first, last) = if step > 0 {
            (lowest, highest)
        } else {
            (highest, lowest)
        };
        Ok(Indices::new(
            start.unwrap_or(first),
            stop.unwrap_or(last),
            step,
        ))
    }
}

/// The positions that a slice picks, in order.
#[derive(Debug, Clone)]
pub struct Indices {
    next: i64,
    left: usize,
    step: i64,
}

impl Indices {
    fn new(start: i64, stop: i64, step: i64) -> Self {
        let distance = if step > 0 { stop - start } else { start - stop };
        let stride = i64::try_from(step.unsigned_abs()).unwrap_or(i64::MAX);
        let left = if distance > 0 {
            (distance - 1) / stride + 1
        } else {
            0
        };
        Self {
            next: start,
            left: usize::try_from(left).unwrap_or(0),
            step,
        }
    }
}

impl Iterator for Indices {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        self.left = self.left.checked_sub(1)?;
        let at = self.next;
        self.next = at.saturating_add(self.step);
        usize::try_from(at).ok()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl ExactSizeIterator for Indices {}

fn bound(value: &Value) -> Result<Option<i64>, Error> {
    match value {
        Value::None => Ok(None),
        Value::Int(number) => Ok(Some(*number)),
        Value::Bool(flag) => Ok(Some((*flag).into())),
        Value::Big(number) if number.is_negative() => Ok(Some(i64::MIN)),
        Value::Big(_) => Ok(Some(i64::MAX)),
        _ => Err(Error::type_error(
            "slice indices must be integers or None or have an __index__ method",
        )),
    }
}
