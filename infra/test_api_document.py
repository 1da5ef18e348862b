"""The document of the API (tests/api/openapi.yaml) has the template's routes, and every part that it refers to.

That the functions have these routes and no other is held by tests/rig (rules::routes)."""

from __future__ import annotations

import re
import unittest
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.template_text import read

DOCUMENT = Path(__file__).resolve().parent.parent / "tests/api/openapi.yaml"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options", "trace")

# Whatever no route names: the template has no path for it, and a document no other way to say it.
NOWHERE = "/{nowhere}"
DEFAULT = "$default"


@cache
def loaded(file: Path) -> Any:
    """A file of the document. Read once: hundreds of references lead to the same four files."""
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def followed(reference: str, file: Path) -> tuple[Any, Path]:
    """What a reference in a file names, and the file that it is in."""
    name, _, pointer = reference.partition("#")
    target = file.parent / name if name else file
    found = loaded(target)
    for part in pointer.strip("/").split("/"):
        found = found[part]
    return found, target


def references(part: Any) -> list[str]:
    """Every reference below a part of a document."""
    if isinstance(part, dict):
        own = [part["$ref"]] if isinstance(part.get("$ref"), str) else []
        return own + [each for value in part.values() for each in references(value)]
    return [each for value in part for each in references(value)] if isinstance(part, list) else []


class ApiDocument(unittest.TestCase):
    """What it says of the routes."""

    def setUp(self) -> None:
        self.document = loaded(DOCUMENT)
        self.items = {path: followed(item["$ref"], DOCUMENT) for path, item in self.document["paths"].items()}

    def operations(self) -> dict[str, dict[str, Any]]:
        """Each operation by its method and path."""
        return {
            f"{method.upper()} {path}": item[method]
            for path, (item, _) in self.items.items()
            for method in METHODS
            if method in item
        }

    def test_its_paths_and_methods_are_the_routes_of_the_template(self) -> None:
        resources = read()["Resources"].values()
        routes = {each["Properties"]["RouteKey"] for each in resources if each["Type"] == "AWS::ApiGatewayV2::Route"}
        documented = {DEFAULT if key.endswith(f" {NOWHERE}") else key for key in self.operations()}
        self.assertEqual(documented, routes)

    def test_everything_that_it_refers_to_is_there_and_nothing_is_there_for_nobody(self) -> None:
        used, defined = set(), set()
        for file in (DOCUMENT, *DOCUMENT.parent.glob("openapi/*.yaml")):
            whole = loaded(file)
            for reference in references(whole):
                _, target = followed(reference, file)
                used.add((target.name, reference.partition("#")[2]))
            if file.name == "answers.yaml":
                defined |= {(file.name, f"/{kind}/{name}") for kind, parts in whole.items() for name in parts}
            elif file != DOCUMENT:
                defined |= {(file.name, f"/{name}") for name in whole}
        self.assertEqual(defined - used, set())

    def test_each_operation_says_who_may_ask_and_what_a_fault_of_ours_answers(self) -> None:
        for name, operation in self.operations().items():
            self.assertIn("security", operation, name)
            self.assertIn("500", operation["responses"], name)
            if operation["security"] == [{"session": []}]:
                self.assertIn("401", operation["responses"], name)

    def test_each_press_has_the_token_of_its_session_and_says_what_a_wrong_one_answers(self) -> None:
        presses = {name: one for name, one in self.operations().items() if name.startswith("POST") and NOWHERE not in name}
        self.assertGreater(len(presses), 10)
        for name, operation in presses.items():
            self.assertIn("FormToken", self.body_of(name), name)
            self.assertLessEqual({"400", "403"}, set(operation["responses"]), name)

    def test_each_variable_of_a_path_is_a_parameter(self) -> None:
        for name in self.operations():
            variables = set(re.findall(r"\{(\w+)\}", name))
            self.assertEqual(self.path_parameters(name), variables, name)

    def body_of(self, name: str) -> str:
        """The body of an operation, with what it refers to."""
        _, file = self.items[name.split()[1]]
        body = self.operations()[name]["requestBody"]
        text = str(body)
        for reference in references(body):
            part, target = followed(reference, file)
            text += str(part) + "".join(str(followed(each, target)[0]) + each for each in references(part)) + reference
        return text

    def path_parameters(self, name: str) -> set[str]:
        """The names of the parameters of an operation that are in its path."""
        _, file = self.items[name.split()[1]]
        given = [
            followed(one["$ref"], file)[0] if "$ref" in one else one
            for one in self.operations()[name].get("parameters", [])
        ]
        return {one["name"] for one in given if one["in"] == "path"}


if __name__ == "__main__":
    unittest.main()
