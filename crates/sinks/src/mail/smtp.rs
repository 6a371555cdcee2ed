//! Hands mail over by SMTP.

use std::time::Duration;

use lettre::message::header::ContentType;
use lettre::message::{Attachment, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor};

use super::address::{Address, Security};
use crate::{Error, Mail};

/// How long a server may take for each answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends a mail.
pub(super) async fn send(address: &Address, mail: &Mail) -> Result<(), Error> {
    let message = message(mail).map_err(Error::refused)?;
    let transport = transport(address).map_err(|fault| Error::Smtp(Box::new(fault)))?;
    match transport.send(message).await {
        Ok(_) => Ok(()),
        // Codes from 500 on: the server will not take this mail.
        Err(fault) if fault.is_permanent() => Err(Error::refused(fault.to_string())),
        Err(fault) => Err(Error::Smtp(Box::new(fault))),
    }
}

fn transport(
    address: &Address,
) -> Result<AsyncSmtpTransport<Tokio1Executor>, lettre::transport::smtp::Error> {
    let server = &address.server;
    let tls = match address.security {
        Security::Plain => Tls::None,
        Security::StartTls => Tls::Required(TlsParameters::new(server.clone())?),
        Security::Tls => Tls::Wrapper(TlsParameters::new(server.clone())?),
    };
    let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server)
        .port(address.port)
        .tls(tls)
        .timeout(Some(PATIENCE));
    if let Some((user, password)) = &address.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder.build())
}

/// The mail as it travels; a text if it cannot be one.
fn message(mail: &Mail) -> Result<Message, String> {
    let mailbox = |text: &str| text.parse().map_err(|_| format!("`{text}` is no address"));
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .subject(&mail.subject)
        .message_id(Some(mail.id.clone()));
    for to in &mail.to {
        builder = builder.to(mailbox(to)?);
    }
    let mut parts = MultiPart::mixed().singlepart(SinglePart::html(mail.html.clone()));
    for attachment in &mail.attachments {
        let kind = ContentType::parse(content_type(&attachment.name))
            .map_err(|fault| fault.to_string())?;
        let part = Attachment::new(attachment.name.clone()).body(attachment.contents.clone(), kind);
        parts = parts.singlepart(part);
    }
    builder.multipart(parts).map_err(|fault| fault.to_string())
}

fn content_type(name: &str) -> &'static str {
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    match ending {
        "txt" | "log" | "yaml" => "text/plain; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "pdf" => "application/pdf",
        "gz" => "application/gzip",
        _ => "application/octet-stream",
    }
}
