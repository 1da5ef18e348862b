"""What the CDK synthesises is what SAM makes of the template under the same values. Needs Node, no AWS and no emulator: `make test-cdk`.

SAM's side is the template itself, expanded with the values known and resolved by infra/expansion.py. The CDK's side is what an
app writes into cdk.out: expanded with the values open, resolved by lib/template.ts, and through the CDK's own classes.
"""

from __future__ import annotations

import copy
import json
import re
import struct
import subprocess
import tempfile
import unittest
from functools import cache
from pathlib import Path
from typing import Any

from infra.cdk.comparing import differences
from infra.cdk.generate import GENERATED, WORKED_OUT, property_name
from infra.deploy.stages import load
from infra.expansion import expand, holds, outputs
from infra.snapshot import VALUES
from infra.template_parameters import PARAMETERS
from infra.template_text import read

HERE = Path(__file__).parent
TEMPLATE = read()
FUNCTIONS = [name for name, one in TEMPLATE["Resources"].items() if one["Type"] == "AWS::Serverless::Function"]
LEAST = {name: VALUES[name] for name, one in TEMPLATE["Parameters"].items() if "Default" not in one and name not in WORKED_OUT}
ADOPTED = {
    "ExistingTable": "go1-xero-dev-Table-1ABC",
    "ExistingXeroSealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:XeroSealingKey-a1b2c3",
    "ExistingGo1SealingKeyArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:Go1SealingKey-a1b2c3",
}
# What another value of a parameter may look like: the first that its pattern takes.
FORMS = ["https://other.example.com", "Z0123OTHER", "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:other", "arn:aws:sns:us-east-1:123456789012:other"]


def another(name: str) -> str:
    """A value that the parameter does not have in LEAST, and that the template takes."""
    definition = TEMPLATE["Parameters"][name]
    before = str(LEAST.get(name, definition.get("Default", "")))
    if "AllowedValues" in definition:
        return next(str(one) for one in definition["AllowedValues"] if str(one) != before)
    if definition["Type"] == "Number":
        return str(int(before) - 1 if int(before) == definition.get("MaxValue") else int(before) + 1)
    pattern = definition.get("AllowedPattern", ".*")
    return next(one for one in [f"{before}1", *FORMS] if re.fullmatch(pattern, one))


def is_allowed(values: dict[str, str]) -> bool:
    """Whether the template's rules take the values together."""
    rules = [one for one in TEMPLATE["Rules"].values() if "RuleCondition" not in one or holds(TEMPLATE, one["RuleCondition"], **values)]
    return all(holds(TEMPLATE, one["Assert"], **values) for rule in rules for one in rule["Assertions"])


def with_another(name: str) -> dict[str, str]:
    """The least values and another one of this parameter, with those that a rule wants beside it."""
    values = {**LEAST, name: another(name)}
    if not is_allowed(values):
        rules = [str(rule) for rule in TEMPLATE["Rules"].values() if f"{{'Ref': '{name}'}}" in str(rule)]
        values |= {other: another(other) for other in TEMPLATE["Parameters"] if any(f"{{'Ref': '{other}'}}" in rule for rule in rules)}
    assert is_allowed(values), f"say in test_cdk.py which values go with {name}"
    return values


GIVEN = [name for name in TEMPLATE["Parameters"] if name not in WORKED_OUT]
SETS: dict[str, dict[str, str]] = {
    "least": LEAST,
    "dev": {**LEAST, **load("dev").overrides},
    "prod": {**VALUES, **load("prod").overrides},
    "adopted": {**LEAST, **ADOPTED},
    "others": {**LEAST, **{name: another(name) for name in GIVEN}},
    **{f"other-{name}": with_another(name) for name in GIVEN},
}


def typed(values: dict[str, str], archives: str) -> dict[str, Any]:
    """The values as an app gives them: numbers as numbers, switches as booleans."""
    props: dict[str, Any] = {"archives": archives}
    for name, value in values.items():
        definition = TEMPLATE["Parameters"][name]
        switch = set(map(str, definition.get("AllowedValues", []))) == {"true", "false"}
        props[property_name(name)] = value == "true" if switch else int(value) if definition["Type"] == "Number" else value
    return props


