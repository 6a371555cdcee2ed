"""OpenShift's token for its own Prometheus."""

import logging
from typing import Optional

from robusta.core.model.env_vars import IS_OPENSHIFT, PROMETHEUS_CLUSTER_TOKEN_AUTH

TOKEN_LOCATION = "/var/run/secrets/kubernetes.io/serviceaccount/token"


def load_token() -> Optional[str]:
    """The service account's token, on OpenShift or where it is asked for."""
    if not (IS_OPENSHIFT or PROMETHEUS_CLUSTER_TOKEN_AUTH):
        return None
    try:
        with open(TOKEN_LOCATION, encoding="utf-8") as file:
            return file.read()
    except OSError:
        logging.exception("Failed to load openshift token")
        return None
