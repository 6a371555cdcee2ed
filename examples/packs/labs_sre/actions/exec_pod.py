"""Saves the heap profile of a pod."""

from typing import Tuple, Union

import libs.pprof
from st2common.runners.base_action import Action


class ExecPodAction(Action):
    def run(self, pod: str, namespace: str) -> Tuple[bool, Union[str, dict]]:
        self.logger.info("reading the heap profile of %s in %s", pod, namespace)
        return libs.pprof.save_heap(self.config, pod, namespace)
