"""What every sink can be configured with."""

from typing import Any, Dict, List, Optional

from pydantic import BaseModel


class SinkBaseParams(BaseModel):
    """The parameters that all sinks share. What is in `scope` and `grouping` is Squall's affair."""

    name: str
    send_svg: bool = False
    prefer_redirect_to_platform: bool = True
    default: bool = True
    match: Dict[str, Any] = {}
    scope: Optional[Dict[str, Any]] = None
    activity: Optional[Dict[str, Any]] = None
    mute_intervals: Optional[List[Dict[str, Any]]] = None
    grouping: Optional[Dict[str, Any]] = None
    stop: bool = False
