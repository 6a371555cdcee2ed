//! Actions made over REST that bring, copy or remove files of their pack.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs_err as fs;
use serde_json::json;
use squall_expression::value::json::from_json;
use squall_expression::yaml::{Layout, dump};
use squall_model::action::Action;
use squall_model::pack::Pack;
use squall_model::record::ResourceKind;
use squall_model::trace::TraceContext;
use squall_model::{Id, Json, Object, Reference};

use crate::handle::{Error, Handle, Result};
use crate::ingest::Happened;
use crate::pack_files::{self, ACTIONS};
use crate::registry::Registration;
use crate::reload::Reading;

/// The trigger of a file that came with an action.
const FILE_WRITTEN: &str = "core.st2.action.file_written";

/// Packs whose content nobody changes over REST, in StackStorm's words.
const SYSTEM: [&str; 4] = ["chatops", "core", "linux", "packs"];

/// Runners whose actions run a file in `actions/workflows`.
const WORKFLOWS: [&str; 2] = ["action-chain", "orquesta"];

/// A file that comes with an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFile {
    /// Its path relative to the pack's `actions` folder.
    pub path: String,
    /// What is in it.
    pub content: String,
}

/// Where a copy of an action goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// The pack.
    pub pack: String,
    /// The action's name there.
    pub name: String,
    /// Whether an action of that name is replaced, files and all.
    pub overwrite: bool,
}

/// Refuses to touch what belongs to Squall itself.
///
/// # Errors
/// The pack is `core`.
pub fn refuse_system_pack(pack: &str) -> Result<()> {
    if pack == "core" {
        return Err(system());
    }
    Ok(())
}

fn system() -> Error {
    Error::Invalid("Resources belonging to system level packs can't be manipulated".to_owned())
}

impl Handle {
    /// Writes the files that come with an action of this pack.
    pub async fn write_data_files(&self, pack: &str, files: Vec<DataFile>) -> Result<()> {
        if files.is_empty() {
            return Ok(());
        }
        let known = self.pack_on_disk(pack)?;
        if let Some(wrong) = files
            .iter()
            .find(|file| pack_files::plain(&file.path).is_none())
        {
            return Err(Error::Invalid(format!(
                "Invalid file path: \"{}\". File path needs to be relative to the pack actions directory. For example \"my_action.py\".",
                wrong.path
            )));
        }
        on_disk(move || {
            let actions = made(&known.path.join(ACTIONS))?;
            for file in &files {
                pack_files::write(&actions, &file.path, file.content.as_bytes())?;
            }
            Ok(())
        })
        .await?;
        self.reload(Reading::Changes).await?;
        Ok(())
    }

    /// Tells rules of the files that came with an action.
    pub async fn tell_data_files(&self, action: &Action, files: &[DataFile]) -> Result<()> {
        let Ok(trigger) = FILE_WRITTEN.parse::<Reference>() else {
            return Ok(());
        };
        let loaded = self.loaded();
        let Some(pack) = loaded.content.packs.get(action.reference.pack()) else {
            return Ok(());
        };
        let happened = |file: &DataFile| Happened {
            trigger: trigger.clone(),
            payload: json!({
                "ref": action.reference,
                "file_path": pack.path.join(ACTIONS).join(&file.path),
                "host_info": {"hostname": self.settings().node},
            }),
            trace: TraceContext::default(),
            origin: "trigger_instance".to_owned(),
        };
        if !files.is_empty() && loaded.content.triggers.contains_key(&trigger) {
            self.ingest(files.iter().map(happened).collect()).await?;
        }
        Ok(())
    }

    /// Removes an action, and its description and the file it runs if asked to.
    pub async fn delete_action(&self, action: &Action, and_files: bool) -> Result<()> {
        refuse_system_pack(action.reference.pack())?;
        if and_files {
            self.remove_action_files(action).await?;
        }
        self.register(Registration::Deleted(
            ResourceKind::Action,
            action.reference.clone(),
        ))
        .await?;
        if and_files {
            self.reload(Reading::Changes).await?;
        }
        Ok(())
    }

    async fn remove_action_files(&self, action: &Action) -> Result<()> {
        let pack = self.pack_on_disk(action.reference.pack())?;
        let mut files = Vec::new();
        if !action.entry_point.is_empty() {
            files.push(format!("{ACTIONS}/{}", action.entry_point));
        }
        files.extend(action.metadata_file.clone());
        on_disk(move || {
            let found = files
                .iter()
                .filter_map(|file| pack_files::inside(&pack.path, file));
            found.into_iter().try_for_each(fs::remove_file)
        })
        .await
    }

