"""What the CDK synthesises is what SAM makes of the template under the same values. Needs Node, no AWS and no emulator: `make test-cdk`.

SAM's side is the template itself, expanded with the values known and resolved by infra/expansion.py. The CDK's side is what an
app writes into cdk.out: expanded with the values open, resolved by lib/template.ts, and through the CDK's own classes.
"""

from __future__ import annotations

import copy
import json
import struct
import subprocess
import tempfile
import unittest
from functools import cache
from pathlib import Path
from typing import Any

from infra.cdk import sets
from infra.cdk.comparing import differences, with_values
from infra.cdk.generate import FUNCTION, WORKED_OUT, archive, templates
from infra.expansion import expand, outputs
from infra.expansion import values as known

HERE = Path(__file__).parent
TEMPLATES = templates()
MAIN = "XeroIntegration"
FUNCTIONS = {name: archive(one) for name, one in TEMPLATES[MAIN]["Resources"].items() if one["Type"] == FUNCTION}
# Each set of values by the name of its stack, with the construct that it is for.
SETS = {f"{construct}-{name}": (construct, values) for construct in TEMPLATES for name, values in sets.of(construct, TEMPLATES[construct]).items()}


class Synthesised(unittest.TestCase):
    """Every set of values, in one app."""

    stacks: dict[str, dict[str, Any]]

    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        here = Path(folder.name)
        for architecture, machine in (("arm64", 0xB7), ("x86_64", 0x3E)):
            for name in FUNCTIONS.values():
                (here / architecture / name).mkdir(parents=True)
                # The header of a program, which is all that is looked at where there are no sections.
                header = struct.pack("<4sBB10xHH44x", b"\x7fELF", 2, 1, 2, machine)
                (here / architecture / name / "bootstrap").write_bytes(header + name.encode())
        asked = {}
        for name, (construct, values) in SETS.items():
            props = sets.typed(TEMPLATES[construct], values)
            if construct == MAIN:
                props["archives"] = str(here / values.get("Architecture", TEMPLATES[MAIN]["Parameters"]["Architecture"]["Default"]))
            asked[name] = {"construct": construct, "props": props}
        (here / "values.json").write_text(json.dumps(asked))
        command = ["node", str(HERE / "dist" / "test" / "synthesise.js"), str(here / "values.json"), str(here / "stacks.json")]
        subprocess.run(command, check=True, cwd=here)
        cls.stacks = json.loads((here / "stacks.json").read_text())

    @cache
    def of_sam(self, name: str) -> dict[str, Any]:
        """SAM's side: each function under the digest that the CDK gave it, so that the names of versions are compared as well."""
        construct, values = SETS[name]
        template = copy.deepcopy(TEMPLATES[construct])
        if construct == MAIN:
            for function in FUNCTIONS:
                template["Resources"][function]["Properties"]["AutoPublishCodeSha256"] = self.digest(name, function)
            values = {**values, "Release": self.stacks[name]["Outputs"]["Release"]["Value"]}
        resources = expand(template, **values)
        for resource in resources.values():
            resource.pop("Condition", None)  # Of those that are left it holds.
        resources = with_values(resources, known(template, **values))
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
        for name, (construct, _) in SETS.items():
            with self.subTest(name):
                sam = self.of_sam(name)
                self.assertGreater(len(sam["resources"]), len(TEMPLATES[construct]["Resources"]) / 2)
                self.assertEqual(differences(sam["resources"], self.stacks[name]["Resources"]), [])
                self.assertEqual(differences(sam["outputs"], self.stacks[name]["Outputs"]), [])

    def test_the_sets_make_every_resource_that_the_templates_can_make(self) -> None:
        for construct, template in TEMPLATES.items():
            made = {one for name, stack in self.stacks.items() if SETS[name][0] == construct for one in stack["Resources"]}
            self.assertEqual(set(template["Resources"]) - made, set())

    def test_a_version_moves_with_what_its_function_is_told_and_with_nothing_else(self) -> None:
        least = f"{MAIN}-least"
        for parameter in set(TEMPLATES[MAIN]["Parameters"]) - WORKED_OUT:
            with self.subTest(parameter):
                name = f"{MAIN}-other-{parameter}"
                # For another architecture there is other code, too.
                told = {one for one in FUNCTIONS if parameter == "Architecture" or self.told(name, one) != self.told(least, one)}
                moved = {one for one in FUNCTIONS if self.digest(name, one) != self.digest(least, one)}
                self.assertEqual(moved, told)
                self.assertNotEqual(self.stacks[name]["Outputs"]["Release"], self.stacks[least]["Outputs"]["Release"])

    def test_a_difference_of_any_kind_is_noticed(self) -> None:
        expected = self.of_sam(f"{MAIN}-prod")["resources"]
        found = self.stacks[f"{MAIN}-prod"]["Resources"]
        spoiled = 0
        for name, resource in found.items():
            for part in ("", *(one for one in resource if one != "Metadata")):
                broken = dict(found)
                if not part:
                    del broken[name]
                elif part == "Properties":
                    changed = next(one for one in resource["Properties"] if (resource["Type"], one) != ("AWS::Lambda::Function", "Code"))
                    broken[name] = {**resource, "Properties": {**resource["Properties"], changed: "another"}}
                else:
                    broken[name] = {**resource, part: "another"}
                self.assertNotEqual(differences(expected, broken), [], f"{name} {part}")
                spoiled += 1
            added = {**found, name: {**resource, "Properties": {**resource.get("Properties", {}), "Added": "more"}}}
            self.assertEqual(len(differences(expected, added)), 1, name)
        self.assertNotEqual(differences(expected, {**found, "More": {"Type": "AWS::SQS::Queue"}}), [])
        self.assertGreater(spoiled, 300)


if __name__ == "__main__":
    unittest.main()
