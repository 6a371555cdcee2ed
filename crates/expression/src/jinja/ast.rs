//! The syntax tree.
//!
//! The parser makes it with open references; `analysis` closes them: each name then stands for a slot, and each node that
//! opens a frame knows how to fill its slots. Constants are plain, so that a compiled template can cross threads.

use std::collections::HashMap;
use std::sync::Arc;

use num_bigint::BigInt;

use super::callable::Callable;

/// A literal.
#[derive(Debug, Clone)]
pub(super) enum Constant {
    None,
    Bool(bool),
    Integer(i64),
    Big(BigInt),
    Float(f64),
    Text(Box<str>),
}

/// Where a variable lives: how many functions outwards, and in which of that function's slots.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reference {
    pub(super) outwards: u16,
    pub(super) slot: u16,
}

/// A use of a variable.
#[derive(Debug, Clone)]
pub(super) struct Name {
    pub(super) name: Box<str>,
    pub(super) reference: Reference,
    pub(super) line: u32,
}

/// How a slot is filled when its frame is entered.
#[derive(Debug, Clone)]
pub(super) enum Load {
    /// By whoever enters the frame.
    Parameter,
    /// From the variables given to the template, when it is first used.
    Resolve,
    /// From the same name in an outer frame.
    Alias(Reference),
    /// Not before it is assigned.
    Undefined,
}

/// The variables of one frame: which slot, and how it is filled.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) loads: Vec<(u16, Load)>,
}

/// An expression, and how deep its tree is.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    pub(super) kind: ExpressionKind,
    pub(super) depth: u16,
}

#[derive(Debug, Clone)]
pub(super) enum ExpressionKind {
    Constant(Constant),
    Name(Name),
    Tuple(Vec<Expression>),
    List(Vec<Expression>),
    Dict(Vec<(Expression, Expression)>),
    Conditional(Box<Conditional>),
    And(Box<[Expression; 2]>),
    Or(Box<[Expression; 2]>),
    Not(Box<Expression>),
    Unary(Unary, Box<Expression>),
    Binary(Binary, Box<[Expression; 2]>),
    Concat(Vec<Expression>, Escape),
    Compare(Box<Expression>, Vec<(Comparison, Expression)>),
    Attribute(Box<Expression>, Box<str>),
    Item(Box<[Expression; 2]>),
    Slice(Box<Slice>),
    Call(Box<Call>),
    Filter(Box<Filter>),
    Test(Box<Test>),
}

/// Whether what is written is escaped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Escape {
    #[default]
    No,
    Yes,
    /// As an `autoescape` decides when it is reached.
    Runtime,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unary {
    Minus,
    Plus,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Binary {
    Add,
    Subtract,
    Multiply,
    Divide,
    FloorDivide,
    Modulo,
    Power,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
}

/// `then if test else otherwise`
#[derive(Debug, Clone)]
pub(super) struct Conditional {
    pub(super) test: Expression,
    pub(super) then: Expression,
    pub(super) otherwise: Option<Expression>,
    pub(super) line: u32,
}

/// `object[start:stop:step]`
#[derive(Debug, Clone)]
pub(super) struct Slice {
    pub(super) object: Expression,
    pub(super) bounds: [Option<Expression>; 3],
}

/// The arguments of a call, filter or test.
#[derive(Debug, Clone, Default)]
pub(super) struct Arguments {
    pub(super) positional: Vec<Expression>,
    pub(super) keywords: Vec<(Box<str>, Expression)>,
    /// `*args`
    pub(super) list: Option<Expression>,
    /// `**kwargs`
    pub(super) dict: Option<Expression>,
}

/// `callee(arguments)`
#[derive(Debug, Clone)]
pub(super) struct Call {
    pub(super) callee: Expression,
    pub(super) arguments: Arguments,
}

/// `operand | name(arguments)`; without an operand in filter blocks and block assignments.
#[derive(Debug, Clone)]
pub(super) struct Filter {
    pub(super) operand: Option<Expression>,
    pub(super) name: Box<str>,
    pub(super) arguments: Arguments,
    pub(super) line: u32,
    /// What it does, if there is such a filter.
    pub(super) filter: Option<&'static Callable>,
}

/// `operand is name(arguments)`
#[derive(Debug, Clone)]
pub(super) struct Test {
    pub(super) operand: Expression,
    pub(super) name: Box<str>,
    pub(super) arguments: Arguments,
    pub(super) line: u32,
    /// What it does, if there is such a test.
    pub(super) test: Option<&'static Callable>,
}

/// What can be assigned to.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Name(Name),
    /// `namespace.attribute`
    Attribute(Name, Box<str>),
    Tuple(Vec<Self>),
}

#[derive(Debug, Clone)]
pub(super) enum Statement {
    Output(Output),
    For(Arc<For>),
    If(Box<If>),
    Set(Box<Set>),
    SetBlock(Box<SetBlock>),
    Macro(Box<Macro>),
    CallBlock(Box<CallBlock>),
    FilterBlock(Box<FilterBlock>),
    With(Box<With>),
    Autoescape(Box<Autoescape>),
    Block(Box<BlockCall>),
    Template(Box<OtherTemplate>),
}

/// Text and expressions that are written.
#[derive(Debug, Clone)]
pub(super) struct Output {
    pub(super) pieces: Vec<Piece>,
    pub(super) escape: Escape,
}

/// A piece of output.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    Text(Box<str>),
    Expression(Expression, u32),
}

