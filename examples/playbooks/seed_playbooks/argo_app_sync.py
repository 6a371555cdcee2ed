from robusta.api import *
from pydantic import SecretStr  # completed: for ArgoAppParams


# completed: the page uses these parameters without showing them
class ArgoAppParams(ActionParams):
    argo_url: str
    argo_token: SecretStr
    argo_app_name: str
    rate_limit_seconds: int = 1800


@action
def argo_app_sync(event: ExecutionBaseEvent, params: ArgoAppParams):
    if not RateLimiter.mark_and_test(
        "argo_app_sync",
        params.argo_url + params.argo_app_name,
        params.rate_limit_seconds,
    ):
        return
    # completed: the page has "..." here
    client = ArgoCDClient(params.argo_url, params.argo_token.get_secret_value())
    outcome = "success" if client.sync_application(params.argo_app_name) else "failure"
    event.add_enrichment([MarkdownBlock(f"Argo CD app sync of *{params.argo_app_name}*: {outcome}")])
