"""What must hold of every answer besides what the document says of it."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from urllib.parse import unquote_plus

import schemathesis

COOKIE = re.compile(r"__Host-session=((administrator-)?[0-9a-f]{64}; Max-Age=43200|; Max-Age=0); Path=/; Secure; HttpOnly; SameSite=Lax")

# Nothing is done or shown here for whoever GO1 has not named as an administrator.
ADMINISTRATORS = re.compile(r"/portal/(check|users|settings|settings/end-owner|settings/sign-out-others|disconnect|undo/.+|erase)")


def names() -> list[str]:
    """Those of this file, and those of schemathesis that look at one answer alone."""
    own = ["nothing_private_is_shown", "doors_are_shut", "cookies_are_strict"]
    conformance = ["status_code", "content_type", "response_headers", "response_schema"]
    return ["not_a_server_error", *(f"{name}_conformance" for name in conformance), *own]


def said(request: Any) -> str:
    """All that a request says, decoded: that may come back in its answer."""
    body = request.body or b""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body)
    return unquote_plus(f"{request.url} {text}")


def needs_session(case: Any) -> bool:
    """Whether the document gives the operation no way without a session."""
    security = case.operation.definition.raw.get("security", [])
    return bool(security) and {} not in security


def register(role: str, private: Collection[str]) -> None:
    """Tell schemathesis the checks for this role, which must not be shown what is private."""

    @schemathesis.check
    def nothing_private_is_shown(ctx: Any, response: Any, case: Any) -> None:
        text = f"{response.content.decode(errors='replace')} {response.headers}".casefold()
        shown = [mark for mark in private if mark.casefold() in text and mark not in said(response.request)]
        assert not shown, f"{role} is shown {shown}"

    @schemathesis.check
    def doors_are_shut(ctx: Any, response: Any, case: Any) -> None:
        status = response.status_code
        if role == "anonymous" and needs_session(case):
            assert status in {400, 401, 404, 405, 415}, f"without a session the answer is {status}"
        elif role != "administrator" and ADMINISTRATORS.fullmatch(case.formatted_path):
            to_login = status == 303 and response.headers["location"] == ["/portal/login"]
            assert to_login or status in {400, 401, 404, 405, 415}, f"to {role} the answer is {status}"

    @schemathesis.check
    def cookies_are_strict(ctx: Any, response: Any, case: Any) -> None:
        for cookie in response.headers.get("set-cookie", []):
            assert COOKIE.fullmatch(cookie), cookie
