//! What containers print, as a test says: kept, cut as asked for, and followed.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{Stream, stream};
use squall_model::{Json, Timestamp};
use tokio::sync::watch;

use super::answers::Refusal;
use super::kinds::Kind;
use super::objects::{At, text};
use super::route::Query;
use super::state::State;
use super::stored::Stored;

/// How many bytes of one container's output are kept.
const KEPT: usize = 16 * 1024 * 1024;

/// Whose output it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Source {
    /// The pod's namespace.
    pub(super) namespace: String,
    /// The pod.
    pub(super) pod: String,
    /// Its container.
    pub(super) container: String,
    /// Whether it is that of the container's life before this one.
    pub(super) previous: bool,
}

/// All output.
#[derive(Debug, Default)]
pub(super) struct Logs {
    by_source: Mutex<BTreeMap<Source, Log>>,
    printed: watch::Sender<u64>,
}

/// The output of one container, line by line.
#[derive(Debug, Default)]
struct Log {
    lines: VecDeque<(Timestamp, String)>,
    bytes: usize,
    /// How many lines are not among them any more.
    dropped: usize,
}

impl Log {
    fn add(&mut self, now: Timestamp, text: &str) {
        for line in text.split_inclusive('\n') {
            self.bytes += line.len();
            self.lines.push_back((now, line.to_owned()));
        }
        while self.bytes > KEPT {
            let Some((_, oldest)) = self.lines.pop_front() else {
                return;
            };
            self.bytes -= oldest.len();
            self.dropped += 1;
        }
    }

    /// Ends a line that has no end.
    fn finish(&mut self) {
        let last = self.lines.back_mut();
        if let Some((_, last)) = last.filter(|(_, last)| !last.ends_with('\n')) {
            last.push('\n');
            self.bytes += 1;
        }
    }
}

impl Logs {
    /// Replaces what a container has printed.
    pub(super) fn set(&self, source: Source, now: Timestamp, text: &str) {
        let mut log = Log::default();
        log.add(now, text);
        self.all().insert(source, log);
        self.printed.send_modify(|times| *times += 1);
    }

