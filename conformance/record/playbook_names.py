"""Records what Hikaru and Robusta do: `hikaru.jsonl` and, with the source of Robusta on the path, `robusta.jsonl`.

    python conformance/record/playbook_names.py hikaru
    PYTHONPATH=<folder of robusta>/src python conformance/record/playbook_names.py robusta
"""

import os
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import snippets  # noqa: E402


def names(subject):
    """What a snippet finds."""
    import typing

    import hikaru
    import hikaru.model.rel_1_26 as model

    found = {"hikaru": hikaru, **{name: getattr(model, name) for name in model.__all__}}
    if subject == "robusta":
        import robusta.api
        from robusta.core.reporting.blocks import TableBlockFormat

        found.update({name: getattr(robusta.api, name) for name in vars(robusta.api) if not name.startswith("_")})
        found.update(TableBlockFormat=TableBlockFormat, List=typing.List, Dict=typing.Dict, Optional=typing.Optional)
    return found


def main():
    subject = sys.argv[1]
    if subject == "robusta":
        from robusta.patch.patch import create_monkey_patches

        create_monkey_patches()
    home = os.path.dirname(HERE)
    with open(os.path.join(home, "cases", subject + ".yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(home, "recorded", subject + ".jsonl"), "w", encoding="utf-8") as out:
        known = names(subject)
        for case in snippets.cases(document):
            out.write(snippets.line(case, snippets.outcome(case["do"], document, known)) + "\n")


if __name__ == "__main__":
    main()
