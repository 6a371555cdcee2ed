//! All that is registered: what packs bring, and what came over REST on top of it.
//!
//! Readers hold one [`Loaded`] and see one consistent state. A change makes a new one beside it (see `reload`), which
//! then takes its place. `packs` reads the folders, `registrations` is what came over REST.

mod packs;
mod registrations;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, OnceLock};

use squall_engine::facts::Facts;
use squall_engine::parameters::{self, Failure};
use squall_engine::rule::RuleSet;
use squall_model::Timestamp;
use squall_model::action::Action;
use squall_model::content::Content;
use squall_model::execution::{Definition, Digest};
use squall_model::problem::Problem;
use squall_model::record::{Resource, ResourceKind};
use squall_model::rule::Rule;
use squall_model::runner::{Kinds, RunnerType};
use squall_model::trigger::Trigger;
use squall_model::{Object, Reference};
use squall_pack::{Mention, check_references};

pub(crate) use packs::{Look, Packs, Seen};
pub use packs::{PackInForce, Refused};
pub use registrations::Registration;
pub(crate) use registrations::{Registrations, deleted};

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
    /// Each pack, with how it came to be in force and what its folder holds that is not.
    pub packs: BTreeMap<String, Arc<PackInForce>>,
    /// Counts the times that packs were put in force since the start.
    pub generation: u64,
    /// When packs were put in force last.
    pub loaded_at: Timestamp,
    /// What is wrong with folders, and with packs that are not among [`Loaded::packs`].
    folder_problems: Vec<Problem>,
    is_unsettled: bool,
    /// What packs need of others and do not find there.
    missing: Vec<Problem>,
    pub(crate) registrations: Registrations,
    /// The triggers of packs that playbooks name.
    pub(crate) of_playbooks: Vec<Trigger>,
    rule_definitions: HashMap<Reference, OnceLock<Option<Named>>>,
}

/// What a state is made of.
pub(crate) struct Parts {
    pub(crate) seen: Seen,
    pub(crate) missing: Vec<Problem>,
    pub(crate) registrations: Registrations,
    pub(crate) of_playbooks: Vec<Trigger>,
    pub(crate) generation: u64,
    pub(crate) loaded_at: Timestamp,
}

impl Loaded {
    /// Makes a state: packs, what came over REST on top, the triggers that types and rules make, and rules made ready as
    /// far as they are not those of before. Gives also the registrations that the packs have made void.
    pub(crate) fn new(
        parts: Parts,
        runners: &[RunnerType],
        before: &RuleSet,
    ) -> (Self, Vec<Resource>) {
        let Parts {
            seen,
            missing,
            registrations,
            of_playbooks,
            generation,
            loaded_at,
        } = parts;
        let mut content = Content::default();
        let mut runners: Vec<Arc<RunnerType>> = runners.iter().cloned().map(Arc::new).collect();
        for pack in seen.packs.values() {
            add_pack(&mut content, pack);
        }
        let void = registrations.apply(&mut content, &mut runners, &seen.packs);
        add_triggers(&mut content, &of_playbooks);
        let rules = before.with(content.rules.values().cloned());
        let rule_definitions = content
            .rules
            .keys()
            .map(|reference| (reference.clone(), OnceLock::new()))
            .collect();
        let loaded = Self {
            registrations: registrations.without(&void),
            content,
            runners,
            rules,
            packs: seen.packs,
            generation,
            loaded_at,
            folder_problems: seen.problems,
            is_unsettled: seen.is_unsettled,
            missing,
            of_playbooks,
            rule_definitions,
        };
        (loaded, void)
    }

    /// What this state would be made of again.
    pub(crate) fn parts(&self) -> Parts {
        Parts {
            seen: Seen {
                packs: self.packs.clone(),
                problems: self.folder_problems.clone(),
                is_unsettled: self.is_unsettled,
            },
            missing: self.missing.clone(),
            registrations: self.registrations.clone(),
            of_playbooks: self.of_playbooks.clone(),
            generation: self.generation,
            loaded_at: self.loaded_at,
        }
    }

