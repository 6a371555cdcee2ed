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
    /// By namespace and pod.
    logs: BTreeMap<String, String>,
    objects: Vec<Json>,
}

/// What a fake cluster begins with.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) objects: Vec<Json>,
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
        let text = |path: &str| pod.pointer(path).and_then(Json::as_str).unwrap_or_default();
        let namespace = Some(text("/metadata/namespace")).filter(|name| !name.is_empty());
        let (namespace, pod_name) = (namespace.unwrap_or("default"), text("/metadata/name"));
        let log = self.logs.get(&format!("{namespace}/{pod_name}"));
        let (Some(fake), Some(log), "Pod") = (&self.fake, log, text("/kind")) else {
            return;
        };
        for container in containers(pod) {
            fake.set_log(namespace, pod_name, container, log);
            fake.set_previous_log(namespace, pod_name, container, log);
        }
    }
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
