"""Commands in pods, their logs, and waiting for things to happen. The cluster is asked through Squall."""

import base64
import io
import json
import logging
import re
import tarfile
import time
from typing import Any, Callable, Dict, List, Optional

from hikaru import cluster
from hikaru.model.rel_1_26 import Job, Namespace, NamespaceList, Pod
from squall_worker import calls

from robusta.core.model.env_vars import NAMESPACE_DATA_TTL
from robusta.integrations.kubernetes.times import (
    parse_kubernetes_datetime,
    parse_kubernetes_datetime_to_ms,
    parse_kubernetes_datetime_with_ms,
)

__all__ = [
    "exec_commands",
    "exec_shell_command",
    "get_all_namespace_data",
    "get_namespace_annotations",
    "get_namespace_labels",
    "get_pod_logs",
    "list_available_services",
    "parse_kubernetes_datetime",
    "parse_kubernetes_datetime_to_ms",
    "parse_kubernetes_datetime_with_ms",
    "prepare_pod_command",
    "to_kubernetes_name",
    "upload_file",
    "wait_for_pod_status",
    "wait_until",
    "wait_until_job_complete",
]

RUNNING_STATE = "Running"
SUCCEEDED_STATE = "Succeeded"
default_exec_command = ["/bin/sh", "-c"]

_namespaces: Dict[str, Any] = {}


def wait_until(
    read_function: Callable[[], Any],
    predicate_function: Callable[[Any], bool],
    timeout_sec: float,
    backoff_wait_sec: float,
) -> Any:
    """Reads again and again until what was read is as wanted, and gives it; an exception if it never is."""
    end = time.time() + timeout_sec
    while time.time() < end:
        try:
            found = read_function()
            if predicate_function(found):
                return found
        except Exception as error:
            if not cluster.is_refusal(error):
                raise
            logging.exception("failed calling read_function")
        time.sleep(backoff_wait_sec)
    raise Exception("Failed to reach wait condition")


def wait_until_job_complete(job: Any, timeout: float) -> Any:
    """Waits until a job has ended or failed once."""

    def has_ended(read: Any) -> bool:
        status = read.status
        return bool(status) and (status.completionTime is not None or status.failed is not None)

    metadata = job.metadata
    return wait_until(lambda: Job.readNamespacedJob(metadata.name, metadata.namespace).obj, has_ended, timeout, 5)


def wait_for_pod_status(name: str, namespace: str, status: str, timeout_sec: float, backoff_wait_sec: float) -> str:
    """Waits until a pod has a status; gives it, or `FAIL` if it never had."""
    end = time.time() + timeout_sec
    while time.time() < end:
        try:
            pod = Pod.readNamespacedPod(name, namespace).obj
            if pod.status and pod.status.phase == status:
                return status
        except Exception as error:
            if not cluster.is_refusal(error):
                raise
            logging.exception("failed to get pod status %s %s", name, namespace)
        time.sleep(backoff_wait_sec)
    return "FAIL"


def exec_shell_command(name: str, shell_command: str, namespace: str = "default", container: Optional[str] = None) -> str:
    """Runs a command line in a pod's container; gives all that it printed."""
    return exec_commands(name, default_exec_command + [shell_command], namespace, container)


def exec_commands(name: str, exec_command: List[str], namespace: str = "default", container: Optional[str] = None) -> str:
    """Runs a command in a pod's container. If the pod does not run, the answer says so."""
    if wait_for_pod_status(name, namespace, RUNNING_STATE, 90, 0.2) != RUNNING_STATE:
        message = "Not running exec commands. Pod %s %s is not in running state" % (name, namespace)
        logging.error(message)
        return message
    return _execute(name, namespace, container, exec_command, None)


def upload_file(
    name: str, destination: str, contents: bytes, namespace: str = "default", container: Optional[str] = None
) -> None:
    """Writes a file in a pod's container, which must have `tar`."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(destination)
        entry.size = len(contents)
        tar.addfile(entry, fileobj=io.BytesIO(contents))
    _execute(name, namespace, container, ["tar", "xvf", "-", "-C", "/"], archive.getvalue())


def _execute(name: str, namespace: str, container: Optional[str], command: List[str], given: Optional[bytes]) -> str:
    question = {
        "namespace": namespace,
        "pod": name,
        "container": container,
        "command": command,
        "input": None if given is None else base64.b64encode(given).decode("ascii"),
    }
    return calls.call("kubernetes_exec", question)["output"]


def get_pod_logs(
    name: str,
    namespace: str = "default",
    container: Optional[str] = "",
    previous: Optional[bool] = None,
    tail_lines: Optional[int] = None,
    since_seconds: Optional[int] = None,
) -> Optional[str]:
    """A container's log. None if there is no such pod; nothing if the log cannot be read."""
    query = {"container": container or None, "previous": previous, "tailLines": tail_lines, "sinceSeconds": since_seconds}
    return _text_or_nothing("/api/v1/namespaces/%s/pods/%s/log" % (namespace, name), query, "get pod logs of " + name)


def list_available_services(namespace: str = "default") -> Optional[str]:
    """The services of a namespace, as the JSON text that the API gives."""
    return _text_or_nothing("/api/v1/namespaces/%s/services" % namespace, {}, "list services of " + namespace)


def _text_or_nothing(path: str, query: Dict[str, Any], what: str) -> Optional[str]:
    try:
        body = cluster.request("GET", path, query).body
    except Exception as error:
        if not cluster.is_refusal(error):
            raise
        if getattr(error, "status", None) == 404:
            return None
        logging.exception("failed to %s", what)
        return ""
    return body if isinstance(body, str) else json.dumps(body)


def prepare_pod_command(cmd: Any) -> Optional[List[str]]:
    """A command as a list; a text is split at its spaces."""
    if isinstance(cmd, str):
        return cmd.split(" ")
    if cmd is not None and not isinstance(cmd, list):
        logging.error("cmd %s has unknown type %s", cmd, type(cmd))
    return cmd


def to_kubernetes_name(name: str, prefix: str = "") -> str:
    """A name that Kubernetes takes and that nothing else has."""
    unique = str(time.time()).replace(".", "-")
    safe = re.sub("[^0-9a-zA-Z\\-]+", "-", name)
    return ("%s%s-%s" % (prefix, safe, unique))[:63]


def get_all_namespace_data() -> Dict[str, Any]:
    """The metadata of all namespaces, read again when it is half an hour old."""
    if time.time() - _namespaces.get("read_at", 0) > NAMESPACE_DATA_TTL:
        try:
            items: List[Namespace] = NamespaceList.listNamespace().obj.items
            _namespaces["found"] = {namespace.metadata.name: namespace.metadata for namespace in items}
        except Exception as error:
            if not cluster.is_refusal(error):
                raise
            logging.exception("failed to list namespaces")
            _namespaces["found"] = {}
        _namespaces["read_at"] = time.time()
    return _namespaces["found"]


def get_namespace_labels(namespace_name: str) -> Dict[str, str]:
    """A namespace's labels."""
    return get_all_namespace_data()[namespace_name].labels


def get_namespace_annotations(namespace_name: str) -> Dict[str, str]:
    """A namespace's annotations."""
    return get_all_namespace_data()[namespace_name].annotations
