"""An empty account, two stages, and every command of the deploy but those parts that the emulator lacks: `make test-deploy`.

It runs what a person would type, with the config file of production. Left out, because the emulator has none of it: CodeDeploy
(`Canary=false`), alarms on expressions and the dashboard (`Alarms=few`), certificates that are checked, quotas that are too small, metrics behind the alarms. Those are looked at in SAM's
expansion (test_template_rules.py) and in test_deploy.py.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import pty
import re
import shlex
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import boto3

from infra.deploy import smoke
from infra.local.settings import FUNCTIONS, REGION, ROOT

HERE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
SECRETS = json.dumps({one: {"client_id": "rehearsal", "client_secret": f"{one}-s3cret"} for one in ("xero", "go1")})
# The emulator finds an HTTP API by its host name only if its id is eight hexadecimal digits.
API = {"dev": "60fa1101", "prod": "60fa1102"}
ANSWERS = {
    "SupportContact": "mailto:first@example.com",
    "Go1CoursesAu": "1001,1002,1003,1004,1005",
    "Go1CoursesUs": "2001,2002,2003,2004,2005",
}
PAGES = {"signup", "oauth-callback", "preview", "import", "addon"}


class Rehearsal(unittest.TestCase):
    """One account from empty to empty, in the order in which a team would meet it."""

    @classmethod
    def setUpClass(cls) -> None:
        assert "127.0.0.1" in os.environ["AWS_ENDPOINT_URL"], "only ever on the emulator"
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.archives = Path(folder.name)
        for name in FUNCTIONS:
            (cls.archives / name).mkdir()
            built = ROOT / "target" / "lambda" / name / "bootstrap"
            subprocess.run(["strip", "-o", str(cls.archives / name / "bootstrap"), str(built)], check=True)
        # The emulator checks each call that is made to it against the caller's policy, as AWS does.
        iam = cls.client("iam")
        iam.create_user(UserName="deployer")
        policy = (ROOT / "infra" / "deployer-policy.json").read_text()
        iam.put_user_policy(UserName="deployer", PolicyName="deployer", PolicyDocument=policy)
        key = iam.create_access_key(UserName="deployer")["AccessKey"]
        cls.deployer = {**os.environ, "AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        shutil.rmtree(ROOT / "target" / "deploy", ignore_errors=True)

    def make(self, command: str, stage: str = "dev", sent: str = "", fails: bool = False, **choices: str) -> str:
        words = ["make", command, f"STAGE={stage}", *(f"{name}={value}" for name, value in choices.items())]
        ran = subprocess.run(words, cwd=ROOT, env=self.deployer, input=sent, capture_output=True, text=True, check=False)
        said = ran.stdout + ran.stderr
        self.assertEqual(ran.returncode != 0, fails, f"{' '.join(words)}\n{said}")
        self.assertNotIn("s3cret", said)
        self.assertNotIn("Traceback", said)
        return said

    def deploy(self, stage: str = "dev", sent: str = "", fails: bool = False, archives: Path | None = None, **parameters: str) -> str:
        pairs = {"Architecture": HERE, "ApiId": API[stage], "Canary": "false", "Alarms": "few", **parameters}
        chosen = " ".join(f"{name}={value}" for name, value in pairs.items())
        more = {"FROM_STDIN": "1"} if sent else {}
        return self.make("deploy", stage, sent, fails, ARCHIVES=str(archives or self.archives), SET=chosen, ALARM_EMAIL="none", **more)

    @staticmethod
    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    def versions(self, stage: str) -> dict[str, list[str]]:
        """The published versions of each function; the alias must lead to one of them."""
        client, found = self.client("lambda"), {}
        for name in FUNCTIONS:
            called = f"go1-xero-{stage}-{name}"
            listed = client.list_versions_by_function(FunctionName=called)["Versions"]
            found[name] = [one["Version"] for one in listed if one["Version"] != "$LATEST"]
            self.assertEqual(found[name], [client.get_alias(FunctionName=called, Name="live")["FunctionVersion"]])
        return found

    def help_page(self, stage: str) -> str:
        stack = self.client("cloudformation").describe_stacks(StackName=f"go1-xero-{stage}")["Stacks"][0]
        url = next(one["OutputValue"] for one in stack["Outputs"] if one["OutputKey"] == "PublicUrl")
        return smoke.ask(url, "GET", "/help").text

    def typed(self, words: list[str], answers: list[str]) -> str:
        """Run a command on a terminal, and type an answer at each question; returns what was to be seen there."""
        child, terminal = pty.fork()
        if child == 0:
            os.chdir(ROOT)
            os.execvpe(words[0], words, self.deployer)
        seen, left = b"", list(answers)
        with contextlib.suppress(OSError):  # Linux says so where the other end is closed.
            while piece := os.read(terminal, 1024):
                seen += piece
                if left and seen.rstrip(b" ").endswith(b":"):
                    os.write(terminal, left.pop(0).encode() + b"\n")
                    seen += b"\n"
        os.close(terminal)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        self.assertEqual((status, left), (0, []), seen.decode())
        return seen.decode()

    def test_an_empty_account_from_the_first_deploy_to_the_last_rollback(self) -> None:
        self.nothing_is_made_of_what_is_wrong()
        said = self.deploy(sent=SECRETS, **ANSWERS)
        self.assertIn("POST /signup 422", said)
        self.assertRegex(said, r"at Xero, as redirect URI\s+http://60fa1101\S+/oauth/xero/callback")
        self.assertIn("first@example.com", self.help_page("dev"))
        first = self.versions("dev")

        self.assertIn("nothing has changed", self.deploy())
        self.assertEqual(self.versions("dev"), first, "twice without a change changes nothing")

        self.deploy(SupportContact="mailto:second@example.com")
        self.assertIn("second@example.com", self.help_page("dev"), "what is changed reaches people")
        second = self.versions("dev")
        self.assertEqual({name for name in FUNCTIONS if second[name] != first[name]}, PAGES)

        self.a_second_stage_lives_in_the_same_account()
        self.assertEqual(self.versions("dev"), second, "the second stage leaves the first alone")

        self.assertIn("back to release", self.make("rollback"))
        self.assertIn("first@example.com", self.help_page("dev"))
        self.assertIn("no earlier release", self.make("rollback", fails=True))
        status = self.make("status")
        self.assertRegex(status, r"worker +live is version \d+")
        self.assertIn("secrets    filled", status)
        self.secrets_are_asked_for_on_a_terminal()
        self.what_was_kept_is_gone_on_with()

    def secrets_are_asked_for_on_a_terminal(self) -> None:
        seen = self.typed(["make", "secrets", "STAGE=dev"], ["typed-1", "typed-2", "typed-3", "typed-4"])
        self.assertNotIn("typed-", seen)
        client = self.client("secretsmanager")
        held = [json.loads(client.get_secret_value(SecretId=f"go1-xero-dev/{one}-client")["SecretString"]) for one in ("xero", "go1")]
        self.assertEqual([one["client_secret"] for one in held], ["typed-2", "typed-4"])
        before = self.versions("dev")
        self.deploy()
        after = self.versions("dev")
        self.assertEqual({name for name in FUNCTIONS if after[name] == before[name]}, {"sweeper"}, "it alone reads neither")

    def nothing_is_made_of_what_is_wrong(self) -> None:
        quick = ROOT / "target" / "lambda"
        self.assertIn("STAGE=dev or STAGE=prod", self.make("deploy", stage="", fails=True))
        self.assertIn("make secrets STAGE=", self.deploy(fails=True, **ANSWERS))
        self.assertIn("is no parameter", self.deploy(sent=SECRETS, fails=True, Colour="blue"))
        self.assertIn("SET=SupportContact=", self.deploy(sent=SECRETS, fails=True))
        self.assertIn("not of the release profile", self.deploy(fails=True, archives=quick, **ANSWERS))
        other = "x86_64" if HERE == "arm64" else "arm64"
        self.assertIn(f"the stage is {other}", self.deploy(fails=True, **{**ANSWERS, "Architecture": other}))
        self.assertEqual(self.client("cloudformation").list_stacks().get("StackSummaries", []), [])

    def a_second_stage_lives_in_the_same_account(self) -> None:
        said = self.deploy("prod", sent=SECRETS, **{**ANSWERS, "SupportContact": "mailto:prod@example.com"})
        self.assertIn("POST /signup 422", said)
        self.assertIn("prod@example.com", self.help_page("prod"))
        self.assertIn("second@example.com", self.help_page("dev"))

    def what_was_kept_is_gone_on_with(self) -> None:
        """A stage is deleted and made again with its table and its keys."""
        worker = self.client("lambda").get_function_configuration(FunctionName="go1-xero-dev-worker")["Environment"]["Variables"]
        self.assertIn("YES=go1-xero-dev", self.make("destroy", fails=True))
        self.assertIn("not confirmed", self.make("destroy", fails=True, YES="go1-xero-prod"))
        said = self.make("destroy", YES="go1-xero-dev")
        self.assertIn("is not deployed", self.make("status"))
        (line,) = [one for one in said.splitlines() if "make deploy" in one]
        (adopted,) = [word.removeprefix("SET=") for word in shlex.split(line) if word.startswith("SET=")]
        self.deploy(**dict(one.split("=", 1) for one in shlex.split(adopted)))
        again = self.client("lambda").get_function_configuration(FunctionName="go1-xero-dev-worker")["Environment"]["Variables"]
        for name in ("TABLE_NAME", "GO1_SEALING_KEY_ARN", "GO1_CLIENT_SECRET_ARN"):
            self.assertEqual(again[name], worker[name])
        # The next deploy need not be told again.
        self.deploy(LogLevel="warn")
        self.assertEqual(
            self.client("lambda").get_function_configuration(FunctionName="go1-xero-dev-sweeper")["Environment"]["Variables"]["TABLE_NAME"],
            worker["TABLE_NAME"],
        )
        # Back over the moment at which it was adopted: the table with what customers have stays the table.
        for _ in range(2):
            self.assertIn("back to release", self.make("rollback"))
            again = self.client("lambda").get_function_configuration(FunctionName="go1-xero-dev-worker", Qualifier="live")["Environment"]["Variables"]
            self.assertEqual([again[name] for name in ("TABLE_NAME", "GO1_SEALING_KEY_ARN")], [worker[name] for name in ("TABLE_NAME", "GO1_SEALING_KEY_ARN")])
        # A setting of what runs, with nothing of this folder.
        self.make("deploy", ARCHIVES="running", SET="LogLevel=debug")
        again = self.client("lambda").get_function_configuration(FunctionName="go1-xero-dev-worker", Qualifier="live")["Environment"]["Variables"]
        self.assertEqual((again["RUST_LOG"], again["TABLE_NAME"]), ("debug", worker["TABLE_NAME"]))
        self.assertIn("nothing has changed", self.make("deploy", ARCHIVES="running", SET="LogLevel=debug"))


if __name__ == "__main__":
    unittest.main()