class Synthesised(unittest.TestCase):
    """Every set of values, in one app."""

    stacks: dict[str, dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        here = Path(folder.name)
        for architecture, machine in (("arm64", 0xB7), ("x86_64", 0x3E)):
            for resource in FUNCTIONS:
                name = TEMPLATE["Resources"][resource]["Properties"]["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
                (here / architecture / name).mkdir(parents=True)
                # The header of a program, which is all that is looked at where there are no sections.
                header = struct.pack("<4sBB10xHH44x", b"\x7fELF", 2, 1, 2, machine)
                (here / architecture / name / "bootstrap").write_bytes(header + name.encode())
        default = TEMPLATE["Parameters"]["Architecture"]["Default"]
        sets = {name: typed(values, str(here / values.get("Architecture", default))) for name, values in SETS.items()}
        (here / "values.json").write_text(json.dumps(sets))
        command = ["node", str(HERE / "dist" / "test" / "synthesise.js"), str(here / "values.json"), str(here / "stacks.json")]
        subprocess.run(command, check=True, cwd=here)
        cls.stacks = json.loads((here / "stacks.json").read_text())

    @cache
    def of_sam(self, name: str) -> dict[str, Any]:
        """SAM's side: each function under the digest that the CDK gave it, so that the names of versions are compared as well."""
        template = copy.deepcopy(TEMPLATE)
        for function in FUNCTIONS:
            template["Resources"][function]["Properties"]["AutoPublishCodeSha256"] = self.digest(name, function)
        values = {**SETS[name], "Release": self.stacks[name]["Outputs"]["Release"]["Value"]}
        resources = expand(template, **values)
        for resource in resources.values():
            resource.pop("Condition", None)  # Of those that are left it holds.
        return {"resources": resources, "outputs": outputs(template, **values)}

    def digest(self, name: str, function: str) -> str:
        """What the CDK's side worked out for a function."""
        found = self.stacks[name]["Resources"][function]["Properties"]["Description"]
        self.assertRegex(found, "^[0-9a-f]{64}$")
        return found

    def told(self, name: str, function: str) -> dict[str, Any]:
        """What SAM's side tells a function, but for the digest itself."""
        properties = self.of_sam(name)["resources"][function]["Properties"]
        return {one: value for one, value in properties.items() if one != "Description"}

    def test_resources_and_outputs_are_those_of_sam(self) -> None:
        for name in SETS:
            with self.subTest(name):
                sam = self.of_sam(name)
                self.assertGreater(len(sam["resources"]), 100)
                self.assertEqual(differences(sam["resources"], self.stacks[name]["Resources"]), [])
                self.assertEqual(differences(sam["outputs"], self.stacks[name]["Outputs"]), [])

    def test_the_sets_make_every_resource_that_the_template_can_make(self) -> None:
        made = {re.sub(r"(Version)[0-9a-f]{10}$", r"\1", one) for stack in self.stacks.values() for one in stack["Resources"]}
        self.assertEqual(set(TEMPLATE["Resources"]) - made, set())

    def test_a_version_moves_with_what_its_function_is_told_and_with_nothing_else(self) -> None:
        for parameter in GIVEN:
            with self.subTest(parameter):
                name = f"other-{parameter}"
                told = {one for one in FUNCTIONS if self.told(name, one) != self.told("least", one)}
                moved = {one for one in FUNCTIONS if self.digest(name, one) != self.digest("least", one)}
                self.assertEqual(moved, told)
                self.assertNotEqual(self.stacks[name]["Outputs"]["Release"], self.stacks["least"]["Outputs"]["Release"])

    def test_a_difference_of_any_kind_is_noticed(self) -> None:
        expected = self.of_sam("prod")["resources"]
        found = self.stacks["prod"]["Resources"]
        spoiled = 0
        for name, resource in found.items():
            for part in ("", *resource):
                if part == "Metadata":
                    continue
                broken = copy.deepcopy(found)
                if not part:
                    del broken[name]
                elif part == "Properties":
                    changed = next(one for one in resource["Properties"] if (resource["Type"], one) != ("AWS::Lambda::Function", "Code"))
                    broken[name]["Properties"][changed] = "another"
                else:
                    broken[name][part] = "another"
                self.assertNotEqual(differences(expected, broken), [], f"{name} {part}")
                spoiled += 1
            added = copy.deepcopy(found)
            added[name]["Properties"]["Added"] = "more"
            self.assertEqual(len(differences(expected, added)), 1)
        self.assertNotEqual(differences(expected, {**found, "More": {"Type": "AWS::SQS::Queue"}}), [])
        self.assertGreater(spoiled, 300)


class Typed(unittest.TestCase):
    """Every parameter is a property of its type. The parameters are those of template_parameters.py, which is written by hand."""

    def test_every_parameter_has_a_property_of_its_type_and_there_is_no_other(self) -> None:
        text = (GENERATED / "constructs.ts").read_text()
        (body,) = re.findall(r"export interface XeroIntegrationProps .*?\{\n(.*?)\n\}", text, re.S)
        found = {name: (bool(optional), kind) for name, optional, kind in re.findall(r"readonly (\w+)(\??): (.*);", body)}
        expected = {}
        for name, definition in PARAMETERS.items():
            allowed = definition.get("AllowedValues")
            kind = "number" if definition["Type"] == "Number" else "string"
            if allowed:
                kind = "boolean" if sorted(allowed) == ["false", "true"] else " | ".join(f'"{one}"' for one in allowed)
            if name != "Release":
                expected[name[0].lower() + name[1:]] = ("Default" in definition, kind)
        self.assertEqual(found, expected)


if __name__ == "__main__":
    unittest.main()
