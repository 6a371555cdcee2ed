//! What becomes of an issue: made, changed, closed or opened anew.

use serde_json::json;
use squall_model::Json;
use squall_model::finding::Source;
use squall_model::http::Http;

use super::{Jira, Place};
use crate::slack::escaped;
use crate::{Error, Told, blocks, error};

/// An issue that is there.
struct Known {
    id: String,
    status: String,
    resolution: String,
}

impl Jira {
    /// An alert has one issue as long as it is not done; every other finding has one of its own.
    pub(super) async fn manage(&self, told: Told<'_>, http: &dyn Http) -> Result<(), Error> {
        let finding = told.finding;
        if finding.source != Some(Source::Prometheus) {
            return self.make(told, http).await;
        }
        let is_over = finding.is_resolved();
        let Some(issue) = self.found(told, http).await? else {
            return if is_over {
                Ok(())
            } else {
                self.make(told, http).await
            };
        };
        let is_done = is_same(&issue.status, &self.done);
        match (is_done, is_over) {
            (true, true) => Ok(()),
            (true, false) => self.again(told, &issue, http).await,
            (false, true) if self.send_resolved => self.close(&issue, http).await,
            (false, true) => Ok(()),
            (false, false) => self.change(told, &issue, http).await,
        }
    }

    async fn make(&self, told: Told<'_>, http: &dyn Http) -> Result<(), Error> {
        let place = self.place(http).await?;
        let answer = error::ask(http, self.create(told, &place)).await?;
        let id = error::text(&answer, "/id")?;
        for file in self.files(told.finding) {
            // The issue is there: to try again would make a second one.
            if let Err(fault) = error::send(http, self.attachment(&id, &file)).await {
                tracing::warn!(file = file.filename, %fault, "jira does not take a file");
            }
        }
        Ok(())
    }

    async fn again(&self, told: Told<'_>, issue: &Known, http: &dyn Http) -> Result<(), Error> {
        if !self.never_reopened.is_empty() && issue.resolution == self.never_reopened {
            return Ok(());
        }
        if !self.reopen {
            return self.make(told, http).await;
        }
        self.to(&self.to_do, issue, http).await?;
        self.change(told, issue, http).await
    }

    async fn close(&self, issue: &Known, http: &dyn Http) -> Result<(), Error> {
        self.to(&self.done, issue, http).await?;
        let text = "Issue was marked as resolved by the Alertmanager";
        let paragraph = json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
        let body = json!({"body": {"type": "doc", "version": 1, "content": [paragraph]}});
        let path = format!("issue/{}/comment", issue.id);
        error::send(http, self.send("POST", &path, &body)).await?;
        Ok(())
    }

    async fn change(&self, told: Told<'_>, issue: &Known, http: &dyn Http) -> Result<(), Error> {
        let mut fields = Json::Object(self.fields(told));
        if let Some(assignee) = &self.assignee {
            fields = blocks::with(fields, "assignee", json!({"id": assignee}));
        }
        if let Some(epic) = &self.epic {
            fields = blocks::with(fields, "parent", json!({"key": epic}));
        }
        let path = format!("issue/{}", issue.id);
        let request = self.send("PUT", &path, &json!({"fields": fields}));
        error::send(http, request).await?;
        Ok(())
    }

    /// Takes the issue to a status, if there is a way.
    async fn to(&self, status: &str, issue: &Known, http: &dyn Http) -> Result<(), Error> {
        let path = format!("issue/{}/transitions", issue.id);
        let answer = error::ask(http, self.call("GET", &path)).await?;
        let leads_there = |way: &&Json| {
            let name = way.pointer("/to/name").and_then(Json::as_str);
            name.is_some_and(|name| is_same(name, status))
        };
        let ways = answer.get("transitions").and_then(Json::as_array);
        let way = ways.and_then(|ways| ways.iter().find(leads_there)?.get("id")?.as_str());
        let Some(way) = way else {
            tracing::warn!(
                issue = issue.id,
                status,
                "no transition of jira leads there"
            );
            return Ok(());
        };
        let body = json!({"transition": {"id": way}});
        error::send(http, self.send("POST", &path, &body)).await?;
        Ok(())
    }

    /// The newest issue with the finding's labels.
    async fn found(&self, told: Told<'_>, http: &dyn Http) -> Result<Option<Known>, Error> {
        let quoted = |label: &String| {
            let label = label.replace('\\', "\\\\").replace('"', "\\\"");
            format!("labels = \"{label}\"")
        };
        let conditions: Vec<String> = self.labels(told).iter().map(quoted).collect();
        let query = format!("{} ORDER BY created DESC", conditions.join(" AND "));
        let path = format!(
            "search/jql?jql={}&fields=status,resolution&maxResults=1",
            escaped(&query)
        );
        let answer = error::ask(http, self.call("GET", &path)).await?;
        let text = |place: &str| {
            let text = answer.pointer(place).and_then(Json::as_str);
            text.unwrap_or_default().to_owned()
        };
        let id = text("/issues/0/id");
        Ok((!id.is_empty()).then(|| Known {
            id,
            status: text("/issues/0/fields/status/name"),
            resolution: text("/issues/0/fields/resolution/name"),
        }))
    }

    /// The ids of the project and of the type, as given or as Jira has them.
    async fn place(&self, http: &dyn Http) -> Result<Place, Error> {
        let place = self.place_as_told();
        let issue_type = match self.issue_type_id {
            Some(_) => place.issue_type,
            None => {
                let types = error::ask(http, self.call("GET", "issuetype")).await?;
                id_of(&types, &self.issue_type, &["name"])
                    .ok_or_else(|| missing("type of issues", &self.issue_type))?
            }
        };
        let project = match self.project_id {
            Some(_) => place.project,
            None => {
                let path = format!("project/search?query={}", escaped(&self.project));
                let answer = error::ask(http, self.call("GET", &path)).await?;
                let projects = answer.get("values").cloned().unwrap_or_default();
                id_of(&projects, &self.project, &["name", "key"])
                    .ok_or_else(|| missing("project", &self.project))?
            }
        };
        Ok(Place {
            project,
            issue_type,
        })
    }
}

fn id_of(known: &Json, name: &str, members: &[&str]) -> Option<String> {
    let is_it = |one: &&Json| {
        let mut members = members.iter();
        members.any(|member| one.get(*member).and_then(Json::as_str) == Some(name))
    };
    let id = known.as_array()?.iter().find(is_it)?.get("id")?.as_str()?;
    Some(id.to_owned())
}

fn missing(what: &str, name: &str) -> Error {
    Error::refused(format!("jira has no {what} `{name}`"))
}

fn is_same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
