"""What stands before the HTTP API where a stage has an edge: a stack of its own in us-east-1 (infra/edge.yaml), and the secret
that it and the functions share.

The secret is made here and never shown. It lives in us-east-1, where CloudFormation writes it into CloudFront's request, with a
replica in the stage's region, where the functions read it.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from botocore.exceptions import ClientError

from infra.local.settings import ROOT
from infra.local.steps import Failure, step
from infra.template_text import read

from . import sam
from .cloud import Cloud, is_missing, refusals
from .partners import current
from .stages import Stage

REGION = "us-east-1"
"""CloudFront takes certificates and firewalls from here only."""

TEMPLATE = ROOT / "infra" / "edge.yaml"
NEVER_MADE = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
TRIES = 30
"""How often the replica is looked at, two seconds apart."""


@dataclass(frozen=True)
class Shared:
    """The secret that CloudFront and the functions share, as it is in us-east-1."""

    arn: str
    version: str
    """The current one. A replica's versions have the same names."""


def stack_of(stage: Stage) -> str:
    """The edge's stack."""
    return f"{stage.stack}-edge"


def _name(stage: Stage) -> str:
    return f"{stage.stack}/edge"


def secret(client: Any, stage: Stage) -> Shared:
    """The secret of us-east-1, made with a value and a replica where it is not there. `client` is of us-east-1."""
    name = _name(stage)
    with refusals(f"the secret {name} cannot be made"):
        try:
            found = client.describe_secret(SecretId=name)
            return Shared(found["ARN"], current(found))
        except ClientError as error:
            if not is_missing(error, "ResourceNotFoundException"):
                raise
        replicas = {} if stage.region == REGION else {"AddReplicaRegions": [{"Region": stage.region}]}
        described = "What CloudFront adds to every request, and the functions want to see."
        value = json.dumps({"current": secrets.token_urlsafe(32)})
        made = client.create_secret(Name=name, Description=described, SecretString=value, **replicas)
        return Shared(made["ARN"], made["VersionId"])


def wait_for_the_replica(client: Any, stage: Stage, shared: Shared, pause: Callable[[float], None] = time.sleep) -> None:
    """Wait until the functions would read the newest version: one that began earlier would keep the version before. `client` is
    of the stage's region."""
    for _ in range(TRIES):
        with refusals(f"the secret {_name(stage)} of {stage.region} cannot be looked at"):
            try:
                if current(client.describe_secret(SecretId=for_the_functions(shared.arn, stage))) == shared.version:
                    return
            except ClientError as error:
                if not is_missing(error, "ResourceNotFoundException"):
                    raise
        pause(2)
    raise Failure(f"the secret {_name(stage)} of {REGION} has not come to {stage.region} within {2 * TRIES} seconds: look at its replica, and deploy again")


def versions(shared: Shared, stage: Stage) -> dict[str, str]:
    """Which version the functions read, by the ARN that they are told: another one makes another version of each of them."""
    return {for_the_functions(shared.arn, stage): shared.version}


def for_the_functions(arn: str, stage: Stage) -> str:
    """The replica's ARN: the same but for the region."""
    parts = arn.split(":")
    return ":".join([*parts[:3], stage.region, *parts[4:]])


def check(chosen: dict[str, str]) -> None:
    """Refuse an edge that no name could lead to, before anything is made."""
    if not chosen["HostedZoneId"] or not chosen["PublicUrl"].startswith("https://"):
        raise Failure('an edge needs a name and its zone: SET="PublicUrl=https://... HostedZoneId=Z...", or on = false in infra/samconfig.toml')


def parameters(stage: Stage, chosen: dict[str, str], api_url: str, shared: Shared) -> dict[str, str]:
    """The values of infra/edge.yaml."""
    found = {"PublicUrl": chosen["PublicUrl"], "HostedZoneId": chosen["HostedZoneId"], "ApiDomain": urlsplit(api_url).netloc}
    return {**found, "EdgeSecretArn": shared.arn, "EdgeSecretVersion": shared.version, **(stage.edge or {})}


def deploy(stage: Stage, values: dict[str, str], log: Path, was_on: bool, leads: bool = True) -> None:
    """Deploy the edge's stack. Twice without a change changes nothing. Where the name is not to lead there yet it has no records."""
    with refusals("the edge cannot be looked at"):
        before = Cloud(REGION).stack(stack_of(stage))
    if before and before["StackStatus"] in NEVER_MADE:
        remove(stage)  # CloudFormation updates no stack whose making failed.
    template = TEMPLATE
    if not leads:
        template = log.parent / "edge.yaml"
        template.parent.mkdir(parents=True, exist_ok=True)
        template.write_text(_without_records())
    what = "" if leads else ", to which the name does not lead yet"
    with step(f"the edge {stack_of(stage)} in {REGION}{what} (the first time takes some minutes)"):
        try:
            sam.deploy(replace(stage, stack=stack_of(stage), region=REGION), None, template, values, log)
        except Failure as failure:
            raise Failure(f"{failure}\n  {_way_back(stage, was_on, leads)}") from failure


def _without_records() -> str:
    whole = read(TEMPLATE.name)
    kept = {name: one for name, one in whole["Resources"].items() if one["Type"] != "AWS::Route53::RecordSet"}
    return yaml.safe_dump({**whole, "Resources": kept}, sort_keys=False, width=10_000)


def _way_back(stage: Stage, was_on: bool, leads: bool) -> str:
    """What people see now, and what to do where it cannot be mended at once."""
    off = f"on = false under [{stage.name}.edge.parameters] in infra/samconfig.toml, and make deploy STAGE={stage.name} as before"
    if not leads:
        return f"nothing has changed for anybody: mend it and deploy again, or {off}"
    if was_on:
        return f"the edge goes on as it was: mend it and deploy again. Where nobody gets a page: {off}"
    return f"the name leads nowhere until it is made. To lead it to the HTTP API again: {off}"


def remove(stage: Stage) -> None:
    """Delete the edge's stack, if there is one. The secret stays."""
    cloud = Cloud(REGION)
    with refusals("the edge cannot be looked at"):
        stack = cloud.stack(stack_of(stage))
    if stack is None:
        return
    with step(f"delete {stack_of(stage)}"), refusals("the edge cannot be deleted"):
        cloud.client("cloudformation").delete_stack(StackName=stack_of(stage))
        waiter = cloud.client("cloudformation").get_waiter("stack_delete_complete")
        waiter.wait(StackName=stack["StackId"], WaiterConfig={"Delay": 5, "MaxAttempts": 720})
