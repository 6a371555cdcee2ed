//! What is done by the clock: playbooks and rules with `on_schedule`, and actions that actions have planned. How far each has come
//! is recorded with what it leads to, so that a restart neither loses nor repeats it.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::json;
use squall_engine::playbook::{Progress, Schedule};
use squall_model::memo::{Memo, Topic};
use squall_model::record::{Batch, Record};
use squall_model::trace::TraceContext;
use squall_model::{Json, Object, Timestamp};
use squall_runners::{Recurrence, ScheduledAction};
use tokio::sync::Notify;
use tracing::error;

use super::decide::given;
use super::intake::{SCHEDULE, about};
use super::performance::{Fired, FiredAction};
use super::{PACK, RUN};
use crate::clock;
use crate::handle::{Error, Handle, Result};
use crate::requests::Wanted;

/// What a planned action is remembered by begins so; a playbook, or the trigger of a rule, is remembered by its id.
const PLANNED: &str = "planned ";

/// The trigger of scheduled playbooks.
const ON_SCHEDULE: &str = "on_schedule";

/// The clock is looked at no later than this, because it may be set.
const LOOK_AGAIN_AFTER: Duration = Duration::from_secs(60);

/// What could not be recorded is tried again after this.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Everything that is done by the clock, by what it is remembered by.
#[derive(Default)]
pub(super) struct Schedules {
    all: Mutex<BTreeMap<String, Entry>>,
    changed: Notify,
}

#[derive(Clone)]
struct Entry {
    schedule: Schedule,
    remembered: Remembered,
}

/// What is recorded of a schedule.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Remembered {
    progress: Progress,
    /// The action, if it is a planned one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    planned: Option<Planned>,
}

/// An action that was planned by another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Planned {
    action: String,
    params: Object,
    sinks: Vec<String>,
    /// As parameters of `on_schedule`.
    schedule: Object,
}

impl Schedules {
    fn hold(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next that it is time for, and when.
    fn next(&self) -> Option<(Timestamp, String)> {
        let all = self.hold();
        let next = all.iter().filter_map(|(name, entry)| {
            let next = entry.schedule.next(&entry.remembered.progress)?;
            Some((next, name.clone()))
        });
        next.min()
    }
}

/// Does what it is time for, until the server stops.
pub(crate) async fn run(handle: Handle) {
    let stopping = handle.0.tasks.stopping().clone();
    let mut awaited = handle.0.playbooks.awaited.subscribe();
    let mut has_planned = false;
    loop {
        awaited.borrow_and_update();
        // What could not be read is not begun anew: how far it has come would be lost.
        while let Err(error) = handle.take_up(&mut has_planned).await {
            error!(%error, "cannot take up what is done by the clock; it is tried again");
            tokio::select! {
                () = stopping.cancelled() => return,
                () = tokio::time::sleep(TRY_AGAIN_AFTER) => {}
            }
        }
        loop {
            let schedules = &handle.0.playbooks.schedules;
            let now = clock::now();
            let next = schedules.next();
            let pause = next
                .as_ref()
                .map_or(LOOK_AGAIN_AFTER, |(at, _)| until(*at, now));
            tokio::select! {
                biased;
                () = stopping.cancelled() => return,
                alive = awaited.changed() => match alive {
                    Ok(()) => break,
                    Err(_) => return,
                },
                () = schedules.changed.notified() => continue,
                () = tokio::time::sleep(pause) => {}
            }
            if let Some((_, name)) = next.filter(|(at, _)| *at <= clock::now())
                && let Err(error) = handle.do_scheduled(&name).await
            {
                error!(schedule = name, %error, "what it is time for is tried again");
                tokio::time::sleep(TRY_AGAIN_AFTER).await;
            }
        }
    }
}

impl Handle {
    /// Takes up everything that is done by the clock; planned actions the first time only, as they are known then.
    async fn take_up(&self, has_planned: &mut bool) -> Result<()> {
        if !*has_planned {
            self.remember_planned().await?;
            *has_planned = true;
        }
        self.take_up_schedules().await
    }

    /// Planned actions are taken up where they were.
    async fn remember_planned(&self) -> Result<()> {
        let memos = self.0.store.memos(Topic::Schedule).await?;
        for memo in memos {
            let Ok(remembered) = serde_json::from_value::<Remembered>(memo.value) else {
                continue;
            };
            let Some(planned) = &remembered.planned else {
                continue;
            };
            if let Ok(schedule) = Schedule::of(&planned.schedule) {
                let entry = Entry {
                    schedule,
                    remembered,
                };
                self.0.playbooks.schedules.hold().insert(memo.name, entry);
            }
        }
        Ok(())
    }

    /// The scheduled playbooks and rules in force: those that were known go on, new ones begin, others are forgotten.
    async fn take_up_schedules(&self) -> Result<()> {
        let (in_force, loaded) = (self.playbooks(), self.loaded());
        let memos = self.0.store.memos(Topic::Schedule).await?;
        let mut known: BTreeMap<String, Json> = memos
            .into_iter()
            .map(|memo| (memo.name, memo.value))
            .collect();
        let now = clock::now();
        let mut records = Vec::new();
        {
            let mut all = self.0.playbooks.schedules.hold();
            all.retain(|name, _| name.starts_with(PLANNED));
            let of_rules = loaded.rules.playbook_triggers().schedules();
            for (id, schedule) in in_force.set.schedules().chain(of_rules) {
                let remembered = known
                    .remove(id)
                    .and_then(|value| serde_json::from_value(value).ok())
                    .unwrap_or_else(|| {
                        let remembered = Remembered {
                            progress: Progress::new(now),
                            planned: None,
                        };
                        records.push(remembered.record(id));
                        remembered
                    });
                let entry = Entry {
                    schedule: schedule.clone(),
                    remembered,
                };
                all.insert(id.to_owned(), entry);
            }
        }
        let gone = known.into_keys().filter(|name| !name.starts_with(PLANNED));
        records.extend(gone.map(|name| Record::MemoDeleted {
            topic: Topic::Schedule,
            name,
        }));
        Ok(self.0.store.commit(Batch { records }).await?)
    }

