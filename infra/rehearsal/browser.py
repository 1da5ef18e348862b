"""A browser without a window, for the customers of a rehearsal: it keeps cookies, fills in forms and follows redirects.

What a browser must refuse, and which cookies go along from another site, is tested by `tests/journeys`, in Rust; here somebody
only has to get to their import while operators work.
"""

from __future__ import annotations

import http.client
import itertools
import sys
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

MOST_REDIRECTS = 10
TIMEOUT_SECONDS = 40.0

# One network signs up twenty times an hour, and a run of all rehearsals has more customers than that. On Linux all of 127.0.0.0/8
# is this machine, so each browser comes from a network of its own.
NETWORKS = itertools.count(1)


@dataclass
class Form:
    """A form as it stands on the page."""

    action: str
    ident: str
    fields: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """A page that was loaded."""

    url: str
    status: int
    text: str

    @property
    def path(self) -> str:
        return urlsplit(self.url).path

    def parsed(self) -> _Forms:
        found = _Forms()
        found.feed(self.text)
        return found

    def form(self, action: str) -> Form:
        """The form that posts there, by itself or by one of its buttons."""
        parsed = self.parsed()
        wanted = [one for one in parsed.forms if one.action == action] or [one for one in parsed.forms if one.ident == parsed.buttons.get(action)]
        assert wanted, f"no form posts to {action} at {self.status} {self.url}: {self.words()}"
        return wanted[0]

    def beside(self, name: str, words: str) -> str:
        """The value of the field of that name in the label that says these words."""
        found = [value for label, fields in self.parsed().labels if words in label for one, value in fields if one == name]
        assert found, f"no {name} beside {words!r} at {self.url}: {self.words()}"
        return found[0]

    def words(self) -> str:
        """What a person reads, the beginning of it."""
        return " ".join(" ".join(self.parsed().words).split())[:400]


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.labels: list[tuple[list[str], list[tuple[str, str]]]] = []
        self.buttons: dict[str, str] = {}
        self.words: list[str] = []
        self._form: Form | None = None
        self._label: tuple[list[str], list[tuple[str, str]]] | None = None
        self._select, self._silent = "", 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(given.get("action", ""), given.get("id", f"form {len(self.forms)}"))
            self.forms.append(self._form)
        elif tag == "label":
            self._label = ([], [])
            self.labels.append(self._label)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and "selected" in given:
            self._put(self._select, given.get("value", ""), given)
        elif tag == "button" and "formaction" in given:
            self.buttons[given["formaction"]] = given.get("form") or (self._form.ident if self._form else "")
        elif tag == "input" and given.get("name"):
            tickable = given.get("type") in ("checkbox", "radio")
            value = given.get("value", "on" if tickable else "")
            if self._label:
                self._label[1].append((given["name"], value))
            if not tickable or "checked" in given:
                self._put(given["name"], value, given)
        elif tag in ("script", "style"):
            self._silent += 1

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "label":
            self._label = None
        elif tag in ("script", "style"):
            self._silent -= 1

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._silent:
            self.words.append(data)
            if self._label:
                self._label[0].append(data.strip())

    def _put(self, name: str, value: str, given: dict[str, str]) -> None:
        form = next((one for one in self.forms if one.ident == given["form"]), None) if "form" in given else self._form
        if form and name:
            form.fields.append((name, value))


class Browser:
    """One person's browser."""

    def __init__(self) -> None:
        self._cookies: dict[str, dict[str, str]] = {}
        self._from = (f"127.0.{next(NETWORKS) % 256}.1", 0) if sys.platform == "linux" else None

    def open(self, url: str, accept: str = "text/html") -> Page:
        """Open an address."""
        return self._follow("GET", url, {"Accept": accept}, None)

    def submit(self, page: Page, action: str, **fields: str) -> Page:
        """Send a form of the page with these fields in the places of its own."""
        kept = [(name, value) for name, value in page.form(action).fields if name not in fields]
        parts = urlsplit(page.url)
        headers = {"Accept": "text/html", "Origin": f"{parts.scheme}://{parts.netloc}", "Sec-Fetch-Site": "same-origin"}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        return self._follow("POST", urljoin(page.url, action), headers, urlencode([*kept, *fields.items()]))

    def _follow(self, method: str, url: str, headers: dict[str, str], body: str | None) -> Page:
        for _ in range(MOST_REDIRECTS):
            page, leads_to = self._send(method, url, headers, body)
            if leads_to is None:
                return page
            method, url, headers, body = "GET", urljoin(url, leads_to), {"Accept": headers["Accept"]}, None
        raise AssertionError(f"{url} redirects without end")

    def _send(self, method: str, url: str, headers: dict[str, str], body: str | None) -> tuple[Page, str | None]:
        parts = urlsplit(url)
        host = parts.hostname or ""
        kept = self._cookies.setdefault(host, {})
        cookies = {"Cookie": "; ".join(f"{name}={value}" for name, value in kept.items())} if kept else {}
        # Names below localhost are this machine (RFC 6761); not every resolver knows.
        address = "127.0.0.1" if host.endswith(".localhost") else host
        connection = http.client.HTTPConnection(address, parts.port, timeout=TIMEOUT_SECONDS, source_address=self._from)
        try:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            connection.request(method, path or "/", body, {"Host": parts.netloc, **headers, **cookies})
            answer = connection.getresponse()
            for name, value in answer.getheaders():
                if name.lower() == "set-cookie":
                    _keep(kept, value)
            text = answer.read().decode(errors="replace")
            leads_to = answer.getheader("location") if 300 <= answer.status < 400 else None
            return Page(url, answer.status, text), leads_to
        finally:
            connection.close()


def _keep(cookies: dict[str, str], header: str) -> None:
    pair, *attributes = header.split(";")
    name, _, value = pair.strip().partition("=")
    if any(one.strip().lower() in ("max-age=0", "max-age=-1") for one in attributes):
        cookies.pop(name, None)
    else:
        cookies[name] = value
