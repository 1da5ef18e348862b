"""What `make follow` says in plain words: what is waited for, why somebody failed, and whose turn it is.

Each name is one of the code's (`functions/worker/src/calls.rs`, `shared/domain/src/import/`); `test_follow.py` compares them.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field

# Buttons of an import's page.
TRY_AGAIN, MISSING_COURSES, UNDO_THE_REST = "Try again", "Try the missing courses again", "Undo the rest"

# Why a batch is tried again.
RETRIES = {
    "OutOfTime": "the invocation had no time left, and the next one goes on",
    "After": "GO1 asked to be left alone for a while",
    "Skipped": "GO1 failed for others, so it was not asked for somebody",
    "Unavailable": "GO1 failed",
    "Unanswered": "GO1 did not say whether it did what it was asked for somebody, and may be doing it still",
    "EarlierRequest": "what GO1 has of somebody is not certain: it refused or did not answer an earlier request for them, or may not show yet what it did",
    "OwnFault": "the portal's token could not be used: another worker renews it, our key does not open it, or GO1 refuses this product",
    "NoCourses": "GO1 refused every course to the first person",
    "Login": "GO1 takes no token of the portal until an administrator logs in",
}

# Why a whole import waits.
WAITS = {
    "RetryAfter": "GO1 asked to be left alone for a while, or refuses calls for their rate",
    "Failing": "GO1 does not answer, or fails",
    "OwnFault": "the portal's token cannot be used: our key does not open it, or GO1 refuses this product",
    "Login": RETRIES["Login"],
    "NoCourses": "GO1 assigns none of the courses in the portal",
}

# The same in the words of the table's story (`infra/ops/src/stuck.rs`).
OF_TABLE = {
    "GO1, which refuses calls for their rate": "RetryAfter",
    "GO1, which asked for time": "RetryAfter",
    "GO1, which fails": "Failing",
    "us: a key, a client or a scope": "OwnFault",
    "a login of an administrator at GO1": "Login",
    "GO1 to license the courses to the portal": "NoCourses",
}

# Why somebody failed.
FAILURES = {
    "AccountRefused": "GO1 refused the name or the email",
    "AnothersAccount": "an account of somebody else has the email in GO1",
    "AccountInactive": "the account in GO1 is not active",
    "AccountNotFound": "the account that was to be used is not in the portal",
    "EnrollmentRefused": "GO1 refused courses",
    "ChangeRefused": "GO1 refused to change the account or its courses",
    "PortalFull": "GO1 says that the portal is full",
    "AccessLost": "GO1 no longer lets us act for the portal",
    "Unavailable": "GO1 failed too often, or the time of the import was over",
    "Unresolved": "GO1 did not say whether it made the account",
    "Stopped": "the import was stopped before their turn",
    "Internal": "an error of ours",
}

OWNER, OPERATOR = "The owner", "The operator"

# Whose turn it is where somebody failed, and with what. {press}: the owner presses the page's button for another try.
TURNS = {
    "AccountRefused": (OWNER, 'correct the name or the email in Xero, then import again; the lines "a call to GO1 failed" have the fields that GO1 names'),
    "AnothersAccount": (OWNER, "look at the people again, where the list shows whose account has the email, and decide"),
    "AccountInactive": (OWNER, "reactivate the account in GO1, then import again"),
    "AccountNotFound": (OWNER, "press {button}: GO1 is asked for the account once more"),
    "EnrollmentRefused": (OPERATOR, "ask GO1's support to let portal {portal} assign the courses (docs/runbooks/no-courses.md), then {press}"),
    "ChangeRefused": (OPERATOR, 'ask GO1\'s support why it refused, with the time and the correlation_id of "a call was refused", then {press}'),
    "PortalFull": (OPERATOR, "ask GO1's support for more room in portal {portal}, then the owner imports again"),
    "AccessLost": (OWNER, "log in with GO1 and press {button}, or, where that does not help, GO1's support restores our access to portal {portal}"),
    "Unavailable": (OWNER, "press {button} once GO1 is well, which docs/runbooks/upstream-down.md tells"),
    "Unresolved": (OWNER, "press {button}: it looks first, so nobody gets two accounts"),
    "Stopped": (OWNER, "press {button}, if they are wanted after all"),
    "Internal": (OPERATOR, "docs/runbooks/faults-logged.md, then {press}"),
}


@dataclass
class Facts:
    """What the log and the table say of an import."""

    portal: str | None = None
    # What the import was when it ended: `Done`, `PartlyDone`, `Failed`.
    ended: str | None = None
    is_undo: bool = False
    reasons: Counter[str] = field(default_factory=Counter)
    # Courses that GO1 refused to people who are done without them.
    refused: str = ""
    # The reason and the end of the wait that it is in.
    waits: tuple[str, str] | None = None
    # When the batch that was put off last is tried again.
    next_try: str | None = None
    stuck: str | None = None
    undone_by: str | None = None
    # Whether GO1 said of every course that it refused that it is not there.
    is_retired: bool = False
    # When it ends at the latest, whatever it waits for.
    ends_by: str | None = None
    paused: str | None = None
    is_known: bool = False


def name_of(reason: str) -> str:
    """`EarlierRequest` of `EarlierRequest(60s)`, as Rust writes it."""
    return re.split(r"\W", reason, maxsplit=1)[0]


def wait_of_table(words: str) -> str:
    """The code's name of a wait that the table tells in words; the words where it has none."""
    return OF_TABLE.get(words, words)


