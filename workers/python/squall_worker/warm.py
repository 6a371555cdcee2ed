"""Makes a fork server ready for playbooks: what their children need is imported before the first fork."""

import importlib
import os
from typing import Dict, List

from squall_worker import calls, channel, kubernetes_client, playbooks, pydantic_one, rehearsal, repository, vetted

is_for_playbooks = False
"""Whether this process is ready for playbooks."""

_REHEARSAL = {
    "repositories": [{"name": "squall_rehearsal", "folder": os.path.join(os.path.dirname(__file__), "rehearsal_playbooks")}],
    "event": {
        "type": "kubernetes_change",
        "operation": "update",
        "kind": "Pod",
        "api_version": "v1",
        "obj": {
            "metadata": {"name": "rehearsed", "namespace": "rehearsed", "labels": {"a": "b"}},
            "spec": {"containers": [{"name": "a", "image": "a:1"}]},
            "status": {"phase": "Running", "containerStatuses": []},
        },
        "old_obj": {
            "metadata": {"name": "rehearsed", "namespace": "rehearsed"},
            "spec": {"containers": [{"name": "a", "image": "a:2"}]},
        },
    },
    "playbooks": [{"sinks": ["a", "b"], "actions": [{"name": "rehearsed", "params": {"text": "rehearsed"}}]}],
}


def repositories_of(options: List[str]) -> List[Dict[str, str]]:
    """Repositories as the command line names them: `name=folder`."""
    pairs = [option.partition("=") for option in options]
    return [{"name": name, "folder": folder} for name, _, folder in pairs]


def for_playbooks(repositories: List[Dict[str, str]], without: List[str]) -> None:
    """Imports Robusta's names and the modules of repositories. Raises `StartedThread` if one may not be forked."""
    global is_for_playbooks
    pydantic_one.prepare()
    kubernetes_client.install()
    importlib.import_module("robusta.api")
    rehearse(rehearsal.IN_SERVER)
    for one in repositories:
        if one["name"] not in without:
            repository.load([one])
            vetted.demand_no_thread(one["name"])
    is_for_playbooks = True


def rehearse(times: int) -> None:
    """Runs an action, so that what Python prepares on the way is there for all children."""
    for _ in range(times):
        with calls.answered_by(lambda name, arguments: None):
            playbooks.carry_out(_REHEARSAL, channel.rehearse)
