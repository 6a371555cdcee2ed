"""Actions, runners and executions."""

from st2client.models.core import Resource

__all__ = ["Action", "Execution", "LiveAction", "RunnerType"]


class RunnerType(Resource):
    """A runner."""

    _path = "runnertypes"
    _repr_attributes = ["name", "enabled", "description"]


class Action(Resource):
    """An action."""

    _path = "actions"
    _repr_attributes = ["name", "pack", "enabled", "runner_type"]


class Execution(Resource):
    """One doing of an action."""

    _path = "executions"
    _repr_attributes = ["status", "action", "start_timestamp", "end_timestamp", "parameters", "delay"]


class LiveAction(Execution):
    """An older name of an execution."""
