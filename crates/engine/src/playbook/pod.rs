//! Triggers that look into a pod: crash loops, images that cannot be had, memory that ran out, evictions.

use chrono::DateTime;
use squall_model::{Json, Timestamp};

use super::explain::Why;
use super::parameters::as_number;
use super::selector::text;
use super::services::owner_or_name;
use super::subject::Subject;

/// A pod's state, with what triggers ask about it found out once.
#[derive(Debug)]
pub(super) struct Pod<'a> {
    metadata: &'a Json,
    status: &'a Json,
    /// The containers that wait, and for what.
    waiting: Vec<(&'a Json, Option<&'a str>)>,
    /// The names of those that were killed because memory ran out, and have not been started again.
    killed: Vec<&'a str>,
}

/// Names that are left out: a beginning of the name, a namespace, or both.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: Option<String>,
    pub(super) namespace: Option<String>,
}

/// Whose memory ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OutOfMemory {
    Pod,
    Container,
}

impl<'a> Pod<'a> {
    pub(super) fn new(object: &'a Json) -> Result<Self, Why> {
        static NOTHING: Json = Json::Null;
        let status = object.get("status").filter(|status| status.is_object());
        let status = status.ok_or_else(|| Why::fault("the pod has no status"))?;
        let list = |name| {
            status
                .get(name)
                .and_then(Json::as_array)
                .into_iter()
                .flatten()
        };
        let containers = list("containerStatuses").chain(list("initContainerStatuses"));
        let mut pod = Self {
            metadata: object.get("metadata").unwrap_or(&NOTHING),
            status,
            waiting: Vec::new(),
            killed: Vec::new(),
        };
        containers.for_each(|container| pod.look_at(container));
        Ok(pod)
    }

    /// Namespace and first owner, else its own name: what a rate limit is about.
    pub(super) fn owner(&self) -> String {
        format!("{}:{}", self.namespace(), owner_or_name(self.metadata))
    }

    /// Namespace and name.
    pub(super) fn own_name(&self) -> String {
        format!("{}:{}", self.namespace(), self.name())
    }

    fn name(&self) -> &'a str {
        text(Some(self.metadata), "name").unwrap_or_default()
    }

    fn namespace(&self) -> &'a str {
        text(Some(self.metadata), "namespace").unwrap_or_default()
    }

    fn look_at(&mut self, container: &'a Json) {
        let state = |name| {
            container
                .get("state")?
                .get(name)
                .filter(|state| !state.is_null())
        };
        if let Some(waiting) = state("waiting") {
            self.waiting
                .push((container, text(Some(waiting), "reason")));
        }
        if text(state("terminated"), "reason") == Some("OOMKilled") {
            self.killed
                .push(text(Some(container), "name").unwrap_or_default());
        }
    }
}

/// A container waits and was started again often enough.
pub(super) fn crash_loop(
    subject: &Subject<'_>,
    restart_count: f64,
    restart_reason: Option<&str>,
) -> Result<(), Why> {
    for (container, reason) in &subject.pod()?.waiting {
        let restarts = container.get("restartCount").and_then(as_number);
        let restarts =
            restarts.ok_or_else(|| Why::fault("a container's status has no restartCount"))?;
        if restarts < restart_count {
            continue;
        }
        match (restart_reason, reason) {
            (None, _) => return Ok(()),
            (Some(wanted), Some(reason)) if reason.contains(wanted) => return Ok(()),
            (Some(_), Some(_)) => {}
            (Some(_), None) => return Err(Why::fault("a container waits and does not say why")),
        }
    }
    Err(Why::NotSo(
        "no container waits after so many restarts for this reason",
    ))
}

/// A container has waited longer than `fire_delay` seconds for its image.
pub(super) fn image_pull_backoff(
    subject: &Subject<'_>,
    fire_delay: f64,
    now: Timestamp,
) -> Result<(), Why> {
    let pod = subject.pod()?;
    let started = text(Some(pod.status), "startTime").filter(|started| !started.is_empty());
    let seconds = match started {
        Some(started) => now.seconds_since(time(started)?),
        None => 0.0,
    };
    if fire_delay > seconds {
        return Err(Why::NotSo("the pod has not run for `fire_delay` seconds"));
    }
    let is_backing_off = |(_, reason): &(_, Option<&str>)| *reason == Some("ImagePullBackOff");
    if pod.waiting.iter().any(is_backing_off) {
        Ok(())
    } else {
        Err(Why::NotSo("no container waits with ImagePullBackOff"))
    }
}

/// A container was killed because it ran out of memory, and has not been started again.
pub(super) fn out_of_memory(
    subject: &Subject<'_>,
    of: OutOfMemory,
    exclude: &[Named],
) -> Result<(), Why> {
    let pod = subject.pod()?;
    let is_excluded = |name: &str| exclude.iter().any(|one| one.is(name, pod.namespace()));
    if of == OutOfMemory::Pod && is_excluded(pod.name()) {
        return Err(Why::NotSo("`exclude` names the pod"));
    }
    let counts = |name: &&str| of == OutOfMemory::Pod || !is_excluded(name);
    if pod.killed.iter().any(counts) {
        Ok(())
    } else {
        Err(Why::NotSo("no container is in the state OOMKilled"))
    }
}

/// The pod was evicted.
pub(super) fn evicted(subject: &Subject<'_>) -> Result<(), Why> {
    if text(Some(subject.pod()?.status), "reason") == Some("Evicted") {
        Ok(())
    } else {
        Err(Why::NotSo("the pod's status has no reason `Evicted`"))
    }
}

impl Named {
    fn is(&self, name: &str, namespace: &str) -> bool {
        let wanted = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        match (wanted(&self.name), wanted(&self.namespace)) {
            (Some(beginning), Some(other)) => name.starts_with(&beginning) && namespace == other,
            (Some(beginning), None) => name.starts_with(&beginning),
            (None, Some(other)) => namespace == other,
            (None, None) => false,
        }
    }
}

/// A moment as Kubernetes writes it.
pub(super) fn time(text: &str) -> Result<Timestamp, Why> {
    DateTime::parse_from_rfc3339(text)
        .map(|time| Timestamp::from_micros(time.timestamp_micros()))
        .map_err(|_| Why::fault(&format!("`{text}` is not a time")))
}
