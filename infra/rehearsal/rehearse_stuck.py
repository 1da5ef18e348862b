"""docs/runbooks/import-stuck.md: an import that makes no progress goes on by itself, and one whose time is over ends."""

from __future__ import annotations

import re
import unittest
from datetime import datetime, timedelta, timezone

from infra.rehearsal.customers import Customer, StandIns, come, until
from infra.rehearsal.pages import Page, filled
from infra.rehearsal.stage import Stage, stage


def earlier(text: str, by: timedelta) -> str:
    moment = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*Z$|Z$", lambda found: (found[1] or "") + "+00:00", text))
    return (moment.astimezone(timezone.utc) - by).isoformat().replace("+00:00", "Z")


def moved_back(here: Stage, customer: Customer, by: timedelta) -> None:
    """The import began that much earlier: in its row every moment is moved, because nobody waits for so long here."""
    client, table = here.client("dynamodb"), here.outputs()["TableName"]
    (row,) = here.rows(customer.portal, f"IMPORT#{customer.import_id}")
    changed = {name: {"S": earlier(value["S"], by)} for name, value in row.items() if name in ("accepted_at", "sent_at") and "S" in value}
    assert set(changed) == {"accepted_at", "sent_at"}, row.keys()
    client.update_item(
        TableName=table,
        Key={"pk": row["pk"], "sk": row["sk"]},
        UpdateExpression="SET " + ", ".join(f"#{name} = :{name}" for name in changed),
        ExpressionAttributeNames={f"#{name}": name for name in changed},
        ExpressionAttributeValues={f":{name}": value for name, value in changed.items()},
    )


class Stuck(unittest.TestCase):
    """The page, from its first command to its last."""

    def test_an_import_without_progress_is_found_told_and_goes_on_and_one_out_of_time_ends(self) -> None:
        here = stage()
        stand_ins, shell, page = StandIns(here.settings), here.shell, Page.read("import-stuck")
        switch = Page.read("kill-switch")
        self.addCleanup(stand_ins.pace, 0)
        # No worker is at work: what stops it here is the switch of another page.
        for command in switch.step(1):
            shell.run(command)
        # Also where something below fails: the next rehearsal needs a worker.
        self.addCleanup(shell.run, switch.step(5)[1])
        quiet, late = come(here.settings, 2, 24)
        for one in (quiet, late):
            one.import_people()
        moved_back(here, quiet, timedelta(minutes=20))
        moved_back(here, late, timedelta(hours=25))
        lines, stuck = page.step(1)

        def told() -> dict[str, str]:
            """What the sweeper says of each import."""
            found = {}
            for line in shell.lines(lines):
                (of,) = [span["import"] for span in line["spans"] if span["name"] == "import"]
                found[of] = line["message"]
            return found

        wanted = {quiet.import_id: "an import makes no progress", late.import_id: "an import cannot end in its time; whoever waits is given up"}
        until(lambda: wanted.items() <= told().items(), 200, "the sweeper tells both")
        standing = shell.run(stuck)
        self.assertRegex(standing, rf"import {quiet.import_id}: .*waits for nothing; quiet for \d+ minutes; 0 of 2 batches tried")
        self.assertNotIn(late.import_id, standing)
        (follow,) = page.step(2)
        story = shell.run(filled(follow, import_id=quiet.import_id))
        self.assertIn("import accepted", story)
        self.assertIn("x an import makes no progress", story)
        self.assertIn("together: 24 wait", story)
        self.assertTrue(late.look()["ended"])
        self.assertEqual(late.look()["progress"]["failed"], 24)
        # The worker is well again, and what waited goes on by itself.
        start = switch.step(5)
        shell.run(start[1])
        self.assertEqual(quiet.ends()["failed"], 0)
        self.assertEqual(quiet.whole(), [])
        # The portal of the other is free: its people are looked at and imported again.
        again = late.browser.submit(late.browser.open(f"{here.settings.public_url}/preview"), "/preview/people")
        late.import_page = late.browser.submit(again, "/imports")
        self.assertEqual(late.ends()["failed"], 0)
        self.assertEqual(late.whole(), [])
        self.assertEqual(page.left(), [])


if __name__ == "__main__":
    unittest.main()
