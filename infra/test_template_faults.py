"""The rules are measured: of the mistakes in template_faults.py and template_faults_blind.py, all but a few are caught, without the snapshot."""

from __future__ import annotations

import copy
import io
import unittest
from collections.abc import Callable

from infra import test_edge, test_table_rights, test_template, test_template_rules, test_template_values, test_watching
from infra.template_faults import FAULTS, Change
from infra.template_faults_blind import BLIND, BLIND_AT_THE_EDGE
from infra.template_text import read

# How many of a hundred may slip through.
MISSED_OF_A_HUNDRED = 5


def caught_by(template: dict) -> str | None:
    """The first rule that the template breaks."""
    expansions: dict = {}  # Of this template, whichever rule asks first.
    rules = (test_template_rules.Rules, test_template.Template, test_table_rights.Rights, test_watching.Watching, test_template_values.Values)
    for kind in rules:
        copied = {"template": template, "resources": template["Resources"], "_expansions": expansions}
        if kind is not test_template.Template:
            del copied["resources"]  # There it is what the template expands to.
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(type("Faulty", (kind,), copied))
        result = unittest.TextTestRunner(stream=io.StringIO(), failfast=True).run(suite)
        for test, _ in [*result.failures, *result.errors]:
            return test.id().rsplit(".", 1)[-1]
    return None


def caught_at_the_edge(template: dict) -> bool:
    """Whether a rule is broken, or finds nothing left to look at."""
    try:
        return bool(test_edge.broken(template))
    except (KeyError, ValueError, IndexError):
        return True


class Faults(unittest.TestCase):
    """Each is put into a copy."""

    def measure(self, faults: dict[str, Change], original: dict, caught: Callable[[dict], object]) -> None:
        missed = []
        for sentence, change in faults.items():
            template = copy.deepcopy(original)
            change(template)
            self.assertNotEqual(template, original, sentence)
            if not caught(template):
                missed.append(sentence)
        print(f"\n{len(faults) - len(missed)} of {len(faults)} faults are caught; missed: {missed or 'none'}")
        self.assertLessEqual(100 * len(missed), MISSED_OF_A_HUNDRED * len(faults))

    def test_the_template_itself_breaks_no_rule(self) -> None:
        self.assertIsNone(caught_by(copy.deepcopy(read())))

    def test_at_least_95_of_a_hundred_faults_are_caught_by_a_rule(self) -> None:
        self.assertGreaterEqual(len(FAULTS), 100)
        self.measure(FAULTS, read(), caught_by)

    def test_at_least_95_of_a_hundred_faults_of_somebody_who_had_not_read_the_rules_are_caught(self) -> None:
        self.assertGreaterEqual(len(BLIND) + len(BLIND_AT_THE_EDGE), 100)
        self.measure(BLIND, read(), caught_by)
        self.measure(BLIND_AT_THE_EDGE, test_edge.TEMPLATE, caught_at_the_edge)


if __name__ == "__main__":
    unittest.main()
