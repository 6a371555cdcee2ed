//! Who may see whom. A new edge here is a decision: its own commit, with a note in `docs/decisions/`.

use std::collections::{BTreeMap, BTreeSet};

use super::{array, assert_none, metadata, string};

/// The import table of ARCHITECTURE.md. `xtask`, `squall-tests` and `squall-bench` stand outside: they see the product from
/// outside.
const TABLE: &[(&str, &[&str])] = &[
    ("squall-model", &[]),
    ("squall-expression", &["squall-model"]),
    ("squall-engine", &["squall-model", "squall-expression"]),
    ("squall-pack", &["squall-model", "squall-expression"]),
    ("squall-store", &["squall-model"]),
    ("squall-kubernetes", &["squall-model"]),
    ("squall-sources", &["squall-model", "squall-kubernetes"]),
    (
        "squall-runners",
        &["squall-model", "squall-expression", "squall-kubernetes"],
    ),
    (
        "squall-actions",
        &["squall-model", "squall-expression", "squall-kubernetes"],
    ),
    ("squall-sinks", &["squall-model", "squall-kubernetes"]),
    ("squall-identity", &["squall-model"]),
    (
        "squall-server",
        &[
            "squall-model",
            "squall-expression",
            "squall-engine",
            "squall-pack",
            "squall-store",
            "squall-kubernetes",
            "squall-sources",
            "squall-runners",
            "squall-actions",
            "squall-sinks",
            "squall-identity",
        ],
    ),
    (
        "squall-api",
        &["squall-model", "squall-identity", "squall-server"],
    ),
];

/// The binary puts everything together.
const BINARY: &str = "squall";

/// Outside crates that only some of ours may name: what is heavy or does I/O stays behind its fence.
const FENCES: &[(&str, &[&str])] = &[
    ("axum", &["squall-api"]),
    ("clap", &["squall"]),
    ("kube", &["squall-kubernetes"]),
    ("rusqlite", &["squall-store"]),
    ("tokio-postgres", &["squall-store"]),
];

/// Crates of ours that decide or describe: nothing below them may wait, listen or connect.
const PURE: &[&str] = &[
    "squall-model",
    "squall-expression",
    "squall-engine",
    "squall-pack",
];

/// What would make a pure crate do I/O of its own.
const IMPURE: &[&str] = &[
    "tokio", "async-io", "hyper", "mio", "reqwest", "rusqlite", "socket2", "ureq",
];

#[test]
fn our_crates_see_only_what_the_table_allows() {
    let mut faults = Vec::new();
    for (name, used) in direct() {
        if matches!(
            name.as_str(),
            BINARY | "squall-bench" | "squall-tests" | "xtask"
        ) {
            continue;
        }
        let Some((_, allowed)) = TABLE.iter().find(|(known, _)| *known == name) else {
            faults.push(format!("`{name}` has no row in the table"));
            continue;
        };
        let ours = used.iter().filter(|used| used.starts_with("squall"));
        for used in ours.filter(|used| !allowed.contains(&used.as_str())) {
            faults.push(format!("`{name}` sees `{used}`"));
        }
    }
    assert_none(
        &faults,
        "the import table of ARCHITECTURE.md does not allow this",
    );
}

#[test]
fn heavy_crates_stay_behind_their_fences() {
    let mut faults = Vec::new();
    for (name, used) in direct() {
        for (fenced, allowed) in FENCES {
            if used.contains(*fenced) && !allowed.contains(&name.as_str()) {
                faults.push(format!(
                    "`{name}` uses `{fenced}`, which belongs to {allowed:?}"
                ));
            }
        }
    }
    assert_none(&faults, "these crates are fenced");
}

#[test]
fn what_decides_does_no_io() {
    let below = below();
    let mut faults = Vec::new();
    for pure in PURE {
        let mut seen = BTreeSet::new();
        let mut next = vec![(*pure).to_owned()];
        while let Some(name) = next.pop() {
            next.extend(
                below
                    .get(&name)
                    .into_iter()
                    .flatten()
                    .filter(|name| seen.insert((*name).clone()))
                    .cloned(),
            );
        }
        let impure = IMPURE.iter().filter(|impure| seen.contains(**impure));
        faults.extend(impure.map(|impure| format!("`{pure}` has `{impure}` below it")));
    }
    assert_none(&faults, "these crates do no I/O");
}

/// Each of our packages with the packages it names itself, tests aside.
fn direct() -> BTreeMap<String, BTreeSet<String>> {
    let members = array(metadata(), "workspace_members");
    array(metadata(), "packages")
        .iter()
        .filter(|package| members.contains(&package["id"]))
        .map(|package| {
            let used = array(package, "dependencies")
                .iter()
                .filter(|dependency| string(dependency, "kind") != "dev")
                .map(|dependency| string(dependency, "name").to_owned())
                .collect();
            (string(package, "name").to_owned(), used)
        })
        .collect()
}

/// Every package of the resolved graph with the packages it is built on, tests aside.
fn below() -> BTreeMap<String, BTreeSet<String>> {
    let names: BTreeMap<&str, &str> = array(metadata(), "packages")
        .iter()
        .map(|package| (string(package, "id"), string(package, "name")))
        .collect();
    let is_built_in = |dependency: &&serde_json::Value| {
        array(dependency, "dep_kinds")
            .iter()
            .any(|kind| kind["kind"].is_null())
    };
    array(&metadata()["resolve"], "nodes")
        .iter()
        .map(|node| {
            let used = array(node, "deps")
                .iter()
                .filter(is_built_in)
                .map(|dependency| names[string(dependency, "pkg")].to_owned())
                .collect();
            (names[string(node, "id")].to_owned(), used)
        })
        .collect()
}
