"""What each function may do with which rows of the table: by action, how the partition keys begin (shared/state/src/dynamodb/keys.rs)."""

from __future__ import annotations

import sys
from pathlib import Path

_KEY = {"pk", "sk"}
# The attributes to which some updates are held, the key's among them, because a request names those too.
END = _KEY | {"expires_at"}
USE = _KEY | {"last_used_at"}
WITHOUT_PEOPLE = _KEY | {"by", "from", "xero_user", "account"}

# What every function with pages reads and writes to know whose request it is, and how often something was done.
_ASKED = "SIGN_UP# SESSION# ADMINISTRATOR_SESSION# PORTAL# TENANT# DAY#"
_SESSIONS = "SESSION# ADMINISTRATOR_SESSION#"
_ENDED = "SESSION# ADMINISTRATOR_SESSION# SESSIONS#"
_ERASED = f"SIGN_UP# XERO_USER# TENANT# PORTAL# {_ENDED} CONNECTIONS"

RIGHTS: dict[str, dict[str, str]] = {
    "Signup": {
        "GetItem": f"{_ASKED} CONSENT#",
        "PutItem": "SIGN_UP# XERO_USER# SESSION# SESSIONS# CONSENT# DAY#",
        "UpdateItem": "COUNTER#",
        "UpdateItem expires_at": "SIGN_UP# XERO_USER#",
        "UpdateItem last_used_at": _SESSIONS,
        "DeleteItem": _ENDED,
    },
    "OauthCallback": {
        "GetItem": f"{_ASKED} XERO_USER# CONSENT#",
        "Query": "SIGN_UP# XERO_USER# TENANT# SESSIONS# CONNECTIONS",
        "PutItem": f"SIGN_UP# XERO_USER# TENANT# {_ENDED} CONSENT# CONNECTIONS DAY#",
        "UpdateItem": "XERO_USER# PORTAL# COUNTER#",
        "UpdateItem expires_at": "SIGN_UP#",
        "UpdateItem last_used_at": _SESSIONS,
        "UpdateItem account,by,from,xero_user": "SIGN_UP#",
        "DeleteItem": _ERASED,
    },
    "Preview": {
        "GetItem": f"{_ASKED} XERO_USER#",
        "Query": "SIGN_UP# TENANT# PORTAL#",
        "PutItem": "SIGN_UP# TENANT# DAY#",
        "UpdateItem": "XERO_USER# PORTAL# COUNTER#",
        "UpdateItem expires_at": "SIGN_UP#",
        "UpdateItem last_used_at": _SESSIONS,
        "DeleteItem": _ENDED,
        "BatchWriteItem": "TENANT#",
    },
    "Import": {
        "GetItem": f"{_ASKED} XERO_USER#",
        "Query": "SIGN_UP# TENANT# PORTAL#",
        "PutItem": "SIGN_UP# TENANT# PORTAL# ACTIVE DAY#",
        "UpdateItem": "XERO_USER# PORTAL# COUNTER#",
        "UpdateItem expires_at": "SIGN_UP#",
        "UpdateItem last_used_at": _SESSIONS,
        "DeleteItem": f"PORTAL# ACTIVE {_ENDED}",
        "BatchWriteItem": "TENANT#",
    },
    "Addon": {
        "GetItem": f"{_ASKED} XERO_USER# GO1_LOGIN# ERASING RECEIPT#",
        "Query": "SIGN_UP# XERO_USER# TENANT# PORTAL# SESSIONS# CONNECTIONS",
        "PutItem": f"SIGN_UP# TENANT# PORTAL# ACTIVE {_ENDED} GO1_LOGIN# ERASING RECEIPT# DAY#",
        "UpdateItem": "XERO_USER# PORTAL# COUNTER#",
        "UpdateItem expires_at": "SIGN_UP#",
        "UpdateItem last_used_at": _SESSIONS,
        "UpdateItem account,by,from,xero_user": "SIGN_UP#",
        "DeleteItem": f"{_ERASED} ACTIVE ERASING",
    },
    "Worker": {
        "GetItem": "PORTAL#",
        "BatchGetItem": "PORTAL#",
        "Query": "PORTAL#",
        "PutItem": "PORTAL#",
        "UpdateItem": "PORTAL#",
        "DeleteItem": "PORTAL# ACTIVE",
    },
    "Sweeper": {
        "GetItem": "SIGN_UP# XERO_USER# TENANT# PORTAL# SWEEP ERASING RECEIPT#",
        "Query": "SIGN_UP# XERO_USER# TENANT# PORTAL# SESSIONS# ACTIVE CONNECTIONS ERASING",
        "PutItem": "TENANT# PORTAL# SWEEP RECEIPT#",
        "UpdateItem": "PORTAL#",
        "UpdateItem account,by,from,xero_user": "SIGN_UP#",
        "DeleteItem": f"{_ERASED} ACTIVE ERASING",
    },
}


def unused(folder: Path) -> list[str]:
    """The rights that no test of rig used, where `make test-rights` has left in the folder what was."""
    used = {line for file in folder.iterdir() for line in file.read_text().splitlines()}
    words = ((function, *of.partition(" ")[::2], row) for function, rights in RIGHTS.items() for of, rows in rights.items() for row in rows.split())
    given = (
        f"{function} {action} {row}{'*' if row.endswith('#') else ''} {','.join(sorted({*_KEY, *attributes.split(',')})) if attributes else ''}".rstrip()
        for function, action, attributes, row in words
    )
    return [right for right in given if right not in used]


if __name__ == "__main__":
    found = unused(Path(sys.argv[1]))
    print(f"given, and used by no test of rig: {', '.join(found) or 'nothing'}")
