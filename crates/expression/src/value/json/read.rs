//! Reading JSON text.

use num_bigint::BigInt;

use super::super::{Dict, Error, Key, Value, budget, number};

/// Whose rules hold, and whose error messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Python's `json.loads`: reads `NaN` and `Infinity`, and integers of any size.
    Python,
    /// `orjson.loads`: strict; integers beyond 64 bits are floats.
    Orjson,
}

/// The value that JSON text means; `JSONDecodeError` if it is not JSON.
pub fn loads(text: &str, reader: Reader) -> Result<Value, Error> {
    budget::spend(1 + text.len() / 16)?;
    let mut parser = Parser {
        text,
        at: 0,
        reader,
    };
    if text.starts_with('\u{feff}') {
        let orjson = ("unexpected character", 0);
        return Err(parser.fail(("Unexpected UTF-8 BOM (decode using utf-8-sig)", 0), orjson));
    }
    parser.skip_blanks();
    if parser.peek().is_none() {
        let orjson = if text.is_empty() {
            "Input is a zero-length, empty document"
        } else {
            "input data is empty"
        };
        return Err(parser.fail(("Expecting value", parser.at), (orjson, 0)));
    }
    let value = parser.value()?;
    parser.skip_blanks();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.fail_here("Extra data", "unexpected content after document")),
    }
}

