//! `squall playbook trigger ACTION name=value ...`: an action of playbooks by hand, on a server.

use clap::Args;
use serde_json::json;
use squall_model::{Json, Object};

use crate::client::Place;
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::parameters;
use crate::remote::Remote;
use crate::show;

/// Run an action of playbooks on a server, and wait for its end
///
/// Parameters are `name=value`: the action's own, and what it is done to (`name`, `namespace`, `kind`). Lists and objects are
/// written as JSON; everything else is a text, of which the action makes what it takes. What it finds goes to the sinks, and
/// the execution is recorded. Ends with 0 if the action went well and with 1 if it did not.
#[derive(Debug, Args)]
pub(crate) struct Trigger {
    /// The action, such as `logs_enricher`
    action: String,
    /// What it is given
    #[arg(value_name = "NAME=VALUE")]
    parameters: Vec<String>,
    /// A sink that its findings go to, in place of the default ones; may be given more than once
    #[arg(long = "sink", value_name = "NAME")]
    sinks: Vec<String>,
    /// Send its findings to no sink
    #[arg(long, conflicts_with = "sinks")]
    no_sinks: bool,
    #[command(flatten)]
    remote: Remote,
}

impl Trigger {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let mut request = json!({
            "action_name": self.action,
            "action_params": read(&self.parameters)?,
            "no_sinks": self.no_sinks,
            "sync_response": true,
        });
        if let (false, Some(request)) = (self.sinks.is_empty(), request.as_object_mut()) {
            request.insert("sinks".to_owned(), json!(self.sinks));
        }
        let client = self.remote.client(console)?;
        let answer = client.post(&Place::robusta(&["trigger"]), &request)?.body;
        show::value(console, self.remote.output, &answer)?;
        let went_well = answer.get("success") == Some(&Json::Bool(true));
        Ok(if went_well {
            Ending::Well
        } else {
            Ending::Badly
        })
    }
}

fn read(words: &[String]) -> Result<Object, parameters::Error> {
    let read = |word: &String| {
        let nameless = || parameters::Error::Nameless {
            value: word.clone(),
        };
        let (name, value) = word.split_once('=').ok_or_else(nameless)?;
        let structure = value
            .starts_with(['[', '{'])
            .then(|| serde_json::from_str(value).ok());
        let value = structure.flatten().unwrap_or_else(|| Json::from(value));
        Ok((name.to_owned(), value))
    };
    words.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_texts_unless_they_are_lists_or_objects() {
        let words = [
            "name=web-1",
            "tail=5",
            "names=[\"a\"]",
            "text=[no json",
            "empty=",
        ];
        let read = read(&words.map(str::to_owned)).unwrap();
        let wanted =
            json!({"name": "web-1", "tail": "5", "names": ["a"], "text": "[no json", "empty": ""});
        assert_eq!(Json::Object(read), wanted);
    }

    #[test]
    fn a_word_without_a_name_is_told() {
        let wrong = read(&["web-1".to_owned()]).unwrap_err();
        assert_eq!(
            wrong.to_string(),
            "cannot tell which parameter `web-1` is for; write NAME=web-1"
        );
    }
}
