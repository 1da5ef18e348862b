"""An event for the worker that names a batch of the local cloud: `make event`, then `make invoke FUNCTION=worker EVENT=...`.

The files of events/ name an import that no stack has, so the worker calls them dead letters. Here the ids are those of the newest
import that the table has, and of a batch in which somebody still waits, where there is one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import boto3
from boto3.dynamodb.types import TypeDeserializer

from .aws import stack_outputs
from .settings import REGION, SIGNING, STACK, STATE, Settings
from .steps import Failure

MESSAGE_VERSION = 2  # BatchMessage::WRITES in shared/domain/src/import/batch.rs


def write(settings: Settings) -> Path:
    """Write the event, and say where."""
    keys = {"aws_access_key_id": SIGNING["AWS_ACCESS_KEY_ID"], "aws_secret_access_key": SIGNING["AWS_SECRET_ACCESS_KEY"]}
    client = boto3.client("dynamodb", endpoint_url=settings.endpoint, region_name=REGION, **keys)
    table = stack_outputs(settings, STACK)["TableName"]
    path = STATE / "sqs-batch.json"
    path.write_text(json.dumps(event(client, table), indent=2) + "\n")
    return path


def event(client: Any, table: str) -> dict[str, Any]:
    """What SQS would hand to the worker for a batch of the newest import."""
    imports = _all(client.get_paginator("scan"), TableName=table, FilterExpression="begins_with(sk, :kind)", ExpressionAttributeValues={":kind": {"S": "IMPORT#"}})
    if not imports:
        raise Failure("the local cloud has no import yet: walk through one at its address first")
    newest = max(imports, key=lambda one: (one["status"] == "running", one["accepted_at"]))
    portal, name = newest["portal"], newest["id"]
    values = {":pk": {"S": f"PORTAL#{portal}#IMPORT#{name}"}, ":kind": {"S": "PERSON#"}}
    condition = "pk = :pk AND begins_with(sk, :kind)"
    people = _all(client.get_paginator("query"), TableName=table, KeyConditionExpression=condition, ExpressionAttributeValues=values)
    if not people:
        raise Failure(f"the newest import, {name}, has no people any more: make another")
    batch = min(people, key=lambda one: (one["outcome"]["outcome"] != "waiting", one["batch"]))["batch"]
    ids = sorted(one["employee_id"] for one in people if one["batch"] == batch)
    body = {"version": MESSAGE_VERSION, "portal": portal, "import": name, "batch": int(batch), "people": ids, "send": int(newest["sends"])}
    record = json.loads((Path(__file__).parents[2] / "events" / "sqs-batch.json").read_text())["Records"][0]
    record["body"] = json.dumps(body)
    record["attributes"] |= {"MessageGroupId": portal, "MessageDeduplicationId": f"{name}-{batch}-{newest['sends']}"}
    return {"Records": [record]}


def _all(paginator: Any, **asked: Any) -> list[dict[str, Any]]:
    read = TypeDeserializer().deserialize
    return [{key: read(value) for key, value in item.items()} for page in paginator.paginate(**asked) for item in page["Items"]]
