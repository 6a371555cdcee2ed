//! Entries of the catalogue: a sink's kind, and how one is made of its parameters.

use squall_model::Object;

use crate::parameters::Parameters;
use crate::{ALL, Fault, Sink};

/// One kind of sink.
pub struct Entry {
    /// What a file writes for it.
    pub kind: &'static str,
    /// What it is, in one line.
    pub about: &'static str,
    /// The parameters it must have, as an example: a JSON object.
    pub example: &'static str,
    open: fn(Parameters<'_>) -> Result<Box<dyn Sink>, Fault>,
}

impl Entry {
    /// A sink with these parameters, environment already filled in.
    ///
    /// # Errors
    /// One of them cannot be used.
    pub fn open(&self, parameters: &Object) -> Result<Box<dyn Sink>, Fault> {
        (self.open)(Parameters::new(parameters))
    }
}

/// What a kind of sink says of itself.
pub(crate) trait Kind: Sink + Sized + 'static {
    /// What a file writes for it.
    const KIND: &'static str;
    /// What it is, in one line.
    const ABOUT: &'static str;
    /// The parameters it must have, as an example: a JSON object.
    const EXAMPLE: &'static str;

    /// Reads its parameters.
    fn read(given: Parameters<'_>) -> Result<Self, Fault>;
}

pub(crate) const fn entry<K: Kind>() -> Entry {
    Entry {
        kind: K::KIND,
        about: K::ABOUT,
        example: K::EXAMPLE,
        open: open::<K>,
    }
}

fn open<K: Kind>(given: Parameters<'_>) -> Result<Box<dyn Sink>, Fault> {
    Ok(Box::new(K::read(given)?))
}

/// The kind of this name.
pub fn find(kind: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.kind == kind)
}
