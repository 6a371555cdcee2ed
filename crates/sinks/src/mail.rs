//! `mail_sink`: HTML mail with files, by SMTP.
//!
//! Amazon's SES has an interface of its own, which is not here; it also takes mail by SMTP, as every other server does.

mod address;
mod smtp;

use squall_model::Json;
use squall_model::finding::{Block, Finding};
use squall_model::http::Http;

use crate::catalogue::Kind;
use crate::html::{Page, escaped};
use crate::parameters::Parameters;
use crate::slack::described;
use crate::{Attachment, Error, Fault, Later, Mail, Message, Sink, Site, Told};
use address::Address;

/// A mail server, and who gets mail.
pub(crate) struct MailSink {
    address: Address,
    with_header: bool,
    send_svg: bool,
}

impl Kind for MailSink {
    const KIND: &'static str = "mail_sink";
    const ABOUT: &'static str = "HTML mail with files";
    const EXAMPLE: &'static str =
        r#"{"mailto": "mailtos://user:password@example.com?to=team@example.com"}"#;

    fn read(given: Parameters<'_>) -> Result<Self, Fault> {
        if given.flag("use_ses", false)? {
            let hint = "mailtos://USER:PASSWORD@email-smtp.REGION.amazonaws.com?from=...&to=...";
            return Err(Fault::new(
                "use_ses",
                "the interface of SES is not here, only SMTP",
                hint,
            ));
        }
        Ok(Self {
            address: Address::read(&given.needed("mailto")?)?,
            with_header: given.flag("with_header", true)?,
            send_svg: given.flag("send_svg", false)?,
        })
    }
}

impl Sink for MailSink {
    fn render(&self, told: Told<'_>) -> Vec<Message> {
        vec![Message::Mail(self.mail(told))]
    }

    fn deliver<'a>(
        &'a self,
        told: Told<'a>,
        _http: &'a dyn Http,
    ) -> Later<'a, Result<Json, Error>> {
        Box::pin(async move {
            smtp::send(&self.address, &self.mail(told)).await?;
            Ok(Json::Null)
        })
    }
}

impl MailSink {
    fn mail(&self, told: Told<'_>) -> Mail {
        let mut page = Page {
            keep_svg: self.send_svg,
            ..Page::default()
        };
        if self.with_header {
            page.html.push(header(told.finding));
            page.add_links(told.finding);
            page.add(&source(told.site));
        }
        let description = told
            .finding
            .description
            .as_deref()
            .filter(|text| !text.is_empty());
        if let Some(text) = description {
            page.add(&Block::markdown(described(told.finding.source, text)));
        }
        for block in told.finding.enrichments.iter().flat_map(|one| &one.blocks) {
            page.add(&block.shown());
        }
        let attachment = |file: squall_model::finding::File| Attachment {
            name: file.filename,
            contents: file.contents,
        };
        Mail {
            from: self.address.from.clone(),
            to: self.address.to.clone(),
            subject: told.finding.title.replace(['\r', '\n'], " "),
            html: format!(
                "<html>\n<style>{STYLE}</style>\n<body>\n{}\n</body>\n</html>\n",
                page.html.join("\n")
            ),
            attachments: page.files.into_iter().map(attachment).collect(),
            id: format!("<{}@squall>", told.key),
        }
    }
}

const STYLE: &str = "
* { font-family: Menlo, Consolas, monospace; font-size: 12px; }
.header { margin-bottom: 1.5em; }
.header code { background: #f6f6f6; border: 1px solid #dcdcdc; border-radius: 3px; color: #c0184c; padding: 1px 3px; }
.header b { margin-left: 1.5em; }
ul.header_links { list-style: none; margin: 0 0 3em; padding: 0; }
ul.header_links li { border: 1px solid #b0b0b0; border-radius: 4px; display: inline; padding: 2px 4px; }
ul.header_links li a { color: #555; text-decoration: none; }
table { border-collapse: collapse; }
th, td { border: 1px solid #dcdcdc; padding: 2px 6px; text-align: left; }
";

fn header(finding: &Finding) -> String {
    let title = finding
        .title
        .strip_prefix("[RESOLVED] ")
        .unwrap_or(&finding.title);
    let status = match (finding.add_silence_url, finding.is_resolved()) {
        (false, _) => "",
        (true, false) => "🔥 <code>Prometheus Alert Firing</code> ",
        (true, true) => "✅ <code>Resolved</code> ",
    };
    let severity = finding.severity;
    format!(
        r#"<p class="header">{status}{} <code>{}</code> <b>{}</b></p>"#,
        severity.emoji(),
        severity.as_str().to_lowercase(),
        escaped(title)
    )
}

fn source(site: &Site) -> Block {
    Block::markdown(format!("*Source:* `{}`", site.cluster_name))
}
