"""Waits for some seconds."""

import random as randomness
import time

from st2common.runners.base_action import Action


class Pause(Action):
    def run(self, max_pause, random=False):
        seconds = randomness.randint(1, int(max_pause)) if random else max_pause
        time.sleep(seconds)
        return True, seconds
