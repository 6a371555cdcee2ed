//! `<overrides>/_global.yaml` and `<overrides>/<pack>.yaml`: which content of packs is switched on or off here.

use std::collections::BTreeMap;
use std::path::Path;

use crate::document;
use crate::fields::Fields;
use crate::report::Report;

/// The file that speaks of every pack.
pub(crate) const GLOBAL: &str = "_global";

const KINDS: &[&str] = &["sensors", "actions", "rules", "aliases"];

/// What the files say, the later one over the earlier.
#[derive(Default)]
pub(crate) struct Overrides(Vec<BTreeMap<&'static str, Override>>);

/// What one file says of one kind of content.
struct Override {
    default: Option<bool>,
    exceptions: BTreeMap<String, bool>,
}

impl Overrides {
    /// Whether `name` is enabled, if its own file says `own`.
    pub(crate) fn enabled(&self, kind: &str, name: &str, own: bool) -> bool {
        self.0
            .iter()
            .filter_map(|file| file.get(kind))
            .fold(own, |enabled, said| {
                let exception = said.exceptions.get(name).copied();
                exception.or(said.default).unwrap_or(enabled)
            })
    }

    /// Adds what `file` says. A faulty file says nothing.
    pub(crate) fn add(&mut self, file: &Path, report: &mut Report) {
        let (Some(folder), Ok(_)) = (file.parent(), fs_err::symlink_metadata(file)) else {
            return;
        };
        let Ok(root) = fs_err::canonicalize(folder) else {
            return;
        };
        let Some(document) = document::read(&root, file, report) else {
            return;
        };
        let Some(fields) = Fields::of(&document, "", report) else {
            return;
        };
        fields.warn_unknown(KINDS, report);
        let is_global = file.file_stem().is_some_and(|stem| stem == GLOBAL);
        let said = KINDS
            .iter()
            .filter_map(|kind| Some((*kind, read(&fields.child(kind, report)?, is_global, report))))
            .collect();
        if !report.has_errors() {
            self.0.push(said);
        }
    }
}

fn read(fields: &Fields<'_>, is_global: bool, report: &mut Report) -> Override {
    fields.warn_unknown(&["defaults", "exceptions"], report);
    let default = fields
        .child("defaults", report)
        .and_then(|defaults| enabled(&defaults, report));
    let mut exceptions = BTreeMap::new();
    if let Some(listed) = fields.child("exceptions", report) {
        if is_global {
            let why = "has no effect here: exceptions stand in the pack's own file";
            report.warning(Some(listed.node), &fields.key("exceptions"), why);
            return Override {
                default,
                exceptions,
            };
        }
        for pair in listed.node.pairs() {
            let exception = listed.child(&pair.name(), report);
            let enabled = exception.and_then(|exception| enabled(&exception, report));
            exceptions.extend(enabled.map(|enabled| (pair.name(), enabled)));
        }
    }
    Override {
        default,
        exceptions,
    }
}

/// Nothing else can be overridden.
fn enabled(fields: &Fields<'_>, report: &mut Report) -> Option<bool> {
    fields.close(&["enabled"], report);
    fields.flag("enabled", report)
}
