"""Prints Python's version."""

import platform

from st2common.runners.base_action import Action


class PrintPythonVersion(Action):
    def run(self):
        print(f"Python {platform.python_version()}")
