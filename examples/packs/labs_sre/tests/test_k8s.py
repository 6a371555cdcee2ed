"""The cluster is found by a kubeconfig, and asked as whoever it names: python3 -m unittest discover tests

Where LABS_SRE_TLS names a folder with cert.pem and key.pem, for 127.0.0.1, the cluster speaks TLS.
"""

import base64
import http.server
import json
import os
import ssl
import sys
import tempfile
import threading
import unittest

PACK = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(PACK, "actions"))

from libs import k8s  # noqa: E402

TLS = os.environ.get("LABS_SRE_TLS")


class Cluster(http.server.BaseHTTPRequestHandler):
    """Has two pods on two pages; the name of the first is whoever asks."""

    def do_GET(self):
        asks = self.headers.get("Authorization", "nobody")
        if TLS and self.connection.getpeercert():
            asks = "a certificate"
        pod = {"metadata": {"namespace": "shop", "name": asks}, "status": {"phase": "Running"}}
        page = {"metadata": {"continue": "2"}, "items": [pod]}
        if "continue=2" in self.path:
            page = {"metadata": {}, "items": [{"metadata": {"namespace": "shop", "name": "last"}}]}
        refused = asks == "Bearer wrong" or not self.path.startswith("/below/api/v1/pods?")
        answer = json.dumps({"message": "no"} if refused else page).encode()
        self.send_response(403 if refused else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *arguments):
        pass


class Kubeconfigs(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Cluster)
        scheme = "http"
        if TLS:
            scheme, context = "https", ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.pem("cert"), self.pem("key"))
            context.load_verify_locations(self.pem("cert"))
            context.verify_mode = ssl.CERT_OPTIONAL
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.address = f"{scheme}://127.0.0.1:{self.server.server_port}/below"

    def pem(self, name):
        return os.path.join(TLS, name + ".pem")

    def data(self, name):
        with open(self.pem(name), "rb") as file:
            return base64.b64encode(file.read()).decode()

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)
        return os.path.join(self.folder, name)

    def asked(self, user, **cluster):
        """What comes of listing pods as this user."""
        if TLS and not cluster:
            cluster = {"certificate-authority": self.pem("cert")}
        config = {
            "current-context": "here",
            "contexts": [{"name": "here", "context": {"cluster": "lab", "user": "me"}}],
            "clusters": [{"name": "lab", "cluster": {"server": self.address, **cluster}}],
            "users": [{"name": "me", "user": user}],
        }
        return k8s.list_pods({"kubeconfig": self.write("config", json.dumps(config))})

    def assert_asks(self, user, asks, **cluster):
        pods = [k8s.COLUMNS, ["shop", asks, "Running"], ["shop", "last", ""]]
        self.assertEqual(self.asked(user, **cluster), (True, pods))

    def test_tokens_passwords_and_programs_say_who_asks(self):
        self.assert_asks({}, "nobody")
        self.assert_asks({"token": "one"}, "Bearer one")
        self.write("token", "two\n")
        self.assert_asks({"tokenFile": "token"}, "Bearer two")
        self.assert_asks({"username": "me", "password": "p"}, "Basic bWU6cA==")
        plugin = self.write("plugin", '#!/bin/sh\necho "{\\"status\\": {\\"token\\": \\"$WHO\\"}}"\n')
        os.chmod(plugin, 0o700)
        program = {"command": "./plugin", "env": [{"name": "WHO", "value": "three"}]}
        self.assert_asks({"exec": program}, "Bearer three")

    def test_what_is_wrong_is_told(self):
        self.assertEqual(self.asked({"token": "wrong"}), (False, "the cluster refused: no"))
        for user, told in [
            ({"tokenFile": "nowhere"}, "cannot read"),
            ({"exec": {"command": "./nowhere"}}, "does not say who asks"),
        ]:
            ret, said = self.asked(user)
            self.assertFalse(ret)
            self.assertIn(told, said)
        for text, told in [("[]", "no mapping"), ("{}", "nothing named")]:
            ret, said = k8s.list_pods({"kubeconfig": self.write("config", text)})
            self.assertFalse(ret)
            self.assertIn(told, said)

    @unittest.skipUnless(TLS, "there is no certificate to try it with")
    def test_servers_and_clients_show_certificates(self):
        both = {"client-certificate-data": self.data("cert"), "client-key-data": self.data("key")}
        self.assert_asks(both, "a certificate")
        files = {"client-certificate": self.pem("cert"), "client-key": self.pem("key")}
        authority = {"certificate-authority-data": self.data("cert")}
        self.assert_asks(files, "a certificate", **authority)
        self.assert_asks({}, "nobody", **{"insecure-skip-tls-verify": True})
        for cluster in [{"x": 1}, {**authority, "tls-server-name": "another"}]:
            ret, said = self.asked({}, **cluster)
            self.assertFalse(ret)
            self.assertIn("certificate verify failed", said)


if __name__ == "__main__":
    unittest.main()
