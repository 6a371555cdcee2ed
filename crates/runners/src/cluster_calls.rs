//! Answers what actions of playbooks ask about their cluster: requests, commands in pods, and the workload that a name
//! belongs to. What may change the cluster is told to whoever keeps [`Effects`], before and afterwards.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::{Method, StatusCode};
use serde_json::json;
use squall_kubernetes::{Ask, Cluster, Exec, Exit, Kind, Selection};
use squall_model::{Json, Object};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::process::explain;
use crate::{KubernetesExec, KubernetesRequest, Later};

/// How long a command may take. The action that waits for it may be ended earlier.
const EXEC_WITHIN: Duration = Duration::from_secs(3600);
/// Bytes of a command's output that are kept.
const LONGEST_OUTPUT: usize = 16 * 1024 * 1024;
/// How many workloads of one kind in one namespace are looked through for a name.
const MOST_WORKLOADS: usize = 5_000;

/// The kinds of workloads that a name may belong to, as Robusta knows them.
const WORKLOADS: &[Kind] = &[
    Kind::DEPLOYMENT,
    Kind::STATEFUL_SET,
    Kind::DAEMON_SET,
    Kind::JOB,
];

/// Only what is common to all objects: it is all that is looked at.
const METADATA: &str =
    "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json";

/// Hears of everything by which an action may change the cluster.
pub trait Effects: Send + Sync {
    /// Whether it may be, before it is. The error is for the action's author.
    fn permit(&self, planned: &Effect) -> Later<'_, Result<(), String>>;
    /// What came of it. It comes to its end, and is told, even if nobody waits for it any more.
    fn note(&self, effect: Effect) -> Later<'_, ()>;
}

/// One request by which an action may change the cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// What: `create`, `replace`, `patch`, `delete` or `exec`.
    pub verb: &'static str,
    /// On what, such as `/api/v1/namespaces/shop/pods/web-1`.
    pub path: String,
    /// The command that runs, if one does.
    pub command: Option<Vec<String>>,
    /// The version of the object before, where it is known.
    pub before: Option<String>,
    /// The version of the object afterwards, where there is one.
    pub after: Option<String>,
    /// Whether the cluster was only asked what would come of it.
    pub dry_run: bool,
    /// What the cluster answered: `200` and so on, or a command's exit code; why not, if it did not.
    pub outcome: Option<Result<i32, String>>,
}

/// One cluster, asked on behalf of one action or event. Cheap to clone.
#[derive(Clone)]
pub struct ClusterCalls {
    cluster: Cluster,
    effects: Arc<dyn Effects>,
    tasks: TaskTracker,
}

impl ClusterCalls {
    /// Asks this cluster, and tells of effects. What has begun to change the cluster goes on among `tasks` if nobody waits
    /// for it any more.
    pub fn new(cluster: Cluster, effects: Arc<dyn Effects>, tasks: TaskTracker) -> Self {
        Self {
            cluster,
            effects,
            tasks,
        }
    }

    /// One request: `{code, reason, headers, body}`.
    ///
    /// # Errors
    /// The cluster could not be asked; the text is for the action's author.
    pub async fn request(&self, request: KubernetesRequest) -> Result<Json, String> {
        let ask = ask(request)?;
        let Some(effect) = effect(&ask) else {
            return answer(&self.cluster, ask).await;
        };
        self.effects.permit(&effect).await?;
        let this = self.clone();
        let changing = self
            .tasks
            .spawn(async move { this.change(ask, effect).await });
        let changed = changing.await;
        changed.unwrap_or_else(|error| Err(format!("the request was given up: {error}")))
    }

    /// One command in a pod: `{output, exit_code}`.
    ///
    /// # Errors
    /// It did not run to its end; the text is for the action's author.
    pub async fn exec(&self, exec: KubernetesExec) -> Result<Json, String> {
        let path = Kind::POD.path(Some(&exec.namespace), &exec.pod);
        let mut effect = Effect {
            command: Some(exec.command.clone()),
            ..Effect::planned("exec", path)
        };
        self.effects.permit(&effect).await?;
        let input = exec.input.map(|input| STANDARD.decode(input)).transpose();
        let exec = Exec {
            namespace: exec.namespace,
            pod: exec.pod,
            container: exec.container,
            command: exec.command,
            input: input.map_err(|error| format!("what a command reads is no base64: {error}"))?,
            within: EXEC_WITHIN,
            longest_output: LONGEST_OUTPUT,
            running_within: None,
        };
        // Nobody waits any more when this is dropped: then the command is left to itself, and that is what is noted.
        let mut note = NoteOnDrop {
            effects: Arc::clone(&self.effects),
            tasks: self.tasks.clone(),
            effect: Some(Effect {
                outcome: Some(Err("nobody waited for its end".to_owned())),
                ..effect.clone()
            }),
        };
        let ran = self.cluster.exec(&exec, &CancellationToken::new()).await;
        note.effect = None;
        let answer = match ran {
            Ok(ran) => ended(ran),
            Err(error) => Err(explain(&error)),
        };
        effect.outcome = Some(answer.as_ref().map(|(code, _)| *code).map_err(Clone::clone));
        self.effects.note(effect).await;
        answer.map(|(code, output)| json!({"output": output, "exit_code": code}))
    }

