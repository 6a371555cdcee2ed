//! Sorting by `<` alone, as Python does, with comparisons that may fail or contradict each other.

use super::super::{Error, Value, budget};
use super::{Comparison, compare};

/// Shorter runs are sorted by insertion.
const RUN: usize = 64;

/// What to sort an item by.
pub type SortKey<'a> = &'a mut dyn FnMut(&Value) -> Result<Value, Error>;

/// The items in stable order, by themselves or by their keys; `reverse` keeps equal items in their order, too.
pub fn sort(
    items: Vec<Value>,
    reverse: bool,
    key: Option<SortKey<'_>>,
) -> Result<Vec<Value>, Error> {
    budget::items(items.len())?;
    let mut pairs = match key {
        Some(key) => items
            .into_iter()
            .map(|item| Ok((key(&item)?, item)))
            .collect::<Result<Vec<_>, Error>>()?,
        None => items.into_iter().map(|item| (item.clone(), item)).collect(),
    };
    if reverse {
        pairs.reverse();
    }
    let mut pairs = sorted(pairs)?;
    if reverse {
        pairs.reverse();
    }
    Ok(pairs.into_iter().map(|(_, item)| item).collect())
}

type Pair = (Value, Value);

fn less(one: &Pair, two: &Pair) -> Result<bool, Error> {
    compare(&one.0, Comparison::Less, &two.0)
}

fn sorted(mut pairs: Vec<Pair>) -> Result<Vec<Pair>, Error> {
    if pairs.len() < RUN {
        return insertion(pairs);
    }
    let right = sorted(pairs.split_off(pairs.len() / 2))?;
    merge(sorted(pairs)?, right)
}

fn merge(left: Vec<Pair>, right: Vec<Pair>) -> Result<Vec<Pair>, Error> {
    let mut out = Vec::with_capacity(left.len() + right.len());
    let mut left = left.into_iter().peekable();
    let mut right = right.into_iter().peekable();
    while let (Some(one), Some(two)) = (left.peek(), right.peek()) {
        let next = if less(two, one)? {
            right.next()
        } else {
            left.next()
        };
        out.extend(next);
    }
    out.extend(left);
    out.extend(right);
    Ok(out)
}

/// Extends the run that the items begin with by binary insertion: the very comparisons of CPython for short lists.
fn insertion(mut pairs: Vec<Pair>) -> Result<Vec<Pair>, Error> {
    let run = first_run(&mut pairs)?;
    let rest = pairs.split_off(run);
    for pair in rest {
        let (mut low, mut high) = (0, pairs.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match pairs.get(middle) {
                Some(other) if less(&pair, other)? => high = middle,
                _ => low = middle + 1,
            }
        }
        pairs.insert(low, pair);
    }
    Ok(pairs)
}

/// How many of the first items are in order; a strictly descending run is turned round.
fn first_run(pairs: &mut [Pair]) -> Result<usize, Error> {
    let descending = match pairs {
        [one, two, ..] => less(two, one)?,
        _ => return Ok(pairs.len()),
    };
    let mut run = 2;
    while let Some([one, two]) = pairs.get(run - 1..=run) {
        if less(two, one)? != descending {
            break;
        }
        run += 1;
    }
    if descending && let Some(run) = pairs.get_mut(..run) {
        run.reverse();
    }
    Ok(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(items: &[i64]) -> Vec<Value> {
        items.iter().copied().map(Value::Int).collect()
    }

    fn shown(items: Vec<Value>) -> String {
        crate::value::text::repr(&Value::list(items)).unwrap()
    }

    #[test]
    fn long_and_short_lists_are_sorted_stably() {
        for length in [0, 1, 2, 63, 64, 65, 1000_i64] {
            let items: Vec<i64> = (0..length).map(|at| at * 7919 % 101).collect();
            let mut expected = items.clone();
            expected.sort_unstable();
            let sorted = sort(numbers(&items), false, None).unwrap();
            assert_eq!(shown(sorted), shown(numbers(&expected)));
            expected.reverse();
            let sorted = sort(numbers(&items), true, None).unwrap();
            assert_eq!(shown(sorted), shown(numbers(&expected)));
        }
        let mut tens = |value: &Value| crate::value::number::floor_divide(value, &Value::Int(10));
        let by_tens = sort(numbers(&[25, 11, 21, 19]), true, Some(&mut tens)).unwrap();
        assert_eq!(shown(by_tens), "[25, 21, 11, 19]");
    }

    #[test]
    fn what_has_no_order_ends_as_in_cpython() {
        let nan = || Value::Float(f64::NAN);
        let items = vec![Value::Int(3), nan(), Value::Int(1), Value::Int(2)];
        assert_eq!(shown(sort(items, false, None).unwrap()), "[3, nan, 1, 2]");
        let mixed = vec![Value::Int(1), Value::from("a")];
        assert_eq!(
            sort(mixed, false, None).unwrap_err(),
            Error::type_error("'<' not supported between instances of 'str' and 'int'")
        );
    }
}
