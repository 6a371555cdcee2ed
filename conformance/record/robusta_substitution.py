"""Records which texts with `{{ env.X }}` become what, and which files of playbooks Robusta loads: `substitutions.jsonl` and
`playbook_files.jsonl`. With the source of Robusta on the path:

    PYTHONPATH=<folder of robusta>/src python conformance/record/robusta_substitution.py
"""

import copy
import json
import logging
import os

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
HOME = os.path.dirname(HERE)


def text_of(case):
    """The file of a case."""
    if "file" in case:
        text = case["file"]
        return text if text.startswith("playbook_repos") else "playbook_repos: {}\n" + text
    trigger, action = case.get("trigger", "on_pod_update: {}"), case.get("action", "a: {}")
    if "sink" in case:
        return "playbook_repos: {}\nsinks_config:\n- %s\n" % case["sink"]
    playbook = "active_playbooks:\n- triggers:\n  - %s\n  actions:\n  - %s\n" % (trigger, action)
    return "playbook_repos: {}\n" + playbook


def plain(value):
    """A value of a model as JSON."""
    from enum import Enum

    from pydantic import BaseModel, SecretStr

    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, BaseModel):
        return plain({name: getattr(value, name) for name in value.__fields__})
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    return value


def loaded(text):
    """What Robusta makes of a file."""
    from robusta.core.model.events import ExecutionBaseEvent
    from robusta.core.model.runner_config import RunnerConfig
    from robusta.integrations.scheduled.trigger import ScheduledTrigger

    config = RunnerConfig(**yaml.safe_load(text))
    playbooks = []
    for playbook in config.active_playbooks or []:
        triggers = [trigger.get() for trigger in playbook.triggers]
        for trigger in triggers:
            assert issubclass(trigger.get_execution_event_type(), ExecutionBaseEvent)
        is_scheduled = any(isinstance(trigger, ScheduledTrigger) for trigger in triggers)
        # As the scheduler asks of every playbook that it is given.
        if is_scheduled and (len(playbook.triggers) != 1 or len(playbook.get_actions()) != 1):
            raise Exception("Illegal scheduled playbook. Must be a single trigger and a single action")
        playbooks.append(
            {
                "triggers": [plain(trigger) for trigger in triggers],
                "actions": [[action.action_name, plain(action.action_params)] for action in playbook.get_actions()],
                "sinks": playbook.sinks or [],
                "stop": playbook.stop,
            }
        )
    # As the registry of sinks goes through them.
    sinks = [[type(sink).__name__, plain(sink.get_params())] for sink in config.sinks_config or []]
    for _, params in sinks:
        grouping = params["grouping"]
        if grouping and grouping["notification_mode"] is None:
            raise AttributeError("'NoneType' object has no attribute 'summary'")
    return {
        "playbooks": playbooks,
        "sinks": [params for _, params in sinks],
        "global_config": plain(config.global_config),
        "alert_relabel": plain(config.alert_relabel),
        "repositories": plain(config.playbook_repos),
    }


def outcome(act):
    """What comes of a call."""
    try:
        return {"value": act()}
    except Exception as error:
        return {"error": type(error).__name__}


def main():
    logging.disable(logging.CRITICAL)
    with open(os.path.join(HOME, "cases", "playbook_files.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    environment = document["environment"]
    os.environ.update(environment)
    from robusta.core.playbooks.playbook_utils import replace_env_vars_values

    lines = {"substitutions": [], "playbook_files": []}
    for case in document["substitutions"]:
        given = copy.deepcopy(case["given"])
        expected = outcome(lambda: replace_env_vars_values(given))
        lines["substitutions"].append(dict(case, environment=environment, expected=expected))
    for case in document["files"]:
        text = text_of(case)
        expected = outcome(lambda: loaded(text))
        lines["playbook_files"].append({"id": case["id"], "text": text, "environment": environment, "expected": expected})
    for name, cases in lines.items():
        with open(os.path.join(HOME, "recorded", name + ".jsonl"), "w", encoding="utf-8") as out:
            for case in cases:
                out.write(json.dumps(case, ensure_ascii=False, sort_keys=True, default=str) + "\n")


if __name__ == "__main__":
    main()
