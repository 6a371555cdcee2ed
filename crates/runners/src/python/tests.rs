//! Python actions run for real.

use std::sync::{Arc, Mutex};

use fs_err as fs;
use serde_json::json;
use squall_model::action::Action;
use squall_model::outcome::Verdict;
use squall_model::record::OutputKind;
use squall_model::{Id, Reference};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{Call, Calls, Host, Later, Output};

#[tokio::test]
async fn a_first_action() {
    let desk = Desk::new();
    let source = "
from st2common.runners.base_action import Action

class Greet(Action):
    def run(self, name):
        print('hello', name)
        self.logger.info('greeted')
        return True, {'greeted': name, 'config': self.config}
";
    let outcome = desk.run(source, json!({"name": "Ünal"})).await;
    assert_eq!(outcome.verdict, Verdict::Succeeded, "{outcome:?}");
    assert_eq!(
        outcome.result,
        json!({
            "stdout": "hello Ünal\n",
            "stderr": "st2.actions.python.Greet: INFO     greeted\n",
            "exit_code": 0,
            "result": {"greeted": "Ünal", "config": {}},
        })
    );
}

/// A pack in a folder, and a host.
struct Desk {
    folder: TempDir,
    host: Arc<Host>,
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = crate::Settings {
            environment: std::env::vars_os().collect(),
            python: Settings {
                data: folder.path().join("data"),
                ..Settings::default()
            },
            ..crate::Settings::default()
        };
        let host = Host::start(settings).unwrap();
        Self { folder, host }
    }

    async fn run(&self, source: &str, parameters: Json) -> Outcome {
        let pack = self.folder.path().join("pack");
        fs::create_dir_all(pack.join("actions")).unwrap();
        fs::write(pack.join("actions/it.py"), source).unwrap();
        let run = Run {
            execution: Id::of("execution"),
            action: Arc::new(Action {
                id: Id::of("action"),
                reference: Reference::new("tests", "it"),
                description: None,
                enabled: true,
                runner_type: "python-script".to_owned(),
                entry_point: "it.py".to_owned(),
                parameters: Default::default(),
                output_schema: Object::new(),
                notify: Object::new(),
                tags: Vec::new(),
                metadata_file: None,
            }),
            pack_dir: Some(pack),
            parameters: parameters.as_object().unwrap().clone(),
            user: "stanley".to_owned(),
            config: Object::new(),
            environment: Vec::new(),
            output: Arc::new(Heard::default()),
            calls: Arc::new(NoCalls),
            cancel: CancellationToken::new(),
            host: Arc::clone(&self.host),
        };
        crate::find("python-script")
            .unwrap()
            .run(Object::new(), run)
            .await
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<(OutputKind, String)>>);

impl Output for Heard {
    fn write(&self, kind: OutputKind, data: String) -> Later<'_, ()> {
        self.0.lock().unwrap().push((kind, data));
        Box::pin(std::future::ready(()))
    }
}

struct NoCalls;

impl Calls for NoCalls {
    fn call(&self, _: Call) -> Later<'_, Result<Json, String>> {
        Box::pin(std::future::ready(Err("nobody answers".to_owned())))
    }
}
