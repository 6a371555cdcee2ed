//! What Kubernetes' kinds hold, as far as comparing needs it: the fields in Hikaru's order, and what stands where nothing is
//! written. The table is the one that the Python objects are made from.

use std::collections::HashMap;
use std::sync::LazyLock;

/// What the Python workers read too; its head says how a line reads.
const TABLE: &str = include_str!("../../../../workers/python/hikaru/model/rel_1_26/kinds.txt");

/// The fields of a kind, in order.
pub(super) type Shape = Vec<Field>;

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its name in Python, as paths have it.
    pub(super) name: &'static str,
    /// Its key in JSON.
    pub(super) key: &'static str,
    /// Whether it is a list of what it holds.
    pub(super) is_list: bool,
    /// What it holds.
    pub(super) holds: Holds,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// A single value, or any JSON.
    Value,
    /// This text, where nothing else is written.
    Constant(&'static str),
    /// A map, empty where nothing is written.
    Map,
    /// An object of a kind.
    Kind(&'static str),
}

/// The shape of a kind, as a version has it or else as `v1` does.
pub(super) fn shape(version: &str, kind: &str) -> Option<&'static Shape> {
    let of = |version| SHAPES.get(version)?.get(kind);
    of(version).or_else(|| of("v1"))
}

static SHAPES: LazyLock<HashMap<&str, HashMap<&str, Shape>>> = LazyLock::new(|| {
    let mut versions = HashMap::new();
    let mut version = "v1";
    for line in TABLE.lines() {
        if let Some(name) = line.strip_prefix('@') {
            version = name;
        } else if !line.starts_with([' ', '#']) {
            let mut words = line.split(' ');
            let Some(kind) = words.next() else { continue };
            let kinds: &mut HashMap<_, _> = versions.entry(version).or_default();
            kinds
                .entry(kind)
                .or_insert_with(|| words.map(field).collect());
        }
    }
    versions
});

fn field(word: &'static str) -> Field {
    let (name, is_list, holds) = match word.split_once(':').filter(|(name, _)| !name.contains('='))
    {
        Some((name, written)) => {
            let written = written.trim_start_matches('!');
            let holds = match written.trim_matches(['[', ']']) {
                "str" | "int" | "bool" | "float" | "any" => Holds::Value,
                "map" | "any{}" => Holds::Map,
                kind => Holds::Kind(kind),
            };
            (name, written.starts_with('['), holds)
        }
        None => {
            let (name, constant) = word.split_once('=').unwrap_or((word, ""));
            (name, false, Holds::Constant(constant))
        }
    };
    Field {
        name,
        key: name.trim_matches('_'),
        is_list,
        holds,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_as_the_table_has_them() {
        let pod = shape("v1", "Pod").unwrap();
        let names: Vec<_> = pod.iter().map(|field| field.name).collect();
        assert_eq!(names, ["apiVersion", "kind", "metadata", "spec", "status"]);
        assert_eq!(pod[0].holds, Holds::Constant("v1"));
        assert_eq!(pod[2].holds, Holds::Kind("ObjectMeta"));
        let from = &shape("v1", "NetworkPolicyIngressRule").unwrap()[0];
        assert_eq!((from.name, from.key, from.is_list), ("from_", "from", true));
        let scaler = |version| shape(version, "HorizontalPodAutoscalerSpec").unwrap().len();
        assert_ne!(scaler("v1"), scaler("v2"));
        assert!(shape("v9", "Rollout").is_none());
    }

    #[test]
    fn every_kind_that_is_named_is_there() {
        for (version, kinds) in SHAPES.iter() {
            for field in kinds.values().flatten() {
                if let Holds::Kind(kind) = field.holds {
                    assert!(shape(version, kind).is_some(), "{version} {kind}");
                }
            }
        }
    }
}
