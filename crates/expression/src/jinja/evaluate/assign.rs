//! Assignments.

use super::Evaluator;
use crate::jinja::ast::Target;
use crate::jinja::globals::namespace::Namespace;
use crate::jinja::iterate::unpack;
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