    /// Copies an action, its description and the file it runs, into another pack or under another name.
    pub async fn clone_action(&self, source: &Action, copy: Copy) -> Result<Action> {
        let loaded = self.loaded();
        let from = self.pack_on_disk(source.reference.pack())?;
        let into = self.pack_on_disk(&copy.pack).map_err(|_| {
            Error::Invalid(format!("Destination pack '{}' doesn't exist", copy.pack))
        })?;
        if SYSTEM.contains(&copy.pack.as_str()) {
            return Err(system());
        }
        let reference = named(&copy)?;
        if let Some(known) = loaded.content.actions.get(&reference) {
            if !copy.overwrite {
                let exists = "The requested destination action already exists";
                return Err(Error::Invalid(exists.to_owned()));
            }
            self.delete_action(known, true).await?;
        }
        let mut action = source.clone();
        action.id = Id::of(&format!("action:{}:{}", copy.pack, copy.name));
        action.reference = reference;
        action.entry_point = entry_point(source, &copy.name);
        let metadata_file = format!("{ACTIONS}/{}.yaml", copy.name);
        action.metadata_file = Some(metadata_file.clone());
        let description = description(&action)?;
        let (run_from, run_here) = (source.entry_point.clone(), action.entry_point.clone());
        on_disk(move || {
            let actions = made(&into.path.join(ACTIONS))?;
            if !run_here.is_empty() {
                let file = pack_files::inside(&from.path.join(ACTIONS), &run_from)
                    .ok_or(io::ErrorKind::NotFound)?;
                let copied = pack_files::write(&actions, &run_here, &fs::read(&file)?)?;
                fs::set_permissions(copied, fs::metadata(&file)?.permissions())?;
            }
            pack_files::write(&into.path, &metadata_file, description.as_bytes())?;
            Ok(())
        })
        .await?;
        let loaded = self.reload(Reading::Changes).await?;
        if let Some(copied) = loaded.content.actions.get(&action.reference) {
            return Ok(Action::clone(copied));
        }
        // It was deleted over REST before, or its pack has faults that keep newer files out of force.
        self.register(Registration::Action(Box::new(action.clone())))
            .await?;
        Ok(action)
    }

    /// The pack, if it has a folder.
    fn pack_on_disk(&self, pack: &str) -> Result<Arc<Pack>> {
        let known = self.loaded().content.packs.get(pack).cloned();
        known
            .filter(|known| known.path.is_dir())
            .ok_or_else(|| Error::Invalid(format!("Directory for pack \"{pack}\" doesn't exist")))
    }
}

/// What is done to files, done where waiting for a disk holds up nobody.
async fn on_disk(work: impl FnOnce() -> io::Result<()> + Send + 'static) -> Result<()> {
    let done = tokio::task::spawn_blocking(work).await;
    match done.unwrap_or_else(|broken| Err(io::Error::other(broken))) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(Error::Forbidden(
            format!("The server may not write to the pack's folder: {error}"),
        )),
        Err(error) => Err(Error::Invalid(format!(
            "The files of the pack cannot be changed: {error}"
        ))),
    }
}

/// The folder, made if it is not there.
fn made(folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    Ok(folder.to_owned())
}

/// The reference of a copy, whose name becomes that of its files.
fn named(copy: &Copy) -> Result<Reference> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "_-.".contains(letter);
    let is_name =
        !copy.name.is_empty() && !copy.name.starts_with('.') && copy.name.chars().all(is_letter);
    if is_name {
        return Ok(Reference::new(&copy.pack, &copy.name));
    }
    Err(Error::Invalid(format!(
        "\"{}\" cannot be the name of an action: it becomes the name of its files",
        copy.name
    )))
}

/// What the copy of an action runs: a file of its own name.
fn entry_point(source: &Action, name: &str) -> String {
    if source.entry_point.is_empty() {
        return String::new();
    }
    if WORKFLOWS.contains(&source.runner_type.as_str()) {
        return format!("workflows/{name}.yaml");
    }
    let extension = Path::new(&source.entry_point)
        .extension()
        .and_then(|extension| extension.to_str());
    extension.map_or_else(
        || name.to_owned(),
        |extension| format!("{name}.{extension}"),
    )
}

/// An action as its file describes it.
fn description(action: &Action) -> Result<String> {
    let members = json!({
        "name": action.reference.name(),
        "description": action.description,
        "enabled": action.enabled,
        "runner_type": action.runner_type,
        "entry_point": action.entry_point,
        "parameters": action.parameters,
        "output_schema": action.output_schema,
        "notify": action.notify,
        "tags": action.tags,
    });
    let said: Object = members
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(name, member)| !is_empty(member) || name.as_str() == "entry_point")
        .map(|(name, member)| (name.clone(), member.clone()))
        .collect();
    yaml(&Json::Object(said))
}

fn is_empty(member: &Json) -> bool {
    member.is_null()
        || member.as_object().is_some_and(Object::is_empty)
        || member.as_array().is_some_and(Vec::is_empty)
}

/// A value as YAML that StackStorm reads, too.
pub(crate) fn yaml(value: &Json) -> Result<String> {
    let layout = Layout {
        indent: None,
        allow_unicode: true,
    };
    dump(&from_json(value), &layout)
        .map_err(|error| Error::Invalid(format!("The values cannot be written as YAML: {error}")))
}
