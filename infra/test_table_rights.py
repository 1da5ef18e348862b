"""Which rows of the table each function may read and write: by how their partition keys begin. Needs no AWS and no emulator.

A right that is missing shows in rig, which refuses what the template does not allow: by the journeys of tests/it/rules/rights.rs
always, by all of its tests with `make test-rights`. Here is what must not be allowed.
"""

from __future__ import annotations

import re
import unittest
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, ClassVar

from infra.expansion import expand
from infra.table_rights import END, RIGHTS, USE, WITHOUT_PEOPLE
from infra.template_text import as_list, read
from infra.test_template_rules import ADOPTING, PRODUCTION

KEYS = Path(__file__).parents[1] / "shared/state/src/dynamodb/keys.rs"
# What IAM decides about by leading keys. A Scan has none.
BY_KEY = {"GetItem", "BatchGetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"}
ERASING = {"OauthCallback", "Addon", "Sweeper"}


def beginnings() -> set[str]:
    """How partition keys begin, by the table in keys.rs, which a test of its own holds against the code: `SIGN_UP#`, or the whole of a key without parts."""
    lines = [line.strip("/! |").split(" | ") for line in KEYS.read_text().splitlines() if line.startswith("//! | ")]
    cells = [cell for line in lines if len(line) == 3 for cell in re.findall(r"`([^`]+)`", line[1]) if cell != "pk"]
    return {cell.partition("#")[0] + ("#" if "#" in cell else "") for cell in cells}


