"""docs/runbooks/kill-switch.md: imports are stopped, everything is stopped, and all goes on with nothing lost."""

from __future__ import annotations

import time
import unittest

from infra.deploy import smoke
from infra.local.settings import FUNCTIONS
from infra.rehearsal.customers import StandIns, come, until
from infra.rehearsal.pages import Page
from infra.rehearsal.stage import STACK, stage


class KillSwitch(unittest.TestCase):
    """The page, from its first command to its last but that of one portal, which `rehearse_operations.py` has."""

    def test_imports_and_then_everything_stop_and_go_on(self) -> None:
        here = stage()
        stand_ins, shell, page = StandIns(here.settings), here.shell, Page.read("kill-switch")
        self.addCleanup(stand_ins.pace, 0)
        stand_ins.pace(400)
        (customer,) = come(here.settings, 1, 60)
        customer.import_people()
        until(lambda: customer.done() > 0, 90, "somebody is imported")
        for command in page.step(1):
            shell.run(command)
        # Also where something below fails: the next rehearsal needs a worker.
        for command in reversed(page.step(5)):
            self.addCleanup(shell.run, command)
        depth = page.inline("depth QueueUrl")
        until(lambda: shell.run(depth).split()[1] == "0", 60, "what is in work ends within a minute")
        at_rest = customer.done()
        self.assertLess(at_rest, 60)
        self.assertEqual(smoke.ask(here.settings.public_url, "GET", "/signup").status, 200, "people can still sign up")
        time.sleep(10)
        self.assertEqual(customer.done(), at_rest)

        (everything,) = page.step(2)
        shell.run(everything)
        client = here.client("lambda")
        for function in FUNCTIONS:
            self.assertEqual(client.get_function_concurrency(FunctionName=f"{STACK}-{function}")["ReservedConcurrentExecutions"], 0)
            with self.assertRaises(client.exceptions.TooManyRequestsException):
                client.invoke(FunctionName=f"{STACK}-{function}", Payload=b"{}")
        self.assertEqual(customer.done(), at_rest)
        swept = len(shell.lines(page.inline("lines sweeper")))
        page.step(3)
        for command in page.step(5):
            shell.run(command)
        for function in FUNCTIONS:
            self.assertNotIn("ReservedConcurrentExecutions", client.get_function_concurrency(FunctionName=f"{STACK}-{function}"))
        self.assertEqual(smoke.ask(here.settings.public_url, "GET", "/").status, 200)
        stand_ins.pace(0)
        self.assertEqual(customer.ends()["failed"], 0)
        self.assertEqual(customer.whole(), [])
        until(lambda: len(shell.lines(page.inline("lines sweeper"))) > swept, 130, "the sweeper sweeps again")
        self.assertEqual(page.left(), [])


if __name__ == "__main__":
    unittest.main()
