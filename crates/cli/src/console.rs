//! Where answers go: standard output, in colour only on a terminal.

#[cfg(test)]
pub(crate) mod paper;

use std::fmt::Display;
use std::io::{self, IsTerminal as _, Write};

use crate::environment::Environment;

/// A colour of the terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paint {
    /// As everything else.
    Plain,
    /// It went well.
    Green,
    /// It did not.
    Red,
    /// It is under way.
    Yellow,
    /// Less important than the rest.
    Dim,
    /// More important than the rest.
    Bold,
}

impl Paint {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Green => "\u{1b}[32m",
            Self::Red => "\u{1b}[31m",
            Self::Yellow => "\u{1b}[33m",
            Self::Dim => "\u{1b}[2m",
            Self::Bold => "\u{1b}[1m",
        }
    }
}

/// What a command is run from, and where it writes its answer.
pub(crate) struct Console {
    /// The variables the process was started with.
    pub(crate) environment: Environment,
    out: Box<dyn Write + Send>,
    notes: Box<dyn Write + Send>,
    colour: bool,
    notes_in_colour: bool,
    width: Option<usize>,
}

impl Console {
    /// The console of this process.
    pub(crate) fn of_process(environment: Environment) -> Self {
        let plain =
            environment.text("NO_COLOR").is_some() || environment.text("TERM") == Some("dumb");
        let on_terminal = io::stdout().is_terminal();
        let width = terminal_size::terminal_size_of(io::stdout());
        Self {
            environment,
            out: Box::new(io::stdout()),
            notes: Box::new(io::stderr()),
            colour: on_terminal && !plain,
            notes_in_colour: io::stderr().is_terminal() && !plain,
            width: width.map(|(terminal_size::Width(columns), _)| usize::from(columns)),
        }
    }

    /// A console that writes to `out` and throws its notes away.
    #[cfg(test)]
    pub(crate) fn to(out: impl Write + Send + 'static, environment: Environment) -> Self {
        let notes = Box::new(io::sink());
        Self {
            environment,
            out: Box::new(out),
            notes,
            colour: false,
            notes_in_colour: false,
            width: None,
        }
    }

    /// A console that writes its notes to `notes` and throws answers away.
    #[cfg(test)]
    pub(crate) fn noting(notes: impl Write + Send + 'static, environment: Environment) -> Self {
        let mut console = Self::to(io::sink(), environment);
        console.notes = Box::new(notes);
        console
    }

    /// Writes a part of the answer.
    pub(crate) fn write(&mut self, text: &str) -> io::Result<()> {
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }

    /// Writes a line of the answer.
    pub(crate) fn line(&mut self, text: impl Display) -> io::Result<()> {
        self.write(&format!("{text}\n"))
    }

    /// Tells the user something that is no part of the answer.
    pub(crate) fn note(&mut self, text: impl Display) {
        // Nobody reads it: then there is nobody to tell.
        drop(writeln!(self.notes, "{text}"));
    }

    /// The text in a colour, if there are colours.
    pub(crate) fn paint(&self, paint: Paint, text: &str) -> String {
        if !self.colour || paint == Paint::Plain || text.is_empty() {
            return text.to_owned();
        }
        format!("{}{text}\u{1b}[0m", paint.code())
    }

    /// Whether notes, and the log beside them, may have colours.
    pub(crate) fn notes_in_colour(&self) -> bool {
        self.notes_in_colour
    }

    /// How many columns the terminal has, if the answer goes to one.
    pub(crate) fn width(&self) -> Option<usize> {
        self.width
    }
}
