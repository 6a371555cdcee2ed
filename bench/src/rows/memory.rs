//! Memory of a server that has nothing to do, without and with an environment for Python, which it starts as soon as a
//! pack has a Python action.

use serde_json::{Value, json};

use super::{Bench, Row, own_pack};
use crate::connection::{Connection, post};
use crate::failure::{Failure, Result};
use crate::figure::{Aim, Figure, median};
use crate::packs;
use crate::process;
use crate::server::Server;
use crate::stream::Stream;

pub(super) const ROW: Row = Row {
    name: "memory",
    about: "memory idle",
    measure,
};

/// How many actions are loaded.
const ACTIONS: usize = 100;

struct Run {
    resident: f64,
    idle: f64,
    with_python: f64,
}

fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let mut runs = Vec::new();
    for _ in 0..bench.scale.runs {
        runs.push(run(bench)?);
    }
    let idle = runs.iter().map(|run| run.idle).collect();
    let more = runs.iter().map(|run| run.with_python - run.idle).collect();
    let resident = median(runs.iter().map(|run| run.resident));
    Ok(vec![
        Figure::of(ROW.about, "MB", idle)?
            .aiming(Aim::AtMost(40.0))
            .beside(format!(
                "all processes, shared pages once; the server's own resident memory is {resident} MB; {ACTIONS} actions"
            )),
        Figure::of("the same, more with one Python environment", "MB", more)?
            .aiming(Aim::AtMost(50.0))
            .beside("its server and the children that wait"),
    ])
}

fn run(bench: &Bench) -> Result<Run> {
    let folder = bench.program.folder()?;
    let many = packs::with_actions(folder.path(), "many", "local-shell-script", ACTIONS)?;
    let server = bench
        .program
        .start(folder.path(), std::slice::from_ref(&many))?;
    let (idle, resident) = bench.runtime.block_on(async {
        tokio::time::sleep(bench.scale.settle).await;
        let idle = process::proportional_of_tree(server.pid())?;
        Ok::<_, Failure>((idle, server.resident()?))
    })?;
    drop(server);
    let folder = bench.program.folder()?;
    let server = bench.program.start(folder.path(), &[own_pack(), many])?;
    bench.runtime.block_on(async {
        greet(&server).await?;
        tokio::time::sleep(bench.scale.settle).await;
        let with_python = process::proportional_of_tree(server.pid())?;
        Ok(Run {
            resident,
            idle,
            with_python,
        })
    })
}

/// Runs one Python action to its end.
async fn greet(server: &Server) -> Result<()> {
    let heard = "/stream/v1/stream?events=st2.execution__update&action_refs=bench.greet";
    let mut stream = Stream::open(server.address, heard).await?;
    let mut connection = Connection::open(server.address).await?;
    let body = json!({"action": "bench.greet", "parameters": {"name": "memory"}}).to_string();
    let request = post(server.address, "/api/v1/executions", &body);
    let head = connection.exchange(request.as_bytes()).await?;
    if head.status != 201 {
        return Err(Failure::Answer {
            asked: "POST /api/v1/executions".to_owned(),
            status: head.status,
            body: connection.body(&head),
        });
    }
    loop {
        let execution = stream.next().await?;
        match execution.get("status").and_then(Value::as_str) {
            Some("requested" | "scheduled" | "running") => {}
            Some("succeeded") => return Ok(()),
            other => {
                return Err(Failure::Ended {
                    status: other.unwrap_or("nothing").to_owned(),
                    result: execution
                        .get("result")
                        .map(Value::to_string)
                        .unwrap_or_default(),
                });
            }
        }
    }
}
