//! Events to nodes: containers, anchors and aliases, within bounds.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use granit_parser::{Event, Marker, ScalarStyle};

use super::entries::Entries;
use super::node::{Document, Kind, Node, Pair};
use super::resolve::Tag;
use super::{Error, quoted, scalar};
use crate::value::Value;

/// Deeper lists and mappings are refused: JSON readers, ours too, stop at about this depth.
pub(super) const MAX_DEPTH: usize = 100;

/// More values than this, each alias counted as what it stands for, are refused: nine lines of aliases can mean a billion.
const MAX_NODES: usize = 1_000_000;

/// Builds the document, event by event.
#[derive(Default)]
pub(super) struct Composer {
    /// Containers begun and not yet ended, outermost first.
    open: Vec<Open>,
    root: Option<Rc<Node>>,
    anchors: HashMap<usize, Part>,
    anchor_names: HashSet<String>,
    repeated: Vec<Rc<Node>>,
    /// Values so far, each alias counted as what it stands for.
    size: usize,
}

/// A container that is being read.
struct Open {
    place: Place,
    anchor: usize,
    contents: Contents,
    /// `Composer::size` before it.
    size_before: usize,
    /// Containers below each other in it so far.
    height: usize,
}

enum Contents {
    List(Vec<Rc<Node>>),
    Pairs(Vec<Rc<Node>>),
    Dict(Entries),
    Set(Entries),
}

/// A finished node with its measures.
#[derive(Clone)]
struct Part {
    node: Rc<Node>,
    /// Values in it.
    size: usize,
    /// Containers below each other in it.
    height: usize,
}

#[derive(Clone, Copy)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn error(self, message: impl Into<String>) -> Error {
        Error::at(self.line, self.column, message)
    }

    fn node(self, kind: Kind) -> Rc<Node> {
        let Self { line, column } = self;
        Rc::new(Node { line, column, kind })
    }
}

