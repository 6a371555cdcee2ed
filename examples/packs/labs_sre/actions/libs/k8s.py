"""Asks the cluster for its pods, and runs commands in them; needs nothing but Python's own library."""

import http.client
import json
import socket
from urllib.parse import quote, urlencode

from libs import kubeconfig, websocket

COLUMNS = ["namespace", "name", "status"]
SECONDS = 30
MAX_BYTES = 256 * 1024 * 1024
PAGE = 500
STDOUT, STDERR, OUTCOME = 1, 2, 3
FAILURES = (OSError, ValueError, http.client.HTTPException, kubeconfig.Unusable, websocket.Broken)


def list_pods(config):
    """A table of all pods with its heading, or what went wrong."""
    rows, following = [COLUMNS], ""
    try:
        way = kubeconfig.find(config.get("kubeconfig"))
        while True:
            query = urlencode({"limit": PAGE, "continue": following})
            status, answer = get(way, f"/api/v1/pods?{query}")
            if status != 200:
                return False, f"the cluster refused: {reason(answer)}"
            pods = json.loads(answer)
            rows += [row(pod) for pod in pods["items"]]
            following = pods["metadata"].get("continue")
            if not following:
                return True, rows
    except FAILURES as failure:
        return False, f"cannot ask the cluster: {failure}"


def row(pod):
    metadata = pod["metadata"]
    return [metadata["namespace"], metadata["name"], (pod.get("status") or {}).get("phase", "")]


def exec_pod(config, pod, namespace, command):
    """What a command prints in a pod, as bytes, or what went wrong."""
    place = f"/api/v1/namespaces/{quote(namespace, safe='')}/pods/{quote(pod, safe='')}/exec"
    words = [("command", word) for word in command] + [("stdout", "true"), ("stderr", "true")]
    printed = {STDOUT: bytearray(), STDERR: bytearray(), OUTCOME: bytearray()}
    try:
        way = kubeconfig.find(config.get("kubeconfig"))
        with connected(way) as connection:
            path = f"{way.root}{place}?{urlencode(words)}"
            refused = websocket.agree(
                connection, f"{way.host}:{way.port}", path, way.headers, "v4.channel.k8s.io"
            )
            if refused:
                return False, f"the cluster refused: {reason(refused[1])}"
            for message in websocket.messages(connection, MAX_BYTES):
                printed[message[0]] += message[1:]
                if message[0] == OUTCOME and len(message) > 1:
                    break
        outcome = json.loads(printed[OUTCOME] or b'{"message": "the connection ended too early"}')
    except (LookupError, *FAILURES) as failure:
        return False, f"cannot run a command in {pod}: {failure}"
    if outcome.get("status") != "Success":
        errors = printed[STDERR].decode("utf-8", "replace").strip()
        return False, f"{' '.join(command)}: {errors or outcome.get('message')}"
    return True, bytes(printed[STDOUT])


def get(way, path):
    """The status and the text of an answer."""
    with connected(way) as connection:
        client = http.client.HTTPConnection(way.host, way.port)
        client.sock = connection
        client.request("GET", way.root + path, headers={**way.headers, "Connection": "close"})
        answer = client.getresponse()
        return answer.status, answer.read(MAX_BYTES)


def connected(way):
    connection = socket.create_connection((way.host, way.port), timeout=SECONDS)
    if way.is_secured:
        return way.context.wrap_socket(connection, server_hostname=way.server_name)
    return connection


def reason(answer):
    """What Kubernetes says in a refusal."""
    try:
        return json.loads(answer)["message"]
    except (ValueError, LookupError, TypeError):
        return answer[:200]
