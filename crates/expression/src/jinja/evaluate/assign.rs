//! Assignments.

use super::Evaluator;
use crate::jinja::ast::Target;
use crate::jinja::globals::namespace::Namespace;
use crate::jinja::iterate::{Items, items};
use crate::value::{Error, Value};

impl Evaluator<'_> {
    /// Assigns a value; on the template's top level, blocks see it, too.
    pub(super) fn assign_and_export(
        &self,
        target: &Target,
        value: Value,
        top_level: bool,
    ) -> Result<(), Error> {
        self.assign(target, value)?;
        if top_level {
            self.export(target)?;
        }
        Ok(())
    }

    /// Assigns a value to a name, an attribute of a namespace, or its items to several of them.
    pub(super) fn assign(&self, target: &Target, value: Value) -> Result<(), Error> {
        match target {
            Target::Name(name) => {
                self.activation.set(name.reference.slot, value);
                Ok(())
            }
            Target::Attribute(name, attribute) => {
                let namespace = self.activation.find(&name.name, name.reference)?;
                match namespace.as_ref().and_then(Namespace::of) {
                    Some(namespace) => {
                        namespace.set(attribute, value);
                        Ok(())
                    }
                    None => Err(no_namespace()),
                }
            }
            Target::Tuple(targets) => {
                let values = unpack(&value, targets.len())?;
                targets
                    .iter()
                    .zip(values)
                    .try_for_each(|(target, value)| self.assign(target, value))
            }
        }
    }

    /// Attributes can be assigned to in namespaces only; this is checked before anything is evaluated.
    pub(super) fn check_namespaces(&self, target: &Target) -> Result<(), Error> {
        match target {
            Target::Name(_) => Ok(()),
            Target::Attribute(name, _) => {
                let namespace = self.activation.find(&name.name, name.reference)?;
                let found = namespace.as_ref().and_then(Namespace::of);
                found.map(|_| ()).ok_or_else(no_namespace)
            }
            Target::Tuple(targets) => targets
                .iter()
                .try_for_each(|target| self.check_namespaces(target)),
        }
    }

    fn export(&self, target: &Target) -> Result<(), Error> {
        match target {
            Target::Name(name) => {
                if let Some(value) = self.activation.find(&name.name, name.reference)? {
                    self.activation.context.export(&name.name, value);
                }
                Ok(())
            }
            Target::Attribute(..) => Ok(()),
            Target::Tuple(targets) => targets.iter().try_for_each(|target| self.export(target)),
        }
    }
}

fn no_namespace() -> Error {
    Error::raised(
        "TemplateRuntimeError",
        "cannot assign attribute on non-namespace object",
    )
}

/// Exactly `count` items of a value.
fn unpack(value: &Value, count: usize) -> Result<Vec<Value>, Error> {
    let mut rest = iterate_to_unpack(value)?;
    let mut values = Vec::with_capacity(count);
    while let Some(item) = rest.next()? {
        if values.len() == count {
            return Err(Error::value_error(format!(
                "too many values to unpack (expected {count})"
            )));
        }
        values.push(item);
    }
    if values.len() < count {
        let got = values.len();
        return Err(Error::value_error(format!(
            "not enough values to unpack (expected {count}, got {got})"
        )));
    }
    Ok(values)
}

fn iterate_to_unpack(value: &Value) -> Result<Items, Error> {
    items(value).map_err(|error| match error {
        Error::Raised {
            class: "TypeError",
            message,
        } if message.ends_with("object is not iterable") => Error::type_error(format!(
            "cannot unpack non-iterable {} object",
            value.type_name()
        )),
        other => other,
    })
}
