"""Two templates side by side: what SAM makes of the project's, and what the CDK synthesised. Both are resolved before they come here."""

from __future__ import annotations

import re
from typing import Any

# Where the CDK's app keeps the code is its own business; what it keeps there is tested with the archives. Metadata makes nothing.
LEFT_OUT = {"Metadata"}
MARK_OF_SAM = {"Key": "lambda:createdBy", "Value": "SAM"}


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Each resource or output that is not the same in both, with the place in it."""
    return sorted(_walk("", {name: _plain(one) for name, one in expected.items()}, {name: _plain(one) for name, one in found.items()}))


def with_values(value: Any, known: dict[str, str]) -> Any:
    """The template with known parameters in the texts that bring names of their own along, which infra/expansion.py leaves open."""
    if isinstance(value, list):
        return [with_values(one, known) for one in value]
    if not isinstance(value, dict):
        return value
    if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], list):
        text, names = value["Fn::Sub"]
        return {"Fn::Sub": [_filled(text, {name: one for name, one in known.items() if name not in names}, names), names]}
    return {name: with_values(one, known) for name, one in value.items()}


def _filled(text: str, known: dict[str, str], names: dict[str, Any]) -> str:
    """The text with what is known in its place; its own names come before those of the template."""
    open_names = {name for name, one in names.items() if not isinstance(one, str)}
    return re.sub(r"\$\{(\w+)\}", lambda found: found[0] if found[1] in open_names else known.get(found[1], found[0]), text)


def _walk(place: str, expected: Any, found: Any) -> list[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        names = sorted(set(expected) | set(found))
        return [line for name in names for line in _walk(f"{place}/{name}", expected.get(name, "(nothing)"), found.get(name, "(nothing)"))]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [line for index, pair in enumerate(zip(expected, found)) for line in _walk(f"{place}/{index}", *pair)]
    return [] if expected == found else [f"{place}: SAM has {expected!r:.200}, the CDK {found!r:.200}"]


def _plain(value: Any) -> Any:
    """One way to write what CloudFormation takes in several: a value as text or not, one or many to depend on, an attribute."""
    if isinstance(value, dict):
        if set(value) == {"Fn::GetAtt"} and isinstance(value["Fn::GetAtt"], str):
            value = {"Fn::GetAtt": value["Fn::GetAtt"].split(".", 1)}
        if set(value) == {"Fn::Sub"} and isinstance(value["Fn::Sub"], list):
            text, names = value["Fn::Sub"]
            known = {name: one for name, one in names.items() if isinstance(one, str)}
            value = {"Fn::Sub": [_filled(text, known, names), {name: one for name, one in names.items() if name not in known}]}
        if (part := _selected(value)) is not None:
            return part
        plain = {name: _plain(one) for name, one in value.items() if name not in LEFT_OUT}
        if isinstance(plain.get("Tags"), list):
            plain["Tags"] = [tag for tag in plain["Tags"] if tag != MARK_OF_SAM]
            if not plain["Tags"]:
                del plain["Tags"]
        if "DependsOn" in plain:
            plain["DependsOn"] = sorted(plain["DependsOn"] if isinstance(plain["DependsOn"], list) else [plain["DependsOn"]])
        if plain.get("Type") == "AWS::Lambda::Function":
            plain["Properties"]["Code"] = "(code)" if "Code" in plain["Properties"] else "(no code)"
        return plain
    if isinstance(value, list):
        return [_plain(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


def _selected(value: dict[str, Any]) -> str | None:
    """A part of a text that is known: the CDK takes it where SAM leaves that to CloudFormation."""
    if set(value) != {"Fn::Select"}:
        return None
    index, of = value["Fn::Select"]
    if isinstance(of, dict) and set(of) == {"Fn::Split"} and isinstance(of["Fn::Split"][1], str):
        separator, text = of["Fn::Split"]
        return text.split(separator)[int(index)]
    return None
