//! A console for tests: what is written to it can be read.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::Console;
use crate::environment::Environment;

/// What is written while `write` has the console.
pub(crate) fn written<Failed: std::fmt::Debug>(
    write: impl FnOnce(&mut Console) -> Result<(), Failed>,
) -> String {
    let paper = Paper::default();
    write(&mut Console::to(paper.clone(), Environment::default())).unwrap();
    paper.text()
}

/// Remembers what is written to it.
#[derive(Clone, Default)]
pub(crate) struct Paper(Arc<Mutex<Vec<u8>>>);

impl Paper {
    /// What has been written.
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Paper {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
