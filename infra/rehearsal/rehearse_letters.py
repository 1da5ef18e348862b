"""docs/runbooks/dead-letters.md: a message that nobody can read, and messages that came too often while an import runs."""

from __future__ import annotations

import json
import unittest

from infra.local import events
from infra.rehearsal.customers import StandIns, come, until
from infra.rehearsal.pages import SEE, Page
from infra.rehearsal.stage import stage

OPERATOR = "Robin Rehearsal"


# What a newer release would send.
UNKNOWN = {"version": 99, "portal": "700001", "import": "0f0f0f0f", "batch": 0, "people": ["1"], "send": 1}


class Letters(unittest.TestCase):
    """The page, from its first command to its last."""

    def test_letters_are_looked_at_sent_again_and_dealt_with_by_hand(self) -> None:
        here = stage()
        stand_ins, shell, page, out = StandIns(here.settings), here.shell, Page.read("dead-letters"), here.outputs()
        self.addCleanup(stand_ins.pace, 0)
        queues = here.client("sqs")
        (depth,) = page.part(SEE)
        self.assertEqual(shell.run(depth).split(), ["0", "0"])
        stand_ins.pace(500)
        (customer,) = come(here.settings, 1, 60)
        customer.import_people()
        until(lambda: customer.done() > 0, 90, "somebody is imported")
        queues.send_message(QueueUrl=out["QueueUrl"], MessageGroupId="unknown", MessageDeduplicationId="unknown-version", MessageBody=json.dumps(UNKNOWN))
        until(lambda: shell.run(depth).split()[0] == "1", 60, "the worker moves what it cannot read")
        receive, why = page.step(1)
        (told,) = until(lambda: shell.lines(why), 30, "the worker says why")
        self.assertIn("version", told["reason"])
        (record,) = events.event(here.client("dynamodb"), out["TableName"])["Records"]

        def dies(name: str) -> None:
            """As after a thousand receipts, which nobody waits for here."""
            queues.send_message(QueueUrl=out["DeadLetterQueueUrl"], MessageGroupId=customer.portal, MessageDeduplicationId=name, MessageBody=record["body"])

        dies("one")
        (redrive,) = page.step(4)
        seen = shell.run(redrive, OPERATOR)
        self.assertIn("1 sent again, 0 deleted", seen)
        self.assertIn("stays: ", seen)

        dies("two")
        send, delete = page.step(5)
        letters: dict[str, dict[str, str]] = {}

        def both() -> bool:
            seen = shell.run(f"{receive} --output json")
            letters.update({one["MessageId"]: one for one in (json.loads(seen)["Messages"] if seen.strip() else [])})
            return len(letters) == 2

        until(both, 60, "both letters are received")
        for letter in letters.values():
            shell.set(BODY=letter["Body"], HANDLE=letter["ReceiptHandle"])
            if json.loads(letter["Body"])["version"] != 99:
                self.assertIn("--message-group-id 700001", send)
                shell.run(send.replace("--message-group-id 700001", f"--message-group-id {customer.portal}"))
            shell.run(delete)
        self.assertEqual(shell.run(page.inline("depth DeadLetterQueueUrl")).split(), ["0", "0"])
        stand_ins.pace(0)
        self.assertEqual(customer.ends()["failed"], 0)
        self.assertEqual(customer.whole(), [], "a batch that comes twice does nothing twice")
        self.assertEqual(page.left(), [])


if __name__ == "__main__":
    unittest.main()
