//! What playbooks name of packs, held against the packs that are at hand without a server.

use std::io;
use std::path::PathBuf;

use squall_model::content::Content;
use squall_model::playbook::Playbooks;
use squall_model::problem::Problem;
use squall_pack::{PacksAtHand, Site, check_packs, load_packs, names_packs};

use crate::built_in;
use crate::commands::pack::kinds;

/// What is wrong with what `playbooks` name of packs: those that come with Squall, and those in `folders`. Where there are
/// no folders, what is named of other packs is only noted.
pub(super) fn check(playbooks: &Playbooks, folders: &[PathBuf]) -> io::Result<Vec<Problem>> {
    if !playbooks.playbooks.iter().any(names_packs) {
        return Ok(Vec::new());
    }
    let scratch = tempfile::tempdir()?;
    let built_in = built_in::packs(scratch.path())?;
    let kinds = kinds();
    let site = Site {
        kinds: &kinds,
        configs: None,
        overrides: None,
    };
    let all: Vec<PathBuf> = folders.iter().cloned().chain([built_in]).collect();
    let mut content = Content::default();
    for pack in load_packs(&all, &site).packs {
        let actions = pack.actions.into_iter();
        let types = pack.trigger_types.into_iter();
        content
            .actions
            .extend(actions.map(|one| (one.reference.clone(), one)));
        content
            .trigger_types
            .extend(types.map(|one| (one.reference.clone(), one)));
        let name = pack.pack.reference.clone();
        content.packs.insert(name, pack.pack);
    }
    let packs = PacksAtHand {
        content: &content,
        kinds: &kinds,
        are_all: !folders.is_empty(),
    };
    Ok(check_packs(playbooks, &packs))
}
