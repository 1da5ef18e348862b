"""The sets of values under which the CDK and SAM are compared: the stages, adoption, and another value of each parameter."""

from __future__ import annotations

import itertools
import re
from typing import Any

from infra.cdk.generate import WORKED_OUT, property_name
from infra.deploy.stages import load
from infra.expansion import holds
from infra.snapshot import VALUES

# What a value may look like: the first that a parameter's pattern takes and that it does not have.
FORMS = [
    "https://other.example.com",
    "Z0123OTHER",
    "arn:aws:secretsmanager:us-east-1:123456789012:secret:other",
    "arn:aws:sns:us-east-1:123456789012:other",
    "a1b2c3d4e5.execute-api.ap-southeast-2.amazonaws.com",
    "f6a7b8c9d0.execute-api.ap-southeast-2.amazonaws.com",
    "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0",
]
ADOPTED = {
    "ExistingTable": "go1-xero-dev-Table-1ABC",
    "ExistingXeroSealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:XeroSealingKey-a1b2c3",
    "ExistingGo1SealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:Go1SealingKey-a1b2c3",
}


def of(construct: str, template: dict[str, Any]) -> dict[str, dict[str, str]]:
    """The sets for a construct, by name. Each is one that the template takes."""
    given = [name for name in template["Parameters"] if name not in WORKED_OUT]
    least = {name: VALUES.get(name) or _another(template, name, {}) for name in given if "Default" not in template["Parameters"][name]}
    found = {"least": least, "others": {name: _another(template, name, least) for name in given}}
    found |= {f"other-{name}": _with_another(template, name, least) for name in given}
    if construct == "XeroIntegration":
        found |= {"dev": {**least, **load("dev").overrides}, "prod": {**VALUES, **load("prod").overrides}, "adopted": {**least, **ADOPTED}}
    refused = [name for name, values in found.items() if not _is_taken(template, values)]
    assert not refused, f"the template's rules refuse the values of {refused}"
    return found


def typed(template: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """The values as an app gives them: numbers as numbers, switches as booleans."""
    props: dict[str, Any] = {}
    for name, value in values.items():
        definition = template["Parameters"][name]
        is_switch = set(map(str, definition.get("AllowedValues", []))) == {"true", "false"}
        props[property_name(name)] = value == "true" if is_switch else int(value) if definition["Type"] == "Number" else value
    return props


def _another(template: dict[str, Any], name: str, least: dict[str, str]) -> str:
    """A value that the parameter does not have, and that the template takes."""
    definition = template["Parameters"][name]
    before = str(least.get(name, definition.get("Default", "")))
    if "AllowedValues" in definition:
        return next(str(one) for one in definition["AllowedValues"] if str(one) != before)
    if definition["Type"] == "Number":
        return str(int(before) - 1 if int(before) == definition.get("MaxValue") else int(before) + 1)
    forms = ([f"{before}1"] if before else []) + FORMS
    # ARNs are given patterns where an empty value would not do, and have a form all the same.
    pattern = definition.get("AllowedPattern", "arn:.+" if name.endswith("Arn") else ".*")
    found = next((one for one in forms if re.fullmatch(pattern, one) and one != before), None)
    assert found is not None, f"FORMS of infra/cdk/sets.py has no value for {name}"
    return found


def _with_another(template: dict[str, Any], name: str, least: dict[str, str]) -> dict[str, str]:
    """The least values and another one of this parameter, with as few others as the template's rules want beside it."""
    rules = [str(rule) for rule in template.get("Rules", {}).values()]
    together = {name}
    while more := {one for rule in rules if any(_names(rule, this) for this in together) for one in template["Parameters"] if _names(rule, one)} - together:
        together |= more
    beside = sorted(together - {name})
    for count in range(len(beside) + 1):
        for more in itertools.combinations(beside, count):
            values = {**least, **{one: _another(template, one, least) for one in (name, *more)}}
            if _is_taken(template, values):
                return values
    raise AssertionError(f"the template's rules take no other value of {name}")


def _names(rule: str, parameter: str) -> bool:
    return f"{{'Ref': '{parameter}'}}" in rule


def _is_taken(template: dict[str, Any], values: dict[str, str]) -> bool:
    rules = [one for one in template.get("Rules", {}).values() if "RuleCondition" not in one or holds(template, one["RuleCondition"], **values)]
    return all(holds(template, one["Assert"], **values) for rule in rules for one in rule["Assertions"])
