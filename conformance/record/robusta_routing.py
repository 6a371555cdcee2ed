"""Records what Robusta's sinks take, and which channels findings go to: `robusta_routing.jsonl`. Needs its source on the path.

    PYTHONPATH=<folder of robusta>/src python conformance/record/robusta_routing.py
"""

import datetime
import json
import os
import sys
from unittest import mock

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import robusta_rendering as rendering  # noqa: E402


def main():
    home = os.path.dirname(HERE)
    with open(os.path.join(home, "cases", "robusta_routing.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(home, "recorded", "robusta_routing.jsonl"), "w", encoding="utf-8") as out:
        for case in cases(document):
            line = {**case, "expected": record(case)}
            out.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def cases(document):
    given = [("match", {"match": one}) for one in document["match"]]
    given += [("scope", {"scope": one}) for one in document["scope"]]
    given += [(group, one) for group in ("scope_and_match", "others", "timed") for one in document[group]]
    counts = {}
    for group, one in given:
        counts[group] = counts.get(group, 0) + 1
        one = dict(one)
        yield {
            "id": "%s-%02d" % (group, counts[group]),
            "finding": rendering.whole(one.pop("finding", document["finding"])),
            "now": one.pop("now", document["now"]),
            "namespaces": document["namespaces"],
            "sink": one,
        }
    for number, flow in enumerate(document["flows"], start=1):
        findings = {name: [rendering.whole({"title": one}) for one in titles] for name, titles in flow["findings"].items()}
        yield {"id": "flow-%02d" % number, "sinks": flow["sinks"], "now": document["now"], "findings": list(findings.items())}
    channels = document["channels"]
    for number, override in enumerate(channels["overrides"], start=1):
        about = {"labels": channels["labels"], "annotations": channels["annotations"], "cluster": "prod"}
        yield {"id": "channel-%02d" % number, "channel_override": override, **about}
    webhooks = channels["webhooks"]
    for number, override in enumerate(webhooks["overrides"], start=1):
        yield {"id": "webhook-%02d" % number, "webhook_override": override, "annotations": webhooks["annotations"]}


def record(case):
    if "channel_override" in case:
        return channel(case)
    if "webhook_override" in case:
        return webhook(case)
    with clock(case["now"]):
        return flow(case) if "sinks" in case else accepts(case)


def clock(now):
    """Stops the clock that sinks look at."""
    moment = datetime.datetime.fromisoformat(now + "+00:00")

    class Stopped(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return moment.astimezone(tz)

    return mock.patch("robusta.core.sinks.timing.datetime", Stopped)


def sink(params):
    from robusta.core.sinks.file.file_sink import FileSink
    from robusta.core.sinks.file.file_sink_params import FileSinkConfigWrapper

    given = json.loads(json.dumps({"name": "s", **params}))
    return FileSink(FileSinkConfigWrapper(file_sink=given), rendering.Registry())


def accepts(case):
    def labels(namespace):
        return dict(case["namespaces"][namespace])

    with mock.patch("robusta.core.reporting.base.get_namespace_labels", labels):
        try:
            return {"takes": sink(case["sink"]).accepts(rendering.finding(case["finding"]))}
        except Exception as error:
            return {"error": type(error).__name__}


def flow(case):
    from robusta.core.playbooks.playbooks_event_handler_impl import PlaybooksEventHandlerImpl

    sent = []
    sinks = {}
    for params in case["sinks"]:
        made = sinks[params["name"]] = sink(params)
        made.write_finding = lambda finding, _, name=params["name"]: sent.append([name, finding.title])
    findings = {name: [rendering.finding(one) for one in given] for name, given in case["findings"]}
    registry = mock.Mock()
    registry.get_sinks.return_value = mock.Mock(sinks=sinks, platform_enabled=False)
    registry.get_telemetry.return_value = mock.MagicMock()
    handler = PlaybooksEventHandlerImpl(registry)
    handler._PlaybooksEventHandlerImpl__handle_findings(mock.Mock(sink_findings=findings))
    return {"sent": sent}


def channel(case):
    from robusta.core.sinks.common import ChannelTransformer

    try:
        override = ChannelTransformer.validate_channel_override(case["channel_override"])
        given = (override, "default", case["cluster"], case["labels"], case["annotations"])
        return {"value": ChannelTransformer.template(*given)}
    except Exception as error:
        return {"error": type(error).__name__}


def webhook(case):
    from robusta.core.sinks.msteams.msteams_webhook_tranformer import MsTeamsWebhookUrlTransformer

    try:
        override = MsTeamsWebhookUrlTransformer.validate_webhook_override(case["webhook_override"])
        return {"value": MsTeamsWebhookUrlTransformer.template(override, "http://default.example", case["annotations"])}
    except Exception as error:
        return {"error": type(error).__name__}


if __name__ == "__main__":
    main()
