//! `squall demo`: an alert becomes a saved heap profile, played from beginning to end in a folder of its own.

mod stages;
mod stand_in;

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use fs_err as fs;
use serde_json::json;

use crate::built_in;
use crate::client::{self, Client, Settings};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::logs::{self, LogFormat};
use crate::serving::{self, Plan, Running, StackstormPorts, crypto_key, folders};
use stages::Stages;
use stand_in::StandIn;

/// Play Squall's story on this machine: an alert becomes a saved heap profile
///
/// A server is started in a folder of its own, with the pack `labs_sre` and a stand-in for a pod that has a Go
/// profiler. Alertmanager's message is posted to a webhook; a rule decides; a Python action saves the heap profile.
/// Each stage is told with its time and with where to look. Ends with 0 if every stage went well.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Play in this folder, which must not be there yet [default: a new temporary folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Leave out the stage that needs a network: an action with a library that pip installs
    #[arg(long)]
    offline: bool,
}

/// Why the story did not come to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The folder cannot be used.
    #[error("cannot prepare the folder of the demo")]
    Folder(#[source] io::Error),
    /// The stand-in cannot listen.
    #[error("cannot start the stand-in for a pod")]
    StandIn(#[source] io::Error),
    /// The server does not start.
    #[error("cannot start the server of the demo")]
    Server(#[source] serving::Error),
    /// The server does not answer as it should.
    #[error("the demo ended at the stage `{stage}`")]
    Stage {
        stage: &'static str,
        #[source]
        source: client::Error,
    },
    /// Something else came of it than the story says.
    #[error("the demo ended at the stage `{stage}`: {told}")]
    Otherwise { stage: &'static str, told: String },
}

impl Demo {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let folder = folder(self.folder.as_deref()).map_err(Error::Folder)?;
        let log = fs::File::create(folder.join("squall.log")).map_err(Error::Folder)?;
        let _log = logs::start(LogFormat::Text, "info", false, log.into_file())
            .map_err(serving::Error::Log)?;
        let place = folder.display();
        console.line(format!("A pod comes near its memory limit; its heap profile is saved before it is gone.\nEverything of this demo is in {place}, and stays there.\n"))?;
        let mut stages = Stages::begin(console);
        let pod = StandIn::start().map_err(Error::StandIn)?;
        stages.done(
            "pod",
            &format!("shop-7c9 has its profiler at {}", pod.url()),
        )?;
        prepare(&folder, &pod).map_err(Error::Folder)?;
        let running = Running::start(plan(&folder, &mut stages)?).map_err(Error::Server)?;
        stages.done("server", &format!("is ready at {}", running.url()))?;
        let played = self.play(&mut stages, &running, &folder);
        running.stop();
        played?;
        console.line(look_around(&folder))?;
        Ok(Ending::Well)
    }

    fn play(
        &self,
        stages: &mut Stages<'_>,
        running: &Running,
        folder: &Path,
    ) -> Result<(), Failure> {
        let client = client(running.url())?;
        stages.play(&client)?;
        if self.offline {
            return Ok(());
        }
        bring_requirements(folder).map_err(Error::Folder)?;
        stages.table(&client)
    }
}

fn client(url: &str) -> Result<Client, Failure> {
    Ok(Client::new(Settings {
        url: url.to_owned(),
        credential: None,
        certificates: None,
    })?)
}

/// A new folder, which stays when the demo is over: it is what there is to look at.
fn folder(wanted: Option<&Path>) -> io::Result<PathBuf> {
    let folder = match wanted {
        Some(folder) => {
            fs::create_dir(folder)?;
            folder.to_owned()
        }
        None => tempfile::Builder::new()
            .prefix("squall-demo-")
            .tempdir()?
            .keep(),
    };
    fs::canonicalize(folder)
}

/// What the pack asks pip for. The story itself needs none of it, so it is held back until it does.
const REQUIREMENTS: &str = "requirements.txt";

fn bring_requirements(folder: &Path) -> io::Result<()> {
    fs::rename(
        folder.join(REQUIREMENTS),
        folder.join("packs/labs_sre").join(REQUIREMENTS),
    )
}

/// The pack, and its config: which pods there are, and where profiles go.
fn prepare(folder: &Path, pod: &StandIn) -> io::Result<()> {
    let pack = folder.join("packs/labs_sre");
    built_in::labs_sre(&pack)?;
    fs::rename(pack.join(REQUIREMENTS), folder.join(REQUIREMENTS))?;
    let inventory = folder.join("pods.json");
    fs::write(&inventory, pod.inventory().to_string())?;
    let config = json!({"inventory": inventory, "profiles_dir": folder.join("profiles")});
    let configs = folder.join("data/configs");
    fs::create_dir_all(&configs)?;
    // JSON is YAML, too.
    fs::write(configs.join("labs_sre.yaml"), format!("{config:#}\n"))
}

fn plan(folder: &Path, stages: &mut Stages<'_>) -> Result<Plan, serving::Error> {
    let data = folders::data(&folder.join("data"))?;
    let mut server = squall_server::Settings::for_development(data.clone());
    server.packs = folders::packs(&data, &[folder.join("packs")])?;
    server.crypto_key = Some(crypto_key::of_data(&data)?);
    server.guard = serving::guard();
    let mut environment = stages.environment().for_actions();
    // Without a network pip would try again and again.
    environment.extend([
        ("PIP_RETRIES".into(), "1".into()),
        ("PIP_TIMEOUT".into(), "10".into()),
    ]);
    Ok(Plan {
        wire: squall_api::Settings::for_development(&server.system_user),
        server,
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        stackstorm_ports: StackstormPorts::Off,
        certificate: None,
        public_url: None,
        environment,
    })
}

fn look_around(folder: &Path) -> String {
    let folder = folder.display();
    format!(
        "\nTo look around, start a server on it, and ask it from another terminal:\n\n    \
         squall dev --data {folder}/data --packs {folder}/packs\n    \
         squall event list\n    \
         squall execution get last\n    \
         squall rule get labs_sre.generate_pprof_with_webhook"
    )
}
