//! Making triggers ready. What the reader of playbook files refuses never comes here; what comes here wrong all the same is
//! a problem, too.

use squall_model::change::Operation;
use squall_model::playbook::PlaybookTrigger;
use squall_model::playbook::triggers::{
    DEFAULT_IGNORE, DEFAULT_INCLUDE, Fires, TriggerKind, named,
};
use squall_model::problem::{Problem, Severity};
use squall_model::{Json, Object};

use super::difference::Filter;
use super::helm::Releases;
use super::parameters::{Parameters, as_text};
use super::pod::{Named, OutOfMemory};
use super::prometheus::Alerts;
use super::schedule::Schedule;
use super::scope::Scope;
use super::selector::{self, Selector};
use super::trigger::{Changes, Of, Resource, State, Trigger};
use super::warning::Warning;

/// What is wrong with a trigger, were it asked.
pub fn check_trigger(written: &PlaybookTrigger) -> Vec<Problem> {
    let mut compiler = Compiler::default();
    compiler.trigger(written);
    compiler.problems
}

/// What making ready needs to remember.
#[derive(Debug, Default)]
pub(super) struct Compiler {
    /// The change filters of all triggers, each once.
    pub(super) filters: Vec<Filter>,
    /// What was wrong.
    pub(super) problems: Vec<Problem>,
}

impl Compiler {
    /// Makes a trigger ready; `None` where it cannot be.
    pub(super) fn trigger(&mut self, written: &PlaybookTrigger) -> Option<Trigger> {
        if let Some(trigger) = written.of_a_pack() {
            return Some(Trigger::OfAPack(trigger.reference));
        }
        let Some(kind) = named(&written.name) else {
            self.fault(written, "", "there is no such trigger");
            return None;
        };
        let parameters = Parameters::new(kind, written);
        let missing = kind.parameters.iter().filter(|one| one.is_required());
        for parameter in missing.filter(|one| parameters.get(one.name).is_none()) {
            self.fault(written, parameter.name, "is missing");
        }
        match kind.fires {
            Fires::OnPrometheusAlert => Some(self.alerts(written, parameters)),
            Fires::OnSchedule => match Schedule::read(written) {
                Ok(schedule) => Some(Trigger::Schedule(schedule)),
                Err((parameter, fault)) => {
                    self.fault(written, parameter, &fault);
                    None
                }
            },
            Fires::OnHelmRelease(statuses) => Some(Trigger::Release(Releases {
                statuses,
                names: parameters.texts("names"),
                namespace: parameters.text("namespace"),
                duration: parameters.number("duration"),
                rate_limit: parameters.number("rate_limit"),
            })),
            _ => self.changes(written, kind, parameters),
        }
    }

    fn changes(
        &mut self,
        written: &PlaybookTrigger,
        kind: &TriggerKind,
        parameters: Parameters<'_>,
    ) -> Option<Trigger> {
        let labels = parameters
            .text("labels_selector")
            .filter(|text| !text.is_empty());
        let labels = match labels.as_deref().map(selector::labels).transpose() {
            Ok(labels) => labels.unwrap_or_default(),
            Err(part) => {
                let message = format!("`{part}` is not `label=value`");
                self.fault(written, "labels_selector", &message);
                return None;
            }
        };
        let (of, operations) = whose(kind.fires, parameters);
        let rate_limit = kind
            .parameter("rate_limit")
            .map(|_| parameters.number("rate_limit"));
        let changes = Changes {
            of,
            operations,
            selector: Selector {
                name_prefix: parameters.text("name_prefix"),
                namespace_prefix: parameters.text("namespace_prefix"),
                labels,
            },
            scope: self.scope(written, parameters),
            state: state(kind.fires, parameters),
            filter: self.filter(kind, parameters),
            rate_limit,
        };
        Some(Trigger::Change(Box::new(changes)))
    }

    fn alerts(&mut self, written: &PlaybookTrigger, parameters: Parameters<'_>) -> Trigger {
        let providers = parameters.texts("k8s_providers").into_iter();
        Trigger::Alert(Box::new(Alerts {
            alert_name: parameters.text("alert_name"),
            status: parameters.text("status"),
            pod_name_prefix: parameters.text("pod_name_prefix"),
            namespace_prefix: parameters.text("namespace_prefix"),
            instance_name_prefix: parameters.text("instance_name_prefix"),
            providers: providers.map(|provider| provider.to_lowercase()).collect(),
            scope: self.scope(written, parameters),
        }))
    }

    fn scope(&mut self, written: &PlaybookTrigger, parameters: Parameters<'_>) -> Option<Scope> {
        let mut faults = Vec::new();
        let scope = parameters.object("scope");
        let scope = scope.map(|scope| Scope::new(scope, &mut faults));
        for fault in faults {
            self.problem(Severity::Warning, written, "scope", &fault);
        }
        scope
    }

