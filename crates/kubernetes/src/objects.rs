//! Objects of any kind: reading, listing, making, changing and removing them.

use http::Method;
use serde_json::json;
use squall_model::Json;

use crate::{Ask, Cluster, Error, Kind};

/// How many objects are asked for at once.
const PAGE: u32 = 500;

/// How often a list is begun again because the server forgot where it was.
const BEGINNINGS: u32 = 3;

/// Which objects of a kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Selection {
    /// Of this namespace; of all if none is named.
    pub namespace: Option<String>,
    /// With these labels, such as `app=web,tier!=cache`.
    pub labels: Option<String>,
    /// With these fields, such as `spec.nodeName=node-1`.
    pub fields: Option<String>,
}

/// Some objects of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The objects, each with its `apiVersion` and `kind`.
    pub items: Vec<Json>,
    /// The version of the whole list.
    pub resource_version: String,
    /// Where the list goes on, if it does.
    pub next: Option<String>,
}

/// How an object is changed.
#[derive(Debug, Clone, PartialEq)]
pub enum Patch {
    /// Members take the place of those of the same name; null removes.
    Merge(Json),
    /// As merge, but lists are merged by the keys that Kubernetes knows. Not for custom resources.
    Strategic(Json),
    /// A list of operations with paths.
    Operations(Json),
}

impl Selection {
    /// Of one namespace, or of all.
    pub fn of(namespace: Option<&str>) -> Self {
        Self {
            namespace: namespace.map(str::to_owned),
            ..Self::default()
        }
    }

    /// With these labels.
    pub fn labels(mut self, labels: impl Into<String>) -> Self {
        self.labels = Some(labels.into());
        self
    }

    /// With these fields.
    pub fn fields(mut self, fields: impl Into<String>) -> Self {
        self.fields = Some(fields.into());
        self
    }

    /// The request for all of them.
    pub fn ask(&self, kind: &Kind) -> Ask {
        Ask::get(kind.collection(self.namespace.as_deref()))
            .query_if("labelSelector", self.labels.as_deref())
            .query_if("fieldSelector", self.fields.as_deref())
    }
}

