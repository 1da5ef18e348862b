"""The stage `prod` on the emulator, as the pages speak of it: deployed by `make deploy` from a copy of the project, with its users.

The copy has a samconfig.toml of its own, because that is where a page tells a team to write what its stage wants otherwise: here,
where Xero and GO1 are, and what the emulator lacks.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import tomlkit

from infra.local.settings import FUNCTIONS, REGION, ROOT, SIGNING, Settings

from .shell import RIGHTS, Shell

# A folder for each emulator, so that two rehearsals can run side by side on ports of their own.
HERE = ROOT / "target" / "rehearsal" / str(Settings.from_environment().ministack_port)
NAME = "prod"
STACK = f"go1-xero-{NAME}"
PARTNERS = {
    "xero": {"client_id": "local-xero-client", "client_secret": "local-xero-secret"},
    "go1": {"client_id": "local-go1-client", "client_secret": "local-go1-secret"},
}
# Whoever owns the account, for the one call of which the emulator does not know the table that it asks the policy for.
OWNER = {name: SIGNING[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}

# Where the emulator asks a policy otherwise than AWS: it takes the read of an alias for the list of all, knows no log group of a
# query, and puts the stack's name before that of a secret which CloudFormation names. Each of these calls is allowed as AWS
# describes it by the policies themselves, which infra/test_runbooks.py holds to AWS's descriptions.
OTHERWISE = {
    "operator": [
        {"Action": "lambda:ListAliases", "Resource": f"arn:aws:lambda:*:*:function:{STACK}-*"},
        {"Action": "logs:StartQuery", "Resource": "*"},
    ],
    "data-operator": [
        {"Action": "secretsmanager:GetSecretValue", "Resource": f"arn:aws:secretsmanager:*:*:secret:{STACK}-*SealingKey-*"},
    ],
}


class Stage:
    """One stage, made once for all rehearsals of a run."""

    def __init__(self) -> None:
        assert "127.0.0.1" in os.environ["AWS_ENDPOINT_URL"], "only ever on the emulator"
        self.settings = Settings.from_environment()
        self.project = HERE / "project"
        self.archives = HERE / "archives"

    @staticmethod
    def client(service: str) -> Any:
        """AWS as whoever owns the account."""
        return boto3.client(service, region_name=REGION)

    @cached_property
    def shell(self) -> Shell:
        """Where the commands are typed."""
        more = {"ALARM_EMAIL": "none"}
        # Version 1 goes to SQS by an address of its own unless it is told another as an option.
        tools = HERE / "bin"
        tools.mkdir()
        (tools / "aws").write_text(f'#!/bin/sh\nexec {ROOT}/.tools/awscli/bin/aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"\n')
        (tools / "aws").chmod(0o755)
        return Shell(self.project, NAME, {"owner": OWNER, **{who: self._keys(who) for who in RIGHTS}}, tools, more)

    def up(self) -> None:
        """Deploy it. Where it runs already, that changes nothing."""
        if not self.project.exists() or not self._runs():
            self._copy()
            self._pack()
        self.shell.run(f"printf '%s' {json.dumps(json.dumps(PARTNERS))} | make deploy STAGE={NAME} ARCHIVES={self.archives} FROM_STDIN=1", who="deployer")

    def outputs(self) -> dict[str, str]:
        """What the stack hands out."""
        stack = self.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def rows(self, portal: str, kind: str) -> list[dict[str, Any]]:
        """The rows of a portal of a kind, as DynamoDB has them."""
        values = {":pk": {"S": f"PORTAL#{portal}"}, ":kind": {"S": kind}}
        asked = {"TableName": self.outputs()["TableName"], "KeyConditionExpression": "pk = :pk AND begins_with(sk, :kind)"}
        return self.client("dynamodb").query(**asked, ExpressionAttributeValues=values)["Items"]

    def with_another_worker(self, program: Path) -> Path:
        """A folder of archives in which the worker is this program."""
        other = HERE / "other-archives"
        shutil.rmtree(other, ignore_errors=True)
        shutil.copytree(self.archives, other)
        shutil.copy(program, other / "worker" / "bootstrap")
        return other

    def _runs(self) -> bool:
        stacks = self.client("cloudformation").list_stacks(StackStatusFilter=["CREATE_COMPLETE", "UPDATE_COMPLETE"]).get("StackSummaries", [])
        return any(one["StackName"] == STACK for one in stacks)

    def _copy(self) -> None:
        shutil.rmtree(HERE, ignore_errors=True)
        self.project.mkdir(parents=True)
        for name in ("Makefile", "Cargo.toml", "rust-toolchain.toml"):
            shutil.copy2(ROOT / name, self.project)
        shutil.copytree(ROOT / "docs" / "runbooks", self.project / "docs" / "runbooks")
        shutil.copytree(ROOT / "infra", self.project / "infra", ignore=shutil.ignore_patterns("cdk", "ops", "rehearsal", "__pycache__"))
        (self.project / ".tools").symlink_to(ROOT / ".tools")
        binaries = self.settings.binaries.relative_to(ROOT)
        (self.project / binaries).parent.mkdir(parents=True)
        (self.project / binaries).symlink_to(ROOT / binaries)
        config = self.project / "infra" / "samconfig.toml"
        document = tomlkit.parse(config.read_text())
        # Everything that the local cloud sets otherwise, and alarms without what the emulator lacks.
        wanted = {**self.settings.parameters, "Alarms": "few"}
        document[NAME]["deploy"]["parameters"]["parameter_overrides"] = [f"{name}={value}" for name, value in wanted.items()]
        config.write_text(tomlkit.dumps(document))

    def _pack(self) -> None:
        """`strip` makes of a quick build what the release profile leaves."""
        for name in FUNCTIONS:
            (self.archives / name).mkdir(parents=True)
            built = ROOT / "target" / "lambda" / name / "bootstrap"
            subprocess.run(["strip", "-o", str(self.archives / name / "bootstrap"), str(built)], check=True)

    def _keys(self, who: str) -> dict[str, str]:
        iam = self.client("iam")
        iam.create_user(UserName=f"rehearsal-{who}")
        for policy in RIGHTS[who]:
            text = (ROOT / "infra" / f"{policy}-policy.json").read_text()
            iam.put_user_policy(UserName=f"rehearsal-{who}", PolicyName=policy, PolicyDocument=text)
            if more := [{"Effect": "Allow", **one} for one in OTHERWISE.get(policy, [])]:
                text = json.dumps({"Version": "2012-10-17", "Statement": more})
                iam.put_user_policy(UserName=f"rehearsal-{who}", PolicyName=f"{policy}-emulator", PolicyDocument=text)
        key = iam.create_access_key(UserName=f"rehearsal-{who}")["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


STAGE: list[Stage] = []


def stage() -> Stage:
    """The stage of this run."""
    if not STAGE:
        STAGE.append(Stage())
        STAGE[0].up()
    return STAGE[0]
