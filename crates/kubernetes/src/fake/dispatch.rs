//! Which request does what.

use std::sync::Arc;

use http::{Method, header};
use squall_model::Json;

use super::aggregated;
use super::answers::{self, Refusal};
use super::controllers;
use super::deletion::Deletion;
use super::discovery;
use super::exec::Handshake;
use super::forms::Form;
use super::kinds::Kind;
use super::logs::Printed;
use super::objects::{At, Part};
use super::patch::Dialect;
use super::route::{self, Place, Target};
use super::scale;
use super::selectors::Selection;
use super::serve::Asked;
use super::state::State;
use super::stored::Stored;
use super::watch::Watcher;

/// What is answered.
pub(super) enum Reply {
    /// JSON with a status.
    Json(u16, Vec<u8>),
    /// All groups and kinds at once.
    Discovery(Vec<u8>),
    /// Text for people.
    Text(String),
    /// What a container prints.
    Printed(Box<Printed>),
    /// The connection becomes something else.
    Upgrade(Box<Handshake>),
    /// Changes, as they happen.
    Watch(Box<Watcher>),
}

impl Reply {
    fn object(object: &Json) -> Self {
        Self::Json(200, object.to_string().into_bytes())
    }
}

/// Answers a request.
pub(super) fn reply(state: &Arc<State>, asked: &Asked) -> Result<Reply, Refusal> {
    let target = route::target(&asked.path).ok_or_else(Refusal::no_such_path)?;
    let place = match target {
        Target::Health => return Ok(Reply::Text("ok".to_owned())),
        Target::Version => return Ok(Reply::object(&discovery::version())),
        Target::Objects(place) => place,
        other => {
            let kinds = &state.storage().kinds;
            if aggregated::is_wanted(asked.header(&header::ACCEPT))
                && let Some(described) = aggregated::describe(kinds, &other)
            {
                return Ok(Reply::Discovery(described.to_string().into()));
            }
            let described = discovery::describe(kinds, &other);
            let described = described.ok_or_else(Refusal::no_such_path)?;
            return Ok(Reply::object(&described));
        }
    };
    let storage = state.storage();
    let kind = storage
        .kinds
        .of_path(&place.group, &place.version, &place.plural);
    drop(storage);
    let kind = kind.filter(|kind| kind.namespaced || place.namespace.is_none());
    let kind = kind.ok_or_else(Refusal::no_such_path)?;
    let request = Request {
        state,
        asked,
        kind,
        place,
    };
    request.reply()
}

/// A request for objects.
struct Request<'a> {
    state: &'a Arc<State>,
    asked: &'a Asked,
    kind: Arc<Kind>,
    place: Place,
}

