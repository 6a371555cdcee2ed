//! To which workload a name belongs: the longest workload's name that begins it.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use squall_model::Json;
use squall_model::change::{Change, Operation};

/// Kinds that are workloads when nothing owns them.
const KINDS: [&str; 6] = [
    "Deployment",
    "ReplicaSet",
    "DaemonSet",
    "StatefulSet",
    "Pod",
    "Job",
];

/// A workload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its namespace.
    pub namespace: String,
    /// Its kind.
    pub kind: String,
    /// Its name.
    pub name: String,
}

impl Service {
    /// Namespace, kind and name, as findings and rate limits name it.
    pub fn key(&self) -> String {
        format!("{}/{}/{}", self.namespace, self.kind, self.name)
    }
}

/// The workloads there are, learnt from changes: kinds by name, by namespace. Beyond the bound nothing is learnt.
#[derive(Debug, Clone)]
pub struct Services {
    namespaces: HashMap<String, HashMap<String, String>>,
    count: usize,
    most: usize,
}

impl Default for Services {
    fn default() -> Self {
        Self::new(100_000)
    }
}

impl Services {
    /// No workloads, and room for so many.
    pub fn new(most: usize) -> Self {
        Self {
            namespaces: HashMap::new(),
            count: 0,
            most,
        }
    }

    /// Takes notice of a change.
    pub fn learn(&mut self, change: &Change) {
        let metadata = change.obj.get("metadata");
        let text = |name| metadata.and_then(|metadata| metadata.get(name)?.as_str());
        let (Some(name), Some(namespace)) = (text("name"), text("namespace")) else {
            return;
        };
        let is_owned = metadata
            .and_then(|metadata| metadata.get("ownerReferences")?.as_array())
            .is_some_and(|owners| !owners.is_empty());
        if is_owned || !KINDS.contains(&change.kind.as_str()) {
            return;
        }
        match change.operation {
            Operation::Create | Operation::Update => self.add(namespace, name, &change.kind),
            Operation::Delete => self.remove(namespace, name, &change.kind),
        }
    }

    /// The workload that an object of this name belongs to.
    pub fn guess(&self, namespace: &str, name: &str) -> Option<Service> {
        let names = self.namespaces.get(namespace)?;
        let ends = name
            .char_indices()
            .map(|(at, letter)| at + letter.len_utf8());
        let beginnings = ends.rev().filter_map(|end| name.get(..end));
        let found = beginnings
            .filter_map(|beginning| names.get_key_value(beginning))
            .next();
        found.map(|(name, kind)| Service {
            namespace: namespace.to_owned(),
            kind: kind.clone(),
            name: name.clone(),
        })
    }

    fn add(&mut self, namespace: &str, name: &str, kind: &str) {
        let known = self.namespaces.get_mut(namespace);
        if let Some(known) = known.and_then(|names| names.get_mut(name)) {
            kind.clone_into(known);
        } else if self.count < self.most {
            let names = self.namespaces.entry(namespace.to_owned()).or_default();
            names.insert(name.to_owned(), kind.to_owned());
            self.count += 1;
        }
    }

    fn remove(&mut self, namespace: &str, name: &str, kind: &str) {
        let Some(names) = self.namespaces.get_mut(namespace) else {
            return;
        };
        if names.get(name).is_some_and(|known| known == kind) {
            names.remove(name);
            self.count -= 1;
            if names.is_empty() {
                self.namespaces.remove(namespace);
            }
        }
    }
}

/// The name of the first owner, else that of the object.
pub(super) fn owner_or_name(metadata: &Json) -> &str {
    let owner = metadata
        .get("ownerReferences")
        .and_then(|owners| owners.get(0));
    let name = owner.or(Some(metadata)).and_then(|named| named.get("name"));
    name.and_then(Json::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn change(operation: Operation, kind: &str, name: &str, owners: &Json) -> Change {
        Change {
            operation,
            kind: kind.to_owned(),
            api_version: "apps/v1".to_owned(),
            description: String::new(),
            obj: json!({"metadata": {"name": name, "namespace": "shop", "ownerReferences": owners}}),
            old_obj: None,
        }
    }

    #[test]
    fn the_longest_name_that_begins_it() {
        let mut services = Services::default();
        for name in ["web", "web-front"] {
            services.learn(&change(Operation::Create, "Deployment", name, &json!([])));
        }
        let owned = json!([{"name": "web"}]);
        services.learn(&change(Operation::Create, "Pod", "web-front-1-x", &owned));
        services.learn(&change(
            Operation::Create,
            "ConfigMap",
            "web-f",
            &json!(null),
        ));
        let guess = |name| services.guess("shop", name).map(|service| service.key());
        assert_eq!(
            guess("web-front-1-x").as_deref(),
            Some("shop/Deployment/web-front")
        );
        assert_eq!(guess("web-frö").as_deref(), Some("shop/Deployment/web"));
        assert_eq!(guess("we"), None);
        assert_eq!(services.guess("other", "web"), None);
    }

    #[test]
    fn what_is_deleted_is_forgotten_and_the_bound_holds() {
        let mut services = Services::new(1);
        for name in ["a", "b"] {
            services.learn(&change(Operation::Update, "Job", name, &json!(null)));
        }
        assert!(services.guess("shop", "b").is_none());
        services.learn(&change(Operation::Delete, "Job", "a", &json!(null)));
        assert!(services.namespaces.is_empty());
        services.learn(&change(Operation::Update, "Job", "b", &json!(null)));
        assert!(services.guess("shop", "b").is_some());
    }
}
