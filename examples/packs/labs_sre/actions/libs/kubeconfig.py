"""Finds the cluster as kubectl does: by a kubeconfig file, else around this process, if it runs in a pod of one."""

import base64
import json
import os
import ssl
import subprocess
import tempfile
import urllib.parse

ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"
SECONDS = 60


class Unusable(Exception):
    """There is no cluster that could be asked; says why."""


class Way:
    """How a cluster is reached: its address, whom to trust, and the headers that say who asks."""

    def __init__(self, server, context=None, headers=None, server_name=None):
        url = urllib.parse.urlsplit(server)
        self.is_secured = url.scheme == "https"
        self.host = url.hostname
        self.port = url.port or (443 if self.is_secured else 80)
        self.root = url.path.rstrip("/")
        self.context = context
        self.headers = headers or {}
        self.server_name = server_name or self.host


def find(path=None):
    """The way to the cluster of this file, else of $KUBECONFIG, ~/.kube/config, or the one around us."""
    named = path or os.environ.get("KUBECONFIG", "").split(os.pathsep)[0]
    path = os.path.expanduser(named or "~/.kube/config")
    if named or os.path.exists(path):
        return of_file(path)
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return around_us()
    raise Unusable("there is no kubeconfig, and this is no pod of a cluster")


def around_us():
    """What every pod is told of its cluster."""
    host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    host = f"[{host}]" if ":" in host else host
    context = ssl.create_default_context(cafile=os.path.join(ACCOUNT, "ca.crt"))
    return Way(f"https://{host}:{port}", context, bearer(text(os.path.join(ACCOUNT, "token"))))


def of_file(path):
    """The current context of a kubeconfig."""
    config = parsed(path)
    folder = os.path.dirname(os.path.abspath(path))
    context = named(config, "contexts", config.get("current-context")).get("context") or {}
    cluster = named(config, "clusters", context.get("cluster")).get("cluster") or {}
    user = named(config, "users", context.get("user")).get("user") or {}
    if not cluster.get("server"):
        raise Unusable(f"the kubeconfig {path} names no server")
    if "exec" in user:
        user = {**user, **told_by(user["exec"], folder)}
    server_name = cluster.get("tls-server-name")
    return Way(cluster["server"], trust(cluster, user, folder), who(user, folder), server_name)


def parsed(path):
    """A kubeconfig is YAML; one that is JSON is read without the library for that."""
    content = text(path)
    try:
        config = json.loads(content)
    except ValueError:
        try:
            import yaml
        except ImportError:
            raise Unusable(f"reading {path} needs the library PyYAML") from None
        try:
            config = yaml.safe_load(content)
        except yaml.YAMLError as error:
            raise Unusable(f"the kubeconfig {path} is no YAML: {error}") from None
    if not isinstance(config, dict):
        raise Unusable(f"the kubeconfig {path} is no mapping")
    return config


def named(config, part, name):
    for entry in config.get(part) or []:
        if entry.get("name") == name:
            return entry
    raise Unusable(f"the kubeconfig has nothing named {name!r} in its {part}")


def told_by(plugin, folder):
    """What a program says that knows who asks."""
    variables = {variable["name"]: variable["value"] for variable in plugin.get("env") or []}
    version = plugin.get("apiVersion", "client.authentication.k8s.io/v1")
    asked = {"apiVersion": version, "kind": "ExecCredential", "spec": {"interactive": False}}
    command = plugin["command"]
    if os.sep in command:
        command = os.path.join(folder, command)
    try:
        said = subprocess.run(
            [command] + list(plugin.get("args") or []),
            env={**os.environ, **variables, "KUBERNETES_EXEC_INFO": json.dumps(asked)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=SECONDS,
            check=True,
        )
        status = json.loads(said.stdout)["status"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError) as error:
        raise Unusable(f"{command} does not say who asks: {error}") from None
    given = {
        "token": status.get("token"),
        "client-certificate-data": encoded(status.get("clientCertificateData")),
        "client-key-data": encoded(status.get("clientKeyData")),
    }
    return {name: value for name, value in given.items() if value}


def encoded(pem):
    return pem and base64.b64encode(pem.encode()).decode()


def trust(cluster, user, folder):
    if not cluster["server"].startswith("https:"):
        return None
    authority = content_of(cluster, "certificate-authority", folder)
    context = ssl.create_default_context(cadata=authority)
    if cluster.get("insecure-skip-tls-verify"):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    certificate = content_of(user, "client-certificate", folder)
    key = content_of(user, "client-key", folder)
    if certificate and key:
        # The library reads it from files only.
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as both:
            both.write(certificate + "\n" + key)
            both.flush()
            context.load_cert_chain(both.name)
    return context


def who(user, folder):
    if user.get("tokenFile"):
        return bearer(text(os.path.join(folder, user["tokenFile"])))
    if user.get("token"):
        return bearer(user["token"])
    if user.get("username"):
        pair = f"{user['username']}:{user.get('password', '')}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}
    return {}


def bearer(token):
    return {"Authorization": "Bearer " + token.strip()}


def content_of(part, name, folder):
    """What stands in the file itself comes before another file that it names."""
    if part.get(name + "-data"):
        return base64.b64decode(part[name + "-data"]).decode()
    if part.get(name):
        return text(os.path.join(folder, part[name]))
    return None


def text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"cannot read {path}: {error}") from None
