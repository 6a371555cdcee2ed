//! Mail, against a mail server on loopback.

use serde_json::json;
use squall_model::Object;
use squall_model::finding::Finding;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpListener;

use super::deliver_with;
use crate::chance::Chance;
use crate::samples::finding;
use crate::service::Service;

/// Takes one mail, and gives the commands and the mail. It says `answer` to the mail itself.
async fn server(listener: TcpListener, answer: &'static str) -> (Vec<String>, String) {
    let (mut stream, _) = listener.accept().await.unwrap();
    let (read, mut write) = stream.split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 fake\r\n").await.unwrap();
    let (mut commands, mut mail) = (Vec::new(), String::new());
    while let Some(line) = lines.next_line().await.unwrap() {
        commands.push(line.clone());
        let said = match line.split(' ').next().unwrap() {
            "EHLO" => "250-fake\r\n250 AUTH PLAIN\r\n".to_owned(),
            "AUTH" => "235 welcome\r\n".to_owned(),
            "DATA" => {
                write.write_all(b"354 go\r\n").await.unwrap();
                while let Some(line) = lines.next_line().await.unwrap() {
                    if line == "." {
                        break;
                    }
                    assert!(line.len() <= 998, "SMTP takes no longer lines");
                    assert!(line.is_ascii() && !line.contains('\r'), "{line:?}");
                    mail.push_str(&line);
                    mail.push('\n');
                }
                format!("{answer}\r\n")
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await.unwrap();
                break;
            }
            _ => "250 ok\r\n".to_owned(),
        };
        write.write_all(said.as_bytes()).await.unwrap();
    }
    (commands, mail)
}

async fn mailed(answer: &'static str) -> (Result<(), squall_sinks::Error>, Vec<String>, String) {
    mailed_of(&finding(), answer).await
}

async fn mailed_of(
    finding: &Finding,
    answer: &'static str,
) -> (Result<(), squall_sinks::Error>, Vec<String>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let address =
        format!("mailto://ann:pw@127.0.0.1:{port}?from=squall@example.com&to=ops@example.com");
    let parameters = Object::from_iter([("mailto".to_owned(), json!(address))]);
    let service = Service::start();
    let delivery = deliver_with("mail_sink", &parameters, finding, &service);
    let (delivered, (commands, mail)) = tokio::join!(delivery, server(listener, answer));
    (delivered.map(drop), commands, mail)
}

#[tokio::test]
async fn a_mail_has_its_text_and_its_files() {
    let (delivered, commands, mail) = mailed("250 taken").await;
    delivered.unwrap();
    let has = |start: &str| commands.iter().any(|command| command.starts_with(start));
    assert!(has("AUTH PLAIN"), "{commands:?}");
    assert!(
        has("MAIL FROM:<squall@example.com>") && has("RCPT TO:<ops@example.com>"),
        "{commands:?}"
    );
    for part in [
        "Subject: Pod web-1 is crash looping",
        "Message-ID: <key-1@squall>",
        "Content-Type: text/html; charset=utf-8",
        "Content-Disposition: attachment; filename=\"main.log\"",
    ] {
        assert!(mail.contains(part), "{part} is not in {mail}");
    }
}

#[tokio::test]
async fn no_finding_makes_a_mail_that_servers_refuse() {
    for number in 0..20 {
        let finding = Chance::new(number).finding();
        let (delivered, commands, mail) = mailed_of(&finding, "250 taken").await;
        assert!(delivered.is_ok(), "finding {number}: {delivered:?}");
        assert!(
            commands.iter().all(|line| line.len() <= 510),
            "{commands:?}"
        );
        assert!(
            mail.contains("\nMessage-ID: <key-1@squall>\n"),
            "finding {number}"
        );
    }
}

#[tokio::test]
async fn a_server_that_is_busy_is_asked_again_and_one_that_refuses_is_not() {
    let (delivered, ..) = mailed("451 try later").await;
    assert!(!delivered.unwrap_err().is_final());
    let (delivered, ..) = mailed("554 no such mail here").await;
    assert!(delivered.unwrap_err().is_final());
}

#[tokio::test]
async fn a_server_that_is_not_there_is_asked_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let address = json!(format!("mailto://127.0.0.1:{port}?to=ops@example.com"));
    let parameters = Object::from_iter([("mailto".to_owned(), address)]);
    let fault = deliver_with("mail_sink", &parameters, &finding(), &Service::start())
        .await
        .unwrap_err();
    assert!(!fault.is_final(), "{fault}");
}
