"""The releases of a stage, newest last, in the bucket that holds their archives: what a rollback goes back to."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any

from botocore.exceptions import ClientError

from infra.local.steps import Failure

from .cloud import Cloud, is_missing, refusals

KEPT = 20
# Which table and which keys a stage has is no property of a release: another one of them would be without what customers have.
OF_THE_STAGE = ("ExistingTable", "ExistingXeroSealingKeyArn", "ExistingGo1SealingKeyArn")
# Where the name leads. What is turned with them is not in the packaged template alone: the edge is another stack.
LEADS_THE_NAME = ("HostedZoneId", "EdgeSecretArn")


def bucket(cloud: Cloud) -> str:
    """The bucket for the archives of every stage, made if it is not there: private, and as large as twenty releases."""
    name = f"go1-xero-packages-{cloud.account}-{cloud.region}"
    client = cloud.client("s3")
    with refusals(f"the bucket {name} cannot be made"):
        try:
            client.head_bucket(Bucket=name, ExpectedBucketOwner=cloud.account)
        except ClientError as error:
            if not is_missing(error, "404", "NoSuchBucket"):
                raise
            where = {} if cloud.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
            client.create_bucket(Bucket=name, **where)
            client.put_public_access_block(
                Bucket=name,
                PublicAccessBlockConfiguration={
                    "BlockPublicAcls": True,
                    "IgnorePublicAcls": True,
                    "BlockPublicPolicy": True,
                    "RestrictPublicBuckets": True,
                },
            )
    return name


def read(cloud: Cloud, bucket_name: str, stack: str) -> list[dict[str, Any]]:
    """The releases, each with its packaged template, its parameters and when it was deployed."""
    with refusals("the history of the releases cannot be read"):
        try:
            answer = cloud.client("s3").get_object(Bucket=bucket_name, Key=_key(stack))
        except ClientError as error:
            if is_missing(error, "NoSuchKey", "NoSuchBucket"):
                return []
            raise
        return json.loads(answer["Body"].read())["releases"]


def write(cloud: Cloud, bucket_name: str, stack: str, releases: list[dict[str, Any]]) -> None:
    """Store the newest of them."""
    body = json.dumps({"releases": releases[-KEPT:]}, indent=1).encode()
    with refusals("the history of the releases cannot be stored"):
        cloud.client("s3").put_object(Bucket=bucket_name, Key=_key(stack), Body=body, ContentType="application/json")


def with_newest(releases: list[dict[str, Any]], newest: dict[str, Any]) -> list[dict[str, Any]]:
    """The history after a deploy. The same release again is no new entry."""
    if releases and releases[-1]["release"] == newest["release"]:
        return releases
    return [*releases, newest]


def before(releases: list[dict[str, Any]], running: str) -> list[dict[str, Any]]:
    """The history after a rollback: it ends with the release to go back to, and what came after is forgotten."""
    earlier = list(releases)
    while earlier and earlier[-1]["release"] == running:
        earlier.pop()
    if not earlier:
        raise Failure("there is no earlier release to go back to")
    return earlier


def gone_back_to(back: dict[str, Any], running: dict[str, str], stage: str) -> dict[str, Any]:
    """The release to go back to, with the table and the keys that the stack runs with."""
    then = back["parameters"]
    for name in LEADS_THE_NAME:
        if then.get(name, "") != running.get(name, ""):
            raise Failure(
                f"{name} was another one then, so that the name would be led elsewhere and nobody would get a page meanwhile: "
                f"make deploy STAGE={stage} ARCHIVES=... with that release's archives keeps it as it is"
            )
    table = {name: running.get(name, "") for name in OF_THE_STAGE}
    differing = {name: value for name, value in table.items() if value != then.get(name, "")}
    if not differing:
        return back
    unknown = sorted(set(differing) - set(then))
    if unknown:
        raise Failure(f"that release does not know {', '.join(unknown)}, so that it would run without what customers have")
    mixed = json.dumps(differing, sort_keys=True)
    # Under their names of then a deploy of that release would find nothing changed, and Lambda would make no other version.
    template = re.sub(r"(AutoPublishCodeSha256: ['\"]?)([0-9a-f]{64})", lambda found: found[1] + _digest(found[2] + mixed), back["template"])
    name = _digest(back["release"] + mixed)
    return {**back, "release": name, "template": template, "parameters": {**then, **differing, "Release": name}}


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _key(stack: str) -> str:
    return f"{stack}/releases.json"