    /// A container prints more lines.
    pub(super) fn print(&self, source: Source, now: Timestamp, text: &str) {
        let mut all = self.all();
        let log = all.entry(source).or_default();
        log.finish();
        log.add(now, text);
        log.finish();
        drop(all);
        self.printed.send_modify(|times| *times += 1);
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<Source, Log>> {
        self.by_source
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn has(&self, source: &Source) -> bool {
        self.all().contains_key(source)
    }

    /// The lines from one on, and the number of the one after them.
    fn from(&self, source: &Source, number: usize, cut: &Cut) -> (String, usize) {
        let all = self.all();
        let Some(log) = all.get(source) else {
            return (String::new(), number);
        };
        let mut text = String::new();
        let skipped = number.saturating_sub(log.dropped);
        for (at, line) in log.lines.iter().skip(skipped) {
            cut.show(&mut text, *at, line);
        }
        (text, log.dropped + log.lines.len())
    }

    /// The output as it is asked for, and the number of the line after it.
    fn cut(&self, source: &Source, cut: &Cut) -> (String, usize) {
        let all = self.all();
        let Some(log) = all.get(source) else {
            return (String::new(), 0);
        };
        let since = |(at, _): &&(Timestamp, String)| cut.since.is_none_or(|since| *at >= since);
        let lines: Vec<&(Timestamp, String)> = log.lines.iter().filter(since).collect();
        let skipped = cut.tail.map_or(0, |tail| lines.len().saturating_sub(tail));
        let mut text = String::new();
        for (at, line) in lines.into_iter().skip(skipped) {
            cut.show(&mut text, *at, line);
        }
        (text, log.dropped + log.lines.len())
    }
}

/// How much of the output is asked for.
#[derive(Debug, Clone, Default)]
struct Cut {
    tail: Option<usize>,
    since: Option<Timestamp>,
    bytes: Option<usize>,
    has_times: bool,
}

impl Cut {
    fn read(query: &Query, now: Timestamp, about: &At<'_>) -> Result<Self, Refusal> {
        let number = |name: &str, least: i64| -> Result<Option<i64>, Refusal> {
            let Some(text) = query.get(name) else {
                return Ok(None);
            };
            let why = format!("Invalid value: {text}: must be greater than or equal to {least}");
            let invalid = || Refusal::invalid(about.about(), "PodLogOptions", name, &why);
            let number: i64 = text.parse().map_err(|_| invalid())?;
            if number < least {
                Err(invalid())
            } else {
                Ok(Some(number))
            }
        };
        let seconds = number("sinceSeconds", 1)?;
        let since = seconds.map(|seconds| now.plus_millis(seconds.saturating_mul(-1000)));
        let time = query.get("sinceTime").and_then(|text| text.parse().ok());
        let size = |number: i64| usize::try_from(number).unwrap_or(usize::MAX);
        Ok(Self {
            tail: number("tailLines", 0)?.map(size),
            since: since.or(time),
            bytes: number("limitBytes", 1)?.map(size),
            has_times: query.is("timestamps"),
        })
    }

    fn show(&self, text: &mut String, at: Timestamp, line: &str) {
        if self.has_times {
            text.push_str(&at.to_string());
            text.push(' ');
        }
        text.push_str(line);
    }

    /// Takes from the bytes that are left, and says whether that was all.
    fn limit(&mut self, text: String) -> (Bytes, bool) {
        let mut bytes = text.into_bytes();
        let Some(left) = &mut self.bytes else {
            return (bytes.into(), false);
        };
        bytes.truncate(*left);
        *left -= bytes.len();
        (bytes.into(), *left == 0)
    }
}

/// The container that a request means: the one that it names, or the only one.
pub(super) fn container(pod: &Json, named: Option<&str>) -> Result<String, Refusal> {
    let name = text(pod, "/metadata/name");
    let names = |list: &str| -> Vec<&str> {
        let containers = pod.pointer(list).and_then(Json::as_array);
        let containers = containers.into_iter().flatten();
        containers
            .map(|container| text(container, "/name"))
            .collect()
    };
    let (all, first) = (names("/spec/containers"), names("/spec/initContainers"));
    let later = names("/spec/ephemeralContainers");
    match (named, all.as_slice()) {
        (Some(named), _)
            if [&all, &first, &later]
                .iter()
                .any(|names| names.contains(&named)) =>
        {
            Ok(named.to_owned())
        }
        (Some(named), _) => {
            let message = format!("container {named} is not valid for pod {name}");
            Err(Refusal::bad_request(message))
        }
        (None, [only]) => Ok((*only).to_owned()),
        (None, _) => {
            let mut message = format!(
                "a container name must be specified for pod {name}, choose one of: [{}]",
                all.join(" ")
            );
            if !first.is_empty() {
                message = format!(
                    "{message} or one of the init containers: [{}]",
                    first.join(" ")
                );
            }
            Err(Refusal::bad_request(message))
        }
    }
}

/// What a pod says of one of its containers.
pub(super) fn container_status<'a>(pod: &'a Json, container: &str) -> Option<&'a Json> {
    let lists = [
        "containerStatuses",
        "initContainerStatuses",
        "ephemeralContainerStatuses",
    ];
    let mut statuses = lists.iter().flat_map(|list| {
        let statuses = pod.pointer(&format!("/status/{list}"));
        statuses.and_then(Json::as_array).into_iter().flatten()
    });
    statuses.find(|status| text(status, "/name") == container)
}

