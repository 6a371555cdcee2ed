"""Turns JSON text into a value."""

import json

from st2common.runners.base_action import Action


class JsonStringToObject(Action):
    def run(self, json_str):
        try:
            return True, json.loads(json_str)
        except ValueError as failure:
            return False, f"not JSON: {failure}"
