//! When scheduled playbooks run.

use serde::{Deserialize, Serialize};
use squall_model::playbook::PlaybookTrigger;
use squall_model::{Json, Object, Timestamp};

use super::cron::Cron;
use super::parameters::as_number;
use super::set::after;

/// So many seconds after it was first seen a playbook with a fixed delay runs first, unless its delay is shorter.
const FIRST_DELAY: f64 = 120.0;

/// The longest delay: a thousand years.
const LONGEST: f64 = 31_536_000_000.0;

/// When a playbook runs.
#[derive(Debug, Clone, PartialEq)]
pub enum Schedule {
    /// Again and again, so many seconds after the time before.
    FixedDelay {
        /// How many seconds.
        seconds: f64,
        /// How often; `None` for ever.
        repeat: Option<u64>,
    },
    /// Once after each of these delays in seconds, one after the other.
    DynamicDelay(Vec<f64>),
    /// When a clock shows it.
    Cron(Cron),
}

/// How far a schedule has come. It is recorded under the playbook's id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When the playbook was first seen.
    pub seen_at: Timestamp,
    /// How often it has run: its `recurrence`.
    pub count: u64,
    /// When it ran last.
    pub last_at: Option<Timestamp>,
}

impl Progress {
    /// Of a playbook that has just been seen for the first time.
    pub fn new(now: Timestamp) -> Self {
        Self {
            seen_at: now,
            count: 0,
            last_at: None,
        }
    }

    /// Once it has run.
    #[must_use]
    pub fn ran(self, now: Timestamp) -> Self {
        Self {
            count: self.count.saturating_add(1),
            last_at: Some(now),
            ..self
        }
    }
}

impl Schedule {
    /// What parameters of `on_schedule` say.
    ///
    /// # Errors
    /// Says what is wrong with them.
    pub fn of(parameters: &Object) -> Result<Self, String> {
        let trigger = PlaybookTrigger {
            parameters: parameters.clone(),
            ..PlaybookTrigger::default()
        };
        Self::read(&trigger).map_err(|(parameter, fault)| format!("{parameter}: {fault}"))
    }

    /// Reads `fixed_delay_repeat`, `dynamic_delay_repeat` or `cron_schedule_repeat`; of several the first counts. `Err` says
    /// what is wrong with which parameter.
    pub(super) fn read(trigger: &PlaybookTrigger) -> Result<Self, (&'static str, String)> {
        let given = |name| {
            trigger
                .parameters
                .get(name)
                .filter(|value| !value.is_null())
        };
        if let Some(written) = given("fixed_delay_repeat") {
            return fixed(written).map_err(|fault| ("fixed_delay_repeat", fault));
        }
        if let Some(written) = given("dynamic_delay_repeat") {
            return dynamic(written).map_err(|fault| ("dynamic_delay_repeat", fault));
        }
        let name = "cron_schedule_repeat";
        let Some(written) = given(name) else {
            return Err(("", "says not when".to_owned()));
        };
        let expression = written.get("cron_expression").and_then(Json::as_str);
        let expression = expression.ok_or((name, "`cron_expression` is missing".to_owned()))?;
        let cron = Cron::parse(expression);
        cron.map(Self::Cron).map_err(|fault| (name, fault))
    }

    /// When it runs next: a moment that may be past, because nobody was there then; `None` if it is done.
    ///
    /// What was missed is made up for once, however often it was missed.
    pub fn next(&self, progress: &Progress) -> Option<Timestamp> {
        let since = progress.last_at.unwrap_or(progress.seen_at);
        match self {
            Self::FixedDelay { seconds, repeat } => {
                let is_done = repeat.is_some_and(|repeat| progress.count >= repeat.max(1));
                let seconds = match progress.last_at {
                    None => seconds.min(FIRST_DELAY),
                    Some(_) => *seconds,
                };
                (!is_done).then(|| after(since, seconds))
            }
            Self::DynamicDelay(delays) => {
                let delay = delays.get(usize::try_from(progress.count).ok()?)?;
                Some(after(since, *delay))
            }
            Self::Cron(cron) => cron.next(since),
        }
    }
}

