"""Records what Robusta's sinks send of findings: `robusta_rendering.jsonl`. Needs the source of Robusta on the path.

    PYTHONPATH=<folder of robusta>/src python conformance/record/robusta_rendering.py

A finding is in the JSON form that Squall's Python side writes, and made into one of Robusta's objects here. Nothing is
sent: the clients that would are replaced, and what they were given is recorded.
"""

import base64
import json
import os
import sys
from unittest import mock

import yaml

HERE = os.path.dirname(os.path.abspath(__file__))
STARTS_AT = "2026-11-22T13:14:15.000123+00:00"


def main():
    home = os.path.dirname(HERE)
    with open(os.path.join(home, "cases", "robusta_rendering.yaml"), encoding="utf-8") as file:
        document = yaml.safe_load(file)
    with open(os.path.join(home, "recorded", "robusta_rendering.jsonl"), "w", encoding="utf-8") as out:
        for case in cases(document):
            line = {**case, "expected": record(case)}
            out.write(json.dumps(line, ensure_ascii=False, sort_keys=True) + "\n")


def cases(document):
    """Each finding for each sink, and each table."""
    for group, findings in document["findings"].items():
        for number, short in enumerate(findings, start=1):
            finding = whole(short)
            for sink in document["sinks"]:
                if sink["name"] in short.get("sinks", [sink["name"]]):
                    name = "%s-%02d-%s" % (group, number, sink["name"])
                    yield {"id": name, "sink": sink["kind"], "params": sink["params"], "finding": finding}
    for number, table in enumerate(document["tables"], start=1):
        yield {"id": "table-%02d" % number, "table": expanded(table)}


def whole(short):
    """A finding with what the short form leaves out."""
    finding = {
        "id": "8f2c9d3e-0000-4000-8000-000000000001",
        "title": "Pod web-1 is crashing",
        "description": None,
        "severity": "HIGH",
        "source": "kubernetes_api_server",
        "type": "issue",
        "failure": True,
        "aggregation_key": "CrashLoop",
        "fingerprint": "f1",
        "links": [],
        "starts_at": STARTS_AT,
        "ends_at": None,
        "add_silence_url": False,
        "silence_labels": None,
        **{key: value for key, value in short.items() if key not in ("blocks", "enrichments", "subject", "sinks")},
    }
    subject = {"name": "web-1", "kind": "pod", "namespace": "shop", "node": "n1", "container": None}
    finding["subject"] = {**subject, "labels": {}, "annotations": {}, **short.get("subject", {})}
    enrichments = short.get("enrichments") or ([{"blocks": short["blocks"]}] if "blocks" in short else [])
    finding["enrichments"] = [
        {"annotations": {}, "type": None, "title": None, **one, "blocks": [expanded(block) for block in one["blocks"]]}
        for one in enrichments
    ]
    return expanded(finding)