    /// It is time for this one.
    async fn do_scheduled(&self, name: &str) -> Result<()> {
        let entry = self.0.playbooks.schedules.hold().get(name).cloned();
        let Some(Entry {
            schedule,
            mut remembered,
        }) = entry
        else {
            return Ok(());
        };
        let recurrence = remembered.progress.count;
        remembered.progress = remembered.progress.ran(clock::now());
        let record = remembered.record(name);
        match remembered.planned.clone() {
            Some(planned) => {
                self.do_planned(planned, recurrence).await?;
                let is_over = schedule.next(&remembered.progress).is_none();
                let record = match is_over {
                    true => Record::MemoDeleted {
                        topic: Topic::Schedule,
                        name: name.to_owned(),
                    },
                    false => record,
                };
                let records = vec![record];
                self.0.store.commit(Batch { records }).await?;
                if is_over {
                    self.0.playbooks.schedules.hold().remove(name);
                    return Ok(());
                }
            }
            None => {
                let payload = json!({"type": SCHEDULE, "schedule": name, "recurrence": recurrence});
                let event = about(SCHEDULE, payload, TraceContext::default());
                self.record_with_events(record, vec![event]).await?;
            }
        }
        let entry = Entry {
            schedule,
            remembered,
        };
        self.0
            .playbooks
            .schedules
            .hold()
            .insert(name.to_owned(), entry);
        Ok(())
    }

    async fn do_planned(&self, planned: Planned, recurrence: u64) -> Result<()> {
        let fired = Fired {
            trigger: ON_SCHEDULE.to_owned(),
            actions: vec![FiredAction {
                name: planned.action,
                parameters: planned.params,
            }],
            sinks: planned.sinks,
            ..Fired::default()
        };
        let mut carried = given(&[fired]);
        let event = json!({"type": SCHEDULE, "recurrence": recurrence});
        carried.insert("event".to_owned(), event);
        let wanted = Wanted {
            action: format!("{PACK}.{RUN}"),
            carried,
            user: self.0.settings.system_user.clone(),
            ..Wanted::default()
        };
        self.request(wanted).await.map(drop)
    }

    /// Has an action done later. When this returns, it will be.
    pub(super) async fn plan_action(&self, action: ScheduledAction) -> Result<()> {
        let in_force = self.playbooks();
        let name = format!("{PLANNED}{}", action.task_id);
        let known = self.0.playbooks.schedules.hold().contains_key(&name);
        if known && !action.replace_existing {
            return Ok(());
        }
        let parameters = parameters(&action.schedule);
        let schedule = Schedule::of(&parameters).map_err(Error::Invalid)?;
        let defaults = || {
            in_force
                .sinks
                .defaults()
                .into_iter()
                .map(str::to_owned)
                .collect()
        };
        let params = match action.action_params {
            Json::Object(params) => params,
            _ => Object::new(),
        };
        let remembered = Remembered {
            progress: Progress::new(clock::now()),
            planned: Some(Planned {
                action: action.action,
                params,
                sinks: action.named_sinks.unwrap_or_else(defaults),
                schedule: parameters,
            }),
        };
        let records = vec![remembered.record(&name)];
        self.0.store.commit(Batch { records }).await?;
        let entry = Entry {
            schedule,
            remembered,
        };
        self.0.playbooks.schedules.hold().insert(name, entry);
        self.0.playbooks.schedules.changed.notify_one();
        Ok(())
    }
}

impl Remembered {
    fn record(&self, name: &str) -> Record {
        Record::Memo(Memo {
            topic: Topic::Schedule,
            name: name.to_owned(),
            value: serde_json::to_value(self).unwrap_or_default(),
            until: None,
        })
    }
}

/// As parameters of `on_schedule`.
fn parameters(recurrence: &Recurrence) -> Object {
    let parameters = match recurrence {
        Recurrence::FixedDelayRepeat {
            repeat,
            seconds_delay,
        } => {
            json!({"fixed_delay_repeat": {"repeat": repeat, "seconds_delay": seconds_delay}})
        }
        Recurrence::DynamicDelayRepeat { delay_periods } => {
            json!({"dynamic_delay_repeat": {"delay_periods": delay_periods}})
        }
        Recurrence::CronScheduleRepeat { cron_expression } => {
            json!({"cron_schedule_repeat": {"cron_expression": cron_expression}})
        }
    };
    parameters.as_object().cloned().unwrap_or_default()
}

fn until(at: Timestamp, now: Timestamp) -> Duration {
    let micros = at.micros().saturating_sub(now.micros());
    Duration::from_micros(u64::try_from(micros).unwrap_or(0)).min(LOOK_AGAIN_AFTER)
}
