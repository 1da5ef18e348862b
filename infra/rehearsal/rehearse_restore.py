"""docs/runbooks/restore.md: the table as it was at a second, with every erasure since repeated, and whoever was out kept out, before
anybody is let in."""

from __future__ import annotations

import re
import unittest

from infra.rehearsal.customers import StandIns, come, until
from infra.rehearsal.pages import OVER, Page, filled
from infra.rehearsal.stage import stage

OPERATOR = "Robin Rehearsal"


class Restore(unittest.TestCase):
    """The page, from its first command to its last. The stage goes on with the restored table."""

    def test_the_table_of_a_second_is_used_and_nobody_who_was_erased_since_is_in_it(self) -> None:
        here = stage()
        stand_ins, shell, page, switch = StandIns(here.settings), here.shell, Page.read("restore"), Page.read("kill-switch")
        stand_ins.pace(0)
        before, stays, erased, revoked, out, deletes, deleted, newer = come(here.settings, 8, 6)
        for one in (before, stays, erased, revoked, out):
            one.import_people()
        for one in (before, stays, erased, revoked, out):
            self.assertEqual(one.ends()["failed"], 0)
        export, erase, _, export_entered, erase_entered = Page.read("revoke").step(6)
        shell.set(PORTAL=before.portal)
        shell.run(erase, before.domain, OPERATOR)
        for one in (deletes, deleted):
            one.sign_up()
        (find,) = [one for one in Page.read("revoke").step(6) if "find" in one]
        (sign_up,) = re.findall(r"\b[0-9a-f]{16,}\b", shell.run(filled(find, email=deleted.email), OPERATOR))

        # The second. The emulator makes the copy of the moment at which it is asked, so it is asked now.
        for command in page.step(1):
            shell.run(command)
        second, restore, wait = page.step(2)
        shell.run(filled(second, second=shell.run("date -u +%Y-%m-%dT%H:%M:%SZ").strip()))
        shell.run(restore, who="owner")
        shell.run(wait, who="restorer")

        # What comes after it: erasures by operators, one by a customer without a portal, tokens and access that are taken away, and a
        # customer who is new.
        shell.set(PORTAL=erased.portal)
        shell.run(erase, erased.domain, OPERATOR)
        shell.run(filled(erase_entered, sign_up=sign_up), deleted.email, OPERATOR)
        name, revoke = Page.read("revoke").step(5)
        shell.run(filled(name, portal=revoked.portal))
        shell.run(revoke, revoked.domain, OPERATOR)
        administrator = out.administrator()
        settings = administrator.open(f"{here.settings.public_url}/portal/settings")
        self.assertEqual(administrator.submit(settings, "/portal/settings/end-owner").status, 200)
        gone = deletes.browser.submit(deletes.browser.open(f"{here.settings.public_url}/delete"), "/delete")
        self.assertEqual(gone.status, 200, gone.words())
        newer.import_people()
        newer.ends()

        (everything,) = switch.step(2)
        shell.run(everything)
        self.addCleanup(shell.run, switch.step(5)[0])
        for command in page.step(3):
            shell.run(command, who="restorer")
        by_portal, entered, trail, again, again_entered, again_revoked = page.step(4)
        self.assertEqual(shell.lines(by_portal), [])
        told = shell.lines(entered)
        deeds = re.findall(r'deed: "(erase|erase-entered|revoke)", about: "([^"]+)"', shell.run(trail))
        wanted = [again_entered.replace("$SIGN_UP", line["sign_up"]) for line in told]
        wanted += [again.replace("$PORTAL", about) for deed, about in deeds if deed == "erase"]
        wanted += [again_entered.replace("$SIGN_UP", about) for deed, about in deeds if deed == "erase-entered"]
        # What another rehearsal revoked came before the second, and is as it was left.
        wanted += [again_revoked.replace("$PORTAL", about) for deed, about in deeds if (deed, about) == ("revoke", revoked.portal)]
        # Every erasure that the log and the trail tell; what another rehearsal erased before the second is not there any more.
        known = {erased.portal: erased.domain, revoked.portal: revoked.domain, sign_up: deleted.email, told[-1]["sign_up"]: deletes.email}
        done = set()
        for command in wanted:
            (about,) = re.findall(r'DO="[a-z-]+ (\w+)"', command)
            if about in known:
                shell.run(command, known[about], OPERATOR)
                done.add(about)
            else:
                self.again_or_not_there(command)
        self.assertEqual(done, set(known))

        sessions, left, ended, without_owner = page.step(5)
        self.assertNotEqual(shell.run(left, who="restorer").strip(), "0", "those of the second are in it")
        shell.run(sessions, who="restorer")
        self.assertEqual(shell.run(left, who="restorer").strip(), "0")
        shell.run(ended, who="data-operator")
        self.assertRegex(shell.run('echo "$ENDED"'), r"^SIGN_UP#\S+$", "the one whose access was ended")
        shell.run(without_owner, who="restorer")

        (use,) = page.step(6)
        # On AWS it ends with an error, because every page is stopped; here their aliases answer all the same.
        shell.run(use)
        start = switch.step(5)
        shell.run(start[0])
        self.assertIn("nothing has changed", shell.run(use))
        restored = shell.run('echo "$RESTORED"').strip()
        self.assertEqual(shell.run(page.inline("out TableName")).strip(), restored)
        self.assertRegex(shell.run(page.inline("make status")), r"alarms +none rings")

        report = f"{here.settings.public_url}/imports/{stays.import_id}/report.csv"
        self.assertEqual(stays.browser.open(report).status, 401, "everybody is signed out")
        self.assertEqual(stays.come_back().path, f"/imports/{stays.import_id}")
        self.assertEqual(stays.whole(), [], "the report of whoever was there before is there")
        self.assertEqual(out.come_back().status, 409, "whose access was ended has no way in by Xero")
        self.assertEqual(here.rows(revoked.portal, "GRANT"), [])
        shell.set(PORTAL=erased.portal)
        held = shell.run(export, OPERATOR)
        self.assertIn("no organisation", held)
        self.assertNotIn(erased.email, held)
        self.assertIn("the table has no", self.refused(filled(export_entered, sign_up=sign_up)))
        (after,) = come(here.settings, 1, 6)
        after.import_people()
        self.assertEqual(after.ends()["failed"], 0)
        self.assertEqual(after.whole(), [])
        until(lambda: shell.run("depth QueueUrl").split() == ["0", "0"], 60, "no message is left")
        self.assertEqual([one for one in page.commands if one.part == OVER], [])
        self.assertEqual(page.left(), [])

    def again_or_not_there(self, command: str) -> None:
        """What was erased before the second: there is nothing to be erased, and the page says which words are as good."""
        seen = self.refused(command)
        if known := re.search(r"\((\S+), no organisation\)", seen):
            again = stage().shell.run(f"{command} || true", known[1], OPERATOR)
            self.assertRegex(again, r"erased; the receipt is|what was held of the portal is erased")
        else:
            self.assertIn("the table has no", seen)

    def refused(self, command: str) -> str:
        """A command that asks nothing because there is nothing to ask about."""
        return stage().shell.run(command, fails=True)


if __name__ == "__main__":
    unittest.main()