    /// The workload that a name belongs to: the one with the longest name that the given one begins with.
    ///
    /// # Errors
    /// The cluster could not be asked; the text is for the action's author.
    pub async fn service_of(&self, name: &str, namespace: &str) -> Result<Json, String> {
        let mut best: Option<(usize, Json)> = None;
        for kind in WORKLOADS {
            let selection = Selection::of(Some(namespace));
            let found = self.cluster.list(kind, &selection, MOST_WORKLOADS).await;
            for workload in found.map_err(|error| explain(&error))? {
                let known = workload.pointer("/metadata/name").and_then(Json::as_str);
                let Some(known) = known.filter(|known| name.starts_with(known)) else {
                    continue;
                };
                if best
                    .as_ref()
                    .is_none_or(|(length, _)| known.len() > *length)
                {
                    let told =
                        json!({"resource_type": kind.kind, "name": known, "namespace": namespace});
                    best = Some((known.len(), told));
                }
            }
        }
        Ok(best.map_or(Json::Null, |(_, told)| told))
    }

    async fn change(&self, ask: Ask, mut effect: Effect) -> Result<Json, String> {
        if effect.verb != "create" {
            let before = Ask {
                accept: Some(METADATA.to_owned()),
                ..Ask::get(&ask.path)
            };
            // A list has a version too, but it is that of no object.
            let before = self.cluster.json(before).await.ok();
            effect.before = before.filter(is_object).as_ref().and_then(version);
        }
        let answer = answer(&self.cluster, ask).await;
        effect.outcome = Some(match &answer {
            Ok(answer) => Ok(status(answer)),
            Err(error) => Err(error.clone()),
        });
        let body = answer.as_ref().ok().and_then(|answer| answer.get("body"));
        effect.after = body.filter(|body| is_object(body)).and_then(version);
        self.effects.note(effect).await;
        answer
    }
}

impl Effect {
    fn planned(verb: &'static str, path: String) -> Self {
        Self {
            verb,
            path,
            command: None,
            before: None,
            after: None,
            dry_run: false,
            outcome: None,
        }
    }
}

/// Notes an effect of which nobody hears the end.
struct NoteOnDrop {
    effects: Arc<dyn Effects>,
    tasks: TaskTracker,
    effect: Option<Effect>,
}

impl Drop for NoteOnDrop {
    fn drop(&mut self) {
        if let Some(effect) = self.effect.take() {
            let effects = Arc::clone(&self.effects);
            self.tasks.spawn(async move { effects.note(effect).await });
        }
    }
}

fn ask(request: KubernetesRequest) -> Result<Ask, String> {
    let method = Method::from_bytes(request.method.as_bytes());
    let method = method.map_err(|_| format!("`{}` is no method", request.method))?;
    let mut ask = Ask::new(method, request.path);
    for (name, value) in request.query {
        match value {
            Json::Null => {}
            Json::Array(values) => {
                for value in values {
                    ask = ask.query(&name, text(&value));
                }
            }
            value => ask = ask.query(&name, text(&value)),
        }
    }
    ask.content_type = request.content_type;
    ask.body = Some(request.body).filter(|body| !body.is_null());
    Ok(ask)
}

/// A parameter as clients write it.
fn text(value: &Json) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// What a request may change; nothing if it only reads.
fn effect(ask: &Ask) -> Option<Effect> {
    let verb = match ask.method {
        // Questions about rights are asked by POST, but change nothing.
        Method::POST if ask.path.ends_with("reviews") => return None,
        Method::POST => "create",
        Method::PUT => "replace",
        Method::PATCH => "patch",
        Method::DELETE => "delete",
        _ => return None,
    };
    let is_dry = |(name, value): &(String, String)| name == "dryRun" && value == "All";
    Some(Effect {
        dry_run: ask.query.iter().any(is_dry),
        ..Effect::planned(verb, ask.path.clone())
    })
}

async fn answer(cluster: &Cluster, ask: Ask) -> Result<Json, String> {
    let answer = cluster.ask(ask).await.map_err(|error| explain(&error))?;
    let is_json = |kind: &str| {
        kind.split(';')
            .next()
            .is_some_and(|kind| kind.ends_with("json"))
    };
    let parsed: Option<Json> = match answer.header("content-type") {
        Some(kind) if is_json(kind) => serde_json::from_slice(&answer.body).ok(),
        _ => None,
    };
    let text = || Json::from(String::from_utf8_lossy(&answer.body));
    let body = parsed.unwrap_or_else(text);
    let reason = StatusCode::from_u16(answer.status).ok();
    let reason = reason.and_then(|status| status.canonical_reason());
    let headers = answer
        .headers
        .into_iter()
        .map(|(name, value)| (name, value.into()));
    Ok(json!({
        "code": answer.status,
        "reason": reason.unwrap_or_default(),
        "headers": Object::from_iter(headers),
        "body": body,
    }))
}

fn status(answer: &Json) -> i32 {
    let code = answer.get("code").and_then(Json::as_i64);
    code.and_then(|code| i32::try_from(code).ok())
        .unwrap_or_default()
}

fn is_object(body: &Json) -> bool {
    body.get("items").is_none() && body.get("kind").and_then(Json::as_str) != Some("Status")
}

fn version(object: &Json) -> Option<String> {
    let version = object.pointer("/metadata/resourceVersion")?.as_str()?;
    Some(version.to_owned())
}

/// A command's exit code and output, unless it has not come to an end.
fn ended(ran: squall_kubernetes::Executed) -> Result<(i32, String), String> {
    let mut output = String::from_utf8_lossy(&ran.output).into_owned();
    if ran.dropped > 0 {
        output = format!("{output}\n[cut here: {} more bytes]\n", ran.dropped);
    }
    match ran.exit {
        Exit::Code(code) => Ok((code, output)),
        Exit::Lost { reason, message } => Err(format!(
            "the command did not come to an end: {reason}: {message}"
        )),
        Exit::TimedOut => Err(format!(
            "the command took longer than {} seconds",
            EXEC_WITHIN.as_secs()
        )),
        Exit::Cancelled => Err("the command was given up".to_owned()),
    }
}

#[cfg(test)]
mod tests;
