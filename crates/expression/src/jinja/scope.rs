//! What a template is rendered with.

use std::rc::Rc;

use crate::keyczar;
use crate::value::{Dict, Error, Value};

/// The variables that a template may use.
pub trait Variables {
    /// The value of a variable, if there is one. It is asked for once in a rendering, when it is first used.
    fn get(&self, name: &str) -> Result<Option<Value>, Error>;
}

/// What using an undefined value means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Undefined {
    /// Every use but a test or a default is an error.
    #[default]
    Strict,
    /// It is empty text, and errors start with its attributes.
    Plain,
}

/// What a template is rendered with.
#[derive(Clone)]
pub struct Scope {
    /// The variables.
    pub variables: Rc<dyn Variables>,
    /// What using an undefined value means.
    pub undefined: Undefined,
    /// The key that `decrypt_kv` uses.
    pub crypto_key: Option<Rc<keyczar::Key>>,
    /// Where the `random` filter and `lipsum` start from.
    pub seed: u64,
    /// How many steps the evaluation may take.
    pub steps: u64,
}

/// The usual number of steps that an evaluation may take.
pub const STEPS: u64 = 1_000_000;

impl Scope {
    /// A scope with the usual settings.
    pub fn new(variables: impl Variables + 'static) -> Self {
        Self {
            variables: Rc::new(variables),
            undefined: Undefined::Strict,
            crypto_key: None,
            seed: 0,
            steps: STEPS,
        }
    }
}

impl Variables for Dict {
    fn get(&self, name: &str) -> Result<Option<Value>, Error> {
        Ok(self.get_text(name).cloned())
    }
}

impl<F: Fn(&str) -> Result<Option<Value>, Error>> Variables for F {
    fn get(&self, name: &str) -> Result<Option<Value>, Error> {
        self(name)
    }
}

impl<T: Variables + ?Sized> Variables for Rc<T> {
    fn get(&self, name: &str) -> Result<Option<Value>, Error> {
        (**self).get(name)
    }
}
