"""What the commands do, step by step."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

import yaml

from infra.local.settings import ROOT
from infra.local.steps import Failure, say, step
from infra.template_text import parse, read

from . import alarms, canary, edge, history, kept, packages, partners, quotas, release, running, sam, smoke, stages
from .cloud import Cloud, outputs, parameters, refusals
from .stages import Stage

STUCK = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")
ENDS_WELL = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")


def deploy(asked: Namespace) -> None:
    """Everything, from the tools to the first press at the public address."""
    stage, template, given = stages.load(asked.stage, asked.region), read(), stages.pairs(shlex.split(asked.set))
    place = ROOT / "target" / "deploy" / stage.name
    with step(f"credentials and the stack {stage.stack} in {stage.region}"):
        cloud = Cloud(stage.region)
        stack = _ready(cloud, stage)
        say(f"        as {cloud.caller}")
    if asked.archives == running.ARCHIVES:
        _set(cloud, stage, stack, given, place)
        return
    with step("what may run at the same time"):
        derived = {"WorkerConcurrency": str(_workers(cloud, stage, template, given))}
    with step("the secrets that say who we are to Xero and GO1"):
        derived |= partners.make(cloud, stage.stack)
        partners.fill(cloud, stage.stack, partners.empty(cloud, stage.stack), asked.from_stdin)
    with step("where alarms go"):
        derived["AlarmTopicArn"] = alarms.topic(cloud, stage.stack, asked.alarm_email)
    shared = edge.secret(Cloud(edge.REGION).client("secretsmanager"), stage) if stage.edge is not None else None
    if shared:
        derived["EdgeSecretArn"] = edge.for_the_functions(shared.arn, stage)
    # All that must be asked has been asked once this is done, and nobody has waited for a build.
    chosen = stages.choose(template, stage, given, parameters(stack), derived, stages.ask_or_fail)
    if shared:
        edge.check(chosen)
        with step("the edge's secret where the functions read it"):
            edge.wait_for_the_replica(cloud.client("secretsmanager"), stage, shared)
    architecture = chosen["Architecture"]
    source = Path(asked.archives) if asked.archives else _built(architecture)
    with step(f"archives from {source}, of the release profile, for {architecture}"):
        packed = packages.pack(source, list(_names(template).values()), architecture, place / "archives")
    code = {logical: packed[name].digest for logical, name in _names(template).items()}
    read_at_start = partners.versions(cloud, stage.stack) | (edge.versions(shared, stage) if shared else {})
    contents = release.Contents(code, read_at_start)
    chosen["Release"] = release.release(template, chosen, contents)
    was_on = bool(parameters(stack).get("EdgeSecretArn"))
    if outputs(stack).get("Release") == chosen["Release"] and stack and stack["StackStatus"] in ENDS_WELL:
        say(f"  nothing has changed: release {chosen['Release'][:12]} runs")
    else:
        canary.check(cloud, stage, stack, template, chosen, release.digests(template, chosen, contents))
        if not shared:
            edge.remove(stage)  # Its record would be in the way of the one that the stack makes.
        elif stack and not was_on:
            # The stack takes its own name away. What can fail at the edge, or lasts, comes before: only the records come after.
            edge.deploy(stage, edge.parameters(stage, chosen, outputs(stack)["ApiUrl"], shared), _log(place), was_on, leads=False)
        archives = {logical: str(packed[name].path) for logical, name in _names(template).items()}
        _send(cloud, stage, release.rendered(template, chosen, contents, archives), chosen, contents.code, place)
    # After the functions: those that run know the secret before and the new one, while both are in it.
    if shared:
        api_url = outputs(cloud.stack(stage.stack))["ApiUrl"]
        edge.deploy(stage, edge.parameters(stage, chosen, api_url, shared), _log(place), was_on)
    _finish(cloud, stage)


def _set(cloud: Cloud, stage: Stage, stack: dict[str, Any] | None, given: dict[str, str], place: Path) -> None:
    """Deploy the release that runs again, with these settings."""
    if stack is None:
        raise Failure(f"there is no stack {stage.stack} in {stage.region}")
    bucket, runs = history.bucket(cloud), parameters(stack)
    noted = running.find(history.read(cloud, bucket, stage.stack), outputs(stack).get("Release", ""))
    sent = parse(noted["template"])
    template = release.unnamed(sent)
    chosen = running.chosen(template, runs, stage, given)
    if "WorkerConcurrency" in given:
        _workers(cloud, stage, template, given)
    read_at_start = partners.versions(cloud, stage.stack)
    if chosen.get("EdgeSecretArn"):
        read_at_start |= edge.versions(edge.secret(Cloud(edge.REGION).client("secretsmanager"), stage), stage)
    contents = release.Contents(running.code(noted), read_at_start)
    digests = release.digests(template, chosen, contents)
    if chosen == runs and digests == release.named(sent) and stack["StackStatus"] in ENDS_WELL:
        say(f"  nothing has changed: release {outputs(stack)['Release'][:12]} runs")
    else:
        canary.check(cloud, stage, stack, template, chosen, digests)
        template = release.rendered(template, chosen, contents, running.archives(sent))
        chosen["Release"] = release.release(template, chosen, contents)
        place.mkdir(parents=True, exist_ok=True)
        (place / "packaged.yaml").write_text(_text(template))
        _send_packaged(cloud, stage, bucket, chosen, contents.code, place)
    _finish(cloud, stage)


def secrets(asked: Namespace) -> None:
    """Fill both secrets, also those that are filled already."""
    stage = stages.load(asked.stage, asked.region)
    cloud = Cloud(stage.region)
    partners.make(cloud, stage.stack)
    partners.fill(cloud, stage.stack, list(partners.UPSTREAMS), asked.from_stdin)
    say(f"  functions that run keep what they read when they started: make deploy STAGE={stage.name} brings it to them")


def rollback(asked: Namespace) -> None:
    """Deploy the release before the running one again: its archives, its template, its settings, and the table that runs."""
    stage = stages.load(asked.stage, asked.region)
    cloud = Cloud(stage.region)
    stack = _ready(cloud, stage)
    if stack is None:
        raise Failure(f"there is no stack {stage.stack} in {stage.region}")
    bucket = history.bucket(cloud)
    earlier = history.before(history.read(cloud, bucket, stage.stack), outputs(stack).get("Release", ""))
    back = history.gone_back_to(earlier[-1], parameters(stack), stage.name)
    place = ROOT / "target" / "deploy" / stage.name
    place.mkdir(parents=True, exist_ok=True)
    (place / "packaged.yaml").write_text(back["template"])
    # Whoever rolls back does not wait for a canary of what ran well before.
    values = {**back["parameters"], "Canary": "false"}
    with step(f"back to release {earlier[-1]['release'][:12]} of {back['deployed_at']}"):
        sam.deploy(stage, bucket, place / "packaged.yaml", values, _log(place))
    history.write(cloud, bucket, stage.stack, [*earlier[:-1], back])
    _finish(cloud, stage)


def status(asked: Namespace) -> None:
    """What runs, where, and what is wrong."""
    stage, cloud, stack = _deployed(asked)
    if stack is None:
        return
    with refusals("the stack cannot be looked at"):
        out = outputs(stack)
        say(f"{stage.stack} in {stage.region} of {cloud.account}: {stack['StackStatus']}")
        if "Release" not in out:
            say(f"  nothing runs: the first deploy failed, or is under way. Where it failed: make destroy STAGE={stage.name}, and deploy again")
            return
        say(f"  release    {out.get('Release', '')[:12]}")
        say(f"  address    {out.get('PublicUrl', '')}")
        for name in _names(read()).values():
            live = cloud.client("lambda").get_alias(FunctionName=f"{stage.stack}-{name}", Name="live")
            shifting = (live.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            say(f"  {name:<16} live is version {live['FunctionVersion']}" + (f", shifting {shifting}" if shifting else ""))
        for name in ("QueueUrl", "DeadLetterQueueUrl"):
            wanted = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
            counts = cloud.client("sqs").get_queue_attributes(QueueUrl=out[name], AttributeNames=wanted)["Attributes"]
            say(f"  {name.removesuffix('Url'):<16} {counts[wanted[0]]} waiting, {counts[wanted[1]]} in work")
        before = Cloud(edge.REGION).stack(edge.stack_of(stage))
        say(f"  edge       {before['StackStatus'] if before else 'none'}")
        say(f"  secrets    {partners.seen(cloud, stage.stack)}")
        pages = cloud.client("cloudwatch").get_paginator("describe_alarms").paginate(AlarmNamePrefix=stage.stack, StateValue="ALARM")
        ringing = [one["AlarmName"] for page in pages for one in page["MetricAlarms"]]
        say(f"  alarms     {', '.join(ringing) or 'none rings'}")
        say(f"  told to    {alarms.told(cloud, stage.stack)}")


def destroy(asked: Namespace) -> None:
    """Delete the stack and its topic. Table, sealing keys, secrets and archives stay, and the way back to them is told."""
    stage, cloud, stack = _deployed(asked)
    if stack is None:
        return
    _confirm(stage, asked.yes)
    with refusals("what stays cannot be looked at"):
        lines = kept.told(cloud, stage, stack)
    edge.remove(stage)
    with step(f"delete {stage.stack}"), refusals("the stack cannot be deleted"):
        cloud.client("cloudformation").delete_stack(StackName=stage.stack)
        waiter = cloud.client("cloudformation").get_waiter("stack_delete_complete")
        waiter.wait(StackName=stack["StackId"], WaiterConfig={"Delay": 5, "MaxAttempts": 720})
        alarms.remove(cloud, stage.stack)
    say("\n" + "\n".join(lines))


def _deployed(asked: Namespace) -> tuple[Stage, Cloud, dict[str, Any] | None]:
    """The stage, its account and its stack. Where there is no stack, that is said."""
    stage = stages.load(asked.stage, asked.region)
    cloud = Cloud(stage.region)
    with refusals("the stack cannot be looked at"):
        stack = cloud.stack(stage.stack)
    if stack is None:
        say(f"{stage.stack} is not deployed in {stage.region} of {cloud.account}")
    return stage, cloud, stack


def _ready(cloud: Cloud, stage: Stage) -> dict[str, Any] | None:
    with refusals("the stack cannot be looked at"):
        stack = cloud.stack(stage.stack)
    if stack and stack["StackStatus"] == "UPDATE_ROLLBACK_FAILED":
        raise Failure(f"{stage.stack} could not go back after a failed deploy: aws cloudformation continue-update-rollback --stack-name {stage.stack}")
    if stack and stack["StackStatus"] in STUCK:
        raise Failure(f"{stage.stack} is {stack['StackStatus']}: look why in CloudFormation's events, then make destroy STAGE={stage.name}")
    if stack and stack["StackStatus"].endswith("_IN_PROGRESS") and stack["StackStatus"] != "REVIEW_IN_PROGRESS":
        raise Failure(f"{stage.stack} is {stack['StackStatus']}: somebody deploys it now")
    return None if stack and stack["StackStatus"] == "REVIEW_IN_PROGRESS" else stack


def _workers(cloud: Cloud, stage: Stage, template: dict[str, Any], given: dict[str, str]) -> int:
    client = cloud.client("lambda")
    with refusals("the account's limits cannot be read"):
        unreserved = client.get_account_settings()["AccountLimit"]["UnreservedConcurrentExecutions"]
        pages = client.get_paginator("list_event_source_mappings").paginate()
        others = sum(
            one.get("ScalingConfig", {}).get("MaximumConcurrency", 0)
            for page in pages
            for one in page["EventSourceMappings"]
            if f":function:{stage.stack}-worker" not in one.get("FunctionArn", "")
        )
    definition = template["Parameters"]["WorkerConcurrency"]
    asked = {**stage.overrides, **given}.get("WorkerConcurrency")
    if asked is not None:
        stages.check("WorkerConcurrency", asked, definition)
    usual = int(definition["Default"])
    return quotas.workers(unreserved, others, usual, int(asked) if asked else None)


def _built(architecture: str) -> Path:
    """A release, built here."""
    if shutil.which("make") is None:
        raise Failure("make is not on PATH: build elsewhere and name the archives with ARCHIVES=...")
    if subprocess.run(["make", "release", f"ARCH={architecture}"], cwd=ROOT, check=False).returncode != 0:
        raise Failure("the release was not built (see above); a release's archives can be named with ARCHIVES=...")
    return ROOT / "target" / "lambda"


def _send(cloud: Cloud, stage: Stage, template: dict[str, Any], chosen: dict[str, str], code: dict[str, str], place: Path) -> None:
    bucket, log = history.bucket(cloud), _log(place)
    log.unlink(missing_ok=True)
    (place / "template.yaml").write_text(_text(template))
    with step(f"send the archives to {bucket}"):
        sam.package(stage, bucket, place / "template.yaml", place / "packaged.yaml", log)
    _send_packaged(cloud, stage, bucket, chosen, code, place)


def _send_packaged(cloud: Cloud, stage: Stage, bucket: str, chosen: dict[str, str], code: dict[str, str], place: Path) -> None:
    with step(f"deploy release {chosen['Release'][:12]} (all that sam says: {_log(place).relative_to(ROOT)})"):
        sam.deploy(stage, bucket, place / "packaged.yaml", chosen, _log(place))
    newest = {
        "release": chosen["Release"],
        "deployed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "parameters": chosen,
        "template": (place / "packaged.yaml").read_text(),
        "code": code,
    }
    history.write(cloud, bucket, stage.stack, history.with_newest(history.read(cloud, bucket, stage.stack), newest))


def _text(template: dict[str, Any]) -> str:
    return yaml.safe_dump(template, sort_keys=False, width=10_000)


def _finish(cloud: Cloud, stage: Stage) -> None:
    with refusals("the stack cannot be looked at"):
        out = outputs(cloud.stack(stage.stack))
        readers = alarms.told(cloud, stage.stack)
    public = out["PublicUrl"]
    with step(f"try {public}"):
        for line in smoke.test(public):
            say(f"        {line}")
        if stage.edge is not None:
            say(f"        {smoke.closed(out['ApiUrl'])}")
    say(f"\nAlarms are told to {readers}.")
    say(f"Open {public}. What must be registered, exactly so:")
    say(f"  at Xero, as redirect URI   {public}/oauth/xero/callback")
    say(f"  at GO1, as redirect URI    {public}/oauth/go1/callback")
    say(f"  at GO1, as the tile's way  {public}/portal")


def _confirm(stage: Stage, yes: str | None) -> None:
    if yes is None and not sys.stdin.isatty():
        raise Failure(f"nobody is there to confirm it: YES={stage.stack}")
    if (yes if yes is not None else input(f"Type {stage.stack} to delete it: ").strip()) != stage.stack:
        raise Failure("not confirmed: nothing was deleted")


def _names(template: dict[str, Any]) -> dict[str, str]:
    """The functions' names by their logical ones, as their archives are called."""
    return {
        logical: resource["Properties"]["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
        for logical, resource in template["Resources"].items()
        if resource["Type"] == release.FUNCTION
    }


def _log(place: Path) -> Path:
    return place / "sam.log"
