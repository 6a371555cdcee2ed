"""Playbook repositories: folders of Python modules with actions in them, and what can be told of these actions.

A repository is `{"name": ..., "folder": ...}`: the folder holds a package of that name, or is that package itself, or
holds loose modules (`.py` files) where there is no package. Every module is imported once. A module that cannot be
imported is told as a problem and hides no other.

A request of kind `robusta_inspect` has `repositories` and reports one piece of work: `{"actions": [...], "problems":
[...]}`. An action has `name`, `module`, `file`, `line`, `event` (the class it takes), `events` (that class and those
that are it as well), `params` (JSON schema, or null), `params_class`, `doc`, `by_hand` (the schema of what a call by
hand must tell besides, or null). A problem has `repository`, `module`, `file`, `line` (or null) and `message`.
"""

import importlib
import importlib.util
import inspect
import os
import pkgutil
import sys
import traceback
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple


class Problem(NamedTuple):
    """Why a module is not there, or a function is no action."""

    repository: str
    module: str
    file: Optional[str]
    line: Optional[int]
    message: str


class Loaded(NamedTuple):
    """The actions of repositories, later ones of a name in place of earlier ones, and what went wrong."""

    actions: Any
    problems: List[Problem]


def load(repositories: List[Dict[str, str]]) -> Loaded:
    """Imports all modules and finds their actions. What a process has loaded once stays as it is."""
    from robusta.core.playbooks.actions_registry import ActionsRegistry

    registry = ActionsRegistry()
    problems: List[Problem] = []
    for repository in repositories:
        key = (repository["name"], repository["folder"])
        if key not in _loaded:
            _loaded[key] = _load_one(*key)
        registry._actions.update(_loaded[key].actions._actions)
        problems += _loaded[key].problems
    return Loaded(registry, problems)


_loaded: Dict[Tuple[str, str], Loaded] = {}


def _load_one(repository: str, folder: str) -> Loaded:
    from robusta.core.playbooks.actions_registry import Action, ActionsRegistry

    registry = ActionsRegistry()
    problems: List[Problem] = []
    try:
        modules = list(_modules(repository, folder))
    except OSError as error:
        return Loaded(registry, [Problem(repository, repository, folder, None, "cannot be read: %s" % error.strerror)])
    for name, file in modules:
        try:
            module = _import(name, file)
        except BaseException as error:
            problems.append(_problem(repository, name, file, error))
            continue
        for _, function in inspect.getmembers(module, Action.is_action):
            try:
                registry.add_action(function)
            except Exception as error:
                line = function.__code__.co_firstlineno
                text = "the action %s: %s" % (function.__name__, error)
                problems.append(Problem(repository, name, file, line, text))
    return Loaded(registry, problems)


def inspect_repositories(request: Dict[str, Any], report: Callable[[Dict[str, Any]], None]) -> None:
    """Carries out a request of kind `robusta_inspect`."""
    from squall_worker import kubernetes_client, pydantic_one

    pydantic_one.prepare()
    kubernetes_client.install()
    loaded = load(request["repositories"])
    actions = [described(action) for action in loaded.actions._actions.values()]
    problems = [problem._asdict() for problem in loaded.problems]
    report({"result": {"actions": actions, "problems": problems}, "status": True})


def described(action: Any) -> Dict[str, Any]:
    """What can be told of an action."""
    function = inspect.unwrap(action.func)
    params = action.params_type
    by_hand = action.from_params_parameter_class
    return {
        "name": action.action_name,
        "module": function.__module__,
        "file": function.__code__.co_filename,
        "line": function.__code__.co_firstlineno,
        "event": action.event_type.__name__,
        "events": sorted(cls.__name__ for cls in _with_subclasses(action.event_type)),
        "params": _schema(params),
        "params_class": params.__name__ if params else None,
        "doc": inspect.getdoc(function),
        "by_hand": _schema(by_hand),
    }


def _with_subclasses(cls: Any) -> Iterator[Any]:
    yield cls
    for subclass in cls.__subclasses__():
        yield from _with_subclasses(subclass)


