"""Pods, deployments and jobs with what Robusta adds to them."""

import logging
import os
import re
import time
from enum import Enum, auto
from typing import Any, Dict, List, Optional

import hikaru
from hikaru import cluster
from hikaru.model.rel_1_26 import (
    Capabilities,
    Container,
    Deployment,
    EventList,
    HostPathVolumeSource,
    Job,
    JobSpec,
    LabelSelector,
    Node,
    ObjectMeta,
    OwnerReference,
    Pod,
    PodList,
    PodSpec,
    PodTemplateSpec,
    Secret,
    SecurityContext,
    Volume,
    VolumeMount,
)
from pydantic import BaseModel

from robusta.core.model.env_vars import (
    IMAGE_REGISTRY,
    INSTALLATION_NAMESPACE,
    POD_WAIT_RETRIES,
    POD_WAIT_RETRIES_SECONDS,
    RUNNER_SERVICE_ACCOUNT,
)
from robusta.integrations.kubernetes.api_client_utils import (
    SUCCEEDED_STATE,
    exec_shell_command,
    get_pod_logs,
    prepare_pod_command,
    to_kubernetes_name,
    upload_file,
    wait_for_pod_status,
    wait_until_job_complete,
)
from robusta.integrations.kubernetes.images import extract_image_list, extract_images, get_images
from robusta.integrations.kubernetes.workloads import DeploymentConfig, Rollout
from robusta.utils.parsing import load_json

__all__ = [
    "DeploymentConfig",
    "JobSecret",
    "Process",
    "ProcessList",
    "RegexReplacementStyle",
    "RobustaDeployment",
    "RobustaEvent",
    "RobustaJob",
    "RobustaPod",
    "Rollout",
    "build_selector_query",
    "does_daemonset_have_toleration",
    "does_node_have_taint",
    "extract_image_list",
    "extract_images",
    "get_images",
    "list_pods_using_selector",
]

PYTHON_DEBUGGER_IMAGE = "%s/%s" % (IMAGE_REGISTRY, os.environ.get("PYTHON_DEBUGGER_IMAGE", "debug-toolkit:v8.0"))
JAVA_DEBUGGER_IMAGE = "%s/java-toolkit:v1.0.2" % IMAGE_REGISTRY


class Process(BaseModel):
    """A process in a pod."""

    pid: int
    exe: str
    cmdline: List[str]


class ProcessList(BaseModel):
    """Processes in a pod."""

    processes: List[Process]


class JobSecret(BaseModel):
    """A secret that a job is given."""

    name: str
    data: Dict[str, str]


class RegexReplacementStyle(Enum):
    """What stands in place of what is not shown: as many asterisks, or the pattern's name in brackets."""

    SAME_LENGTH_ASTERISKS = auto()
    NAMED = auto()


def build_selector_query(selector: Any) -> Optional[str]:
    """A label selector as the API's query has it."""
    if isinstance(selector, LabelSelector):
        parts = ["%s=%s" % label for label in selector.matchLabels.items()]
        return ",".join(parts + [_expression(one) for one in selector.matchExpressions])
    if isinstance(selector, dict):
        return ",".join("%s=%s" % label for label in selector.items())
    return None


def _expression(one: Any) -> str:
    operator = one.operator.lower()
    if operator in ("exists", "doesnotexist"):
        return one.key if operator == "exists" else "!" + one.key
    return "%s %s (%s)" % (one.key, one.operator, ",".join(one.values))


def list_pods_using_selector(namespace: str, selector: Any, field_selector: Optional[str] = None) -> List[Any]:
    """The pods that a selector chooses."""
    query = build_selector_query(selector)
    return PodList.listNamespacedPod(namespace=namespace, label_selector=query, field_selector=field_selector).obj.items


def does_daemonset_have_toleration(ds: Any, toleration_key: str) -> bool:
    """Whether a daemon set's pods tolerate a taint."""
    return any(toleration.key == toleration_key for toleration in ds.spec.template.spec.tolerations)


