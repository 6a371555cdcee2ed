//! Packs as their folders have them. A pack whose files have got worse stays as it was.
//!
//! What a folder holds is read beside what runs, and only where its [`footprint`] says that something changed. A pack
//! that reads with errors it had not before is refused whole: what ran of it runs on, and the errors are kept with it. A
//! pack that was never there before is taken as far as it can be used.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use squall_model::Timestamp;
use squall_model::content::PackContent;
use squall_model::problem::{Problem, Severity};
use squall_model::runner::Kinds;
use squall_pack::{Folders, Mention, Read, Site, footprint, looks_like_a_pack, pack_folders};

use crate::settings::Settings;

/// All packs in force, by name.
pub(crate) type Packs = BTreeMap<String, Arc<PackInForce>>;

/// A pack as it is in force.
#[derive(Debug, Clone)]
pub struct PackInForce {
    /// Its folder.
    pub folder: PathBuf,
    /// What it brings.
    pub content: PackContent,
    /// What is wrong with the files that are in force.
    pub problems: Vec<Problem>,
    /// Counts the times that packs were put in force since the start: the one that brought this content.
    pub generation: u64,
    /// When this content was put in force.
    pub since: Timestamp,
    /// What its folder holds now, if that cannot be put in force.
    pub refused: Option<Refused>,
    mentions: Vec<Mention>,
    /// The footprint of the folder when it was looked at last.
    digest: u64,
    /// Its folder was gone when it was looked for last.
    is_missing: bool,
}

/// Newer files of a pack that are not in force, because they would make it worse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// When they were refused first.
    pub since: Timestamp,
    /// What is wrong with them.
    pub problems: Vec<Problem>,
}

/// How to look at the folders.
pub(crate) struct Look<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) kinds: &'a Kinds,
    /// The packs in force.
    pub(crate) before: &'a Packs,
    /// What a changed pack will be marked with.
    pub(crate) generation: u64,
    pub(crate) now: Timestamp,
    /// Whether to read what has not changed, too, and to give up at once what is gone.
    pub(crate) is_thorough: bool,
}

/// What the folders hold.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// The packs to be put in force.
    pub(crate) packs: Packs,
    /// What is wrong with folders, and with packs that are not among them.
    pub(crate) problems: Vec<Problem>,
    /// Something is gone that may be about to come back: look again soon.
    pub(crate) is_unsettled: bool,
}

impl Seen {
    /// Everything is as it was before.
    pub(crate) fn is_same_as(&self, before: &Packs) -> bool {
        let same = |(one, other): (&Arc<PackInForce>, &Arc<PackInForce>)| Arc::ptr_eq(one, other);
        self.packs.len() == before.len() && self.packs.values().zip(before.values()).all(same)
    }
}

impl Look<'_> {
    /// Looks at all folders.
    pub(crate) fn look(&self) -> Seen {
        let site = self.site_digest();
        let Folders {
            folders,
            problems,
            unreadable,
        } = pack_folders(&self.settings.packs);
        let mut seen = Seen {
            problems,
            ..Seen::default()
        };
        for folder in &folders {
            self.look_at(folder, site, &mut seen);
        }
        for (name, known) in self.before {
            if !seen.packs.contains_key(name) && !folders.contains(&known.folder) {
                self.miss(name, known, &unreadable, &mut seen);
            }
        }
        seen
    }

    fn look_at(&self, folder: &Path, site: u64, seen: &mut Seen) {
        let digest = footprint(folder).digest ^ site;
        let mut here = self.before.values().filter(|pack| pack.folder == folder);
        let here = here.next();
        if let Some(known) = here.filter(|known| known.is_seen_as(digest) && !self.is_thorough) {
            seen.add(Arc::clone(known), folder);
            return;
        }
        let site = Site {
            kinds: self.kinds,
            configs: self.settings.configs.as_deref(),
            overrides: self.settings.overrides.as_deref(),
        };
        let Read {
            content,
            problems,
            mentions,
        } = squall_pack::read(folder, &site);
        let Some(content) = content else {
            match here {
                Some(known) => seen.add(Arc::new(self.refuse(known, problems, digest)), folder),
                None => seen.problems.extend(problems),
            }
            return;
        };
        let known = self.before.get(&content.pack.reference).or(here);
        if let Some(known) = known.filter(|known| has_new_errors(&problems, &known.problems)) {
            // What is in force of another folder is followed there.
            let digest = here.map_or(known.digest, |_| digest);
            seen.add(Arc::new(self.refuse(known, problems, digest)), folder);
            return;
        }
        let fresh = PackInForce {
            folder: folder.to_owned(),
            content,
            problems,
            generation: self.generation,
            since: self.now,
            refused: None,
            mentions,
            digest,
            is_missing: false,
        };
        let same_name = known.filter(|known| known.reference() == fresh.reference());
        let fresh = match same_name {
            Some(known) => fresh.after(known),
            None => Arc::new(fresh),
        };
        seen.add(fresh, folder);
    }

    fn refuse(&self, known: &PackInForce, problems: Vec<Problem>, digest: u64) -> PackInForce {
        let since = match &known.refused {
            Some(refused) if refused.problems == problems => refused.since,
            _ => self.now,
        };
        PackInForce {
            refused: Some(Refused { since, problems }),
            digest,
            is_missing: false,
            ..known.clone()
        }
    }

    /// A pack's folder is not among those of packs any more. It is given up if it is gone for good, not if it cannot be
    /// looked at or is being replaced.
    fn miss(&self, name: &str, known: &Arc<PackInForce>, unreadable: &[PathBuf], seen: &mut Seen) {
        let folder = &known.folder;
        let is_unreadable = unreadable.iter().any(|above| folder.starts_with(above));
        let is_there = fs_err::symlink_metadata(folder).is_ok();
        let reason = if is_unreadable {
            "cannot be read"
        } else if is_there && !folder.is_dir() {
            "the link leads nowhere"
        } else if looks_like_a_pack(folder) {
            "looks like a pack, but has no pack.yaml"
        } else {
            if !known.is_missing && !self.is_thorough {
                seen.is_unsettled = true;
                let missing = PackInForce {
                    is_missing: true,
                    ..PackInForce::clone(known)
                };
                seen.packs.insert(name.to_owned(), Arc::new(missing));
            }
            return;
        };
        let problem = squall_pack::of_folder(Severity::Error, folder, reason.to_owned());
        let same = |refused: &&Refused| refused.problems == [problem.clone()];
        if known.refused.as_ref().filter(same).is_some() {
            seen.packs.insert(name.to_owned(), Arc::clone(known));
            return;
        }
        // Whatever comes next is read: no folder has this footprint.
        let refused = self.refuse(known, vec![problem], 0);
        seen.packs.insert(name.to_owned(), Arc::new(refused));
    }

    /// Values and switches stand in folders of their own, and belong to every pack.
    fn site_digest(&self) -> u64 {
        let folders = [&self.settings.configs, &self.settings.overrides];
        folders
            .into_iter()
            .flatten()
            .map(|folder| footprint(folder).digest)
            .fold(0, |digest, one| digest.rotate_left(1) ^ one)
    }
}

