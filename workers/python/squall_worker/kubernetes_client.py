"""Lets code that imports the package `kubernetes` itself reach the cluster through Squall, without credentials.

When the package's modules are imported, what would connect is replaced: loading a configuration does nothing, requests
become the call `kubernetes_request`, and commands in pods the call `kubernetes_exec`. A client that was given a host of
its own connects to that host as ever.
"""

import base64
import importlib.abc
import importlib.machinery
import io
import json
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence
from urllib.parse import parse_qsl, unquote, urlsplit

from squall_worker import calls

_OUR_HOST = "http://localhost"
"""Where a client connects that nobody has configured."""

_COMMANDS_END = "/exec"


def install() -> None:
    """Replaces what would connect, in modules that are imported from now on or have been already."""
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
        for name, change in _CHANGES.items():
            if name in sys.modules:
                change(sys.modules[name])


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name: str, path: Optional[Sequence[str]], target: Any = None) -> Any:
        if name not in _CHANGES:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader, _CHANGES[name])
        return spec


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any, change: Callable[[Any], None]) -> None:
        self._loader, self._change = loader, change

    def create_module(self, spec: Any) -> Any:
        return self._loader.create_module(spec)

    def exec_module(self, module: Any) -> None:
        self._loader.exec_module(module)
        self._change(module)


def _change_config(module: Any) -> None:
    def load_nothing(*args: Any, **kwargs: Any) -> None:
        """Squall knows the cluster."""

    for name in ("load_incluster_config", "load_kube_config", "load_config"):
        setattr(module, name, load_nothing)


def _change_rest(module: Any) -> None:
    original = module.RESTClientObject.request

    def request(
        self: Any,
        method: str,
        url: str,
        query_params: Any = None,
        headers: Optional[Dict[str, str]] = None,
        body: Any = None,
        post_params: Any = None,
        _preload_content: bool = True,
        _request_timeout: Any = None,
    ) -> Any:
        given = (method, url, query_params, headers, body, post_params, _preload_content, _request_timeout)
        if not _is_ours(url):
            return original(self, *given)
        content_type = _content_type(method, headers or {}, body)
        answer = _Answer(_ask(method.upper(), urlsplit(url), query_params or [], body, content_type, module.ApiException))
        if not _preload_content:
            return answer
        response = module.RESTResponse(answer)
        response.data = answer.data.decode("utf-8", "replace")
        if not 200 <= answer.status <= 299:
            raise module.ApiException(http_resp=response)
        return response

    module.RESTClientObject.request = request


def _is_ours(url: str) -> bool:
    parts = urlsplit(url)
    return "%s://%s" % (parts.scheme, parts.netloc) in (_OUR_HOST, _OUR_HOST + ":80")


def _content_type(method: str, headers: Dict[str, str], body: Any) -> Optional[str]:
    told = headers.get("Content-Type")
    if method.upper() == "PATCH" and told == "application/json-patch+json" and not isinstance(body, list):
        # The client asks for the first kind that the API takes, also for what cannot be of that kind.
        return "application/strategic-merge-patch+json"
    return told if method.upper() == "PATCH" else None


def _ask(method: str, url: Any, query: Any, body: Any, content_type: Optional[str], refusal: Any) -> Dict[str, Any]:
    asked: Dict[str, Any] = {}
    for name, value in [*parse_qsl(url.query), *query]:
        asked[name] = [*_listed(asked[name]), value] if name in asked else value
    if asked.get("watch") in (True, "true", "True"):
        raise refusal(status=0, reason="a playbook's action cannot watch the cluster; a trigger can")
    question = {"method": method, "path": unquote(url.path), "query": asked, "body": body, "content_type": content_type}
    try:
        return calls.call("kubernetes_request", question)
    except calls.Refused as error:
        raise refusal(status=0, reason=str(error))


def _listed(value: Any) -> List[Any]:
    return value if isinstance(value, list) else [value]


class _Answer(io.BytesIO):
    """An answer that looks like that of urllib3."""

    def __init__(self, told: Dict[str, Any]) -> None:
        body = told.get("body")
        text = body if isinstance(body, str) else "" if body is None else json.dumps(body)
        super().__init__(text.encode("utf-8"))
        self.data = self.getvalue()
        self.status = told["code"]
        self.reason = told.get("reason") or ""
        self.headers = told.get("headers") or {}

    def getheaders(self) -> Dict[str, str]:
        """All headers."""
        return self.headers

    def getheader(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """One header."""
        return self.headers.get(name, default)

    def release_conn(self) -> None:
        """There is no connection."""


class _Commands:
    """A command in a pod, with the face of the client's web socket. It runs when its output is first wanted."""

    def __init__(self, question: Dict[str, Any]) -> None:
        self._question = question
        self._input = b""
        self._output: Optional[str] = None
        self.returncode: Optional[int] = None

    def write_stdin(self, data: Any) -> None:
        """What the command will read."""
        self._input += data if isinstance(data, bytes) else data.encode("utf-8")

    def run_forever(self, timeout: Optional[float] = None) -> None:
        """Runs it to its end."""
        if self.returncode is None:
            given = base64.b64encode(self._input).decode("ascii") if self._input else None
            answer = calls.call("kubernetes_exec", {**self._question, "input": given})
            self._output, self.returncode = answer["output"], answer["exit_code"]

    update = run_forever

    def is_open(self) -> bool:
        """Whether there is more to read."""
        return self._output is None or bool(self._output)

    def peek_stdout(self, timeout: float = 0) -> str:
        """What there is to read."""
        self.run_forever()
        return self._output or ""

    def read_stdout(self, timeout: Optional[float] = None) -> str:
        """All that there is to read."""
        found, self._output = self.peek_stdout(), ""
        return found

    def readline_stdout(self, timeout: Optional[float] = None) -> str:
        """The next line."""
        line, _, self._output = self.peek_stdout().partition("\n")
        return line

    read_all = read_stdout

    def peek_stderr(self, timeout: float = 0) -> str:
        """Nothing: errors come with the output."""
        return ""

    read_stderr = readline_stderr = peek_stderr

    def close(self, **kwargs: Any) -> None:
        """Gives up what was not read."""
        self._output = self._output and ""


def _change_web_socket(module: Any) -> None:
    original = module.websocket_call

    def websocket_call(configuration: Any, _method: str, url: str, **kwargs: Any) -> Any:
        parts = urlsplit(url)
        if not _is_ours(url) or not parts.path.endswith(_COMMANDS_END):
            return original(configuration, _method, url, **kwargs)
        *_, namespace, _, pod, _ = unquote(parts.path).split("/")
        query = [*parse_qsl(parts.query), *(kwargs.get("query_params") or [])]
        command = [part for name, value in query if name == "command" for part in _listed(value)]
        container = next((value for name, value in query if name == "container"), None)
        commands = _Commands({"namespace": namespace, "pod": pod, "container": container, "command": command})
        if not kwargs.get("_preload_content", True):
            return commands
        try:
            return module.WSResponse(commands.read_all())
        except calls.Refused as error:
            raise module.ApiException(status=0, reason=str(error))

    module.websocket_call = websocket_call


_CHANGES: Dict[str, Callable[[Any], None]] = {
    "kubernetes.config": _change_config,
    "kubernetes.client.rest": _change_rest,
    "kubernetes.stream.ws_client": _change_web_socket,
}
