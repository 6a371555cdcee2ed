"""Where the API is."""

import os

__all__ = ["get_base_public_api_url", "get_full_public_api_url"]


def get_base_public_api_url() -> str:
    """The API's address without a version."""
    head, _, version = get_full_public_api_url().rpartition("/")
    return head if version.startswith("v") else get_full_public_api_url()


def get_full_public_api_url(api_version: str = "v1") -> str:
    """The API's address with its version, as the action finds it in its environment."""
    default = "http://127.0.0.1:9101/" + api_version
    return os.environ.get("ST2_ACTION_API_URL", os.environ.get("ST2_API_URL", default)).rstrip("/")
