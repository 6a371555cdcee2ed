//! What a test does to the cluster without asking it: put objects, read what was asked, make things go wrong.

use std::sync::Arc;

use serde_json::json;
use squall_model::Json;

use super::answers::{About, Refusal};
use super::deletion::Deletion;
use super::exec::{Exec, Executed};
use super::faults;
use super::kinds::Kind;
use super::logs::Source;
use super::objects::{At, Occasion, Part, text};
use super::storage::Storage;
use super::{FakeCluster, Request};

/// The server answers nothing and tells nothing for as long as this lives.
#[must_use]
pub struct Stall(FakeCluster);

impl Drop for Stall {
    fn drop(&mut self) {
        self.0.state.faults.signal(|signals| signals.stalls -= 1);
    }
}

/// What becomes of the history of changes when a server restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum History {
    /// Watches can begin where they were.
    Kept,
    /// They have to list again.
    Lost,
}

/// Objects.
impl FakeCluster {
    /// Puts an object, status and all, whether or not there is one of its name already; its namespace is made if it is
    /// missing. What the server gives objects (uid, times) may be in it. Gives the object as it is kept.
    ///
    /// # Errors
    /// No such kind, or no name.
    pub fn put(&self, object: Json) -> Result<Json, Refusal> {
        let mut storage = self.state.storage();
        let kind = kind_of(&storage, &object)?;
        let name = text(&object, "/metadata/name").to_owned();
        let namespace = match (kind.namespaced, text(&object, "/metadata/namespace")) {
            (false, _) => String::new(),
            (true, "") => "default".to_owned(),
            (true, namespace) => namespace.to_owned(),
        };
        let at = At {
            kind: &kind,
            namespace: &namespace,
            name: &name,
        };
        if name.is_empty() {
            let why = "Required value: name is required";
            return Err(Refusal::invalid(
                at.about(),
                &kind.kind,
                "metadata.name",
                why,
            ));
        }
        if kind.namespaced {
            self.make_namespace(&mut storage, &namespace);
        }
        let object = kind.kept(object);
        let occasion = Occasion {
            gives_times: self.state.settings.gives_times,
            ..self.state.occasion(false)
        };
        let stored = match storage.get(&kind, &namespace, &name) {
            Some(_) => storage.change(&at, Part::Whole, &occasion, |_| {
                let mut object = object;
                super::objects::unset(&mut object, "resourceVersion");
                super::objects::unset(&mut object, "uid");
                Ok(object)
            })?,
            None => storage.place(&at, object, &occasion),
        };
        Ok(stored.named_json(&kind))
    }

    /// Changes an object. The kind is named as in `Pod` or `Ingress.networking.k8s.io`, the namespace is empty for kinds that
    /// have none. Nobody is served meanwhile, so `change` must not ask the cluster for anything. Gives the object as it is
    /// kept.
    ///
    /// # Errors
    /// There is no such kind or object, or the change is not allowed.
    pub fn update(
        &self,
        kind: &str,
        namespace: &str,
        name: &str,
        change: impl FnOnce(&mut Json),
    ) -> Result<Json, Refusal> {
        let mut storage = self.state.storage();
        let kind = named(&storage, kind)?;
        let at = At {
            kind: &kind,
            namespace,
            name,
        };
        let occasion = self.state.occasion(false);
        let stored = storage.change(&at, Part::Whole, &occasion, |mut object| {
            change(&mut object);
            Ok(object)
        })?;
        Ok(stored.named_json(&kind))
    }

    /// Takes an object away at once, with all that belongs to it, unless finalizers hold it.
    ///
    /// # Errors
    /// There is no such kind or object.
    pub fn remove(&self, kind: &str, namespace: &str, name: &str) -> Result<(), Refusal> {
        let mut storage = self.state.storage();
        let kind = named(&storage, kind)?;
        let at = At {
            kind: &kind,
            namespace,
            name,
        };
        let deletion = Deletion {
            grace: Some(0),
            ..Deletion::default()
        };
        let occasion = self.state.occasion(false);
        storage.delete(&at, &deletion, &occasion).map(|_| ())
    }

    /// An object as it is now.
    pub fn object(&self, kind: &str, namespace: &str, name: &str) -> Option<Json> {
        let storage = self.state.storage();
        let kind = storage.kinds.named(kind)?;
        let stored = storage.get(&kind, namespace, name)?;
        Some(stored.named_json(&kind))
    }

    /// All objects of a kind, by namespace and name.
    pub fn objects(&self, kind: &str) -> Vec<Json> {
        let storage = self.state.storage();
        let Some(kind) = storage.kinds.named(kind) else {
            return Vec::new();
        };
        let all = storage.all(&kind, None);
        all.iter().map(|stored| stored.named_json(&kind)).collect()
    }

