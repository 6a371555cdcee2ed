//! Statements.

use super::Evaluator;
use crate::jinja::ast::{
    Autoescape, FilterBlock, If, OtherTemplate, OtherTemplateKind, SetBlock, Statement, With,
};
use crate::jinja::iterate::items;
use crate::jinja::markup::Markup;
use crate::jinja::runtime::Sink;
use crate::jinja::undefined::is_undefined;
use crate::value::{Error, Value, access, budget};

impl Evaluator<'_> {
    /// Runs statements one after the other.
    pub(super) fn statements(
        &self,
        statements: &[Statement],
        sink: &mut Sink,
    ) -> Result<(), Error> {
        statements
            .iter()
            .try_for_each(|statement| self.statement(statement, sink))
    }

    fn statement(&self, statement: &Statement, sink: &mut Sink) -> Result<(), Error> {
        if let Statement::Output(output) = statement {
            return self.output(output, sink);
        }
        let _level = budget::descend()?;
        match statement {
            Statement::Output(_) => Ok(()),
            Statement::For(node) => self.for_loop(node, sink),
            Statement::If(node) => self.if_statement(node, sink),
            Statement::Set(node) => {
                self.at_line(node.line);
                self.check_namespaces(&node.target)?;
                let value = self.evaluate(&node.value)?;
                self.assign_and_export(&node.target, value, node.top_level)
            }
            Statement::SetBlock(node) => self.set_block(node),
            Statement::Macro(node) => {
                let value = self.macro_value(Some(&node.name.name), &node.function);
                if node.top_level {
                    self.activation
                        .context
                        .export(&node.name.name, value.clone());
                }
                self.activation.set(node.name.reference.slot, value);
                Ok(())
            }
            Statement::CallBlock(node) => {
                self.at_line(node.line);
                let caller = self.macro_value(None, &node.function);
                let result = self.call_with_caller(&node.call, caller)?;
                sink.push_unconverted(&result)
            }
            Statement::FilterBlock(node) => self.filter_block(node, sink),
            Statement::With(node) => self.with(node, sink),
            Statement::Autoescape(node) => self.autoescape(node, sink),
            Statement::Block(node) => {
                self.at_line(node.line);
                self.block(node, sink)
            }
            Statement::Template(node) => self.other_template(node),
        }
    }

    fn if_statement(&self, node: &If, sink: &mut Sink) -> Result<(), Error> {
        for (test, line, body) in &node.branches {
            self.at_line(*line);
            if access::truth(&self.evaluate(test)?)? {
                return self.statements(body, sink);
            }
        }
        self.statements(&node.otherwise, sink)
    }

    fn set_block(&self, node: &SetBlock) -> Result<(), Error> {
        self.activation.enter(&node.frame);
        let mut inner = Sink::default();
        self.statements(&node.body, &mut inner)?;
        self.at_line(node.line);
        let value = match &node.filter {
            Some(filter) => {
                let text = self.text_value(inner.finish()?, node.escape);
                self.filtering(&text).evaluate(filter)?
            }
            None => inner.finish()?.into(),
        };
        let value = if self.runtime().autoescape.get() {
            Markup::of(&value)?
        } else {
            value
        };
        self.assign_and_export(&node.target, value, node.top_level)?;
        self.activation.leave(&node.frame);
        Ok(())
    }

    fn filter_block(&self, node: &FilterBlock, sink: &mut Sink) -> Result<(), Error> {
        self.activation.enter(&node.frame);
        let mut inner = Sink::default();
        self.statements(&node.body, &mut inner)?;
        self.at_line(node.line);
        let text = self.text_value(inner.finish()?, node.escape);
        let filtered = self.filtering(&text).evaluate(&node.filter)?;
        sink.push_unconverted(&filtered)?;
        self.activation.leave(&node.frame);
        Ok(())
    }

    /// The same function, where a filter without operand gets `text`.
    fn filtering<'a>(&'a self, text: &'a Value) -> Evaluator<'a> {
        Evaluator {
            activation: self.activation,
            filtered: Some(text),
        }
    }

    fn with(&self, node: &With, sink: &mut Sink) -> Result<(), Error> {
        self.activation.enter(&node.frame);
        for (target, value) in node.targets.iter().zip(&node.values) {
            self.at_line(node.line);
            let value = self.evaluate(value)?;
            self.assign(target, value)?;
        }
        self.statements(&node.body, sink)?;
        self.activation.leave(&node.frame);
        Ok(())
    }

    fn autoescape(&self, node: &Autoescape, sink: &mut Sink) -> Result<(), Error> {
        self.activation.enter(&node.frame);
        self.at_line(node.line);
        let enabled = access::truth(&self.evaluate(&node.enabled)?)?;
        let before = self.runtime().autoescape.replace(enabled);
        self.statements(&node.body, sink)?;
        self.runtime().autoescape.set(before);
        self.activation.leave(&node.frame);
        Ok(())
    }

    /// There are no other templates.
    fn other_template(&self, node: &OtherTemplate) -> Result<(), Error> {
        self.at_line(node.line);
        let template = self.evaluate(&node.template)?;
        if matches!(node.kind, OtherTemplateKind::Include)
            && template.as_text().is_none()
            && !is_undefined(&template)
        {
            if !access::truth(&template)? {
                let message = "Tried to select from an empty list of templates.";
                return Err(Error::raised("TemplatesNotFound", message));
            }
            items(&template)?;
        }
        Err(Error::type_error(
            "no loader for this environment specified",
        ))
    }
}
