//! Reads packs into the model, with file:line problems.
