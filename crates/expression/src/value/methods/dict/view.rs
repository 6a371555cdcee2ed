//! `dict.keys()`, `dict.values()` and `dict.items()`: they show what the dict holds now.

use std::cell::RefCell;
use std::rc::Rc;

use super::super::super::{Dict, Error, Key, Object, Value, budget, order, text};

/// What a view shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ViewKind {
    /// The keys.
    Keys,
    /// The values.
    Values,
    /// Pairs of both.
    Items,
}

/// A view of a dict.
#[derive(Debug)]
pub struct View {
    dict: Rc<RefCell<Dict>>,
    kind: ViewKind,
}

impl View {
    /// A view of `dict`.
    pub const fn new(dict: Rc<RefCell<Dict>>, kind: ViewKind) -> Self {
        Self { dict, kind }
    }

    fn members(&self) -> Vec<Value> {
        let dict = self.dict.borrow();
        match self.kind {
            ViewKind::Keys => dict.key_values(),
            ViewKind::Values => dict.values().cloned().collect(),
            ViewKind::Items => dict
                .iter()
                .map(|(key, value)| Value::tuple(vec![key.value().clone(), value.clone()]))
                .collect(),
        }
    }
}

impl Object for View {
    fn type_name(&self) -> &str {
        match self.kind {
            ViewKind::Keys => "dict_keys",
            ViewKind::Values => "dict_values",
            ViewKind::Items => "dict_items",
        }
    }

    fn iterate(&self) -> Result<Vec<Value>, Error> {
        budget::items(self.dict.borrow().len())?;
        Ok(self.members())
    }

    fn length(&self) -> Result<Option<usize>, Error> {
        Ok(Some(self.dict.borrow().len()))
    }

    fn repr(&self) -> Result<String, Error> {
        let _level = budget::descend()?;
        let members = text::repr(&Value::list(self.members()))?;
        Ok(format!("{}({members})", self.type_name()))
    }

    fn contains(&self, member: &Value) -> Result<Option<bool>, Error> {
        match self.kind {
            ViewKind::Keys => {
                let key = Key::new(member.clone())?;
                Ok(Some(self.dict.borrow().contains_key(&key)))
            }
            ViewKind::Values | ViewKind::Items => Ok(None),
        }
    }

    fn equals(&self, other: &Value) -> Result<Option<bool>, Error> {
        let other = match other {
            Value::Object(other) => other.as_any().downcast_ref::<Self>(),
            _ => None,
        };
        Ok(match (self.kind, other) {
            (ViewKind::Values, _) | (_, None) => None,
            (kind, Some(other)) if kind != other.kind => Some(false),
            (ViewKind::Keys, Some(other)) => {
                let (one, two) = (self.dict.borrow(), other.dict.borrow());
                Some(one.len() == two.len() && one.keys().all(|key| two.contains_key(key)))
            }
            (ViewKind::Items, Some(other)) => {
                let one = Value::Dict(Rc::clone(&self.dict));
                Some(order::equals(&one, &Value::Dict(Rc::clone(&other.dict)))?)
            }
        })
    }

    fn held(&self) -> Vec<Value> {
        vec![Value::Dict(Rc::clone(&self.dict))]
    }

    fn hashable(&self) -> Result<(), Error> {
        match self.kind {
            ViewKind::Values => Ok(()),
            ViewKind::Keys | ViewKind::Items => Err(Error::type_error(format!(
                "unhashable type: '{}'",
                self.type_name()
            ))),
        }
    }
}