def does_node_have_taint(node: Any, taint_key: str) -> bool:
    """Whether a node has a taint."""
    return any(taint.key == taint_key for taint in node.spec.taints)


class RobustaEvent:
    """Kubernetes' own events."""

    @classmethod
    def get_events(cls, kind: str, name: str, namespace: Optional[str] = None) -> Any:
        """The events about an object."""
        selector = "regarding.kind=%s,regarding.name=%s" % (kind, name)
        if namespace:
            selector += ",regarding.namespace=%s" % namespace
        return EventList.listEventForAllNamespaces(field_selector=selector).obj


class RobustaPod(Pod):
    """A pod one can work with."""

    def exec(self, shell_command: str, container: Optional[str] = None) -> str:
        """Runs a command line in a container, the first one if none is named."""
        if container is None:
            container = self.spec.containers[0].name
        return exec_shell_command(self.metadata.name, shell_command, self.metadata.namespace, container)

    def get_logs(
        self,
        container: Optional[str] = None,
        previous: Optional[bool] = None,
        tail_lines: Optional[int] = None,
        regex_replacer_patterns: Optional[List[Any]] = None,
        regex_replacement_style: Optional[RegexReplacementStyle] = None,
        filter_regex: Optional[str] = None,
    ) -> Optional[str]:
        """A container's log, of the first one if none is named. Patterns choose what of it is shown, and how."""
        if not container and self.spec.containers:
            container = self.spec.containers[0].name
        logs = get_pod_logs(self.metadata.name, self.metadata.namespace, container, previous, tail_lines)
        if logs and filter_regex:
            logs = "\n".join(re.findall(re.compile(filter_regex), logs))
        for pattern in (regex_replacer_patterns or []) if logs else []:
            named = regex_replacement_style == RegexReplacementStyle.NAMED
            replacement: Any = "[%s]" % pattern.name.upper() if named else _same_length
            logs = re.sub(pattern.regex, replacement, logs)
        return logs

    @staticmethod
    def exec_in_java_pod(
        pod_name: str,
        node_name: str,
        debug_cmd: Any = None,
        override_jtk_image: str = JAVA_DEBUGGER_IMAGE,
        custom_annotations: Optional[Dict[str, str]] = None,
    ) -> str:
        """Runs a command beside a pod, with Java's tools."""
        return RobustaPod.exec_in_debugger_pod(pod_name, node_name, debug_cmd, override_jtk_image, custom_annotations)

    @staticmethod
    def create_debugger_pod(
        pod_name: str,
        node_name: str,
        debug_image: str = PYTHON_DEBUGGER_IMAGE,
        debug_cmd: Any = None,
        env: Optional[List[Any]] = None,
        mount_host_root: bool = False,
        custom_annotations: Optional[Dict[str, str]] = None,
    ) -> Any:
        """Starts a pod on a node that sees the node's processes."""
        mounts = [VolumeMount(name="host-root", mountPath="/host")] if mount_host_root else None
        host = Volume(name="host-root", hostPath=HostPathVolumeSource(path="/", type="Directory"))
        capabilities = Capabilities(add=["SYS_PTRACE", "SYS_ADMIN"])
        debugger = RobustaPod(
            metadata=ObjectMeta(
                name=to_kubernetes_name(pod_name, "debug-"),
                namespace=INSTALLATION_NAMESPACE,
                annotations=custom_annotations,
            ),
            spec=PodSpec(
                serviceAccountName=RUNNER_SERVICE_ACCOUNT,
                hostPID=True,
                nodeName=node_name,
                restartPolicy="OnFailure",
                containers=[
                    Container(
                        name="debugger",
                        image=debug_image,
                        imagePullPolicy="Always",
                        command=prepare_pod_command(debug_cmd),
                        securityContext=SecurityContext(capabilities=capabilities, privileged=True),
                        volumeMounts=mounts,
                        env=env,
                    )
                ],
                volumes=[host] if mount_host_root else None,
            ),
        )
        return debugger.createNamespacedPod(debugger.metadata.namespace).obj

    @staticmethod
    def exec_on_node(
        pod_name: str, node_name: str, cmd: str, custom_annotations: Optional[Dict[str, str]] = None
    ) -> str:
        """Runs a command on a node itself."""
        command = 'nsenter -t 1 -a "%s"' % cmd
        return RobustaPod.exec_in_debugger_pod(pod_name, node_name, command, custom_annotations=custom_annotations)

    @staticmethod
    def run_debugger_pod(
        node_name: str,
        pod_image: str,
        env: Optional[List[Any]] = None,
        mount_host_root: bool = False,
        custom_annotations: Optional[Dict[str, str]] = None,
    ) -> Optional[str]:
        """Runs a pod on a node to its end, and gives its log."""
        debugger = RobustaPod.create_debugger_pod(
            node_name, node_name, pod_image, None, env, mount_host_root, custom_annotations
        )
        name, namespace = debugger.metadata.name, debugger.metadata.namespace
        try:
            status = wait_for_pod_status(name, namespace, SUCCEEDED_STATE, 360, 0.2)
            if status != SUCCEEDED_STATE:
                raise Exception("pod %s in %s failed to complete. It is in state %s" % (name, namespace, status))
            return debugger.get_logs()
        finally:
            RobustaPod.deleteNamespacedPod(name, namespace)

    @staticmethod
    def exec_in_debugger_pod(
        pod_name: str,
        node_name: str,
        cmd: str,
        debug_image: str = PYTHON_DEBUGGER_IMAGE,
        custom_annotations: Optional[Dict[str, str]] = None,
    ) -> str:
        """Runs a command in a pod made for it on a node."""
        debugger = RobustaPod.create_debugger_pod(
            pod_name, node_name, debug_image, custom_annotations=custom_annotations
        )
        try:
            return debugger.exec(cmd)
        finally:
            RobustaPod.deleteNamespacedPod(debugger.metadata.name, debugger.metadata.namespace)

    @staticmethod
    def extract_container_id(status: Any) -> str:
        """The id of a container, without what runs it."""
        _, container_id = status.containerID.split("://")
        return container_id

    def get_node(self) -> Optional[Any]:
        """The node that the pod runs on."""
        try:
            return Node.readNode(self.spec.nodeName).obj
        except Exception as error:
            logging.error("Failed to read pod's node information: %s", error)
            return None

    def get_processes(self, custom_annotations: Optional[Dict[str, str]] = None) -> List[Process]:
        """The processes in the pod."""
        ids = " ".join(map(self.extract_container_id, self.status.containerStatuses))
        command = "debug-toolkit pod-ps %s %s" % (self.metadata.uid, ids)
        output = RobustaPod.exec_in_debugger_pod(
            self.metadata.name, self.spec.nodeName, command, custom_annotations=custom_annotations
        )
        return ProcessList(**load_json(output)).processes

    def get_images(self) -> Dict[str, str]:
        """The tags of its images, by name."""
        return get_images(self.spec.containers)

    def has_direct_owner(self, owner_uid: str) -> bool:
        """Whether something made it."""
        return any(owner.uid == owner_uid for owner in self.metadata.ownerReferences)

    def has_toleration(self, toleration_key: str) -> bool:
        """Whether it tolerates a taint."""
        return any(toleration.key == toleration_key for toleration in self.spec.tolerations)

    def has_cpu_limit(self) -> bool:
        """Whether a container of it may have only so many processors."""
        return any(one.resources and one.resources.limits.get("cpu") for one in self.spec.containers)

    def upload_file(self, path: str, contents: bytes, container: Optional[str] = None) -> None:
        """Writes a file in a container, the first one if none is named."""
        container = container or self.spec.containers[0].name
        upload_file(self.metadata.name, path, contents, namespace=self.metadata.namespace, container=container)

    def is_pod_in_ready_condition(self) -> str:
        """`True`, `False` or `Unknown`, as text."""
        return next((one.status for one in self.status.conditions if one.type == "Ready"), "Unknown")

    @staticmethod
    def find_pods_with_direct_owner(namespace: str, owner_uid: str) -> List[Any]:
        """The pods of a namespace that something made."""
        return [pod for pod in PodList.listNamespacedPod(namespace).obj.items if pod.has_direct_owner(owner_uid)]

    @staticmethod
    def find_pod(name_prefix: str, namespace: str) -> Any:
        """The first pod whose name begins so."""
        for pod in PodList.listNamespacedPod(namespace).obj.items:
            if pod.metadata.name.startswith(name_prefix):
                return pod
        raise Exception("No pod exists in namespace '%s' with name prefix '%s'" % (namespace, name_prefix))

    @staticmethod
    def read(name: str, namespace: str) -> Any:  # type: ignore[override]
        """The pod of that name."""
        return Pod.readNamespacedPod(name, namespace).obj

    @staticmethod
    def wait_for_pod_ready(pod_name: str, namespace: str, timeout: int = 60) -> Any:
        """Waits for a pod to run, for at most so many seconds."""
        found = _wait(lambda: RobustaPod.read(pod_name, namespace), lambda pod: pod.status.phase == "Running", timeout)
        if found is None:
            text = "Pod %s in namespace %s is not ready after %s seconds"
            raise RuntimeError(text % (pod_name, namespace, timeout))
        return found


