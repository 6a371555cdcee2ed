//! Tokens, and how error messages name them.

use num_bigint::BigInt;

/// A piece of a template with the line it starts on.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub(super) line: u32,
    pub(super) kind: Kind,
}

/// What a token is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// Text between the tags.
    Data(String),
    VariableBegin,
    VariableEnd,
    BlockBegin,
    BlockEnd,
    Name(String),
    Text(String),
    Integer(BigInt),
    Float(f64),
    Operator(Operator),
    End,
}

/// The operators and punctuation of expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Add,
    Assign,
    Colon,
    Comma,
    Divide,
    Dot,
    Equal,
    FloorDivide,
    Greater,
    GreaterEqual,
    LeftBrace,
    LeftBracket,
    LeftParenthesis,
    Less,
    LessEqual,
    Modulo,
    Multiply,
    NotEqual,
    Pipe,
    Power,
    RightBrace,
    RightBracket,
    RightParenthesis,
    Semicolon,
    Subtract,
    Tilde,
}

/// Every operator with its spelling; the longer ones first, as the lexer tries them in this order.
pub(super) const OPERATORS: &[(&str, Operator)] = &[
    ("//", Operator::FloorDivide),
    ("**", Operator::Power),
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    (">=", Operator::GreaterEqual),
    ("<=", Operator::LessEqual),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("/", Operator::Divide),
    ("*", Operator::Multiply),
    ("%", Operator::Modulo),
    ("~", Operator::Tilde),
    ("[", Operator::LeftBracket),
    ("]", Operator::RightBracket),
    ("(", Operator::LeftParenthesis),
    (")", Operator::RightParenthesis),
    ("{", Operator::LeftBrace),
    ("}", Operator::RightBrace),
    (">", Operator::Greater),
    ("<", Operator::Less),
    ("=", Operator::Assign),
    (".", Operator::Dot),
    (":", Operator::Colon),
    ("|", Operator::Pipe),
    (",", Operator::Comma),
    (";", Operator::Semicolon),
];

impl Operator {
    /// The operator as it is written.
    pub(super) fn spelling(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|(_, operator)| *operator == self)
            .map_or("", |(spelling, _)| spelling)
    }
}

impl Kind {
    /// The token in the words of error messages.
    pub(super) fn describe(&self) -> &str {
        match self {
            Self::Data(_) => "template data / text",
            Self::VariableBegin => "begin of print statement",
            Self::VariableEnd => "end of print statement",
            Self::BlockBegin => "begin of statement block",
            Self::BlockEnd => "end of statement block",
            Self::Name(name) => name,
            Self::Text(_) => "string",
            Self::Integer(_) => "integer",
            Self::Float(_) => "float",
            Self::Operator(operator) => operator.spelling(),
            Self::End => "end of template",
        }
    }

    /// Whether this is the word `word`.
    pub(super) fn is_name(&self, word: &str) -> bool {
        matches!(self, Self::Name(name) if name == word)
    }
}
