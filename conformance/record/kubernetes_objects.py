"""Records what Hikaru's objects do: `hikaru.jsonl`. Needs hikaru-core 1.1.2 and hikaru-model-26 1.1.1.

    python conformance/record/kubernetes_objects.py
"""

import os
import sys

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import snippets  # noqa: E402


def names():
    """What a snippet finds."""
    import hikaru
    import hikaru.model.rel_1_26 as model

    return {"hikaru": hikaru, **{name: getattr(model, name) for name in model.__all__}}


def main():
    home = os.path.dirname(HERE)
    with open(os.path.join(home, "cases", "hikaru.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(home, "recorded", "hikaru.jsonl"), "w", encoding="utf-8") as out:
        known = names()
        for case in snippets.cases(document):
            out.write(snippets.line(case, snippets.outcome(case["do"], case["objects"], known)) + "\n")


if __name__ == "__main__":
    main()
