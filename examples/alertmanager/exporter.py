#!/usr/bin/env python3
"""Shows one local process to Prometheus as if it were a pod with a memory limit.

    exporter.py --process 4711 --pod shop-7c9 --namespace dm-demo-app --limit-mib 64

It serves the two series that cAdvisor and kube-state-metrics serve in a cluster, and prints where: one line,
`listening on 127.0.0.1:PORT`. It needs nothing but Python.
"""

import argparse
import http.server
import sys


def resident_bytes(process: int) -> int:
    """The memory a process occupies, as its kernel tells it; 0 once the process is gone."""
    try:
        with open(f"/proc/{process}/status", encoding="ascii", errors="replace") as status:
            for line in status:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0


def metrics(options: argparse.Namespace) -> str:
    """Both series, in Prometheus' text format."""
    pod = f'namespace="{options.namespace}",pod="{options.pod}",container="{options.container}"'
    limit = int(options.limit_mib * 1024 * 1024)
    return (
        "# TYPE container_memory_working_set_bytes gauge\n"
        f"container_memory_working_set_bytes{{{pod}}} {resident_bytes(options.process)}\n"
        "# TYPE kube_pod_container_resource_limits gauge\n"
        f'kube_pod_container_resource_limits{{{pod},resource="memory",unit="byte"}} {limit}\n'
    )


def serve(options: argparse.Namespace) -> None:
    """Answers every GET with the metrics of now."""

    class Scrape(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = metrics(options).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments) -> None:
            """Scrapes come every few seconds; nobody wants to read of them."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), Scrape)
    print(f"listening on 127.0.0.1:{server.server_address[1]}", flush=True)
    server.serve_forever()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--process", type=int, required=True, help="id of the process to show")
    parser.add_argument("--pod", required=True, help="the pod's name")
    parser.add_argument("--namespace", default="dm-demo-app", help="the pod's namespace")
    parser.add_argument("--container", default="app", help="the container's name")
    parser.add_argument("--limit-mib", type=float, required=True, help="the memory limit, in MiB")
    parser.add_argument("--port", type=int, default=0, help="where to listen; any free port by default")
    serve(parser.parse_args())
    return 0


if __name__ == "__main__":
    sys.exit(main())