/// What a request for a container's output is answered with.
pub(super) struct Printed {
    state: Arc<State>,
    kind: Arc<Kind>,
    pod: Arc<Stored>,
    source: Source,
    cut: Cut,
    /// The line that comes next, once the first ones were told.
    next: Option<usize>,
    printed: watch::Receiver<u64>,
    written: watch::Receiver<u64>,
    is_over: bool,
    follows: bool,
}

impl Printed {
    /// Reads the request.
    pub(super) fn begin(
        state: &Arc<State>,
        kind: &Arc<Kind>,
        at: &At<'_>,
        query: &Query,
    ) -> Result<Self, Refusal> {
        let storage = state.storage();
        let pod = storage.found(at.kind, at.namespace, at.name)?;
        let written = storage.written();
        drop(storage);
        let cut = Cut::read(query, (state.settings.clock)(), at)?;
        let object = pod.json();
        let source = Source {
            namespace: at.namespace.to_owned(),
            pod: at.name.to_owned(),
            container: container(&object, query.get("container"))?,
            previous: query.is("previous"),
        };
        if !state.logs.has(&source) {
            check_life(&object, &source)?;
        }
        Ok(Self {
            state: Arc::clone(state),
            kind: Arc::clone(kind),
            pod,
            source,
            cut,
            next: None,
            printed: state.logs.printed.subscribe(),
            written,
            is_over: false,
            follows: query.is("follow"),
        })
    }

    /// The output, and what comes for as long as it is followed.
    pub(super) fn told(self) -> impl Stream<Item = Bytes> {
        stream::unfold(self, async |mut printed| {
            let next = printed.next().await?;
            Some((next, printed))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if self.is_over {
                return None;
            }
            self.printed.mark_unchanged();
            self.written.mark_unchanged();
            // First whether it has ended, then what was printed: nothing is printed after the end.
            self.is_over = !self.follows || self.has_ended();
            let logs = &self.state.logs;
            let (text, next) = match self.next {
                Some(next) => logs.from(&self.source, next, &self.cut),
                None => logs.cut(&self.source, &self.cut),
            };
            self.next = Some(next);
            if !text.is_empty() {
                let (bytes, is_all) = self.cut.limit(text);
                self.is_over |= is_all;
                return Some(bytes);
            }
            if !self.is_over {
                tokio::select! {
                    changed = self.printed.changed() => changed.ok()?,
                    changed = self.written.changed() => changed.ok()?,
                }
            }
        }
    }

    /// Whether the container prints nothing more: it or its pod has ended.
    fn has_ended(&self) -> bool {
        let storage = self.state.storage();
        let pod = storage.get(&self.kind, &self.pod.namespace, &self.pod.name);
        drop(storage);
        let Some(pod) = pod.filter(|pod| pod.uid == self.pod.uid) else {
            return true;
        };
        let pod = pod.json();
        let status = container_status(&pod, &self.source.container);
        let ended = status.and_then(|status| status.pointer("/state/terminated"));
        ended.is_some() || matches!(text(&pod, "/status/phase"), "Succeeded" | "Failed")
    }
}

/// Refuses where a container has nothing to show yet.
fn check_life(pod: &Json, source: &Source) -> Result<(), Refusal> {
    let (name, container) = (&source.pod, &source.container);
    if source.previous {
        let message =
            format!("previous terminated container \"{container}\" in pod \"{name}\" not found");
        return Err(Refusal::bad_request(message));
    }
    let Some(status) = container_status(pod, container) else {
        return Ok(());
    };
    let reason = text(status, "/state/waiting/reason");
    let has_run = status
        .get("restartCount")
        .and_then(Json::as_i64)
        .unwrap_or(0)
        > 0;
    if reason.is_empty() || has_run {
        return Ok(());
    }
    let why = match reason {
        "ErrImagePull" | "ImagePullBackOff" => "trying and failing to pull image",
        reason => reason,
    };
    let message = format!("container \"{container}\" in pod \"{name}\" is waiting to start: {why}");
    Err(Refusal::bad_request(message))
}
