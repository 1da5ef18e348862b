"""The two secrets that say who we are to Xero and to GO1. They are made empty, and filled by a person or from standard input.

What goes into them is never an argument, a parameter, a file of ours or a line of output.
"""

from __future__ import annotations

import getpass
import json
import sys
from typing import Any

from botocore.exceptions import ClientError

from infra.local.steps import Failure, say

from .cloud import Cloud, is_missing, refusals

UPSTREAMS = {"xero": "XeroClientSecretArn", "go1": "Go1ClientSecretArn"}
FIELDS = ("client_id", "client_secret")
NAMES = {"xero": "Xero", "go1": "GO1"}


def make(cloud: Cloud, stack: str) -> dict[str, str]:
    """Make the secrets that are not there, empty; returns the ARN of each by the template's parameter."""
    client = cloud.client("secretsmanager")
    arns = {}
    for upstream, parameter in UPSTREAMS.items():
        name = _name(stack, upstream)
        with refusals(f"the secret {name} cannot be made"):
            try:
                arns[parameter] = client.describe_secret(SecretId=name)["ARN"]
            except ClientError as error:
                if not is_missing(error, "ResourceNotFoundException"):
                    raise
                described = f"Who we are to {NAMES[upstream]}: client_id and client_secret. Filled by make secrets."
                arns[parameter] = client.create_secret(Name=name, Description=described)["ARN"]
    return arns


def empty(cloud: Cloud, stack: str) -> list[str]:
    """The upstreams whose secret holds nothing that the functions could use."""
    client = cloud.client("secretsmanager")
    found = []
    for upstream in UPSTREAMS:
        with refusals(f"the secret {_name(stack, upstream)} cannot be looked at"):
            try:
                held = client.get_secret_value(SecretId=_name(stack, upstream)).get("SecretString", "")
            except ClientError as error:
                if not is_missing(error, "ResourceNotFoundException"):
                    raise
                held = ""  # As long as nothing was put into it, AWS says that there is no value.
        if not _is_usable(held):
            found.append(upstream)
    return found


def seen(cloud: Cloud, stack: str) -> str:
    """What can be said of the secrets without reading one, for whoever is on call: a secret that was never filled has no version."""
    client = cloud.client("secretsmanager")
    unfilled = []
    for upstream in UPSTREAMS:
        try:
            stages = client.describe_secret(SecretId=_name(stack, upstream)).get("VersionIdsToStages", {}).values()
        except ClientError as error:
            if is_missing(error, "AccessDeniedException"):
                return "you may not look at them"
            if not is_missing(error, "ResourceNotFoundException"):
                raise
            stages = []
        if not any("AWSCURRENT" in one for one in stages):
            unfilled.append(upstream)
    return f"empty: {', '.join(unfilled)}" if unfilled else "filled"


def versions(cloud: Cloud, stack: str) -> dict[str, str]:
    """Which version of each secret is the current one, by its ARN."""
    client, found = cloud.client("secretsmanager"), {}
    for upstream in UPSTREAMS:
        with refusals(f"the secret {_name(stack, upstream)} cannot be looked at"):
            secret = client.describe_secret(SecretId=_name(stack, upstream))
        found[secret["ARN"]] = current(secret)
    return found


def current(described: dict[str, Any]) -> str:
    """The current version of a secret that AWS described."""
    return next(version for version, stages in described["VersionIdsToStages"].items() if "AWSCURRENT" in stages)


def _is_usable(held: str) -> bool:
    try:
        fields = json.loads(held)
        return all(isinstance(fields[field], str) and fields[field] for field in FIELDS)
    except (ValueError, KeyError, TypeError):
        return False


def fill(cloud: Cloud, stack: str, upstreams: list[str], from_stdin: bool) -> None:
    """Ask for what goes into each and store it. On no terminal it is read as JSON from standard input, if that was asked for."""
    if not upstreams:
        return
    told = _from_stdin(upstreams) if from_stdin else _asked(upstreams)
    client = cloud.client("secretsmanager")
    for upstream in upstreams:
        with refusals(f"the secret {_name(stack, upstream)} cannot be filled"):
            client.put_secret_value(SecretId=_name(stack, upstream), SecretString=json.dumps(told[upstream]))
        say(f"  filled {_name(stack, upstream)}")


def _asked(upstreams: list[str]) -> dict[str, dict[str, str]]:
    if not sys.stdin.isatty():
        names = " and ".join(NAMES[one] for one in upstreams)
        raise Failure(
            f"the secrets of {names} are empty: make secrets STAGE=... on a terminal, or FROM_STDIN=1 with "
            '{"xero": {"client_id": "...", "client_secret": "..."}, "go1": {...}} on standard input'
        )
    return {
        upstream: {field: getpass.getpass(f"{NAMES[upstream]} {field} (not shown): ").strip() or _nothing(field) for field in FIELDS}
        for upstream in upstreams
    }


def _nothing(field: str) -> str:
    raise Failure(f"{field} was left empty: nothing was stored")


def _from_stdin(upstreams: list[str]) -> dict[str, dict[str, str]]:
    try:
        told = json.load(sys.stdin)
        found = {one: {field: str(told[one][field]) for field in FIELDS} for one in upstreams}
    except (ValueError, KeyError, TypeError) as error:
        # The error's own text could hold what was sent.
        raise Failure(f"standard input must be JSON with {', '.join(upstreams)}, each with client_id and client_secret ({type(error).__name__})") from None
    if not all(value for fields in found.values() for value in fields.values()):
        raise Failure("a client_id or client_secret on standard input is empty: nothing was stored")
    return found


def _name(stack: str, upstream: str) -> str:
    return f"{stack}/{upstream}-client"
