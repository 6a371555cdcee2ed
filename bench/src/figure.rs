//! One line of the table.

use crate::failure::{Failure, Result};
use crate::spread::{Spread, short};

/// What was measured, beside what was aimed at.
#[derive(Debug)]
pub(crate) struct Figure {
    pub(crate) name: String,
    pub(crate) unit: &'static str,
    pub(crate) measured: Spread,
    pub(crate) aim: Option<Aim>,
    /// What it cost, and what else belongs to it.
    pub(crate) beside: String,
}

/// What the figure should be.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Aim {
    AtLeast(f64),
    AtMost(f64),
}

impl Figure {
    /// A figure without an aim, of one value for each run.
    pub(crate) fn of(name: impl Into<String>, unit: &'static str, runs: Vec<f64>) -> Result<Self> {
        Ok(Self {
            name: name.into(),
            unit,
            measured: Spread::of(runs).ok_or(Failure::NoRuns)?,
            aim: None,
            beside: String::new(),
        })
    }

    pub(crate) fn aiming(self, aim: Aim) -> Self {
        Self {
            aim: Some(aim),
            ..self
        }
    }

    pub(crate) fn beside(self, beside: impl Into<String>) -> Self {
        Self {
            beside: beside.into(),
            ..self
        }
    }

    /// The line of a Markdown table. Without `judged` the aim is left out: the run was too short to say.
    pub(crate) fn line(&self, judged: bool) -> String {
        let aim = match self.aim.filter(|_| judged) {
            None => String::new(),
            Some(aim) if aim.is_met(self.measured.median) => {
                format!("{} {}", short(aim.value()), self.unit)
            }
            Some(aim) => format!("{} {}: missed", short(aim.value()), self.unit),
        };
        format!(
            "| {} | {} {} | {aim} | {} |",
            self.name, self.measured, self.unit, self.beside
        )
    }
}

impl Aim {
    fn value(self) -> f64 {
        match self {
            Self::AtLeast(value) | Self::AtMost(value) => value,
        }
    }

    fn is_met(self, measured: f64) -> bool {
        match self {
            Self::AtLeast(value) => measured >= value,
            Self::AtMost(value) => measured <= value,
        }
    }
}

/// The median of what is told beside a figure.
pub(crate) fn median(runs: impl IntoIterator<Item = f64>) -> String {
    let spread = Spread::of(runs.into_iter().collect());
    spread.map_or_else(|| "-".to_owned(), |spread| short(spread.median))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_what_was_missed() {
        let figure = |aim| {
            Figure::of("start", "s", vec![0.2, 0.4, 0.3])
                .unwrap()
                .aiming(aim)
                .beside("100 actions")
        };
        let start = "| start | 0.30 (0.20-0.40) s |";
        let lines = [
            (Aim::AtMost(0.3), "0.30 s"),
            (Aim::AtMost(0.2), "0.20 s: missed"),
            (Aim::AtLeast(0.3), "0.30 s"),
            (Aim::AtLeast(0.4), "0.40 s: missed"),
        ];
        for (aim, told) in lines {
            let line = format!("{start} {told} | 100 actions |");
            assert_eq!(figure(aim).line(true), line);
        }
        let unjudged = format!("{start}  | 100 actions |");
        assert_eq!(figure(Aim::AtMost(0.2)).line(false), unjudged);
    }
}
