"""Parameters that several actions share."""

import re
from enum import Enum
from typing import Dict, List, Optional

from pydantic import BaseModel, Field, SecretStr, root_validator, validator

from robusta.api import ActionParams


class Style(Enum):
    SHORT = "short"
    LONG = "long"


class Redaction(BaseModel):
    """
    :var name: what is written in its place
    :var regex: what is taken away
    """

    name: str = "redacted"
    regex: str

    @validator("regex")
    def must_compile(cls, value):
        re.compile(value)
        return value


class Escalation(BaseModel):
    after_minutes: int = Field(15, ge=1)
    to: List[str]


class ReportParams(ActionParams):
    """
    :var channel: where people talk about it
    :example channel: "#shop-alerts"
    """

    channel: str
    style: Style = Style.SHORT
    redactions: List[Redaction] = []
    escalation: Optional[Escalation] = None
    labels: Dict[str, str] = {}
    token: Optional[SecretStr]

    @root_validator
    def long_reports_need_an_escalation(cls, values):
        if values.get("style") == Style.LONG and values.get("escalation") is None:
            raise ValueError("long reports need an escalation")
        return values


class ScaleGuardParams(ActionParams):
    max_replicas: int
    namespaces: List[str] = ["default"]
