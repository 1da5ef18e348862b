"""AWS, as the deploy meets it: clients of one region, and refusals as sentences."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from infra.local.steps import Failure


class Cloud:
    """The account and region that a stage lives in."""

    def __init__(self, region: str) -> None:
        self.region = region
        self._session = boto3.Session(region_name=region)
        with refusals("AWS does not know who asks (aws sts get-caller-identity)"):
            caller = self.client("sts").get_caller_identity()
        self.account: str = caller["Account"]
        self.caller: str = caller["Arn"]
        self.partition = self.caller.split(":")[1]

    def client(self, service: str) -> Any:
        """A client, with time-outs that a person can wait for."""
        return self._session.client(service, config=Config(connect_timeout=10, read_timeout=60, retries={"mode": "standard", "max_attempts": 4}))

    def stack(self, name: str) -> dict[str, Any] | None:
        """The stack as it is, or nothing."""
        try:
            return self.client("cloudformation").describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise


def parameters(stack: dict[str, Any] | None) -> dict[str, str]:
    """The values that a stack runs with."""
    return {one["ParameterKey"]: one["ParameterValue"] for one in (stack or {}).get("Parameters", [])}


def outputs(stack: dict[str, Any] | None) -> dict[str, str]:
    """What a stack hands out."""
    return {one["OutputKey"]: one["OutputValue"] for one in (stack or {}).get("Outputs", [])}


@contextmanager
def refusals(what: str) -> Iterator[None]:
    """Turn what AWS refuses into one line."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise Failure(f"{what}: {error}") from error


def is_missing(error: ClientError, *codes: str) -> bool:
    """Whether AWS says that it is not there."""
    return error.response.get("Error", {}).get("Code") in codes
