"""Argo CD, as far as playbooks use it."""

import logging


class ArgoCDClient:
    """Asks Argo CD's API with a token."""

    def __init__(self, url: str, token: str, verify_cert: bool = True) -> None:
        self.url = url
        self.token = token
        self.verify_cert = verify_cert
        self.headers = {"Authorization": "Bearer %s" % token}

    def sync_application(self, application_name: str) -> bool:
        """Makes the cluster what the application's repository says; whether Argo CD took the request."""
        import requests

        url = "%s/api/v1/applications/%s/sync" % (self.url, application_name)
        answer = requests.post(url, headers=self.headers, verify=self.verify_cert, timeout=60)
        if answer.status_code != 200:
            logging.error("Failed to sync application %s on argo %s %s", application_name, self.url, answer.reason)
        return answer.status_code == 200
