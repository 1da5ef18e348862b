"""The runbooks, held against what they speak of: alarms, AWS's calls, make's targets, the policies, the log lines."""

from __future__ import annotations

import json
import re
import subprocess
import unittest
from fnmatch import fnmatchcase
from pathlib import Path

import botocore.session
from botocore import xform_name

from infra.expansion import expand
from infra.rehearsal.shell import RIGHTS, whose
from infra.template_text import as_list, read
from infra.test_template_rules import PRODUCTION
from infra.test_watching import page_of

HERE = Path(__file__).parent
ROOT = HERE.parent
RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = {page.stem: page.read_text() for page in sorted(RUNBOOKS.glob("*.md"))}
PARTS = ["What you see", "What it means", "What to do", "How you know that it is over"]
POLICIES = {one: json.loads((HERE / f"{one}-policy.json").read_text())["Statement"] for one in sorted({policy for policies in RIGHTS.values() for policy in policies})}
# Of the command, not of a call.
OF_THE_COMMAND = {"query", "output", "cli-binary-format"}
CALLED_OTHERWISE = {"lambda:Invoke": "lambda:InvokeFunction", "dynamodb:Wait": "dynamodb:DescribeTable"}


def blocks(text: str) -> list[str]:
    """The commands of a page, without what the list indents them by."""
    found = re.findall(r"^( *)(?:\d\. )?```sh\n(.*?)^ *```", text, re.M | re.S)
    return [re.sub(rf"^{indent}", "", block, flags=re.M) for indent, block in found]


def calls(text: str) -> list[list[str]]:
    """Every call of `aws`, in words, with a word for what is quoted."""
    joined = text.replace("\\\n", " ")
    bare = re.sub(r'"[^"]*"', "VALUE", re.sub(r"'[^']*'", "VALUE", joined))
    return [call.split() for call in re.findall(r"\baws ([a-z0-9]+ [a-z0-9-]+[^|;)\n]*)", bare)]


def allowed(who: str, action: str) -> bool:
    """Whether somebody may call it with their own policies: what two people may together, neither can do."""
    return any(fnmatchcase(action, one) for policy in RIGHTS[who] for statement in POLICIES[policy] for one in as_list(statement["Action"]))


