//! Every setting there is. A new one is a row here, and the field its last closure fills.
//!
//! From these rows come: what a settings file, a variable and a flag may say, `squall settings`, and docs/settings.md.

use std::time::Duration;

use super::Chosen;
use super::setting::{Setting, Takes, row, unset};
use crate::logs::{self, LogFormat};
use crate::serving::StackstormPorts;

const AT_LEAST_A_MILLISECOND: Duration = Duration::from_millis(1);

/// The sections, in the order in which they are told, each with what it is about.
pub(crate) const SECTIONS: &[(&str, &str)] = &[
    ("server", "Where the server is, and what it keeps."),
    ("http", "The limits of requests."),
    (
        "tls",
        "With a certificate and its key the server talks TLS. Both are read again when they change.",
    ),
    (
        "sign_in",
        "Who may ask. People sign in with a name and a password, programs with tokens and API keys.",
    ),
    ("stackstorm", "What StackStorm's own services would offer."),
    ("packs", "Where packs and their configuration are."),
    (
        "playbooks",
        "Playbooks as Robusta has them, and what may tell of events for them.",
    ),
    ("kubernetes", "The cluster that playbooks watch and act on."),
    ("secrets", "How the datastore keeps what is secret."),
    ("actions", "How actions are run."),
    (
        "queues",
        "How much may wait before senders are told to come back later. Nothing is accepted then.",
    ),
    (
        "retention",
        "How long history is remembered. What is under way is kept at any age.",
    ),
    (
        "traces",
        "Where spans of OpenTelemetry go: of events, their decisions, executions and attempts.",
    ),
    (
        "log",
        "What the server says while it runs, on standard error.",
    ),
];

