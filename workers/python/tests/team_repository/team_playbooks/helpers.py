"""What several actions need."""

from concurrent.futures import ThreadPoolExecutor
from typing import List, Tuple

from hikaru.model.rel_1_26 import Container, ContainerStatus, EnvVar, Pod


def restarted(pod: Pod, ignored: List[str]) -> List[ContainerStatus]:
    return [status for status in pod.status.containerStatuses if status.restartCount and status.name not in ignored]


def all_logs(pod) -> List[Tuple[str, str]]:
    names = [container.name for container in pod.spec.containers]
    with ThreadPoolExecutor(max_workers=4) as pool:
        return list(zip(names, pool.map(lambda name: pod.get_logs(name, previous=True) or "", names)))


def with_debugging(pod: Pod) -> Pod:
    copy = pod.dup()
    for container in copy.spec.containers:
        container.env.append(EnvVar(name="DEBUG", value="1"))
    copy.spec.containers.append(Container(name="debugger", image="debugger:1"))
    return copy
