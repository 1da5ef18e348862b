"""Every command of `make ops`, as the pages print them: each asks before it changes something, does it, and stands in the trail."""

from __future__ import annotations

import json
import re
import time
import unittest

from infra.local import events
from infra.rehearsal.customers import Customer, StandIns, come, until
from infra.rehearsal.pages import OVER, Page, filled
from infra.rehearsal.stage import stage

OPERATOR = "Robin Rehearsal"
CHANGES = "pause resume redrive reseal find export export-entered erase erase-entered revoke".split()


class Operations(unittest.TestCase):
    """One stage, and customers for each kind of command."""

    def setUp(self) -> None:
        self.stage = stage()
        self.shell = self.stage.shell
        self.stand_ins = StandIns(self.stage.settings)
        self.addCleanup(self.stand_ins.pace, 0)
        self.deeds: list[tuple[str, str]] = []
        self.page = Page.read("revoke")

    def ops(self, text: str, *answers: str, about: str, fails: bool = False) -> str:
        """A command of a page, with the operator's name as the last answer; its deed is expected in the trail."""
        seen = self.shell.run(text, *answers, OPERATOR, fails=fails)
        (deed,) = re.findall(r"DO=['\"]([a-z-]+)", text)
        self.deeds.append((deed, about))
        return seen

    def leaves_it(self, text: str) -> None:
        """Whoever types nothing changes nothing, and where nobody can be asked nothing is done either."""
        before = self.shell.run("make ops STAGE=prod DO='trail'")
        self.assertIn("nothing was done", self.shell.run(text, ""))
        self.assertIn("nobody can be asked", self.shell.run(text, fails=True))
        self.assertEqual(self.shell.run("make ops STAGE=prod DO='trail'"), before)

    def test_each_asks_is_done_and_stands_in_the_trail(self) -> None:
        ended, entered = come(self.stage.settings, 2, 30)
        ended.import_people()
        ended.ends()
        self.assertEqual(ended.whole(), [])
        # Slowly enough that there is time for a pause.
        self.stand_ins.pace(300)
        (running,) = come(self.stage.settings, 1, 60)
        running.import_people()
        self.a_portal_is_paused_and_its_letters_are_sent_again_and_it_is_resumed(running, ended)
        self.token_sets_are_counted_and_sealed_anew()
        self.what_is_held_of_a_portal_is_handed_out_and_erased(ended)
        self.somebody_without_a_portal_is_found_handed_out_and_erased(entered)
        # Long enough that it still runs when its tokens are forgotten.
        (revoked,) = come(self.stage.settings, 1, 120)
        self.stand_ins.pace(1000)
        self.access_is_taken_away(revoked)
        self.assertRegex(self.shell.run(Page.read("xero-tier-nearly-full").step(1)[-1]), r"\d+ of \d+")
        self.stand_ins.pace(0)
        # Its message is hidden for up to ten minutes after a pause.
        self.assertEqual(running.ends(patience=660)["failed"], 0)
        self.assertEqual(running.whole(), [])
        self.the_trail_has_it_all([one.email for one in (running, revoked, ended, entered)])

    def a_portal_is_paused_and_its_letters_are_sent_again_and_it_is_resumed(self, running: Customer, ended: Customer) -> None:
        page = Page.read("kill-switch")
        (pause,) = page.step(3)
        pause, resume = (filled(one, portal=running.portal) for one in (pause, page.inline("make ops STAGE=prod DO='resume")))
        until(lambda: running.done() > 0, 60, "somebody is imported")
        self.leaves_it(pause)
        self.assertIn("paused until", self.ops(pause, about=running.portal))
        at_rest = running.done()
        (_, stuck) = Page.read("import-stuck").step(1)
        self.assertRegex(self.shell.run(stuck), rf"portal {running.portal} import {running.import_id}: .*paused until")
        self.dead_letters_are_sent_again_where_their_import_runs(running, ended)
        self.assertEqual(running.done(), at_rest, "nobody is begun in a pause")
        self.leaves_it(resume)
        self.assertIn("goes on", self.ops(resume, about=running.portal))

    def dead_letters_are_sent_again_where_their_import_runs(self, running: Customer, ended: Customer) -> None:
        out, queues = self.stage.outputs(), self.stage.client("sqs")
        (record,) = events.event(self.stage.client("dynamodb"), out["TableName"])["Records"]
        over = json.dumps({**json.loads(record["body"]), "portal": ended.portal, "import": ended.import_id})
        for number, (group, body) in enumerate([(running.portal, record["body"]), (ended.portal, over), ("unreadable", '{"version": 99}')]):
            queues.send_message(QueueUrl=out["DeadLetterQueueUrl"], MessageGroupId=group, MessageDeduplicationId=f"letter-{number}", MessageBody=body)
        (redrive,) = Page.read("dead-letters").step(4)
        self.leaves_it(redrive)
        seen = self.ops(redrive, about="dead letters")
        self.assertIn("1 sent again, 1 deleted because their import is over", seen)
        self.assertRegex(seen, r"stays: .*\n.*1 letters are left")
        queues.purge_queue(QueueUrl=out["DeadLetterQueueUrl"])

    def token_sets_are_counted_and_sealed_anew(self) -> None:
        reseal, keys = Page.read("secrets").step(2, listed=2)
        counted = self.shell.run(keys)
        self.assertRegex(counted, r"(?i)xero.*: \d+ sealed with key 1\n")
        self.leaves_it(reseal)
        self.assertRegex(self.ops(reseal, about="all token sets"), r"0 sealed anew, [1-9]\d* were so before")
        self.assertEqual(self.shell.run(keys), counted)

    def what_is_held_of_a_portal_is_handed_out_and_erased(self, customer: Customer) -> None:
        export, erase, *_ = self.page.step(6)
        portal = customer.portal
        self.shell.set(PORTAL=portal)
        self.leaves_it(export)
        held = self.ops(export, about=portal)
        self.assertIn(customer.email, held)
        self.assertNotRegex(held, r"(?i)refresh_token|access_token")
        refused = self.shell.run(erase, "another.mygo1.com", OPERATOR, fails=True)
        self.assertNotIn("receipt is", refused)
        self.assertRegex(self.ops(erase, customer.domain, about=portal), r"erased; the receipt is \w+")
        # The portal is known by its id and address as long as GO1 has it, and nobody's name is.
        self.assertNotIn(customer.email, self.ops(export, about=portal))

    def somebody_without_a_portal_is_found_handed_out_and_erased(self, customer: Customer) -> None:
        customer.sign_up()
        _, _, find, export, erase = self.page.step(6)
        find = filled(find, email=customer.email)
        self.leaves_it(find)
        found = self.ops(find, about="an email")
        self.assertIn("1 sign-ups have this email", found)
        (sign_up,) = re.findall(r"\b[0-9a-f]{16,}\b", found)
        export, erase = (filled(one, sign_up=sign_up) for one in (export, erase))
        self.assertIn(customer.email, self.ops(export, about=sign_up))
        self.assertNotIn("deleted;", self.shell.run(erase, "another@example.com", OPERATOR, fails=True))
        self.assertIn("deleted;", self.ops(erase, customer.email, about=sign_up))
        self.assertIn("0 sign-ups have this email", self.ops(find, about="an email"))

    def access_is_taken_away(self, customer: Customer) -> None:
        import_id = customer.import_people()
        name, revoke = self.page.step(5)
        portal = customer.portal
        self.assertEqual(name, "PORTAL=700001")
        self.shell.run(filled(name, portal=portal))
        self.leaves_it(revoke)
        self.assertIn("forgotten: the tokens of", self.ops(revoke, customer.domain, about=portal))
        (_, stuck) = Page.read("import-stuck").step(1)
        until(lambda: re.search(rf"import {import_id}: .*a login of an administrator", self.shell.run(stuck)), 150, "it waits for a login")
        calls = len(self.stand_ins.ask("go1", "calls"))
        time.sleep(5)
        at_rest = [one for one in self.stand_ins.ask("go1", f"calls?from={calls}") if one["tenant"] == portal]
        self.assertEqual(at_rest, [], "nothing is called for them")
        # Its messages would come back every five minutes for a week, and other rehearsals wait for an empty queue.
        page = customer.browser.open(f"{self.stage.settings.public_url}/imports/{import_id}")
        customer.browser.submit(page, f"/imports/{import_id}/stop")
        until(lambda: not re.search(rf"import {import_id}:", self.shell.run(stuck)), 150, "it has ended")

    def the_trail_has_it_all(self, emails: list[str]) -> None:
        looked_for, trail = self.page.part(OVER)
        self.assertEqual(self.shell.lines(looked_for), [], "what an operator takes away is in no function's log")
        told = self.shell.run(trail)
        written = re.findall(rf'{OPERATOR} OperatorActed \{{ deed: "([a-z-]+)", about: "([^"]*)" \}}', told)
        self.assertEqual(written[-len(self.deeds) :], self.deeds)
        self.assertEqual({deed for deed, _ in self.deeds}, set(CHANGES))
        for email in emails:
            self.assertNotIn(email, told)
        self.assertEqual(self.page.left(), [])


if __name__ == "__main__":
    unittest.main()
