"""Records what templates render to in the environment that StackStorm sets up, and which names they ask for."""

import original


def main():
    args = original.arguments(__doc__)
    original.load(args.upstream)
    for name in ("jinja", "filters"):
        original.write(args.out, name, (rendered(case) for case in original.cases(name)))
    original.write(args.out, "undeclared", (asked(case) for case in original.cases("undeclared")))


def row(case):
    """The input part of a line; a case that is mere text is a template without context."""
    kept = ("note", "template", "context", "keys", "crypto_key", "allow_undefined")
    case["template"] = case.pop("value", None) or case.get("template", "")
    return {"id": case["id"], **{name: case[name] for name in kept if name in case}}


def rendered(case):
    """Renders one template as rules and parameters do, datastore included if the case has keys."""
    from st2common.util import jinja, templating

    line = row(case)
    context = original.untagged(line.get("context") or {})
    with original.world(line):
        try:
            if line.get("allow_undefined"):
                environment = jinja.get_jinja_environment(allow_undefined=True)
                value = environment.from_string(line["template"]).render(context)
            elif "keys" in line:
                value = templating.render_template_with_system_and_user_context(
                    line["template"], user=original.SYSTEM_USER, context=context
                )
            else:
                value = templating.render_template(line["template"], context)
            line["expected"] = {"value": original.without_addresses(value)}
        except Exception as raised:
            line["expected"] = original.error_of(raised)
    return line


def asked(case):
    """Lists the names that a template takes from its context, as the parameter renderer finds them."""
    from jinja2 import meta
    from st2common.util import jinja

    line = row(case)
    try:
        names = meta.find_undeclared_variables(jinja.get_jinja_environment().parse(line["template"]))
        line["expected"] = sorted(names)
    except Exception as raised:
        line["expected"] = original.error_of(raised)
    return line


if __name__ == "__main__":
    main()