impl Seen {
    fn add(&mut self, pack: Arc<PackInForce>, folder: &Path) {
        match self.packs.get(pack.reference()) {
            Some(first) => {
                let problem = squall_pack::left_out(pack.reference(), folder, &first.folder);
                self.problems.push(problem);
            }
            None => {
                self.packs.insert(pack.reference().to_owned(), pack);
            }
        }
    }
}

impl PackInForce {
    /// Its name, as in references.
    pub fn reference(&self) -> &str {
        &self.content.pack.reference
    }

    fn is_seen_as(&self, digest: u64) -> bool {
        self.digest == digest && !self.is_missing
    }

    /// What it needs of other packs.
    pub(crate) fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// Whether all that its folder holds is in force.
    pub fn is_whole(&self) -> bool {
        self.refused.is_none() && errors(&self.problems).next().is_none()
    }

    /// This pack in the place of an earlier form: what has not changed is the same thing as before.
    fn after(mut self, known: &Arc<Self>) -> Arc<Self> {
        let is_same = self.content == known.content && self.folder == known.folder;
        if is_same && self.problems == known.problems {
            (self.generation, self.since) = (known.generation, known.since);
            if self.digest == known.digest && known.refused.is_none() && !known.is_missing {
                return Arc::clone(known);
            }
        }
        let (fresh, old) = (&mut self.content, &known.content);
        if fresh.config == old.config {
            fresh.config = Arc::clone(&old.config);
        }
        keep_same(&mut fresh.actions, &old.actions, |item| &item.reference);
        keep_same(&mut fresh.rules, &old.rules, |item| &item.reference);
        keep_same(&mut fresh.trigger_types, &old.trigger_types, |item| {
            &item.reference
        });
        Arc::new(self)
    }
}

/// Takes the old one of two equal things, so that nothing has to be made of the new one.
fn keep_same<T: PartialEq, K: Ord>(fresh: &mut [Arc<T>], old: &[Arc<T>], key: impl Fn(&T) -> &K) {
    let old: BTreeMap<&K, &Arc<T>> = old.iter().map(|item| (key(item), item)).collect();
    for item in fresh {
        let same = old.get(key(item)).filter(|known| **known == item).copied();
        if let Some(same) = same.cloned() {
            *item = same;
        }
    }
}

fn errors(problems: &[Problem]) -> impl Iterator<Item = &Problem> {
    problems
        .iter()
        .filter(|problem| problem.severity == Severity::Error)
}

/// Whether something is wrong that was not before. Where in its file it stands does not matter.
fn has_new_errors(problems: &[Problem], known: &[Problem]) -> bool {
    let same = |one: &Problem, other: &Problem| {
        (&one.file, &one.key, &one.message) == (&other.file, &other.key, &other.message)
    };
    errors(problems).any(|problem| !errors(known).any(|other| same(problem, other)))
}
