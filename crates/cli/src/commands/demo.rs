//! `squall demo`: two stories, played from beginning to end in a folder of their own, on a fake cluster or a real one.

mod containers;
mod crash;
mod finding;
mod interruption;
mod memory;
mod objects;
mod playground;
mod stages;

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use fs_err as fs;
use serde_json::json;
use squall_model::Json;
use tokio::time::{Instant, timeout};

use crate::built_in;
use crate::client::{self, Client, Place, Settings};
use crate::console::Console;
use crate::failure::{Ending, Failure};
use crate::logs::{self, LogFormat};
use crate::serving::{self, Plan, Running, StackstormPorts, crypto_key, folders};
use playground::Playground;
use stages::{Stages, answered};

/// Play two stories of what goes wrong in a cluster, and what Squall does about it
///
/// A pod comes near its memory limit: Alertmanager's message is posted to a webhook, a rule of the pack `labs_sre` decides,
/// and a Python action saves the heap profile by a command in the pod. Another pod crashes again and again: Squall sees
/// it, and a playbook finds out why, with logs and events. Each stage is told with its time.
///
/// The cluster is a fake one in this process, or with --kubeconfig a real one: there a namespace, `dm-demo-app`, is made
/// for it, and taken away at the end, on Ctrl-C too. Ends with 0 if every stage went well.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Play in this folder, which must not be there yet [default: a new temporary folder]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,
    /// Play on the cluster of this kubeconfig [default: a fake cluster]
    #[arg(long, value_name = "FILE")]
    kubeconfig: Option<PathBuf>,
    /// Leave out the stage that needs a network: an action with a library that pip installs
    #[arg(long)]
    offline: bool,
}

/// Why the stories did not come to their end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// The folder cannot be used.
    #[error("cannot prepare the folder of the demo")]
    Folder(#[source] io::Error),
    /// There is no fake cluster.
    #[error("cannot start the fake cluster of the demo")]
    Fake(#[source] squall_kubernetes::fake::Error),
    /// The cluster does not do what the demo needs.
    #[error("cannot play on this cluster")]
    Cluster(#[source] squall_kubernetes::Error),
    /// Somebody else's, or left behind by a demo that was killed.
    #[error("the cluster has a namespace `{0}` already, and the demo only plays in one of its own")]
    NotOurs(&'static str),
    /// What was made is there still.
    #[error("cannot take away the namespace `{namespace}`: it is left behind")]
    LeftBehind {
        namespace: &'static str,
        #[source]
        source: squall_kubernetes::Error,
    },
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
    /// By whoever watched it.
    #[error("the demo was interrupted")]
    Interrupted,
}

impl Error {
    /// What the user can do next.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NotOurs(_) | Self::LeftBehind { .. } => {
                "kubectl delete namespace dm-demo-app, if nobody else uses it"
            }
            Self::Cluster(_) => {
                "a kubeconfig that may make namespaces and pods, run commands in them, and watch all pods"
            }
            Self::Interrupted => "the same again, when there is time for it",
            _ => "look at squall.log in the folder of the demo",
        }
    }
}

/// How long a story may wait for what is to come of it: a real cluster has to notice that a pod crashes.
const COMES_WITHIN: Duration = Duration::from_secs(180);

/// How long the server's first look at the cluster may take.
const WATCHING_WITHIN: Duration = Duration::from_secs(60);

const ASK_EVERY: Duration = Duration::from_millis(5);

/// What a story is played with.
struct Playing<'a, 'c> {
    stages: &'a mut Stages<'c>,
    playground: &'a Playground,
    running: &'a Running,
    client: &'a Client,
}

impl Playing<'_, '_> {
    /// The first entry of a list, once there is one.
    fn first(&self, stage: &'static str, place: &Place) -> Result<Json, Error> {
        let begun = Instant::now();
        while begun.elapsed() < COMES_WITHIN {
            let mut found = answered(stage, self.client.get(place))?.body;
            if let Some(first) = found.get_mut(0) {
                return Ok(first.take());
            }
            std::thread::sleep(ASK_EVERY);
        }
        let told = format!("nothing came of it within {} s", COMES_WITHIN.as_secs());
        Err(Error::Otherwise { stage, told })
    }
}

