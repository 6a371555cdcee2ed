"""Records what comes of playbooks on one event: `flows.jsonl`. Needs the source of Robusta on the path.

    PYTHONPATH=<folder of robusta>/src python conformance/record/flows.py
"""

import inspect
import json
import os
import sys
import types

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import snippets  # noqa: E402


def main():
    from robusta.patch.patch import create_monkey_patches

    create_monkey_patches()
    home = os.path.dirname(HERE)
    with open(os.path.join(home, "cases", "flows.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(home, "recorded", "flows.jsonl"), "w", encoding="utf-8") as out:
        for number, flow in enumerate(document["flows"], start=1):
            line = {"id": "flow-%02d" % number, **flow, "expected": record(document, flow)}
            out.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def record(document, flow):
    """What the original makes of one flow."""
    from robusta.core.playbooks.actions_registry import ActionsRegistry
    from robusta.core.playbooks.playbooks_event_handler_impl import PlaybooksEventHandlerImpl
    from robusta.core.reporting import Finding
    from robusta.integrations.kubernetes.base_triggers import IncomingK8sEventPayload, K8sTriggerEvent
    from robusta.model.config import PlaybooksRegistryImpl, Registry, SinksRegistry
    from robusta.model.playbook_definition import PlaybookDefinition

    actions = ActionsRegistry()
    for function in actions_of(document).values():
        actions.add_action(function)
    registry = Registry()
    registry.set_actions(actions)
    registry.set_global_config(flow.get("global_config", {}))
    written = []
    sinks = {name: sink(registry, name, written) for name in ("a", "b")}
    registry.set_sinks(SinksRegistry(sinks))
    definitions = [PlaybookDefinition(**one) for one in snippets.playbooks(flow)]
    given = (definitions, actions, flow.get("global_config", {}), ["a", "b"])
    registry.set_playbooks(PlaybooksRegistryImpl(*given))
    told = snippets.event(document, flow)
    payload = IncomingK8sEventPayload(
        operation=told["operation"],
        kind=told["kind"],
        apiVersion=told["api_version"],
        clusterUid="x",
        description="",
        obj=told["obj"],
        oldObj=told["old_obj"],
    )
    response = PlaybooksEventHandlerImpl(registry).handle_trigger(K8sTriggerEvent(k8s_payload=payload))
    found = {}
    for name, finding in written:
        found.setdefault(name, []).append(snippets.facts(finding))
    # All findings without a subject share one, also those of other flows.
    inspect.signature(Finding).parameters["subject"].default.labels.clear()
    return {"findings": found, "response": snippets.outline(response)}


def actions_of(document):
    """The actions of the file, as a playbook's module would have them."""
    module = types.ModuleType("flows")
    exec("from robusta.api import *\n" + document["actions"], vars(module))
    return {name: one for name, one in vars(module).items() if hasattr(one, "_action_name")}


def sink(registry, name, written):
    """A sink that remembers."""
    from robusta.core.sinks import SinkBase, SinkBaseParams

    class Sink(SinkBase):
        def write_finding(self, finding, platform_enabled):
            written.append((name, finding))

    class Params(SinkBaseParams):
        @classmethod
        def _get_sink_type(cls):
            return "test"

    return Sink(Params(name=name), registry)


if __name__ == "__main__":
    main()
