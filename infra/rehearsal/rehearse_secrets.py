"""docs/runbooks/secrets.md: keys are turned and client secrets exchanged while imports run; nothing is lost, and no page fails."""

from __future__ import annotations

import json
import re
import unittest

from infra.rehearsal.customers import Customer, StandIns, Visitor, come, until
from infra.rehearsal.pages import Page, filled
from infra.rehearsal.stage import PARTNERS, stage

OPERATOR = "Robin Rehearsal"
NEW_KEY = "0123456789abcdef" * 4


class Secrets(unittest.TestCase):
    """The page, from its first command to its last."""

    def setUp(self) -> None:
        self.stage = stage()
        self.shell = self.stage.shell
        self.stand_ins = StandIns(self.stage.settings)
        self.addCleanup(self.stand_ins.pace, 0)
        self.page = Page.read("secrets")
        self.out = self.stage.outputs()
        self.secret = {upstream: PARTNERS[upstream]["client_secret"] for upstream in PARTNERS}

    def begun(self, count: int, people: int = 40) -> list[Customer]:
        """Imports that run, slowly enough to be there for a while."""
        self.stand_ins.pace(400)
        customers = come(self.stage.settings, count, people)
        (follow,) = Page.read("import-stuck").step(2)
        for one in customers:
            told = filled(follow, import_id=one.import_people())
            one.tells = lambda told=told: self.shell.run(told)[-6000:]
        until(lambda: all(one.done() < people for one in customers) and customers[0].done() > 0, 90, "imports run")
        return customers

    def end_whole(self, customers: list[Customer], patience: float = 240) -> None:
        self.stand_ins.pace(0)
        for one in customers:
            self.assertEqual(one.ends(patience)["failed"], 0)
            self.assertEqual(one.whole(), [])

    def every_token_is_asked_for_anew(self) -> None:
        for upstream in PARTNERS:
            self.stand_ins.ask(upstream, "expire-access-tokens", {})

    def known_at_the_upstreams(self, *named: str) -> None:
        """The secrets that Xero and GO1 take from now on: the old ones, the new ones, or both."""
        for upstream, old in self.secret.items():
            known = [{"old": old, "new": f"{old}-2", "newest": f"{old}-3"}[one] for one in named]
            self.stand_ins.ask(upstream, "client-secrets", {"secrets": known})

    def fill(self, command: str, ending: str) -> None:
        """`make secrets`, typed on a terminal."""
        answers = [text for upstream in ("xero", "go1") for text in (PARTNERS[upstream]["client_id"], self.secret[upstream] + ending)]
        seen = self.shell.run(command, *answers)
        self.assertNotIn(answers[1], seen)
        self.assertNotIn(answers[3], seen)

    def put_keys(self, change: dict[str, str | None]) -> None:
        """What whoever may write the sealing keys does in the console."""
        client = self.stage.client("secretsmanager")
        for name in ("XeroSealingKeyArn", "Go1SealingKeyArn"):
            keys = {**json.loads(client.get_secret_value(SecretId=self.out[name])["SecretString"]), **change}
            client.put_secret_value(SecretId=self.out[name], SecretString=json.dumps({one: value for one, value in keys.items() if value}))

    def counted(self, command: str) -> dict[str, int]:
        """How many token sets are sealed with which key."""
        found: dict[str, int] = {}
        for count, key in re.findall(r": (\d+) sealed with key (\w+)", self.shell.run(command)):
            found[key] = found.get(key, 0) + int(count)
        return found

    def sealed_anew(self, reseal: str, keys: str) -> dict[str, int]:
        """What is in use at that moment stays for the next time."""

        def again() -> bool:
            seen = self.shell.run(reseal, OPERATOR)
            self.assertNotIn("does not open", seen)
            return ", 0 are in use" in seen

        until(again, 120, "nothing is in use")
        return self.counted(keys)

    def test_keys_and_client_secrets_turn_while_imports_run(self) -> None:
        with Visitor(self.stage.settings) as visitor:
            self.keys_turn_and_client_secrets_are_exchanged()
            self.only_one_secret_may_exist_at_a_time()
        self.assertGreater(len(visitor.seen), 100)
        self.assertEqual(visitor.failed(), [])
        self.assertEqual(self.page.left(), [])

    def keys_turn_and_client_secrets_are_exchanged(self) -> None:
        reseal, keys = self.page.step(2, listed=2)
        early = self.begun(2)
        before = self.counted(keys)
        self.assertEqual(set(before), {"1"})
        # The key is added and made the current one, as the page writes the secret.
        self.put_keys({"current": "2", "2": NEW_KEY})
        self.every_token_is_asked_for_anew()
        counted = self.sealed_anew(reseal, keys)
        self.assertGreater(counted["2"], counted.get("1", 0), "what was sealed before is sealed anew")
        late = self.begun(1)
        # Meanwhile the clients' secrets: made first at Xero and GO1, where the old ones stay.
        self.known_at_the_upstreams("old", "new")
        (store,), (bring,) = self.page.step(2), self.page.step(3)
        self.fill(store, "-2")
        self.shell.run(bring)
        self.known_at_the_upstreams("new")
        self.every_token_is_asked_for_anew()
        self.end_whole([*early, *late], patience=420)
        # "A day later": the deploy has left no function that began before the new key.
        counted = self.sealed_anew(reseal, keys)
        self.assertEqual(set(counted), {"2"}, "the new key alone")
        self.put_keys({"1": None})
        self.every_token_is_asked_for_anew()
        after = self.begun(1)
        self.end_whole(after)
        self.assertEqual(set(self.counted(keys)), {"2"})
        status = self.shell.run(self.page.inline("make status"))
        self.assertIn("secrets    filled", status)
        self.assertNotIn("shifting", status)

    def only_one_secret_may_exist_at_a_time(self) -> None:
        running = self.begun(1)
        self.known_at_the_upstreams("newest")
        self.every_token_is_asked_for_anew()
        (_, stuck) = Page.read("import-stuck").step(1)
        until(lambda: "us: a key, a client or a scope" in self.shell.run(stuck), 60, "it waits for us")
        (store,) = self.page.step(2)
        self.fill(store, "-3")
        self.end_whole(running, patience=660)

    @classmethod
    def tearDownClass(cls) -> None:
        # Whoever comes next finds the secrets that everybody knows.
        here = stage()
        for upstream, one in PARTNERS.items():
            StandIns(here.settings).ask(upstream, "client-secrets", {"secrets": [one["client_secret"], one["client_secret"] + "-3"]})


if __name__ == "__main__":
    unittest.main()
