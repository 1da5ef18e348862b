"""docs/runbooks/deploy.md and rollback.md: a release whose worker cannot start, deployed while imports run, is taken back."""

from __future__ import annotations

import re
import shutil
import unittest
from pathlib import Path

from infra.rehearsal.customers import StandIns, Visitor, come, until
from infra.rehearsal.pages import Page
from infra.rehearsal.stage import stage


class Rollback(unittest.TestCase):
    """Both pages; what is left of them wants a name that is led elsewhere, or a stack in the middle of something."""

    def test_a_bad_release_is_taken_back_and_imports_go_on(self) -> None:
        here = stage()
        stand_ins, shell = StandIns(here.settings), here.shell
        deploy, rollback = Page.read("deploy"), Page.read("rollback")
        self.addCleanup(stand_ins.pace, 0)
        status = rollback.inline("make status")
        good = re.findall(r"release +(\w+)", shell.run(status))
        stand_ins.pace(700)
        customers = come(here.settings, 2, 100)
        for one in customers:
            one.import_people()
        until(lambda: all(one.done() > 0 for one in customers), 120, "both imports run")
        with Visitor(here.settings) as visitor:
            (with_archives,) = deploy.step(1)
            self.assertIn("ARCHIVES=archives/arm64", with_archives)
            # A program of this machine, stripped, that ends at once.
            bad = here.with_another_worker(Path(shutil.which("false") or "/bin/false"))
            seen = shell.run(with_archives.replace("archives/arm64", str(bad)))
            self.assertIn("POST /signup 422", seen)
            self.assertNotEqual(re.findall(r"release +(\w+)", shell.run(status)), good)
            at_rest = [one.done() for one in customers]
            (back,) = rollback.step(1)
            self.assertIn("back to release", shell.run(back))
            self.assertEqual(re.findall(r"release +(\w+)", shell.run(status)), good)
            self.assertLess(sum(at_rest), 200, "there was something to lose")
            stand_ins.pace(0)
            for one in customers:
                self.assertEqual(one.ends(patience=420)["failed"], 0)
                self.assertEqual(one.whole(), [])
        self.assertEqual(visitor.failed(), [])
        self.assertGreater(len(visitor.seen), 50)
        cancel = 'aws cloudformation cancel-update-stack --stack-name "$STACK"'
        self.assertEqual(rollback.left(), ['make deploy STAGE=prod ARCHIVES=archives/arm64 SET="Canary=false"', cancel])
        self.assertEqual(deploy.left(), ['aws cloudformation continue-update-rollback --stack-name "$STACK"'])


if __name__ == "__main__":
    unittest.main()
