"""Kubernetes objects and the cluster behind them: what is asked when a method is called, and what becomes of the answer."""

import copy
import unittest
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Tuple
from unittest import mock

import hikaru
from hikaru import cluster, version_kind
from hikaru.crd import HikaruCRDDocumentMixin, register_crd_class
from hikaru.meta import HikaruBase, HikaruDocumentBase
from hikaru.model import rel_1_26
from hikaru.model.rel_1_26 import Container, Deployment, Node, ObjectMeta, Pod, PodList, PodSpec
from squall_worker import calls

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {"containers": [{"name": "web", "image": "web:1"}]},
}


class Cluster:
    """Answers every request with what it was told to, and remembers the requests."""

    def __init__(self, *answers: Tuple[int, Any]) -> None:
        self.answers = list(answers)
        self.asked: List[Dict[str, Any]] = []

    def __call__(self, name: str, arguments: Dict[str, Any]) -> Any:
        assert name == "kubernetes_request", name
        self.asked.append(arguments)
        code, body = self.answers.pop(0)
        return {"code": code, "reason": "why", "headers": {"x": "y"}, "body": body}


class WithCluster(unittest.TestCase):
    def setUp(self) -> None:
        # Robusta's names put classes of their own in place of Hikaru's.
        registered = mock.patch.dict(version_kind._registered, clear=True)
        registered.start()
        self.addCleanup(registered.stop)

    def answering(self, *answers: Tuple[int, Any]) -> Cluster:
        cluster = Cluster(*answers)
        stand_in = calls.answered_by(cluster)
        stand_in.__enter__()
        self.addCleanup(stand_in.__exit__, None, None, None)
        return cluster