class RobustaDeployment(Deployment):
    """A deployment one can work with."""

    @classmethod
    def from_image(cls, name: str, image: str = "busybox", cmd: Any = None) -> Any:
        """A deployment of one container."""
        container = {"name": "runner", "image": image, "imagePullPolicy": "Always", "command": prepare_pod_command(cmd)}
        labels = {"app": name}
        raw = {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": name, "namespace": INSTALLATION_NAMESPACE, "labels": labels},
            "spec": {
                "replicas": 1,
                "selector": {"matchLabels": labels},
                "template": {"metadata": {"labels": labels}, "spec": {"containers": [container]}},
            },
        }
        return hikaru.from_dict(raw, cls)

    def get_images(self) -> Dict[str, str]:
        """The tags of its images, by name."""
        return get_images(self.spec.template.spec.containers)

    @staticmethod
    def wait_for_deployment_ready(name: str, namespace: str, timeout: int = 60) -> Any:
        """Waits for all pods of a deployment to be ready, for at most so many seconds."""

        def is_ready(deployment: Any) -> bool:
            return deployment.status.readyReplicas == deployment.spec.replicas

        found = _wait(lambda: RobustaDeployment().read(name, namespace), is_ready, timeout)
        if found is None:
            text = "Deployment %s in namespace %s is not ready after %s seconds"
            raise RuntimeError(text % (name, namespace, timeout))
        return found


