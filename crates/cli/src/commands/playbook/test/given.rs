//! What the fake cluster holds, or which cluster stands in its place.

use std::path::{Path, PathBuf};

use clap::Args;
use squall_model::Json;

use super::NotTried;
use crate::failure::Failure;
use crate::input;

/// The cluster that actions find.
#[derive(Debug, Default, Args)]
pub(crate) struct Given {
    /// Objects in the fake cluster: a JSON or YAML file with one, or with a list as of `kubectl get -o yaml`
    #[arg(long, value_name = "FILE")]
    objects: Vec<PathBuf>,
    /// What a pod's containers have printed, as NAMESPACE/POD=FILE
    #[arg(long = "log", value_name = "NAMESPACE/POD=FILE")]
    logs: Vec<String>,
    /// What commands in a pod's containers print, as NAMESPACE/POD=FILE
    #[arg(long = "exec", value_name = "NAMESPACE/POD=FILE")]
    commands: Vec<String>,
    /// Run the actions against the cluster of this kubeconfig file, where they do what they say
    #[arg(long, value_name = "FILE", conflicts_with_all = ["objects", "logs", "commands"])]
    pub(super) kubeconfig: Option<PathBuf>,
}

impl Given {
    pub(super) fn objects(&self) -> Result<Vec<Json>, Failure> {
        let mut objects = Vec::new();
        for file in &self.objects {
            objects.extend(all_of(input::document(file)?));
        }
        Ok(objects)
    }

    pub(super) fn logs(&self) -> Result<Vec<(String, String)>, Failure> {
        self.logs.iter().map(|given| texts(given)).collect()
    }

    pub(super) fn commands(&self) -> Result<Vec<(String, String)>, Failure> {
        self.commands.iter().map(|given| texts(given)).collect()
    }
}

/// The objects of a list, or the one object.
fn all_of(document: Json) -> Vec<Json> {
    match document {
        Json::Array(objects) => objects,
        Json::Object(mut list) if matches!(list.get("items"), Some(Json::Array(_))) => {
            match list.remove("items") {
                Some(Json::Array(objects)) => objects,
                _ => Vec::new(),
            }
        }
        one => vec![one],
    }
}

/// `NAMESPACE/POD=FILE`: the pod, and what is in the file.
fn texts(given: &str) -> Result<(String, String), Failure> {
    let parts = given.split_once('=').filter(|(pod, _)| pod.contains('/'));
    let Some((pod, file)) = parts else {
        return Err(NotTried::Pod(given.to_owned()).into());
    };
    Ok((pod.to_owned(), input::text(Path::new(file))?))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lists_of_kubectl_are_taken_apart() {
        let pod = json!({"kind": "Pod"});
        assert_eq!(all_of(pod.clone()), std::slice::from_ref(&pod));
        let list = json!({"kind": "List", "items": [pod, pod]});
        assert_eq!(all_of(list).len(), 2);
        assert_eq!(all_of(json!([pod])).len(), 1);
    }

    #[test]
    fn a_pod_is_named_with_its_namespace() {
        let wrong = texts("web=log.txt").unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "cannot tell which pod `web=log.txt` is about"
        );
    }
}
