"""Records how parameters of an execution are rendered and cast, when it is requested and when it runs."""

import copy
import re

import original

# What a parameter may be given as "{{ source }}", for each type it may then be cast to.
SOURCES = [
    None, True, False, 0, 5, -3, 1.5, 2.0, 1e16, "", "text", "5", "1.5", "true", "yes", "null", "None",
    [], [1, "a", None, True], {}, {"a": 1, "b": [None]}, "[1, 2]", '{"a": 1}', "{'a': True}", "größe", 'say "hi"', "a\nb",
]  # fmt: skip
TYPES = ["array", "boolean", "integer", "number", "object", "string", None]


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    rows = [requested(case) for case in [*map(spelt, original.cases("render")), *matrix()]]
    original.write(args.out, "render", rows)
    original.write(args.out, "render_final", (final(row) for row in rows if "value" in row["expected"]))


def spelt(case):
    """Spells out the short form: type `t` and given `g` stand for one parameter x; `also` adds givens without schema."""
    if "g" in case or "t" in case:
        schema = {"type": case["t"]} if case.get("t") else {}
        case["schema"] = {"x": schema, **case.get("schema", {})}
        case["given"] = {"x": case["g"], **case.get("given", {})} if "g" in case else case.get("given", {})
    case["given"] = {**case.get("given", {}), **case.pop("also", {})}
    return line(case)


def line(case):
    given = {"schema": case.get("schema", {}), "runner_schema": case.get("runner_schema", {}), "given": case["given"]}
    rest = ("trigger", "config", "action_context", "keys", "crypto_key", "any_name")
    note = {"note": case["note"]} if "note" in case else {}
    return {"id": case["id"], **note, **given, **{name: case[name] for name in rest if name in case}}


def matrix():
    for kind in TYPES:
        for number, source in enumerate(SOURCES, 1):
            schema = {"x": {"type": kind} if kind else {}, "source": {}}
            yield line({"id": f"to-{kind or 'any'}-{number:02}", "schema": schema, "given": {"x": "{{ source }}", "source": source}})


def arguments_of(row):
    """The arguments that the two renderers have in common."""
    return {
        "runner_parameters": copy.deepcopy(row["runner_schema"]),
        "action_parameters": copy.deepcopy(row["schema"]),
        "params": original.untagged(row["given"]),
        "action_context": copy.deepcopy(row.get("action_context", {})),
    }


def requested(row):
    """Renders as a rule or the API does when it asks for an execution."""
    from st2common.util import param

    more = {"trigger": copy.deepcopy(row["trigger"])} if "trigger" in row else None
    return answered(row, lambda: param.render_live_params(**arguments_of(row), additional_contexts=more))


def final(row):
    """Renders as the runner does, from the values that the request has left."""
    from st2common.util import param

    row = {**row, "given": row["expected"]["value"]}
    row.pop("trigger", None)
    row.pop("expected")

    def run():
        runner, action = param.render_final_params(**arguments_of(row))
        return {"runner": runner, "action": action}

    return answered(row, run)


def answered(row, function):
    from st2common.util import param

    param.get_config = lambda pack, user: copy.deepcopy(row.get("config", {}))
    with original.world(row):
        try:
            return {**row, "expected": {"value": original.tagged(function())}}
        except Exception as raised:
            error = original.error_of(raised)
            if row.get("any_name"):
                error["message"] = re.sub(r'(variables: )[^.]*|(variable )".*?"', r"\1\2*", error["message"])
            return {**row, "expected": {"error": {"kind": error["error"], "message": error["message"]}}}


if __name__ == "__main__":
    main()