class RequestTest(WithCluster):
    def test_reading_asks_for_the_path_of_the_kind(self) -> None:
        cluster = self.answering((200, POD))
        response = Pod.readNamespacedPod("web", "shop")
        self.assertEqual(("web:1", 200, {"x": "y"}), (response.obj.spec.containers[0].image, response.code, response.headers))
        self.assertEqual((response.obj, 200, {"x": "y"}), response.get())
        self.assertEqual(
            {"method": "GET", "path": "/api/v1/namespaces/shop/pods/web", "query": {}, "body": None, "content_type": None},
            cluster.asked[0],
        )

    def test_parameters_become_the_query(self) -> None:
        cluster = self.answering((200, {"kind": "PodList", "apiVersion": "v1", "items": [POD]}))
        items = PodList.listNamespacedPod("shop", field_selector="a=b", continue_="next", limit=3).obj.items
        self.assertEqual(["web"], [pod.metadata.name for pod in items])
        self.assertEqual({"fieldSelector": "a=b", "continue": "next", "limit": 3}, cluster.asked[0]["query"])

    def test_names_cannot_leave_their_place_in_the_path(self) -> None:
        cluster = self.answering((200, {}))
        Node.readNode("../secrets?x")
        self.assertEqual("/api/v1/nodes/..%2Fsecrets%3Fx", cluster.asked[0]["path"])

    def test_creating_sends_the_object_and_takes_over_the_answer(self) -> None:
        cluster = self.answering((201, {**POD, "metadata": {"name": "web", "namespace": "shop", "uid": "1"}}))
        pod = Pod(metadata=ObjectMeta(name="web", namespace="shop"), spec=PodSpec(containers=[Container(name="web")]))
        self.assertIs(pod, pod.create())
        self.assertEqual(("1", "web:1"), (pod.metadata.uid, pod.spec.containers[0].image))
        self.assertEqual(("POST", "/api/v1/namespaces/shop/pods"), (cluster.asked[0]["method"], cluster.asked[0]["path"]))
        self.assertEqual({"containers": [{"name": "web"}]}, cluster.asked[0]["body"]["spec"])

    def test_short_verbs_know_their_place_from_the_metadata(self) -> None:
        cluster = self.answering((200, POD), (200, POD), (200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}))
        pod = Pod(metadata=ObjectMeta(name="web", namespace="shop")).read()
        pod.metadata.labels["a"] = "b"
        pod.update()
        pod.delete(propagation_policy="Foreground")
        self.assertEqual("Success", pod.get_status().status)
        self.assertEqual(["GET", "PATCH", "DELETE"], [asked["method"] for asked in cluster.asked])
        self.assertEqual({"propagationPolicy": "Foreground"}, cluster.asked[2]["query"])
        with self.assertRaisesRegex(RuntimeError, "There must be a namespace"):
            Pod(metadata=ObjectMeta(name="web")).read()

    def test_a_block_updates_at_its_end_and_takes_back_on_failure(self) -> None:
        cluster = self.answering((200, POD))
        pod = hikaru.from_dict(POD)
        with pod:
            pod.metadata.labels["a"] = "b"
        self.assertEqual({"a": "b"}, cluster.asked[0]["body"]["metadata"]["labels"])
        with self.assertRaises(KeyError), hikaru.rollback_cm(pod):
            pod.spec.containers[0].image = "other"
            raise KeyError
        self.assertEqual("web:1", pod.spec.containers[0].image)

    def test_a_refusal_is_an_exception_with_its_status(self) -> None:
        self.answering((404, {"kind": "Status", "message": "not found"}))
        with self.assertRaises(cluster.ApiException) as raised:
            Deployment.readNamespacedDeployment("a", "b")
        self.assertEqual((404, "why"), (raised.exception.status, raised.exception.reason))
        self.assertIn("not found", raised.exception.body)
        self.assertTrue(cluster.is_refusal(raised.exception))

    def test_times_that_were_read_have_their_offset(self) -> None:
        metadata = {"name": "web", "creationTimestamp": "2024-03-01T10:00:00Z", "labels": {"time": "2024-03-01T10:00:00Z"}}
        terminated = {"startedAt": "2024-03-01T10:00:05.25Z", "finishedAt": "soon", "exitCode": 1}
        container = {"name": "web", "image": "", "imageID": "", "ready": False, "restartCount": 1, "state": {"terminated": terminated}}
        status = {"startTime": "2024-03-01T12:00:00+02:00", "containerStatuses": [container]}
        raw = {**POD, "metadata": metadata, "status": status}
        self.answering((200, copy.deepcopy(raw)))
        read, given = Pod.readNamespacedPod("web", "shop").obj, hikaru.from_dict(raw)
        self.assertEqual("2024-03-01T10:00:00Z", given.metadata.creationTimestamp)
        self.assertEqual("2024-03-01T10:00:00+00:00", read.metadata.creationTimestamp)
        self.assertEqual("2024-03-01T10:00:00Z", read.metadata.labels["time"])
        self.assertEqual("2024-03-01T12:00:00+02:00", read.status.startTime)
        ended = read.status.containerStatuses[0].state.terminated
        self.assertEqual(("2024-03-01T10:00:05.250000+00:00", "soon"), (ended.startedAt, ended.finishedAt))

    def test_a_base_class_is_an_object_without_fields(self) -> None:
        self.assertEqual({}, HikaruBase.get_empty_instance().to_dict())
        self.assertEqual([], HikaruDocumentBase.get_empty_instance().diff(HikaruDocumentBase.get_empty_instance()))

    def test_texts_come_as_they_are(self) -> None:
        self.answering((200, "line\n"))
        self.assertEqual("line\n", Pod.readNamespacedPodLog("web", "shop", tail_lines=5).obj)

    def test_wrong_arguments_are_told(self) -> None:
        for call, text in (
            (lambda: Pod.readNamespacedPod("web"), "missing 1 required positional argument: 'namespace'"),
            (lambda: Pod.readNamespacedPod("web", "shop", nothing=1), "unexpected keyword argument 'nothing'"),
            (lambda: Pod.readNamespacedPod("web", name="web"), "multiple values for argument 'name'"),
        ):
            with self.assertRaisesRegex(TypeError, text):
                call()
        with self.assertRaisesRegex(ValueError, "Missing the required parameter `name`"):
            Pod.readNamespacedPod(None, "shop")


@dataclass
class WidgetSpec(HikaruBase):
    size: int
    tags: Optional[List[str]] = None
    template: Optional[PodSpec] = None


@dataclass
class Widget(HikaruDocumentBase, HikaruCRDDocumentMixin):
    metadata: ObjectMeta
    spec: Optional[WidgetSpec] = None
    apiVersion: str = "example.com/v1"
    kind: str = "Widget"


