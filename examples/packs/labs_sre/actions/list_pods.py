"""Lists all pods in the system."""

from typing import Tuple

import libs.k8s
from st2common.runners.base_action import Action
from texttable import Texttable


class ListPodsAction(Action):
    def run(self) -> Tuple[bool, str]:
        ret, pods = libs.k8s.list_pods(self.config)
        if not ret:
            return ret, pods
        table = Texttable()
        table.add_rows(pods)
        return ret, table.draw()
