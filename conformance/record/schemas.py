"""Records how parameters are checked when an execution is requested, and how secret ones are masked."""

import copy

import original


class Accepted(Exception):
    """Raised by the stand-in for the database: every check has passed."""


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    original.write(args.out, "schema", map(checked, original.cases("schema")))
    original.write(args.out, "masking", map(masked, original.cases("masking")))


def checked(case):
    """Asks for an execution as the API does, up to the first write to the database."""
    from st2common.models.db.action import ActionDB
    from st2common.models.db.liveaction import LiveActionDB
    from st2common.models.db.runner import RunnerTypeDB
    from st2common.services import action as service
    from st2common.util import schema as schemas

    if "s" in case:
        case["schema"] = {"x": case["s"], **case.get("schema", {})}
    if "g" in case:
        case["given"] = {"x": case["g"], **case.get("given", {})}
    kept = {name: case.get(name, {}) for name in ("schema", "runner_schema", "given")}
    line = {"id": case["id"], **({"note": case["note"]} if "note" in case else {}), **copy.deepcopy(kept)}
    action = ActionDB(name="a", pack="p", ref="p.a", enabled=True, parameters=case.get("schema", {}))
    action.runner_type = {"name": "r"}
    runner = RunnerTypeDB(name="r", enabled=True, runner_parameters=case.get("runner_schema", {}))
    request = LiveActionDB(action="p.a")
    request.parameters = original.untagged(case.get("given", {}))
    service.LiveAction.add_or_update = staticmethod(accept)
    try:
        service.create_request(request, action_db=action, runnertype_db=runner)
    except Accepted:
        schema = schemas.get_schema_for_action_parameters(action, runner)
        validator = schemas.get_validator()
        options = {"use_default": True, "allow_default_none": True}
        value = schemas.validate(original.untagged(kept["given"]), schema, validator, **options)
        line["expected"] = {"value": original.tagged(value)}
    except Exception as raised:
        error = original.error_of(raised)
        line["expected"] = {"error": {"kind": error["error"], "message": getattr(raised, "message", error["message"])}}
        if hasattr(raised, "absolute_path"):
            line["expected"]["error"].update(path=list(raised.absolute_path), validator=raised.validator)
    return line


def accept(*_, **__):
    raise Accepted


def masked(case):
    """Hides secret members as the API does before it shows parameters."""
    from st2common.util import secrets

    line = {name: case[name] for name in ("id", "note", "schema", "value") if name in case}
    try:
        found = secrets.get_secret_parameters(parameters=copy.deepcopy(case["schema"]))
        line["secrets"] = found
        line["expected"] = {"value": secrets.mask_secret_parameters(copy.deepcopy(case["value"]), found)}
    except Exception as raised:
        line["expected"] = original.error_of(raised)
    return line


if __name__ == "__main__":
    main()
