"""Customers of a rehearsal: who signs up, looks at their people and imports them, and what the stand-ins say came of it."""

from __future__ import annotations

import csv
import io
import json
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from infra.deploy import smoke
from infra.local.settings import Settings

from .browser import Browser, Page

PATIENCE_SECONDS = 240.0
COURSES = 5
T = TypeVar("T")


class StandIns:
    """Xero and GO1, told what to do by their control APIs."""

    def __init__(self, settings: Settings) -> None:
        self._ports = {"xero": settings.xero_port, "go1": settings.go1_port}

    def ask(self, upstream: str, path: str, order: Any = None, method: str | None = None) -> Any:
        """Ask one of them, or order something."""
        body = None if order is None else json.dumps(order).encode()
        headers = {"Content-Type": "application/json"} if body else {}
        url = f"http://127.0.0.1:{self._ports[upstream]}/_control/{path}"
        request = urllib.request.Request(url, data=body, headers=headers, method=method or ("POST" if body else "GET"))
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else None

    def pace(self, milliseconds: int) -> None:
        """How long each call to GO1 takes from now on."""
        self.ask("go1", "pace", {"latency_milliseconds": milliseconds})

    def take_away_faults(self) -> None:
        """Both work again."""
        for upstream in self._ports:
            self.ask(upstream, "faults", method="DELETE")


@dataclass
class Customer:
    """An owner with an organisation of so many people, in their browser."""

    settings: Settings
    stand_ins: StandIns
    owner: dict[str, str]
    browser: Browser = field(default_factory=Browser)
    import_page: Page | None = None
    tells: Callable[[], str] = str
    """Why an import does not end, for whoever reads a rehearsal that failed."""

    @property
    def label(self) -> str:
        return self.owner["organisation"].lower().replace(" ", "-")

    @property
    def domain(self) -> str:
        return f"{self.label}.mygo1.com"

    @property
    def email(self) -> str:
        return self.owner["owner"]

    @property
    def held(self) -> dict[str, Any]:
        """What GO1 has of the portal."""
        return self.stand_ins.ask("go1", f"portals/{self.domain}")

    @property
    def portal(self) -> str:
        return str(self.held["portal"]["id"])

    @property
    def import_id(self) -> str:
        assert self.import_page
        return self.import_page.path.rsplit("/", 1)[1]

    def sign_up(self) -> Page:
        """From the form by Xero's login to the courses."""
        form = self.browser.open(f"{self.settings.public_url}/signup")
        details = {
            "given_name": self.owner["given_name"],
            "family_name": self.owner["family_name"],
            "email": self.email,
            "company": self.owner["organisation"],
            "country": "AU",
            "portal": self.label,
            "industry": "Retail Trade",
            "accept_terms": "on",
            "accept_collection": "on",
        }
        named = self._allow(self.browser.submit(form, "/signup", **details))
        courses = self.browser.submit(named, "/organisations")
        assert courses.path == "/preview", f"{courses.status} {courses.url}: {courses.words()}"
        return courses

    def come_back(self) -> Page:
        """Back by Xero's login, as whoever is signed in no more: to wherever that leads."""
        return self._allow(self.browser.open(f"{self.settings.public_url}/connect"))

    def administrator(self) -> Browser:
        """The portal's administrator, who has come in from the portal by a browser of their own."""
        browser = Browser()
        login = browser.open(f"{self.settings.public_url}/portal?portal={self.domain}")
        overview = browser.submit(login, "/oauth/authorize", account=self.held["portal"]["administrator"])
        assert (overview.status, overview.path) == (200, "/portal"), f"{overview.status} {overview.url}: {overview.words()}"
        return browser

    def _allow(self, login: Page) -> Page:
        """Log in to Xero, choose the organisation and allow access."""
        picker = self.browser.submit(login, "/identity/login", user=self.email)
        tenant = picker.beside("tenant", self.owner["organisation"])
        consent = self.browser.submit(picker, "/identity/organisations", tenant=tenant, decision="continue")
        return self.browser.submit(consent, "/identity/consent", decision="allow")

    def import_people(self) -> str:
        """From nothing to an import that runs; returns its id."""
        people = self.browser.submit(self.sign_up(), "/preview/people")
        page = self.browser.submit(people, "/imports")
        assert page.status == 200 and page.path.startswith("/imports/"), f"{page.status} {page.url}: {page.words()}"
        self.import_page = page
        return self.import_id

    def look(self) -> dict[str, Any]:
        """The import as its page's own script sees it."""
        assert self.import_page
        seen = self.browser.open(self.import_page.url, "application/json")
        assert seen.status == 200, f"{seen.status} {seen.url}: {seen.words()}"
        return json.loads(seen.text)

    def done(self) -> int:
        """How many are imported so far."""
        return self.look()["progress"]["done"]

    def ends(self, patience: float = PATIENCE_SECONDS) -> dict[str, int]:
        """Wait until the import has ended; returns its sums."""
        what = f"import {self.import_id} of {self.domain} ends"
        return until(lambda: (seen := self.look())["ended"] and seen["progress"], patience, what, self.tells)

    def whole(self) -> list[str]:
        """What is wrong with an import that has ended: who is missing, there twice, mailed twice, or without their courses."""
        assert self.import_page
        report = self.browser.open(f"{self.import_page.url}/report.csv")
        lines = list(csv.DictReader(io.StringIO(report.text.lstrip("\ufeff"))))
        held = self.held
        wanted = {one["Email"].strip().lower() for one in lines}
        accounts = Counter(one["email"].strip().lower() for one in held["user_accounts"])
        courses = Counter(one["user_account_id"] for one in held["enrollments"])
        of = {one["email"].strip().lower(): one["id"] for one in held["user_accounts"]}
        mails = Counter(one.strip().lower() for one in self.stand_ins.ask("go1", "welcome-mails"))
        wrong = [f"{one['Email']}: {one['Result']} {one['Details']}" for one in lines if one["Result"] != "Imported"]
        wrong += [f"{email} has {accounts[email]} accounts" for email in wanted if accounts[email] != 1]
        wrong += [f"{email} has {courses[of[email]]} courses" for email in wanted if email in of and courses[of[email]] != COURSES]
        wrong += [f"{email} was mailed {mails[email]} times" for email in wanted if mails[email] > 1]
        wrong += [f"{email} is nobody's" for email in accounts if email not in wanted and courses[of[email]]]
        if self.stand_ins.ask("go1", "summary")["re_enrollments"]:
            wrong.append("somebody was enrolled anew, which throws their progress away")
        return wrong if lines else ["the report is empty"]


