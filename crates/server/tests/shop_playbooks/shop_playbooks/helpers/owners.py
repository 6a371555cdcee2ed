"""Who looks after what."""

from typing import Optional

OWNER_LABEL = "shop.example.com/owner"
DEFAULT_OWNER = "platform"


def owner_of(labels: Optional[dict]) -> str:
    return (labels or {}).get(OWNER_LABEL, DEFAULT_OWNER)
