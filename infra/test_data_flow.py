"""The picture that people are shown is the one that would be drawn now. Needs no AWS and no emulator."""

from __future__ import annotations

import copy
import unittest

from infra import data_flow
from infra.data_flow import files, flow, functions, picture, words
from infra.data_flow_for_owners import simple
from infra.template_text import read


class DataFlow(unittest.TestCase):
    """What is drawn follows what is built."""

    drawn = flow()

    def test_what_is_committed_is_what_would_be_drawn(self) -> None:
        for path, content in files().items():
            self.assertEqual(path.read_text(), content, f"{path.name} is stale: make picture")

    def test_three_fields_cross_to_go1_and_no_name_is_on_the_queue(self) -> None:
        self.assertEqual(self.drawn.to_go1, ["First name", "Last name", "Email address"])
        self.assertEqual(self.drawn.said_to_go1, ["the role of a learner"])
        self.assertIn("employee numbers", self.drawn.on_the_queue)
        self.assertEqual(
            self.drawn.from_xero,
            [
                "Number in Xero",
                "First name",
                "Last name",
                "Email address",
                "Whether still employed",
                "Role in Xero",
                "Whether a contact is archived",
                "Whether a contact is a company",
            ],
        )

    def test_every_function_is_in_the_picture_and_in_the_words(self) -> None:
        resources = read()["Resources"].values()
        named = [one["Properties"]["FunctionName"] for one in resources if one["Type"] == "AWS::Serverless::Function"]
        names = [name["Fn::Sub"].removeprefix("${AWS::StackName}-") for name in named]
        self.assertEqual([function.name for function in self.drawn.functions], names)
        self.assertEqual(set(data_flow.PURPOSES), set(names))
        for name in names:
            self.assertIn(f">{name}</text>", picture(self.drawn))
            self.assertIn(f"| `{name}` |", words(self.drawn))

    def test_owners_are_shown_what_crosses_and_how_long_it_is_kept_and_no_engineering(self) -> None:
        shown = simple(self.drawn.to_go1)
        for said in [*self.drawn.to_go1, "The list you preview: one day", "report: 30 days", "Nothing is written to Xero"]:
            self.assertIn(said, shown)
        for unsaid in [*data_flow.PURPOSES, "DynamoDB", "SQS", "queue", "Reached by", "addresses."]:
            if unsaid not in ("import", "preview", "addresses."):
                self.assertNotIn(unsaid, shown)
        self.assertNotEqual(simple([*self.drawn.to_go1, "Date of birth"]), shown)

    def test_another_right_another_route_or_another_secret_makes_another_picture(self) -> None:
        before = picture(self.drawn) + words(self.drawn)
        changes = {
            "a right": lambda resources: resources["SweeperRole"]["Properties"]["Policies"].clear(),
            "a secret": lambda resources: self.statements(resources, "Signup")[2]["Resource"].append(
                {"Fn::GetAtt": ["XeroSealingKey", "Id"]}
            ),
            "a route": lambda resources: resources.pop("HelpRoute"),
            "an event": lambda resources: resources["WorkerFunction"]["Properties"].pop("Events"),
        }
        for name, change in changes.items():
            template = copy.deepcopy(read())
            change(template["Resources"])
            drawn = data_flow.Flow(**{**vars(self.drawn), "functions": functions(template)})
            self.assertNotEqual(picture(drawn) + words(drawn), before, name)

    @staticmethod
    def statements(resources: dict, name: str) -> list[dict]:
        """Those that are always there."""
        found = resources[f"{name}Role"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
        return [one for one in found if "Fn::If" not in one]


if __name__ == "__main__":
    unittest.main()
