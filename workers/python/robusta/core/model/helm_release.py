"""Releases of Helm."""

import gzip
import json
from base64 import b64decode
from datetime import datetime
from typing import Any, Dict, List, Optional

from pydantic import BaseModel


class Metadata(BaseModel):
    """What a chart says of itself."""

    name: str
    version: str
    description: Optional[str]
    apiVersion: Optional[str]
    appVersion: Optional[str]


class Chart(BaseModel):
    """A chart."""

    metadata: Metadata


class Info(BaseModel):
    """How a release is."""

    first_deployed: datetime
    last_deployed: datetime
    deleted: str = ""
    description: Optional[str]
    status: str
    notes: Optional[str]


class HelmRelease(BaseModel):
    """A release."""

    name: str
    info: Info
    chart: Optional[Chart]
    version: int
    namespace: str
    deleted: bool = False

    @staticmethod
    def list_to_dict(releases: List["HelmRelease"]) -> List[Dict[str, Any]]:
        """Releases as JSON."""
        return [release.dict() for release in releases]

    def dict(self, *args: Any, **kwargs: Any) -> Dict[str, Any]:
        """The release as JSON."""
        members = super().dict()
        for name in ("first_deployed", "last_deployed"):
            members["info"][name] = members["info"][name].isoformat()
        return members

    @classmethod
    def from_api_server(cls, encoded_release_data: str) -> "HelmRelease":
        """The release in a secret's data: base64 of base64 of compressed JSON."""
        return cls(**json.loads(gzip.decompress(b64decode(b64decode(encoded_release_data)))))

    @classmethod
    def from_db_row(cls, data: Dict[str, Any]) -> "HelmRelease":
        """The release in JSON."""
        return cls(**data)

    def get_service_key(self) -> str:
        """Namespace, kind and name."""
        return "%s/HelmRelease/%s" % (self.namespace, self.name)
