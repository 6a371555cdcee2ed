//! `announcement`: tells everybody who follows the event stream.
//!
//! The parameters of the action are the message. They go out as the event `st2.announcement__<route>` with the data
//! `{payload, trace_context}`, and only to those who listen at that moment. Chat bots and user interfaces choose by the
//! route. Parameters that are secret are masked, on the stream and in the result `{output: <parameters>, <parameters>}`.
//!
//! ```yaml
//! name: post_message
//! runner_type: announcement
//! parameters:
//!   experimental: {default: true, immutable: true}
//!   route: {default: chatops, immutable: true}
//!   message: {type: string, required: true}
//! ```

use serde::Deserialize;
use squall_model::outcome::Outcome;
use squall_model::{Json, mask};

use crate::{Call, Run, Runner};

/// Tells those who listen.
pub(crate) struct Announcement;

/// What an action of this runner may set.
#[derive(Deserialize)]
pub(crate) struct Params {
    #[serde(default)]
    experimental: bool,
    #[serde(default = "general")]
    route: String,
}

fn general() -> String {
    "general".to_owned()
}

impl Runner for Announcement {
    const NAME: &'static str = "announcement";
    const DEFINITION: &'static str = r#"{
        "description": "Announces its parameters on the event stream.",
        "package": "announcement_runner",
        "parameters": {
            "experimental": {"type": "boolean", "description": "Must be true: the author knows that this runner is experimental.", "default": false, "required": true},
            "route": {"type": "string", "description": "Words, separated by dots, by which listeners choose.", "default": "general", "maxLength": 255, "minLength": 1}
        }
    }"#;
    type Params = Params;

    async fn run(params: Params, run: Run) -> Outcome {
        if !params.experimental {
            let action = &run.action.reference;
            return Outcome::error(format!("Experimental flag is missing for action {action}"));
        }
        // The route is part of a line of the stream: it must not be able to begin another.
        if params.route.chars().any(char::is_control) {
            return Outcome::error("the parameter `route` must not hold control characters");
        }
        let said = mask::parameters(&run.parameters, &run.action.parameters);
        let announce = Call::Announce {
            route: params.route,
            payload: said.clone(),
        };
        if let Err(refusal) = run.calls.call(announce).await {
            return Outcome::error(refusal);
        }
        let mut result = said.clone();
        result.shift_insert(0, "output".to_owned(), Json::Object(said));
        Outcome::succeeded(Json::Object(result))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use serde_json::json;
    use squall_model::outcome::Verdict;

    use super::*;
    use crate::testing::{Attempt, object};
    use crate::{Calls, Later};

    #[derive(Default)]
    struct Listener(Mutex<Vec<Call>>);

    impl Calls for Listener {
        fn call(&self, call: Call) -> Later<'_, Result<Json, String>> {
            self.0.lock().unwrap().push(call);
            Box::pin(std::future::ready(Ok(Json::Null)))
        }
    }

    async fn announce(parameters: Json) -> (Outcome, Vec<Call>) {
        let listener = Arc::new(Listener::default());
        let mut attempt = Attempt::new("announcement", parameters).in_pack(
            "/nowhere".into(),
            json!({"parameters": {"pin": {"type": "string", "secret": true}}}),
            json!({"text": "hello", "pin": "1234"}),
        );
        attempt.run.calls = Arc::clone(&listener) as Arc<dyn Calls>;
        let outcome = attempt.outcome().await;
        let heard = std::mem::take(&mut *listener.0.lock().unwrap());
        (outcome, heard)
    }

    #[tokio::test]
    async fn the_parameters_are_the_message_and_secrets_are_none_of_it() {
        let (outcome, heard) = announce(json!({"experimental": true, "route": "chatops"})).await;
        let said = object(json!({"text": "hello", "pin": "********"}));
        let expected = Call::Announce {
            route: "chatops".to_owned(),
            payload: said.clone(),
        };
        assert_eq!(heard, [expected]);
        assert_eq!(
            outcome.result,
            json!({"output": said, "text": "hello", "pin": "********"})
        );
        assert_eq!(outcome.verdict, Verdict::Succeeded);
    }

    #[tokio::test]
    async fn nothing_is_told_without_the_flag_or_by_a_route_of_several_lines() {
        for parameters in [
            json!({}),
            json!({"experimental": false}),
            json!({"experimental": true, "route": "a\nevent: st2.execution__update"}),
            json!({"experimental": true, "route": "a\rb"}),
        ] {
            let (outcome, heard) = announce(parameters.clone()).await;
            assert_eq!(outcome.verdict, Verdict::Failed, "{parameters}");
            assert_eq!(heard, [], "{parameters}");
        }
    }
}