struct Parser<'a> {
    text: &'a str,
    /// The offset in bytes of what comes next; always at a character.
    at: usize,
    reader: Reader,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value, Error> {
        match self.peek() {
            Some(b'"') => {
                self.at += 1;
                self.string().map(Value::from)
            }
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(_) => self.word(),
            None => Err(self.no_value(self.at)),
        }
    }

    fn word(&mut self) -> Result<Value, Error> {
        let words = [
            ("null", Value::None),
            ("true", Value::Bool(true)),
            ("false", Value::Bool(false)),
            ("NaN", Value::Float(f64::NAN)),
            ("Infinity", Value::Float(f64::INFINITY)),
        ];
        let count = if self.reader == Reader::Python {
            words.len()
        } else {
            3
        };
        let rest = self.rest();
        for (word, value) in words.into_iter().take(count) {
            if rest.starts_with(word) {
                self.at += word.len();
                return Ok(value);
            }
            if !rest.is_empty() && word.starts_with(rest) {
                return Err(self.no_value(self.text.len()));
            }
        }
        if rest.starts_with(['n', 't', 'f']) {
            return Err(self.fail(("Expecting value", self.at), ("invalid literal", self.at)));
        }
        Err(self.no_value(self.at))
    }

    /// The error that no value is here; `end` is how far `orjson` got.
    fn no_value(&self, end: usize) -> Error {
        let orjson = if end >= self.text.len() {
            "unexpected end of data"
        } else {
            "unexpected character"
        };
        self.fail(("Expecting value", self.at), (orjson, end))
    }

    fn array(&mut self) -> Result<Value, Error> {
        let _level = budget::descend()?;
        self.at += 1;
        self.skip_blanks();
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::list(items));
        }
        loop {
            items.push(self.value()?);
            let Some(comma) = self.more(b']')? else {
                return Ok(Value::list(items));
            };
            if self.peek() == Some(b']') {
                return Err(self.fail(
                    ("Expecting value", self.at),
                    ("trailing comma is not allowed", comma),
                ));
            }
        }
    }

    fn object(&mut self) -> Result<Value, Error> {
        let _level = budget::descend()?;
        self.at += 1;
        self.skip_blanks();
        let mut entries = Dict::new();
        if self.take(b'}') {
            return Ok(Value::dict(entries));
        }
        loop {
            if !self.take(b'"') {
                return Err(self.fail_here(
                    "Expecting property name enclosed in double quotes",
                    "unexpected character",
                ));
            }
            let key = self.string()?;
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.fail_here("Expecting ':' delimiter", "unexpected character"));
            }
            self.skip_blanks();
            let value = self.value()?;
            entries.insert(Key::text(key), value);
            let Some(comma) = self.more(b'}')? else {
                return Ok(Value::dict(entries));
            };
            if self.peek() == Some(b'}') {
                return Err(self.fail(
                    ("Expecting property name enclosed in double quotes", self.at),
                    ("trailing comma is not allowed", comma),
                ));
            }
        }
    }

    /// After a member: nothing at the closing bracket, else where the comma was.
    fn more(&mut self, close: u8) -> Result<Option<usize>, Error> {
        self.skip_blanks();
        if self.take(close) {
            return Ok(None);
        }
        let comma = self.at;
        if !self.take(b',') {
            return Err(self.fail_here("Expecting ',' delimiter", "unexpected character"));
        }
        self.skip_blanks();
        Ok(Some(comma))
    }

    fn number(&mut self) -> Result<Value, Error> {
        let start = self.at;
        let negative = self.take(b'-');
        if negative && !matches!(self.peek(), Some(b'0'..=b'9')) {
            return self.after_minus(start);
        }
        if self.take(b'0') {
            if self.reader == Reader::Orjson && matches!(self.peek(), Some(b'0'..=b'9')) {
                return Err(self.fail(("", 0), ("number with leading zero is not allowed", start)));
            }
        } else {
            self.skip_digits();
        }
        let is_float = self.fraction()?;
        let text = self.text.get(start..self.at).unwrap_or_default();
        if is_float {
            return self.float(text, start);
        }
        match text.parse::<i64>() {
            Ok(small) => Ok(Value::Int(small)),
            Err(_) if self.reader == Reader::Python => number::parse_integer(text, 10),
            Err(_) => match text.parse::<u64>() {
                Ok(large) => Ok(Value::integer(BigInt::from(large))),
                Err(_) => self.float(text, start),
            },
        }
    }

    fn after_minus(&mut self, start: usize) -> Result<Value, Error> {
        if self.reader == Reader::Python && self.rest().starts_with("Infinity") {
            self.at += "Infinity".len();
            return Ok(Value::Float(f64::NEG_INFINITY));
        }
        let orjson = if self.peek().is_none() {
            "unexpected end of data"
        } else {
            "no digit after minus sign"
        };
        Err(self.fail(("Expecting value", start), (orjson, self.at)))
    }

    /// Reads a fraction and an exponent, if they are there; Python leaves what is incomplete unread.
    fn fraction(&mut self) -> Result<bool, Error> {
        let whole = self.at;
        if self.take(b'.') && !self.digits("no digit after decimal point")? {
            self.at = whole;
            return Ok(false);
        }
        let mantissa = self.at;
        if self.take(b'e') || self.take(b'E') {
            let _signed = self.take(b'-') || self.take(b'+');
            if !self.digits("no digit after exponent sign")? {
                self.at = mantissa;
            }
        }
        Ok(self.at > whole)
    }

    fn digits(&mut self, missing: &'static str) -> Result<bool, Error> {
        let start = self.at;
        self.skip_digits();
        if self.at > start || self.reader == Reader::Python {
            return Ok(self.at > start);
        }
        let orjson = if self.peek().is_none() {
            "unexpected end of data"
        } else {
            missing
        };
        Err(self.fail_here("", orjson))
    }

    fn skip_digits(&mut self) {
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
    }

    fn float(&self, text: &str, start: usize) -> Result<Value, Error> {
        match text.parse::<f64>() {
            Ok(number) if number.is_infinite() && self.reader == Reader::Orjson => {
                Err(self.fail(("", 0), ("number is infinity when parsed as double", start)))
            }
            Ok(number) => Ok(Value::Float(number)),
            Err(_) => Err(self.no_value(start)),
        }
    }

    /// Reads a string whose opening quote was read.
    fn string(&mut self) -> Result<String, Error> {
        let start = self.at;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .find(|character: char| character < ' ' || matches!(character, '"' | '\\'))
                .unwrap_or(rest.len());
            out.push_str(rest.get(..plain).unwrap_or_default());
            self.at += plain;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => {
                    self.at += 1;
                    out.push(self.escape(start)?);
                }
                Some(_) => {
                    return Err(self.fail_here(
                        "Invalid control character at",
                        "unexpected control character in string",
                    ));
                }
                None => return Err(self.unterminated(start)),
            }
        }
    }

    fn unterminated(&self, start: usize) -> Error {
        self.fail(
            ("Unterminated string starting at", start.saturating_sub(1)),
            ("unexpected end of data", self.text.len()),
        )
    }

    /// The character that an escape sequence means; its backslash was read.
    fn escape(&mut self, start: usize) -> Result<char, Error> {
        let backslash = self.at.saturating_sub(1);
        let Some(kind) = self.peek() else {
            return Err(self.unterminated(start));
        };
        self.at += 1;
        Ok(match kind {
            b'"' => '"',
            b'\\' => '\\',
            b'/' => '/',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(backslash),
            _ => {
                return Err(self.fail(
                    ("Invalid \\escape", backslash),
                    ("invalid escaped character in string", backslash + 1),
                ));
            }
        })
    }

    fn unicode(&mut self, backslash: usize) -> Result<char, Error> {
        let high = self.four_digits(backslash)?;
        if let Some(character) = char::from_u32(high) {
            return Ok(character);
        }
        let before_low = self.at;
        if high < 0xdc00 && self.rest().starts_with("\\u") {
            self.at += 2;
            let low = self.four_digits(before_low)?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                return char::from_u32(code).ok_or_else(|| self.no_value(self.at));
            }
        }
        // Python's text may hold half a surrogate pair; ours, and whatever receives it, may not.
        Err(self.fail(
            ("Surrogates are not supported", backslash),
            ("no low surrogate in string", before_low),
        ))
    }

    fn four_digits(&mut self, backslash: usize) -> Result<u32, Error> {
        let digits = self
            .text
            .get(self.at..self.at + 4)
            .filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()));
        match digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()) {
            Some(code) => {
                self.at += 4;
                Ok(code)
            }
            None => Err(self.fail(
                ("Invalid \\uXXXX escape", backslash + 1),
                ("invalid escaped sequence in string", backslash),
            )),
        }
    }

    fn fail_here(&self, python: &'static str, orjson: &'static str) -> Error {
        let orjson = if self.at >= self.text.len() && orjson == "unexpected character" {
            "unexpected end of data"
        } else {
            orjson
        };
        self.fail((python, self.at), (orjson, self.at))
    }

    fn fail(&self, python: (&str, usize), orjson: (&str, usize)) -> Error {
        let (message, at) = match self.reader {
            Reader::Python => python,
            Reader::Orjson => orjson,
        };
        let before = self.text.get(..at).unwrap_or(self.text);
        let position = before.chars().count();
        let line = before.matches('\n').count() + 1;
        let column = before
            .rsplit('\n')
            .next()
            .map_or(0, |last| last.chars().count())
            + 1;
        Error::raised(
            "JSONDecodeError",
            format!("{message}: line {line} column {column} (char {position})"),
        )
    }
}
