"""Records what the rule filter decides: rule criteria and event in, verdict out."""

import contextlib
import copy
import datetime

import original

# One name for each function behind the 33 operator names, but `search`, which needs a shape of its own.
FUNCTIONS = (
    "eq neq ieq contains icontains ncontains incontains startswith istartswith endswith iendswith lt gt "
    "matchwildcard matchregex regex iregex td_lt td_gt exists nexists in nin"
).split()
VALUES = [None, True, 0, 2.5, "b", "", ["b"], {"b": 1}]
PATTERNS = [None, True, 1, "b", "", ["b", "c"], {"b": 1}]
MATRIX_NOW = "2026-03-01T12:00:00"


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    original.write(args.out, "criteria", (record(written(case)) for case in original.cases("criteria")))
    original.write(args.out, "criteria_matrix", (record(case) for case in matrix()))


def written(case):
    """Spells out the short form: `v`, `op`, `p` (and `key`, `condition`) stand for one criterion."""
    if "criteria" in case:
        criteria = case.pop("criteria")
    else:
        criterion = {name: case.pop(short) for short, name in SHORT.items() if short in case}
        criteria = {case.pop("key", "trigger.x"): criterion}
    if "v" in case:
        case["event"] = {"x": case.pop("v")}
    note = {"note": case["note"]} if "note" in case else {}
    rest = {name: case[name] for name in ("event", "keys", "now") if name in case}
    return {"id": case["id"], **note, "rule": {"criteria": criteria}, **rest}


SHORT = {"op": "type", "condition": "condition", "p": "pattern"}


def matrix():
    """Every operator function against every pair of kinds of value and pattern."""
    for name in FUNCTIONS:
        for row, value in enumerate(VALUES):
            for column, pattern in enumerate(PATTERNS):
                yield {
                    "id": f"{name}-{row}-{column}",
                    "rule": {"criteria": {"trigger.x": {"type": name, "pattern": pattern}}},
                    "event": {"x": value},
                    **({"now": MATRIX_NOW} if name.startswith("td_") else {}),
                }


def record(case):
    """Runs one case through the original filter and adds `expected` to it."""
    from st2common.models.db.rule import RuleDB
    from st2common.models.db.trigger import TriggerDB, TriggerInstanceDB
    from st2common.persistence.rule_enforcement import RuleEnforcement
    from st2reactor.rules.filter import RuleFilter

    swallowed = []

    class Filter(RuleFilter):
        def _create_rule_enforcement(self, failure_reason, exc):
            swallowed.append(type(exc).__name__)
            return super()._create_rule_enforcement(failure_reason=failure_reason, exc=exc)

    RuleEnforcement.add_or_update = staticmethod(lambda enforcement: enforcement)
    event, criteria = copy.deepcopy((case["event"], case["rule"]["criteria"]))
    rule = RuleDB(pack="p", name="r", ref="p.r", enabled=True, criteria=criteria)
    instance = TriggerInstanceDB(trigger="p.t", payload=event, occurrence_time=datetime.datetime(2026, 1, 1))
    trigger = TriggerDB(pack="p", name="t", ref="p.t")
    with original.world(case), clock(case.get("now")):
        try:
            verdict = {"verdict": "match" if Filter(instance, trigger, rule).filter() else "no_match"}
        except Exception as raised:
            verdict = {"verdict": "error", "raised_out": True}
            swallowed.append(type(raised).__name__)
    if swallowed and verdict["verdict"] == "no_match":
        verdict["verdict"] = "error"
    verdict["error"] = swallowed[0] if swallowed else None
    if swallowed and not verdict.get("raised_out"):
        verdict["enforcements"] = len(swallowed)
    return {**case, "expected": verdict}


def clock(now):
    """Stops the clock at `now` (UTC) for cases that depend on it."""
    if not now:
        return contextlib.nullcontext()
    import freezegun

    return freezegun.freeze_time(now)


if __name__ == "__main__":
    main()
