//! On a machine where nothing was set, client and server find each other.

use insta::assert_snapshot;

use super::program;
use crate::machine;
use crate::server::Settings;
use crate::stock::Client;

#[test]
fn without_settings_client_and_server_find_each_other() {
    let story = "the stock client needs no settings";
    let Some(program) = program(story) else {
        return;
    };
    let _ports = match machine::usual_ports() {
        Ok(ports) => ports,
        Err(why) => return machine::skipped(story, &why),
    };
    let squall = Settings::dev_as_installed().start();
    assert_eq!(squall.address().port(), 8700);
    let st2 = Client::without_settings(program);
    assert_snapshot!(st2.shows(&["whoami"]), @r#"
    Currently logged in as "stanley".

    Authentication method: authentication disabled

    RBAC:
     - Enabled: False
     - Roles:
    "#);
    assert_snapshot!(st2.shows(&["run", "core.local", "cmd=echo hi", "--tail"]), @r#"
    Tailing execution "<id>                    "
    hi

    Execution <id>                     has completed (status=succeeded).

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
    "#);
    st2.shows(&["login", "ann", "--password", "whatever"]);
    assert!(squall.folder().join(".squall").is_dir());
}