impl Request<'_> {
    fn reply(&self) -> Result<Reply, Refusal> {
        let part = match self.place.subresource.as_deref() {
            None => Part::Main,
            Some(known) if !self.kind.has(known) => return Err(Refusal::no_such_path()),
            Some("status") => Part::Status,
            Some("finalize" | "ephemeralcontainers") => Part::Whole,
            Some(other) => return self.reply_below(other),
        };
        match (&self.asked.method, &self.place.name) {
            (&Method::GET, Some(_)) if self.asked.query.is("watch") => self.watch(),
            (&Method::GET, Some(name)) => self.get(name),
            (&Method::GET, None) if self.asked.query.is("watch") => self.watch(),
            (&Method::GET, None) => self.list(),
            (&Method::POST, None) => self.create(),
            (&Method::PUT, Some(name)) => self.replace(name, part),
            (&Method::PATCH, Some(name)) => self.patch(name, part),
            (&Method::DELETE, Some(name)) => self.delete(name),
            (&Method::DELETE, None) => self.delete_all(),
            _ => Err(Refusal::not_allowed()),
        }
    }

    /// What stands below an object and is no part of it.
    fn reply_below(&self, subresource: &str) -> Result<Reply, Refusal> {
        let at = self.at(self.place.name.as_deref().unwrap_or_default())?;
        let (state, query) = (self.state, &self.asked.query);
        let success = |status: u16, object: &Json| Reply::Json(status, object.to_string().into());
        match (subresource, &self.asked.method) {
            ("log", &Method::GET) => {
                let printed = Printed::begin(state, &self.kind, &at, query)?;
                Ok(Reply::Printed(Box::new(printed)))
            }
            ("exec", &Method::GET | &Method::POST) => {
                let handshake = Handshake::begin(state, &at, self.asked)?;
                Ok(Reply::Upgrade(Box::new(handshake)))
            }
            ("eviction", &Method::POST) => {
                let occasion = state.occasion(self.dry_run());
                let mut storage = state.storage();
                let evicted = storage.evict(&at, &self.asked.json()?, query, &occasion)?;
                Ok(success(201, &evicted))
            }
            ("binding", &Method::POST) => {
                let occasion = state.occasion(self.dry_run());
                let mut storage = state.storage();
                Ok(success(
                    201,
                    &storage.bind(&at, &self.asked.json()?, &occasion)?,
                ))
            }
            ("scale", &Method::GET) => {
                let stored = state.storage().found(at.kind, at.namespace, at.name)?;
                Ok(success(200, &scale::of(&stored.json())))
            }
            ("scale", &Method::PUT | &Method::PATCH) => {
                let occasion = state.occasion(self.dry_run());
                let scale = |scale: Json| match self.asked.method {
                    Method::PUT => self.asked.json(),
                    _ => {
                        let content_type = self.asked.header(&header::CONTENT_TYPE);
                        Dialect::of(content_type, false)?.apply(scale, &self.asked.json()?)
                    }
                };
                let mut storage = state.storage();
                let scale = storage.scale(&at, &occasion, scale)?;
                let scaled = storage.found(at.kind, at.namespace, at.name)?;
                drop(storage);
                self.settle(&scaled)?;
                Ok(success(200, &scale))
            }
            _ => Err(Refusal::not_allowed()),
        }
    }

    fn at<'a>(&'a self, name: &'a str) -> Result<At<'a>, Refusal> {
        if self.kind.namespaced && self.place.namespace.is_none() {
            return Err(Refusal::no_such_path());
        }
        Ok(At {
            kind: &self.kind,
            namespace: self.place.namespace.as_deref().unwrap_or_default(),
            name,
        })
    }

    fn form(&self) -> Form {
        Form::of(self.asked.header(&header::ACCEPT))
    }

    fn selection(&self) -> Result<Selection, Refusal> {
        Selection::of(&self.kind, &self.place, &self.asked.query)
    }

    fn dry_run(&self) -> bool {
        self.asked.query.get("dryRun").is_some()
    }

    fn show(&self, status: u16, stored: &Stored) -> Reply {
        let text = self.form().one(&self.kind, stored, &self.state.now());
        Reply::Json(status, text)
    }

    fn get(&self, name: &str) -> Result<Reply, Refusal> {
        let at = self.at(name)?;
        let found = self.state.storage().found(at.kind, at.namespace, name)?;
        Ok(self.show(200, &found))
    }

    fn list(&self) -> Result<Reply, Refusal> {
        let selection = self.selection()?;
        let storage = self.state.storage();
        let page = storage.page(&self.kind, &selection, &self.asked.query)?;
        drop(storage);
        let items = page.items.iter().map(AsRef::as_ref);
        let now = self.state.now();
        let text = self.form().list(&self.kind, items, &page.about, &now);
        Ok(Reply::Json(200, text))
    }

    fn watch(&self) -> Result<Reply, Refusal> {
        let (selection, form) = (self.selection()?, self.form());
        let query = &self.asked.query;
        let watcher = Watcher::begin(self.state, &self.kind, selection, form, query)?;
        Ok(Reply::Watch(Box::new(watcher)))
    }

    fn create(&self) -> Result<Reply, Refusal> {
        if self.kind.namespaced && self.place.namespace.is_none() {
            return Err(Refusal::not_allowed());
        }
        let namespace = self.place.namespace.as_deref().unwrap_or_default();
        let object = self.kept(self.asked.json()?);
        let occasion = self.state.occasion(self.dry_run());
        let mut storage = self.state.storage();
        let created = storage.create(&self.kind, namespace, object, &occasion)?;
        drop(storage);
        self.settle(&created)?;
        Ok(self.show(201, &created))
    }

    fn replace(&self, name: &str, part: Part) -> Result<Reply, Refusal> {
        let at = self.at(name)?;
        let object = self.kept(self.asked.json()?);
        let occasion = self.state.occasion(self.dry_run());
        let mut storage = self.state.storage();
        let changed = storage.change(&at, part, &occasion, |_| Ok(object))?;
        drop(storage);
        self.settle(&changed)?;
        Ok(self.show(200, &changed))
    }

    fn patch(&self, name: &str, part: Part) -> Result<Reply, Refusal> {
        let at = self.at(name)?;
        let content_type = self.asked.header(&header::CONTENT_TYPE);
        let dialect = Dialect::of(content_type, self.kind.custom)?;
        let patch = self.asked.json()?;
        let occasion = self.state.occasion(self.dry_run());
        let mut storage = self.state.storage();
        let is_there = storage.get(at.kind, at.namespace, name).is_some();
        if dialect == Dialect::Apply && !is_there && part == Part::Main {
            let created = storage.create(at.kind, at.namespace, self.kept(patch), &occasion)?;
            drop(storage);
            self.settle(&created)?;
            return Ok(self.show(201, &created));
        }
        let edit = |before: Json| {
            let shown = self.kind.shown(&before);
            Ok(self.kept(dialect.apply(shown, &patch)?))
        };
        let changed = storage.change(&at, part, &occasion, edit)?;
        drop(storage);
        self.settle(&changed)?;
        Ok(self.show(200, &changed))
    }

    fn delete(&self, name: &str) -> Result<Reply, Refusal> {
        let at = self.at(name)?;
        let deletion = Deletion::read(&self.asked.json_if_any()?, &self.asked.query);
        let occasion = self.state.occasion(deletion.dry_run);
        let mut storage = self.state.storage();
        let (last, is_left) = storage.delete(&at, &deletion, &occasion)?;
        drop(storage);
        // As the original: what is still there, and pods in any case, are shown.
        if is_left || self.kind.is("", "Pod") {
            return Ok(self.show(200, &last));
        }
        Ok(Reply::object(&answers::deleted(at.about(), &last.uid)))
    }

    fn delete_all(&self) -> Result<Reply, Refusal> {
        if self.kind.namespaced && self.place.namespace.is_none() {
            return Err(Refusal::not_allowed());
        }
        let selection = self.selection()?;
        let deletion = Deletion::read(&self.asked.json_if_any()?, &self.asked.query);
        let occasion = self.state.occasion(deletion.dry_run);
        let mut storage = self.state.storage();
        let page = storage.page(&self.kind, &selection, &self.asked.query)?;
        for stored in &page.items {
            let at = self.at(&stored.name)?;
            // It may be gone already, with another one that it belonged to.
            let gone = storage.delete(&at, &deletion, &occasion);
            if let Err(refusal) = gone
                && refusal.code != 404
            {
                return Err(refusal);
            }
        }
        drop(storage);
        let items = page.items.iter().map(AsRef::as_ref);
        let now = self.state.now();
        let text = self.form().list(&self.kind, items, &page.about, &now);
        Ok(Reply::Json(200, text))
    }

    /// What a write leads to, if anything happens of itself.
    fn settle(&self, stored: &Stored) -> Result<(), Refusal> {
        if !self.state.settings.controllers || self.dry_run() {
            return Ok(());
        }
        controllers::settle(self.state, &self.kind, stored)
    }

    /// An object in the form in which it is kept.
    fn kept(&self, object: Json) -> Json {
        self.kind.kept(object)
    }
}
