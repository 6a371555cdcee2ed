"""Functions that are actions, and what an action takes."""

import inspect
import typing
from typing import Any, Callable, Dict, List, Optional, Tuple

from pydantic import BaseModel

from robusta.core.model.events import ExecutionBaseEvent
from robusta.utils.decorators import doublewrap


class NotAnActionException(Exception):
    """A function that nobody marked."""

    def __init__(self, obj: Any) -> None:
        super().__init__("%s  is not a playbook action" % (obj,))


@doublewrap
def action(func: Callable[..., Any]) -> Callable[..., Any]:
    """Marks a function as an action."""
    func._action_name = func.__name__  # type: ignore[attr-defined]
    return func


class Action:
    """An action: its event class, its parameters, and how it can be called by hand."""

    def __init__(self, func: Callable[..., Any]) -> None:
        if not self.is_action(func):
            raise NotAnActionException(func)
        self.action_name = func.__name__
        self.func = func
        annotations = _annotations(func)
        self.event_type = _event_type(annotations)
        self.params_type = _params_type(annotations)
        self.from_params_func: Optional[Callable[..., Any]] = None
        self.from_params_parameter_class: Any = None
        if vars(self.event_type).get("from_params"):
            self.from_params_func = self.event_type.from_params
            parameters = inspect.signature(self.from_params_func).parameters.values()
            self.from_params_parameter_class = next(iter(parameters)).annotation

    @staticmethod
    def is_action(func: Any) -> bool:
        """Whether something is a marked function."""
        return inspect.isfunction(func) and getattr(func, "_action_name", None) is not None


def _annotations(func: Callable[..., Any]) -> List[Any]:
    """The types of a function's parameters, also where they were written as texts."""
    try:
        hints = typing.get_type_hints(func)
    except (NameError, TypeError):
        hints = {}
    parameters = inspect.signature(func).parameters.values()
    return [hints.get(parameter.name, parameter.annotation) for parameter in parameters]


def _event_type(annotations: List[Any]) -> Any:
    found = annotations[0]
    if not issubclass(found, ExecutionBaseEvent):
        raise Exception("Illegal action first parameter %s. Must extend ExecutionBaseEvent" % (found,))
    return found


def _params_type(annotations: List[Any]) -> Any:
    if len(annotations) < 2:
        return None
    if not issubclass(annotations[1], BaseModel):
        raise Exception("Illegal action second parameter %s. Action params must extend BaseModel" % (annotations[1],))
    return annotations[1]


class ActionsRegistry:
    """Actions by name. A later one of the same name takes the place of an earlier one."""

    def __init__(self) -> None:
        self._actions: Dict[str, Action] = {}

    def add_action(self, func: Callable[..., Any]) -> None:
        """Adds a marked function."""
        self._actions[func.__name__] = Action(func)

    def get_action(self, action_name: str) -> Optional[Action]:
        """The action of that name."""
        return self._actions.get(action_name)

    def get_external_actions(self) -> List[Tuple[str, Any, Any]]:
        """Name and parameter classes of those that can be called by hand."""
        return [
            (action.action_name, action.from_params_parameter_class, action.params_type)
            for action in self._actions.values()
            if action.from_params_func
        ]