impl Composer {
    /// Takes the next event, which begins at `start`.
    pub(super) fn take(&mut self, event: Event<'_>, start: &Marker) -> Result<(), Error> {
        let (line, column) = (start.line(), start.col() + 1);
        let place = Place { line, column };
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let is_plain = style == ScalarStyle::Plain;
                let tag = Tag::of_scalar(tag.as_deref(), &text, is_plain);
                self.scalar(&text, tag.map_err(|why| place.error(why))?, anchor, place)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let is_pairs = Tag::are_pairs(tag.as_deref()).map_err(|why| place.error(why))?;
                let contents = if is_pairs {
                    Contents::Pairs
                } else {
                    Contents::List
                };
                self.begin(contents(Vec::new()), anchor, place)
            }
            Event::MappingStart(_, anchor, tag) => {
                let is_set = Tag::is_set(tag.as_deref()).map_err(|why| place.error(why))?;
                let contents = if is_set {
                    Contents::Set
                } else {
                    Contents::Dict
                };
                self.begin(contents(Entries::default()), anchor, place)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, place),
            Event::Anchor(_, name) => self.name_anchor(&name, place),
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(place.error("a second document begins here, but one file holds one document"))
            }
            _ => Ok(()),
        }
    }

    /// The document, after the last event.
    pub(super) fn document(self) -> Document {
        let empty = || Place { line: 1, column: 1 }.node(Kind::Scalar(Value::None));
        Document {
            root: self.root.unwrap_or_else(empty),
            repeated: self.repeated,
        }
    }

    fn scalar(&mut self, text: &str, tag: Tag, anchor: usize, place: Place) -> Result<(), Error> {
        self.grow(1, place)?;
        let tag = match (self.entries_awaiting_key(), tag) {
            (Some(entries), Tag::Merge) => {
                entries.begin_merge();
                return Ok(());
            }
            (Some(_), Tag::Value) => Tag::Str,
            (_, tag) => tag,
        };
        let value = scalar::value(&tag, text).map_err(|why| place.error(why))?;
        let node = place.node(Kind::Scalar(value));
        self.complete(
            Part {
                node,
                size: 1,
                height: 0,
            },
            anchor,
        )
    }

    fn begin(&mut self, contents: Contents, anchor: usize, place: Place) -> Result<(), Error> {
        let size_before = self.size;
        self.grow(1, place)?;
        self.check_depth(1, place)?;
        if self.entries_awaiting_key().is_some() {
            let why = "a list or a mapping cannot be a key: if this is a template, quote it";
            return Err(place.error(why));
        }
        self.open.push(Open {
            place,
            anchor,
            contents,
            size_before,
            height: 0,
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Error> {
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        let kind = match open.contents {
            Contents::List(items) => Kind::List(items),
            Contents::Pairs(items) => Kind::Pairs(single_pairs(&items)?),
            Contents::Dict(entries) => Kind::Dict(self.unite(entries)?),
            Contents::Set(entries) => Kind::Set(self.unite(entries)?),
        };
        let part = Part {
            node: open.place.node(kind),
            size: self.size - open.size_before,
            height: open.height + 1,
        };
        self.complete(part, open.anchor)
    }

    fn unite(&mut self, entries: Entries) -> Result<Vec<Pair>, Error> {
        let (pairs, repeated) = entries.unite()?;
        self.repeated.extend(repeated);
        Ok(pairs)
    }

    fn alias(&mut self, anchor: usize, place: Place) -> Result<(), Error> {
        let Some(part) = self.anchors.get(&anchor).cloned() else {
            return Err(place.error("an alias inside its own anchor has no finite value"));
        };
        self.grow(part.size, place)?;
        self.check_depth(part.height, place)?;
        if part.height > 0 && self.entries_awaiting_key().is_some() {
            return Err(place.error("a list or a mapping cannot be a key"));
        }
        self.complete(part, 0)
    }

    /// A name is given once in a document, and is of plain letters.
    fn name_anchor(&mut self, name: &str, place: Place) -> Result<(), Error> {
        let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-');
        if !name.chars().all(is_plain) {
            return Err(place.error(format!(
                "the anchor {} may hold letters, digits, _ and - only",
                quoted(name)
            )));
        }
        if !self.anchor_names.insert(name.to_owned()) {
            return Err(place.error(format!("the anchor {} is given twice", quoted(name))));
        }
        Ok(())
    }

    /// Hands a node to the container it stands in.
    fn complete(&mut self, part: Part, anchor: usize) -> Result<(), Error> {
        if anchor != 0 {
            self.anchors.insert(anchor, part.clone());
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(part.node);
            return Ok(());
        };
        open.height = open.height.max(part.height);
        match &mut open.contents {
            Contents::List(items) | Contents::Pairs(items) => items.push(part.node),
            Contents::Dict(entries) | Contents::Set(entries) => entries.push(part.node)?,
        }
        Ok(())
    }

    /// The innermost container, if it is a mapping whose next node is a key.
    fn entries_awaiting_key(&mut self) -> Option<&mut Entries> {
        match &mut self.open.last_mut()?.contents {
            Contents::Dict(entries) | Contents::Set(entries) => {
                Some(entries).filter(|entries| entries.awaits_key())
            }
            Contents::List(_) | Contents::Pairs(_) => None,
        }
    }

    fn grow(&mut self, by: usize, place: Place) -> Result<(), Error> {
        self.size = self.size.saturating_add(by);
        if self.size > MAX_NODES {
            let why = format!("more than {MAX_NODES} values, aliases counted in full");
            return Err(place.error(why));
        }
        Ok(())
    }

    fn check_depth(&self, height: usize, place: Place) -> Result<(), Error> {
        if self.open.len() + height > MAX_DEPTH {
            return Err(place.error(too_deep()));
        }
        Ok(())
    }
}

pub(super) fn too_deep() -> String {
    format!("lists and mappings more than {MAX_DEPTH} deep")
}

fn single_pairs(items: &[Rc<Node>]) -> Result<Vec<Pair>, Error> {
    let single = |item: &Rc<Node>| match item.pairs() {
        [pair] => Ok(pair.clone()),
        _ => Err(item.error("an ordered map is a list of mappings with one key each")),
    };
    items.iter().map(single).collect()
}