class Rights(unittest.TestCase):
    """One test for each rule. `template` is exchanged by those who measure the rules."""

    template: ClassVar[dict[str, Any]] = read()
    _expansions: ClassVar[dict[str, dict[str, Any]]] = {}

    def expanded(self, given: dict[str, str]) -> dict[str, dict[str, Any]]:
        key = str(sorted(given.items()))
        if key not in self._expansions:
            self._expansions[key] = expand(self.template, **given)
        return self._expansions[key]

    def statements(self, given: dict[str, str] = PRODUCTION) -> list[tuple[str, set[str], dict[str, Any]]]:
        """Function, actions and conditions of each statement about the table."""
        found = []
        for name, role in self.expanded(given).items():
            for policy in role["Properties"].get("Policies", []) if role["Type"] == "AWS::IAM::Role" else []:
                for statement in policy["PolicyDocument"]["Statement"]:
                    actions = {one.removeprefix("dynamodb:") for one in as_list(statement["Action"]) if one.startswith("dynamodb:")}
                    if actions:
                        found.append((name.removesuffix("Role"), actions, statement.get("Condition", {})))
        return found

    def allowed(self, action: str, key: str, given: dict[str, str] = PRODUCTION) -> dict[str, list[set[str] | None]]:
        """Who may do that to a row with this partition key: the attributes to which each statement holds it, or None."""
        found: dict[str, list[set[str] | None]] = {}
        for function, actions, conditions in self.statements(given):
            patterns = conditions.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys", ["*"])
            if action in actions and any(fnmatchcase(key, pattern) for pattern in as_list(patterns)):
                attributes = conditions.get("ForAllValues:StringEquals", {}).get("dynamodb:Attributes")
                found.setdefault(function, []).append(set(attributes) if attributes else None)
        return found

    def test_every_right_to_the_table_is_held_to_leading_keys_of_keys_rs(self) -> None:
        known = beginnings()
        self.assertGreater(len(known), 15)
        seen = set()
        for given in (PRODUCTION, ADOPTING):
            for function, actions, conditions in self.statements(given):
                self.assertLessEqual(actions, BY_KEY, function)
                patterns = conditions["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
                for pattern in patterns:
                    # Nothing else that a key can begin with is meant by it.
                    self.assertIn(pattern.removesuffix("*"), known, function)
                    self.assertEqual(pattern.endswith("*"), "#" in pattern, f"{function} {pattern}")
                    self.assertFalse(set("*?") & set(pattern.removesuffix("*")), f"{function} {pattern}")
                    seen.add(pattern.removesuffix("*"))
        self.assertEqual(seen, known, "a kind of row that no function touches")

    def test_a_condition_is_of_a_known_form(self) -> None:
        for function, actions, conditions in self.statements():
            held = {"ForAllValues:StringLike"}
            if len(conditions) > 1:
                # As the Developer Guide has it for updates of some attributes: nothing may be returned but what may be changed.
                held |= {"ForAllValues:StringEquals", "StringEqualsIfExists"}
                self.assertEqual(actions, {"UpdateItem"}, function)
                self.assertEqual(conditions["StringEqualsIfExists"], {"dynamodb:ReturnValues": ["NONE"]}, function)
                self.assertIn(set(conditions["ForAllValues:StringEquals"]["dynamodb:Attributes"]), (END, USE, WITHOUT_PEOPLE), function)
            self.assertEqual(set(conditions), held, function)

    def test_each_function_has_exactly_its_rows(self) -> None:
        found: dict[str, dict[str, set[str]]] = {}
        for function, actions, conditions in self.statements():
            attributes = conditions.get("ForAllValues:StringEquals", {}).get("dynamodb:Attributes")
            for action in actions:
                of = action + (" " + ",".join(sorted(set(attributes) - {"pk", "sk"})) if attributes else "")
                rows = {pattern.removesuffix("*") for pattern in conditions["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]}
                found.setdefault(function, {}).setdefault(of, set()).update(rows)
        expected = {function: {of: set(rows.split()) for of, rows in rights.items()} for function, rights in RIGHTS.items()}
        self.assertEqual(set(found), set(expected))
        for function, rights in expected.items():
            self.assertEqual(found[function], rights, function)

    def test_no_door_that_is_open_to_everybody_makes_or_changes_an_administrator_s_session(self) -> None:
        session = "ADMINISTRATOR_SESSION#0a1b"
        self.assertEqual(set(self.allowed("PutItem", session)), {"OauthCallback", "Addon"})
        for action in ("BatchWriteItem", "Query"):
            self.assertEqual(self.allowed(action, session), {}, action)
        # The moment of its last use is written by whoever serves a page in it, and nothing else of it by anybody.
        for function, attributes in self.allowed("UpdateItem", session).items():
            self.assertEqual(attributes, [USE], function)
        self.assertEqual(self.allowed("GetItem", "SESSION#0a1b").keys(), self.allowed("GetItem", session).keys())

    def test_the_trail_is_deleted_by_nobody_who_does_not_erase_and_changed_by_an_erasure_alone(self) -> None:
        entry = "SIGN_UP#0a1b"  # It lies with its sign-up, so that no right to the one is without the other.
        self.assertEqual(set(self.allowed("DeleteItem", entry)), ERASING)
        self.assertEqual(self.allowed("BatchWriteItem", entry), {})
        for function, changes in self.allowed("UpdateItem", entry).items():
            known = [END, WITHOUT_PEOPLE] if function in ERASING else [END]
            self.assertTrue(all(change in known for change in changes), f"{function} {changes}")

    def test_who_answers_people_reads_no_row_of_another_kind_than_it_needs(self) -> None:
        # What is asked for by an id from an address is not in reach of the door that answers strangers.
        for key in ("RECEIPT#0a1b", "GO1_LOGIN#0a1b", "ACTIVE", "ERASING", "SWEEP", "CONNECTIONS", "SESSIONS#SIGN_UP#0a1b"):
            for action in ("GetItem", "Query"):
                self.assertNotIn("Signup", self.allowed(action, key), key)
        self.assertEqual(set(self.allowed("PutItem", "PORTAL#1")) & {"Signup", "Preview"}, set())
        # Tokens are kept by whoever can seal them.
        self.assertEqual(self.allowed("UpdateItem", "XERO_USER#1").get("Signup", [END]), [END])
        self.assertNotIn("Signup", self.allowed("UpdateItem", "PORTAL#1"))


if __name__ == "__main__":
    unittest.main()
