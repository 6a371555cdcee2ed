"""Records what running a Python action gives: the wrapper process and what the runner makes of its output."""

import copy
import os
import shutil
import sys
import tempfile
import textwrap
import types

import original

HEAD = "from st2common.runners.base_action import Action\n\n\nclass Demo(Action):\n    def run(self, **parameters):\n"
PACK = "demo"


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    common = os.path.join(os.path.abspath(args.upstream), "st2common")
    os.environ.update(PYTHONPATH=common, PYTHONHASHSEED="0", PYTHONIOENCODING="utf-8", TZ="UTC")
    sys.argv = sys.argv[:1]
    original.write(args.out, "python_runner", map(ran, original.cases("python_runner")))


def ran(case):
    line = {"id": case["id"], **({"note": case["note"]} if "note" in case else {})}
    line["source"] = case["source"] if "source" in case else HEAD + textwrap.indent(case.get("body", case.get("value")), " " * 8)
    line.update({name: case[name] for name in ("lib", "parameters", "runner", "config", "large") if name in case})
    base = tempfile.mkdtemp(prefix="base")
    try:
        line["expected"] = outcome(line, base, case.get("stderr", []))
    finally:
        shutil.rmtree(base)
    return line


def outcome(line, base, told):
    runner, actions = prepared(line, base)
    parameters = copy.deepcopy(line.get("parameters", {}))
    if "large" in line:
        parameters["large"] = "x" * line["large"]
    try:
        runner.pre_run()
        status, output, _ = runner.run(parameters)
    except Exception as raised:
        first = (str(raised).splitlines() or [""])[0]
        return {"status": "failed", "raised": {"error": type(raised).__name__, "message": first.replace(actions, "<actions>")}}
    stderr = output.pop("stderr")
    absent = [text for text in told if text not in stderr]
    if absent:
        raise SystemExit(f"{line['id']}: stderr lacks {absent}:\n{stderr}")
    stderr = {"stderr_contains": told} if told else {"stderr": stderr} if not stderr else {}
    return {"status": status, **original.tagged(without_paths(output, actions)), **stderr}


def prepared(line, base):
    """A pack with one action and the runner for it, set up as the container does."""
    from oslo_config import cfg
    from python_runner.python_runner import PythonRunner

    cfg.CONF.set_override("base_path", base, group="system")
    cfg.CONF.set_override("system_packs_base_path", os.path.join(base, "packs"), group="content")
    cfg.CONF.set_override("stream_output", False, group="actionrunner")
    actions = os.path.join(base, "packs", PACK, "actions")
    os.makedirs(os.path.join(actions, "lib"))
    os.makedirs(os.path.join(base, "virtualenvs"))
    os.symlink(sys.prefix, os.path.join(base, "virtualenvs", PACK))
    entry_point = os.path.join(actions, "act.py")
    with open(entry_point, "w", encoding="utf-8") as target:
        target.write(line["source"])
    for name, text in line.get("lib", {}).items():
        with open(os.path.join(actions, "lib", name), "w", encoding="utf-8") as target:
            target.write(text)
    runner = PythonRunner(runner_id="r", config=copy.deepcopy(line.get("config")))
    runner.action = types.SimpleNamespace(pack=PACK, name="act", ref=f"{PACK}.act")
    runner.runner_parameters = copy.deepcopy(line.get("runner", {}))
    runner.entry_point = entry_point
    runner.execution_id = "5f0000000000000000000001"
    runner.context = {"user": "ann"}
    return runner, actions


def without_paths(value, actions):
    """Folders and addresses of the recording machine have no place in the data."""
    if isinstance(value, str):
        return original.without_addresses(value.replace(actions, "<actions>"))
    if isinstance(value, list):
        return [without_paths(one, actions) for one in value]
    if isinstance(value, dict):
        return {key: without_paths(one, actions) for key, one in value.items()}
    return value


if __name__ == "__main__":
    main()
