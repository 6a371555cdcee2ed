//! The stages of the stories, each told with the time it took.

use std::io;

use squall_model::Json;
use tokio::time::Instant;

use super::Error;
use crate::client::{Answer, Error as ClientError};
use crate::console::{Console, Paint};
use crate::environment::Environment;

/// Tells stage after stage.
pub(super) struct Stages<'a> {
    console: &'a mut Console,
    since: Instant,
}

impl<'a> Stages<'a> {
    /// The clock of the first stage starts now.
    pub(super) fn begin(console: &'a mut Console) -> Self {
        Self {
            console,
            since: Instant::now(),
        }
    }

    /// What the demo was started with.
    pub(super) fn environment(&self) -> &Environment {
        &self.console.environment
    }

    /// What a story is about.
    pub(super) fn story(&mut self, about: &str) -> io::Result<()> {
        let about = self.console.paint(Paint::Bold, about);
        self.console.line(format!("\n{about}\n"))?;
        self.since = Instant::now();
        Ok(())
    }

    /// A stage is over, and the next begins.
    pub(super) fn done(&mut self, stage: &str, told: &str) -> io::Result<()> {
        let took = self.since.elapsed().as_secs_f64() * 1000.0;
        let stage = self.console.paint(Paint::Green, &format!("{stage:9}"));
        self.console
            .line(format!("{took:9.1} ms  {stage}  {told}"))?;
        self.since = Instant::now();
        Ok(())
    }

    /// One thing more about the stage before.
    pub(super) fn more(&mut self, name: &str, told: &str) -> io::Result<()> {
        let name = self.console.paint(Paint::Dim, &format!("{name:9}"));
        self.console.line(format!("{:14}{name}  {told}", ""))
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        self.console.line("")
    }

    /// A line of something that was found out, set apart; it may be longer than the terminal is wide.
    pub(super) fn quote(&mut self, paint: Paint, line: &str) -> io::Result<()> {
        const BAR: &str = "    │ ";
        let room = self.console.width().unwrap_or(usize::MAX);
        let room = room.saturating_sub(BAR.chars().count());
        let shown = if line.chars().count() > room {
            let kept: String = line.chars().take(room.saturating_sub(1)).collect();
            format!("{kept}…")
        } else {
            line.to_owned()
        };
        let (bar, shown) = (
            self.console.paint(Paint::Dim, BAR),
            self.console.paint(paint, &shown),
        );
        self.console.line(format!("{bar}{shown}").trim_end())
    }
}

/// What the server answered at a stage.
pub(super) fn answered(
    stage: &'static str,
    answer: Result<Answer, ClientError>,
) -> Result<Answer, Error> {
    answer.map_err(|source| Error::Stage { stage, source })
}

/// A text of an object; empty if there is none.
pub(super) fn text(of: &Json, name: &str) -> String {
    of.get(name)
        .and_then(Json::as_str)
        .unwrap_or_default()
        .to_owned()
}
