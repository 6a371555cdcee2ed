"""What a playbook's action asks of Squall while it runs: one function, and what can be asked.

A call travels as `{"call": {name: arguments}}` on the child's socket (`frames`) and is answered with its value, or with a
refusal that says why. All arguments and answers are JSON.

| name | arguments | answer |
|---|---|---|
| `kubernetes_request` | `method`, `path`, `query` (name to value, or to a list of values), `body` (or null), `content_type` (or null: JSON, in a PATCH a strategic merge) | `code`, `reason`, `headers`, `body` (parsed if it is JSON, else text) |
| `kubernetes_exec` | `namespace`, `pod`, `container` (or null), `command` (list), `input` (base64 or null) | `output` (both streams as they came), `exit_code` |
| `rate_limit` | `operation`, `id`, `period_seconds` | whether it may be done now; if so, it is marked as done |
| `persistent_get` | `name` | the JSON stored, or null |
| `persistent_set` | `name`, `value` | null |
| `schedule_action` | `action`, `task_id`, `schedule`, `named_sinks`, `action_params`, `replace_existing`, `standalone_task` | null |
| `emit_event` | `name`, `arguments` | null |
| `next_playbooks` | what `playbooks` reports so far | `playbooks` to run next and perhaps `findings`, or null |
| `service_of` | `name`, `namespace` | `{"resource_type", "name", "namespace"}` of the workload it belongs to, or null |
"""

from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, Optional

from squall_worker import channel

Refused = channel.Refused
"""Squall will not do what was asked."""

Answerer = Callable[[str, Dict[str, Any]], Any]

_stand_in: Optional[Answerer] = None


def call(name: str, arguments: Dict[str, Any]) -> Any:
    """Asks, and waits for the answer. Raises `channel.Refused` if Squall will not."""
    if _stand_in is not None:
        return _stand_in(name, arguments)
    return channel.ask({name: arguments})


def tell(progress: Dict[str, Any]) -> int:
    """Says how far the work is: Squall knows it then, should this process not live to its end. How long that was."""
    return 0 if _stand_in is not None else channel.tell(progress)


@contextmanager
def answered_by(answerer: Answerer) -> Iterator[None]:
    """Lets `answerer` answer in place of Squall: for tests, and for runs against a fake cluster."""
    global _stand_in
    before, _stand_in = _stand_in, answerer
    try:
        yield
    finally:
        _stand_in = before
