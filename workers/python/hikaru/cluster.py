"""The one way to the cluster: a request that Squall carries out, authorises and records."""

import sys
from typing import Any, Dict, NamedTuple, Optional

from squall_worker import calls


class Answer(NamedTuple):
    """What the API server said. The body is parsed if it is JSON, else it is text."""

    body: Any
    code: int
    headers: Dict[str, str]


class ApiException(Exception):
    """The API server refused. Stands in for the class of Kubernetes' client where nobody has imported that."""

    def __init__(self, status: Optional[int] = None, reason: Optional[str] = None, body: Any = None) -> None:
        super().__init__(status, reason)
        self.status, self.reason, self.body = status, reason, body
        self.headers: Any = None

    def __str__(self) -> str:
        text = "(%s)\nReason: %s\n" % (self.status, self.reason)
        if self.headers:
            text += "HTTP response headers: %s\n" % self.headers
        return text + ("HTTP response body: %s\n" % self.body if self.body else "")


def request(method: str, path: str, query: Optional[Dict[str, Any]] = None, body: Any = None) -> Answer:
    """Asks the API server. A code that is no success is an exception as Kubernetes' client raises it."""
    given = {name: value for name, value in (query or {}).items() if value is not None}
    question = {"method": method, "path": path, "query": given, "body": body, "content_type": None}
    answer = calls.call("kubernetes_request", question)
    code = answer["code"]
    headers = answer.get("headers") or {}
    if not 200 <= code <= 299:
        raise refusal(code, answer.get("reason") or "", answer.get("body"), headers)
    return Answer(answer.get("body"), code, headers)


def refusal(code: int, reason: str, body: Any, headers: Any = None) -> Exception:
    """The exception for a refused request."""
    import json

    text = body if isinstance(body, str) or body is None else json.dumps(body)
    theirs = sys.modules.get("kubernetes.client.exceptions")
    kind = theirs.ApiException if theirs is not None else ApiException
    error = kind(status=code, reason=reason)
    error.body, error.headers = text, headers
    return error


def is_refusal(error: BaseException) -> bool:
    """Whether the API server refused, in whichever class that is told."""
    theirs = sys.modules.get("kubernetes.client.exceptions")
    return isinstance(error, ApiException) or (theirs is not None and isinstance(error, theirs.ApiException))
