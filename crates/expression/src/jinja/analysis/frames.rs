//! Statements that open frames of their own.

use std::sync::Arc;

use super::{Analysis, INNER, Place};
use crate::jinja::ast::{
    Autoescape, Constant, Escape, Expression, ExpressionKind, FilterBlock, For, Function, Macro,
    Name, SetBlock, Statement, With,
};
use crate::jinja::error::{SyntaxError, SyntaxErrorClass};
use crate::jinja::visit::{Blocks, Use, names_in, names_of_target, undeclared_among};

impl Analysis {
    pub(super) fn set_block(
        &mut self,
        node: &mut SetBlock,
        place: Place,
    ) -> Result<(), SyntaxError> {
        node.top_level = place.top_level;
        node.escape = self.escape;
        self.target(&mut node.target)?;
        self.symbols.enter_frame();
        // Jinja forgets the filter's arguments here, so that names which only they use are errors.
        self.symbols.collect(&node.body);
        node.frame = self.close_frame();
        self.statements(&mut node.body, INNER)?;
        node.filter
            .iter_mut()
            .try_for_each(|filter| self.expression(filter, false))?;
        self.symbols.leave_frame();
        Ok(())
    }

    pub(super) fn filter_block(&mut self, node: &mut FilterBlock) -> Result<(), SyntaxError> {
        self.symbols.enter_frame();
        self.symbols.collect(&node.body);
        node.escape = self.escape;
        self.symbols.collect_expression(&node.filter);
        node.frame = self.close_frame();
        self.statements(&mut node.body, INNER)?;
        self.expression(&mut node.filter, false)?;
        self.symbols.leave_frame();
        Ok(())
    }

    pub(super) fn with(&mut self, node: &mut With, place: Place) -> Result<(), SyntaxError> {
        node.values
            .iter_mut()
            .try_for_each(|value| self.expression(value, place.soft))?;
        self.symbols.enter_frame();
        node.targets
            .iter()
            .for_each(|target| self.symbols.declare_target(target));
        self.symbols.collect(&node.body);
        node.frame = self.close_frame();
        node.targets
            .iter_mut()
            .try_for_each(|target| self.target(target))?;
        self.statements(&mut node.body, INNER)?;
        self.symbols.leave_frame();
        Ok(())
    }

    pub(super) fn autoescape(&mut self, node: &mut Autoescape) -> Result<(), SyntaxError> {
        self.symbols.enter_frame();
        self.symbols.collect_expression(&node.enabled);
        self.symbols.collect(&node.body);
        node.frame = self.close_frame();
        self.expression(&mut node.enabled, false)?;
        let outer = self.escape;
        self.escape = escape_by(&node.enabled);
        self.statements(&mut node.body, INNER)?;
        self.escape = outer;
        self.symbols.leave_frame();
        Ok(())
    }

    pub(super) fn for_loop(&mut self, node: &mut For, place: Place) -> Result<(), SyntaxError> {
        refuse_to_assign_loop(node)?;
        self.expression(&mut node.iterable, place.soft)?;
        self.loop_test(node)?;
        if node.recursive {
            self.symbols.enter_function();
        }
        self.symbols.enter_frame();
        let uses_loop = node.recursive
            || !undeclared_among(&node.body, &["loop"]).is_empty()
            || has_scoped_block(&node.body)
            || has_scoped_block(&node.otherwise);
        node.escape = self.escape;
        node.loop_slot = uses_loop.then(|| self.symbols.declare_parameter("loop"));
        self.symbols.declare_target(&node.target);
        self.symbols.collect(&node.body);
        node.frame = self.close_frame();
        self.target(&mut node.target)?;
        self.statements(&mut node.body, INNER)?;
        self.symbols.leave_frame();

        self.symbols.enter_frame();
        self.symbols.collect(&node.otherwise);
        node.otherwise_frame = self.close_frame();
        self.statements(&mut node.otherwise, INNER)?;
        self.symbols.leave_frame();
        if node.recursive {
            node.slots = self.symbols.leave_function()?;
        }
        Ok(())
    }

    fn loop_test(&mut self, node: &mut For) -> Result<(), SyntaxError> {
        let Some(test) = &mut node.test else {
            return Ok(());
        };
        let test = Arc::make_mut(test);
        self.symbols.enter_function();
        self.symbols.enter_frame();
        self.symbols.declare_target(&test.target);
        self.symbols.collect_expression(&test.condition);
        test.frame = self.close_frame();
        self.target(&mut test.target)?;
        self.expression(&mut test.condition, false)?;
        self.symbols.leave_frame();
        test.slots = self.symbols.leave_function()?;
        Ok(())
    }