#[derive(Debug, Clone)]
pub(super) struct For {
    pub(super) line: u32,
    pub(super) target: Target,
    pub(super) iterable: Expression,
    pub(super) test: Option<Arc<LoopTest>>,
    pub(super) recursive: bool,
    pub(super) body: Vec<Statement>,
    pub(super) otherwise: Vec<Statement>,
    pub(super) frame: Frame,
    pub(super) otherwise_frame: Frame,
    /// The slot of `loop`, if the body uses it.
    pub(super) loop_slot: Option<u16>,
    /// How many slots the loop's own function has; only recursive loops have one.
    pub(super) slots: u16,
    /// Whether the text of a recursive loop is safe text.
    pub(super) escape: Escape,
}

/// The `if` of a loop: a function of its own that sees one item at a time.
#[derive(Debug, Clone)]
pub(super) struct LoopTest {
    pub(super) condition: Expression,
    /// The loop's target once more, in this function's slots.
    pub(super) target: Target,
    pub(super) frame: Frame,
    pub(super) slots: u16,
}

#[derive(Debug, Clone)]
pub(super) struct If {
    /// Condition, line and body of the `if` and each `elif`.
    pub(super) branches: Vec<(Expression, u32, Vec<Statement>)>,
    pub(super) otherwise: Vec<Statement>,
}

#[derive(Debug, Clone)]
pub(super) struct Set {
    pub(super) line: u32,
    pub(super) target: Target,
    pub(super) value: Expression,
    /// Whether blocks can see the variable, since the assignment is not inside of a loop or the like.
    pub(super) top_level: bool,
}

#[derive(Debug, Clone)]
pub(super) struct SetBlock {
    pub(super) line: u32,
    pub(super) target: Target,
    pub(super) filter: Option<Expression>,
    pub(super) body: Vec<Statement>,
    pub(super) frame: Frame,
    pub(super) top_level: bool,
    /// Whether the filter gets safe text.
    pub(super) escape: Escape,
}

#[derive(Debug, Clone)]
pub(super) struct Macro {
    pub(super) name: Name,
    pub(super) function: Arc<Function>,
    pub(super) top_level: bool,
}

/// The body of a macro or of a call block.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) line: u32,
    pub(super) parameters: Vec<Name>,
    /// Defaults of the last parameters.
    pub(super) defaults: Vec<Expression>,
    pub(super) body: Vec<Statement>,
    pub(super) frame: Frame,
    pub(super) slots: u16,
    /// The slots of the special variables, if the body uses them.
    pub(super) caller: Option<u16>,
    pub(super) kwargs: Option<u16>,
    pub(super) varargs: Option<u16>,
    /// Whether the body uses `caller` at all, be it a parameter or not.
    pub(super) uses_caller: bool,
}

#[derive(Debug, Clone)]
pub(super) struct CallBlock {
    pub(super) line: u32,
    /// Always a call.
    pub(super) call: Expression,
    pub(super) function: Arc<Function>,
}

#[derive(Debug, Clone)]
pub(super) struct FilterBlock {
    pub(super) line: u32,
    pub(super) filter: Expression,
    pub(super) body: Vec<Statement>,
    pub(super) frame: Frame,
    /// Whether the filter gets safe text.
    pub(super) escape: Escape,
}

#[derive(Debug, Clone)]
pub(super) struct With {
    pub(super) line: u32,
    pub(super) targets: Vec<Target>,
    pub(super) values: Vec<Expression>,
    pub(super) body: Vec<Statement>,
    pub(super) frame: Frame,
}

#[derive(Debug, Clone)]
pub(super) struct Autoescape {
    pub(super) line: u32,
    pub(super) enabled: Expression,
    pub(super) body: Vec<Statement>,
    pub(super) frame: Frame,
}

/// The place of a block in a template: the block itself stands in [`Program::blocks`].
#[derive(Debug, Clone)]
pub(super) struct BlockCall {
    pub(super) line: u32,
    pub(super) name: Box<str>,
    pub(super) scoped: bool,
    pub(super) required: bool,
    /// The body, until the analysis moves it to [`Program::blocks`].
    pub(super) body: Vec<Statement>,
    /// The variables that a scoped block sees besides those of the template.
    pub(super) locals: Vec<(Box<str>, Reference)>,
}

/// A statement about another template. StackStorm has no other templates, so each fails when it is reached.
#[derive(Debug, Clone)]
pub(super) struct OtherTemplate {
    pub(super) line: u32,
    pub(super) template: Expression,
    pub(super) kind: OtherTemplateKind,
}

#[derive(Debug, Clone)]
pub(super) enum OtherTemplateKind {
    Extends,
    Include,
    /// `import` and `from`, with the names that they would assign.
    Import(Vec<Name>),
}

/// One function of a program: the template's text, or a block.
#[derive(Debug, Clone, Default)]
pub(super) struct Body {
    pub(super) statements: Vec<Statement>,
    pub(super) frame: Frame,
    pub(super) slots: u16,
    /// The slots of `self` and `super`, if they are used.
    pub(super) self_slot: Option<u16>,
    pub(super) super_slot: Option<u16>,
}

/// A whole template.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    pub(super) root: Body,
    pub(super) blocks: HashMap<Box<str>, Body>,
}

impl OtherTemplateKind {
    /// The names that the statement would assign.
    pub(super) fn assigned(&self) -> &[Name] {
        match self {
            Self::Extends | Self::Include => &[],
            Self::Import(names) => names,
        }
    }

    /// Whether it is `extends`.
    pub(super) fn is_extends(&self) -> bool {
        matches!(self, Self::Extends)
    }
}
