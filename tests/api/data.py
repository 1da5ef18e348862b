"""What is tried for the formats of the document: mostly what is there, somebody's or another's, and else anything."""

from __future__ import annotations

from typing import Any

import schemathesis
from hypothesis import strategies as st

# A header, an address and a form can hold it; what cannot even be sent is tried by the modes of schemathesis itself.
ANYTHING = st.text(st.characters(codec="utf-8"), min_size=1, max_size=80)
NAMES = ["Olivia", "Sam", "O'Neil, Jr", "Zoë", "日本", "=1+1", "a b", "%"]


def mostly(there: list[str], *others: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Three times out of four something that is there."""
    sampled, else_ = st.sampled_from(there), st.one_of(ANYTHING, *others)
    # Not by `one_of`, which takes what stands in it twice for once.
    return st.sampled_from([True, True, True, False]).flatmap(lambda is_there: sampled if is_there else else_)


def register(session: dict[str, Any], known: dict[str, list[str]]) -> None:
    """Tell schemathesis what each format of the document stands for, for this session."""
    digest = st.text("0123456789abcdef", min_size=64, max_size=64)
    identifier = st.text("0123456789abcdef", min_size=32, max_size=32)
    formats = {
        "form-token": mostly([session["form_token"]], digest),
        "import-id": mostly(known["imports"], identifier),
        "receipt-id": mostly(known["receipts"], identifier),
        "plan-digest": mostly(known["plans"], digest),
        "employee-id": mostly(known["employees"], st.uuids().map(str)),
        "organisation-id": mostly(known["organisations"], st.uuids().map(str)),
        "portal-domain": mostly(known["portals"], st.just("acme.mygo1.com"), st.just("https://evil.example/")),
        "connected-at": mostly(known["connected_at"], st.just("2026-11-22T00:00:00Z"), st.datetimes().map(str)),
        "asset": mostly(known["assets"]),
        "imports-accepted": st.sampled_from(["0", "1", "1", "1", "2", "4294967295", "4294967296"]),
        "search": mostly(NAMES, st.emails()),
        "login-error": mostly(["access_denied", "server_error"]),
    }
    # Only an administrator comes back from GO1; everybody else tries with what is Xero's.
    from_xero, from_go1 = session["returns"][0], session["returns"][-1]
    for upstream, end in (("xero", from_xero), ("go1", from_go1)):
        formats[f"{upstream}-code"] = mostly([end["code"]])
        formats[f"{upstream}-state"] = mostly([end["state"]], digest)
    for name, strategy in formats.items():
        schemathesis.openapi.format(name, strategy)
