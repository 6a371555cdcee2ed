//! All that is registered: what packs bring, and what came over REST on top of it.
//!
//! Readers hold one [`Loaded`] and see one consistent state. A change makes a new one; a pack that cannot be read leaves
//! the old one in place and says so.

use std::collections::btree_map::Entry;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

use squall_engine::facts::Facts;
use squall_engine::parameters::{self, Failure};
use squall_engine::rule::RuleSet;
use squall_model::action::Action;
use squall_model::content::{Content, PackContent};
use squall_model::execution::{Definition, Digest};
use squall_model::pack::Pack;
use squall_model::problem::Problem;
use squall_model::record::{Batch, Record, Resource, ResourceKind};
use squall_model::rule::Rule;
use squall_model::runner::{Kinds, RunnerType};
use squall_model::trigger::{Trigger, TriggerType};
use squall_model::{Id, Json, Object, Reference};
use squall_pack::Site;
use tracing::warn;

use crate::handle::{Error, Handle, Result};
use crate::settings::Settings;

/// A definition and the digest that names it.
pub type Named = (Digest, Arc<Definition>);

/// One consistent state of everything that is registered.
#[derive(Debug)]
pub struct Loaded {
    /// Packs, actions, rules, triggers.
    pub content: Content,
    /// The runners, with changes made over REST.
    pub runners: Vec<Arc<RunnerType>>,
    /// The rules, made ready for events.
    pub rules: RuleSet,
    /// What is wrong with the packs' files.
    pub problems: Vec<Problem>,
    rule_definitions: HashMap<Reference, OnceLock<Option<Named>>>,
    /// The triggers that are there only as long as a rule wants them.
    of_rules: BTreeSet<Reference>,
}

impl Loaded {
    /// The runner with this name or older name.
    pub fn runner(&self, name: &str) -> Option<&Arc<RunnerType>> {
        self.runners
            .iter()
            .find(|runner| runner.name == name || runner.aliases.iter().any(|alias| alias == name))
    }

    /// What is recorded of an action's description when it is run by hand; `None` if its runner is unknown.
    pub fn definition_of_action(&self, action: &Arc<Action>) -> Option<Named> {
        let runner = Arc::clone(self.runner(&action.runner_type)?);
        let action = Arc::clone(action);
        let definition = Definition {
            action,
            runner,
            rule: None,
            trigger: None,
            trigger_type: None,
        };
        Some((definition.digest(), Arc::new(definition)))
    }

    /// What is recorded of an action's description when a rule starts it; `None` if the action or its runner is unknown.
    pub fn definition_of_rule(&self, rule: &Arc<Rule>) -> Option<Named> {
        let known = self.rule_definitions.get(&rule.reference)?;
        known
            .get_or_init(|| self.make_definition_of_rule(rule))
            .clone()
    }

    fn make_definition_of_rule(&self, rule: &Arc<Rule>) -> Option<Named> {
        let action = Arc::clone(self.content.actions.get(&rule.action.reference)?);
        let runner = Arc::clone(self.runner(&action.runner_type)?);
        let trigger = self.content.triggers.get(&rule.trigger.reference).cloned();
        let trigger_type = self
            .content
            .trigger_types
            .get(&rule.trigger.trigger_type)
            .cloned();
        let definition = Definition {
            action,
            runner,
            rule: Some(Arc::clone(rule)),
            trigger,
            trigger_type,
        };
        Some((definition.digest(), Arc::new(definition)))
    }

    /// A pack's config for a user: defaults filled in, dynamic values read, secrets decrypted.
    pub fn config(
        &self,
        pack: &str,
        user: &str,
        facts: &Facts<'_>,
    ) -> std::result::Result<Object, Failure> {
        match self.content.configs.get(pack) {
            Some(config) => parameters::config(config, user, facts),
            None => Ok(Object::new()),
        }
    }
}

/// Reads the packs and puts what was registered over REST on top.
pub(crate) fn load(settings: &Settings, runners: &[RunnerType], resources: &[Resource]) -> Loaded {
    let kinds = kinds(runners);
    let site = Site {
        kinds: &kinds,
        configs: settings.configs.as_deref(),
        overrides: settings.overrides.as_deref(),
    };
    let squall_pack::Loaded { packs, problems } = squall_pack::load_packs(&settings.packs, &site);
    for problem in &problems {
        warn!("{problem}");
    }
    let mut content = Content::default();
    packs
        .into_iter()
        .for_each(|pack| add_pack(&mut content, pack));
    let mut runners: Vec<Arc<RunnerType>> = runners.iter().cloned().map(Arc::new).collect();
    for resource in resources {
        apply(&mut content, &mut runners, resource);
    }
    build(content, runners, problems, &RuleSet::default())
}

