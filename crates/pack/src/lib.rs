//! Reads packs into the model, with file:line problems.
//!
//! A pack is a folder in StackStorm's layout. [`read`] gives everything in it that can be used, and every fault in it at
//! once, each with its place, its key and a hint; a faulty file never hides the good ones. Where StackStorm would refuse a
//! file it is an error and the file is left out; where StackStorm would accept what was probably not meant it is a
//! warning. [`load_packs`] reads many packs and checks what they need of each other.
//!
//! Nothing a folder holds can harm the reader: files are bounded in size, documents in depth and in what their aliases
//! stand for, and links that lead out of the pack are not followed.
//!
//! Left out deliberately: checking values against schemas, and evaluating templates; that is `engine`'s work.
//!
//! Robusta's playbooks stand in files of their own: [`read_playbooks`] reads them, [`check_actions`] holds them against the
//! actions there are, [`check_packs`] against the packs that they name.
//!
//! Reading order: `report` and `fields` (how faults are found and told), `manifest`, then a file for each kind of content
//! (`action`, `rule`, `trigger`, `sensor`, ...), [`check_references`], [`load_packs`], `playbook`.

mod action;
mod alias;
mod config;
mod document;
mod draft;
mod fields;
mod folder;
mod footprint;
mod load;
mod manifest;
mod overrides;
mod playbook;
mod policy;
mod references;
mod report;
mod rule;
mod schema;
mod sensor;
mod single;
mod suggest;
mod template;
mod trigger;

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use squall_expression::yaml::Node;
use squall_model::Id;
use squall_model::content::PackContent;
use squall_model::pack::Config;
use squall_model::playbook::triggers;
use squall_model::problem::Problem;
use squall_model::runner::Kinds;
use squall_model::trigger::TriggerType;

pub use draft::Draft;
use fields::Fields;
pub use footprint::{Footprint, footprint, is_looked_at, way_to};
pub use load::{Folders, Loaded, left_out, load_packs, looks_like_a_pack, of_folder, pack_folders};
use overrides::Overrides;
pub use playbook::{
    Environment, PacksAtHand, ReadPlaybooks, check_actions, check_packs, names_packs,
    read_playbook_json, read_playbook_text, read_playbooks,
};
pub use references::check_references;
use report::{Fault, Report};
pub use report::{Mention, Mentioned};
pub use single::{ReadRule, read_rule};

/// What this installation adds to the packs it reads.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The runners and operators there are.
    pub kinds: &'a Kinds,
    /// The folder with `<pack>.yaml` for the config of each pack.
    pub configs: Option<&'a Path>,
    /// The folder with `_global.yaml` and `<pack>.yaml`, which switch content on and off.
    pub overrides: Option<&'a Path>,
}

/// What was found in a pack's folder.
#[derive(Debug)]
pub struct Read {
    /// Everything that can be used; nothing if the folder is no pack.
    pub content: Option<PackContent>,
    /// Everything that is wrong, by file and line.
    pub problems: Vec<Problem>,
    /// What it needs of other packs, for [`check_references`].
    pub mentions: Vec<Mention>,
}

/// Reads the pack in `dir`.
pub fn read(dir: &Path, site: &Site<'_>) -> Read {
    let mut reader = Reader {
        dir,
        reports: Vec::new(),
    };
    let content = match fs_err::canonicalize(dir) {
        Ok(root) => reader.read(&root, site),
        Err(error) => {
            let mut report = Report::on(dir);
            report.error(None, "", document::unreadable(error));
            reader.reports.push(report);
            None
        }
    };
    let mut problems = Vec::new();
    let mut mentions = Vec::new();
    for report in reader.reports {
        problems.extend(report.problems);
        mentions.extend(report.mentions);
    }
    problems.sort_by(|one, other| {
        (&one.file, one.line, one.column).cmp(&(&other.file, other.line, other.column))
    });
    Read {
        content,
        problems,
        mentions,
    }
}

/// What the reader of one file may know besides the file.
struct Surroundings<'a> {
    pack: &'a str,
    /// The pack's folder, canonical.
    root: &'a Path,
    kinds: &'a Kinds,
    overrides: &'a Overrides,
    /// The file, relative to the pack.
    file: String,
}

impl Surroundings<'_> {
    /// A file may repeat the name of its pack, but not name another. What Squall computes itself must only be text.
    fn check_identity(&self, fields: &Fields<'_>, report: &mut Report) {
        for name in ["id", "ref", "uid", "metadata_file"] {
            fields.text(name, report);
        }
        if let Some(stated) = fields.text("pack", report)
            && !stated.is_empty()
            && stated != self.pack
        {
            let hint = format!("write `{}`, or leave it out", self.pack);
            let fault = Fault::with_hint(
                format!(
                    "names the pack `{stated}`, but the file belongs to `{}`",
                    self.pack
                ),
                hint,
            );
            report.error(
                fields.get("pack").map(Rc::as_ref),
                &fields.key("pack"),
                fault,
            );
        }
    }

    fn enabled(&self, kind: &str, name: &str, own: bool) -> bool {
        self.overrides.enabled(kind, name, own)
    }

    fn metadata_file(&self) -> Option<String> {
        Some(self.file.clone()).filter(|file| !file.is_empty())
    }
}

