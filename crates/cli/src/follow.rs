//! Follows an execution until it has ended, and hears what it prints.

use std::io::{self, BufRead};
use std::time::Duration;

use squall_model::Json;

use crate::client::{Client, Error, Place};

/// How long to wait before asking again after a stream broke off.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Waits until an execution has ended, and gives it. `hear` is told what it prints, from the beginning on.
pub(crate) fn until_ended(
    client: &Client,
    id: &str,
    hear: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<Json, Failed> {
    let mut heard = 0;
    loop {
        listen(client, id, &mut heard, hear)?;
        let execution = client.get(&Place::api(&["executions", id]))?.body;
        let status = execution
            .get("status")
            .and_then(Json::as_str)
            .unwrap_or_default();
        if is_final(status) {
            return Ok(execution);
        }
        std::thread::sleep(AGAIN_AFTER);
    }
}

/// Why following ended before the execution did.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// The server does not answer.
    #[error(transparent)]
    Client(#[from] Error),
    /// Who listens has gone.
    #[error("cannot pass on what the action prints")]
    Hear(#[from] io::Error),
}

/// Whether nothing more will happen to an execution with this status.
pub(crate) fn is_final(status: &str) -> bool {
    matches!(
        status,
        "succeeded" | "failed" | "timeout" | "abandoned" | "canceled"
    )
}

/// Hears the output from the beginning until the stream ends; what was heard before is left out.
fn listen(
    client: &Client,
    id: &str,
    heard: &mut usize,
    hear: &mut dyn FnMut(&str) -> io::Result<()>,
) -> Result<(), Failed> {
    let stream = client.listen(&Place::stream(&["executions", id, "output"]))?;
    let mut position = 0_usize;
    for frame in Frames(stream) {
        if frame.event == "EOF" {
            break;
        }
        position = position.saturating_add(1);
        if position <= *heard {
            continue;
        }
        *heard = position;
        let data: Json = serde_json::from_str(&frame.data).unwrap_or_default();
        hear(data.get("data").and_then(Json::as_str).unwrap_or_default())?;
    }
    Ok(())
}

/// One event of a stream of server-sent events.
#[derive(Debug, Default, PartialEq, Eq)]
struct Frame {
    event: String,
    data: String,
}

/// The frames of a stream, until it ends or breaks off.
struct Frames<Stream>(Stream);

impl<Stream: BufRead> Iterator for Frames<Stream> {
    type Item = Frame;

    fn next(&mut self) -> Option<Frame> {
        let mut frame = Frame::default();
        loop {
            let mut line = String::new();
            // A stream that breaks off ends; whoever wants more asks again.
            if self.0.read_line(&mut line).ok()? == 0 {
                return None;
            }
            let line = line.trim_end_matches(['\n', '\r']);
            if line.is_empty() && !(frame.event.is_empty() && frame.data.is_empty()) {
                return Some(frame);
            }
            if let Some(event) = line.strip_prefix("event:") {
                event.trim_start().clone_into(&mut frame.event);
            } else if let Some(data) = line.strip_prefix("data:") {
                frame.data.push_str(data.trim_start());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_end_with_a_blank_line_and_heartbeats_are_none() {
        let stream =
            "\n\nevent: a\ndata: {\"x\":1}\n\n\nevent: EOF\ndata: ''\n\nevent: broken off\n";
        let frames: Vec<Frame> = Frames(stream.as_bytes()).collect();
        let frame = |event: &str, data: &str| Frame {
            event: event.to_owned(),
            data: data.to_owned(),
        };
        assert_eq!(frames, [frame("a", "{\"x\":1}"), frame("EOF", "''")]);
    }
}