def what_next(facts: Facts) -> str:
    """Whose turn it is now, in a sentence."""
    if not facts.is_known:
        return "Nothing is known of it: the id is another stage's, its lines are older than HOURS, or they are so new that the logs do not have them yet: try again in a minute."
    if facts.undone_by:
        return f"Nothing to do here: its undo is import {facts.undone_by}, whose own story says what is left to do."
    if facts.ended:
        return _after(facts)
    if facts.paused:
        return f"Nothing to do now: an operator has paused it until {facts.paused}; make ops DO='resume {facts.portal}' lets it go on before."
    if facts.stuck:
        return f"{OPERATOR}: docs/runbooks/import-stuck.md ({facts.stuck})."
    if facts.waits:
        return _during(*facts.waits, facts.ends_by)
    if facts.next_try:
        return f"Nothing to do now: what is left is tried again by itself, next from {facts.next_try} on; where nothing is logged of it for a quarter of an hour after that, docs/runbooks/import-stuck.md."
    return "Nothing to do now: it has not ended, and waits for nobody; where nothing is logged of it for a quarter of an hour, docs/runbooks/import-stuck.md."


def _after(facts: Facts) -> str:
    button = f'"{UNDO_THE_REST if facts.is_undo else TRY_AGAIN}"'
    turns: list[str] = []
    for reason, count in facts.reasons.most_common():
        who, what = TURNS.get(reason, (OPERATOR, "docs/runbooks/import-stuck.md"))
        people = "1 person" if count == 1 else f"{count} people"
        told = what.format(button=button, press=f"the owner presses {button}", portal=facts.portal)
        turns.append(f"{who}: for {people} ({reason}) {told}")
    if facts.refused:
        pressed = button if facts.reasons else f'"{MISSING_COURSES}"'
        asked = f"ask GO1's support to let portal {facts.portal} assign {facts.refused} (docs/runbooks/no-courses.md)"
        if facts.is_retired:
            asked = f"ask GO1's support whether {facts.refused} still exists, which GO1 says it does not (docs/runbooks/course-retired.md)"
        turns.append(f"{OPERATOR}: {asked}, then the owner presses {pressed}")
    if turns:
        return "; ".join([turns[0], *(turn[0].lower() + turn[1:] for turn in turns[1:])]) + "."
    if facts.ended == "Done":
        return "Nothing to do: it has ended, and everybody is done."
    return f"{OPERATOR}: docs/runbooks/import-stuck.md (it ended as {facts.ended}, and neither the log nor the table says of whom and why)."


def _during(why: str, until: str, ends_by: str | None = None) -> str:
    def clock(text: str) -> str:
        return f"{text[:19].replace('T', ' ')} UTC"

    at = clock(until)
    match name_of(why):
        case "Login":
            return f"{OWNER}: log in with GO1 from the import's page; it goes on by itself then, and ends {f'at {clock(ends_by)}' if ends_by else 'after a week'} without."
        case "NoCourses":
            return f"{OPERATOR}: docs/runbooks/no-courses.md; it goes on by itself once GO1 lets the portal assign the courses."
        case "OwnFault":
            return f"{OPERATOR}: docs/runbooks/go1-refuses-us.md, or docs/runbooks/faults-logged.md where GO1 refuses nothing; it goes on by itself once that is mended."
        case "Failing" | "RetryAfter":
            return f"Nothing to do now: it asks GO1 again at {at}; where it lasts for hours, docs/runbooks/upstream-down.md."
        case _:
            return f"Nothing to do now: it waits until {until} for {why}; where it lasts for hours, docs/runbooks/import-stuck.md."
