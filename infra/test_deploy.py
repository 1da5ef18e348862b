"""What `make deploy` decides before it touches anything. Needs no AWS and no emulator."""

from __future__ import annotations

import contextlib
import io
import json
import platform
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path
from unittest.mock import patch

from infra.deploy import history, packages, partners, quotas, sam, stages
from infra.local.steps import Failure
from infra.template_text import read

GIVEN = {"SupportContact": "mailto:help@example.com", "Go1CoursesAu": "1,2,3,4,5", "Go1CoursesUs": "1,2,3,4,5"}
DERIVED = {
    "XeroClientSecretArn": "arn:aws:secretsmanager:ap-southeast-2:1:secret:x",
    "Go1ClientSecretArn": "arn:aws:secretsmanager:ap-southeast-2:1:secret:g",
    "AlarmTopicArn": "arn:aws:sns:ap-southeast-2:1:go1-xero-dev-alarms",
    "WorkerConcurrency": "2",
}
TEMPLATE = read()
CONFIG_OF_ONE_STAGE = """
[dev.deploy.parameters]
stack_name = "one"
region = "eu-west-1"
parameter_overrides = ["LogLevel=warn"]
"""


def program(machine: int, sections: list[tuple[bytes, int]]) -> bytes:
    """A 64-bit ELF file with these sections and nothing in them."""
    names = b"\0" + b"".join(name + b"\0" for name, _ in [*sections, (b".shstrtab", 3)])
    headers, at = struct.pack("<IIQQQQIIQQ", *[0] * 10), 1
    for name, kind in [*sections, (b".shstrtab", 3)]:
        headers += struct.pack("<IIQQQQIIQQ", at, kind, 0, 0, 64, len(names), 0, 0, 1, 0)
        at += len(name) + 1
    start = 64 + len(names)
    ident = b"\x7fELF\x02\x01\x01" + bytes(9)
    header = struct.pack("<HHIQQQIHHHHHH", 2, machine, 1, 0, 0, start, 0, 64, 0, 0, 64, len(sections) + 2, len(sections) + 1)
    return ident + header + names + headers


ARM, INTEL = 0xB7, 0x3E
RELEASE = [(b".text", 1), (b".debug_gdb_scripts", 1)]


class Packages(unittest.TestCase):
    """Nothing goes up that is not of the right architecture and profile."""

    def refusal(self, binary: bytes, architecture: str = "arm64") -> str:
        with self.assertRaises(Failure) as caught:
            packages.check("worker", binary, architecture)
        return str(caught.exception)

    def test_a_release_for_the_right_architecture_goes(self) -> None:
        packages.check("worker", program(ARM, RELEASE), "arm64")
        packages.check("worker", program(INTEL, RELEASE), "x86_64")

    def test_another_architecture_is_refused_with_its_name(self) -> None:
        self.assertIn("built for x86_64, and the stage is arm64", self.refusal(program(INTEL, RELEASE)))
        self.assertIn("built for arm64, and the stage is x86_64", self.refusal(program(ARM, RELEASE), "x86_64"))

    def test_another_profile_is_refused(self) -> None:
        self.assertIn("a table of symbols", self.refusal(program(ARM, [*RELEASE, (b".symtab", 2)])))
        self.assertIn("debug information", self.refusal(program(ARM, [*RELEASE, (b".debug_line", 1)])))

    def test_what_is_no_program_is_refused(self) -> None:
        for wrong in (b"", b"#!/bin/sh\n" * 20, b"\x7fELF\x01\x01" + bytes(90), program(ARM, RELEASE)[:40]):
            self.assertIn("no program for Lambda", self.refusal(wrong))
        self.assertIn("broken section headers", self.refusal(program(ARM, RELEASE)[:80]))

    def test_what_the_compiler_makes_here_is_read_as_what_it_is(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder, "main.c")
            source.write_text("int main(void) { return 0; }")
            machine = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"
            for flags, refused in ((["-g"], True), ([], True), (["-s"], False)):
                subprocess.run(["cc", *flags, "-o", f"{folder}/out", str(source)], check=True)
                binary = Path(folder, "out").read_bytes()
                if refused:
                    self.assertIn("not of the release profile", self.refusal(binary, machine))
                else:
                    packages.check("worker", binary, machine)

    def test_the_release_profile_strips_and_the_quick_one_does_not(self) -> None:
        manifest = (Path(__file__).parents[1] / "Cargo.toml").read_text()
        profiles = dict(re.findall(r"^\[profile\.(release|dev)\]\n(.*?)(?=^\[)", manifest, re.M | re.S))
        self.assertIn("strip = true", profiles["release"])
        self.assertNotIn("strip", profiles["dev"])

    def test_the_same_binary_is_the_same_archive_wherever_it_comes_from(self) -> None:
        binary = program(ARM, RELEASE)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "built" / "worker").mkdir(parents=True)
            (folder / "built" / "worker" / "bootstrap").write_bytes(binary)
            (folder / "released").mkdir()
            with zipfile.ZipFile(folder / "released" / "worker.zip", "w") as archive:
                archive.writestr("bootstrap", binary)
            first = packages.pack(folder / "built", ["worker"], "arm64", folder / "one")["worker"]
            second = packages.pack(folder / "released", ["worker"], "arm64", folder / "two")["worker"]
            self.assertEqual(first.digest, second.digest)
            self.assertEqual(first.path.read_bytes(), second.path.read_bytes())
            with zipfile.ZipFile(first.path) as archive:
                self.assertEqual(archive.getinfo("bootstrap").external_attr >> 16, 0o100755)

    def test_a_missing_archive_says_how_to_get_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder, self.assertRaisesRegex(Failure, "make release"):
            packages.pack(Path(folder), ["worker"], "arm64", Path(folder, "out"))


