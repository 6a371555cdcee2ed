"""Findings that were made elsewhere, read from the form that `neutral` writes. Their blocks stay as they were written."""

import uuid
from datetime import datetime
from typing import Any, Dict, Optional

from robusta.core.reporting.base import (
    BaseBlock,
    Enrichment,
    EnrichmentType,
    Finding,
    FindingSeverity,
    FindingSubject,
    Link,
    LinkType,
)
from robusta.core.reporting.consts import FindingSource, FindingSubjectType, FindingType


class GivenBlock(BaseBlock):
    """A block that was made elsewhere."""

    written: Dict[str, Any]


def finding(told: Dict[str, Any]) -> Finding:
    """The finding."""
    made = Finding(
        title=told["title"],
        aggregation_key=told["aggregation_key"],
        severity=FindingSeverity[told["severity"]],
        source=FindingSource(told.get("source")),
        description=told.get("description"),
        subject=_subject(told.get("subject") or {}),
        finding_type=FindingType(told.get("type") or "issue"),
        failure=told.get("failure", True),
        fingerprint=told.get("fingerprint"),
        starts_at=_time(told.get("starts_at")),
        ends_at=_time(told.get("ends_at")),
        add_silence_url=told.get("add_silence_url", False),
        silence_labels=told.get("silence_labels"),
    )
    made.id = uuid.UUID(told["id"]) if told.get("id") else made.id
    made.links = [_link(one) for one in told.get("links") or []]
    made.enrichments = [_enrichment(one) for one in told.get("enrichments") or []]
    made.dirty = True
    return made


def _subject(told: Dict[str, Any]) -> FindingSubject:
    return FindingSubject(
        name=told.get("name"),
        subject_type=FindingSubjectType(told.get("kind")),
        namespace=told.get("namespace"),
        node=told.get("node"),
        container=told.get("container"),
        labels=told.get("labels"),
        annotations=told.get("annotations"),
    )


def _link(told: Dict[str, Any]) -> Link:
    kind = LinkType(told["type"]) if told.get("type") else None
    return Link(url=told["url"], name=told.get("name") or told.get("text") or "See more", type=kind)


def _enrichment(told: Dict[str, Any]) -> Enrichment:
    kind = EnrichmentType(told["type"]) if told.get("type") else None
    blocks = [GivenBlock(written=one) for one in told["blocks"]]
    return Enrichment(blocks, told.get("annotations"), kind, told.get("title"))


def _time(text: Optional[str]) -> Optional[datetime]:
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None