    /// The number of a trigger's change filter, which is kept once.
    fn filter(&mut self, kind: &TriggerKind, parameters: Parameters<'_>) -> Option<usize> {
        let filter = match parameters.object("change_filters") {
            Some(written) => filter(written),
            None if kind.fires == Fires::OnResources
                && !parameters.is_written("change_filters") =>
            {
                Filter {
                    include: DEFAULT_INCLUDE.map(str::to_owned).to_vec(),
                    ignore: DEFAULT_IGNORE.map(steps).to_vec(),
                }
            }
            None => return None,
        };
        let known = self.filters.iter().position(|known| *known == filter);
        Some(known.unwrap_or_else(|| {
            self.filters.push(filter);
            self.filters.len() - 1
        }))
    }

    pub(super) fn fault(&mut self, written: &PlaybookTrigger, parameter: &str, message: &str) {
        self.problem(Severity::Error, written, parameter, message);
    }

    fn problem(
        &mut self,
        severity: Severity,
        of: &PlaybookTrigger,
        parameter: &str,
        message: &str,
    ) {
        let key = if of.place.key.is_empty() {
            &of.name
        } else {
            &of.place.key
        };
        let dot = if parameter.is_empty() { "" } else { "." };
        self.problems.push(Problem {
            severity,
            file: of.place.file.clone(),
            line: Some(of.place.line).filter(|line| *line > 0),
            column: None,
            key: format!("{key}{dot}{parameter}"),
            message: message.to_owned(),
            hint: None,
        });
    }
}

/// Whose changes a trigger waits for, and which.
fn whose(fires: Fires, parameters: Parameters<'_>) -> (Of, Vec<Operation>) {
    let operations = |names: Vec<String>| -> Vec<_> {
        let names = names.iter().map(|name| name.to_lowercase());
        names.filter_map(|name| Operation::parse(&name)).collect()
    };
    let event_kind = |word: &str| {
        let kind = squall_model::playbook::classes::kind_named(word);
        kind.map_or(Of::AnyKnown, Of::Kind)
    };
    match fires {
        Fires::OnChange { kind, operation } => (
            kind.map_or(Of::AnyKnown, Of::Kind),
            operation.into_iter().collect(),
        ),
        Fires::OnResources => {
            let resources = parameters.texts("resources");
            let of = if resources.is_empty() {
                Of::AnyKnown
            } else {
                Of::Resources(resources.iter().map(|one| Resource::parse(one)).collect())
            };
            (of, operations(parameters.texts("operations")))
        }
        Fires::OnWarningEvent(_) => (event_kind("event"), Vec::new()),
        Fires::OnJobFailure => (event_kind("job"), vec![Operation::Update]),
        Fires::OnPodCrashLoop
        | Fires::OnImagePullBackoff
        | Fires::OnPodOomKilled
        | Fires::OnContainerOomKilled
        | Fires::OnPodEvicted
        | Fires::OnPrometheusAlert
        | Fires::OnSchedule
        | Fires::OnHelmRelease(_) => (event_kind("pod"), vec![Operation::Update]),
    }
}

/// What state an object must be in.
fn state(fires: Fires, parameters: Parameters<'_>) -> State {
    let small = |name| -> Vec<_> {
        let texts = parameters.texts(name).into_iter();
        texts.map(|text| text.to_lowercase()).collect()
    };
    match fires {
        Fires::OnPodCrashLoop => State::CrashLoop {
            restart_count: parameters.number("restart_count"),
            restart_reason: parameters.text("restart_reason"),
        },
        Fires::OnImagePullBackoff => State::ImagePullBackoff {
            fire_delay: parameters.number("fire_delay"),
        },
        Fires::OnPodOomKilled => State::OutOfMemory {
            of: OutOfMemory::Pod,
            exclude: excluded(parameters),
        },
        Fires::OnContainerOomKilled => State::OutOfMemory {
            of: OutOfMemory::Container,
            exclude: excluded(parameters),
        },
        Fires::OnPodEvicted => State::Evicted,
        Fires::OnJobFailure => State::JobFailure,
        Fires::OnWarningEvent(operation) => {
            let named = parameters.texts("operations");
            let named = named.iter().filter_map(|name| Operation::parse(name));
            State::Warning(Warning {
                operations: operation.into_iter().chain(named).collect(),
                include: small("include"),
                exclude: small("exclude"),
            })
        }
        Fires::OnChange { .. }
        | Fires::OnResources
        | Fires::OnPrometheusAlert
        | Fires::OnSchedule
        | Fires::OnHelmRelease(_) => State::Any,
    }
}

fn excluded(parameters: Parameters<'_>) -> Vec<Named> {
    let items = parameters.get("exclude").and_then(Json::as_array);
    let named = |item: &Json| Named {
        name: item.get("name").and_then(as_text),
        namespace: item.get("namespace").and_then(as_text),
    };
    items.into_iter().flatten().map(named).collect()
}

fn filter(written: &Object) -> Filter {
    let list = |name| {
        let items = written.get(name).and_then(Json::as_array);
        items.into_iter().flatten().filter_map(as_text)
    };
    Filter {
        include: list("include").collect(),
        ignore: list("ignore").map(|path| steps(&path)).collect(),
    }
}

fn steps(path: &str) -> Vec<String> {
    path.split('.').map(str::to_owned).collect()
}