class Runbooks(unittest.TestCase):
    """One page for each alarm, and nothing on a page that does not exist."""

    def test_every_alarm_of_the_template_has_its_page_and_the_list_names_it(self) -> None:
        alarms = {name for name, one in expand(read(), **PRODUCTION).items() if one["Type"] == "AWS::CloudWatch::Alarm"}
        listed = dict(line for row in re.findall(r"^\| (`.+`) \| \[([a-z0-9-]+)\]", PAGES["README"], re.M) for line in [(name, row[1]) for name in re.findall(r"`(\w+)`", row[0])])
        self.assertEqual(listed, {name: page_of(name) for name in alarms})
        for name in alarms:
            self.assertIn(page_of(name), PAGES, name)

    def test_every_page_is_in_the_list_and_every_link_leads_somewhere(self) -> None:
        self.assertEqual(set(re.findall(r"\]\(([a-z0-9-]+)\.md\)", PAGES["README"])), set(PAGES) - {"README"})
        for name, text in PAGES.items():
            for link in re.findall(r"\]\(([^)#]+)\)", text):
                self.assertTrue((RUNBOOKS / link).exists(), f"{name} {link}")

    def test_every_page_has_the_four_parts_and_fits_on_a_screen_or_two(self) -> None:
        for name, text in PAGES.items():
            if name != "README":
                self.assertEqual(re.findall(r"^## (.+)$", text, re.M), PARTS, name)
                self.assertLessEqual(len(text.splitlines()), 65, name)

    def test_every_command_for_aws_is_one_with_these_options(self) -> None:
        session, count = botocore.session.get_session(), 0
        for name, text in self.scripts().items():
            for service, operation, *words in calls(text):
                if operation == "wait":
                    operation, words = "describe-table", words[1:]
                model = session.get_service_model(service)
                known = {xform_name(one).replace("_", "-"): one for one in model.operation_names}
                self.assertIn(operation, known, f"{name}: aws {service}")
                members = {xform_name(one).replace("_", "-") for one in model.operation_model(known[operation]).input_shape.members}
                for option in (word[2:] for word in words if word.startswith("--")):
                    self.assertIn(option.removeprefix("no-"), members | OF_THE_COMMAND, f"{name}: aws {service} {operation}")
                action = f"{service}:{known[operation]}"
                who = "restorer" if name == "restore" else whose(f"aws {service} {operation}")
                self.assertTrue(allowed(who, CALLED_OTHERWISE.get(action, action)), f"{name}: {who} may not {action}")
                count += 1
        self.assertGreater(count, 25)

    def test_a_wait_that_gives_up_within_the_hour_is_waited_again(self) -> None:
        session, count = botocore.session.get_session(), 0
        for name, text in self.scripts().items():
            for service, waiter in re.findall(r"\baws ([a-z0-9-]+) wait ([a-z-]+)", text):
                found = session.get_waiter_model(service).get_waiter("".join(word.capitalize() for word in waiter.split("-")))
                if found.delay * found.max_attempts < 3600:
                    self.assertRegex(text, rf"(?m)^until aws {service} wait {waiter} .*; do .*sleep \d+; done$", f"{name}: {found.delay * found.max_attempts} s")
                count += 1
        self.assertEqual(count, 1)

    def scripts(self) -> dict[str, str]:
        found = {name: "\n".join(blocks(text)) for name, text in PAGES.items()}
        return {**found, "shell.sh": re.sub(r"^#.*$", "", (RUNBOOKS / "shell.sh").read_text(), flags=re.M)}

    def test_every_word_of_a_command_is_known(self) -> None:
        words = set(re.findall(r"^(\w+)\(\) \{", (RUNBOOKS / "shell.sh").read_text(), re.M)) | {"aws", "make", "for", "until", "do", "done", "echo", ".", "export"}
        for name, text in self.scripts().items():
            checked = subprocess.run(["bash", "-n"], input=text, text=True, capture_output=True, check=False)
            self.assertEqual(checked.stderr, "", name)
            for line in text.splitlines() if name != "shell.sh" else []:
                if line.strip():
                    first = line.split()[0]
                    self.assertTrue(first in words or "=" in first, f"{name}: {line}")

    def test_every_make_command_is_a_target_with_parameters_of_the_template(self) -> None:
        targets, parameters = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)), set(read()["Parameters"])
        for name, text in PAGES.items():
            for target, rest in re.findall(r"(?:^ *|`)make ([a-z-]+)((?: [A-Z_]+=(?:\"[^\"]*\"|'[^']*'|\S+))*)", text, re.M):
                self.assertIn(target, targets, name)
                for given in re.findall(r'SET="?([^"`]*)', rest):
                    self.assertLessEqual({one.split("=")[0] for one in given.split() if one != "..."} - {"Name"}, parameters, name)

    def test_the_page_of_each_alarm_that_a_canary_watches_says_how_a_fix_gets_past_it(self) -> None:
        functions = [one["Properties"] for one in read()["Resources"].values() if one["Type"] == "AWS::Serverless::Function"]
        watched = {alarm["Ref"] for one in functions for alarm in one["DeploymentPreference"]["Alarms"]}
        self.assertIn("PagesFailing", watched)
        for page in {"deploy", *map(page_of, watched)}:
            self.assertIn('SET="Canary=false"', PAGES[page], page)

    def test_a_schedule_that_is_written_by_hand_is_the_template_s(self) -> None:
        # CloudFormation calls a resource only where its properties change: no deploy mends what somebody changed beside it.
        (schedule,) = [one["Properties"] for one in expand(read(), **PRODUCTION).values() if one["Type"] == "AWS::Scheduler::Schedule"]
        retries = ",".join(f"{name}={value}" for name, value in schedule["Target"]["RetryPolicy"].items())
        text = "\n".join(blocks(PAGES["sweeper-silent"]))
        for command in ("update-schedule", "create-schedule"):
            (line,) = re.findall(rf"^aws scheduler {command} .*$", text, re.M)
            self.assertIn(f"--schedule-expression '{schedule['ScheduleExpression']}' --flexible-time-window Mode={schedule['FlexibleTimeWindow']['Mode']}", line)
            self.assertIn('--name "$STACK-sweeper"', line)
            self.assertIn('--target "$TARGET"', line)
        self.assertIn(f'TARGET="Arn=$ALIAS,RoleArn=$ROLE,RetryPolicy={{{retries}}}"', text)

    def test_every_way_in_which_a_function_ends_is_looked_for(self) -> None:
        # In Lambda's own lines; what ran out of memory is Runtime.OutOfMemory or Runtime.ExitError there.
        for page in ("function-errors", "worker-errors"):
            (pattern,) = re.findall(r"lines \w+ '(\?timeout [^']+)'", PAGES[page])
            for word in ("timeout", '"timed out"', '"Runtime exited"', "OutOfMemory", "ExitError", "panicked"):
                self.assertIn(f"?{word}", pattern, page)

    def test_no_page_ships_what_happens_to_be_checked_out(self) -> None:
        # Without archives make deploy builds the folder that somebody stands in, for ten minutes; for a setting alone what runs will do.
        count = 0
        for name, text in self.scripts().items():
            for rest in re.findall(r"^make deploy (.*)$", text, re.M):
                self.assertRegex(rest, r"ARCHIVES=archives/arm64\b" if name in ("deploy", "rollback") else r"ARCHIVES=running\b", name)
                count += 1
        self.assertGreater(count, 10)

    def test_every_log_line_that_is_looked_for_is_one_of_the_code(self) -> None:
        code = "".join(file.read_text() for place in ("functions", "shared") for file in (ROOT / place).rglob("src/**/*.rs"))
        for name, text in PAGES.items():
            for message in re.findall(r'\$\.message = "([^"]+)"', text):
                self.assertIn(f'"{message}"', code, name)
            for event in re.findall(r'\$\.event = "([^"]+)"', text):
                self.assertIn(f'event = "{event}"', code, name)
        for message in re.findall(r'^ *\| "([^"]+)" \|', PAGES["faults-logged"], re.M):
            self.assertIn(f'"{message}"', code)

    def test_what_operators_erase_is_not_looked_for_in_a_function_s_log(self) -> None:
        # They erase on their own machine, which writes no line into CloudWatch: a receipt and their trail say so.
        erasing = [name for name, text in PAGES.items() if re.search(r"DO=['\"](erase|erase-entered) ", text)]
        self.assertEqual(erasing, ["restore", "revoke"])
        for name, text in PAGES.items():
            if any(line in text for line in ("what was held of a portal is erased", "had deleted what they entered")):
                self.assertIn("DO='trail'", text, name)
        for name in erasing:
            self.assertNotIn("is erased", PAGES[name].split("## How you know that it is over")[1], name)

    def test_what_is_given_to_make_is_quoted_so_that_the_shell_leaves_it_alone(self) -> None:
        count = 0
        for name, text in self.scripts().items():
            for given in re.findall(r"\bDO=(.*?)(?= [A-Z]+=|$)", text, re.M):
                self.assertRegex(given, r"^('[^'$]*'|\"[a-z -]+\$[A-Z_]+[a-z0-9 -]*\")$", name)
                count += 1
        self.assertGreater(count, 10)

    def test_a_restore_lets_nobody_in_again_who_was_out(self) -> None:
        restore = [line for line in "\n".join(blocks(PAGES["restore"])).splitlines() if line]
        # Every session, of whichever kind, and every way to one; and nothing else has a sort key that begins so.
        table = (ROOT / "shared" / "state" / "src" / "dynamodb" / "keys.rs").read_text()
        listed = {name.split(":")[0] for name, sort in re.findall(r"^//! \| (.+?) \| .+ \| (.+?) \|$", table, re.M) if sort.startswith("`SESSION")}
        self.assertEqual(listed, {"session", "session of an owner"})
        sessions = [line for line in restore if "'begins_with(sk, :session)' --expression-attribute-values ':session={S=SESSION}'" in line]
        self.assertRegex(sessions[0], r'^aws dynamodb scan --table-name "\$RESTORED" .*\bdelete-item --table-name "\$RESTORED"')
        self.assertRegex(sessions[1], r'^aws dynamodb scan --table-name "\$RESTORED" .*--select COUNT')
        # Ended access stands in the trail of the table of before, by these attributes, and takes the owner from the sign-up.
        rows = ROOT / "shared" / "state" / "tests" / "rows"
        newest = {kind: json.loads(max(rows.glob(f"{kind}.v*.json")).read_text()) for kind in ("audit-entry", "sign-up")}
        (entry,) = [row for row in newest["audit-entry"] if row["action"] == "owner_access_ended"]
        self.assertRegex(entry["sk"], r"^AUDIT#00\d{19}#")
        self.assertTrue([row for row in newest["sign-up"] if "owner" in row and row["sk"] == "SIGN_UP"])
        self.assertTrue([row for row in newest["sign-up"] if "owner" not in row], "without an owner it has no such attribute")
        (ended, out) = [line for line in restore if "ENDED" in line]
        self.assertIn("scan --table-name \"$TABLE\" --filter-expression '#action = :ended AND sk >= :since'", ended)
        self.assertIn(':ended={S=owner_access_ended},:since={S=AUDIT#$(date -u -d "$SECOND" +00%s%N)}', ended)
        self.assertIn('update-item --table-name "$RESTORED" --key "pk={S=$pk},sk={S=SIGN_UP}"', out)
        self.assertIn("'REMOVE #owner'", out)
        # What operators took away.
        self.assertIn('make ops STAGE=prod TABLE="$RESTORED" DO="revoke $PORTAL"', restore)

    def test_the_commands_over_the_table_have_a_policy_of_their_own_with_what_they_call_and_no_more(self) -> None:
        statements = json.loads((HERE / "data-operator-policy.json").read_text())["Statement"]
        granted = {action for statement in statements for action in as_list(statement["Action"])}
        code = "".join(file.read_text() for place in ("infra/ops/src", "shared/state/src/dynamodb") for file in (ROOT / place).glob("*.rs"))
        called = {"dynamodb": "get_item put_item query scan update_item", "sqs": "receive_message send_message delete_message change_message_visibility get_queue_attributes"}
        for service, calls_of_it in called.items():
            for call in calls_of_it.split():
                self.assertIn(f".{call}()", code)
                self.assertIn(f"{service}:{''.join(word.capitalize() for word in call.split('_'))}", granted)
        # Transactions are allowed by what they do, and a secret is read by the platform.
        self.assertEqual(len(granted), sum(len(one.split()) for one in called.values()) + len({"dynamodb:DeleteItem", "secretsmanager:GetSecretValue", "lambda:GetFunctionConfiguration"}))
        for statement in statements:
            for resource in as_list(statement["Resource"]):
                if statement["Sid"] != "SealingKeys":
                    self.assertRegex(resource, r":go1-xero-|/go1-xero-")

    def test_the_commands_over_the_table_open_the_two_sealing_keys_that_a_deploy_makes_and_no_other_secret(self) -> None:
        statements = json.loads((HERE / "data-operator-policy.json").read_text())["Statement"]
        (opened,) = [as_list(one["Resource"]) for one in statements if "secretsmanager:GetSecretValue" in as_list(one["Action"])]
        (made,) = [as_list(one["Resource"]) for one in POLICIES["deployer"] if one["Sid"] == "SealingKeysWithoutTheirValues"]
        self.assertEqual(sorted(opened), sorted(made))
        # CloudFormation names a secret by its name in the template, a hyphen, and something that it draws.
        keys = [name for name, one in expand(read(), **PRODUCTION).items() if one["Type"] == "AWS::SecretsManager::Secret"]
        self.assertEqual(sorted(opened), sorted(f"arn:aws:secretsmanager:*:*:secret:{name}-*" for name in keys))

    def test_whoever_is_on_call_reads_no_item_of_the_table_and_no_secret(self) -> None:
        operator = POLICIES["operator"]
        for statement in operator:
            for action in as_list(statement["Action"]):
                self.assertNotIn("*", action)
                # That a secret has a version says whether it was filled, and nothing of what is in it.
                self.assertNotRegex(action, r"^(iam|secretsmanager(?!:DescribeSecret$)|s3|kms):")
                # A restored table holds every item: who may make one may read all.
                self.assertNotRegex(action, r"^dynamodb:(?!Describe)")
        self.assertLessEqual(len(re.sub(r"\s", "", json.dumps(operator))), 6144)

    def test_whoever_is_on_call_reads_the_logs_of_the_stages_and_no_other_log_of_the_account(self) -> None:
        groups = ["arn:aws:logs:*:*:log-group:/aws/lambda/go1-xero-*", "arn:aws:logs:*:*:log-group:/aws/apigateway/go1-xero-*"]
        reading = [(action, as_list(one["Resource"])) for one in POLICIES["operator"] for action in as_list(one["Action"]) if action.startswith("logs:")]
        # What a query has found is read by its id, which AWS limits to no log group.
        self.assertEqual(dict(reading), {"logs:FilterLogEvents": groups, "logs:StartQuery": groups, "logs:GetQueryResults": ["*"]})

    def test_whoever_is_on_call_has_on_everything_only_what_aws_limits_to_nothing_or_what_lists(self) -> None:
        on_everything = {action for one in POLICIES["operator"] if one["Resource"] == "*" and "Condition" not in one for action in as_list(one["Action"])}
        # No list of functions: it has the environment of each, and in an account that others share that is where people put secrets.
        listing = {"cloudwatch:DescribeAlarms", "cloudwatch:GetDashboard", "cloudwatch:ListDashboards", "lambda:ListEventSourceMappings"}
        unlimited = {"cloudwatch:GetMetricData", "cloudwatch:GetMetricStatistics", "lambda:GetAccountSettings", "logs:GetQueryResults"}
        self.assertEqual(on_everything, listing | unlimited)

    def test_the_rights_to_restore_write_nothing_but_a_restored_table(self) -> None:
        granted = set()
        for statement in POLICIES["restore"]:
            actions = set(as_list(statement["Action"]))
            granted |= actions
            if actions != {"dynamodb:RestoreTableToPointInTime", "dynamodb:DescribeTable"}:
                self.assertEqual(statement["Resource"], "arn:aws:dynamodb:*:*:table/go1-xero-*-restored-*")
            else:
                self.assertEqual(statement["Resource"], "arn:aws:dynamodb:*:*:table/go1-xero-*")
        # What AWS asks for of whoever restores, on the table that is made.
        for action in ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem"):
            self.assertIn(f"dynamodb:{action}", granted)
        self.assertTrue(all(re.fullmatch(r"dynamodb:[A-Za-z]+", action) for action in granted))


if __name__ == "__main__":
    unittest.main()