def come(settings: Settings, count: int, people: int) -> list[Customer]:
    """So many new customers, each with so many people who can be imported."""
    stand_ins = StandIns(settings)
    return [Customer(settings, stand_ins, owner) for owner in stand_ins.ask("xero", "organisations", {"count": count, "people": people})]


def until(look: Callable[[], T], patience: float, what: str, why: Callable[[], str] = str) -> T:
    """Look until there is something, and say what did not come, and why."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not within {patience:.0f} seconds\n{why()}"
        time.sleep(0.5)
    return found


class Visitor:
    """Somebody who opens pages all the time, and counts those that fail."""

    PATHS = ("/", "/signup", "/help")

    def __init__(self, settings: Settings) -> None:
        self._url, self._over = settings.public_url, threading.Event()
        self._thread = threading.Thread(target=self._go, daemon=True)
        self.seen: list[tuple[float, str, int]] = []

    def __enter__(self) -> Visitor:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join(60)

    def failed(self) -> list[tuple[float, str, int]]:
        """Pages that were no page."""
        return [one for one in self.seen if one[2] >= 500 or one[2] == 0]

    def _go(self) -> None:
        while not self._over.is_set():
            for path in self.PATHS:
                try:
                    status = smoke.ask(self._url, "GET", path).status
                except OSError:
                    status = 0
                self.seen.append((time.time(), path, status))
                self._over.wait(0.3)
