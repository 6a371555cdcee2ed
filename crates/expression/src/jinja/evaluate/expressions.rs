//! Expressions.

use std::rc::Rc;

use super::Evaluator;
use crate::jinja::access::{attribute, item};
use crate::jinja::ast::{
    Comparison, Conditional, Constant, Escape, Expression, ExpressionKind, Slice,
};
use crate::jinja::globals::range::Range;
use crate::jinja::lookup::Lookup;
use crate::jinja::markup::{Markup, escaped, has_html, soft_text};
use crate::jinja::operators;
use crate::jinja::scope::Undefined;
use crate::jinja::undefined::Missing;
use crate::value::{Dict, Error, Key, Object as _, Value, access, budget, text};

impl Evaluator<'_> {
    /// The value of an expression.
    pub(super) fn evaluate(&self, expression: &Expression) -> Result<Value, Error> {
        match &expression.kind {
            ExpressionKind::Constant(constant) => {
                budget::spend(1)?;
                return Ok(constant_value(constant));
            }
            ExpressionKind::Name(name) => {
                budget::spend(1)?;
                return self.activation.load(name);
            }
            _ => {}
        }
        let _level = budget::descend()?;
        match &expression.kind {
            ExpressionKind::Constant(_) | ExpressionKind::Name(_) => Ok(Value::None),
            ExpressionKind::Attribute(object, name) => {
                let object = self.evaluate(object)?;
                attribute(self.runtime(), &object, name)
            }
            ExpressionKind::Item(pair) => {
                let [object, key] = self.pair(pair)?;
                item(self.runtime(), &object, &key)
            }
            ExpressionKind::Binary(operator, pair) => {
                let [one, two] = self.pair(pair)?;
                operators::binary(*operator, &one, &two)
            }
            ExpressionKind::Unary(operator, operand) => {
                operators::unary(*operator, &self.evaluate(operand)?)
            }
            ExpressionKind::Not(operand) => Ok((!self.truth(operand)?).into()),
            ExpressionKind::And(pair) => self.either(pair, false),
            ExpressionKind::Or(pair) => self.either(pair, true),
            ExpressionKind::Compare(first, rest) => self.comparison(first, rest),
            ExpressionKind::Filter(node) => self.filter(node),
            ExpressionKind::Test(node) => self.test(node),
            ExpressionKind::Call(node) => self.call(node, None),
            ExpressionKind::Conditional(node) => self.conditional(node),
            ExpressionKind::Concat(operands, escape) => self.concat(operands, *escape),
            ExpressionKind::Tuple(items) => self.all(items).map(Value::tuple),
            ExpressionKind::List(items) => self.all(items).map(Value::list),
            ExpressionKind::Dict(items) => self.dict(items),
            ExpressionKind::Slice(node) => self.slice(node),
        }
    }

    fn pair(&self, pair: &[Expression; 2]) -> Result<[Value; 2], Error> {
        let [one, two] = pair;
        Ok([self.evaluate(one)?, self.evaluate(two)?])
    }

    /// The values of several expressions.
    pub(super) fn all(&self, expressions: &[Expression]) -> Result<Vec<Value>, Error> {
        expressions
            .iter()
            .map(|expression| self.evaluate(expression))
            .collect()
    }

    fn truth(&self, expression: &Expression) -> Result<bool, Error> {
        access::truth(&self.evaluate(expression)?)
    }

    /// The first operand if its truth is `decisive`, else the second.
    fn either(&self, pair: &[Expression; 2], decisive: bool) -> Result<Value, Error> {
        let [one, two] = pair;
        let one = self.evaluate(one)?;
        if access::truth(&one)? == decisive {
            Ok(one)
        } else {
            self.evaluate(two)
        }
    }

    fn comparison(
        &self,
        first: &Expression,
        rest: &[(Comparison, Expression)],
    ) -> Result<Value, Error> {
        let mut left = self.evaluate(first)?;
        for (comparison, operand) in rest {
            let right = self.evaluate(operand)?;
            if !operators::compare(*comparison, &left, &right)? {
                return Ok(false.into());
            }
            left = right;
        }
        Ok(true.into())
    }

    fn conditional(&self, node: &Conditional) -> Result<Value, Error> {
        if self.truth(&node.test)? {
            return self.evaluate(&node.then);
        }
        match &node.otherwise {
            Some(otherwise) => self.evaluate(otherwise),
            // Even where undefined values are errors, this one is empty text.
            None => Ok(Missing::hint(
                Undefined::Plain,
                format!(
                    "the inline if-expression on line {} evaluated to false and no else section was defined.",
                    node.line
                ),
            )),
        }
    }

    fn concat(&self, operands: &[Expression], escape: Escape) -> Result<Value, Error> {
        let operands = self.all(operands)?;
        // Once an operand is safe text, the result is, and all others are escaped.
        let safe = escape == Escape::Yes && operands.iter().any(has_html);
        let mut joined = String::new();
        for operand in &operands {
            let text = if safe {
                escaped(&soft_text(operand)?)?
            } else {
                text::str(operand)?
            };
            budget::text(text.len())?;
            joined.push_str(&text);
            if joined.len() > budget::TEXT_CAP {
                budget::text(joined.len())?;
            }
        }
        Ok(if safe {
            Markup::safe(joined)
        } else {
            joined.into()
        })
    }

    fn dict(&self, items: &[(Expression, Expression)]) -> Result<Value, Error> {
        let mut dict = Dict::new();
        for (key, value) in items {
            let key = self.evaluate(key)?;
            let value = self.evaluate(value)?;
            dict.insert(Key::new(key)?, value);
        }
        Ok(Value::dict(dict))
    }

    fn slice(&self, node: &Slice) -> Result<Value, Error> {
        let object = self.evaluate(&node.object)?;
        let mut bounds = [Value::None, Value::None, Value::None];
        for (bound, expression) in bounds.iter_mut().zip(&node.bounds) {
            if let Some(expression) = expression {
                *bound = self.evaluate(expression)?;
            }
        }
        let [start, stop, step] = bounds;
        let slice = access::Slice { start, stop, step };
        if let Some(missing) = Missing::of(&object) {
            return Err(missing.error());
        }
        if let Some(part) = Markup::slice(&object, &slice) {
            return part;
        }
        if let Some(range) = Range::of(&object) {
            return range.slice(&slice);
        }
        if let Some(lookup) = Lookup::of(&object) {
            let [start, stop, step] = [&slice.start, &slice.stop, &slice.step].map(text::repr);
            let key = format!("slice({}, {}, {})", start?, stop?, step?);
            return lookup
                .item(&Value::from(key))
                .map(|item| item.unwrap_or(Value::None));
        }
        access::slice(&object, &slice)
    }
}

fn constant_value(constant: &Constant) -> Value {
    match constant {
        Constant::None => Value::None,
        Constant::Bool(flag) => Value::Bool(*flag),
        Constant::Integer(number) => Value::Int(*number),
        Constant::Big(number) => Value::Big(Rc::new(number.clone())),
        Constant::Float(number) => Value::Float(*number),
        Constant::Text(text) => Value::Str(Rc::from(&**text)),
    }
}
