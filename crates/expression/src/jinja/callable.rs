//! Filters and tests: how their arguments are bound, with Python's complaints.

use std::rc::Rc;

use super::runtime::Context;
use crate::value::{Error, Value, access, budget};

/// The most parameters that a filter has.
const MOST_PARAMETERS: usize = 8;

/// What a filter or test does.
pub(super) type Run = fn(&Given<'_>) -> Result<Value, Error>;

/// How Python declares a function, which shows in its complaints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// In Python.
    Python,
    /// In C, with one argument: `len`.
    OneArgument,
    /// In C, an operator: `operator.eq`.
    Operator,
}

/// A filter or test.
pub(super) struct Callable {
    /// The name of the Python function.
    pub(super) python: &'static str,
    kind: Kind,
    /// Whether Jinja passes its context as the first argument, which shows in counts.
    in_context: bool,
    /// The names of the parameters; those with `?` may be left out.
    parameters: &'static [&'static str],
    /// Whether it takes any further arguments.
    variadic: bool,
    pub(super) run: Run,
}

impl std::fmt::Debug for Callable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Callable")
            .field("python", &self.python)
            .finish_non_exhaustive()
    }
}

/// A filter or test about to be applied.
pub(super) struct Invocation<'a> {
    pub(super) context: &'a Rc<Context>,
    pub(super) operand: Value,
    pub(super) positional: Vec<Value>,
    pub(super) named: Vec<(Rc<str>, Value)>,
}

/// Arguments bound to parameters.
pub(super) struct Given<'a> {
    context: Option<&'a Rc<Context>>,
    values: [Option<Value>; MOST_PARAMETERS],
    rest: Vec<Value>,
    named: Vec<(Rc<str>, Value)>,
}

impl Callable {
    /// A function written in Python.
    pub(super) const fn new(
        python: &'static str,
        parameters: &'static [&'static str],
        run: Run,
    ) -> Self {
        Self {
            python,
            kind: Kind::Python,
            in_context: false,
            parameters,
            variadic: false,
            run,
        }
    }

    /// A function of one argument, written in C.
    pub(super) const fn one_argument(python: &'static str, run: Run) -> Self {
        Self {
            kind: Kind::OneArgument,
            ..Self::new(python, &["value"], run)
        }
    }

    /// An operator of two arguments.
    pub(super) const fn operator(python: &'static str, run: Run) -> Self {
        Self {
            kind: Kind::Operator,
            ..Self::new(python, &["value", "other"], run)
        }
    }

    /// It gets Jinja's context, too.
    pub(super) const fn in_context(mut self) -> Self {
        self.in_context = true;
        self
    }

    /// It takes any further arguments.
    pub(super) const fn variadic(mut self) -> Self {
        self.variadic = true;
        self
    }

    /// Applies it.
    pub(super) fn invoke(&self, invocation: Invocation<'_>) -> Result<Value, Error> {
        if invocation.positional.is_empty() && invocation.named.is_empty() && self.required() <= 1 {
            // The usual case.
            let mut given = Given::empty(Some(invocation.context));
            given.put(0, invocation.operand);
            return (self.run)(&given);
        }
        let mut positional = invocation.positional;
        positional.insert(0, invocation.operand);
        let given = self.bind(Some(invocation.context), positional, invocation.named)?;
        (self.run)(&given)
    }

    /// Binds arguments to the parameters.
    pub(super) fn bind<'a>(
        &self,
        context: Option<&'a Rc<Context>>,
        positional: Vec<Value>,
        named: Vec<(Rc<str>, Value)>,
    ) -> Result<Given<'a>, Error> {
        budget::spend(positional.len() + named.len())?;
        self.check_c(positional.len(), &named)?;
        let mut given = Given::empty(context);
        let count = positional.len();
        for (index, value) in positional.into_iter().enumerate() {
            if index < self.parameters.len() {
                given.put(index, value);
            } else {
                given.rest.push(value);
            }
        }
        for (name, value) in named {
            let place = self
                .parameters
                .iter()
                .position(|parameter| parameter.trim_end_matches('?') == &*name);
            match place {
                Some(place) if given.get(place).is_some() => {
                    let message = format!(
                        "{}() got multiple values for argument '{name}'",
                        self.python
                    );
                    return Err(Error::type_error(message));
                }
                Some(place) => given.put(place, value),
                None if self.variadic => given.named.push((name, value)),
                None => {
                    let message = format!(
                        "{}() got an unexpected keyword argument '{name}'",
                        self.python
                    );
                    return Err(Error::type_error(message));
                }
            }
        }
        if !given.rest.is_empty() && !self.variadic {
            return Err(self.too_many(count));
        }
        self.check_missing(&given)?;
        Ok(given)
    }

    fn required(&self) -> usize {
        self.parameters
            .iter()
            .filter(|parameter| !parameter.ends_with('?'))
            .count()
    }

    /// Functions written in C complain in their own words.
    fn check_c(&self, count: usize, named: &[(Rc<str>, Value)]) -> Result<(), Error> {
        let name = self.python;
        let message = match self.kind {
            Kind::Python => return Ok(()),
            Kind::Operator if !named.is_empty() => {
                format!("_operator.{name}() takes no keyword arguments")
            }
            _ if !named.is_empty() => format!("{name}() takes no keyword arguments"),
            Kind::OneArgument if count != 1 => {
                format!("{name}() takes exactly one argument ({count} given)")
            }
            Kind::Operator if count != 2 => format!("{name} expected 2 arguments, got {count}"),
            Kind::OneArgument | Kind::Operator => return Ok(()),
        };
        Err(Error::type_error(message))
    }

    fn too_many(&self, given: usize) -> Error {
        let hidden = usize::from(self.in_context);
        let (least, most) = (self.required() + hidden, self.parameters.len() + hidden);
        let given = given + hidden;
        let expected = if least == most {
            format!(
                "{most} positional argument{}",
                if most == 1 { "" } else { "s" }
            )
        } else {
            format!("from {least} to {most} positional arguments")
        };
        let verb = if given == 1 { "was" } else { "were" };
        Error::type_error(format!(
            "{}() takes {expected} but {given} {verb} given",
            self.python
        ))
    }

    fn check_missing(&self, given: &Given<'_>) -> Result<(), Error> {
        let is_missing = |(index, parameter): (usize, &&'static str)| {
            (!parameter.ends_with('?') && given.get(index).is_none())
                .then(|| format!("'{parameter}'"))
        };
        let missing: Vec<String> = self
            .parameters
            .iter()
            .enumerate()
            .filter_map(is_missing)
            .collect();
        let names = match missing.as_slice() {
            [] => return Ok(()),
            [only] => only.clone(),
            [one, two] => format!("{one} and {two}"),
            [first @ .., last] => format!("{}, and {last}", first.join(", ")),
        };
        let count = missing.len();
        let plural = if count == 1 { "" } else { "s" };
        Err(Error::type_error(format!(
            "{}() missing {count} required positional argument{plural}: {names}",
            self.python
        )))
    }
}