/// The names and schemas that packs are checked against.
pub(crate) fn kinds(runners: &[RunnerType]) -> Kinds {
    Kinds {
        runners: runners.to_vec(),
        operators: squall_engine::rule::operator_names(),
    }
}

/// Completes a state: triggers from trigger types and rules, rules made ready, as far as they are not those of before.
pub(crate) fn build(
    mut content: Content,
    runners: Vec<Arc<RunnerType>>,
    problems: Vec<Problem>,
    before: &RuleSet,
) -> Loaded {
    for trigger_type in content.trigger_types.values() {
        if trigger_type.parameters_schema.is_empty() {
            let trigger = Trigger::new(&trigger_type.reference, Object::new());
            content
                .triggers
                .entry(trigger.reference.clone())
                .or_insert_with(|| Arc::new(trigger));
        }
    }
    let mut of_rules = BTreeSet::new();
    for rule in content.rules.values() {
        let trigger = Trigger::new(&rule.trigger.trigger_type, rule.trigger.parameters.clone());
        if let Entry::Vacant(vacant) = content.triggers.entry(trigger.reference.clone()) {
            of_rules.insert(trigger.reference.clone());
            vacant.insert(Arc::new(trigger));
        }
    }
    let rules = before.with(content.rules.values().cloned());
    let rule_definitions = content
        .rules
        .keys()
        .map(|reference| (reference.clone(), OnceLock::new()))
        .collect();
    Loaded {
        content,
        runners,
        rules,
        problems,
        rule_definitions,
        of_rules,
    }
}

fn add_pack(content: &mut Content, pack: PackContent) {
    let name = pack.pack.reference.clone();
    content.configs.insert(name.clone(), Arc::new(pack.config));
    content.packs.insert(name, Arc::new(pack.pack));
    content.actions.extend(
        pack.actions
            .into_iter()
            .map(|action| (action.reference.clone(), Arc::new(action))),
    );
    content.rules.extend(
        pack.rules
            .into_iter()
            .map(|rule| (rule.reference.clone(), Arc::new(rule))),
    );
    let types = pack.trigger_types.into_iter();
    content
        .trigger_types
        .extend(types.map(|trigger_type| (trigger_type.reference.clone(), Arc::new(trigger_type))));
}

/// What a file's item is known by when it is changed over REST: a newer file wins over the change.
fn file_digest(item: &impl serde::Serialize) -> String {
    Id::of(&serde_json::to_string(item).unwrap_or_default()).to_string()
}

/// A change over REST holds while the file it changes is still the same. A null body stands for "deleted".
fn apply(content: &mut Content, runners: &mut [Arc<RunnerType>], resource: &Resource) {
    let Ok(reference) = resource.reference.parse::<Reference>() else {
        if resource.kind == ResourceKind::Runner {
            apply_runner(runners, resource);
        }
        return;
    };
    match resource.kind {
        ResourceKind::Rule => put(&mut content.rules, reference, resource),
        ResourceKind::Action => put(&mut content.actions, reference, resource),
        ResourceKind::TriggerType => put(&mut content.trigger_types, reference, resource),
        ResourceKind::Trigger => put(&mut content.triggers, reference, resource),
        ResourceKind::Runner | ResourceKind::Config => {}
    }
}

fn apply_runner(runners: &mut [Arc<RunnerType>], resource: &Resource) {
    if let Some(runner) = runners
        .iter_mut()
        .find(|runner| runner.name == resource.reference)
        && let Some(enabled) = resource.body.get("enabled").and_then(Json::as_bool)
    {
        Arc::make_mut(runner).enabled = enabled;
    }
}

fn put<T>(
    all: &mut std::collections::BTreeMap<Reference, Arc<T>>,
    reference: Reference,
    resource: &Resource,
) where
    T: serde::Serialize + serde::de::DeserializeOwned,
{
    let of_file = all.get(&reference).map(|item| file_digest(item.as_ref()));
    if of_file != resource.replaces && of_file.is_some() {
        return;
    }
    if resource.body.is_null() {
        all.remove(&reference);
        return;
    }
    match serde_json::from_value(resource.body.clone()) {
        Ok(item) => {
            all.insert(reference, Arc::new(item));
        }
        // A record that cannot be read is left alone: others go on, and it is still there to be looked at.
        Err(error) => warn!(%reference, %error, "a recorded registration cannot be read"),
    }
}

/// What can be registered over REST.
#[derive(Debug, Clone)]
pub enum Registration {
    /// A rule, new or changed.
    Rule(Box<Rule>),
    /// An action, new or changed.
    Action(Box<Action>),
    /// A trigger type, new or changed.
    TriggerType(Box<TriggerType>),
    /// A trigger, new or changed.
    Trigger(Box<Trigger>),
    /// A runner switched on or off.
    Runner {
        /// Its name.
        name: String,
        /// Whether it is on.
        enabled: bool,
    },
    /// Something that is no more.
    Deleted(ResourceKind, Reference),
}

