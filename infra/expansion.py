"""What CloudFormation would make of the template under given values: SAM's expansion, with conditions and parameters resolved."""

from __future__ import annotations

import copy
import logging
import os
import re
from typing import Any

from samtranslator.translator.transform import transform

NOTHING = {"Ref": "AWS::NoValue"}


class NoManagedPolicies:
    """SAM asks for the names of managed policies; this template uses none of them."""

    def load(self) -> dict[str, str]:
        return {}


def values(template: dict[str, Any], **given: str) -> dict[str, str]:
    """The value of every parameter that has one: what was given, or its default."""
    defaults = {name: str(one["Default"]) for name, one in template["Parameters"].items() if "Default" in one}
    return {**defaults, **{name: str(value) for name, value in given.items()}}


def expand(template: dict[str, Any], **given: str) -> dict[str, dict[str, Any]]:
    """The resources that there would be, with every value in its place. What only AWS knows stays a reference."""
    # SAM talks about its own feature switches, and wants a region to be named.
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_DEFAULT_REGION", "ap-southeast-2")
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://packages/function.zip"  # As `sam package` would have left it.
    chosen = values(template, **given)
    expanded = transform(template, dict(chosen), NoManagedPolicies())
    resolver = _Resolver(chosen, expanded.get("Conditions", {}))
    return {
        name: resolver.resolve(resource)
        for name, resource in expanded["Resources"].items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }


def outputs(template: dict[str, Any], **given: str) -> dict[str, Any]:
    """What the stack would hand out, by name."""
    resolver = _Resolver(values(template, **given), template.get("Conditions", {}))
    there = {name: one for name, one in template["Outputs"].items() if "Condition" not in one or resolver.holds(one["Condition"])}
    return {name: resolver.resolve(one) for name, one in there.items()}


def holds(template: dict[str, Any], condition: Any, **given: str) -> bool:
    """Whether a condition, or the assertion of a rule, holds under given values."""
    return _Resolver(values(template, **given), template.get("Conditions", {})).holds(condition)


class _Resolver:
    def __init__(self, chosen: dict[str, str], conditions: dict[str, Any]) -> None:
        self.chosen = chosen
        self.conditions = conditions

    def holds(self, condition: Any) -> bool:
        """Whether a condition, or the name of one, holds."""
        if isinstance(condition, str):
            return self.holds(self.conditions[condition])
        ((function, arguments),) = condition.items()
        if function == "Condition":
            return self.holds(self.conditions[arguments])
        if function == "Fn::Equals":
            left, right = (self.resolve(one) for one in arguments)
            return str(left) == str(right)
        found = [self.holds(one) for one in arguments]
        return {"Fn::Not": lambda: not found[0], "Fn::And": lambda: all(found), "Fn::Or": lambda: any(found)}[function]()

    def resolve(self, value: Any) -> Any:
        """The value with parameters and conditions in place; `AWS::NoValue` takes what it stands for away."""
        if isinstance(value, list):
            resolved = [self.resolve(one) for one in value]
            return [one for one in resolved if one != NOTHING]
        if not isinstance(value, dict):
            return value
        if set(value) == {"Ref"} and value["Ref"] in self.chosen:
            return self.chosen[value["Ref"]]
        if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], str):
            text = re.sub(r"\$\{(\w+)\}", lambda found: self.chosen.get(found[1], found[0]), value["Fn::Sub"])
            return {"Fn::Sub": text} if "${" in text else text
        if set(value) == {"Fn::If"}:
            condition, then, otherwise = value["Fn::If"]
            return self.resolve(then if self.holds(condition) else otherwise)
        resolved_items = {key: self.resolve(one) for key, one in value.items()}
        return {key: one for key, one in resolved_items.items() if one != NOTHING}
