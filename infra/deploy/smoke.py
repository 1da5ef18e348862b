"""What a person would try first at the public address, and the first press."""

from __future__ import annotations

import http.client
import re
import time
from html import unescape
from urllib.parse import urlencode, urlsplit

from infra.local.steps import Failure

PATIENCE_SECONDS = 120.0
TIMEOUT_SECONDS = 35.0


def test(public_url: str, patience: float = PATIENCE_SECONDS) -> list[str]:
    """Ask for the pages and press the form's button; returns what was seen. A new name may take a while to be known."""
    deadline = time.monotonic() + patience
    while True:
        try:
            landing = ask(public_url, "GET", "/")
            break
        except OSError as error:
            if time.monotonic() > deadline:
                raise Failure(f"{public_url} does not answer ({error}): does its name lead to the HTTP API?") from error
            time.sleep(2)
    _expect(public_url, "GET /", landing.status, {200}, landing.text)
    seen = ["GET / 200"]
    asset = re.search(r'(?:href|src)="(/assets/[^"]+)"', landing.text)
    for path in ["/help", *([asset[1]] if asset else [])]:
        answer = ask(public_url, "GET", path)
        _expect(public_url, f"GET {path}", answer.status, {200}, answer.text)
        seen.append(f"GET {path} 200")
    form = ask(public_url, "GET", "/signup")
    _expect(public_url, "GET /signup", form.status, {200}, form.text)
    token = re.search(r'name="form_token"[^>]*value="([^"]+)"', form.text)
    if token is None:
        raise Failure(f"{public_url}/signup shows no form")
    # An empty form begins nothing: it comes back with what is missing. From a wrong address it would be refused before.
    body = urlencode({"form_token": unescape(token[1])})
    headers = {"Cookie": form.cookie, "Origin": public_url, "Content-Type": "application/x-www-form-urlencoded"}
    pressed = ask(public_url, "POST", "/signup", headers, body)
    _expect(public_url, "POST /signup, an empty form", pressed.status, {422}, pressed.text)
    return [*seen, "POST /signup 422 (an empty form comes back)"]


def closed(api_url: str) -> str:
    """That the HTTP API's own address refuses whoever does not come by the edge."""
    answer = ask(api_url, "GET", "/help")
    if answer.status != 403:
        raise Failure(f"{api_url} answers {answer.status} to whoever does not come by the edge: the functions of this release do not check its secret")
    return f"GET {api_url}/help 403 (only the edge may ask there)"


class _Answer:
    def __init__(self, status: int, text: str, cookie: str) -> None:
        self.status, self.text, self.cookie = status, text, cookie


def ask(public_url: str, method: str, path: str, headers: dict[str, str] | None = None, body: str | None = None) -> _Answer:
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    # Names below localhost are this machine (RFC 6761); not every resolver knows.
    at = "127.0.0.1" if host.endswith(".localhost") else host
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(at, parts.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request(method, path, body, {"Host": parts.netloc, "Accept": "text/html", "User-Agent": "make deploy", **(headers or {})})
        answer = connection.getresponse()
        cookies = [value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie"]
        return _Answer(answer.status, answer.read().decode(errors="replace"), "; ".join(cookies))
    finally:
        connection.close()


def _expect(public_url: str, what: str, status: int, wanted: set[int], text: str) -> None:
    if status not in wanted:
        reference = re.search(r"[Rr]eference[^A-Z0-9]*([A-Z0-9-]{6,})", re.sub(r"<[^>]+>", " ", text))
        told = f", reference {reference[1]}" if reference else ""
        raise Failure(f"{what} at {public_url} answered {status} and not {min(wanted)}{told}: make status, and the functions' logs say why")
