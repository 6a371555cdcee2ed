//! Forms with files.

use sha2::{Digest as _, Sha256};
use squall_model::http::Request;

/// A form: its texts, and its files with the names of their fields.
pub(crate) struct Form<'a> {
    pub(crate) texts: Vec<(&'a str, String)>,
    pub(crate) files: Vec<(String, &'a str, &'a [u8])>,
}

impl Form<'_> {
    /// The request with the form as its body.
    pub(crate) fn put_in(&self, request: Request) -> Request {
        let boundary = self.boundary();
        let mut body = Vec::new();
        for (name, text) in &self.texts {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"\r\n\r\n",
                quoted(name)
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(text.as_bytes());
            body.extend_from_slice(b"\r\n");
        }
        for (name, filename, contents) in &self.files {
            let head = format!(
                "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n",
                quoted(name),
                quoted(filename)
            );
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(contents);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
        request.body(&format!("multipart/form-data; boundary={boundary}"), body)
    }

    /// What separates the parts. It follows from what is in them, so nobody can write it into one of them.
    fn boundary(&self) -> String {
        let mut hash = Sha256::new();
        self.texts.iter().for_each(|(_, text)| hash.update(text));
        self.files
            .iter()
            .for_each(|(_, _, contents)| hash.update(contents));
        let digits = hash
            .finalize()
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>();
        format!("squall-{digits}")
    }
}

fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace(['\r', '\n'], " ")
}
