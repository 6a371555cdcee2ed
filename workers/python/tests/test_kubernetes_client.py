"""Code that imports the package `kubernetes` reaches the cluster through Squall."""

import importlib.util
import unittest

from squall_worker import kubernetes_client
from tests.engine import WithEngine, pod

POD = "/api/v1/namespaces/shop/pods/web-1"


@unittest.skipUnless(importlib.util.find_spec("kubernetes"), "the package kubernetes is not installed")
class ClientTest(WithEngine):
    def setUp(self) -> None:
        super().setUp()
        kubernetes_client.install()
        from kubernetes import client, config, stream

        self.client, self.config, self.stream = client, config, stream.stream
        self.engine.objects[POD] = pod()

    def test_no_credentials_are_needed(self) -> None:
        self.config.load_incluster_config()
        found = self.client.CoreV1Api().read_namespaced_pod("web-1", "shop")
        self.assertEqual(("web-1", "web:1"), (found.metadata.name, found.spec.containers[0].image))

    def test_lists_selectors_and_texts(self) -> None:
        self.engine.lists["/api/v1/namespaces/shop/pods"] = [pod()]
        self.engine.texts[POD + "/log"] = '{"a": "b"}\n'
        core = self.client.CoreV1Api()
        found = core.list_namespaced_pod("shop", label_selector="app=web", limit=3)
        self.assertEqual(["web-1"], [one.metadata.name for one in found.items])
        self.assertEqual({"labelSelector": "app=web", "limit": 3}, self.engine.asked_for("kubernetes_request")[0]["query"])
        raw = core.read_namespaced_pod_log("web-1", "shop", _preload_content=False)
        self.assertEqual(b'{"a": "b"}\n', raw.data)

    def test_changes_say_what_kind_of_patch_they_are(self) -> None:
        core = self.client.CoreV1Api()
        core.patch_namespaced_pod("web-1", "shop", {"metadata": {"labels": {"a": "b"}}})
        core.patch_namespaced_pod("web-1", "shop", [{"op": "remove", "path": "/metadata/labels"}])
        kinds = [one["content_type"] for one in self.engine.asked_for("kubernetes_request")]
        self.assertEqual(["application/strategic-merge-patch+json", "application/json-patch+json"], kinds)
        body = self.client.V1ConfigMap(metadata=self.client.V1ObjectMeta(name="c"), data={"k": "v"})
        core.create_namespaced_config_map("shop", body)
        self.assertEqual({"k": "v"}, self.engine.objects["/api/v1/namespaces/shop/configmaps/c"]["data"])

    def test_refusals_have_their_status(self) -> None:
        with self.assertRaises(self.client.ApiException) as raised:
            self.client.CoreV1Api().read_namespaced_pod("gone", "shop")
        self.assertEqual((404, "Not Found"), (raised.exception.status, raised.exception.reason))
        from hikaru import cluster
        from hikaru.model.rel_1_26 import Pod

        with self.assertRaises(self.client.ApiException) as ours:
            Pod.readNamespacedPod("gone", "shop")
        self.assertTrue(cluster.is_refusal(ours.exception), "ours are of the same class once it is imported")

    def test_commands_in_pods(self) -> None:
        self.engine.outputs["ls"] = "a\nb\n"
        exec_in_pod = self.client.CoreV1Api().connect_get_namespaced_pod_exec
        given = {"command": ["/bin/sh", "-c", "ls"], "container": "web", "stdout": True}
        self.assertEqual("a\nb\n", self.stream(exec_in_pod, "web-1", "shop", **given))
        asked = self.engine.asked_for("kubernetes_exec")[0]
        self.assertEqual(("shop", "web-1", "web", given["command"]), tuple(asked[n] for n in ("namespace", "pod", "container", "command")))
        commands = self.stream(exec_in_pod, "web-1", "shop", _preload_content=False, stdin=True, **given)
        commands.write_stdin("in")
        lines = []
        while commands.is_open():
            commands.update(timeout=1)
            lines.append(commands.readline_stdout())
        self.assertEqual((["a", "b"], 0), (lines, commands.returncode))
        self.assertEqual("aW4=", self.engine.asked_for("kubernetes_exec")[1]["input"])

    def test_watching_is_for_triggers(self) -> None:
        with self.assertRaisesRegex(self.client.ApiException, "a trigger can"):
            self.client.CoreV1Api().list_pod_for_all_namespaces(watch=True)

    def test_a_host_of_ones_own_is_left_alone(self) -> None:
        configuration = self.client.Configuration(host="http://127.0.0.1:1")
        configuration.retries = False
        core = self.client.CoreV1Api(self.client.ApiClient(configuration))
        with self.assertRaisesRegex(Exception, "127.0.0.1"):
            core.read_namespaced_pod("web-1", "shop")
        self.assertEqual([], self.engine.asked)


if __name__ == "__main__":
    unittest.main()
