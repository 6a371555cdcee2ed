"""Records fingerprints and subjects of findings: `robusta_fingerprints.jsonl`. Needs the source of Robusta on the path.

    PYTHONPATH=<folder of robusta>/src python conformance/record/robusta_fingerprints.py
"""

import itertools
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
KINDS = ["Deployment", "Node", "Pod", "Job", "DaemonSet", "StatefulSet", "HorizontalPodAutoscaler", "Ingress", "Service"]
SUBJECTS = [
    {},
    {"name": "web-1"},
    {"name": "web-1", "namespace": "shop"},
    {"name": "web-1", "namespace": "shop", "node": "n1", "labels": {"app": "web"}, "container": "main"},
    {"name": "ümläut", "namespace": ""},
]
SOURCES = [None, "kubernetes_api_server", "prometheus", "manual", "helm_release", "callback", "scheduler"]


def main():
    path = os.path.join(os.path.dirname(HERE), "recorded", "robusta_fingerprints.jsonl")
    with open(path, "w", encoding="utf-8") as out:
        for number, case in enumerate(cases(), start=1):
            line = {"id": "fingerprint-%02d" % number, **case, "expected": record(case)}
            out.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def cases():
    kinds = [None, "deployment", "node", "pod", "job", "daemonset", "statefulset", "horizontalpodautoscaler", "helmreleases"]
    for kind, subject in itertools.product(kinds, SUBJECTS[:4]):
        yield {"subject": {"kind": kind, **subject}, "source": None, "aggregation_key": "k"}
    for source, subject in itertools.product(SOURCES, SUBJECTS[2:]):
        yield {"subject": {"kind": "pod", **subject}, "source": source, "aggregation_key": "CrashLoop ä"}
    for kind in KINDS:
        metadata = {"name": "web-1", "namespace": "shop", "labels": {"app": "web"}, "annotations": {"a": "b"}}
        if kind == "Node":
            del metadata["namespace"]
        spec = {"spec": {"nodeName": "n1", "containers": []}} if kind == "Pod" else {}
        yield {"object": {"kind": kind, "metadata": metadata, **spec}}
    yield {"object": {"kind": "Pod", "metadata": {"name": "bare"}, "spec": {"containers": []}}}


def record(case):
    from robusta.core.reporting.base import Finding, FindingSubject
    from robusta.core.reporting.consts import FindingSource, FindingSubjectType

    if "object" in case:
        return subject_of(case["object"])
    given = dict(case["subject"])
    about = FindingSubject(subject_type=FindingSubjectType(given.pop("kind")), **given)
    finding = Finding("t", case["aggregation_key"], source=FindingSource(case["source"]), subject=about)
    return {"fingerprint": finding.fingerprint}


def subject_of(told):
    import hikaru
    from hikaru.model import rel_1_26
    from robusta.core.reporting.finding_subjects import KubeObjFindingSubject

    kind = getattr(rel_1_26, told["kind"])
    made = hikaru.from_dict({"apiVersion": kind.apiVersion, **told}, cls=kind)
    about = KubeObjFindingSubject(made)
    return {
        "name": about.name,
        "kind": about.subject_type.value,
        "namespace": about.namespace,
        "node": about.node,
        "labels": about.labels,
        "annotations": about.annotations,
    }


if __name__ == "__main__":
    main()
