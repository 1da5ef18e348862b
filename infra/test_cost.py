"""What the stages cost stays within their budgets, and docs/cost.md says it."""

from __future__ import annotations

import unittest

from infra import cost
from infra.expansion import expand
from infra.snapshot import VALUES
from infra.template_text import read


class Cost(unittest.TestCase):
    """Counted from the expansion, so that an alarm more is seen here."""

    def test_a_trial_that_nobody_uses_stays_within_its_budget(self) -> None:
        self.assertLessEqual(cost.total(cost.of_stage("dev")), cost.BUDGETS["dev"])

    def test_production_in_use_with_its_edge_stays_within_its_budget(self) -> None:
        self.assertLessEqual(cost.total([*cost.of_stage("prod"), *cost.in_use(), *cost.of_edge()]), cost.BUDGETS["prod"])

    def test_the_page_says_it(self) -> None:
        page = cost.FILE.read_text()
        self.assertEqual(page, cost.filled(page), "python -m infra.cost")
        for name, budget in cost.BUDGETS.items():
            self.assertRegex(page, rf"{name} [^.]*at most \${budget:.0f}")

    def test_an_expression_is_paid_for_by_every_metric_that_it_reads(self) -> None:
        (alarms,) = (one for one in cost.of_stage("prod") if one.name == "alarms")
        resources = [one for one in expand(read(), **VALUES).values() if one["Type"] == "AWS::CloudWatch::Alarm"]
        expressions = [one["Properties"]["Metrics"] for one in resources if "Metrics" in one["Properties"]]
        read_by_expressions = sum(len(metrics) - 1 for metrics in expressions)
        self.assertAlmostEqual(alarms.dollars, 0.10 * (len(resources) - len(expressions) + read_by_expressions))


if __name__ == "__main__":
    unittest.main()