def _schema(model: Any) -> Optional[Dict[str, Any]]:
    if model is None:
        return None
    try:
        schema = model.schema()
    except Exception:  # A field of a type that has no schema.
        fields = model.__fields__.values()
        required = [field.alias for field in fields if field.required]
        schema = {"title": model.__name__, "properties": {field.alias: {} for field in fields}, "required": required}
    if _fills_in(model):
        schema = _without_demands(schema)
    if "definitions" in schema:
        schema = {**schema, "definitions": _definitions(model, schema["definitions"])}
    return schema


def _definitions(model: Any, told: Dict[str, Any]) -> Dict[str, Any]:
    """The definitions in a model's schema, without what they cannot promise."""
    from pydantic import schema

    names = schema.get_model_name_map(schema.get_flat_models_from_model(model))
    fill_in = {name for one, name in names.items() if _fills_in(one)}
    return {name: _without_demands(one) if name in fill_in else one for name, one in told.items()}


def _fills_in(model: Any) -> bool:
    """Whether code of the model's own sees what is given before anything is missing or unknown."""
    from pydantic import BaseModel

    own = issubclass(model, BaseModel) and model.__init__ is not BaseModel.__init__
    return own or bool(getattr(model, "__pre_root_validators__", None))


def _without_demands(schema: Dict[str, Any]) -> Dict[str, Any]:
    return {name: value for name, value in schema.items() if name not in ("required", "additionalProperties")}


def _modules(name: str, folder: str) -> Iterator[Tuple[str, str]]:
    """The modules of a repository by their full names, packages before what is in them."""
    inner = os.path.join(folder, name)
    if os.path.isfile(os.path.join(inner, "__init__.py")):
        _put_first(folder)
        yield from _package(name, inner)
    elif os.path.isfile(os.path.join(folder, "__init__.py")):
        _put_first(os.path.dirname(os.path.abspath(folder)))
        yield from _package(os.path.basename(os.path.abspath(folder)), folder)
    else:
        _put_first(folder)
        for entry in sorted(os.listdir(folder)):
            if entry.endswith(".py"):
                yield entry[: -len(".py")], os.path.join(folder, entry)


def _package(name: str, folder: str) -> Iterator[Tuple[str, str]]:
    yield name, os.path.join(folder, "__init__.py")
    for _, short_name, is_package in pkgutil.iter_modules([folder]):
        full_name = name + "." + short_name
        if is_package:
            yield from _package(full_name, os.path.join(folder, short_name))
        else:
            yield full_name, os.path.join(folder, short_name + ".py")


def _put_first(folder: str) -> None:
    if folder not in sys.path:
        sys.path.insert(0, folder)


def _import(name: str, file: str) -> Any:
    """Imports a module. A loose one whose name something else already has is loaded from its file all the same."""
    known = sys.modules.get(name)
    if "." not in name and os.path.basename(file) != "__init__.py":
        if known is not None and _is_same(known, file):
            return known
        if known is not None or importlib.util.find_spec(name) is None or not _is_found_at(name, file):
            return _from_file("squall_playbooks_" + name, file)
    return importlib.import_module(name)


def _is_same(module: Any, file: str) -> bool:
    return os.path.realpath(getattr(module, "__file__", None) or "") == os.path.realpath(file)


def _is_found_at(name: str, file: str) -> bool:
    spec = importlib.util.find_spec(name)
    return spec is not None and os.path.realpath(spec.origin or "") == os.path.realpath(file)


def _from_file(name: str, file: str) -> Any:
    if name in sys.modules and _is_same(sys.modules[name], file):
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, file)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _problem(repository: str, name: str, file: str, error: BaseException) -> Problem:
    if isinstance(error, SyntaxError) and error.filename:
        return Problem(repository, name, error.filename, error.lineno, "not Python: %s" % error.msg)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == file]
    line = frames[-1].lineno if frames else None
    return Problem(repository, name, file, line, "%s: %s" % (type(error).__name__, error))
