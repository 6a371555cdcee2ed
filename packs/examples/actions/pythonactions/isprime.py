"""Says whether a number is prime."""

import math

from st2common.runners.base_action import Action


class IsPrime(Action):
    def run(self, value):
        self.logger.debug("looking at %s", value)
        return value > 1 and all(value % divisor for divisor in range(2, math.isqrt(value) + 1))
