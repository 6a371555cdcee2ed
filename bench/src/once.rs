//! One action, asked for over REST and waited for without reading its result.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::connection::{Connection, post};
use crate::failure::{Failure, Result};
use crate::server::Server;

/// How long an action may take.
const WITHIN: Duration = Duration::from_secs(120);

/// Between two looks at how far it is.
const EVERY: Duration = Duration::from_millis(20);

/// Runs an action to its good end; answers the size of its result, in bytes.
pub(crate) async fn run(server: &Server, action: &str, parameters: Value) -> Result<u64> {
    let mut connection = Connection::open(server.address).await?;
    let body = json!({"action": action, "parameters": parameters}).to_string();
    let request = post(server.address, "/api/v1/executions", &body);
    let head = connection.exchange(request.as_bytes()).await?;
    let body = connection.body(&head);
    let made: Value = serde_json::from_str(&body).unwrap_or_default();
    let Some(id) = made.get("id").and_then(Value::as_str) else {
        return Err(Failure::Answer {
            asked: "POST /api/v1/executions".to_owned(),
            status: head.status,
            body,
        });
    };
    let path = format!("/api/v1/executions/{id}?include_attributes=status,result_size");
    let begun = Instant::now();
    while begun.elapsed() < WITHIN {
        let (execution, _) = connection.get(&path).await?;
        match execution.get("status").and_then(Value::as_str) {
            Some("requested" | "scheduled" | "running") => tokio::time::sleep(EVERY).await,
            Some("succeeded") => {
                let size = execution.get("result_size").and_then(Value::as_u64);
                return size.ok_or(Failure::Unreadable("the size of a result"));
            }
            other => {
                return Err(Failure::Ended {
                    status: other.unwrap_or("nothing").to_owned(),
                    result: String::new(),
                });
            }
        }
    }
    Err(Failure::Late {
        awaited: "the end of an action",
        within: WITHIN,
    })
}
