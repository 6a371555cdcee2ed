"""Records the local shell runners: what a command ends with, what becomes of its output, and a script's arguments."""

import getpass
import os
import signal
import sys
import types

import original


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    sys.path.insert(0, os.path.join(args.upstream, "contrib/runners/local_runner"))
    from local_runner import base
    from oslo_config import cfg

    cfg.CONF.set_override("stream_output", False, group="actionrunner")
    # The original kills through sudo and pkill, which a recording machine need not have.
    base.kill_process = lambda process: os.killpg(process.pid, signal.SIGTERM)
    original.write(args.out, "shell", map(recorded, original.cases("shell")))


def recorded(case):
    if "text" in case:
        return shown(case)
    if "cmd" in case:
        return run(case)
    return line(case)


def shown(case):
    """What users find in the result for a text that was printed."""
    from st2common.util import jsonify, misc

    result = {"stdout": misc.strip_shell_chars(case["text"])}
    value = jsonify.json_loads(result, ["stdout"])["stdout"]
    return {**case, "expected": {"value": original.tagged(value)}}


def run(case):
    """Runs a command as the action runner does, under the recording user."""
    from local_runner.local_shell_command_runner import LocalShellCommandRunner
    from oslo_config import cfg

    cfg.CONF.set_override("user", getpass.getuser(), group="system_user")
    runner = LocalShellCommandRunner("1")
    runner.runner_parameters = {name: case[name] for name in ("cmd", "env", "cwd", "timeout") if name in case}
    runner.entry_point = case.get("entry_point")
    runner.action = types.SimpleNamespace(pack="tests", ref="tests.it")
    runner.context = {}
    try:
        runner.pre_run()
        status, result, _ = runner.run({})
        return {**case, "expected": {"status": status, "result": original.tagged(result)}}
    except Exception as raised:
        return {**case, "expected": {"status": "failed", **original.error_of(raised)}}


def line(case):
    """The line for the shell that a script or a command becomes."""
    from local_runner.local_shell_script_runner import LocalShellScriptRunner
    from st2common.models.db.action import ActionDB
    from st2common.models.system.action import ShellCommandAction, ShellScriptAction

    how = {
        "name": "it",
        "action_exec_id": "1",
        "user": case.get("user", getpass.getuser()),
        "sudo": case.get("sudo", False),
        "sudo_password": case.get("sudo_password"),
    }
    if "line" in case:
        text = ShellCommandAction(command=case["line"], **how).get_full_command_string()
        return {**case, "expected": {"line": text}}
    runner = LocalShellScriptRunner("1")
    runner.runner_parameters = {}
    runner._kwarg_op = case.get("kwarg_op", "--")
    runner.action = ActionDB(pack="p", name="it", parameters=case.get("declared", {}))
    try:
        positional, named = runner._get_script_args(case["given"])
        action = ShellScriptAction(
            script_local_path_abs=case["script"],
            named_args=runner._transform_named_args(named),
            positional_args=positional,
            **how,
        )
        return {**case, "expected": {"line": action.get_full_command_string()}}
    except Exception as raised:
        return {**case, "expected": original.error_of(raised)}


if __name__ == "__main__":
    main()