class Stages(unittest.TestCase):
    """Every parameter has a value from a known place, or is asked for."""

    def choose(self, given: dict[str, str], running: dict[str, str] | None = None, stage: str = "dev") -> dict[str, str]:
        def ask(name: str, _: str) -> str:
            raise Failure(f"asked for {name}")

        return stages.choose(TEMPLATE, stages.load(stage), given, running or {}, DERIVED, ask)

    def test_every_parameter_but_the_release_gets_a_value(self) -> None:
        for stage in ("dev", "prod"):
            self.assertEqual(set(self.choose(GIVEN, stage=stage)), set(TEMPLATE["Parameters"]) - {"Release"})

    def test_what_has_no_value_anywhere_is_asked_for(self) -> None:
        for name in GIVEN:
            with self.assertRaisesRegex(Failure, f"asked for {name}"):
                self.choose({one: value for one, value in GIVEN.items() if one != name})

    def test_a_given_value_comes_before_the_stages_and_that_before_what_runs(self) -> None:
        self.assertEqual(self.choose({**GIVEN, "WorkerConcurrency": "7"})["WorkerConcurrency"], "7")
        self.assertEqual(self.choose(GIVEN, {"TableProtection": "true"})["TableProtection"], "false")

    def test_what_must_not_be_lost_is_kept_from_the_stack_and_a_default_is_not(self) -> None:
        running = {**GIVEN, "ExistingTable": "kept", "PublicUrl": "https://xero.example.com", "Go1ApiVersion": "2020-01-01"}
        chosen = self.choose({}, running)
        self.assertEqual(chosen["ExistingTable"], "kept")
        self.assertEqual(chosen["PublicUrl"], "https://xero.example.com")
        self.assertEqual(chosen["SupportContact"], GIVEN["SupportContact"])
        self.assertEqual(chosen["Go1ApiVersion"], TEMPLATE["Parameters"]["Go1ApiVersion"]["Default"])

    def test_a_value_that_the_template_would_refuse_is_refused_before_anything_is_made(self) -> None:
        wrong = {"Canary": "yes", "WorkerConcurrency": "1", "PublicUrl": "https://example.com/path", "Go1CallsInFlight": "many"}
        for name, value in wrong.items():
            with self.assertRaisesRegex(Failure, f"^{name}="):
                self.choose({**GIVEN, name: value})
        with self.assertRaisesRegex(Failure, "Colour is no parameter"):
            self.choose({**GIVEN, "Colour": "blue"})

    def test_a_stage_that_is_not_there_is_told_with_those_that_are(self) -> None:
        with self.assertRaisesRegex(Failure, "STAGE=dev or STAGE=prod"):
            stages.load("staging")

    def test_both_stages_live_in_one_account(self) -> None:
        self.assertNotEqual(stages.load("dev").stack, stages.load("prod").stack)

    def test_a_config_file_elsewhere_and_a_region_can_be_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "samconfig.toml")
            path.write_text(CONFIG_OF_ONE_STAGE)
            self.assertEqual(stages.load("dev", None, path), stages.Stage("dev", "one", "eu-west-1", {"LogLevel": "warn"}))
            self.assertEqual(stages.load("dev", "us-east-1", path).region, "us-east-1")

    def test_on_no_terminal_the_flag_is_named(self) -> None:
        with patch("sys.stdin", io.StringIO("")), self.assertRaisesRegex(Failure, "SET=SupportContact="):
            stages.ask_or_fail("SupportContact", "")

    def test_on_a_terminal_it_is_asked_for(self) -> None:
        with patch("sys.stdin.isatty", return_value=True), patch("builtins.input", return_value=" mailto:x@example.com "), contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(stages.ask_or_fail("SupportContact", "Where people get help"), "mailto:x@example.com")
        self.assertIn("Where people get help", said.getvalue())

    def test_an_answer_that_the_template_would_not_take_is_asked_for_again_with_what_is_wanted(self) -> None:
        contact = TEMPLATE["Parameters"]["SupportContact"]
        answers = iter(["help@example.com", "mailto:help@example.com"])
        with patch("sys.stdin.isatty", return_value=True), contextlib.redirect_stdout(io.StringIO()) as said:
            self.assertEqual(stages.answered("SupportContact", contact, lambda *_: next(answers)), "mailto:help@example.com")
        self.assertIn("SupportContact=help@example.com: a link that begins with https:// or mailto:", said.getvalue())
        with patch("sys.stdin.isatty", return_value=False), self.assertRaisesRegex(Failure, "begins with https://"):
            stages.answered("SupportContact", contact, lambda *_: "help@example.com")

    def test_a_list_may_be_answered_with_blanks(self) -> None:
        courses = TEMPLATE["Parameters"]["Go1CoursesAu"]
        self.assertEqual(stages.answered("Go1CoursesAu", courses, lambda *_: "1001, 1002,1003 , con_4a, 1005"), "1001,1002,1003,con_4a,1005")
        with self.assertRaisesRegex(Failure, "five ids with a comma between them"):
            stages.answered("Go1CoursesAu", courses, lambda *_: "1001 1002")

    def test_sam_reads_the_stage_from_the_file_and_asks_nothing(self) -> None:
        from samcli.lib.config.samconfig import SamConfig

        for name in ("dev", "prod"):
            stage = stages.load(name)
            command = sam.deploy_command(stage, "bucket", Path("packaged.yaml"), {"PublicUrl": "", "LogLevel": 'a "b" c'})
            file = Path(command[command.index("--config-file") + 1])
            self.assertTrue(file.is_absolute())
            settings = SamConfig(str(file.parent), file.name).get_all(["deploy"], "parameters", name)
            self.assertEqual(settings["region"], stage.region)
            self.assertIs(settings["confirm_changeset"], False)
            self.assertIs(settings["fail_on_empty_changeset"], False)
            self.assertIn("CAPABILITY_IAM", settings["capabilities"])
            self.assertEqual(command[-2:], ['LogLevel="a \\"b\\" c"', 'PublicUrl=""'])

    def test_traffic_shifts_by_alarms_in_production(self) -> None:
        self.assertEqual(self.choose(GIVEN, stage="prod")["Canary"], "true")
        self.assertEqual(self.choose(GIVEN, stage="prod")["TableProtection"], "true")


