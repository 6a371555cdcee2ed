"""Records the HTTP runner: what it sends to a server of ours, and what it makes of the answer."""

import os
import re
import socketserver
import sys
import threading

import original

# What differs between machines or only names the client.
UNTOLD = {"host", "user-agent", "accept-encoding"}


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    sys.path.insert(0, os.path.join(args.upstream, "contrib/runners/http_runner"))
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        os.environ.pop(name, None)
        os.environ.pop(name.upper(), None)
    original.write(args.out, "http", map(recorded, original.cases("http")))


def recorded(case):
    """Carries out one request, with a server of its own."""
    from http_runner.http_runner import HttpRunner

    server = Server(case.get("answers", [{}]))
    given = filled({"url": "http://{server}/", **case.get("runner", {})}, server)
    runner = HttpRunner("1")
    runner.runner_parameters = given
    runner.action_name = "it"
    try:
        runner.pre_run()
        status, result, _ = runner.run(filled(case.get("action", {}), server))
        expected = {"status": status, "result": original.tagged(result)}
    except Exception as raised:
        expected = {"status": "failed", **original.error_of(raised)}
    server.stop()
    return {**case, "expected": emptied({**expected, "requests": server.requests}, server)}


class Server:
    """Gives its answers in turn, and notes what it was asked."""

    def __init__(self, answers):
        self.answers = list(answers)
        self.requests = []
        self.released = threading.Event()
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                outer.handle(self.rfile, self.wfile)

        self.listener = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.listener.daemon_threads = True
        self.port = self.listener.server_address[1]
        threading.Thread(target=self.listener.serve_forever, args=(0.02,), daemon=True).start()

    def handle(self, source, target):
        request = heard(source)
        if request is None:
            return
        self.requests.append(request)
        answer = filled(self.answers[0], self)
        if len(self.answers) > 1:
            self.answers.pop(0)
        if answer.get("silent"):
            self.released.wait(10)
            return
        target.write(spoken(answer))

    def stop(self):
        self.released.set()
        self.listener.shutdown()
        self.listener.server_close()


def heard(source):
    """Reads one request."""
    first = source.readline().decode("latin-1").rstrip("\r\n")
    if not first:
        return None
    method, target, _ = first.split(" ", 2)
    headers = []
    while line := source.readline().decode("latin-1").rstrip("\r\n"):
        name, value = line.split(":", 1)
        headers.append([name.lower(), value.strip()])
    length = int(dict(headers).get("content-length", 0))
    body = source.read(length).decode("utf-8")
    boundary = re.search(r"boundary=(\w+)", dict(headers).get("content-type", ""))
    if boundary:
        body = body.replace(boundary[1], "BOUNDARY")
        headers = [[name, value.replace(boundary[1], "BOUNDARY")] for name, value in headers]
    told = sorted(header for header in headers if header[0] not in UNTOLD)
    if boundary:
        told = [header for header in told if header[0] != "content-length"]
    return {"method": method, "target": target, "headers": told, "body": body}


def spoken(answer):
    """Writes one answer."""
    if "raw" in answer:
        return answer["raw"].encode()
    body = bytes.fromhex(answer["hex"]) if "hex" in answer else answer.get("body", "").encode()
    status = answer.get("status", 200)
    headers = list(answer.get("headers", []))
    if status not in (204, 304):
        headers.append(["Content-Length", str(len(body))])
    lines = [f"HTTP/1.1 {status} Said", *(f"{name}: {value}" for name, value in headers), "Connection: close", "", ""]
    return "\r\n".join(lines).encode("utf-8") + body


def replaced(value, pairs):
    if isinstance(value, str):
        for old, new in pairs:
            value = value.replace(old, new)
        return value
    if isinstance(value, list):
        return [replaced(one, pairs) for one in value]
    if isinstance(value, dict):
        return {name: replaced(one, pairs) for name, one in value.items()}
    return value


def filled(value, server):
    return replaced(value, [("{server}", f"127.0.0.1:{server.port}"), ("{port}", str(server.port))])


def emptied(value, server):
    pairs = [(f"127.0.0.1:{server.port}", "{server}"), (f"port={server.port}", "port={port}")]
    return replaced(value, [*pairs, (f":{server.port}", ":{port}")])


if __name__ == "__main__":
    main()
