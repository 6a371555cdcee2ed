//! The stream service: what changes, as server-sent events.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{HeaderValue, Method};
use serde_json::json;
use squall_identity::permission::Permission;
use squall_model::execution::Execution;
use squall_model::record::{OutputChunk, OutputKind};
use squall_model::{Id, Json};
use squall_server::changes::{Announcement, Change};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;

use super::executions::{self, shape};
use super::fault::Fault;
use super::page::{self, Attributes};
use crate::about::{Shape, about};
use crate::call::Call;
use crate::route::{Answer, Routes, route};
use crate::wire::Wire;

/// How often a quiet stream sends a blank line, so that nobody between takes it for dead.
const HEARTBEAT: Duration = Duration::from_secs(25);

/// Frames that may wait for a slow reader before it has to keep up.
const WAITING: usize = 64;

/// The event of a piece of output.
const OUTPUT: &str = "st2.execution.output__create";

/// Events that are sent unless others are asked for by name.
const DEFAULT: [&str; 7] = [
    "st2.announcement__*",
    "st2.execution__create",
    "st2.execution__update",
    "st2.execution__delete",
    "st2.liveaction__create",
    "st2.liveaction__update",
    "st2.liveaction__delete",
];

pub(super) fn routes() -> Routes {
    route(Method::GET, "/stream", Permission::StreamView, stream)
        .says(
            about("Tells what changes, as it changes.")
                .texts(&[
                    "events",
                    "action_refs",
                    "execution_ids",
                    "end_event",
                    "end_execution_id",
                ])
                .gives(Shape::Events),
        )
        .merge(
            route(
                Method::GET,
                "/executions/{id}/output",
                Permission::StreamView,
                output,
            )
            .says(
                about("Tells what an action prints, as it prints it.")
                    .texts(&["output_type"])
                    .gives(Shape::Events),
            ),
        )
}

/// What a reader wants to hear.
struct Wish {
    events: Vec<String>,
    actions: Vec<String>,
    executions: Vec<Id>,
    until: Option<Id>,
    until_event: Option<String>,
}

impl Wish {
    fn read(call: &Call) -> Result<Self, Fault> {
        let mut events = page::words(&call.query, "events");
        if events.is_empty() {
            events = DEFAULT.map(str::to_owned).into();
        }
        Ok(Self {
            events,
            actions: page::words(&call.query, "action_refs"),
            executions: page::ids(&call.query, "execution_ids")?,
            until: page::id(&call.query, "end_execution_id")?,
            until_event: call
                .query
                .get("end_event")
                .filter(|event| !event.is_empty())
                .map(str::to_owned),
        })
    }

    fn hears(&self, event: &str) -> bool {
        self.events
            .iter()
            .any(|wanted| match wanted.strip_suffix('*') {
                Some(prefix) => event.starts_with(prefix),
                None => wanted == event,
            })
    }

    fn follows(&self, execution: &Execution) -> bool {
        (self.actions.is_empty()
            || self
                .actions
                .iter()
                .any(|action| action == execution.action.as_str()))
            && (self.executions.is_empty() || self.executions.contains(&execution.id))
    }
}

async fn stream(wire: Wire, call: Call) -> Answer {
    let wish = Wish::read(&call)?;
    let changes = wire.handle().changes();
    let (frames, body) = frames();
    let (task_wire, closing) = (wire.clone(), wire.handle().closing().clone());
    wire.handle().serve("stream", async move {
        tokio::select! {
            () = closing.cancelled() => {}
            () = tell(task_wire, wish, changes, frames) => {}
        }
    });
    Ok(body)
}

type Frames = mpsc::Sender<Result<Bytes, Infallible>>;

/// A response whose body is the frames sent.
fn frames() -> (Frames, Response) {
    let (sender, mut receiver) = mpsc::channel(WAITING);
    let frames = futures_util::stream::poll_fn(move |context| receiver.poll_recv(context));
    let mut response = Response::new(Body::from_stream(frames));
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/event-stream; charset=UTF-8"),
    );
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    (sender, response)
}

