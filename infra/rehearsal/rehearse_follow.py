"""Three imports that fail, each told by `make follow` alone: a course that is not there, GO1 down, a person whom GO1 refuses."""

from __future__ import annotations

import json
import re
import unittest

from infra.rehearsal.customers import Customer, StandIns, come, until
from infra.rehearsal.pages import Page, filled
from infra.rehearsal.stage import stage


# As GO1 answers where it names the field that it does not take: so it is no duplicate.
NAMES_THE_FIELD = {"message": "Invalid request", "error_code": "invalid_request", "additional_errors": [{"path": "email", "message": "is not valid"}]}


class Follow(unittest.TestCase):
    """What stands below "what went wrong in it" names the cause, and nobody need read a line above it."""

    def setUp(self) -> None:
        self.stage = stage()
        self.stand_ins = StandIns(self.stage.settings)
        self.addCleanup(self.stand_ins.pace, 0)
        self.addCleanup(self.stand_ins.take_away_faults)
        (self.command,) = Page.read("import-stuck").step(2)

    def wrong(self, customer: Customer) -> str:
        """What `make follow` says went wrong."""
        told = self.stage.shell.run(filled(self.command, import_id=customer.import_id))
        self.assertIn("import accepted", told)
        return told.split("-- what went wrong in it --")[1].split("-- what the table has now --")[0]

    def test_a_setting_that_names_a_course_which_is_not_there(self) -> None:
        page = Page.read("course-retired")
        (deploy,) = page.step(2)
        ids = re.findall(r"Go1CoursesAu=([\d,]+)", deploy)[0]
        wrong = ids.rsplit(",", 1)[1]
        self.stage.shell.run(deploy)
        # A setting stays until another takes its place: `running` goes on with what runs.
        self.addCleanup(self.stage.shell.run, deploy.replace(ids, self.stage.settings.parameters["Go1CoursesAu"]))
        (customer,) = come(self.stage.settings, 1, 3)
        customer.import_people()
        self.assertEqual(customer.ends()["failed"], 0)
        told = self.stage.shell.run(filled(self.command, import_id=customer.import_id))
        self.assertIn(f"with courses {ids.rsplit(',', 1)[0].replace(',', ', ')}\n", told, "four of the five")
        (in_preview, _) = page.step(1)
        self.assertIn(wrong, str(self.stage.shell.lines(in_preview)), "and the page of the alarm says which is missing")

    def test_a_course_that_go1_does_not_have(self) -> None:
        (customer,) = come(self.stage.settings, 1, 3)
        people = customer.browser.submit(customer.sign_up(), "/preview/people")
        refused = {"endpoint": "create-enrollment", "matching": "1005", "kind": "answer", "status": 404, "body": '{"message": "Learning object not found"}'}
        self.stand_ins.ask("go1", "faults", refused)
        customer.import_page = customer.browser.submit(people, "/imports")
        self.assertEqual(customer.ends()["waiting"], 0)
        wrong = self.wrong(customer)
        self.assertRegex(wrong, r"3 x GO1 refused a course \(1005, .+\)")
        self.assertRegex(wrong, r"3 x somebody's turn is over \(partly\)")
        self.assertRegex(wrong, r"3 x a call was refused at GO1 .*enroll.* with 404")

    def test_go1_is_down(self) -> None:
        (customer,) = come(self.stage.settings, 1, 3)
        people = customer.browser.submit(customer.sign_up(), "/preview/people")
        self.stand_ins.ask("go1", "faults", {"endpoint": "create-user-account", "kind": "answer", "status": 503})
        customer.import_page = customer.browser.submit(people, "/imports")
        until(lambda: "an import waits (Failing" in self.wrong(customer), 60, "it waits")
        self.assertRegex(self.wrong(customer), r"\d+ x a call failed at GO1 .*user account with 503")
        self.stand_ins.take_away_faults()
        self.assertEqual(customer.ends(patience=420)["failed"], 0)

    def test_a_person_whom_go1_refuses(self) -> None:
        (customer,) = come(self.stage.settings, 1, 3)
        people = customer.browser.submit(customer.sign_up(), "/preview/people")
        employees = self.stand_ins.ask("xero", f"employees?organisation={customer.owner['organisation'].replace(' ', '%20')}")
        email = next(one["email"] for one in employees if one["email"] != customer.email)
        refused = {"endpoint": "create-user-account", "matching": email, "kind": "answer", "status": 400, "body": json.dumps(NAMES_THE_FIELD)}
        self.stand_ins.ask("go1", "faults", refused)
        customer.import_page = customer.browser.submit(people, "/imports")
        self.assertEqual(customer.ends()["failed"], 1)
        wrong = self.wrong(customer)
        self.assertRegex(wrong, r"1 x somebody's turn is over \(failed, AccountRefused\)")
        self.assertIn("(invalid_request); it names email", wrong)
        self.assertRegex(wrong, r"1 x a call was refused at GO1 .*user account with 400")
        told = self.stage.shell.run(filled(self.command, import_id=customer.import_id))
        self.assertNotIn(email, told)
        self.assertIn("! ", told.split(" a call was refused ")[0].splitlines()[-1], "it stands out")
        self.assertTrue(told.rstrip().splitlines()[-1].startswith("The owner: for 1 person (AccountRefused) correct the name or the email in Xero"), told)


if __name__ == "__main__":
    unittest.main()
