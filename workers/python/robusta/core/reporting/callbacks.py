"""Buttons as requests to run their action."""

import time
from typing import Any, Dict

from pydantic import BaseModel

from robusta.core.playbooks.actions_registry import Action
from robusta.core.reporting.action_requests import ActionRequestBody, ExternalActionRequest, sign_action_request
from robusta.core.reporting.blocks import CallbackChoice


def callback_params(choice: CallbackChoice) -> Dict[str, Any]:
    """The parameters that pressing the button gives its action: the object is told by kind, name and namespace."""
    given: Dict[str, Any] = {} if choice.action_params is None else choice.action_params.dict(exclude_defaults=True)
    subject = choice.kubernetes_object
    if subject:
        given.update(kind=subject.kind, name=subject.metadata.name)
        if hasattr(subject.metadata, "namespace"):
            given["namespace"] = subject.metadata.namespace
    return given


class ExternalActionRequestBuilder(BaseModel):
    """Makes signed requests of buttons."""

    @classmethod
    def create_for_func(
        cls, choice: CallbackChoice, sink: str, text: str, account_id: str, cluster_name: str, signing_key: str
    ) -> ExternalActionRequest:
        """The request that pressing the button sends."""
        if choice.action is None:
            hint = "Did you accidentally pass `foo()` as a callback and not `foo`?"
            raise Exception("The callback for choice %s is None. %s" % (text, hint))
        if not Action.is_action(choice.action):
            raise Exception("%s is not a function that was decorated with @action" % choice.action)
        if not signing_key:
            raise Exception("Cannot create callback request with no signing key. Configure signing_key in globalConfig")
        body = ActionRequestBody(
            account_id=account_id,
            cluster_name=cluster_name,
            timestamp=time.time(),
            action_name=choice.action.__name__,
            action_params=callback_params(choice),
            sinks=[sink],
            origin="callback",
        )
        return ExternalActionRequest(body=body, signature=sign_action_request(body, signing_key))
