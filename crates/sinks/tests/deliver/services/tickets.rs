//! Services where a finding becomes a ticket.

use serde_json::{Value as Json, json};
use squall_model::http::Answer;

use super::chats::basic;
use super::{items, length, parts, said, some_at_most, told};
use crate::service::Asked;

/// The issues of Jira: their labels, and whether each is done.
#[derive(Default)]
pub(crate) struct Issues(Vec<(String, &'static str)>);

pub(super) fn service_now(asked: &Asked) -> Answer {
    assert_eq!(asked.method, "POST");
    basic(asked, "user:password");
    let path = asked.path().strip_prefix("/api/now/v1/").unwrap();
    if path != "table/incident" {
        let query = path
            .strip_prefix("attachment/file?table_name=incident&file_name=")
            .unwrap();
        let name = query.strip_suffix("&table_sys_id=s1").unwrap();
        assert!(
            !name.is_empty() && !name.contains(['&', '=', ' ', '/']),
            "{name}"
        );
        assert!((1..=1024 * 1024 * 1024).contains(&asked.body.len()));
        return told(201, &json!({"result": {"sys_id": "a1"}}));
    }
    let body = asked.json();
    some_at_most(&body["short_description"], 160);
    some_at_most(&body["correlation_id"], 100);
    let comments = body["comments"].as_str().unwrap();
    assert!(
        comments.starts_with("[code]") && comments.ends_with("[/code]"),
        "{comments}"
    );
    assert!(asked.body.len() <= 10_000_000, "{}", asked.body.len());
    for (name, most) in [("impact", 3), ("urgency", 3), ("priority", 5)] {
        assert!((1..=most).contains(&body[name].as_u64().unwrap()), "{name}");
    }
    told(201, &json!({"result": {"sys_id": "s1"}}))
}

pub(super) fn jira(asked: &Asked, known: &mut Issues) -> Answer {
    basic(asked, "bot@example.com:key");
    let path = asked.path().strip_prefix("/rest/api/3/").unwrap();
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let steps: Vec<&str> = path.split('/').collect();
    match (asked.method.as_str(), steps.as_slice()) {
        ("GET", ["issuetype"]) => told(
            200,
            &json!([{"id": "1", "name": "Bug"}, {"id": "2", "name": "Task"}]),
        ),
        ("GET", ["project", "search"]) => {
            assert_eq!(query, "query=OPS");
            told(
                200,
                &json!({"values": [{"id": "7", "key": "OPS", "name": "Operations"}]}),
            )
        }
        ("GET", ["search", "jql"]) => told(200, &known.found(query)),
        ("POST", ["issue"]) => {
            let body = asked.json();
            issue(&body["fields"]);
            let labels = items(&body["fields"]["labels"]).iter();
            let labels: Vec<&str> = labels.map(|label| label.as_str().unwrap()).collect();
            known.0.push((labels.join(" "), "To Do"));
            told(
                201,
                &json!({"id": known.0.len().to_string(), "key": "OPS-1"}),
            )
        }
        ("PUT", ["issue", _]) => {
            fields(&asked.json()["fields"]);
            said(204, "")
        }
        ("GET", ["issue", _, "transitions"]) => told(
            200,
            &json!({"transitions": [{"id": "11", "to": {"name": "Done"}}, {"id": "12", "to": {"name": "To do"}}]}),
        ),
        ("POST", ["issue", id, "transitions"]) => {
            let status = match asked.json()["transition"]["id"].as_str().unwrap() {
                "11" => "Done",
                _ => "To Do",
            };
            let number: usize = id.parse().unwrap();
            known.0[number - 1].1 = status;
            said(204, "")
        }
        ("POST", ["issue", _, "comment"]) => {
            document(&asked.json()["body"]);
            told(201, &json!({"id": "c1"}))
        }
        ("POST", ["issue", _, "attachments"]) => {
            assert_eq!(asked.header("x-atlassian-token"), Some("no-check"));
            let parts = parts(asked);
            assert_eq!((parts.len(), parts[0].0.as_str()), (1, "file"));
            assert!((1..=10_000_000).contains(&parts[0].2.len()));
            told(200, &json!([{"id": "a1"}]))
        }
        other => panic!("jira has no {other:?}"),
    }
}

impl Issues {
    /// The newest of those that have all labels that are asked for.
    fn found(&self, query: &str) -> Json {
        let is_it = |labels: &str| labels.split(' ').all(|label| query.contains(label));
        let mut issues = self.0.iter().enumerate().rev();
        let found = issues.find(|(_, (labels, _))| is_it(labels));
        let issue = |(number, (_, status)): (usize, &(String, &str))| json!({"id": (number + 1).to_string(), "fields": {"status": {"name": status}, "resolution": null}});
        json!({"issues": found.map(issue).into_iter().collect::<Vec<_>>(), "isLast": true})
    }
}

fn issue(issue: &Json) {
    fields(issue);
    assert_eq!(issue["issuetype"]["id"], "2");
    assert_eq!(issue["project"]["id"], "7");
    some_at_most(&issue["priority"]["name"], 60);
    for label in items(&issue["labels"]) {
        some_at_most(label, 255);
        assert!(
            !label.as_str().unwrap().contains(char::is_whitespace),
            "{label}"
        );
    }
}

fn fields(fields: &Json) {
    some_at_most(&fields["summary"], 255);
    assert!(!fields["summary"].as_str().unwrap().contains(['\n', '\r']));
    document(&fields["description"]);
}

fn document(document: &Json) {
    assert_eq!(
        (&document["type"], &document["version"]),
        (&json!("doc"), &json!(1))
    );
    let size = document.to_string().chars().count();
    assert!(size <= 32_767, "{size}");
    items(&document["content"]).iter().for_each(node);
}

fn node(node: &Json) {
    match node["type"].as_str().unwrap() {
        "text" => {
            assert!(length(&node["text"]) > 0, "jira takes no empty text");
            for mark in items(&node["marks"]) {
                let kind = mark["type"].as_str().unwrap();
                assert!(["strong", "em", "code", "link"].contains(&kind), "{kind}");
            }
        }
        "rule" => {}
        "paragraph" | "codeBlock" => items(&node["content"]).iter().for_each(self::node),
        "bulletList" | "listItem" => {
            let content = items(&node["content"]);
            assert!(!content.is_empty(), "{node}");
            content.iter().for_each(self::node);
        }
        other => panic!("jira has no {other}"),
    }
}
