"""Where alarms go: a topic of the stage, and the address that somebody reads."""

from __future__ import annotations

import sys

from infra.local.steps import Failure, say

from .cloud import Cloud, refusals


def topic(cloud: Cloud, stack: str, address: str | None) -> str:
    """The stage's topic, with somebody subscribed to it; returns its ARN. `address` is an email, or `none`."""
    client = cloud.client("sns")
    with refusals("the topic of the alarms cannot be made"):
        arn = client.create_topic(Name=f"{stack}-alarms")["TopicArn"]  # The same one, where it is there.
        pages = client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=arn)
        subscribed = [one["Endpoint"] for page in pages for one in page["Subscriptions"]]
        if address is None and not subscribed:
            address = _ask()
        if address and address != "none" and address not in subscribed:
            if "@" not in address:
                raise Failure(f"{address} is no email address: ALARM_EMAIL=somebody@example.com, or ALARM_EMAIL=none")
            client.subscribe(TopicArn=arn, Protocol="email", Endpoint=address)
            say(f"  AWS has written to {address}: alarms come once the link in that mail was followed")
    return arn


def remove(cloud: Cloud, stack: str) -> None:
    """Remove the stage's topic with what is subscribed to it."""
    with refusals("the topic of the alarms cannot be removed"):
        cloud.client("sns").delete_topic(TopicArn=f"arn:{cloud.partition}:sns:{cloud.region}:{cloud.account}:{stack}-alarms")


def _ask() -> str:
    if not sys.stdin.isatty():
        raise Failure("nobody would read the alarms: ALARM_EMAIL=somebody@example.com, or ALARM_EMAIL=none")
    return input("\nWho reads the alarms? (an email address, or none): ").strip() or "none"