    pub(super) fn macro_definition(
        &mut self,
        node: &mut Macro,
        place: Place,
    ) -> Result<(), SyntaxError> {
        node.top_level = place.top_level;
        self.symbols.resolve(&mut node.name)?;
        self.function(Arc::make_mut(&mut node.function))
    }

    pub(super) fn function(&mut self, function: &mut Function) -> Result<(), SyntaxError> {
        self.symbols.enter_function();
        self.symbols.enter_frame();
        for parameter in &mut function.parameters {
            self.symbols.declare_parameter(&parameter.name);
            self.symbols.resolve(parameter)?;
        }
        let used = undeclared_among(&function.body, &["caller", "kwargs", "varargs"]);
        let is_parameter = |name: &str| {
            function
                .parameters
                .iter()
                .position(|parameter| *parameter.name == *name)
        };
        function.uses_caller = used.contains(&"caller");
        match is_parameter("caller") {
            Some(index) if function.uses_caller => {
                if index + function.defaults.len() < function.parameters.len() {
                    return Err(caller_without_default(function.line));
                }
            }
            Some(_) => {}
            None => function.caller = self.parameter_if_used("caller", &used),
        }
        if is_parameter("kwargs").is_none() {
            function.kwargs = self.parameter_if_used("kwargs", &used);
        }
        if is_parameter("varargs").is_none() {
            function.varargs = self.parameter_if_used("varargs", &used);
        }
        function
            .defaults
            .iter()
            .for_each(|default| self.symbols.collect_expression(default));
        self.symbols.collect(&function.body);
        function.frame = self.close_frame();
        function
            .defaults
            .iter_mut()
            .try_for_each(|default| self.expression(default, false))?;
        self.statements(&mut function.body, INNER)?;
        self.symbols.leave_frame();
        function.slots = self.symbols.leave_function()?;
        Ok(())
    }
}

/// What a constant asks for is known now.
fn escape_by(enabled: &Expression) -> Escape {
    match &enabled.kind {
        ExpressionKind::Constant(Constant::Bool(true)) => Escape::Yes,
        ExpressionKind::Constant(Constant::Bool(false) | Constant::None) => Escape::No,
        _ => Escape::Runtime,
    }
}

fn caller_without_default(line: u32) -> SyntaxError {
    let message = "When defining macros or call blocks the special \"caller\" argument must be omitted or be given a \
                   default.";
    SyntaxError::new(message, line).of(SyntaxErrorClass::TemplateAssertionError)
}

fn refuse_to_assign_loop(node: &For) -> Result<(), SyntaxError> {
    let mut assigned = None;
    let mut look = |name: &Name, usage| {
        if usage == Use::Store && *name.name == *"loop" {
            assigned.get_or_insert(name.line);
        }
    };
    names_of_target(&node.target, Use::Store, &mut look);
    names_in(&node.body, Blocks::Enter, &mut look);
    names_in(&node.otherwise, Blocks::Enter, &mut look);
    assigned.map_or(Ok(()), |line| {
        let error = SyntaxError::new(
            "Can't assign to special loop variable in for-loop target",
            line,
        );
        Err(error.of(SyntaxErrorClass::TemplateAssertionError))
    })
}

fn has_scoped_block(statements: &[Statement]) -> bool {
    statements.iter().any(|statement| match statement {
        Statement::Block(node) => node.scoped || has_scoped_block(&node.body),
        Statement::For(node) => has_scoped_block(&node.body) || has_scoped_block(&node.otherwise),
        Statement::If(node) => {
            node.branches
                .iter()
                .any(|(_, _, body)| has_scoped_block(body))
                || has_scoped_block(&node.otherwise)
        }
        Statement::SetBlock(node) => has_scoped_block(&node.body),
        Statement::Macro(node) => has_scoped_block(&node.function.body),
        Statement::CallBlock(node) => has_scoped_block(&node.function.body),
        Statement::FilterBlock(node) => has_scoped_block(&node.body),
        Statement::With(node) => has_scoped_block(&node.body),
        Statement::Autoescape(node) => has_scoped_block(&node.body),
        Statement::Output(_) | Statement::Set(_) | Statement::Template(_) => false,
    })
}