impl Handle {
    /// Records a registration, then puts it in force.
    pub async fn register(&self, registration: Registration) -> Result<()> {
        let one_at_a_time = self.0.registering.lock().await;
        let loaded = self.loaded();
        let resource = resource(registration)?;
        let resource = Resource {
            replaces: self.replaced(&resource).await?,
            ..resource
        };
        let records = vec![Record::Resource(resource.clone())];
        self.0.store.commit(Batch { records }).await?;
        let mut content = loaded.content.clone();
        // Those that are still wanted come again.
        let of_rules = |trigger: &Reference| loaded.of_rules.contains(trigger);
        content.triggers.retain(|trigger, _| !of_rules(trigger));
        let mut runners = loaded.runners.clone();
        // In memory the newest registration always wins over what was in force a moment ago.
        let unconditional = Resource {
            replaces: in_force(&content, &resource),
            ..resource
        };
        apply(&mut content, &mut runners, &unconditional);
        self.0.loaded.store(Arc::new(build(
            content,
            runners,
            loaded.problems.clone(),
            &loaded.rules,
        )));
        drop(one_at_a_time);
        Ok(())
    }

    /// Reads all packs again and puts them in force, with what was registered over REST on top. The problems found are
    /// in the new state.
    pub async fn reload(&self) -> Result<Arc<Loaded>> {
        let one_at_a_time = self.0.registering.lock().await;
        let resources = self.0.store.resources().await?;
        let handle = self.clone();
        let read = tokio::task::spawn_blocking(move || {
            load(&handle.0.settings, &handle.0.runners, &resources)
        });
        let loaded = read
            .await
            .map_err(|error| Error::Invalid(format!("the packs could not be read: {error}")))?;
        let loaded = Arc::new(loaded);
        self.0.loaded.store(Arc::clone(&loaded));
        drop(one_at_a_time);
        Ok(loaded)
    }

    /// The digest of the file that a registration changes: what an earlier registration said, or the item in force.
    async fn replaced(&self, resource: &Resource) -> Result<Option<String>> {
        let earlier = self.0.store.resources().await?;
        let earlier = earlier
            .into_iter()
            .find(|other| other.kind == resource.kind && other.reference == resource.reference);
        Ok(match earlier {
            Some(earlier) => earlier.replaces,
            None => in_force(&self.loaded().content, resource),
        })
    }
}

fn in_force(content: &Content, resource: &Resource) -> Option<String> {
    let reference: Reference = resource.reference.parse().ok()?;
    match resource.kind {
        ResourceKind::Rule => content
            .rules
            .get(&reference)
            .map(|item| file_digest(item.as_ref())),
        ResourceKind::Action => content
            .actions
            .get(&reference)
            .map(|item| file_digest(item.as_ref())),
        ResourceKind::TriggerType => content
            .trigger_types
            .get(&reference)
            .map(|item| file_digest(item.as_ref())),
        ResourceKind::Trigger => content
            .triggers
            .get(&reference)
            .map(|item| file_digest(item.as_ref())),
        ResourceKind::Runner | ResourceKind::Config => None,
    }
}

fn resource(registration: Registration) -> Result<Resource> {
    let shape = |error: serde_json::Error| {
        Error::Invalid(format!("the registration cannot be recorded: {error}"))
    };
    let (kind, reference, body) = match registration {
        Registration::Rule(item) => (
            ResourceKind::Rule,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Action(item) => (
            ResourceKind::Action,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::TriggerType(item) => (
            ResourceKind::TriggerType,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Trigger(item) => (
            ResourceKind::Trigger,
            item.reference.to_string(),
            serde_json::to_value(item).map_err(shape)?,
        ),
        Registration::Runner { name, enabled } => (
            ResourceKind::Runner,
            name,
            serde_json::json!({ "enabled": enabled }),
        ),
        Registration::Deleted(kind, reference) => (kind, reference.to_string(), Json::Null),
    };
    Ok(Resource {
        kind,
        reference,
        body,
        replaces: None,
    })
}

/// The text of the file that an action runs.
pub fn read_entry_point(pack: &Pack, action: &Action) -> std::io::Result<String> {
    let actions = fs_err::canonicalize(pack.path.join("actions"))?;
    let file = fs_err::canonicalize(actions.join(&action.entry_point))?;
    if !file.starts_with(&actions) {
        return Err(std::io::ErrorKind::NotFound.into());
    }
    fs_err::read_to_string(file)
}