/// Sends what is wanted until the reader goes or the awaited end has come.
async fn tell(wire: Wire, wish: Wish, mut changes: Receiver<Change>, frames: Frames) {
    let mut reader = Reader {
        wire,
        wish,
        frames,
        told: 0,
    };
    // The first blank line lets the reader know that it listens from now on.
    let mut alive = reader.send(Bytes::from_static(b"\n")).await && reader.catch_up().await;
    while alive {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = tokio::time::sleep(HEARTBEAT) => {
                alive = reader.send(Bytes::from_static(b"\n")).await;
                continue;
            }
        };
        match change {
            Ok(change) => alive = reader.tell(change).await,
            // A reader that fell behind missed something; closing tells it to ask again.
            Err(RecvError::Lagged(_) | RecvError::Closed) => return,
        }
    }
}

/// Who listens to the stream. What its methods answer is false once the stream is to end.
struct Reader {
    wire: Wire,
    wish: Wish,
    frames: Frames,
    /// The output of the awaited execution was told up to this number.
    told: u64,
}

impl Reader {
    /// Tells what the awaited execution did before the reader listened: whoever starts an action and then listens until
    /// it ends would otherwise wait for ever for one that was quick.
    async fn catch_up(&mut self) -> bool {
        let Some(awaited) = self.wish.until else {
            return true;
        };
        // Read first, so that nothing can be printed after what is told here if it has ended.
        let Ok(execution) = self.wire.handle().store().execution(awaited).await else {
            return false;
        };
        if self.wish.hears(OUTPUT) && !self.replay(awaited).await {
            return false;
        }
        match execution {
            Some(ended) if ended.status.is_final() => self.tell_execution(&ended, "update").await,
            Some(_) | None => true,
        }
    }

    async fn replay(&mut self, awaited: Id) -> bool {
        loop {
            let chunks = executions::read_output(&self.wire, awaited, None, self.told).await;
            let Ok(chunks) = chunks else { return false };
            let Some(last) = chunks.last() else {
                return true;
            };
            self.told = last.sequence;
            for chunk in &chunks {
                if !self.send(frame(OUTPUT, &output_shape(chunk, None))).await {
                    return false;
                }
            }
        }
    }

    async fn tell(&self, change: Change) -> bool {
        match change {
            Change::Created(execution) => self.tell_execution(&execution, "create").await,
            Change::Updated(execution) => self.tell_execution(&execution, "update").await,
            Change::Output(chunk) => {
                let executions = &self.wish.executions;
                let was_told =
                    self.wish.until == Some(chunk.execution) && chunk.sequence <= self.told;
                let is_wanted = self.wish.hears(OUTPUT)
                    && (executions.is_empty() || executions.contains(&chunk.execution));
                if was_told || !is_wanted {
                    return true;
                }
                self.send(frame(OUTPUT, &output_shape(&chunk, None))).await
            }
            Change::Announced(announced) => self.tell_announced(&announced).await,
        }
    }

    /// An announcement belongs to no execution: whoever chose some does not hear it.
    async fn tell_announced(&self, announced: &Announcement) -> bool {
        let event = format!("st2.announcement__{}", announced.route);
        let wish = &self.wish;
        if !wish.hears(&event) || !wish.actions.is_empty() || !wish.executions.is_empty() {
            return true;
        }
        let data = json!({"payload": announced.payload, "trace_context": announced.trace});
        self.send(frame(&event, &data)).await
    }

    async fn tell_execution(&self, execution: &Execution, what: &str) -> bool {
        let wish = &self.wish;
        if !wish.follows(execution) {
            return true;
        }
        let of_execution = format!("st2.execution__{what}");
        let of_liveaction = format!("st2.liveaction__{what}");
        if wish.hears(&of_execution) || wish.hears(&of_liveaction) {
            let attributes = shape::one_of_many(&Attributes::default(), execution);
            let shown = shape::shown(&self.wire, execution, &attributes, false).await;
            let Ok(shown) = shown else { return false };
            if wish.hears(&of_execution) && !self.send(frame(&of_execution, &shown)).await {
                return false;
            }
            if wish.hears(&of_liveaction)
                && !self.send(frame(&of_liveaction, &liveaction(&shown))).await
            {
                return false;
            }
        }
        let is_end = |event: &String| *event == of_execution;
        let ended = wish.until == Some(execution.id)
            && execution.status.is_final()
            && wish.until_event.as_ref().is_none_or(is_end);
        !ended
    }

    async fn send(&self, frame: Bytes) -> bool {
        self.frames.send(Ok(frame)).await.is_ok()
    }
}

