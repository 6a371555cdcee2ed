"""Requests to the API: JSON in both directions."""

import base64
import json
import os
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, Optional

try:
    # Actions catch this one.
    from requests.exceptions import HTTPError
except ImportError:

    class HTTPError(IOError):  # type: ignore[no-redef]
        """The API refused a request."""

        def __init__(self, message: str, response: Any = None) -> None:
            super().__init__(message)
            self.response = response


__all__ = ["HTTPClient", "HTTPError", "Response"]


class Response:
    """What the API answered."""

    def __init__(self, status: int, reason: str, headers: Any, content: bytes) -> None:
        self.status_code = status
        self.reason = reason
        self.headers = headers
        self.content = content

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def body(self) -> Any:
        """The body's JSON; none if it is empty."""
        return json.loads(self.text) if self.content else None

    def json(self) -> Any:
        """The body's JSON."""
        return self.body


class HTTPClient:
    """One endpoint of the API."""

    def __init__(
        self,
        root: str,
        cacert: Any = None,
        debug: bool = False,
        basic_auth: Optional[str] = None,
        token: Optional[str] = None,
        api_key: Optional[str] = None,
    ) -> None:
        self.root = root.rstrip("/")
        self.debug = debug
        self._tls = _tls(cacert) if self.root.startswith("https:") else None
        self._basic_auth = basic_auth
        self._token = token
        self._api_key = api_key

    def request(
        self,
        method: str,
        path: str,
        data: Any = None,
        params: Optional[Dict[str, Any]] = None,
        headers: Optional[Dict[str, str]] = None,
        token: Optional[str] = None,
        api_key: Optional[str] = None,
        may_be_missing: bool = False,
    ) -> Response:
        """Asks; an answer that is not a success is an `HTTPError`, unless it says that there is no such thing, and that
        is fine."""
        url = self.root + path + ("?" + urllib.parse.urlencode(params) if params else "")
        body = None if data is None else json.dumps(data).encode("utf-8")
        request = urllib.request.Request(url, data=body, method=method, headers=dict(headers or {}))
        request.add_header("Content-Type", "application/json")
        self._sign(request, token, api_key)
        try:
            with urllib.request.urlopen(request, context=self._tls) as answer:
                return Response(answer.status, answer.reason, answer.headers, answer.read())
        except urllib.error.HTTPError as refused:
            response = Response(refused.code, refused.reason, refused.headers, refused.read())
        if response.status_code == 404 and may_be_missing:
            return response
        raise HTTPError(_explained(response, url), response=response)

    def _sign(self, request: urllib.request.Request, token: Optional[str], api_key: Optional[str]) -> None:
        token = token or self._token or os.environ.get("ST2_AUTH_TOKEN")
        api_key = api_key or self._api_key or os.environ.get("ST2_API_KEY")
        if token:
            request.add_header("X-Auth-Token", str(token))
        if api_key:
            request.add_header("St2-Api-Key", str(api_key))
        if self._basic_auth:
            credentials = base64.b64encode(self._basic_auth.encode("utf-8")).decode("ascii")
            request.add_header("Authorization", "Basic " + credentials)


def _explained(response: Response, url: str) -> str:
    side = "Client" if response.status_code < 500 else "Server"
    reason = response.reason
    try:
        fault = response.body.get("faultstring")
        reason += "\nMESSAGE: %s" % fault if fault else ""
    except (ValueError, AttributeError):
        pass
    return "%s %s Error: %s for url: %s" % (response.status_code, side, reason, url)


def _tls(cacert: Any) -> ssl.SSLContext:
    if isinstance(cacert, str) and not os.path.isfile(cacert):
        raise ValueError('CA cert file "%s" does not exist.' % cacert)
    context = ssl.create_default_context(cafile=cacert if isinstance(cacert, str) else None)
    if cacert is False:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
