//! The product from outside: one file per user story.