/// StackStorm's internal twin of an execution, which older readers listen to.
fn liveaction(shown: &Json) -> Json {
    let mut twin = shown
        .get("liveaction")
        .cloned()
        .unwrap_or_else(|| json!({}));
    if let Some(twin) = twin.as_object_mut() {
        for name in [
            "status",
            "start_timestamp",
            "end_timestamp",
            "result",
            "context",
            "parameters",
        ] {
            if let Some(value) = shown.get(name) {
                twin.insert(name.to_owned(), value.clone());
            }
        }
    }
    twin
}

fn frame(event: &str, data: &Json) -> Bytes {
    Bytes::from(format!("event: {event}\ndata: {data}\n\n"))
}

fn output_shape(chunk: &OutputChunk, execution: Option<&Execution>) -> Json {
    json!({
        "id": Id::of(&format!("{}:{}", chunk.execution, chunk.sequence)),
        "execution_id": chunk.execution,
        "action_ref": execution.map(|execution| execution.action.to_string()),
        "runner_ref": execution.map(|execution| execution.runner.clone()),
        "timestamp": chunk.at,
        "output_type": chunk.kind.as_str(),
        "data": chunk.data,
    })
}

/// Replays what an action has printed, goes on while it prints, and ends with it.
async fn output(wire: Wire, call: Call) -> Answer {
    let execution = executions::found(&wire, &call).await?;
    let kind = executions::output_kind(&call)?;
    // Listening begins before reading, so that nothing falls between the two.
    let changes = wire.handle().changes();
    let (frames, body) = frames();
    let (task_wire, closing) = (wire.clone(), wire.handle().closing().clone());
    wire.handle().serve("output", async move {
        tokio::select! {
            () = closing.cancelled() => {}
            done = follow(&task_wire, &execution, kind, changes, &frames) => drop(done),
        }
    });
    Ok(body)
}

async fn follow(
    wire: &Wire,
    execution: &Execution,
    kind: Option<OutputKind>,
    mut changes: Receiver<Change>,
    frames: &Frames,
) -> Result<(), Fault> {
    let mut after = 0;
    loop {
        let ended = has_ended(wire, execution.id).await?;
        loop {
            let chunks = executions::read_output(wire, execution.id, kind, after).await?;
            let Some(last) = chunks.last() else { break };
            after = last.sequence;
            for chunk in &chunks {
                let data = output_shape(chunk, Some(execution));
                if frames.send(Ok(frame(OUTPUT, &data))).await.is_err() {
                    return Ok(());
                }
            }
        }
        if ended {
            drop(
                frames
                    .send(Ok(Bytes::from_static(b"event: EOF\ndata: ''\n\n")))
                    .await,
            );
            return Ok(());
        }
        await_news(&mut changes, execution.id, frames).await;
    }
}

async fn has_ended(wire: &Wire, id: Id) -> Result<bool, Fault> {
    let execution = wire.handle().store().execution(id).await?;
    Ok(execution.is_none_or(|execution| execution.status.is_final()))
}

/// Returns when something of this execution has changed, or something may have been missed.
async fn await_news(changes: &mut Receiver<Change>, id: Id, frames: &Frames) {
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = frames.closed() => return,
            () = tokio::time::sleep(HEARTBEAT) => {
                drop(frames.send(Ok(Bytes::from_static(b"\n"))).await);
                return;
            }
        };
        let concerns = match &change {
            Ok(Change::Created(execution) | Change::Updated(execution)) => execution.id == id,
            Ok(Change::Output(chunk)) => chunk.execution == id,
            Ok(Change::Announced(_)) => false,
            Err(_) => true,
        };
        if concerns {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    //! What a reader hears.
    use super::*;

    fn wish(events: &[&str]) -> Wish {
        let events = events.iter().map(|event| (*event).to_owned()).collect();
        Wish {
            events,
            actions: Vec::new(),
            executions: Vec::new(),
            until: None,
            until_event: None,
        }
    }

    #[test]
    fn events_are_heard_by_name_or_prefix() {
        let every = [
            ("st2.announcement__chatops", true),
            ("st2.execution__create", true),
            ("st2.execution.output__create", false),
        ];
        for (event, heard) in every {
            assert_eq!(wish(&DEFAULT).hears(event), heard, "{event}");
        }
        assert!(wish(&[OUTPUT]).hears(OUTPUT));
    }
}