impl Demo {
    pub(super) fn run(self, console: &mut Console) -> Result<Ending, Failure> {
        let folder = folder(self.folder.as_deref()).map_err(Error::Folder)?;
        let log = fs::File::create(folder.join("squall.log")).map_err(Error::Folder)?;
        let _log = logs::start(LogFormat::Text, "info", false, log.into_file())
            .map_err(serving::Error::Log)?;
        console.line(format!(
            "Two things go wrong in a cluster, and Squall deals with both.\nWhat it writes is in {}, and stays there.\n",
            folder.display()
        ))?;
        let mut stages = Stages::begin(console);
        let mut playground = Playground::begin(&folder, self.kubeconfig.as_deref())?;
        let played = self.play(&mut stages, &mut playground, &folder);
        if playground.interruption().is_there() {
            stages.more("", "interrupted: what was made is taken away")?;
        }
        let cleared = playground.clear();
        if playground.interruption().is_there() {
            cleared?;
            return Err(Error::Interrupted.into());
        }
        played?;
        if cleared? && self.kubeconfig.is_some() {
            stages.done("cluster", "the namespace dm-demo-app is gone again")?;
        }
        console.line(look_around(&folder))?;
        Ok(Ending::Well)
    }

    fn play(
        &self,
        stages: &mut Stages<'_>,
        playground: &mut Playground,
        folder: &Path,
    ) -> Result<(), Failure> {
        playground.make_namespace()?;
        let whose = if self.kubeconfig.is_some() {
            "yours, with a new namespace dm-demo-app:"
        } else {
            "a fake one inside this process:"
        };
        stages.done("cluster", &format!("{whose} {}", playground.address()))?;
        prepare(folder, playground).map_err(Error::Folder)?;
        let running = Running::start(plan(folder, stages, playground)?).map_err(Error::Server)?;
        running.stop_after(playground.interruption().fired());
        let played = match watch(playground, &running) {
            Ok(()) => self.stories(stages, playground, &running, folder),
            Err(error) => Err(error.into()),
        };
        running.stop();
        played
    }

    fn stories(
        &self,
        stages: &mut Stages<'_>,
        playground: &Playground,
        running: &Running,
        folder: &Path,
    ) -> Result<(), Failure> {
        let client = client(running.url())?;
        let told = format!("{} is ready, and watches the pods", running.url());
        stages.done("server", &told)?;
        let mut playing = Playing {
            stages,
            playground,
            running,
            client: &client,
        };
        playing
            .stages
            .story("1. A pod nears its memory limit: its heap is saved before it is restarted")?;
        memory::play(&mut playing)?;
        playing
            .stages
            .story("2. A pod crashes again and again: a playbook finds out why")?;
        crash::play(&mut playing)?;
        if self.offline {
            return Ok(());
        }
        playing
            .stages
            .story("3. One more action needs a library, which pip installs for its pack")?;
        bring_requirements(folder).map_err(Error::Folder)?;
        memory::table(playing.stages, &client)
    }
}

/// Waits until the server has seen the pods that are there.
fn watch(playground: &Playground, running: &Running) -> Result<(), Error> {
    let looking = async {
        let watching = timeout(WATCHING_WITHIN, running.handle().until_watching());
        playground.interruption().or(watching).await
    };
    match running.wait(looking) {
        None => Err(Error::Interrupted),
        Some(Ok(())) => Ok(()),
        Some(Err(_)) => Err(Error::Otherwise {
            stage: "server",
            told: "the cluster does not let it watch pods".to_owned(),
        }),
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

/// The pack with its config (where the cluster is, where profiles go), and the playbooks.
fn prepare(folder: &Path, playground: &Playground) -> io::Result<()> {
    let pack = folder.join("packs/labs_sre");
    built_in::labs_sre(&pack)?;
    fs::rename(pack.join(REQUIREMENTS), folder.join(REQUIREMENTS))?;
    let config =
        json!({"kubeconfig": playground.kubeconfig(), "profiles_dir": folder.join("profiles")});
    let configs = folder.join("data/configs");
    fs::create_dir_all(&configs)?;
    // JSON is YAML, too.
    fs::write(configs.join("labs_sre.yaml"), format!("{config:#}\n"))?;
    let findings = Json::from(folder.join("findings.json").to_string_lossy());
    let playbooks = include_str!("demo/playbooks.yaml").replace("FINDINGS", &findings.to_string());
    fs::write(folder.join(PLAYBOOKS), playbooks)
}

/// What Squall watches for.
const PLAYBOOKS: &str = "playbooks.yaml";

fn plan(
    folder: &Path,
    stages: &mut Stages<'_>,
    playground: &Playground,
) -> Result<Plan, serving::Error> {
    let data = folders::data(&folder.join("data"))?;
    let mut server = squall_server::Settings::for_development(data.clone());
    server.packs = folders::packs(&data, &[folder.join("packs")])?;
    server.crypto_key = Some(crypto_key::of_data(&data)?);
    server.guard = serving::guard();
    // Whoever interrupts has seen enough.
    server.stop_within = Duration::from_secs(1);
    server.playbooks.files = vec![folder.join(PLAYBOOKS)];
    server.playbooks.kubeconfig = Some(playground.kubeconfig().to_owned());
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
         squall execution list\n    \
         squall rule get labs_sre.generate_pprof_with_webhook\n    \
         squall playbook list {folder}/{PLAYBOOKS}"
    )
}
