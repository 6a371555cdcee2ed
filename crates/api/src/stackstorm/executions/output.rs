//! What an action printed.

use squall_model::Id;
use squall_model::record::{OutputChunk, OutputKind};

use super::super::fault::Fault;
use super::super::reply;
use crate::call::Call;
use crate::route::Answer;
use crate::wire::Wire;

/// How many pieces are read at a time.
pub(crate) const AT_A_TIME: u64 = 1000;

/// All that was printed so far, as plain text.
pub(super) async fn get(wire: Wire, call: Call) -> Answer {
    let execution = super::found(&wire, &call).await?;
    let kind = kind(&call)?;
    let (mut text, mut after) = (String::new(), 0);
    loop {
        let chunks = read(&wire, execution.id, kind, after).await?;
        let Some(last) = chunks.last() else { break };
        after = last.sequence;
        chunks.iter().for_each(|chunk| text.push_str(&chunk.data));
    }
    reply::text(text)
}

/// Which output is asked for: `output_type`, all of it by default.
pub(crate) fn kind(call: &Call) -> Result<Option<OutputKind>, Fault> {
    match call.query.get("output_type") {
        None | Some("" | "all") => Ok(None),
        Some(word) => {
            let unknown = || {
                Fault::bad_request(format!(
                    "The output type \"{word}\" is not one of all, stdout, stderr, output."
                ))
            };
            OutputKind::parse(word).map(Some).ok_or_else(unknown)
        }
    }
}

/// Recorded output from after a sequence number on.
pub(crate) async fn read(
    wire: &Wire,
    execution: Id,
    kind: Option<OutputKind>,
    after: u64,
) -> Result<Vec<OutputChunk>, Fault> {
    let read = wire
        .handle()
        .store()
        .output(execution, kind, after, AT_A_TIME)
        .await;
    Ok(read?)
}
