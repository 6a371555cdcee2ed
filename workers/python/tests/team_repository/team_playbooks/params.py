"""Parameters with parameters in them."""

from enum import Enum
from typing import Dict, List, Optional

from pydantic import BaseModel, Field, SecretStr, root_validator, validator
from robusta.api import ActionParams, RateLimitParams


class Level(str, Enum):
    LOW = "low"
    HIGH = "high"


class Webhook(BaseModel):
    url: str
    token: Optional[SecretStr] = None
    headers: Dict[str, str] = {}

    @validator("url")
    def must_be_http(cls, value):
        if not value.startswith("http"):
            raise ValueError("must begin with http")
        return value


class RestartParams(RateLimitParams):
    """
    :var ignored_containers: Containers that may restart.
    :var webhooks: Who is told.
    :example ignored_containers: ["sidecar"]
    """

    ignored_containers: List[str] = []
    webhooks: List[Webhook] = Field(default_factory=list)
    level: Level = Level.LOW
    least: int = 1
    most: int = 100

    @root_validator
    def in_order(cls, values):
        if values.get("least", 0) > values.get("most", 0):
            raise ValueError("least is more than most")
        return values


class CountParams(ActionParams):
    name: str = "restarts"
