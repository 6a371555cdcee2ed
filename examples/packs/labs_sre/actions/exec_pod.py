"""Saves the heap profile of a pod."""

from typing import Tuple, Union

import libs.k8s
import libs.pprof
from st2common.runners.base_action import Action


class ExecPodAction(Action):
    def run(self, pod: str, namespace: str) -> Tuple[bool, Union[str, dict]]:
        ret, found = libs.k8s.find_pod(self.config, pod, namespace)
        if not ret:
            return ret, found
        self.logger.info("reading the heap profile of %s in %s", pod, namespace)
        return libs.pprof.save_heap(found, self.config)
