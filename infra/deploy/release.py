"""What a release is called, and the template that is handed to `sam` for it.

Lambda's alias leads to a version, and a version keeps the code and the settings of its moment. SAM makes a new one where its
logical name changes, and by itself it looks at the code only, so that another setting would never reach anybody. Here each
function gets a digest of its code and of all that it is told, resolved, and SAM names the version by it. The digest is written
into the template rather than passed as a parameter: the emulator expands SAM with the defaults only.
"""

from __future__ import annotations

import copy
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from infra.expansion import expand

FUNCTION = "AWS::Serverless::Function"


@dataclass(frozen=True)
class Contents:
    """What a release is made of beside its template and its parameters."""

    code: dict[str, str]
    """The digest of each function's archive, by the function's logical name."""
    secrets: dict[str, str] = field(default_factory=dict)
    """The version of what is in each secret, by its ARN: a function reads a secret once, when it first needs it."""


def digests(template: dict[str, Any], parameters: dict[str, str], contents: Contents) -> dict[str, str]:
    """A digest for each function, by its logical name."""
    resources = expand(template, **parameters)
    found = {}
    for name in _functions(template):
        told = _told(resources[name])
        text = json.dumps(told, default=str)
        secrets = sorted(version for arn, version in contents.secrets.items() if arn in text)
        found[name] = _digest([contents.code[name], told, secrets])
    return found


def release(template: dict[str, Any], parameters: dict[str, str], contents: Contents) -> str:
    """The digest of everything that is deployed: every archive, every resource, every setting."""
    settings = {name: value for name, value in parameters.items() if name != "Release"}
    made_of = [sorted(contents.code.items()), sorted(contents.secrets.items())]
    return _digest([made_of, expand(template, **settings), sorted(settings.items()), template["Outputs"]])


def rendered(
    template: dict[str, Any], parameters: dict[str, str], contents: Contents, archives: dict[str, str]
) -> dict[str, Any]:
    """The template as it goes to `sam package`: each function with its archive and with the digest that names its version."""
    template = copy.deepcopy(template)
    for name, digest in digests(template, parameters, contents).items():
        properties = template["Resources"][name]["Properties"]
        properties["CodeUri"] = archives[name]
        properties["AutoPublishCodeSha256"] = digest
    return template


def named(template: dict[str, Any]) -> dict[str, str]:
    """What names the version of each function in a template that was sent, by the function's logical name."""
    properties = {name: one.get("Properties", {}) for name, one in template["Resources"].items()}
    return {name: one["AutoPublishCodeSha256"] for name, one in properties.items() if "AutoPublishCodeSha256" in one}


def unnamed(template: dict[str, Any]) -> dict[str, Any]:
    """The same without them, because SAM also writes a name into what its function is told."""
    template = copy.deepcopy(template)
    for name in named(template):
        del template["Resources"][name]["Properties"]["AutoPublishCodeSha256"]
    return template


def _functions(template: dict[str, Any]) -> list[str]:
    return [name for name, resource in template["Resources"].items() if resource["Type"] == FUNCTION]


def _told(function: dict[str, Any]) -> dict[str, Any]:
    """What a version freezes beside the code."""
    return {name: value for name, value in function["Properties"].items() if name not in ("Code", "Tags")}


def _digest(of: Any) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