impl Cluster {
    /// One object; none if there is none.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn object(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
    ) -> Result<Option<Json>, Error> {
        self.get(kind.path(namespace, name)).await
    }

    /// All objects of a selection, up to `most` of them. They are asked for in pages; a list that the server forgets half
    /// way is begun again.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn list(
        &self,
        kind: &Kind,
        selection: &Selection,
        most: usize,
    ) -> Result<Vec<Json>, Error> {
        let (mut items, mut next, mut beginnings) = (Vec::new(), None, 1);
        loop {
            let page = self.page(kind, selection, next.as_deref()).await;
            let page = match page {
                Err(error) if error.status() == Some(410) && beginnings < BEGINNINGS => {
                    beginnings += 1;
                    next = None;
                    items.clear();
                    continue;
                }
                page => page?,
            };
            items.extend(page.items);
            items.truncate(most);
            next = page.next;
            if next.is_none() || items.len() >= most {
                return Ok(items);
            }
        }
    }

    /// Some objects of a selection: the first ones, or those that follow where a page said it goes on. Objects that are
    /// too long for one answer are asked for in smaller pages.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused; with status 410 the server forgot where the list was.
    pub async fn page(
        &self,
        kind: &Kind,
        selection: &Selection,
        next: Option<&str>,
    ) -> Result<Page, Error> {
        self.page_of(kind, selection.ask(kind), next).await
    }

    pub(crate) async fn page_of(
        &self,
        kind: &Kind,
        ask: Ask,
        next: Option<&str>,
    ) -> Result<Page, Error> {
        let mut limit = PAGE;
        loop {
            let ask = ask.clone().query("limit", limit.to_string());
            match self.json(ask.query_if("continue", next)).await {
                Err(Error::TooLong) if limit > 1 => limit /= 4,
                list => return page(kind, list?),
            }
        }
    }

    /// Makes an object, in the namespace it says if none is named, and gives it as the cluster has it.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn create(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        object: Json,
    ) -> Result<Json, Error> {
        let own = object.pointer("/metadata/namespace").and_then(Json::as_str);
        let path = kind.collection(namespace.or(own).or(Some("default")));
        self.json(Ask::new(Method::POST, path).body(object)).await
    }

    /// Puts an object in the place of the one that it names. If it says a `resourceVersion`, only in the place of that.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn replace(&self, kind: &Kind, object: Json) -> Result<Json, Error> {
        let said = |name: &str| object.pointer(&format!("/metadata/{name}"))?.as_str();
        let name = said("name").ok_or(Error::Incomplete("a name"))?;
        let path = kind.path(said("namespace"), name);
        self.json(Ask::new(Method::PUT, path).body(object)).await
    }

    /// Changes an object, and gives it as it is then.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn patch(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        patch: Patch,
    ) -> Result<Json, Error> {
        let (word, body) = match patch {
            Patch::Merge(body) => ("merge-patch", body),
            Patch::Strategic(body) => ("strategic-merge-patch", body),
            Patch::Operations(body) => ("json-patch", body),
        };
        let mut ask = Ask::new(Method::PATCH, kind.path(namespace, name)).body(body);
        ask.content_type = Some(format!("application/{word}+json"));
        self.json(ask).await
    }

    /// Removes an object and what it owns; with a number of seconds it is given that long to end. Whether there was one.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn delete(
        &self,
        kind: &Kind,
        namespace: Option<&str>,
        name: &str,
        grace_seconds: Option<u32>,
    ) -> Result<bool, Error> {
        let mut options = json!({
            "apiVersion": "v1", "kind": "DeleteOptions", "propagationPolicy": "Background",
        });
        if let (Some(seconds), Some(options)) = (grace_seconds, options.as_object_mut()) {
            options.insert("gracePeriodSeconds".to_owned(), seconds.into());
        }
        let ask = Ask::new(Method::DELETE, kind.path(namespace, name)).body(options);
        match self.json(ask).await {
            Err(Error::Refused { status: 404, .. }) => Ok(false),
            removed => removed.map(|_| true),
        }
    }

    /// Removes a pod unless a disruption budget speaks against it: then it is refused with status 429.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn evict(&self, namespace: &str, pod: &str) -> Result<(), Error> {
        let eviction = json!({
            "apiVersion": "policy/v1",
            "kind": "Eviction",
            "metadata": {"name": pod, "namespace": namespace},
        });
        let path = format!("{}/eviction", Kind::POD.path(Some(namespace), pod));
        let answer = self
            .ask(Ask::new(Method::POST, path).body(eviction))
            .await?;
        answer.accepted()
    }

    /// The cluster's own events of an object, the oldest first, the newest `most` of them. The object says its `kind`,
    /// name and namespace; with a `uid` only its own events count, not those of an object that had its name before.
    ///
    /// # Errors
    /// Nobody answered, or the cluster refused.
    pub async fn events_of(&self, object: &Json, most: usize) -> Result<Vec<Json>, Error> {
        let metadata = |name: &str| object.pointer(&format!("/metadata/{name}"))?.as_str();
        let kind = object.get("kind").and_then(Json::as_str);
        let said = [
            ("kind", kind),
            ("name", metadata("name")),
            ("namespace", metadata("namespace")),
            // Kubelets write the name of a node where its uid should be.
            ("uid", metadata("uid").filter(|_| kind != Some("Node"))),
        ];
        let said = said.iter().filter_map(|(field, value)| {
            value.map(|value| format!("involvedObject.{field}={}", selector_value(value)))
        });
        let fields = said.collect::<Vec<_>>().join(",");
        // Events of what belongs to no namespace are in `default`, so all are looked through.
        let selection = Selection::of(metadata("namespace")).fields(fields);
        let mut events = self.list(&Kind::EVENT, &selection, 10_000).await?;
        events.sort_by(|one, other| last_seen(one).cmp(last_seen(other)));
        Ok(events.split_off(events.len().saturating_sub(most)))
    }
}

/// A value in a field selector: what means something there is escaped.
fn selector_value(text: &str) -> String {
    text.replace('\\', "\\\\")
        .replace(',', "\\,")
        .replace('=', "\\=")
}

/// When an event was seen last: its times are texts of one form, so they sort as they are.
fn last_seen(event: &Json) -> &str {
    let times = [
        "/series/lastObservedTime",
        "/lastTimestamp",
        "/eventTime",
        "/firstTimestamp",
        "/metadata/creationTimestamp",
    ];
    let mut times = times.iter();
    times
        .find_map(|path| event.pointer(path)?.as_str())
        .unwrap_or_default()
}

fn page(kind: &Kind, mut list: Json) -> Result<Page, Error> {
    let said = |name: &str| {
        Some(
            list.pointer(&format!("/metadata/{name}"))?
                .as_str()?
                .to_owned(),
        )
    };
    let resource_version = said("resourceVersion").unwrap_or_default();
    let next = said("continue").filter(|next| !next.is_empty());
    let mut items = match list.get_mut("items").map(Json::take) {
        Some(Json::Array(items)) => items,
        Some(Json::Null) => Vec::new(),
        _ => return Err(Error::Incomplete("the items of a list")),
    };
    items.iter_mut().for_each(|object| kind.complete(object));
    Ok(Page {
        items,
        resource_version,
        next,
    })
}

#[cfg(test)]
mod tests;
