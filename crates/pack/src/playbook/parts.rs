//! What files of playbooks say, gathered part by part from Robusta's own form and from the values of its Helm chart.

use std::collections::BTreeMap;
use std::rc::Rc;

use squall_expression::yaml::{Kind, Node};
use squall_model::Object;
use squall_model::playbook::{
    Place, Playbook, Playbooks, Relabel, RelabelOperation, Repository, SinkConfig,
};

use super::take::{flag, texted};
use super::{Reading, definition, environment, repository, sink};
use crate::fields::Fields;
use crate::report::{Fault, Report};
use crate::suggest::did_you_mean;

/// The keys of `active_playbooks.yaml`.
const RUNNER: [&str; 6] = [
    "active_playbooks",
    "playbook_repos",
    "sinks_config",
    "global_config",
    "alert_relabel",
    "light_actions",
];

/// The keys of the chart's values that are about playbooks. The others are for Helm.
const HELM: [&str; 14] = [
    "priorityBuiltinPlaybooks",
    "customPlaybooks",
    "namedCustomPlaybooks",
    "builtinPlaybooks",
    "platformPlaybooks",
    "enablePlatformPlaybooks",
    "disabledPlaybooks",
    "playbookRepos",
    "sinksConfig",
    "globalConfig",
    "clusterName",
    "clusterZone",
    "alertRelabel",
    "lightActions",
];

/// What the chart no longer takes, and what to write instead.
const OLD: [(&str, &str); 3] = [
    ("playbooks", "write `customPlaybooks`"),
    ("slackApiKey", "write a `slack_sink` below `sinksConfig`"),
    ("robustaApiKey", "leave it out: Squall needs no account"),
];

/// Everything that was read so far; a later file adds to an earlier one.
#[derive(Default)]
pub(super) struct Parts {
    priority: Vec<Playbook>,
    custom: Vec<Playbook>,
    /// By name: of two the later counts, as for Helm.
    named: BTreeMap<String, Vec<Playbook>>,
    builtin: Vec<Playbook>,
    platform: Vec<Playbook>,
    with_platform: bool,
    pub(super) disabled: Vec<(String, Place)>,
    repositories: Vec<Repository>,
    sinks: Vec<SinkConfig>,
    global_config: Object,
    alert_relabel: Vec<Relabel>,
    light_actions: Vec<String>,
}

impl Parts {
    /// Adds what the document of one file says.
    pub(super) fn add(&mut self, document: &Rc<Node>, reading: &mut Reading<'_>) {
        if matches!(document.kind, Kind::List(_)) {
            let hint = "put `customPlaybooks:` above it".to_owned();
            let fault = Fault::with_hint("is a list, but must be a mapping", hint);
            reading.report.error(Some(document), "", fault);
            return;
        }
        let Some(fields) = Fields::of(document, "", &mut reading.report) else {
            return;
        };
        check_keys(&fields, &mut reading.report);
        self.priority.extend(playbooks(&fields, HELM[0], reading));
        self.custom.extend(playbooks(&fields, RUNNER[0], reading));
        self.custom.extend(playbooks(&fields, HELM[1], reading));
        self.named.extend(named_playbooks(&fields, reading));
        self.builtin.extend(playbooks(&fields, HELM[3], reading));
        self.platform.extend(playbooks(&fields, HELM[4], reading));
        self.add_choices(&fields, &mut reading.report);
        self.add_sinks(&fields, reading);
        self.add_repositories(&fields, reading);
        self.add_global_config(&fields, reading);
        let report = &mut reading.report;
        for (key, node) in both(&fields, "alert_relabel", "alertRelabel", report) {
            self.alert_relabel.extend(relabel(node, &key, report));
        }
        for (key, node) in both(&fields, "light_actions", "lightActions", report) {
            self.light_actions.extend(texted(node, &key, report));
        }
    }

    fn add_choices(&mut self, fields: &Fields<'_>, report: &mut Report) {
        if let Some(node) = fields.get("enablePlatformPlaybooks") {
            let key = fields.key("enablePlatformPlaybooks");
            self.with_platform = flag(node, &key, report).unwrap_or_default();
        }
        for (key, node) in fields.list("disabledPlaybooks", report) {
            if let Some(name) = texted(node, &key, report) {
                self.disabled.push((name, report.place(node, &key)));
            }
        }
    }

    fn add_sinks(&mut self, fields: &Fields<'_>, reading: &mut Reading<'_>) {
        let found = both(fields, "sinks_config", "sinksConfig", &mut reading.report);
        for (key, node) in found {
            let Some(sink) = sink::read(node, &key, reading) else {
                continue;
            };
            let same = |other: &&SinkConfig| other.name == sink.name;
            if let Some(other) = self.sinks.iter().find(same) {
                let (name, place) = (&sink.name, &other.place);
                let message = format!(
                    "the name `{name}` is taken by the sink in {}, line {}",
                    place.file.display(),
                    place.line
                );
                let hint = "give each sink a name of its own".to_owned();
                let key = format!("{}.name", sink.place.key);
                let fault = Fault::with_hint(message, hint);
                reading.report.error(Some(node), &key, fault);
                continue;
            }
            self.sinks.push(sink);
        }
    }

    fn add_repositories(&mut self, fields: &Fields<'_>, reading: &mut Reading<'_>) {
        for path in ["playbook_repos", "playbookRepos"] {
            let report = &mut reading.report;
            let Some(found) = fields.child(path, report) else {
                continue;
            };
            for pair in found.node.pairs() {
                let name = pair.name();
                let read =
                    repository::read(&pair.value, (path, &name), reading.environment, report);
                self.repositories.retain(|other| other.name != name);
                self.repositories.extend(read);
            }
        }
    }

