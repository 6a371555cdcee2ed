"""The action of the rehearsal."""

from typing import Any, Dict, Tuple

from st2common.runners.base_action import Action


class Rehearsed(Action):
    """Gives back what it gets."""

    def run(self, text: str) -> Tuple[bool, Dict[str, Any]]:
        return True, {"text": text, "numbers": [1, 2.5, None]}
