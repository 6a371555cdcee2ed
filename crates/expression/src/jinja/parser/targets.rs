//! What can be assigned to.

use super::Parser;
use crate::jinja::ast::{Expression, ExpressionKind, Name, Reference, Target};
use crate::jinja::error::SyntaxError;
use crate::jinja::token::{Kind, Operator};

impl Parser {
    /// A name, names with commas between them, or (if `namespaces`) attributes of names.
    pub(super) fn target(&mut self, namespaces: bool) -> Result<Target, SyntaxError> {
        let line = self.current.line;
        let mut targets = Vec::new();
        let mut is_tuple = false;
        loop {
            if !targets.is_empty() {
                self.expect(Operator::Comma)?;
            }
            if self.at_tuple_end() {
                break;
            }
            targets.push(self.target_item(namespaces)?);
            if !self.is(Operator::Comma) {
                break;
            }
            is_tuple = true;
        }
        if is_tuple {
            return targets
                .into_iter()
                .map(|(item, _)| item.ok_or_else(|| cannot_assign("tuple", line)))
                .collect::<Result<_, _>>()
                .map(Target::Tuple);
        }
        match targets.pop() {
            Some((Some(target), _)) => Ok(target),
            Some((None, kind)) => Err(cannot_assign(kind, line)),
            None => Err(self.expected_expression()),
        }
    }

    /// One item of a target: nothing if it cannot be assigned to, and what Jinja calls it then.
    fn target_item(
        &mut self,
        namespaces: bool,
    ) -> Result<(Option<Target>, &'static str), SyntaxError> {
        if namespaces
            && let Kind::Name(name) = &self.current.kind
            && !is_constant(name)
            && self.look()? == &Kind::Operator(Operator::Dot)
        {
            let (name, line) = self.expect_name()?;
            self.advance()?;
            let (attribute, _) = self.expect_name()?;
            let target = Target::Attribute(new_name(name, line), attribute.into_boxed_str());
            return Ok((Some(target), "nsref"));
        }
        let expression = self.primary()?;
        let kind = expression.kind.jinja_name();
        Ok((as_target(expression), kind))
    }

    /// A single name.
    pub(super) fn name_target(&mut self) -> Result<Name, SyntaxError> {
        let (name, line) = self.expect_name()?;
        if is_constant(&name) {
            return Err(cannot_assign("name", line));
        }
        Ok(new_name(name, line))
    }

    /// The parameters of a macro or call block and the defaults of the last of them.
    pub(super) fn signature(&mut self) -> Result<(Vec<Name>, Vec<Expression>), SyntaxError> {
        let mut parameters: Vec<Name> = Vec::new();
        let mut defaults = Vec::new();
        self.expect(Operator::LeftParenthesis)?;
        while !self.is(Operator::RightParenthesis) {
            if !parameters.is_empty() {
                self.expect(Operator::Comma)?;
            }
            let parameter = self.name_target()?;
            self.few_enough(parameters.len())?;
            if parameters
                .iter()
                .any(|earlier| earlier.name == parameter.name)
            {
                let message = format!(
                    "duplicate argument '{}' in function definition",
                    parameter.name
                );
                self.note_late(message, parameter.line);
            }
            if self.skip_if(Operator::Assign)? {
                defaults.push(self.expression()?);
            } else if !defaults.is_empty() {
                return Err(self.error("non-default argument follows default argument"));
            }
            parameters.push(parameter);
        }
        self.advance()?;
        Ok((parameters, defaults))
    }
}

/// A name whose slot is not known yet.
pub(super) fn new_name(name: String, line: u32) -> Name {
    Name {
        name: name.into_boxed_str(),
        reference: Reference::default(),
        line,
    }
}

fn is_constant(name: &str) -> bool {
    matches!(name, "true" | "false" | "none" | "True" | "False" | "None")
}

fn as_target(expression: Expression) -> Option<Target> {
    match expression.kind {
        ExpressionKind::Name(name) => Some(Target::Name(name)),
        ExpressionKind::Tuple(items) => items
            .into_iter()
            .map(as_target)
            .collect::<Option<_>>()
            .map(Target::Tuple),
        _ => None,
    }
}

fn cannot_assign(kind: &str, line: u32) -> SyntaxError {
    SyntaxError::new(format!("can't assign to '{kind}'"), line)
}
