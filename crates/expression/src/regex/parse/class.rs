//! Sets of characters.

use super::super::syntax::{Class, ClassItem, Flags, Node};
use super::Parser;
use crate::value::Error;

impl Parser {
    /// Reads a set whose opening bracket stands at `start`.
    pub(super) fn class(&mut self, flags: Flags, start: usize) -> Result<Node, Error> {
        let negated = self.source.take('^');
        let mut items = Vec::new();
        loop {
            let place = self.source.at();
            let Some(next) = self.source.bump() else {
                return Err(self.unterminated(start));
            };
            if next == ']' && !items.is_empty() {
                break;
            }
            let low = self.class_item(next, flags, place)?;
            if !self.source.take('-') {
                items.push(low);
                continue;
            }
            let high_place = self.source.at();
            let Some(next) = self.source.bump() else {
                return Err(self.unterminated(start));
            };
            if next == ']' {
                items.extend([low, ClassItem::Range('-', '-')]);
                break;
            }
            let high = self.class_item(next, flags, high_place)?;
            items.push(self.range(low, high, place)?);
        }
        Ok(Node::Class(Class {
            negated,
            ignore_case: flags.ignore_case,
            items,
        }))
    }

    fn class_item(&mut self, next: char, flags: Flags, place: usize) -> Result<ClassItem, Error> {
        if next == '\\' {
            self.class_escape(flags, place)
        } else {
            Ok(ClassItem::Range(next, next))
        }
    }

    fn range(&self, low: ClassItem, high: ClassItem, place: usize) -> Result<ClassItem, Error> {
        match (low, high) {
            (ClassItem::Range(low, _), ClassItem::Range(high, _)) if low <= high => {
                Ok(ClassItem::Range(low, high))
            }
            _ => {
                let text = self.source.since(place);
                Err(self
                    .source
                    .error(&format!("bad character range {text}"), place))
            }
        }
    }

    fn unterminated(&self, start: usize) -> Error {
        self.source.error("unterminated character set", start)
    }
}