/// Every setting, by section.
pub(crate) static ALL: &[Setting] = &[
    row(
        "server.listen",
        Takes::Address(|chosen, address| chosen.listen = address),
        "127.0.0.1:8700",
        "Where to listen; port 0 is any that is free.",
    )
    .flag("listen", "ADDRESS"),
    row(
        "server.data",
        Takes::Folder(|chosen, folder| chosen.server.data = folder),
        "/var/lib/squall",
        "Where everything is kept; made if it is not there.",
    )
    .in_dev("./.squall")
    .flag("data", "DIR"),
    unset(
        "server.public_url",
        Takes::Url(|chosen, url| chosen.public_url = Some(url)),
        ("https://squall.example.com", "the one it listens at"),
        "The address by which others, and actions, reach this server.",
    )
    .serve_flag("public-url", "URL"),
    row(
        "server.base_path",
        Takes::Formed("a path that begins with /, or nothing", base_path),
        "",
        "Serve below this path, too, such as /st2api for https://HOST/st2api/v1/webhooks/...",
    )
    .serve_flag("base-path", "PATH"),
    unset(
        "server.node",
        Takes::Text(|chosen, name| chosen.server.node = name),
        ("squall-1", "the name of this machine"),
        "The name of this server in what it records.",
    ),
    row(
        "server.stop_within",
        Takes::Duration(Duration::ZERO, |chosen, within| chosen.server.stop_within = within),
        "20s",
        "How long a stop waits for running actions before it kills them.",
    )
    .in_dev("10s"),
    row(
        "http.body_limit",
        Takes::Size(1024, |chosen, bytes| chosen.wire.body_limit = number(bytes)),
        "32 MiB",
        "The largest body of a request.",
    ),
    row(
        "http.head_within",
        Takes::Duration(AT_LEAST_A_MILLISECOND, |chosen, within| chosen.wire.head_within = within),
        "10s",
        "How long the head of a request, and a TLS handshake, may take.",
    ),
    row(
        "http.body_within",
        Takes::Duration(AT_LEAST_A_MILLISECOND, |chosen, within| chosen.wire.body_within = within),
        "60s",
        "How long the body of a request may take.",
    ),
    row(
        "http.cloudevents_remembered",
        Takes::Duration(Duration::ZERO, |chosen, long| chosen.wire.cloudevents_remembered = long),
        "1d",
        "How long a CloudEvent is remembered, so that it is not taken a second time when its sender repeats it.",
    ),
    unset(
        "http.hosts",
        Takes::Texts(|chosen, names| chosen.wire.hosts = names),
        ("squall.example.com", "any is"),
        "Only these names of the server are answered.",
    )
    .in_dev("localhost,127.0.0.1,[::1]"),
    unset(
        "http.origins",
        Takes::Texts(|chosen, sites| chosen.wire.origins = sites),
        ("https://console.example.com", "none"),
        "Sites whose pages may call this server.",
    ),
    unset(
        "tls.certificate_file",
        Takes::File(|chosen, file| chosen.certificate = Some(file)),
        ("/etc/squall/tls.crt", "no TLS"),
        "The certificate and those above it (PEM); with its key the server talks TLS.",
    )
    .serve_flag("tls-cert", "FILE"),
    unset(
        "tls.key_file",
        Takes::File(|chosen, file| chosen.certificate_key = Some(file)),
        ("/etc/squall/tls.key", "no TLS"),
        "The certificate's key (PEM).",
    )
    .serve_flag("tls-key", "FILE"),
    unset(
        "sign_in.htpasswd_file",
        Takes::File(|chosen, file| chosen.htpasswd = Some(file)),
        ("/etc/squall/htpasswd", "none, and then --no-auth is needed"),
        "The file of names and passwords (bcrypt).",
    )
    .serve_flag("htpasswd", "FILE"),
    row(
        "sign_in.open",
        Takes::Switch(|chosen, open| chosen.open = open),
        "false",
        "Ask nobody who they are; refused where others could connect.",
    )
    .in_dev("true")
    .serve_flag("no-auth", ""),
    row(
        "sign_in.insecure",
        Takes::Switch(|chosen, insecure| chosen.insecure = insecure),
        "false",
        "Allow --no-auth wherever it listens: whoever can connect can run commands on this machine.",
    )
    .serve_flag("insecure", ""),
    row(
        "sign_in.token_ttl",
        Takes::Duration(Duration::from_secs(1), |chosen, ttl| chosen.wire.token_ttl = ttl.as_secs()),
        "1d",
        "The longest a token may be valid that somebody gets by signing in.",
    ),
    row(
        "stackstorm.ports",
        Takes::Choice(StackstormPorts::WORDS, |chosen, word| {
            chosen.stackstorm_ports = StackstormPorts::of(word);
        }),
        "off",
        "Where StackStorm's own services listen; off with port 0.",
    )
    .in_dev("default")
    .flag("stackstorm-ports", "WHERE"),
    unset(
        "packs.folders",
        Takes::Folders(|chosen, folders| chosen.server.packs = folders),
        ("/opt/stackstorm/packs", "none"),
        "Packs, or folders of packs, besides those installed; of two packs of one name the first counts.",
    )
    .flag("packs", "DIR"),
    row(
        "packs.watch",
        Takes::Switch(|chosen, watch| chosen.server.watch_packs = watch),
        "true",
        "Whether changed packs are noticed; if not, they are read when they are registered (`st2 pack register`).",
    ),
    row(
        "packs.rescan",
        Takes::Duration(Duration::from_millis(100), |chosen, every| chosen.server.rescan_packs = every),
        "30s",
        "How often packs are looked at where the system tells of no changes, as on network file systems.",
    ),
    unset(
        "packs.configs",
        Takes::Folder(|chosen, folder| chosen.server.configs = Some(folder)),
        ("/opt/stackstorm/configs", "configs in the data folder"),
        "The folder with PACK.yaml for the configuration of each pack.",
    )
    .flag("configs", "DIR"),
    unset(
        "packs.overrides",
        Takes::Folder(|chosen, folder| chosen.server.overrides = Some(folder)),
        ("/opt/stackstorm/overrides", "overrides in the data folder"),
        "The folder with _global.yaml and PACK.yaml, which switch content on and off.",
    ),
    unset(
        "playbooks.files",
        Takes::Files(|chosen, files| chosen.server.playbooks.files = files),
        ("/etc/robusta/config/active_playbooks.yaml", "none"),
        "Files of playbooks: Robusta's active_playbooks.yaml, or the values of its Helm chart.",
    )
    .flag("playbooks", "FILE"),
    unset(
        "playbooks.repositories",
        Takes::Folders(|chosen, folders| chosen.server.playbooks.repositories = folders),
        ("/srv/playbooks", "only those that the files name"),
        "Folders with Python actions for playbooks, besides the repositories that the files name.",
    )
    .flag("playbook-repo", "DIR"),
    row(
        "playbooks.rescan",
        Takes::Duration(Duration::from_millis(100), |chosen, every| chosen.server.playbooks.rescan = every),
        "2s",
        "How often the files are looked at.",
    ),
    row(
        "playbooks.alerts_remembered",
        Takes::Duration(Duration::ZERO, |chosen, long| chosen.server.playbooks.alerts_remembered = long),
        "2h",
        "How long an alert is remembered, so that it is not taken a second time when Alertmanager repeats it unchanged.",
    ),
    row(
        "playbooks.open_intake",
        Takes::Switch(|chosen, open| chosen.wire.open_intake = open),
        "false",
        "Take alerts, changes and Helm releases (/api/alerts, /api/handle, /api/helm-releases) from anybody who reaches the \
         port, as Robusta does; else from those with an API key, as a bearer token or ?st2-api-key=.",
    ),
    row(
        "kubernetes.in_cluster",
        Takes::Switch(|chosen, inside| chosen.server.playbooks.in_cluster = inside),
        "false",
        "Whether it is the cluster that this server runs in.",
    )
    .serve_flag("in-cluster", ""),
    unset(
        "kubernetes.kubeconfig",
        Takes::File(|chosen, file| chosen.server.playbooks.kubeconfig = Some(file)),
        ("/etc/squall/kubeconfig", "no cluster, unless in_cluster says otherwise"),
        "The kubeconfig that names the cluster.",
    )
    .flag("kubeconfig", "FILE"),
    unset(
        "kubernetes.context",
        Takes::Text(|chosen, context| chosen.server.playbooks.kubernetes_context = Some(context)),
        ("production", "the file's current context"),
        "The context of the kubeconfig.",
    ),
    unset(
        "secrets.crypto_key_file",
        Takes::File(|chosen, file| chosen.server.crypto_key = Some(file)),
        ("/etc/squall/crypto.json", "crypto.json in the data folder, if it is there"),
        "The key file of the datastore's secrets, as `squall key make-crypto-key` makes it.",
    )
    .serve_flag("crypto-key", "FILE"),
    unset(
        "actions.system_user",
        Takes::Text(|chosen, user| {
            chosen.server.system_user.clone_from(&user);
            chosen.server.shell_user = Some(user);
        }),
        ("stanley", "stanley, while shell commands run as the user of the server"),
        "The user that rules run actions as, and that shell commands run as, through sudo.",
    )
    .serve_flag("system-user", "USER"),
    row(
        "actions.at_a_time",
        Takes::Number(1, 65_535, |chosen, most| chosen.server.concurrent_actions = number(most)),
        "60",
        "How many actions run at a time.",
    )
    .serve_flag("concurrent-actions", "NUMBER"),
    row(
        "actions.refused_networks",
        Takes::Formed("networks such as 169.254.0.0/16, separated by commas", refused_networks),
        "",
        "Networks that HTTP actions may not connect to, whatever name, proxy or redirect leads there: \
         169.254.0.0/16,fe80::/10 keeps them from the metadata of clouds, 127.0.0.0/8,::1,0.0.0.0/8 from this machine.",
    ),
    row(
        "actions.token_ttl",
        Takes::Duration(Duration::from_secs(1), |chosen, ttl| chosen.server.action_token_ttl = ttl),
        "1d",
        "How long the token of a running action is valid at most.",
    ),
    row(
        "actions.output_limit",
        Takes::Size(1, |chosen, bytes| chosen.server.output_limit = bytes),
        "10 MiB",
        "How much of what an action prints is recorded; the rest is counted and dropped.",
    ),
    row(
        "actions.memory",
        Takes::Size(64 << 20, |chosen, bytes| chosen.server.limits.memory = Some(bytes)),
        "4 GiB",
        "The memory that an action, and each process it starts, may allocate.",
    ),
    unset(
        "actions.processor_time",
        Takes::Duration(Duration::from_secs(1), |chosen, most| {
            chosen.server.limits.processor_seconds = Some(most.as_secs());
        }),
        ("10m", "without limit, as the timeout of actions bounds it"),
        "The processor time that an action, and each process it starts, may use.",
    ),
    unset(
        "actions.file_size",
        Takes::Size(512, |chosen, bytes| chosen.server.limits.file_size = Some(bytes)),
        ("1 GiB", "without limit"),
        "How large a file may become that an action writes.",
    ),
    unset(
        "actions.open_files",
        Takes::Number(32, 1_048_576, |chosen, most| chosen.server.limits.open_files = Some(most)),
        ("1024", "as many as the server may"),
        "How many files an action, and each process it starts, may have open.",
    ),
    unset(
        "actions.processes",
        Takes::Number(1, 4_194_304, |chosen, most| chosen.server.limits.processes = Some(most)),
        ("4096", "without limit"),
        "How many processes the user that actions run as may have when one more is started. The system counts all processes \
         and threads of that user, and does not hold root to it.",
    ),
    row(
        "queues.events",
        Takes::Number(1, 10_000_000, |chosen, most| chosen.server.pending_events = number(most)),
        "10000",
        "How many events may wait for their decision.",
    ),
    row(
        "queues.executions",
        Takes::Number(1, 10_000_000, |chosen, most| chosen.server.waiting_executions = number(most)),
        "100000",
        "How many executions may wait for their turn.",
    ),
    row(
        "retention.executions",
        Takes::Age(|chosen, age| chosen.server.retention.executions = age),
        "90d",
        "How long executions are kept after their end, with results, output and the executions they asked for.",
    ),
    row(
        "retention.output",
        Takes::Age(|chosen, age| chosen.server.retention.output = age),
        "7d",
        "How long the output of executions is kept after their end; their results stay.",
    ),
    row(
        "retention.decisions",
        Takes::Age(|chosen, age| chosen.server.retention.decisions = age),
        "90d",
        "How long it is kept what rules have decided.",
    ),
    row(
        "retention.events",
        Takes::Age(|chosen, age| chosen.server.retention.events = age),
        "30d",
        "How long events are kept.",
    ),
    row(
        "retention.every",
        Takes::Duration(AT_LEAST_A_MILLISECOND, |chosen, every| chosen.server.retention.every = every),
        "10m",
        "How often what is older is looked for.",
    ),
    row(
        "retention.expired",
        Takes::Duration(Duration::from_secs(1), |chosen, within| chosen.server.sweep_every = within),
        "60s",
        "How long keys and tokens that have expired may stay on disk; nobody sees them meanwhile.",
    ),
    unset(
        "traces.endpoint",
        Takes::Url(|chosen, url| chosen.server.spans.endpoint = Some(url)),
        ("http://127.0.0.1:4318/v1/traces", "nowhere"),
        "The address of a receiver of OTLP over HTTP, which takes JSON.",
    ),
    unset(
        "traces.headers_file",
        Takes::File(|chosen, file| chosen.server.spans.headers_file = Some(file)),
        ("/etc/squall/otlp-headers", "no more headers"),
        "A file of headers for the receiver, name: value in each line, such as its key.",
    ),
    row(
        "traces.percent",
        Takes::Number(0, 100, |chosen, percent| chosen.server.spans.percent = percent),
        "100",
        "Of a hundred traces that begin here, how many are sent; what others began follows their decision.",
    ),
    row(
        "log.format",
        Takes::Choice(LogFormat::WORDS, |chosen, word| chosen.log = LogFormat::of(word)),
        "text",
        "How to write the log, which goes to standard error.",
    )
    .flag("log", "FORMAT"),
    row(
        "log.level",
        Takes::Formed("error, warn, info, debug, trace, off or target=level,...", |chosen, text| {
            chosen.log_level = logs::is_level(text).then(|| text.to_owned())?;
            Some(())
        }),
        "info",
        "What to log: a level, or info,squall_store=debug for more of a part.",
    ),
];

/// The setting of a key.
pub(crate) fn find(key: &str) -> Option<&'static Setting> {
    ALL.iter().find(|setting| setting.key == key)
}

fn number(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn refused_networks(chosen: &mut Chosen, text: &str) -> Option<()> {
    let texts = text.split(',').map(str::trim);
    let networks: Result<_, _> = texts
        .filter(|text| !text.is_empty())
        .map(str::parse)
        .collect();
    chosen.server.refused_networks = networks.ok()?;
    Some(())
}

fn base_path(chosen: &mut Chosen, text: &str) -> Option<()> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
    let is_right = text.is_empty() || (text.starts_with('/') && text.chars().all(is_plain));
    chosen.wire.base_path = is_right.then(|| text.to_owned())?;
    Some(())
}
