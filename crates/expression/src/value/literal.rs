//! Reading Python literals: `ast.literal_eval` of Python 3.11.
//!
//! Text, bytes, numbers, tuples, lists, dicts, sets, `True`, `False`, `None` and nothing else. Complex numbers, `...` and
//! characters by name (`\N{...}`) are refused. Python tells `SyntaxError` from `ValueError` by parsing all of its
//! expression language; here an expression that is no literal is told by where reading stops.

mod number;
mod scan;
mod text;

use super::{Dict, Error, Key, Set, Value, budget};
use scan::Scanner;

/// The value of a literal; `SyntaxError`, or `ValueError` if it is an expression but no literal.
pub fn literal_eval(text: &str) -> Result<Value, Error> {
    budget::spend(1 + text.len() / 16)?;
    if text.contains('\0') {
        return Err(Error::raised(
            "SyntaxError",
            "source code string cannot contain null bytes",
        ));
    }
    // Python reads all line ends as one kind.
    let text = text.replace("\r\n", "\n").replace('\r', "\n");
    let mut reader = Reader {
        scanner: Scanner::new(text.trim_start_matches([' ', '\t'])),
    };
    reader.scanner.skip_blank_lines()?;
    let value = reader.tuple_or_value()?;
    reader.scanner.skip_blanks(false);
    reader.scanner.end()?;
    Ok(value)
}

/// How deep Python lets brackets nest.
const DEPTH: usize = 200;

struct Reader<'a> {
    scanner: Scanner<'a>,
}

impl Reader<'_> {
    /// Values with commas between them are a tuple, with or without parentheses.
    fn tuple_or_value(&mut self) -> Result<Value, Error> {
        let first = self.value()?;
        if !self.scanner.take(',') {
            return Ok(first);
        }
        let mut items = vec![first];
        while !self.scanner.at_end_of_tuple() {
            items.push(self.value()?);
            if !self.scanner.take(',') {
                break;
            }
        }
        Ok(Value::tuple(items))
    }

    fn value(&mut self) -> Result<Value, Error> {
        let value = self.signed()?;
        self.scanner.no_operator()?;
        Ok(value)
    }

    fn signed(&mut self) -> Result<Value, Error> {
        let negative = if self.scanner.take('-') {
            true
        } else if self.scanner.take('+') {
            false
        } else {
            return self.atom();
        };
        match self.atom()? {
            number @ (Value::Int(_) | Value::Big(_) | Value::Float(_)) => {
                if negative {
                    super::number::negate(&number)
                } else {
                    Ok(number)
                }
            }
            _ => Err(self.scanner.malformed()),
        }
    }

    fn atom(&mut self) -> Result<Value, Error> {
        match self.scanner.peek() {
            Some('(') => self.bracketed('(', ')'),
            Some('[') => self.bracketed('[', ']'),
            Some('{') => self.bracketed('{', '}'),
            Some('0'..='9' | '.') => number::read(&mut self.scanner),
            Some('"' | '\'') => text::read(&mut self.scanner),
            Some(_) if text::starts_here(&self.scanner) => text::read(&mut self.scanner),
            Some(next) if scan::starts_name(next) => self.name(),
            _ => Err(self.scanner.unexpected()),
        }
    }

    fn name(&mut self) -> Result<Value, Error> {
        match self.scanner.name() {
            "True" => Ok(Value::Bool(true)),
            "False" => Ok(Value::Bool(false)),
            "None" => Ok(Value::None),
            "set" => {
                if self.scanner.take('(') {
                    self.scanner.open();
                    if self.scanner.take(')') {
                        self.scanner.close();
                        return Ok(Value::set(Set::new()));
                    }
                }
                Err(self.scanner.malformed())
            }
            _ => Err(self.scanner.malformed()),
        }
    }

    fn bracketed(&mut self, open: char, close: char) -> Result<Value, Error> {
        let _level = budget::descend()?;
        self.scanner.take(open);
        if self.scanner.open() > DEPTH {
            return Err(self.scanner.syntax("too many nested parentheses"));
        }
        let value = match open {
            '(' if self.scanner.sees(close) => Value::tuple(Vec::new()),
            '(' => self.tuple_or_value()?,
            '[' => Value::list(self.items(close)?),
            _ => self.dict_or_set(close)?,
        };
        self.scanner.skip_blanks(true);
        if !self.scanner.take_inside(close) {
            return Err(match self.scanner.peek() {
                None => self.scanner.syntax(&format!("'{open}' was never closed")),
                Some(_) => self.scanner.unexpected(),
            });
        }
        self.scanner.close();
        Ok(value)
    }

    fn items(&mut self, close: char) -> Result<Vec<Value>, Error> {
        let mut items = Vec::new();
        while !self.scanner.sees(close) {
            items.push(self.value()?);
            if !self.scanner.take(',') {
                break;
            }
        }
        Ok(items)
    }

    fn dict_or_set(&mut self, close: char) -> Result<Value, Error> {
        if self.scanner.sees(close) {
            return Ok(Value::dict(Dict::new()));
        }
        let first = self.value()?;
        if !self.scanner.take(':') {
            let mut set = Set::new();
            set.insert(Key::new(first)?);
            if self.scanner.take(',') {
                for item in self.items(close)? {
                    set.insert(Key::new(item)?);
                }
            }
            return Ok(Value::set(set));
        }
        let mut dict = Dict::new();
        let value = self.value()?;
        dict.insert(Key::new(first)?, value);
        while self.scanner.take(',') && !self.scanner.sees(close) {
            let key = self.value()?;
            if !self.scanner.take(':') {
                return Err(self.scanner.unexpected());
            }
            let value = self.value()?;
            dict.insert(Key::new(key)?, value);
        }
        Ok(Value::dict(dict))
    }
}

#[cfg(test)]
mod tests;
