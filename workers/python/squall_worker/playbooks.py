"""Runs the Python actions of one event, in order, in one process.

A request of kind `robusta_actions` has

* `repositories`: see `repository`;
* `event`: see `trigger_events`;
* `context`: `account_id` and `cluster_name`;
* `global_config`: parameters for all actions, behind an action's own;
* `playbooks`: in order, each with `sinks` (names), `change_filters` (or null), `stop`, and `actions` in order, each with
  `name` and `params`;
* `findings` (optional): what was found before, sink by sink: lists of findings as `robusta.core.reporting.neutral` writes
  them, the newest first;
* `more`: whether to ask for more playbooks when these are done.

It reports one piece of work when all is done. Its `result` has `findings`, by sink, the newest first; `response`, that of
the last playbook that ran; `stopped`, whether an action or a playbook ended the processing; and `actions`, in the order
in which they ran: each with `playbook` (its place in the list), `name`, `success`, `error_code` and `message` (null
where it went well), `seconds`.

Before each action it tells as its progress which one is `next` (`playbook` and `name`), and the `result` so far, as long as
that is not too much: what was found is not lost with a process that dies.

With `more`, the call `next_playbooks` (with the same object as its arguments) is answered by null, or by an object with
`playbooks` and, if they have changed, `findings`. So Squall can run actions of its own between those of Python.
"""

import logging
import os
import time
from collections import defaultdict
from typing import Any, Callable, Dict, List, Optional

from squall_worker import calls, frames, kubernetes_client, pydantic_one

MAX_RESULT = 32 * 1024 * 1024
"""Bytes of a result as JSON. What is too large is left out of its finding, which says so."""

_LARGE = 256 * 1024
"""Bytes of a block that is left out of a result which is too large."""

_MEANWHILE = 1024 * 1024
"""Bytes of all results that are told before the end."""


def carry_out(request: Dict[str, Any], report: Callable[[Dict[str, Any]], Any]) -> None:
    """Carries out a request of kind `robusta_actions`."""
    pydantic_one.prepare()
    kubernetes_client.install()
    # Does nothing where a playbook's module has set up logging of its own.
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)-8s %(message)s")
    run = Run(request)
    playbooks: Optional[List[Dict[str, Any]]] = request["playbooks"]
    while playbooks is not None:
        run.playbooks(playbooks)
        playbooks = run.more_playbooks() if request.get("more") else None
    done = {"result": run.result(), "status": all(one["success"] for one in run.actions)}
    try:
        report(done)
    except frames.FrameTooLong as error:
        done["result"] = _shortened(done["result"], error)
        report(done)


