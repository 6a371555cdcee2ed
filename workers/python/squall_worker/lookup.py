"""Finds an action's class in its file and makes the action, as StackStorm's loader does."""

import importlib.util
import os
import sys
import traceback
import types
from typing import Any, Dict, List

from st2common.runners.base_action import Action
from squall_worker.service import ActionService


class NoAction(Exception):
    """A file without an action."""


def action_class(file: str) -> Any:
    """The class to run: the first by name, of those the file defines, that has a `run` method.

    It need not inherit from `Action`; a class that inherits an abstract `run` only does not count.
    """
    try:
        classes = _runnable_classes(_load(file))
    except Exception as error:
        message = "Failed to load action class from file \"%s\": %s\n\n%s" % (file, error, traceback.format_exc())
        raise type(error)(message)
    return classes[0]


def instantiate(kind: Any, config: Dict[str, Any], service: ActionService) -> Any:
    """Makes the action. One whose constructor takes no `action_service` gets it afterwards."""
    try:
        return kind(config=config, action_service=service)
    except TypeError as error:
        if "unexpected keyword argument 'action_service'" not in str(error):
            raise
    action = kind(config=config)
    action.action_service = service
    return action


def _load(file: str) -> Any:
    folder = os.path.dirname(os.path.realpath(file))
    if folder not in sys.path:
        sys.path.append(folder)
    name, extension = os.path.splitext(os.path.basename(file))
    if extension != ".py":
        raise NoAction("the file's name does not end in .py")
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _runnable_classes(module: Any) -> List[Any]:
    def is_own(member: Any) -> bool:
        return isinstance(member, type) and member.__module__ == module.__name__

    found = [kind for _, kind in sorted(vars(module).items()) if is_own(kind)]
    runnable = [kind for kind in found if _has_run(kind)]
    if not runnable:
        raise NoAction("it defines no class with a run method")
    for kind in runnable:
        if Action not in kind.__mro__:
            Action.register(kind)
    return runnable


def _has_run(kind: Any) -> bool:
    run = getattr(kind, "run", None)
    return isinstance(run, types.FunctionType) and not getattr(run, "__isabstractmethod__", False)
