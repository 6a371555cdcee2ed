//! `pushover_sink`: notices on telephones, by Pushover.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::{File, Finding};
use squall_model::http::Request;

use crate::catalogue::Kind;
use crate::multipart::Form;
use crate::parameters::Parameters;
use crate::{Fault, Requests, Told, blocks, html, markdown, picture, plain};

/// An application, and whom it tells.
pub(crate) struct Pushover {
    url: String,
    token: String,
    user: String,
    device: Option<String>,
    send_files: bool,
    is_html: bool,
}

/// What Pushover takes: characters of a title and of a message, bytes of a picture.
const MOST_OF_TITLE: usize = 250;
const MOST_OF_TEXT: usize = 1024;
const MOST_OF_PICTURE: usize = 5 * 1024 * 1024;

impl Kind for Pushover {
    const KIND: &'static str = "pushover_sink";
    const ABOUT: &'static str = "notices on telephones, by Pushover";
    const EXAMPLE: &'static str = r#"{"token": "token", "user": "user"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        let url = match given.text("pushover_url")? {
            Some(_) => given.url("pushover_url")?,
            None => "https://api.pushover.net/1/messages.json".to_owned(),
        };
        Ok(Self {
            url,
            token: given.needed("token")?,
            user: given.needed("user")?,
            device: given.text("device")?.filter(|device| !device.is_empty()),
            send_files: given.flag("send_files", true)?,
            is_html: given.flag("send_as_html", true)?,
        })
    }
}

impl Requests for Pushover {
    fn requests(&self, told: Told<'_>) -> Vec<Request> {
        let finding = told.finding;
        let message = self.message(told);
        let mut files = Vec::new();
        if self.send_files {
            files = picture::drawn(plain::files(finding), false);
            files.retain(|file| content_type(file).is_some());
            files = plain::files_within(files, MOST_OF_PICTURE);
        }
        let post = || Request::new("POST", &self.url).header("Idempotency-Key", told.key);
        // One picture goes with the message, each other with a message of its own.
        let mut files = files.iter();
        let first = match files.next() {
            None => post().body(
                "application/json",
                self.plain(finding, &message).to_string(),
            ),
            Some(file) => self.with_picture(post(), finding, &message, file),
        };
        let others = files.map(|file| self.with_picture(post(), finding, &file.filename, file));
        std::iter::once(first).chain(others).collect()
    }
}

impl Pushover {
    fn members(&self, finding: &Finding, message: &str) -> Vec<(&'static str, String)> {
        let title = format!(
            "{}{} {} - {}",
            plain::status(finding),
            plain::dot(finding.severity),
            finding.severity.as_str(),
            plain::title(finding)
        );
        let mut members = vec![
            ("token", self.token.clone()),
            ("user", self.user.clone()),
            ("title", markdown::cut(&title, MOST_OF_TITLE)),
            ("message", message.to_owned()),
        ];
        members.extend(self.is_html.then(|| ("html", "1".to_owned())));
        members.extend(self.device.clone().map(|device| ("device", device)));
        members
    }

    fn plain(&self, finding: &Finding, message: &str) -> Json {
        let members = self.members(finding, message).into_iter();
        members.fold(json!({}), |object, (name, value)| {
            blocks::with(object, name, json!(value))
        })
    }

    fn with_picture(
        &self,
        request: Request,
        finding: &Finding,
        message: &str,
        file: &File,
    ) -> Request {
        let kind = content_type(file).unwrap_or_default();
        let mut texts = self.members(finding, &markdown::cut(message, MOST_OF_TEXT));
        texts.push(("attachment_type", kind.to_owned()));
        let form = Form {
            texts,
            files: vec![("attachment".to_owned(), &file.filename, &file.contents)],
        };
        form.put_in(request)
    }

    /// As many pieces as there is room for, each whole: half a tag is none.
    fn message(&self, told: Told<'_>) -> String {
        let finding = told.finding;
        let links = finding
            .links
            .iter()
            .map(|link| self.link(&link.url, &link.shown()));
        let source = self.bold("Source:") + " " + &self.text(&told.site.cluster_name);
        let description = finding.description.iter().map(|text| self.text(text));
        let blocks = finding.enrichments.iter().flat_map(|one| &one.blocks);
        let texts = blocks.map(|block| {
            let block = block.shown();
            let is_table = block.as_table().is_some();
            let text = plain::text(&block, |one| format!("* {}", one.formatted_path));
            if is_table {
                String::new()
            } else {
                self.text(&text)
            }
        });
        let logs = plain::files(finding).into_iter().filter(File::is_text);
        let logs = logs.filter(|_| self.send_files).map(|file| {
            let contents = String::from_utf8_lossy(&file.contents).into_owned();
            format!("{}\n{}", self.bold(&file.filename), self.text(&contents))
        });
        let pieces = std::iter::once(source).chain(links).chain(description);
        let mut message = String::new();
        for piece in pieces.chain(texts).chain(logs) {
            let piece = piece.trim();
            let left = MOST_OF_TEXT.saturating_sub(message.chars().count() + 1);
            if piece.is_empty() {
                continue;
            }
            if piece.chars().count() > left {
                message.push_str(&"...".chars().take(left).collect::<String>());
                break;
            }
            message.extend([piece, "\n"]);
        }
        markdown::cut(message.trim_end(), MOST_OF_TEXT)
    }

    fn text(&self, text: &str) -> String {
        if self.is_html {
            let lines: Vec<String> = text.lines().map(html::inline).collect();
            lines.join("\n")
        } else {
            markdown::clear(text)
        }
    }

    fn bold(&self, text: &str) -> String {
        if self.is_html {
            format!("<b>{}</b>", html::escaped(text))
        } else {
            text.to_owned()
        }
    }

    fn link(&self, url: &str, text: &str) -> String {
        if self.is_html {
            html::link(url, text)
        } else {
            format!("{text}: {url}")
        }
    }
}

/// Pushover shows pictures, and no other files.
fn content_type(file: &File) -> Option<&'static str> {
    let name = file.filename.to_lowercase();
    match name.rsplit_once('.')?.1 {
        "png" => Some("image/png"),
        "jpg" | "jpeg" => Some("image/jpeg"),
        _ => None,
    }
}
