"""Requests to run an action, signed."""

import hashlib
import hmac
import logging
from typing import Any, List, Optional
from uuid import UUID

from pydantic import BaseModel

from robusta.core.model.env_vars import RELAY_EXTERNAL_ACTIONS_URL


class ActionRequestBody(BaseModel):
    """Which action, with what, where."""

    account_id: str
    cluster_name: str
    action_name: str
    timestamp: int
    action_params: dict = None  # type: ignore[assignment]
    sinks: Optional[List[str]] = None
    origin: str = None  # type: ignore[assignment]


class ExternalActionRequest(BaseModel):
    """A request with what proves who asks."""

    body: ActionRequestBody
    signature: str = ""
    partial_auth_a: str = ""
    partial_auth_b: str = ""
    request_id: str = ""
    no_sinks: bool = False
    stream: bool = False


class PartialAuth(BaseModel):
    """One half of a key, with what it is for."""

    hash: str
    key: UUID


def sign_action_request(body: BaseModel, signing_key: str) -> str:
    """The signature of a request."""
    if not signing_key:
        raise Exception("Signing key not available. Cannot sign action request")
    text = "v0:" + body.json(exclude_none=True, sort_keys=True)
    return "v0=" + hmac.new(signing_key.encode(), text.encode(), hashlib.sha256).hexdigest()


class OutgoingActionRequest:
    """Requests to other clusters."""

    @staticmethod
    def send(body: ActionRequestBody, signing_key: str) -> None:
        """Signs a request and sends it to the relay."""
        import requests

        request: Any = ExternalActionRequest(signature=sign_action_request(body, signing_key), body=body)
        answer = requests.post(RELAY_EXTERNAL_ACTIONS_URL, json=request.dict())
        if answer.status_code != 200:
            logging.error("Failed to send external action request %s %s", answer.status_code, answer.reason)