    fn add_global_config(&mut self, fields: &Fields<'_>, reading: &mut Reading<'_>) {
        let report = &mut reading.report;
        for (from, to) in [
            ("clusterName", "cluster_name"),
            ("clusterZone", "cluster_zone"),
        ] {
            let node = fields.get(from);
            let value = node.and_then(|node| texted(node, from, report));
            if let Some(value) = value.filter(|value| !value.is_empty()) {
                self.global_config.insert(to.to_owned(), value.into());
            }
        }
        for path in ["global_config", "globalConfig"] {
            let Some(node) = fields.get(path) else {
                continue;
            };
            let filled = environment::fill(node, path, reading.environment, report);
            if let Some(found) = Fields::of(&filled, path, report) {
                self.global_config.extend(found.node.to_object());
            }
        }
    }

    /// All of it in the order of Robusta's chart, without what is switched off.
    pub(super) fn put_together(self) -> Playbooks {
        let is_on = |playbook: &Playbook| {
            let name = playbook.name.as_ref();
            !name.is_some_and(|name| self.disabled.iter().any(|(disabled, _)| disabled == name))
        };
        let platform = self.platform.into_iter().filter(|_| self.with_platform);
        let playbooks = (self.priority.into_iter().filter(is_on))
            .chain(self.custom)
            .chain(self.named.into_values().flatten())
            .chain(self.builtin.into_iter().filter(is_on))
            .chain(platform.filter(is_on));
        Playbooks {
            playbooks: playbooks.collect(),
            repositories: self.repositories,
            sinks: self.sinks,
            global_config: self.global_config,
            alert_relabel: self.alert_relabel,
            light_actions: self.light_actions,
        }
    }

    /// The names of playbooks that can be switched off.
    pub(super) fn of_the_chart(&self) -> impl Iterator<Item = &str> {
        let all = [&self.priority, &self.builtin, &self.platform];
        all.into_iter()
            .flatten()
            .filter_map(|playbook| playbook.name.as_deref())
    }
}

/// Names what is not known: in the chart's values only what is nearly known, as most of them are not about playbooks.
fn check_keys(fields: &Fields<'_>, report: &mut Report) {
    let is_there = |name: &&str| fields.node.get(name).is_some();
    for (old, hint) in OLD.into_iter().filter(|(old, _)| is_there(old)) {
        let at = fields.node.get(old).map(Rc::as_ref);
        let fault = Fault::with_hint("is a key of old charts", hint.to_owned());
        report.error(at, old, fault);
    }
    let known: Vec<&str> = RUNNER.into_iter().chain(HELM).collect();
    if RUNNER.iter().any(is_there) {
        fields.warn_unknown(&known, report);
        return;
    }
    let mut near = false;
    for pair in fields.node.pairs() {
        let name = pair.name();
        if known.contains(&name.as_str()) {
            continue;
        }
        if let Some(hint) = did_you_mean(&name, known.iter().copied()) {
            near = true;
            let fault = Fault::with_hint("is not a known key and has no effect", hint);
            report.warning(Some(&pair.key), &name, fault);
        }
    }
    let is_old = OLD.iter().any(|(old, _)| is_there(old));
    if !near && !is_old && !HELM.iter().any(is_there) {
        let hint = "write `customPlaybooks:` or `active_playbooks:`, and a list of playbooks";
        let fault = Fault::with_hint("says nothing about playbooks", hint.to_owned());
        report.error(Some(fields.node), "", fault);
    }
}

/// The items of a list that has a name in each of the two forms.
fn both<'a>(
    fields: &Fields<'a>,
    runner: &str,
    helm: &str,
    report: &mut Report,
) -> Vec<(String, &'a Rc<Node>)> {
    let mut found = fields.list(runner, report);
    found.extend(fields.list(helm, report));
    found
}

fn playbooks(fields: &Fields<'_>, name: &str, reading: &mut Reading<'_>) -> Vec<Playbook> {
    let found = fields.list(name, &mut reading.report);
    let found = found.into_iter();
    found
        .filter_map(|(key, node)| definition::read(node, &key, reading))
        .collect()
}

/// `{name: [playbooks]}`; a single playbook in place of the list will do.
fn named_playbooks(
    fields: &Fields<'_>,
    reading: &mut Reading<'_>,
) -> BTreeMap<String, Vec<Playbook>> {
    let Some(all) = fields.child("namedCustomPlaybooks", &mut reading.report) else {
        return BTreeMap::new();
    };
    let mut named = BTreeMap::new();
    for pair in all.node.pairs() {
        let name = pair.name();
        let read = if pair.value.pairs().is_empty() {
            playbooks(&all, &name, reading)
        } else {
            let key = all.key(&name);
            definition::read(&pair.value, &key, reading)
                .into_iter()
                .collect()
        };
        named.insert(name, read);
    }
    named
}

fn relabel(node: &Rc<Node>, key: &str, report: &mut Report) -> Option<Relabel> {
    let fields = Fields::of(node, key, report)?;
    fields.warn_unknown(&["source", "target", "operation"], report);
    let mut text = |name: &str| {
        let node = fields.needed(name, report)?;
        texted(node, &fields.key(name), report)
    };
    let (source, target) = (text("source"), text("target"));
    let operation = match fields.get("operation").map(|node| (node, node.as_text())) {
        None | Some((_, Some("add"))) => RelabelOperation::Add,
        Some((_, Some("replace"))) => RelabelOperation::Replace,
        Some((node, _)) => {
            let hint = "write `add`, which keeps the source, or `replace`".to_owned();
            let fault = Fault::with_hint("is no operation on labels", hint);
            report.error(Some(node), &fields.key("operation"), fault);
            return None;
        }
    };
    Some(Relabel {
        source: source?,
        target: target?,
        operation,
    })
}
