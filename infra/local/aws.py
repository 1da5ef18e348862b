"""The few calls that are made to the emulator directly, in the wire formats of the services."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any
from xml.etree import ElementTree

from .settings import REGION, Settings
from .steps import Failure


def call_json(settings: Settings, service: str, target: str, body: dict[str, Any]) -> dict[str, Any]:
    """One call to a service that speaks JSON with an `X-Amz-Target`, such as Secrets Manager or CloudWatch Logs."""
    headers = {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": target}
    return json.loads(_send(settings, service, "POST", "/", headers, json.dumps(body).encode()) or b"{}")


def stack_outputs(settings: Settings, stack: str) -> dict[str, str]:
    """What the template hands out, by name."""
    form = urllib.parse.urlencode({"Action": "DescribeStacks", "Version": "2010-05-15", "StackName": stack}).encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    document = ElementTree.fromstring(_send(settings, "cloudformation", "POST", "/", headers, form))
    return {
        output.findtext("{*}OutputKey", ""): output.findtext("{*}OutputValue", "")
        for output in document.iterfind(".//{*}Outputs/{*}member")
    }


def function_variables(settings: Settings, function: str) -> dict[str, str]:
    """The environment that the template gives to a function."""
    answer = _send(settings, "lambda", "GET", f"/2015-03-31/functions/{function}/configuration", {}, None)
    return json.loads(answer)["Environment"]["Variables"]


def create_bucket(settings: Settings, bucket: str) -> None:
    """Make a bucket for the packages of the functions."""
    location = f"<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>"
    _send(settings, "s3", "PUT", f"/{bucket}", {}, location.encode())


def _send(settings: Settings, service: str, method: str, path: str, headers: dict[str, str], body: bytes | None) -> bytes:
    # The emulator finds the service by the credential scope and verifies nothing else of it.
    scope = f"Credential=test/20200101/{REGION}/{service}/aws4_request, SignedHeaders=host, Signature=0"
    request = urllib.request.Request(
        settings.endpoint + path, data=body, method=method, headers={"Authorization": f"AWS4-HMAC-SHA256 {scope}", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        raise Failure(f"the emulator refused {service} {method} {path}: {error.code} {error.read().decode(errors='replace')[:300]}") from error
    except OSError as error:
        raise Failure(f"nothing answers at {settings.endpoint}: start it with make run, or see target/local/logs/ministack.log") from error
