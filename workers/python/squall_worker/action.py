"""Carries out a StackStorm action: loads its file, finds its class, runs it, and judges what it returns."""

import sys
from typing import Any, Callable, Dict

from squall_worker import lookup, plain
from squall_worker.service import ActionService

INVALID_STATUS = 220
"""Exit code of an action whose status is neither true nor false."""


def carry_out(request: Dict[str, Any], report: Callable[[Dict[str, Any]], None]) -> None:
    """Runs the action and reports `{"result": ..., "status": true|false|null}`. What goes wrong is an exception."""
    sys.argv[:] = [request["file"]]
    kind = lookup.action_class(request["file"])
    service = ActionService(request["pack"], kind.__name__, request["log_level"])
    action = lookup.instantiate(kind, request["config"], service)
    report(judge(action.run(**request["parameters"])))


def judge(returned: Any) -> Dict[str, Any]:
    """What a return value says: a pair is a status and a result, anything else a result without a status."""
    status, result = returned if isinstance(returned, tuple) and len(returned) == 2 else (None, returned)
    if status is not None and not isinstance(status, bool):
        sys.stderr.write(
            "Status returned from the action run() method must either be True or False, got: %s\n"
            "To return two values, return a list, or put a status before them: (True, (first, second)).\n" % (status,)
        )
        sys.exit(INVALID_STATUS)
    try:
        return {"result": plain.plain(result), "status": status}
    except plain.NotPlain:
        return {"result": _as_text(result, status), "status": status}


def _as_text(result: Any, status: Any) -> str:
    if status is not None:
        result = str(result)
        if plain.is_valid_text(result):
            return result
    # StackStorm prints the whole reply as Python text here and takes what follows the word `result`.
    text = str({"result": result, "status": status})
    return plain.valid_text(text if "\n" in text else text[len("{'result': "):])
