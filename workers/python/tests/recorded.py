"""What the originals answered, from `conformance/recorded`, and the means to ask ours the same."""

import json
import os
import sys
from typing import Any, Dict, Iterator, List

CONFORMANCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), *[os.pardir] * 3, "conformance")
sys.path.append(os.path.join(CONFORMANCE, "record"))

import snippets  # noqa: E402


def lines(name: str) -> Iterator[Dict[str, Any]]:
    """The lines of a recording."""
    with open(os.path.join(CONFORMANCE, "recorded", name + ".jsonl"), encoding="utf-8") as file:
        yield from map(json.loads, file)


def document(name: str) -> Dict[str, Any]:
    """The file of cases, with the objects that its snippets may use."""
    import yaml

    with open(os.path.join(CONFORMANCE, "cases", name + ".yaml"), encoding="utf-8") as file:
        return yaml.safe_load(file)


def differences(name: str, names: Dict[str, Any], wanted: Dict[str, str]) -> List[str]:
    """Every case that ours answers otherwise than the original, but for those that are `wanted`, each with a reason."""
    cases, found, seen = document(name), [], set()
    for line in lines(name):
        ours = snippets.outcome(line["do"], cases, names)
        same = _plain(ours) == _plain(line["expected"])
        seen.add(line["id"])
        if same == (line["id"] in wanted):
            text = "%s: %s\n    original: %s\n    ours:     %s"
            found.append(text % (line["id"], line["do"], json.dumps(line["expected"]), json.dumps(ours)))
    return found + ["no such case: " + case for case in wanted if case not in seen]


def _plain(outcome: Any) -> Any:
    return json.loads(json.dumps(outcome))