impl<'a> Given<'a> {
    fn empty(context: Option<&'a Rc<Context>>) -> Self {
        Self {
            context,
            values: [const { None }; MOST_PARAMETERS],
            rest: Vec::new(),
            named: Vec::new(),
        }
    }

    fn put(&mut self, index: usize, value: Value) {
        if let Some(place) = self.values.get_mut(index) {
            *place = Some(value);
        }
    }

    /// Where the filter is applied.
    pub(super) fn context(&self) -> Result<&'a Rc<Context>, Error> {
        self.context.ok_or_else(|| {
            Error::raised(
                "TemplateRuntimeError",
                "Attempted to invoke a context filter without context.",
            )
        })
    }

    /// The argument of a parameter, if it was given.
    pub(super) fn get(&self, index: usize) -> Option<&Value> {
        self.values.get(index)?.as_ref()
    }

    /// The argument of a parameter, if it was given and is not `None`.
    pub(super) fn some(&self, index: usize) -> Option<&Value> {
        self.get(index)
            .filter(|value| !matches!(value, Value::None))
    }

    /// The argument of a parameter that has no default.
    pub(super) fn at(&self, index: usize) -> &Value {
        self.get(index).unwrap_or(&Value::None)
    }

    /// What the filter is applied to.
    pub(super) fn value(&self) -> &Value {
        self.at(0)
    }

    /// Further arguments.
    pub(super) fn rest(&self) -> &[Value] {
        &self.rest
    }

    /// Further arguments by name.
    pub(super) fn named(&self) -> &[(Rc<str>, Value)] {
        &self.named
    }

    /// Whether an argument is true.
    pub(super) fn truth_or(&self, index: usize, default: bool) -> Result<bool, Error> {
        self.get(index).map_or(Ok(default), access::truth)
    }

    /// An argument that must be an integer.
    pub(super) fn integer_or(&self, index: usize, default: i64) -> Result<i64, Error> {
        self.get(index).map_or(Ok(default), integer)
    }
}

/// A value that must be an integer.
pub(super) fn integer(value: &Value) -> Result<i64, Error> {
    match value.plain() {
        Value::Int(number) => Ok(number),
        Value::Bool(flag) => Ok(flag.into()),
        Value::Big(_) => Err(Error::overflow(
            "Python int too large to convert to C ssize_t",
        )),
        _ => Err(no_integer(value.type_name())),
    }
}

fn no_integer(name: &str) -> Error {
    Error::type_error(format!(
        "'{name}' object cannot be interpreted as an integer"
    ))
}
