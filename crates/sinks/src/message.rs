//! What sinks send.

use std::path::PathBuf;

use squall_model::http::Request;

/// One thing that is sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Message {
    /// A request.
    Http(Request),
    /// A mail.
    Mail(Mail),
    /// A text that is added to a file, or printed.
    Text {
        /// The file.
        file: Option<PathBuf>,
        /// The text.
        text: String,
    },
}

/// A mail.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mail {
    /// Who sends it.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// The subject.
    pub subject: String,
    /// The text, as HTML.
    pub html: String,
    /// Files with it.
    pub attachments: Vec<Attachment>,
    /// Its `Message-ID`, the same in every attempt.
    pub id: String,
}

/// A file with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub contents: Vec<u8>,
}
