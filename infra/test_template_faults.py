"""The rules are measured: of the mistakes in template_faults.py, all but a few are caught, without the snapshot."""

from __future__ import annotations

import copy
import io
import unittest

from infra import test_template, test_template_rules, test_watching
from infra.template_faults import FAULTS
from infra.template_text import read

# How many of a hundred may slip through.
MISSED_OF_A_HUNDRED = 5


def caught_by(template: dict) -> str | None:
    """The first rule that the template breaks."""
    for kind in (test_template_rules.Rules, test_template.Template, test_watching.Watching):
        copied = {"template": template, "resources": template["Resources"], "_expansions": {}}
        if kind is not test_template.Template:
            del copied["resources"]  # There it is what the template expands to.
        suite = unittest.defaultTestLoader.loadTestsFromTestCase(type("Faulty", (kind,), copied))
        result = unittest.TextTestRunner(stream=io.StringIO(), failfast=True).run(suite)
        for test, _ in [*result.failures, *result.errors]:
            return test.id().rsplit(".", 1)[-1]
    return None


class Faults(unittest.TestCase):
    """Each is put into a copy."""

    def test_the_template_itself_breaks_no_rule(self) -> None:
        self.assertIsNone(caught_by(copy.deepcopy(read())))

    def test_at_least_95_of_a_hundred_faults_are_caught_by_a_rule(self) -> None:
        self.assertGreaterEqual(len(FAULTS), 100)
        original, missed = read(), []
        for sentence, change in FAULTS.items():
            template = copy.deepcopy(original)
            change(template)
            self.assertNotEqual(template, original, sentence)
            if caught_by(template) is None:
                missed.append(sentence)
        print(f"\n{len(FAULTS) - len(missed)} of {len(FAULTS)} faults are caught; missed: {missed or 'none'}")
        self.assertLessEqual(100 * len(missed), MISSED_OF_A_HUNDRED * len(FAULTS))


if __name__ == "__main__":
    unittest.main()