    pub(super) fn make_namespace(&self, storage: &mut Storage, name: &str) {
        let Some(kind) = storage.kinds.named("Namespace") else {
            return;
        };
        if storage.get(&kind, "", name).is_none() {
            let mut namespace = json!({"metadata": {"name": name}});
            super::defaults::fill(&kind, &mut namespace);
            let at = At {
                kind: &kind,
                namespace: "",
                name,
            };
            storage.place(&at, namespace, &self.state.occasion(false));
        }
    }
}

/// What happens in containers.
impl FakeCluster {
    /// Replaces what a container has printed; each line was printed now.
    pub fn set_log(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        let source = source(namespace, pod, container);
        self.state
            .logs
            .set(source, (self.state.settings.clock)(), text);
    }

    /// Replaces what a container had printed in its life before this one.
    pub fn set_previous_log(&self, namespace: &str, pod: &str, container: &str, text: &str) {
        let source = Source {
            previous: true,
            ..source(namespace, pod, container)
        };
        self.state
            .logs
            .set(source, (self.state.settings.clock)(), text);
    }

    /// A container prints more lines.
    pub fn append_log(&self, namespace: &str, pod: &str, container: &str, lines: &str) {
        let source = source(namespace, pod, container);
        self.state
            .logs
            .print(source, (self.state.settings.clock)(), lines);
    }

    /// Commands in containers are carried out by a function from now on. Until then no container has any program.
    pub fn on_exec(&self, carry_out: impl Fn(Exec) -> Executed + Send + Sync + 'static) {
        self.state.commands.carry_out(Arc::new(carry_out));
    }
}

fn source(namespace: &str, pod: &str, container: &str) -> Source {
    Source {
        namespace: namespace.to_owned(),
        pod: pod.to_owned(),
        container: container.to_owned(),
        previous: false,
    }
}

/// Faults, and what was asked.
impl FakeCluster {
    /// Forgets old versions: from now on no list or watch can begin at one. Watches that run go on.
    pub fn compact(&self) {
        self.state.storage().compact();
    }

    /// Breaks off all watches that run.
    pub fn drop_watches(&self) {
        self.state.faults.signal(|signals| signals.broken += 1);
    }

    /// Ends all watches that run, in good order, as if their time were up.
    pub fn end_watches(&self) {
        self.state.faults.signal(|signals| signals.ended += 1);
    }

    /// Tells all watches that want bookmarks where they are.
    pub fn send_bookmarks(&self) {
        self.state.faults.signal(|signals| signals.bookmarks += 1);
    }

    /// Refuses that many of the next requests with a status, and says when to ask again, in seconds.
    pub fn answer_next(&self, requests: usize, status: u16, retry_after: Option<u64>) {
        self.answer_next_to("", requests, status, retry_after);
    }

    /// Refuses that many of the next requests whose path contains a text.
    pub fn answer_next_to(
        &self,
        within: &str,
        requests: usize,
        status: u16,
        retry_after: Option<u64>,
    ) {
        let refusal = faults::refusal(status, retry_after);
        self.state.faults.plan(within, requests, &refusal);
    }

    /// Answers nobody and tells no watch anything until the stall is dropped.
    pub fn stall(&self) -> Stall {
        self.state.faults.signal(|signals| signals.stalls += 1);
        Stall(self.clone())
    }

    /// Closes all connections, and serves again at once.
    pub fn restart(&self, history: History) {
        self.go_down();
        self.come_back(history);
    }

    /// Closes all connections, and every new one, until [`FakeCluster::come_back`].
    pub fn go_down(&self) {
        self.state.faults.signal(|signals| {
            signals.is_down = true;
            signals.closed += 1;
        });
    }

    /// Serves again.
    pub fn come_back(&self, history: History) {
        if history == History::Lost {
            self.state.storage().forget();
        }
        self.state.faults.signal(|signals| signals.is_down = false);
    }

    /// The requests so far, refused ones too, oldest first; of very many, the last hundred thousand.
    pub fn requests(&self) -> Vec<Request> {
        self.state.requests().iter().cloned().collect()
    }

    /// Forgets the requests so far, and gives them.
    pub fn take_requests(&self) -> Vec<Request> {
        self.state.requests().drain(..).collect()
    }
}

fn named(storage: &Storage, name: &str) -> Result<Arc<Kind>, Refusal> {
    let found = storage.kinds.named(name);
    found.ok_or_else(|| {
        Refusal::not_found(About {
            group: "",
            plural: "kinds",
            name,
        })
    })
}

fn kind_of(storage: &Storage, object: &Json) -> Result<Arc<Kind>, Refusal> {
    let (version, kind) = (text(object, "/apiVersion"), text(object, "/kind"));
    let found = storage.kinds.of_object(version, kind);
    found.ok_or_else(|| {
        let message = format!("no matches for kind \"{kind}\" in version \"{version}\"");
        Refusal::new(404, "NotFound", message)
    })
}