    /// What is wrong with the packs' files, those that are in force and those that are refused.
    pub fn problems(&self) -> impl Iterator<Item = &Problem> {
        let packs = self.packs.values().flat_map(|pack| {
            let refused = pack.refused.iter().flat_map(|refused| &refused.problems);
            pack.problems.iter().chain(refused)
        });
        self.folder_problems
            .iter()
            .chain(packs)
            .chain(&self.missing)
    }

    /// What one pack needs of others and does not find there.
    pub fn missing_for(&self, pack: &PackInForce) -> Vec<&Problem> {
        let missing = self.missing.iter();
        missing
            .filter(|problem| problem.file.starts_with(&pack.folder))
            .collect()
    }

    /// What is wrong with folders, and with packs that cannot be used at all.
    pub fn folder_problems(&self) -> &[Problem] {
        &self.folder_problems
    }

    /// Whether something is gone that may be about to come back.
    pub(crate) fn is_unsettled(&self) -> bool {
        self.is_unsettled
    }

    /// What of a pack was changed over REST, by kind and reference: it holds until the file says something else.
    pub fn changed_over_rest(&self, pack: &str) -> Vec<(ResourceKind, String)> {
        self.registrations.changes_of(pack)
    }

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
    pub fn config(&self, pack: &str, user: &str, facts: &Facts<'_>) -> Result<Object, Failure> {
        match self.content.configs.get(pack) {
            Some(config) => parameters::config(config, user, facts),
            None => Ok(Object::new()),
        }
    }
}

/// The names and schemas that packs are checked against.
pub(crate) fn kinds(runners: &[RunnerType]) -> Kinds {
    Kinds {
        runners: runners.to_vec(),
        operators: squall_engine::rule::operator_names(),
        check_trigger: Some(squall_engine::playbook::check_trigger),
    }
}

/// What packs need of others and do not find there.
pub(crate) fn missing(packs: &Packs, kinds: &Kinds) -> Vec<Problem> {
    let contents: Vec<_> = packs.values().map(|pack| &pack.content).collect();
    let mentions = packs.values().flat_map(|pack| pack.mentions());
    let mentions: Vec<Mention> = mentions.cloned().collect();
    check_references(&contents, &mentions, kinds)
}

fn add_pack(content: &mut Content, pack: &PackInForce) {
    let brought = &pack.content;
    let name = pack.reference().to_owned();
    content
        .configs
        .insert(name.clone(), Arc::clone(&brought.config));
    content.packs.insert(name, Arc::clone(&brought.pack));
    let actions = brought.actions.iter();
    content
        .actions
        .extend(actions.map(|action| (action.reference.clone(), Arc::clone(action))));
    let rules = brought.rules.iter();
    content
        .rules
        .extend(rules.map(|rule| (rule.reference.clone(), Arc::clone(rule))));
    let sensors = brought.sensors.iter();
    content
        .sensors
        .extend(sensors.map(|sensor| (sensor.reference.clone(), Arc::new(sensor.clone()))));
    let types = brought.trigger_types.iter();
    content
        .trigger_types
        .extend(types.map(|of| (of.reference.clone(), Arc::clone(of))));
}

/// A type without parameters is a trigger itself; one with parameters has those that rules and playbooks want.
fn add_triggers(content: &mut Content, of_playbooks: &[Trigger]) {
    let of_types = content
        .trigger_types
        .values()
        .filter(|of| of.parameters_schema.is_empty())
        .map(|of| Trigger::new(&of.reference, Object::new()));
    let of_rules = content
        .rules
        .values()
        .map(|rule| Trigger::new(&rule.trigger.trigger_type, rule.trigger.parameters.clone()));
    let wanted: Vec<Trigger> = of_types.chain(of_rules).collect();
    let wanted = wanted.into_iter().chain(of_playbooks.iter().cloned());
    for trigger in wanted {
        content
            .triggers
            .entry(trigger.reference.clone())
            .or_insert_with(|| Arc::new(trigger));
    }
}
