"""What no schema describes: bodies of any bytes under any content type, and query strings that only a hand can type."""

from __future__ import annotations

import http.client
import random
import re
from collections.abc import Callable, Collection
from typing import Any
from urllib.parse import urlencode, urlsplit

CONTENT_TYPES = (
    "application/x-www-form-urlencoded", "application/x-www-form-urlencoded; charset=utf-16", "application/json",
    "multipart/form-data; boundary=x", "text/plain", "application/octet-stream", "\xff/;", "",
)  # fmt: skip
PIECES = (
    b"form_token=", b"%", b"%f", b"%ff", b"%00", b"%0d%0a", b"&", b"&&", b"=", b"+", b";", b"people=", b"plan=", b"page=",
    b"state=", b"code=", b"error=", b"q=", b"[]", b"%F0%9F%92%A9", b"%ed%a0%80", b"a" * 300, b"..", b"//", b"'", b'"',
)  # fmt: skip
# Longer than a form of ours may be.
TOO_LONG = b"form_token=" + b"a" * 300_000


def body(chance: random.Random, token: str) -> bytes:
    """Bytes of any kind: noise, pieces of forms, a good token before noise."""
    noise = chance.randbytes(chance.randrange(200))
    pieces = b"".join(chance.choices(PIECES, k=chance.randrange(1, 12)))
    begun = f"form_token={token}&".encode()
    return chance.choice((noise, pieces, pieces + noise, begun + noise, begun + pieces, begun + pieces + noise))


def query(chance: random.Random) -> str:
    """A query string that a browser can be made to send: its bytes are visible ASCII, and mean nothing in particular."""
    pieces = b"".join(chance.choices(PIECES, k=chance.randrange(1, 12)))
    visible = "".join(chr(chance.randrange(0x21, 0x7F)) for _ in range(chance.randrange(12)))
    # No server of HTTP takes these four, so they do not reach us.
    return re.sub('["#<>]', "", pieces.decode() + visible)


class RawRequests:
    """Requests that are put together by hand, at every operation."""

    def __init__(self, address: str, session: dict[str, Any], seed: int, renew: Callable[[], None]) -> None:
        self.host, self.session, self.renew = urlsplit(address).netloc, session, renew
        self.chance = random.Random(f"{seed} {session['role']}")

    def come_back(self) -> dict[str, int]:
        """The end of each login that this browser has begun, as Xero and GO1 lead there: what each callback answers."""
        answers = {}
        for upstream, end in zip(("xero", "go1"), self.session["returns"], strict=False):
            connection = http.client.HTTPConnection(self.host, timeout=30)
            address = f"/oauth/{upstream}/callback?{urlencode(end)}"
            connection.request("GET", address, headers={"Cookie": f"__Host-session={self.session['cookie']}"})
            answers[f"GET /oauth/{upstream}/callback"] = connection.getresponse().status
            connection.close()
            self.renew()
        return answers

    def try_at(self, method: str, path: str, statuses: Collection[int], private: Collection[str]) -> str | None:
        """One request; what is wrong with its answer."""
        headers = {"Cookie": f"__Host-session={self.session['cookie']}", "Accept": self.chance.choice(("text/html", "*/*", ";,q=x"))}
        sent, address = b"", path
        if method == "POST":
            sent = TOO_LONG if self.chance.random() < 0.02 else body(self.chance, self.session["form_token"])
            headers["Content-Type"] = self.chance.choice(CONTENT_TYPES)
        else:
            address = f"{path}?{query(self.chance)}"
        connection = http.client.HTTPConnection(self.host, timeout=30)
        try:
            connection.request(method, address, sent, headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        except (http.client.HTTPException, OSError) as error:
            return f"{method} {address} {headers} {sent!r}: no answer: {error!r}"
        finally:
            connection.close()
        wrong = [mark for mark in private if mark in text]
        if answer.status in statuses and answer.status < 500 and answer.getheader("content-security-policy") and not wrong:
            return None
        return f"{method} {address} {headers} {sent[:2000]!r}: {answer.status} {wrong}"
