//! Actions are listed, shown and run.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::thread;

use insta::assert_snapshot;
use serde_json::json;
use squall_kubernetes::fake::{FakeCluster, Settings as Cluster};

use super::{Client, Settings, examples, pair, program};

#[test]
fn actions_are_listed_and_shown() {
    let Some((_squall, st2)) = pair("the stock client lists actions") else {
        return;
    };
    assert_snapshot!(st2.shows(&["action", "list", "--pack", "core"]), @"
    +---------------------+------+----------------------------------------------------------------+
    | ref                 | pack | description                                                    |
    +---------------------+------+----------------------------------------------------------------+
    | core.announcement   | core | Announces a message to everybody who follows the event stream. |
    | core.ask            | core | Asks people a question and waits for the answer.               |
    | core.cloudevent     | core | Sends what happened as CloudEvents.                            |
    | core.echo           | core | Prints a message.                                              |
    | core.error          | core | Prints a message to the standard error.                        |
    | core.http           | core | Makes an HTTP request.                                         |
    | core.inject_trigger | core | Injects an event, as if its source had produced it.            |
    | core.local          | core | Runs a command on this machine.                                |
    | core.local_sudo     | core | Runs a command on this machine as root.                        |
    | core.noop           | core | Does nothing, successfully.                                    |
    | core.pause          | core | Waits for some seconds.                                        |
    | core.remote         | core | Runs a command on other machines over SSH.                     |
    | core.remote_sudo    | core | Runs a command on other machines over SSH as root.             |
    | core.sendmail       | core | Sends a mail.                                                  |
    | core.uuid           | core | Makes a new UUID.                                              |
    | core.winrm_cmd      | core | Runs a command on a Windows machine, in the command prompt.    |
    | core.winrm_ps_cmd   | core | Runs a command on a Windows machine, in PowerShell.            |
    +---------------------+------+----------------------------------------------------------------+
    ");
    assert_snapshot!(st2.shows(&["action", "get", "core.local"]), @r#"
    +---------------+---------------------------------------------+
    | Property      | Value                                       |
    +---------------+---------------------------------------------+
    | id            | <id>                                        |
    | uid           | action:core:local                           |
    | ref           | core.local                                  |
    | pack          | core                                        |
    | name          | local                                       |
    | description   | Runs a command on this machine.             |
    | enabled       | True                                        |
    | entry_point   |                                             |
    | runner_type   | local-shell-cmd                             |
    | parameters    | {                                           |
    |               |     "cmd": {                                |
    |               |         "description": "The command line.", |
    |               |         "type": "string",                   |
    |               |         "required": true                    |
    |               |     },                                      |
    |               |     "sudo": {                               |
    |               |         "immutable": true                   |
    |               |     }                                       |
    |               | }                                           |
    | metadata_file | actions/local.yaml                          |
    | notify        |                                             |
    | output_schema |                                             |
    | tags          |                                             |
    +---------------+---------------------------------------------+
    "#);
    assert_snapshot!(st2.refuses(&["action", "get", "core.nothing"]), @r#"
    Action "core.nothing" is not found.

    ERROR: Resource core.nothing not found.
    "#);
}

#[test]
fn runners_are_listed() {
    let Some((_squall, st2)) = pair("the stock client lists runners") else {
        return;
    };
    assert_snapshot!(st2.shows(&["runner", "list"]), @"
    +--------------------------+---------------------+------------------------------------------------------------+
    | id                       | name                | description                                                |
    +--------------------------+---------------------+------------------------------------------------------------+
    | <id>                     | action-chain        | Runs actions one after the other, along on-success and on- |
    |                          |                     | failure.                                                   |
    | <id>                     | announcement        | Announces its parameters on the event stream.              |
    | <id>                     | cloudevent          | Sends what happened as CloudEvents 1.0.                    |
    | <id>                     | http-request        | Sends an HTTP request and gives the answer.                |
    | <id>                     | inquirer            | Asks people a question and waits for the answer.           |
    | <id>                     | local-shell-cmd     | Runs a command line in the shell of this machine.          |
    | <id>                     | local-shell-script  | Runs a script of the action's pack on this machine.        |
    | <id>                     | noop                | Does nothing and succeeds, whatever it is given.           |
    | <id>                     | orquesta            | Runs an orquesta workflow.                                 |
    | <id>                     | playbook            | Runs the playbooks that an event has fired, in order; what |
    |                          |                     | they find goes to sinks.                                   |
    | <id>                     | python-script       | Runs a Python class of a pack.                             |
    | <id>                     | remote-shell-cmd    | Runs a command on other hosts over SSH.                    |
    | <id>                     | remote-shell-script | Copies a script to other hosts and runs it there over SSH. |
    | <id>                     | winrm-cmd           | Runs a command of the Windows command prompt over WinRM.   |
    | <id>                     | winrm-ps-cmd        | Runs a PowerShell command over WinRM.                      |
    | <id>                     | winrm-ps-script     | Runs a PowerShell script over WinRM.                       |
    +--------------------------+---------------------+------------------------------------------------------------+
    ");
}

#[test]
fn actions_are_run() {
    let Some((_squall, st2)) = pair("the stock client runs actions") else {
        return;
    };
    assert_snapshot!(st2.shows(&["run", "core.local", "cmd=echo hi"]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: echo hi
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: false
      return_code: 0
      stderr: ''
      stdout: hi
      succeeded: true
    ");
    assert_snapshot!(st2.refuses(&["run", "core.local", "cmd=echo oh >&2; exit 3"]), @"
    id: <id>
    action.ref: core.local
    context.user: stanley
    parameters:
      cmd: echo oh >&2; exit 3
    status: failed
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      failed: true
      return_code: 3
      stderr: oh
      stdout: ''
      succeeded: false
    ");
    assert_snapshot!(st2.refuses(&["run", "core.local"]), @"
    ERROR: 400 Client Error: Bad Request
    MESSAGE: 'cmd' is a required property for url: http://<address>/api/v1/executions
    ");
    assert_snapshot!(st2.refuses(&["run", "core.nothing"]), @r#"ERROR: Resource with id or reference "core.nothing" doesn't exist."#);
}

#[test]
fn a_request_is_sent() {
    let Some((_squall, st2)) = pair("the stock client runs core.http") else {
        return;
    };
    let address = stand_in();
    let url = format!("url=http://{address}/status");
    let shown = st2.shows(&["run", "core.http", &url]);
    assert_snapshot!(shown.replace(&address.to_string(), "<address>"), @"
    id: <id>
    action.ref: core.http
    context.user: stanley
    parameters:
      url: http://<address>/status
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      body:
        up: true
      headers:
        Content-Length: '12'
        Content-Type: application/json
      parsed: true
      status_code: 200
    ");
}

/// A server that answers once.
fn stand_in() -> SocketAddr {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = server.accept().unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
        let answer = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n{\"up\": true}";
        stream.write_all(answer.as_bytes()).unwrap();
    });
    address
}

/// The action imports a module that stands beside it, and one that its pack's requirements name.
#[test]
fn a_python_action_of_a_pack_is_run() {
    let Some(program) = program("the stock client runs a Python action") else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cluster = runtime.block_on(FakeCluster::start(Cluster::default()));
    let cluster = cluster.unwrap();
    for (name, phase) in [("shop-7c9", "Running"), ("shop-8d2", "Pending")] {
        let pod = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "dm-demo-app"},
            "spec": {"containers": [{"name": "app", "image": "shop"}]}, "status": {"phase": phase},
        });
        cluster.put(pod).unwrap();
    }
    let settings = Settings::dev().packs(&examples());
    let kubeconfig = settings.folder().join("kubeconfig");
    cluster.kubeconfig(&kubeconfig).unwrap();
    let squall = settings
        .config("labs_sre", &json!({"kubeconfig": kubeconfig}))
        .start();
    let st2 = Client::of(program, &squall);
    assert_snapshot!(st2.shows(&["run", "labs_sre.list_pods"]), @"
    id: <id>
    action.ref: labs_sre.list_pods
    context.user: stanley
    parameters: None
    status: succeeded
    start_timestamp: <time>
    end_timestamp: <time>
    result:
      exit_code: 0
      result: '+-------------+----------+---------+
        |  namespace  |   name   | status  |
        +=============+==========+=========+
        | dm-demo-app | shop-7c9 | Running |
        +-------------+----------+---------+
        | dm-demo-app | shop-8d2 | Pending |
        +-------------+----------+---------+'
      stderr: ''
      stdout: ''
    ");
}
