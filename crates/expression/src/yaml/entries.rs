//! The entries of a mapping: keys and values in turn, what `<<` merges, keys given again.

use std::rc::Rc;

use indexmap::IndexMap;

use super::Error;
use super::node::{Kind, Node, Pair};
use crate::value::Key;

/// A mapping that is being read.
#[derive(Default)]
pub(super) struct Entries {
    pending: Option<Pending>,
    own: Vec<Pair>,
    merged: Vec<Pair>,
}

/// A key whose value comes next.
enum Pending {
    Key(Rc<Node>),
    Merge,
}

impl Entries {
    /// Whether the next node is a key.
    pub(super) const fn awaits_key(&self) -> bool {
        self.pending.is_none()
    }

    /// Takes `<<` as the next key.
    pub(super) fn begin_merge(&mut self) {
        self.pending = Some(Pending::Merge);
    }

    /// Takes the next key or value.
    pub(super) fn push(&mut self, node: Rc<Node>) -> Result<(), Error> {
        match self.pending.take() {
            None => self.pending = Some(Pending::Key(node)),
            Some(Pending::Key(key)) => self.own.push(Pair { key, value: node }),
            Some(Pending::Merge) => self.merge(&node)?,
        }
        Ok(())
    }

    /// What stands behind `<<`: a mapping, or a list of mappings of which the earlier win.
    fn merge(&mut self, source: &Node) -> Result<(), Error> {
        match &source.kind {
            Kind::Dict(pairs) | Kind::Set(pairs) => self.merged.extend_from_slice(pairs),
            Kind::List(items) => {
                for item in items.iter().rev() {
                    let (Kind::Dict(pairs) | Kind::Set(pairs)) = &item.kind else {
                        return Err(not_mergeable(item));
                    };
                    self.merged.extend_from_slice(pairs);
                }
            }
            Kind::Scalar(_) | Kind::Pairs(_) => return Err(not_mergeable(source)),
        }
        Ok(())
    }

    /// Each key once, and the keys that were given again.
    ///
    /// Merged entries come first, so that own ones replace them; of the same key the last value wins.
    pub(super) fn unite(self) -> Result<(Vec<Pair>, Vec<Rc<Node>>), Error> {
        let mut united: IndexMap<Key, (Pair, bool)> = IndexMap::new();
        let mut repeated = Vec::new();
        let merged = self.merged.into_iter().map(|pair| (pair, false));
        let own = self.own.into_iter().map(|pair| (pair, true));
        for (pair, is_own) in merged.chain(own) {
            let key =
                Key::new(pair.key.to_value()).map_err(|error| pair.key.error(error.to_string()))?;
            let Some((known, was_own)) = united.get_mut(&key) else {
                united.insert(key, (pair, is_own));
                continue;
            };
            if *was_own && is_own {
                repeated.push(pair.key);
            }
            known.value = pair.value;
            *was_own = is_own;
        }
        let pairs = united.into_values().map(|(pair, _)| pair).collect();
        Ok((pairs, repeated))
    }
}

fn not_mergeable(node: &Node) -> Error {
    let about = node.about();
    node.error(format!(
        "`<<` merges a mapping or a list of mappings, but this is {about}"
    ))
}
