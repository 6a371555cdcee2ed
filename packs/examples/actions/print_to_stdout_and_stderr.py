"""Prints lines to both outputs in turn."""

import sys
import time

from st2common.runners.base_action import Action


class PrintToStdoutAndStderr(Action):
    def run(self, count, sleep_delay):
        for line in range(1, count + 1):
            if line % 2:
                print(f"stderr line {line}", file=sys.stderr, flush=True)
            else:
                print(f"stdout line {line}", flush=True)
            time.sleep(sleep_delay)
