"""Where alarms go: a topic of the stage, and the address that somebody reads."""

from __future__ import annotations

import sys

from botocore.exceptions import ClientError

from infra.local.steps import Failure, say

from .cloud import Cloud, is_missing, refusals


def topic(cloud: Cloud, stack: str, address: str | None) -> str:
    """The stage's topic, with somebody subscribed to it; returns its ARN. `address` is an email, or `none`."""
    client = cloud.client("sns")
    with refusals("the topic of the alarms cannot be made"):
        arn = client.create_topic(Name=f"{stack}-alarms")["TopicArn"]  # The same one, where it is there.
        confirmed, pending = readers(cloud, stack)
        if address is None and not confirmed and not pending:
            address = _ask()
        # Whoever has not confirmed is written to again: the link in the first mail ends after some days.
        if address and address != "none" and address not in confirmed:
            if "@" not in address:
                raise Failure(f"{address} is no email address: ALARM_EMAIL=somebody@example.com, or ALARM_EMAIL=none")
            client.subscribe(TopicArn=arn, Protocol="email", Endpoint=address)
            say(f"  AWS has written to {address}: alarms come once the link in that mail was followed")
    return arn


def readers(cloud: Cloud, stack: str) -> tuple[list[str], list[str]]:
    """Who is told of alarms, and who has not confirmed yet that they want to be: AWS sends them nothing."""
    client = cloud.client("sns")
    try:
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=_arn(cloud, stack))
        found = [(one["Endpoint"], one["SubscriptionArn"].startswith("arn:")) for page in pages for one in page["Subscriptions"]]
    except ClientError as error:
        if not is_missing(error, "NotFound", "NotFoundException"):
            raise
        found = []
    return [address for address, wants in found if wants], [address for address, wants in found if not wants]


def told(cloud: Cloud, stack: str) -> str:
    """Who is told of alarms, in words."""
    try:
        confirmed, pending = readers(cloud, stack)
    except ClientError as error:
        if not is_missing(error, "AuthorizationError", "AuthorizationErrorException", "AccessDenied", "AccessDeniedException"):
            raise
        return "somebody or nobody: you may not look"
    waits = f", not confirmed by {' and '.join(pending)}: the link in AWS's mail" if pending else ""
    return (" and ".join(confirmed) or "nobody") + waits


def remove(cloud: Cloud, stack: str) -> None:
    """Remove the stage's topic with what is subscribed to it."""
    with refusals("the topic of the alarms cannot be removed"):
        cloud.client("sns").delete_topic(TopicArn=_arn(cloud, stack))


def _arn(cloud: Cloud, stack: str) -> str:
    return f"arn:{cloud.partition}:sns:{cloud.region}:{cloud.account}:{stack}-alarms"


def _ask() -> str:
    if not sys.stdin.isatty():
        raise Failure("nobody would read the alarms: ALARM_EMAIL=somebody@example.com, or ALARM_EMAIL=none")
    return input("\nWho reads the alarms? (an email address, or none): ").strip() or "none"
