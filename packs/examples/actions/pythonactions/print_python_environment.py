"""Returns where Python looks for modules, and which it runs."""

import sys

from st2common.runners.base_action import Action


class PrintPythonEnvironment(Action):
    def run(self):
        return {"executable": sys.executable, "prefix": sys.prefix, "path": sys.path}