class OwnKindsTest(WithCluster):
    def setUp(self) -> None:
        super().setUp()
        register_crd_class(Widget, "widgets")

    def test_a_custom_resource_has_the_four_verbs(self) -> None:
        raw = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "a", "namespace": "b"}, "spec": {"size": 3}}
        cluster = self.answering((200, raw), (200, raw))
        widget = Widget(metadata=ObjectMeta(name="a", namespace="b")).read()
        self.assertEqual((Widget, 3, None), (type(widget), widget.spec.size, widget.spec.template))
        widget.spec.size = 4
        widget.update()
        self.assertEqual("/apis/example.com/v1/namespaces/b/widgets/a", cluster.asked[1]["path"])
        self.assertEqual({"size": 4}, cluster.asked[1]["body"]["spec"])

    def test_its_objects_do_what_others_do(self) -> None:
        one = Widget(metadata=ObjectMeta(name="a"), spec=WidgetSpec(size=1, tags=[], template=PodSpec(containers=[])))
        other = one.dup()
        self.assertEqual(one, other)
        other.spec.size = 2
        self.assertEqual(["Widget.spec.size"], [difference.formatted_path for difference in one.diff(other)])
        self.assertEqual(one, hikaru.from_dict({**one.to_dict(), "spec": {"size": 1, "template": {"containers": []}}}))
        with self.assertRaisesRegex(TypeError, "WidgetSpec is missing size"):
            hikaru.from_dict({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {}, "spec": {}})

    def test_a_registered_class_is_used_everywhere(self) -> None:
        class MyPod(Pod):
            pass

        before = hikaru.register_version_kind_class(MyPod, Pod.apiVersion, Pod.kind)
        self.addCleanup(hikaru.register_version_kind_class, before, Pod.apiVersion, Pod.kind)
        self.assertIs(MyPod, type(hikaru.from_dict(POD)))
        pods = hikaru.from_dict({"kind": "PodList", "apiVersion": "v1", "items": [POD]})
        self.assertIs(MyPod, type(pods.items[0]))
        self.answering((200, POD))
        self.assertEqual("web:1", Pod().read("web", "shop").spec.containers[0].image)


class LazinessTest(unittest.TestCase):
    def test_only_what_is_read_is_made(self) -> None:
        pod = hikaru.from_dict(POD)
        self.assertEqual(["_raw"], list(vars(pod)))
        self.assertEqual("web", pod.metadata.name)
        self.assertEqual(["_raw", "metadata"], list(vars(pod)))

    def test_the_given_json_stays_as_it_was(self) -> None:
        pod = hikaru.from_dict(POD)
        copy = pod.dup()
        pod.spec.containers[0].image = "other"
        pod.spec.containers.append(Container(name="more"))
        self.assertEqual([{"name": "web", "image": "web:1"}], POD["spec"]["containers"])
        self.assertEqual(["web:1"], [container.image for container in copy.spec.containers])

    def test_a_container_that_is_not_read_is_not_made(self) -> None:
        raw = {**POD, "spec": {"containers": [{"name": "a", "env": [{"name": "b"}]}]}}
        pod = hikaru.from_dict(raw)
        self.assertEqual("a", pod.spec.containers[0].name)
        self.assertNotIn("env", vars(pod.spec.containers[0]))

    def test_versions_have_kinds_of_their_own(self) -> None:
        from hikaru.model.rel_1_26 import v1, v2
        from hikaru.model.rel_1_26.v1.v1 import HorizontalPodAutoscaler
        from hikaru.model.rel_1_26.v2 import MetricTarget

        self.assertIs(HorizontalPodAutoscaler, v1.HorizontalPodAutoscaler)
        self.assertEqual(("autoscaling/v1", "autoscaling/v2"), (v1.HorizontalPodAutoscaler.apiVersion, v2.HorizontalPodAutoscaler.apiVersion))
        metric = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Value", "averageUtilization": 50}}}
        spec = {"maxReplicas": 3, "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "metrics": [metric]}
        found = hikaru.from_dict({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "spec": spec})
        self.assertIsInstance(found.spec.metrics[0].resource.target, MetricTarget)
        self.assertIs(v1.ObjectMeta, v2.ObjectMeta)
        with self.assertRaises(AttributeError):
            v1.Nothing

    def test_every_kind_of_the_table_can_be_made(self) -> None:
        for name in rel_1_26.__all__:
            cls = getattr(rel_1_26, name)
            if cls not in (HikaruBase, HikaruDocumentBase):
                empty = cls.get_empty_instance()
                self.assertEqual(empty, empty.dup(), name)
                self.assertIsInstance(empty.to_dict(), dict, name)


if __name__ == "__main__":
    unittest.main()
