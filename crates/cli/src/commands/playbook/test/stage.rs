//! The cluster that actions find: a fake one that follows the events, or a given one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use squall_kubernetes::Cluster;
use squall_kubernetes::fake::{Exec, Executed, FakeCluster, Settings};
use squall_model::Json;
use squall_model::change::Operation;
use squall_server::playbooks::trial::{Clock, Surroundings, Told, Trial};

use super::{NotTried, name};

/// A cluster, and what is known of it.
pub(super) struct Stage {
    cluster: Cluster,
    fake: Option<FakeCluster>,
    /// Whether objects are as the events tell, also where they were said to be otherwise.
    follows: bool,
    /// By namespace and pod.
    logs: BTreeMap<String, String>,
    objects: Vec<Json>,
}

/// What a fake cluster begins with.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) objects: Vec<Json>,
    /// Whether these are all, as they are: events tell of others only where their logs are known.
    pub(super) are_all: bool,
    /// What containers have printed, by namespace and pod.
    pub(super) logs: Vec<(String, String)>,
    /// What commands print, by namespace and pod.
    pub(super) commands: Vec<(String, String)>,
}

impl Stage {
    /// A fake cluster whose time is the trial's. Objects of kinds that it does not know are told of, and left out.
    pub(super) async fn fake(
        contents: Contents,
        clock: Clock,
    ) -> Result<(Self, Vec<NotTried>), NotTried> {
        let settings = Settings {
            clock: Arc::new(move || clock.now()),
            gives_times: !contents.are_all,
            controllers: true,
            ..Settings::default()
        };
        let fake = FakeCluster::start(settings).await.map_err(NotTried::Fake)?;
        let commands: BTreeMap<String, String> = contents.commands.into_iter().collect();
        if !commands.is_empty() {
            fake.on_exec(move |exec: Exec| {
                let pod = format!("{}/{}", exec.namespace, exec.pod);
                match commands.get(&pod) {
                    Some(printed) => Executed::printed(printed.as_str()),
                    None => Executed::failed(127, "there are no programs in a fake cluster\n"),
                }
            });
        }
        let mut stage = Self {
            cluster: fake.cluster().map_err(NotTried::Cluster)?,
            fake: Some(fake),
            follows: !contents.are_all,
            logs: contents.logs.into_iter().collect(),
            objects: Vec::new(),
        };
        let objects = contents.objects.into_iter();
        let left_out = objects.filter_map(|object| stage.put(object).err());
        let left_out = left_out.collect();
        Ok((stage, left_out))
    }

    /// A cluster that is there.
    pub(super) fn given(cluster: Cluster) -> Self {
        Self {
            cluster,
            fake: None,
            follows: true,
            logs: BTreeMap::new(),
            objects: Vec::new(),
        }
    }

    pub(super) fn surroundings(&self, has_network: bool, clock: Clock) -> Surroundings {
        Surroundings {
            cluster: Some(self.cluster.clone()),
            clock,
            has_network,
            environment: Vec::new(),
        }
    }

    /// Tells a trial what was there before anything happened.
    pub(super) fn introduce(&self, trial: &Trial) {
        self.objects.iter().for_each(|object| trial.know(object));
    }

    /// What an event tells of an object is so in the fake cluster.
    pub(super) fn follow(&mut self, told: &Told) {
        let Told::Change(change) = told else {
            return;
        };
        let mut object = change.obj.clone();
        if let Some(members) = object.as_object_mut() {
            let of_change = [("kind", &change.kind), ("apiVersion", &change.api_version)];
            for (key, value) in of_change {
                let member = members.entry(key).or_insert(Json::Null);
                if member.is_null() {
                    *member = value.as_str().into();
                }
            }
        }
        let text = |path: &str| change.obj.pointer(path).and_then(Json::as_str);
        if !self.follows && !self.is_only_known_by_its_log(&object) {
            return;
        }
        match (change.operation, &self.fake) {
            (Operation::Delete, Some(fake)) => {
                let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
                // It may not have been there.
                drop(fake.remove(
                    &change.kind,
                    namespace.unwrap_or_default(),
                    name.unwrap_or_default(),
                ));
            }
            // Of a kind that the fake cluster does not have, nothing can be asked.
            _ => drop(self.put(object)),
        }
    }

    /// Whether it is a pod of which nothing was said but what it has printed.
    fn is_only_known_by_its_log(&self, object: &Json) -> bool {
        let named = |other: &Json| name(other) == name(object);
        log_of(&self.logs, object).is_some() && !self.objects.iter().any(named)
    }

    fn put(&mut self, object: Json) -> Result<(), NotTried> {
        let Some(fake) = &self.fake else {
            return Ok(());
        };
        if let Err(refusal) = fake.put(object.clone()) {
            return Err(NotTried::Object {
                what: name(&object),
                why: refusal.to_string(),
            });
        }
        self.set_logs(&object);
        self.objects.push(object);
        Ok(())
    }

    /// A pod that came has printed what was said of it, in each of its containers and also in their lives before.
    fn set_logs(&self, pod: &Json) {
        let (Some(fake), Some(log)) = (&self.fake, log_of(&self.logs, pod)) else {
            return;
        };
        let (namespace, name) = namespace_and_name(pod);
        for container in containers(pod) {
            fake.set_log(namespace, name, container, log);
            fake.set_previous_log(namespace, name, container, log);
        }
    }
}

fn log_of<'a>(logs: &'a BTreeMap<String, String>, object: &Json) -> Option<&'a str> {
    let (namespace, name) = namespace_and_name(object);
    let is_pod = object.get("kind").and_then(Json::as_str) == Some("Pod");
    let log = logs.get(&format!("{namespace}/{name}"));
    log.filter(|_| is_pod).map(String::as_str)
}

fn namespace_and_name(object: &Json) -> (&str, &str) {
    let text = |path: &str| object.pointer(path).and_then(Json::as_str);
    let namespace = text("/metadata/namespace").filter(|name| !name.is_empty());
    (
        namespace.unwrap_or("default"),
        text("/metadata/name").unwrap_or_default(),
    )
}

/// The names of all containers that a pod has or tells of.
fn containers(pod: &Json) -> BTreeSet<&str> {
    let lists = [
        "/spec/containers",
        "/spec/initContainers",
        "/status/containerStatuses",
        "/status/initContainerStatuses",
    ];
    let all = lists
        .iter()
        .filter_map(|list| pod.pointer(list)?.as_array());
    all.flatten()
        .filter_map(|container| container.get("name")?.as_str())
        .collect()
}