class Quotas(unittest.TestCase):
    """Workers leave the pages half of what may run at the same time."""

    def test_workers_of_all_stacks_together_take_at_most_half(self) -> None:
        for unreserved in range(4, 1200):
            for others in (0, 2, 51):
                if unreserved // 2 - others >= 2:
                    self.assertLessEqual(2 * (quotas.workers(unreserved, others, 51) + others), unreserved)

    def test_a_new_account_has_room_for_two_stages(self) -> None:
        self.assertEqual(quotas.workers(10, 0, 51, 2), 2)
        self.assertEqual(quotas.workers(10, 2, 51), 3)

    def test_an_old_account_gets_the_usual_number(self) -> None:
        self.assertEqual(quotas.workers(1000, 0, 51), 51)

    def test_no_room_and_too_many_are_refused_with_the_quota_to_raise(self) -> None:
        for numbers in ((10, 4, 51), (10, 0, 51, 6), (3, 0, 51)):
            with self.assertRaisesRegex(Failure, "L-B99A9384"):
                quotas.workers(*numbers)


class Secrets(unittest.TestCase):
    """What goes into a secret is asked for, and never shown."""

    def test_on_no_terminal_the_command_is_named(self) -> None:
        with patch("sys.stdin", io.StringIO("")), self.assertRaisesRegex(Failure, "make secrets STAGE=.*FROM_STDIN=1"):
            partners.fill(None, "stack", ["xero"], from_stdin=False)

    def test_what_was_sent_is_in_no_error(self) -> None:
        for sent in ('{"xero": {"client_id": "s3cret"}}', '["s3cret"]', "s3cret", '{"xero": {"client_id": "s3cret", "client_secret": ""}}'):
            with patch("sys.stdin", io.StringIO(sent)), self.assertRaises(Failure) as caught:
                partners.fill(None, "stack", ["xero"], from_stdin=True)
            self.assertNotIn("s3cret", str(caught.exception))

    def test_what_is_stored_is_what_the_functions_read_and_nothing_of_it_is_printed(self) -> None:
        stored = {}

        class Client:
            def put_secret_value(self, SecretId: str, SecretString: str) -> None:
                stored[SecretId] = json.loads(SecretString)

        class Cloud:
            def client(self, _: str) -> Client:
                return Client()

        sent = {"xero": {"client_id": "i", "client_secret": "s3cret", "more": "x"}, "go1": {"client_id": "j", "client_secret": "t3cret"}}
        said = io.StringIO()
        with patch("sys.stdin", io.StringIO(json.dumps(sent))), contextlib.redirect_stdout(said):
            partners.fill(Cloud(), "stack", ["xero", "go1"], from_stdin=True)
        self.assertEqual(stored["stack/xero-client"], {"client_id": "i", "client_secret": "s3cret"})
        self.assertNotIn("3cret", said.getvalue())

    def test_no_command_takes_a_secret_as_an_argument(self) -> None:
        told = subprocess.run([sys.executable, "-m", "infra.deploy", "secrets", "--help"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(set(re.findall(r"--[a-z-]+", told)), {"--help", "--stage", "--region", "--from-stdin"})


class History(unittest.TestCase):
    """A rollback goes to what ran before, and the next one further back."""

    @staticmethod
    def releases(*names: str) -> list[dict[str, str]]:
        return [{"release": name} for name in names]

    def test_the_same_release_again_is_no_new_entry(self) -> None:
        self.assertEqual(history.with_newest(self.releases("a"), {"release": "a"}), self.releases("a"))
        self.assertEqual(history.with_newest(self.releases("a"), {"release": "b"}), self.releases("a", "b"))

    def test_what_was_rolled_back_from_is_forgotten(self) -> None:
        self.assertEqual(history.before(self.releases("a", "bad"), "bad"), self.releases("a"))
        after = history.with_newest(self.releases("a"), {"release": "c"})
        self.assertEqual(history.before(after, "c"), self.releases("a"))

    def test_a_release_that_was_never_noted_goes_back_to_the_last_that_was(self) -> None:
        self.assertEqual(history.before(self.releases("a", "b"), "unknown"), self.releases("a", "b"))

    def test_the_first_release_has_nothing_before_it(self) -> None:
        with self.assertRaisesRegex(Failure, "no earlier release"):
            history.before(self.releases("a"), "a")


if __name__ == "__main__":
    unittest.main()
