"""Injects an event through the API, with the token that this execution was given."""

import json
import os
import urllib.error
import urllib.request

from st2common.runners.base_action import Action

SECONDS = 30


class InjectTrigger(Action):
    def run(self, trigger=None, trigger_name=None, payload=None, trace_tag=None):
        if trigger and trigger_name:
            return False, "give `trigger` or `trigger_name`, not both"
        name = trigger or trigger_name
        if not name:
            return False, "`trigger_name` is missing"
        self.logger.debug("injecting %s", name)
        event = {"trigger": name, "payload": payload or {}}
        headers = {
            "Content-Type": "application/json",
            "X-Auth-Token": os.environ.get("ST2_ACTION_AUTH_TOKEN", ""),
        }
        if trace_tag:
            headers["St2-Trace-Tag"] = trace_tag
        request = urllib.request.Request(
            os.environ["ST2_ACTION_API_URL"].rstrip("/") + "/webhooks/st2",
            data=json.dumps(event).encode("utf-8"),
            headers=headers,
            method="POST",
        )
        try:
            with urllib.request.urlopen(request, timeout=SECONDS) as response:
                return True, json.load(response)
        except urllib.error.HTTPError as refused:
            return False, f"{name} was refused: {refused.read().decode('utf-8', 'replace')}"
        except OSError as failure:
            return False, f"the API cannot be reached: {failure}"