fn fixed(written: &Json) -> Result<Schedule, String> {
    let seconds = seconds(written.get("seconds_delay"), "seconds_delay")?;
    let repeat = match written.get("repeat").filter(|repeat| !repeat.is_null()) {
        None => None,
        Some(repeat) => {
            let whole = as_number(repeat).filter(|repeat| repeat.fract() == 0.0);
            let whole =
                whole.ok_or_else(|| format!("`repeat` is {repeat}, which is no whole number"))?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "whole, and not negative"
            )]
            (whole != -1.0).then_some(whole.max(0.0) as u64)
        }
    };
    Ok(Schedule::FixedDelay { seconds, repeat })
}

fn dynamic(written: &Json) -> Result<Schedule, String> {
    let periods = written.get("delay_periods").and_then(Json::as_array);
    let periods = periods.filter(|periods| !periods.is_empty());
    let periods = periods
        .ok_or("`delay_periods` is no list of seconds")?
        .iter();
    let periods = periods.map(|period| seconds(Some(period), "delay_periods"));
    periods
        .collect::<Result<_, _>>()
        .map(Schedule::DynamicDelay)
}

fn seconds(written: Option<&Json>, name: &str) -> Result<f64, String> {
    let written = written.ok_or_else(|| format!("`{name}` is missing"))?;
    let seconds = as_number(written).filter(|seconds| (1.0..=LONGEST).contains(seconds));
    seconds.ok_or_else(|| format!("`{name}` is {written}, which is no number of seconds from 1"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn read(parameters: &Json) -> Result<Schedule, (&'static str, String)> {
        Schedule::read(&PlaybookTrigger {
            name: "on_schedule".to_owned(),
            parameters: parameters.as_object().unwrap().clone(),
            ..PlaybookTrigger::default()
        })
    }

    /// The seconds at which it runs, if it runs in time.
    fn runs(parameters: &Json, most: usize) -> Vec<i64> {
        let schedule = read(parameters).unwrap();
        let mut progress = Progress::new(at(1_000));
        let next = || {
            let next = schedule.next(&progress)?;
            progress = progress.ran(next);
            Some(next.micros() / 1_000_000)
        };
        std::iter::from_fn(next).take(most).collect()
    }

    #[test]
    fn delays_are_those_that_are_written() {
        let fixed = |written: Json| runs(&json!({"fixed_delay_repeat": written}), 4);
        assert_eq!(
            fixed(json!({"seconds_delay": 600})),
            [1_120, 1_720, 2_320, 2_920]
        );
        assert_eq!(
            fixed(json!({"seconds_delay": "60", "repeat": 2})),
            [1_060, 1_120]
        );
        assert_eq!(fixed(json!({"seconds_delay": 60, "repeat": 0})), [1_060]);
        let dynamic = json!({"dynamic_delay_repeat": {"delay_periods": [10, 500, 20]}});
        assert_eq!(runs(&dynamic, 9), [1_010, 1_510, 1_530]);
        let cron = json!({"cron_schedule_repeat": {"cron_expression": "*/10 * * * *"}});
        assert_eq!(runs(&cron, 3), [1_200, 1_800, 2_400]);
    }

    #[test]
    fn what_was_missed_is_made_up_for_once() {
        let schedule =
            read(&json!({"cron_schedule_repeat": {"cron_expression": "0 * * * *"}})).unwrap();
        let progress = Progress::new(at(0)).ran(at(3_600));
        let missed = schedule.next(&progress).unwrap();
        assert_eq!(missed, at(7_200));
        assert_eq!(schedule.next(&progress.ran(at(30_000))), Some(at(32_400)));
    }

    #[test]
    fn faults_name_the_parameter() {
        let fault = |parameters: Json| read(&parameters).unwrap_err();
        assert_eq!(fault(json!({})).1, "says not when");
        let (name, told) = fault(json!({"fixed_delay_repeat": {"seconds_delay": 0}}));
        assert_eq!(name, "fixed_delay_repeat");
        assert_eq!(
            told,
            "`seconds_delay` is 0, which is no number of seconds from 1"
        );
        let (_, told) = fault(json!({"cron_schedule_repeat": {"cron_expression": "61 * * * *"}}));
        assert_eq!(told, "`61` is no minute from 0 to 59");
        let (_, told) = fault(json!({"dynamic_delay_repeat": {"delay_periods": []}}));
        assert_eq!(told, "`delay_periods` is no list of seconds");
    }
}