class Run:
    """One event on its way through its playbooks."""

    def __init__(self, request: Dict[str, Any]) -> None:
        from robusta.integrations.prometheus import models
        from squall_worker import repository, trigger_events

        loaded = repository.load(request["repositories"])
        self._registry = loaded.actions
        self._problems = loaded.problems
        self._source = trigger_events.Source(request["event"])
        self._context = request.get("context") or {}
        self._global_config = request.get("global_config") or {}
        models.update_severity_map(self._global_config)
        self._findings: Dict[str, List[Any]] = defaultdict(list)
        self._take_findings(request.get("findings"))
        self._response: Optional[Dict[str, Any]] = None
        self._stopped = False
        self.actions: List[Dict[str, Any]] = []
        self._count = 0
        self._meanwhile = 0

    def playbooks(self, playbooks: List[Dict[str, Any]]) -> None:
        """Runs playbooks until one of them ends the processing."""
        for playbook in playbooks:
            if self._stopped:
                return
            self._playbook(self._count, playbook)
            self._count += 1

    def result(self) -> Dict[str, Any]:
        """What has come of it so far."""
        from robusta.core.reporting import neutral

        findings = {sink: list(map(_written, found)) for sink, found in self._findings.items()}
        return {
            "findings": findings,
            "response": neutral.plain(self._response),
            "stopped": self._stopped,
            "actions": self.actions,
        }

    def more_playbooks(self) -> Optional[List[Dict[str, Any]]]:
        """Asks Squall what comes next."""
        result = self.result()
        try:
            answer = calls.call("next_playbooks", result)
        except frames.FrameTooLong as error:
            answer = calls.call("next_playbooks", _shortened(result, error))
        if answer is None:
            return None
        self._take_findings(answer.get("findings"))
        return answer["playbooks"]

    def _playbook(self, number: int, playbook: Dict[str, Any]) -> None:
        event: Any = None
        for told in playbook["actions"]:
            self._tell_progress(number, told["name"])
            started = time.monotonic()
            outcome = _success()
            try:
                action = self._action(told["name"])
                if event is None:
                    event = self._event(playbook, action)
                    event.response = _success()
                self._demand_fitting(event, action)
                params = self._params(action, told.get("params"))
            except Exception as error:
                outcome = _failure(told["name"], error)
            else:
                outcome = self._call(action, event, params)
            self._note(number, told["name"], outcome, time.monotonic() - started)
            if event is None:
                self._response = outcome
            else:
                if not outcome["success"]:
                    event.response = outcome
                self._response = event.response
                if event.stop_processing:
                    self._stopped = True
                    return
        self._stopped = self._stopped or bool(playbook.get("stop"))

    def _tell_progress(self, number: int, name: str) -> None:
        progress: Dict[str, Any] = {"next": {"playbook": number, "name": name}}
        if self.actions and self._meanwhile < _MEANWHILE:
            progress["result"] = self.result()
        try:
            self._meanwhile += calls.tell(progress)
        except frames.FrameTooLong:
            self._meanwhile = _MEANWHILE
            calls.tell({"next": progress["next"]})

    def _action(self, name: str) -> Any:
        from robusta.utils.error_codes import ActionException, ErrorCodes

        action = self._registry.get_action(name)
        if action is None:
            reasons = "".join("; %s: %s" % (one.module, one.message) for one in self._problems)
            raise ActionException(ErrorCodes.ACTION_NOT_REGISTERED, "action %s not found%s" % (name, reasons))
        return action

    def _event(self, playbook: Dict[str, Any], action: Any) -> Any:
        from robusta.core.model.events import ExecutionContext
        from robusta.core.pubsub.event_emitter import EventEmitter
        from robusta.integrations.scheduled.playbook_scheduler import PlaybooksScheduler

        event = self._source.manual_event(action) if self._source.is_manual else self._source.event(playbook)
        event.sink_findings = self._findings
        event.named_sinks = list(playbook["sinks"])
        event.set_scheduler(PlaybooksScheduler())
        event.set_event_emitter(EventEmitter())
        names = {name: str(self._context.get(name) or "") for name in ("account_id", "cluster_name")}
        event.set_context(ExecutionContext(**names))
        return event

    @staticmethod
    def _demand_fitting(event: Any, action: Any) -> None:
        from robusta.utils.error_codes import ActionException, ErrorCodes

        if not isinstance(event, action.event_type):
            text = "Action %s requires %s, not %s"
            text %= (action.action_name, action.event_type.__name__, type(event).__name__)
            raise ActionException(ErrorCodes.EXECUTION_EVENT_MISMATCH, text)

    def _params(self, action: Any, given: Optional[Dict[str, Any]]) -> Any:
        from robusta.utils.error_codes import ActionException, ErrorCodes

        if action.params_type is None:
            return None
        own = {} if given is None else given
        try:
            params = action.params_type(**{**self._fitting_global_config(action.params_type, own), **own})
            # Plain pydantic models have no such step.
            getattr(params, "post_initialization", lambda: None)()
            return params
        except Exception as error:
            text = "Failed to create %s for running %s: %s" % (action.params_type.__name__, action.action_name, error)
            raise ActionException(ErrorCodes.PARAMS_INSTANTIATION_FAILED, text)

    def _fitting_global_config(self, params_type: Any, own: Dict[str, Any]) -> Dict[str, Any]:
        if getattr(params_type.__config__, "extra", "ignore") != "forbid":
            return self._global_config
        # What a model forbids was not meant for it.
        known = {field.alias for field in params_type.__fields__.values()}
        return {name: value for name, value in self._global_config.items() if name in known}

    def _call(self, action: Any, event: Any, params: Any) -> Dict[str, Any]:
        from robusta.core.exceptions import PrometheusNotFound

        try:
            action.func(event) if action.params_type is None else action.func(event, params)
            return _success()
        except PrometheusNotFound as error:
            if not event.is_sink_findings_empty():
                _tell_of_missing_prometheus(event)
            return _failure(action.action_name, error)
        except (Exception, SystemExit) as error:
            return _failure(action.action_name, error)

    def _note(self, number: int, name: str, outcome: Dict[str, Any], seconds: float) -> None:
        self.actions.append(
            {
                "playbook": number,
                "name": name,
                "success": outcome["success"],
                "error_code": outcome.get("error_code"),
                "message": outcome.get("msg"),
                "seconds": round(seconds, 6),
            }
        )

    def _take_findings(self, told: Optional[Dict[str, List[Any]]]) -> None:
        if told is None:
            return
        from robusta.core.reporting import given

        self._findings.clear()
        for sink, found in told.items():
            self._findings[sink] = [given.finding(one) for one in found]


