"""The CDK's constructs follow the templates: SAM expands them with the parameters open, and every parameter is a property of its type.

Needs no Node. What an app then synthesises is compared by `make test-cdk`.
"""

from __future__ import annotations

import re
import unittest

from infra.cdk.generate import DIGEST, FUNCTION, WORKED_OUT, declared, expanded, property_name, templates
from infra.template_parameters import PARAMETERS

TEMPLATES = templates()
MAIN = "XeroIntegration"


class Properties(unittest.TestCase):
    """Those of the main template are also written by hand, in template_parameters.py."""

    def test_every_parameter_has_a_property_of_its_type_and_there_is_no_other(self) -> None:
        for construct, template in TEMPLATES.items():
            parameters = PARAMETERS if construct == MAIN else template["Parameters"]
            (body,) = re.findall(rf"export interface {construct}Props .*?\{{\n(.*?)\n\}}", declared(construct, template), re.S)
            found = {name: (bool(optional), kind) for name, optional, kind in re.findall(r"readonly (\w+)(\??): (.*);", body)}
            expected = {}
            for name, definition in parameters.items():
                allowed = definition.get("AllowedValues")
                kind = "number" if definition["Type"] == "Number" else "string"
                if allowed:
                    kind = "boolean" if sorted(allowed) == ["false", "true"] else " | ".join(f'"{one}"' for one in allowed)
                if name not in WORKED_OUT:
                    expected[property_name(name)] = ("Default" in definition, kind)
            self.assertEqual(found, expected)

    def test_sam_leaves_every_parameter_open_but_those_that_it_asks_for(self) -> None:
        for construct, template in TEMPLATES.items():
            source = expanded(construct, template)
            for variant in source["variants"]:
                left = set(re.findall(r"\{'Ref': '(\w+)'\}|\$\{(\w+)\}", str([variant["resources"], source["conditions"], source["outputs"], source["rules"]])))
                named = {one for pair in left for one in pair if one}
                used = set(template["Parameters"]) & set(re.findall(r"\w+", str([template["Resources"], template.get("Globals"), template.get("Conditions"), template["Outputs"]])))
                self.assertEqual((used - named) & set(template["Parameters"]), set(variant["when"]) & used)

    def test_each_function_has_one_version_that_the_construct_can_name(self) -> None:
        for construct, template in TEMPLATES.items():
            functions = {name for name, one in template["Resources"].items() if one["Type"] == FUNCTION}
            for variant in expanded(construct, template)["variants"]:
                versions = {name: one["Properties"]["FunctionName"]["Ref"] for name, one in variant["resources"].items() if one["Type"] == "AWS::Lambda::Version"}
                self.assertEqual(versions, {f"{name}Version{DIGEST[:10]}": name for name in functions})


if __name__ == "__main__":
    unittest.main()
