"""Two stages by the CDK on the AWS emulator, from `cdk bootstrap` to a stage that adopts what an older one left: `make rehearse-cdk`.

The app is that of example/, with what the emulator wants beside it. Left out, because the emulator has none of it: CodeDeploy,
certificates that are checked, quotas.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

import boto3

from infra.deploy import smoke
from infra.local.settings import FUNCTIONS, REGION, ROOT

HERE = Path(__file__).parent
DEV, PROD = "go1-xero-dev", "go1-xero-prod"
# The emulator finds an HTTP API by its host name only if its id is eight hexadecimal digits.
API = {DEV: "60fa1201", PROD: "60fa1202"}
PAGES = {"signup", "oauth-callback", "preview", "import", "addon"}


class Rehearsal(unittest.TestCase):
    """One account, in the order in which a team would meet it."""

    @classmethod
    def setUpClass(cls) -> None:
        assert "127.0.0.1" in os.environ["AWS_ENDPOINT_URL"], "only ever on the emulator"
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.place = Path(folder.name)
        for name in FUNCTIONS:
            (cls.place / "archives" / name).mkdir(parents=True)
            built = ROOT / "target" / "lambda" / name / "bootstrap"
            # What the release profile would leave of a quick build.
            subprocess.run(["strip", "-o", str(cls.place / "archives" / name / "bootstrap"), str(built)], check=True)
        settings = {
            "archives": str(cls.place / "archives"),
            "architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
            "go1CoursesAu": "1001,1002,1003,1004,1005",
            "go1CoursesUs": "2001,2002,2003,2004,2005",
            "workerConcurrency": 2,
            "tableProtection": False,
        }
        cls.stages = {stage: {**settings, "apiId": API[stage], "supportContact": f"mailto:{stage}@example.com"} for stage in (DEV, PROD)}
        # The CLI looks for nothing of the person who runs this, and tells nobody.
        own = {"HOME": str(cls.place), "STAGES": str(cls.place / "stages.json"), "CDK_DISABLE_CLI_TELEMETRY": "true", "CDK_DISABLE_LEGACY_EXPORT_WARNING": "1"}
        cls.environment = {**os.environ, **own}

    def cdk(self, *words: str) -> str:
        """What the pinned CLI says, with the stages as they are now."""
        (self.place / "stages.json").write_text(json.dumps(self.stages))
        app = ["--app", f"node {HERE / 'dist' / 'test' / 'rehearsal.js'}", "--output", str(self.place / "cdk.out")]
        command = [str(HERE / "node_modules" / ".bin" / "cdk"), *words, *app, "--ci"]
        ran = subprocess.run(command, cwd=self.place, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        said = ran.stdout + ran.stderr
        self.assertEqual(ran.returncode, 0, said[-3000:])
        print(f"  cdk {words[0]}: done", flush=True)
        return said

    def deploy(self, *stacks: str) -> str:
        return self.cdk("deploy", *stacks, "--exclusively", "--require-approval", "never", "--progress", "events")

    @staticmethod
    def client(service: str) -> Any:
        return boto3.client(service, region_name=REGION)

    def outputs(self, stage: str) -> dict[str, str]:
        stack = self.client("cloudformation").describe_stacks(StackName=stage)["Stacks"][0]
        return {one["OutputKey"]: one["OutputValue"] for one in stack["Outputs"]}

    def variables(self, stage: str, function: str) -> dict[str, str]:
        return self.client("lambda").get_function_configuration(FunctionName=f"{stage}-{function}")["Environment"]["Variables"]

    def versions(self, stage: str) -> dict[str, list[str]]:
        """The published versions of each function; the alias must lead to one of them."""
        client, found = self.client("lambda"), {}
        for name in FUNCTIONS:
            called = f"{stage}-{name}"
            listed = client.list_versions_by_function(FunctionName=called)["Versions"]
            found[name] = [one["Version"] for one in listed if one["Version"] != "$LATEST"]
            self.assertEqual(found[name], [client.get_alias(FunctionName=called, Name="live")["FunctionVersion"]])
        return found

    def help_page(self, stage: str) -> str:
        return smoke.ask(self.outputs(stage)["PublicUrl"], "GET", "/help").text

    def test_two_stages_from_an_empty_account(self) -> None:
        self.cdk("bootstrap")
        # Bootstrap's bucket is for calls by TLS alone, and the emulator is called without.
        buckets = [one["Name"] for one in self.client("s3").list_buckets()["Buckets"] if "-assets-" in one["Name"]]
        self.client("s3").delete_bucket_policy(Bucket=buckets[0])
        self.deploy(DEV, PROD)
        for stage in (DEV, PROD):
            self.fill_the_secrets(stage)
            self.assertIn("POST /signup 422 (an empty form comes back)", smoke.test(self.outputs(stage)["PublicUrl"]))
            self.assertIn(f"{stage}@example.com", self.help_page(stage))
        first, other = self.versions(DEV), self.versions(PROD)

        self.assertIn("(no changes)", self.deploy(DEV))
        self.assertEqual(self.versions(DEV), first)

        self.stages[DEV]["supportContact"] = "mailto:second@example.com"
        self.deploy(DEV)
        self.assertIn("second@example.com", self.help_page(DEV), "what is changed reaches people")
        second = self.versions(DEV)
        self.assertEqual({name for name in FUNCTIONS if second[name] != first[name]}, PAGES)
        self.assertEqual(self.versions(PROD), other, "the other stage is left alone")
        self.what_was_kept_is_gone_on_with()

    def fill_the_secrets(self, stage: str) -> None:
        client = self.client("secretsmanager")
        for variable in ("XERO_CLIENT_SECRET_ARN", "GO1_CLIENT_SECRET_ARN"):
            arn = self.variables(stage, "preview")[variable]
            client.put_secret_value(SecretId=arn, SecretString='{"client_id": "rehearsal", "client_secret": "rehearsal"}')

    def what_was_kept_is_gone_on_with(self) -> None:
        """A stage is deleted and made again with its table and its keys."""
        before, kept = self.variables(DEV, "worker"), self.outputs(DEV)
        self.cdk("destroy", DEV, "--force", "--exclusively")
        self.stages[DEV] |= {
            "existingTable": kept["TableName"],
            "existingXeroSealingKeyArn": kept["XeroSealingKeyArn"],
            "existingGo1SealingKeyArn": kept["Go1SealingKeyArn"],
        }
        self.deploy(DEV)
        after = self.variables(DEV, "worker")
        for name in ("TABLE_NAME", "GO1_SEALING_KEY_ARN"):
            self.assertEqual(after[name], before[name])
        tables = self.client("dynamodb").list_tables()["TableNames"]
        self.assertEqual(len([one for one in tables if one.startswith(DEV)]), 1, "no second table was made")


if __name__ == "__main__":
    unittest.main()