def _written(finding: Any) -> Dict[str, Any]:
    """A finding as JSON. One that cannot be written must not take the others with it."""
    from robusta.core.reporting import neutral
    from robusta.core.reporting.base import Finding
    from robusta.core.reporting.blocks import MarkdownBlock

    try:
        return neutral.finding(finding)
    except Exception as error:
        logging.exception("a finding cannot be told whole")
        told = Finding(str(getattr(finding, "title", "")), str(getattr(finding, "aggregation_key", "")))
        text = "The playbook made something of this that cannot be told: %s: %s" % (type(error).__name__, error)
        told.add_enrichment([MarkdownBlock(text)])
        return neutral.finding(told)


def _shortened(result: Dict[str, Any], error: frames.FrameTooLong) -> Dict[str, Any]:
    """A result without its large blocks, or if that is not enough, without any."""
    logging.error("the findings are too large: %s", error)
    for large in (_LARGE, 0):
        for finding in (finding for found in result["findings"].values() for finding in found):
            for enrichment in finding["enrichments"]:
                enrichment["blocks"] = [_block_below(large, block) for block in enrichment["blocks"]]
        try:
            frames.encode(result, MAX_RESULT)
            break
        except frames.FrameTooLong:
            pass
    return result


def _block_below(large: int, block: Dict[str, Any]) -> Dict[str, Any]:
    length = len(frames.encode(block, 2 * frames.MAX_FRAME))
    if length <= large:
        return block
    name = " `%s`" % block["filename"] if isinstance(block.get("filename"), str) else ""
    told = "The %s%s of %d bytes is left out: all findings of an event may have %d bytes."
    return {"block": "MarkdownBlock", "text": told % (block["block"], name, length, MAX_RESULT)}


def _success() -> Dict[str, Any]:
    return {"success": True}


def _failure(name: str, error: BaseException) -> Dict[str, Any]:
    from robusta.core.exceptions import PrometheusNotFound
    from robusta.utils.error_codes import ActionException, ErrorCodes

    if isinstance(error, ActionException):
        message, code = error.msg or "Action Exception %s while processing %s" % (error.type, name), error.code
    elif isinstance(error, PrometheusNotFound):
        known = ErrorCodes.PROMETHEUS_DISCOVERY_FAILED
        message, code = "%s: %s" % (known.name, error), known.value
    else:
        known = ErrorCodes.ACTION_UNEXPECTED_ERROR
        message, code = "%s: %s: %s" % (known.name, type(error).__name__, error), known.value
    logging.error("the action %s failed: %s", name, message, exc_info=error)
    return {"success": False, "msg": message, "error_code": code}


def _tell_of_missing_prometheus(event: Any) -> None:
    from robusta.core.reporting.blocks import MarkdownBlock

    text = (
        "Prometheus could not be reached. If it is up, name its address in *globalConfig*, for example:\n"
        "```globalConfig:\n\tprometheus_url: http://prometheus-server.monitoring.svc.cluster.local:9090```"
    )
    event.add_enrichment([MarkdownBlock(text)])
