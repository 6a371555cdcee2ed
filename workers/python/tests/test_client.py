"""The client of the API, against a server that remembers what it was asked."""

import http.server
import json
import threading
import unittest
from typing import Any, Dict, List, Tuple
from unittest import mock

from st2client.client import Client
from st2client.models import Action, KeyValuePair, LiveAction, Rule
from st2client.utils.httpclient import HTTPError


class Api(http.server.BaseHTTPRequestHandler):
    """Answers as told."""

    asked: List[Tuple[str, str, Any, Dict[str, str]]] = []
    answer: Tuple[int, Any] = (200, {})

    def do_any(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = json.loads(self.rfile.read(length)) if length else None
        self.asked.append((self.command, self.path, body, dict(self.headers)))
        status, answer = self.answer
        content = b"" if answer is None else json.dumps(answer).encode("utf-8")
        self.send_response(status)
        self.send_header("X-Total-Count", "7")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = do_any

    def log_message(self, *_: Any) -> None:
        pass


class ClientTest(unittest.TestCase):
    def setUp(self) -> None:
        Api.asked.clear()
        server = http.server.HTTPServer(("127.0.0.1", 0), Api)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        self.url = "http://127.0.0.1:%d/v1" % server.server_port
        variables = {"ST2_API_URL": self.url, "ST2_AUTH_TOKEN": "t0"}
        patch = mock.patch.dict("os.environ", variables, clear=True)
        patch.start()
        self.addCleanup(patch.stop)

    def check(self, status: int, answer: Any, expected: Tuple[str, str, Any]) -> "Check":
        Api.answer = (status, answer)
        return Check(self, expected)

    def test_requests(self) -> None:
        client = Client()
        key = {"name": "a", "value": "1"}
        with self.check(200, key, ("GET", "/v1/keys/a?scope=system&decrypt=true", None)):
            found = client.keys.get_by_name("a", decrypt="true", params={"scope": "system"})
            self.assertEqual((found.id, found.value), ("a", "1"))
        with self.check(404, {"faultstring": "none"}, ("GET", "/v1/keys/a", None)):
            self.assertIsNone(client.keys.get_by_id("a"))
        with self.check(200, [key], ("GET", "/v1/keys?limit=5&prefix=p", None)):
            self.assertEqual([found.name for found in client.keys.get_all(limit=5, prefix="p", offset=0)], ["a"])
        with self.check(200, key, ("PUT", "/v1/keys/a", {**key, "ttl": 5})):
            client.keys.update(KeyValuePair(name="a", value="1", ttl=5))
        with self.check(204, None, ("DELETE", "/v1/keys/a", None)):
            self.assertIs(client.keys.delete(KeyValuePair(name="a")), True)
        with self.check(201, {"id": "e1", "status": "requested"}, ("POST", "/v1/executions", {"action": "core.noop"})):
            self.assertEqual(client.liveactions.create(LiveAction(action="core.noop")).id, "e1")
        with self.check(200, [{"name": "r"}], ("GET", "/v1/rules/?pack=p&enabled=True", None)):
            rules, count = client.rules.query_with_count(pack="p", enabled=True)
            self.assertEqual(([rule.name for rule in rules], count), (["r"], 7))
        data = {"trigger": "p.t", "payload": {"a": 1}}
        with self.check(202, data, ("POST", "/v1/webhooks/st2", data)):
            client.webhooks.post_generic_webhook("p.t", {"a": 1}, trace_tag="x")
            self.assertEqual(Api.asked[0][3]["St2-Trace-Tag"], "x")
        data = {"parameters": {"a": 1}, "tasks": ["t", "u"], "reset": ["u"], "delay": 0}
        with self.check(201, {}, ("POST", "/v1/executions/e/re_run", data)):
            client.executions.re_run("e", {"a": 1}, tasks=["t", "u"], no_reset=["t"])
        match = {"actionalias": {"name": "n"}, "representation": "say"}
        with self.check(200, match, ("POST", "/v1/actionalias/match", {"name": "a"})):
            self.assertEqual(client.managers["ActionAlias"].match(Action(name="a"))[1], "say")
        with self.check(200, {"username": "pat"}, ("GET", "/v1/user", None)):
            self.assertEqual(client.get_user_info(), {"username": "pat"})

    def test_signing(self) -> None:
        for client, words, header, value in [
            (Client(), {}, "X-Auth-Token", "t0"),
            (Client(token="t1"), {}, "X-Auth-Token", "t1"),
            (Client(token="t1"), {"token": "t2"}, "X-Auth-Token", "t2"),
            (Client(api_key="k"), {}, "St2-Api-Key", "k"),
            (Client(basic_auth="a:b"), {}, "Authorization", "Basic YTpi"),
        ]:
            with self.check(200, [], ("GET", "/v1/packs", None)):
                client.packs.get_all(**words)
                self.assertEqual({name.lower(): text for name, text in Api.asked[0][3].items()}[header.lower()], value)

    def test_refusals(self) -> None:
        client = Client(api_url=self.url)
        for status in (400, 401, 403, 404, 500):
            with self.check(status, {"faultstring": "no such thing"}, ("POST", "/v1/rules", {"name": "r"})):
                with self.assertRaisesRegex(HTTPError, "(?s)%d (Client|Server) Error.*MESSAGE: no such thing" % status):
                    client.rules.create(Rule(name="r"))

    def test_what_is_missing_is_told(self) -> None:
        with self.assertRaisesRegex(AttributeError, "has no `timers`; install st2client"):
            Client().timers  # noqa: B018
        with self.assertRaisesRegex(ValueError, "does not exist"):
            Client(api_url="https://127.0.0.1/v1", cacert="/no/such/file")

    def test_addresses(self) -> None:
        with mock.patch.dict("os.environ", {}, clear=True):
            self.assertEqual(Client().endpoints["api"], "http://127.0.0.1:9101/v1")
            self.assertEqual(Client("http://there").endpoints["auth"], "http://there:9100")
        self.assertEqual(Client("http://there").endpoints["api"], self.url)


class Check:
    """Sees to it that exactly one request is made in its block, and which."""

    def __init__(self, test: unittest.TestCase, expected: Tuple[str, str, Any]) -> None:
        self.test = test
        self.expected = expected

    def __enter__(self) -> None:
        Api.asked.clear()

    def __exit__(self, *error: Any) -> None:
        if error[0] is None:
            self.test.assertEqual([asked[:3] for asked in Api.asked], [self.expected])