class RobustaJob(Job):
    """A job one can work with."""

    def get_pods(self) -> List[Any]:
        """Its pods."""
        selector = "job-name = %s" % self.metadata.name
        return PodList.listNamespacedPod(self.metadata.namespace, label_selector=selector).obj.items

    def get_single_pod(self, retries: int = POD_WAIT_RETRIES, wait: float = POD_WAIT_RETRIES_SECONDS) -> Any:
        """Its one pod; waits for it, and takes no second one."""
        pods = self.get_pods()
        while retries > 0 and not pods:
            time.sleep(wait)
            pods = self.get_pods()
            retries -= 1
        if len(pods) != 1:
            raise Exception("got %d pods. expected 1 for job %s: %s" % (len(pods), self.metadata.name, pods))
        return pods[0]

    def create_job_owned_secret(self, job_secret: JobSecret) -> None:
        """Makes a secret that goes when the job's pod goes."""
        pod = self.get_single_pod()
        owner = OwnerReference(
            apiVersion="v1",
            kind="Pod",
            name=pod.metadata.name,
            uid=pod.metadata.uid,
            blockOwnerDeletion=False,
            controller=True,
        )
        metadata = ObjectMeta(name=job_secret.name, ownerReferences=[owner])
        Secret(metadata=metadata, data=job_secret.data).createNamespacedSecret(pod.metadata.namespace)

    @classmethod
    def run_simple_job_spec(
        cls,
        spec: Any,
        name: str,
        timeout: float,
        job_secret: Optional[JobSecret] = None,
        custom_annotations: Optional[Dict[str, str]] = None,
        ttl_seconds_after_finished: int = 120,
        delete_job_post_execution: bool = True,
        process_name: bool = True,
        finalizers: Optional[List[str]] = None,
        custom_pod_labels: Optional[Dict[str, str]] = None,
        return_logs: bool = True,
    ) -> str:
        """Runs pods of this kind to their end, and gives the log. Finalizers keep the pod until the log is read."""
        pod_metadata = ObjectMeta(annotations=custom_annotations, labels=custom_pod_labels)
        if finalizers:
            pod_metadata.finalizers = finalizers
        job_name = to_kubernetes_name(name) if process_name else name
        job = RobustaJob(
            metadata=ObjectMeta(namespace=INSTALLATION_NAMESPACE, name=job_name, annotations=custom_annotations),
            spec=JobSpec(
                backoffLimit=0,
                template=PodTemplateSpec(spec=spec, metadata=pod_metadata),
                ttlSecondsAfterFinished=ttl_seconds_after_finished,
            ),
        )
        pod = None
        try:
            job = job.createNamespacedJob(INSTALLATION_NAMESPACE).obj
            if job_secret:
                job.create_job_owned_secret(job_secret)
            if not return_logs:
                return ""
            pod = wait_until_job_complete(job, timeout).get_single_pod()
            return pod.get_logs() or ""
        finally:
            if pod and finalizers:
                _remove_finalizers(pod, finalizers)
            if delete_job_post_execution:
                RobustaJob.deleteNamespacedJob(
                    job_name, INSTALLATION_NAMESPACE, propagation_policy="Foreground"
                )

    @classmethod
    def run_simple_job(cls, image: str, command: Any, timeout: float) -> str:
        """Runs one container to its end, and gives the log."""
        container = Container(name=to_kubernetes_name(image), image=image, command=prepare_pod_command(command))
        return cls.run_simple_job_spec(PodSpec(containers=[container], restartPolicy="Never"), name=image, timeout=timeout)


def _same_length(found: Any) -> str:
    return "*" * len(found.group(0))


def _wait(read: Any, is_ready: Any, seconds: int) -> Optional[Any]:
    for _ in range(seconds):
        try:
            found = read()
            if is_ready(found):
                return found
        except Exception as error:
            if not cluster.is_refusal(error) or getattr(error, "status", None) != 404:
                raise
        time.sleep(1)
    return None


def _remove_finalizers(pod: Any, finalizers: List[str]) -> None:
    path = "/api/v1/namespaces/%s/pods/%s" % (pod.metadata.namespace, pod.metadata.name)
    try:
        cluster.request("PATCH", path, {}, {"metadata": {"$deleteFromPrimitiveList/finalizers": finalizers}})
    except Exception:
        logging.exception("Failed to clear pod finalizers of %s", pod.metadata.name)


hikaru.register_version_kind_class(RobustaPod, Pod.apiVersion, Pod.kind)
hikaru.register_version_kind_class(RobustaDeployment, Deployment.apiVersion, Deployment.kind)
hikaru.register_version_kind_class(RobustaJob, Job.apiVersion, Job.kind)
