"""What the CDK's constructs are made of, from the templates: SAM's expansion as data, and a typed property for each parameter.

`CfnInclude` knows no SAM: it stops at `!Ref SignupFunction.Alias`. So SAM's own translator expands the template here, once, with
the parameters left open, and lib/template.ts puts values in their places when an app is synthesised. Only Node is needed there.
"""

from __future__ import annotations

import copy
import itertools
import json
import logging
import os
import re
from pathlib import Path
from typing import Any

import yaml
from samtranslator.translator.transform import transform

from infra.expansion import NoManagedPolicies
from infra.template_text import TemplateLoader

HERE = Path(__file__).parent
GENERATED = HERE / "lib" / "generated"
# The template of each construct. The edge is a stack of its own in us-east-1; where there is no such file, there is no such construct.
TEMPLATES = {"XeroIntegration": HERE.parent / "template.yaml", "XeroEdge": HERE.parent / "edge.yaml"}
# CloudFront looks for certificates and firewalls there, and nowhere else.
REGIONS = {"XeroEdge": "us-east-1"}
# Worked out when an app is synthesised, from the code and every setting.
WORKED_OUT = {"Release"}
FUNCTION = "AWS::Serverless::Function"
# Ten of these digits end in the logical name of a version; the construct puts the digest of the function in their place.
DIGEST = "0" * 64


def templates() -> dict[str, dict[str, Any]]:
    """The templates that are there, as written, by the name of their construct."""
    # The loader is a SafeLoader, with CloudFormation's tags added to it.
    return {name: yaml.load(file.read_text(), Loader=TemplateLoader) for name, file in TEMPLATES.items() if file.exists()}


def archive(function: dict[str, Any]) -> str:
    """The name of a function's archive, from the name that the template gives the function."""
    return function["Properties"]["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")


def property_name(parameter: str) -> str:
    """`XeroApiUrl` is `xeroApiUrl`."""
    return parameter[0].lower() + parameter[1:]


def property_type(name: str, parameter: dict[str, Any]) -> str:
    """The TypeScript type of a parameter's values."""
    allowed = [str(one) for one in parameter.get("AllowedValues", [])]
    if set(allowed) == {"true", "false"}:
        return "boolean"
    if parameter["Type"] == "Number":
        return "number"
    if parameter["Type"] != "String":
        raise ValueError(f"{name} is a {parameter['Type']}: say in infra/cdk/generate.py which type its property has")
    return " | ".join(json.dumps(one) for one in allowed) or "string"


def expanded(construct: str, template: dict[str, Any]) -> dict[str, Any]:
    """The template as the construct reads it."""
    functions = {name: one for name, one in template["Resources"].items() if one["Type"] == FUNCTION}
    # SAM leaves every reference to a parameter as it is, but it wants to know whether traffic is shifted.
    asked = sorted({name for one in functions.values() if (name := one["Properties"].get("DeploymentPreference", {}).get("Enabled", {}).get("Ref"))})
    choices = itertools.product(*([(name, str(value)) for value in template["Parameters"][name]["AllowedValues"]] for name in asked))
    variants = [{"when": dict(chosen), "resources": _resources(template, dict(chosen))} for chosen in choices]
    return {
        "region": REGIONS.get(construct),
        "parameters": template["Parameters"],
        "workedOut": sorted(WORKED_OUT & set(template["Parameters"])),
        "rules": template.get("Rules", {}),
        "mappings": template.get("Mappings", {}),
        "conditions": template.get("Conditions", {}),
        "outputs": template.get("Outputs", {}),
        "functions": {name: archive(one) for name, one in functions.items()},
        "variants": variants,
    }


def _resources(template: dict[str, Any], chosen: dict[str, str]) -> dict[str, Any]:
    """What SAM makes of the resources, with every other parameter left open."""
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    os.environ.setdefault("AWS_DEFAULT_REGION", "ap-southeast-2")
    open_template = copy.deepcopy(template)
    for parameter in open_template["Parameters"].values():
        parameter.pop("Default", None)  # SAM would put it in the parameter's place.
    for resource in open_template["Resources"].values():
        if resource["Type"] == FUNCTION:
            resource["Properties"] |= {"CodeUri": "s3://archives/function.zip", "AutoPublishCodeSha256": DIGEST}
    resources = transform(open_template, dict(chosen), NoManagedPolicies())["Resources"]
    for resource in resources.values():
        _take_away_the_mark_of_sam(resource)
    return resources


def _take_away_the_mark_of_sam(resource: dict[str, Any]) -> None:
    """SAM marks what it makes with a tag `lambda:createdBy: SAM`, which would not be true here."""
    tags = resource.get("Properties", {}).get("Tags")
    if isinstance(tags, list):
        left = [tag for tag in tags if tag.get("Key") != "lambda:createdBy"]
        if left:
            resource["Properties"]["Tags"] = left
        else:
            del resource["Properties"]["Tags"]


def declared(construct: str, template: dict[str, Any]) -> str:
    """The construct in TypeScript: its properties, the names of its outputs, the class."""
    has_functions = any(one["Type"] == FUNCTION for one in template["Resources"].values())
    parent, options = ("Integration", " extends IntegrationOptions") if has_functions else ("FromTemplate", "")
    outputs = " | ".join(json.dumps(name) for name in template.get("Outputs", {})) or "never"
    return "\n".join(
        [
            f"/** What `{construct}` is told: a property for each parameter of `infra/{TEMPLATES[construct].name}`. */",
            f"export interface {construct}Props{options} {{",
            *(line for name, one in template["Parameters"].items() if name not in WORKED_OUT for line in _property(name, one)),
            "}",
            "",
            f"/** What a `{construct}` hands out. */",
            f"export type {construct}Output = {outputs};",
            "",
            f"/** {_comment(template.get('Description', construct))} */",
            f"export class {construct} extends {parent}<{construct}Output> {{",
            f"  constructor(scope: Construct, id: string, props: {construct}Props) {{",
            f"    super(scope, id, from{construct} as unknown as Source, props);",
            "  }",
            "}",
            "",
        ]
    )


def _property(name: str, parameter: dict[str, Any]) -> list[str]:
    described, optional = str(parameter.get("Description", "")), ""
    if "Default" in parameter:
        optional = "?"
        described += f" Default: {parameter['Default'] if str(parameter['Default']) else 'empty'}."
    return [f"  /** {_comment(described)} */", f"  readonly {property_name(name)}{optional}: {property_type(name, parameter)};"]


def _comment(text: str) -> str:
    return text.strip().replace("*/", "* /")


def generate() -> None:
    """Write everything that is generated, and remove what no template stands for any more."""
    GENERATED.mkdir(parents=True, exist_ok=True)
    for old in GENERATED.iterdir():
        old.unlink()
    there = templates()
    sources = " and ".join(f"infra/{TEMPLATES[name].name}" for name in there)
    lines = [
        f"// Made by infra/cdk/generate.py (make cdk) from {sources}. Never edited by hand.",
        'import { Construct } from "constructs";',
        'import { FromTemplate } from "../from-template";',
        'import { Integration, IntegrationOptions } from "../integration";',
        'import { Source } from "../template";',
        *(f'import from{name} = require("./{name}.json");' for name in there),
        "",
    ]
    for name, template in there.items():
        (GENERATED / f"{name}.json").write_text(json.dumps(expanded(name, template)))
        lines.append(declared(name, template))
    text = "\n".join(lines)
    if "extends FromTemplate<" not in text:
        text = text.replace('import { FromTemplate } from "../from-template";\n', "")
    (GENERATED / "constructs.ts").write_text(text)


if __name__ == "__main__":
    generate()