/// Reads the files of one pack, with a report for each.
struct Reader<'a> {
    /// The folder as it was named.
    dir: &'a Path,
    reports: Vec<Report>,
}

/// Reads one file of a kind.
type ReadFile<T> = fn(&Node, &Surroundings<'_>, &mut Report) -> Option<T>;

impl Reader<'_> {
    fn read(&mut self, root: &Path, site: &Site<'_>) -> Option<PackContent> {
        let mut pack = self.on(manifest::FILE, |report| manifest::read(root, report))?;
        // As it was named: where links in the path lead may change while actions run.
        pack.path = std::path::absolute(self.dir).unwrap_or_else(|_| root.to_owned());
        let overrides = self.overrides(&pack.reference, site);
        let schema = self.on(config::SCHEMA, |report| config::schema(root, report));
        let mut values = squall_model::Object::new();
        if let Some(configs) = site.configs {
            let file = configs.join(format!("{}.yaml", pack.reference));
            let mut report = Report::on(&file);
            values = config::values(&file, &schema, &mut report);
            self.reports.push(report);
        }
        let around = Surroundings {
            pack: &pack.reference,
            root,
            kinds: site.kinds,
            overrides: &overrides,
            file: String::new(),
        };
        let mut trigger_types = self.each("triggers", &around, trigger::read, |one| one.id);
        let sensors = self.each("sensors", &around, sensor::read, |(sensor, _)| sensor.id);
        let (sensors, brought): (Vec<_>, Vec<_>) = sensors.into_iter().unzip();
        trigger_types.extend(brought.into_iter().flatten());
        if pack.reference == triggers::PACK {
            add_missing(&mut trigger_types, playbook::trigger_types());
        }
        let actions = self.each("actions", &around, action::read, |action| action.id);
        let rules = self.each("rules", &around, rule::read, |rule| rule.id);
        self.each("aliases", &around, alias::check, |()| Id::of(""));
        self.each("policies", &around, policy::check, |()| Id::of(""));
        Some(PackContent {
            config: Arc::new(Config { schema, values }),
            actions: shared(actions),
            rules: shared(rules),
            trigger_types: shared(trigger_types),
            sensors,
            pack: Arc::new(pack),
        })
    }

    fn overrides(&mut self, pack: &str, site: &Site<'_>) -> Overrides {
        let mut overrides = Overrides::default();
        for name in [overrides::GLOBAL, pack] {
            if let Some(folder) = site.overrides {
                let file = folder.join(format!("{name}.yaml"));
                let mut report = Report::on(&file);
                overrides.add(&file, &mut report);
                self.reports.push(report);
            }
        }
        overrides
    }

    /// Reads every metadata file in a folder; of two that describe the same thing the later counts.
    fn each<T>(
        &mut self,
        folder: &str,
        around: &Surroundings<'_>,
        read: ReadFile<T>,
        id: fn(&T) -> Id,
    ) -> Vec<T> {
        let files = match folder::metadata_files(around.root, folder) {
            Ok(files) => files,
            Err(error) => {
                self.on(folder, |report| {
                    report.error(None, "", format!("cannot be read: {error}"));
                });
                return Vec::new();
            }
        };
        let mut found: Vec<T> = Vec::new();
        for path in files {
            let Some(file) = folder::relative(around.root, &path) else {
                self.on(folder, |report| {
                    report.error(None, "", "holds a file whose name is not UTF-8");
                });
                continue;
            };
            // These held settings of all actions, long ago.
            if matches!(file.as_str(), "actions/config.yaml" | "actions/config.yml") {
                continue;
            }
            let around = Surroundings {
                file: file.clone(),
                ..*around
            };
            let mut report = Report::on(self.dir.join(&file));
            let item = document::read(around.root, &path, &mut report)
                .and_then(|node| read(&node, &around, &mut report));
            if let Some(item) = item {
                let before = found.len();
                found.retain(|earlier| id(earlier) != id(&item));
                if found.len() < before {
                    report.warning(
                        None,
                        "name",
                        "is given in an earlier file too: this one counts",
                    );
                }
                found.push(item);
            }
            self.reports.push(report);
        }
        found
    }

    fn on<T>(&mut self, file: &str, read: impl FnOnce(&mut Report) -> T) -> T {
        let mut report = Report::on(self.dir.join(file));
        let found = read(&mut report);
        self.reports.push(report);
        found
    }
}

/// Types that no file describes, which counts.
fn add_missing(types: &mut Vec<TriggerType>, more: impl Iterator<Item = TriggerType>) {
    for one in more {
        if !types.iter().any(|known| known.reference == one.reference) {
            types.push(one);
        }
    }
}

fn shared<T>(items: Vec<T>) -> Vec<Arc<T>> {
    items.into_iter().map(Arc::new).collect()
}

#[cfg(test)]
mod tests;