def expanded(value):
    """`{repeat: text, times: n}` is that text so many times; `{rows: n, of: [...]}` so many rows with their number."""
    if isinstance(value, dict):
        if value.get("block") == "MarkdownBlock":
            # Robusta cuts the text when the block is made.
            text = expanded(value["text"])
            return {**value, "text": text if len(text) < 2997 else text[:2997] + "..."}
        if set(value) == {"repeat", "times"}:
            return value["repeat"] * value["times"]
        if set(value) == {"count", "of"}:
            return [[cell.replace("#", str(number)) for cell in value["of"]] for number in range(value["count"])]
        if set(value) == {"count", "item"}:
            return [value["item"].replace("#", str(number)) for number in range(value["count"])]
        return {key: expanded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [expanded(item) for item in value]
    return value


def record(case):
    """What the original sends."""
    if "table" in case:
        table = block({"block": "TableBlock", **case["table"]})
        return {"markdown": table.to_markdown().text, "file": table.to_table_string(250)}
    return RECORDERS[case["sink"]](case["params"], finding(case["finding"]))


def finding(told):
    from robusta.core.reporting.base import Enrichment, EnrichmentType, Finding, FindingSeverity, FindingSubject, Link
    from robusta.core.reporting.base import LinkType
    from robusta.core.reporting.consts import FindingSource, FindingSubjectType, FindingType
    from datetime import datetime

    about = told["subject"]
    made = Finding(
        title=told["title"],
        aggregation_key=told["aggregation_key"],
        severity=FindingSeverity[told["severity"]],
        source=FindingSource(told["source"]),
        description=told["description"],
        subject=FindingSubject(
            about["name"],
            FindingSubjectType(about["kind"]),
            about["namespace"],
            about["node"],
            about["container"],
            about["labels"],
            about["annotations"],
        ),
        finding_type=FindingType(told["type"]),
        failure=told["failure"],
        fingerprint=told["fingerprint"],
        starts_at=datetime.fromisoformat(told["starts_at"]),
        add_silence_url=told["add_silence_url"],
        silence_labels=told["silence_labels"],
    )
    made.id = told["id"]
    for link in told["links"]:
        kind = LinkType(link["type"]) if link.get("type") else None
        made.links.append(Link(url=link["url"], name=link.get("name", "See more"), type=kind))
    for one in told["enrichments"]:
        kind = EnrichmentType(one["type"]) if one["type"] else None
        blocks = [block(told) for told in one["blocks"]]
        made.enrichments.append(Enrichment(blocks, one["annotations"], kind, one["title"]))
    return made


def block(told):
    from robusta.core.reporting import blocks
    from robusta.core.reporting import holmes  # noqa: F401

    name = told["block"]
    kind = getattr(blocks, name)
    members = {key: value for key, value in told.items() if key != "block"}
    if name in ("FileBlock", "GraphBlock"):
        return kind(members["filename"], base64.b64decode(members["contents"]))
    if name in ("TableBlock", "EventsBlock"):
        if name == "EventsBlock":
            members.setdefault("events", [])
        return kind(**members)
    if name == "LinksBlock":
        return kind(links=[blocks.LinkProp(**one) for one in members["links"]])
    if name == "KubernetesDiffBlock":
        return diff(members)
    if name == "EmptyFileBlock":
        return kind(members["filename"], "nothing")
    return kind(**members)


def diff(members):
    from hikaru import DiffDetail, DiffType
    from hikaru.model.rel_1_26 import Pod
    from robusta.core.reporting.blocks import KubernetesDiffBlock

    details = []
    for one in members["diffs"]:
        path = one["path"]
        detail = DiffDetail(DiffType[one["type"]], Pod, one["formatted_path"], path, "", one["value"], one["other_value"])
        details.append(detail)
    return KubernetesDiffBlock(details, None, None, "web-1", members["kind"], "shop")


class Registry:
    """As much of a registry as sinks ask."""

    def get_global_config(self):
        return {"cluster_name": "prod", "account_id": "acc", "signing_key": ""}

    def get_sinks(self):
        return mock.Mock(get_robusta_sinks=lambda: [])

    def subscribe(self, *_):
        pass


def slack(params, told):
    from robusta.core.sinks.slack.slack_sink import SlackSink
    from robusta.core.sinks.slack.slack_sink_params import SlackSinkConfigWrapper

    sent, files = [], []

    class Client:
        def __init__(self, **_):
            pass

        BASE_URL = ""

        def auth_test(self):
            pass

        def files_upload_v2(self, title, file_uploads):
            source = file_uploads[0]["file"]
            with open(source, "rb") as opened:
                files.append({"name": title, "text": opened.read().decode("utf-8", "replace")})
            return {"file": {"permalink": "{permalink of %s}" % title}}

        def chat_postMessage(self, **given):
            sent.append(given)
            return {"channel": "C1", "ts": "1.1"}

    config = SlackSinkConfigWrapper(slack_sink={"name": "s", "disable_holmes_note": True, **params})
    with mock.patch("robusta.integrations.slack.sender.WebClient", Client):
        try:
            SlackSink(config, Registry()).write_finding(told, False)
        except Exception as error:  # the original loses the message
            return {"error": type(error).__name__}
    if not sent:
        return {"error": "nothing was sent"}
    given = sent[0]
    return {
        "channel": given["channel"],
        "text": given["text"],
        "blocks": given["blocks"],
        "attachments": given["attachments"],
        "unfurl": given["unfurl_links"],
        "files": files,
    }


def posted(module, write):
    """What is posted by `requests` of a module."""
    sent = []

    def post(url, data=None, json=None, headers=None):
        body = data.decode("utf-8") if isinstance(data, bytes) else json
        sent.append({"url": url, "body": body, "authorization": (headers or {}).get("Authorization")})
        return mock.Mock(status_code=200, text="", ok=True)

    with mock.patch(module + ".requests.post", post):
        try:
            write()
        except Exception as error:
            return {"error": type(error).__name__}
    return {"posts": sent} if sent else {"error": "nothing was sent"}


def ms_teams(params, told):
    from robusta.core.sinks.msteams import MsTeamsSink, MsTeamsSinkConfigWrapper

    sink = MsTeamsSink(MsTeamsSinkConfigWrapper(ms_teams_sink={"name": "s", **params}), Registry())
    sent = posted("robusta.integrations.msteams.msteams_msg", lambda: sink.write_finding(told, False))
    named = {}
    for post in sent.get("posts", []):
        post["body"] = with_plain_ids(post["body"], named)
    return sent


def with_plain_ids(value, named):
    """Ids are chosen by chance: they become their order of appearance, members taken by name."""
    if isinstance(value, list):
        return [with_plain_ids(item, named) for item in value]
    if isinstance(value, dict):
        made = {}
        for key in sorted(value):
            item = value[key]
            is_id = key in ("id", "elementId")
            made[key] = named.setdefault(item, "id-%d" % len(named)) if is_id else with_plain_ids(item, named)
        return made
    return value


def webhook(params, told):
    from robusta.core.sinks.webhook import WebhookSink, WebhookSinkConfigWrapper

    sink = WebhookSink(WebhookSinkConfigWrapper(webhook_sink={"name": "s", **params}), Registry())
    return posted("robusta.core.sinks.webhook.webhook_sink", lambda: sink.write_finding(told, False))


def pagerduty(params, told):
    from robusta.core.sinks.pagerduty import PagerdutyConfigWrapper, PagerdutySink

    sink = PagerdutySink(PagerdutyConfigWrapper(pagerduty_sink={"name": "s", **params}), Registry())
    return posted("robusta.core.sinks.pagerduty.pagerduty_sink", lambda: sink.write_finding(told, False))


def mattermost(params, told):
    from robusta.core.sinks.mattermost.mattermost_sink import MattermostSink
    from robusta.core.sinks.mattermost.mattermost_sink_params import MattermostSinkConfigWrapper

    sent = []

    class Client:
        def __init__(self, **_):
            pass

        def post_message(self, title, attachments, files):
            sent.append({"title": title, "attachments": attachments, "files": [name for name, _ in files]})

    with mock.patch("robusta.core.sinks.mattermost.mattermost_sink.MattermostClient", Client):
        sink = MattermostSink(MattermostSinkConfigWrapper(mattermost_sink={"name": "s", **params}), Registry())
        return written(lambda: sink.write_finding(told, False), sent)


def yamessenger(params, told):
    from robusta.core.sinks.yamessenger import YaMessengerSink, YaMessengerSinkConfigWrapper

    sent = []

    def post(url, headers=None, json=None, files=None):
        if json:
            sent.append({"text": json["text"], "chat": json["chat_id"], "important": json["important"]})
        return mock.Mock(status_code=200)

    with mock.patch("robusta.core.sinks.yamessenger.yamessenger_client.requests.post", post):
        sink = YaMessengerSink(YaMessengerSinkConfigWrapper(yamessenger_sink={"name": "s", **params}), Registry())
        return written(lambda: sink.write_finding(told, False), sent)


def webex(params, told):
    from robusta.core.sinks.webex import WebexSink, WebexSinkConfigWrapper

    sent = []

    class Client:
        def __init__(self, **_):
            self.messages = self

        def create(self, roomId, text=None, attachments=None, files=None):
            if attachments:
                sent.append({"roomId": roomId, "text": text, "attachments": attachments})

    with mock.patch("robusta.integrations.webex.sender.WebexTeamsAPI", Client):
        sink = WebexSink(WebexSinkConfigWrapper(webex_sink={"name": "s", **params}), Registry())
        return written(lambda: sink.write_finding(told, False), sent)


def written(write, sent):
    """The first message that writing sends."""
    try:
        write()
    except Exception as error:
        return {"error": type(error).__name__}
    return sent[0] if sent else {"error": "nothing was sent"}


RECORDERS = {
    "mattermost_sink": mattermost,
    "webex_sink": webex,
    "yamessenger_sink": yamessenger,
    "slack_sink": slack,
    "ms_teams_sink": ms_teams,
    "webhook_sink": webhook,
    "pagerduty_sink": pagerduty,
}


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    main()
