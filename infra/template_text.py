"""template.yaml as written, with CloudFormation's functions as mappings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # Much faster; not every build of PyYAML has it.
except ImportError:
    from yaml import SafeLoader

HERE = Path(__file__).parent


def _construct(loader: SafeLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    """Read `!Ref`, `!Sub` and the rest as the functions that they stand for."""
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".")
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


class TemplateLoader(SafeLoader):
    """YAML with CloudFormation's tags."""


TemplateLoader.add_multi_constructor("!", _construct)


def read(name: str = "template.yaml") -> dict[str, Any]:
    """A template of this folder as written."""
    return parse((HERE / name).read_text())


def parse(text: str) -> dict[str, Any]:
    """A template's text."""
    # The loader is a SafeLoader, with CloudFormation's tags added to it.
    return yaml.load(text, Loader=TemplateLoader)


def as_list(value: Any) -> list[Any]:
    """One or many, as CloudFormation allows."""
    return value if isinstance(value, list) else [value]


def target(resource: dict[str, Any]) -> str:
    """What a policy's resource means, as a word to compare. Where one of ours or an adopted one is meant, ours stands for both."""
    if "Fn::If" in resource:
        return target(resource["Fn::If"][1])
    return resource["Ref"] if "Ref" in resource else ".".join(resource["Fn::GetAtt"])
