"""Whatever a function is or is told, another value of it reaches users: another version. Needs no AWS and no emulator."""

from __future__ import annotations

import unittest
from typing import Any

from infra.deploy.release import Contents, release, rendered
from infra.expansion import expand
from infra.template_text import read

GIVEN = {
    "SupportContact": "mailto:help@example.com",
    "XeroClientSecretArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:xero",
    "Go1ClientSecretArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:go1",
    "Go1CoursesAu": "1,2,3,4,5",
    "Go1CoursesUs": "6,7,8,9,10",
}
# Those that no function sees: they are of the stack around them.
NOT_SEEN = {
    "AlarmTopicArn",
    "Alarms",
    "ApiId",
    "Canary",
    "HostedZoneId",
    "QueueVisibility",
    "Release",
    "RequestBurst",
    "RequestsPerSecond",
    "Runbooks",
    "TableProtection",
    "WorkerConcurrency",
}
OTHER = {"Architecture": "x86_64", "ExistingTable": "kept"}
TEMPLATE = read()
FUNCTIONS = {name for name, one in TEMPLATE["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}
CODE = {name: f"code of {name}" for name in FUNCTIONS}
SECRETS = {GIVEN["XeroClientSecretArn"]: "1", GIVEN["Go1ClientSecretArn"]: "1"}


def versions(code: dict[str, str] = CODE, secrets: dict[str, str] = SECRETS, **changed: str) -> dict[str, str]:
    """The logical name of each function's version, through SAM's translator with nothing but the defaults, as the emulator does it."""
    parameters = {**GIVEN, **changed}
    template = rendered(TEMPLATE, parameters, Contents(code, secrets), {name: "archive.zip" for name in FUNCTIONS})
    found = {}
    for name, resource in expand(template).items():
        if resource["Type"] == "AWS::Lambda::Version":
            (function,) = (one for one in FUNCTIONS if resource["Properties"]["FunctionName"] == {"Ref": one})
            found[function] = name
    return found


def another(parameter: str, definition: dict[str, Any]) -> str:
    """A value that the parameter does not have."""
    before = str(GIVEN.get(parameter, definition.get("Default", "")))
    if parameter in OTHER:
        return OTHER[parameter]
    if "AllowedValues" in definition:
        return next(str(one) for one in definition["AllowedValues"] if str(one) != before)
    if definition["Type"] == "Number":
        return str(int(before) - 1 if int(before) == definition.get("MaxValue") else int(before) + 1)
    return f"{before}1"


class Versions(unittest.TestCase):
    """Versions follow code and settings."""

    before = versions()

    def told(self, function: str) -> set[str]:
        """The parameters that a function's properties name, from the template's text."""
        text = str(TEMPLATE["Resources"][function]["Properties"]) + str(TEMPLATE["Globals"])
        text += "".join(str(TEMPLATE["Conditions"][one]) for one in TEMPLATE["Conditions"] if f"'{one}'" in text)
        events = str(TEMPLATE["Resources"][function]["Properties"].get("Events", ""))
        shifting = str(TEMPLATE["Resources"][function]["Properties"]["DeploymentPreference"])
        text = text.replace(events, "").replace(shifting, "")
        return {name for name in TEMPLATE["Parameters"] if f"{{'Ref': '{name}'}}" in text}

    def test_every_function_has_one_version_and_an_alias_that_leads_to_it(self) -> None:
        self.assertEqual(set(self.before), FUNCTIONS)

    def test_another_value_of_a_parameter_is_another_version_of_each_function_that_sees_it_and_of_no_other(self) -> None:
        seen = set()
        for parameter, definition in TEMPLATE["Parameters"].items():
            with self.subTest(parameter):
                after = versions(**{parameter: another(parameter, definition)})
                moved = {name for name in FUNCTIONS if after[name] != self.before[name]}
                self.assertEqual(moved, {name for name in FUNCTIONS if parameter in self.told(name)})
                seen |= {parameter} if moved else set()
        self.assertEqual(set(TEMPLATE["Parameters"]) - seen, NOT_SEEN - {"QueueVisibility"})

    def test_the_same_values_twice_change_nothing(self) -> None:
        self.assertEqual(versions(), self.before)
        self.assertEqual(release(TEMPLATE, GIVEN, Contents(CODE)), release(TEMPLATE, dict(reversed(GIVEN.items())), Contents(CODE)))

    def test_other_code_of_one_function_is_another_version_of_that_one(self) -> None:
        after = versions({**CODE, "WorkerFunction": "other code"})
        self.assertEqual({name for name in FUNCTIONS if after[name] != self.before[name]}, {"WorkerFunction"})

    def test_another_value_in_a_secret_is_another_version_of_each_function_that_reads_it(self) -> None:
        for arn, variable in ((GIVEN["XeroClientSecretArn"], "XERO_CLIENT_SECRET_ARN"), (GIVEN["Go1ClientSecretArn"], "GO1_CLIENT_SECRET_ARN")):
            after = versions(secrets={**SECRETS, arn: "2"})
            told = {name: TEMPLATE["Resources"][name]["Properties"]["Environment"]["Variables"] for name in FUNCTIONS}
            self.assertEqual({name for name in FUNCTIONS if after[name] != self.before[name]}, {name for name in FUNCTIONS if variable in told[name]})

    def test_every_parameter_and_every_archive_is_part_of_the_release(self) -> None:
        before = release(TEMPLATE, GIVEN, Contents(CODE))
        for parameter, definition in TEMPLATE["Parameters"].items():
            if parameter != "Release":
                after = release(TEMPLATE, {**GIVEN, parameter: another(parameter, definition)}, Contents(CODE))
                self.assertNotEqual(after, before, parameter)
        for name in FUNCTIONS:
            self.assertNotEqual(release(TEMPLATE, GIVEN, Contents({**CODE, name: "other"})), before, name)

    def test_old_versions_are_removed(self) -> None:
        found = [one for one in expand(TEMPLATE, **GIVEN).values() if one["Type"] == "AWS::Lambda::Version"]
        self.assertEqual({one.get("DeletionPolicy") for one in found}, {"Delete"})


if __name__ == "__main__":
    unittest.main()
