"""What is asked of Holmes, and what it answers."""

from typing import Any, Dict, List, Optional, Union

from pydantic import BaseModel, Field

from robusta.core.model.base_params import (
    ConversationType,
    HolmesInvestigationResult,
    HolmesOldConversationIssueContext,
    ResourceInfo,
    ToolApprovalDecision,
)
from robusta.core.reporting.base import BaseBlock
from robusta.core.reporting.blocks import FileBlock


class HolmesRequest(BaseModel):
    """An investigation."""

    source: str
    title: str
    description: str = ""
    subject: dict
    context: Dict[str, Any]
    include_tool_calls: bool = False
    include_tool_call_results: bool = False
    sections: Optional[Dict[str, str]] = None
    model: Optional[str] = None


class HolmesConversationRequest(BaseModel):
    """A question in a conversation."""

    user_prompt: str
    source: Optional[str] = None
    conversation_type: ConversationType
    resource: Optional[ResourceInfo] = ResourceInfo()
    context: HolmesOldConversationIssueContext
    include_tool_calls: bool = False
    include_tool_call_results: bool = False


class HolmesChatRequest(BaseModel):
    """A question in a chat. Members that are not known are passed on."""

    ask: str
    conversation_history: Optional[List[dict]] = None
    model: Optional[str] = None
    stream: bool = Field(default=False)
    enable_tool_approval: bool = Field(default=False)
    tool_decisions: Optional[List[ToolApprovalDecision]] = None
    additional_system_prompt: Optional[str] = None
    request_type: Optional[str] = None
    request_source: Optional[str] = None
    user_email: Optional[str] = None
    source_ref: Optional[str] = None
    conversation_id: Optional[str] = None
    conversation_source: Optional[str] = None
    is_internal: Optional[bool] = None
    meta: Optional[Dict[str, Any]] = None

    class Config:
        extra = "allow"


class HolmesIssueChatRequest(HolmesChatRequest):
    """A question in a chat about an issue."""

    investigation_result: HolmesInvestigationResult
    issue_type: str


class ToolCallResult(BaseModel):
    """What a tool gave."""

    tool_name: str
    description: str
    result: Union[str, dict]


class HolmesResult(BaseModel):
    """What an investigation gave."""

    tool_calls: Optional[List[ToolCallResult]] = None
    analysis: Optional[str] = None
    sections: Optional[Dict[str, Union[str, None]]] = None
    instructions: List[str] = []


class HolmesConversationResult(BaseModel):
    """An answer in a conversation."""

    tool_calls: Optional[List[ToolCallResult]] = None
    analysis: Optional[str] = None


class HolmesResultsBlock(BaseBlock):
    """What an investigation gave, as a block."""

    holmes_result: Optional[HolmesResult]


class HolmesChatResult(BaseModel):
    """An answer in a chat."""

    analysis: Optional[str] = None
    files: Optional[List[FileBlock]] = None
    tool_calls: Optional[List[ToolCallResult]] = None
    conversation_history: Optional[List[dict]] = None
    metadata: Optional[dict] = None


class HolmesChatResultsBlock(BaseBlock):
    """An answer in a chat, as a block."""

    holmes_result: Optional[HolmesChatResult]
