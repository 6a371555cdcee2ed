//! Jira's issues come and go with their alerts, and other files of chats follow their messages.

use serde_json::json;

use super::{deliver, deliver_with, parameters};
use crate::samples::finding;
use crate::service::Service;

/// The methods and paths that a service was asked for since the last time.
fn asked(service: &Service, since: &mut usize) -> Vec<String> {
    let seen = service.seen().split_off(*since);
    *since += seen.len();
    let line = |one: crate::service::Asked| {
        let path = one
            .path()
            .split('?')
            .next()
            .unwrap()
            .replace("/rest/api/3/", "");
        format!("{} {path}", one.method)
    };
    seen.into_iter().map(line).collect()
}

#[tokio::test]
async fn an_alert_has_one_issue_until_it_is_done() {
    let service = Service::start();
    let mut given = parameters("jira_sink");
    for flag in ["sendResolved", "reopenIssues"] {
        given.insert(flag.to_owned(), json!(true));
    }
    let firing = finding();
    let mut resolved = finding();
    resolved.title = format!("[RESOLVED] {}", firing.title);
    let mut since = 0;
    for (finding, expected) in [
        (
            &firing,
            vec![
                "GET search/jql",
                "GET issuetype",
                "GET project/search",
                "POST issue",
                "POST issue/1/attachments",
            ],
        ),
        (&firing, vec!["GET search/jql", "PUT issue/1"]),
        (
            &resolved,
            vec![
                "GET search/jql",
                "GET issue/1/transitions",
                "POST issue/1/transitions",
                "POST issue/1/comment",
            ],
        ),
        (&resolved, vec!["GET search/jql"]),
        (
            &firing,
            vec![
                "GET search/jql",
                "GET issue/1/transitions",
                "POST issue/1/transitions",
                "PUT issue/1",
            ],
        ),
    ] {
        deliver_with("jira_sink", &given, finding, &service)
            .await
            .unwrap();
        assert_eq!(asked(&service, &mut since), expected);
    }
    // What is no alert has an issue of its own each time.
    let mut other = finding();
    other.source = None;
    deliver("jira_sink", &other, &service).await.unwrap();
    assert!(asked(&service, &mut since).contains(&"POST issue".to_owned()));
}

#[tokio::test]
async fn issues_are_looked_for_by_what_they_have_in_common() {
    let service = Service::start();
    let mut given = parameters("jira_sink");
    given.insert(
        "dedups".to_owned(),
        json!(["cluster_name", "namespace", "title"]),
    );
    given.insert("priority_mapping".to_owned(), json!({"INFO": "Lowest"}));
    deliver_with("jira_sink", &given, &finding(), &service)
        .await
        .unwrap();
    let fields = &service.body(3)["fields"];
    let labels = json!(["prod", "shop", "Pod_web-1_is_crash_looping"]);
    assert_eq!(
        (&fields["labels"], &fields["priority"]["name"]),
        (&labels, &json!("Lowest"))
    );
    assert!(service.urls()[0].contains("labels%20%3D%20%22shop%22%20AND%20"));
}

#[tokio::test]
async fn a_room_follows_from_labels_or_is_none() {
    let given = |send: bool| {
        let mut given = parameters("webex_sink");
        given.insert("room_id_override".to_owned(), json!("$labels.room"));
        given.insert("send_to_default_if_missing".to_owned(), json!(send));
        given
    };
    let mut known = finding();
    known
        .subject
        .labels
        .insert("room".to_owned(), json!("room"));
    for (finding, send, requests) in [
        (&known, false, 2),
        (&finding(), true, 2),
        (&finding(), false, 0),
    ] {
        let service = Service::start();
        deliver_with("webex_sink", &given(send), finding, &service)
            .await
            .unwrap();
        assert_eq!(service.urls().len(), requests);
    }
}

#[tokio::test]
async fn files_follow_messages_or_come_before_them() {
    for (kind, expected) in [
        (
            "mattermost_sink",
            vec![
                "GET /api/v4/users/me",
                "POST /api/v4/channels/search",
                "POST /api/v4/files",
                "POST /api/v4/posts",
            ],
        ),
        (
            "rocketchat_sink",
            vec![
                "GET /api/v1/rooms.info",
                "POST /api/v1/chat.sendMessage",
                "POST /api/v1/rooms.media/r1",
                "POST /api/v1/rooms.mediaConfirm/r1/file-1",
                "POST /api/v1/rooms.media/r1",
                "POST /api/v1/rooms.mediaConfirm/r1/file-2",
            ],
        ),
        (
            "service_now_sink",
            vec![
                "POST /api/now/v1/table/incident",
                "POST /api/now/v1/attachment/file",
            ],
        ),
    ] {
        let service = Service::start();
        deliver(kind, &finding(), &service).await.unwrap();
        assert_eq!(asked(&service, &mut 0), expected, "{kind}");
    }
    // The end of a log stands in the message, unless none is wanted there.
    let service = Service::start();
    deliver("zulip_sink", &finding(), &service).await.unwrap();
    let said = service.seen()[0].text();
    assert!(said.contains("at%20work"), "{said}");
    let mut given = parameters("zulip_sink");
    given.insert("log_preview_char_limit".to_owned(), json!(0));
    let service = Service::start();
    deliver_with("zulip_sink", &given, &finding(), &service)
        .await
        .unwrap();
    let expected = ["POST /api/v1/user_uploads", "POST /api/v1/messages"];
    assert_eq!(asked(&service, &mut 0), expected);
    assert!(
        service.seen()[1]
            .text()
            .contains("%2Fuser_uploads%2Ffile-1")
    );
}
