"""docs/runbooks/upstream-down.md: GO1 does not answer, and then fails; imports wait, say so, and go on by themselves."""

from __future__ import annotations

import re
import unittest

from infra.rehearsal.customers import StandIns, come, until
from infra.rehearsal.pages import OVER, Page
from infra.rehearsal.stage import STACK, stage


class UpstreamDown(unittest.TestCase):
    """The page, from its first command to its last."""

    def test_imports_wait_while_go1_is_down_and_go_on_by_themselves(self) -> None:
        here = stage()
        stand_ins, shell, page = StandIns(here.settings), here.shell, Page.read("upstream-down")
        self.addCleanup(stand_ins.pace, 0)
        self.addCleanup(stand_ins.take_away_faults)
        no_answer, failed = page.step(1)
        before = (len(shell.lines(no_answer)), len(shell.lines(failed)))
        stand_ins.pace(300)
        customers = come(here.settings, 2, 40)
        for one in customers:
            one.import_people()
        until(lambda: customers[0].done() > 0, 90, "somebody is imported")
        stand_ins.ask("go1", "faults", {"kind": "cut_before"})
        (_, stuck) = Page.read("import-stuck").step(1)
        until(lambda: shell.run(stuck).count("for GO1, which fails") == 2, 120, "both wait for GO1")
        self.assertGreater(len(shell.lines(no_answer)), before[0])
        self.assertGreater(len(shell.lines(failed)), before[1])
        self.assertIn("GO1", customers[0].browser.open(customers[0].import_page.url).words())
        stand_ins.take_away_faults()
        # They ask for less until GO1 says what its limit is.
        (less,) = page.step(4)
        wanted = dict(re.findall(r"(Go1\w+)=(\d+)", less))
        shell.run(less)
        told = here.client("lambda").get_function_configuration(FunctionName=f"{STACK}-worker")["Environment"]["Variables"]
        self.assertEqual({"Go1CallsPerSecond": told["GO1_CALLS_PER_SECOND"], "Go1CallsInFlight": told["GO1_CALLS_IN_FLIGHT"]}, wanted)
        # GO1 has said what its limit is: the same command, with what it was before.
        shell.run(re.sub(r"(Go1\w+)=\d+", lambda one: f"{one[1]}={here.settings.parameters[one[1]]}", less))
        stand_ins.pace(0)
        for one in customers:
            self.assertEqual(one.ends(patience=420)["failed"], 0)
            self.assertEqual(one.whole(), [])
        self.assertTrue(page.inline("depth QueueUrl"))
        until(lambda: shell.run(page.inline("depth QueueUrl")).split() == ["0", "0"], 60, "the queue is empty")
        self.assertEqual([one for one in page.commands if one.part == OVER], [])
        self.assertEqual(page.left(), [])


if __name__ == "__main__":
    unittest.main()
