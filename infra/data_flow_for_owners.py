"""The simple picture of where the data goes, for those whose data it is: what crosses, and where it is kept for how long.

data_flow.py writes it beside the technical one, and test_data_flow.py fails where it is stale. What crosses is read from the
same tests of GO1's client; how long a thing is kept is read from the rules.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path

ROOT = Path(__file__).parent.parent

# Where the rules say how long something is kept.
KEPT = {
    "plan": ("shared/state/src/sign_ups.rs", "PLAN_KEPT"),
    "names": ("shared/importing/src/dispatch.rs", "RETENTION"),
}

SCREEN = (
    '<svg viewBox="0 0 96 72" aria-hidden="true" focusable="false"><rect class="art-paper" x="10" y="6" width="76" height="60" rx="9"/>'
    '<path class="art-bar" d="M10 15a9 9 0 0 1 9-9h58a9 9 0 0 1 9 9v7H10z"/>{}</svg>'
)
LIST = (
    '<circle class="art-primary" cx="24" cy="34" r="5"/><circle class="art-sun" cx="24" cy="47" r="5"/>'
    '<path class="art-text" d="M36 34h36M36 47h28"/>'
)
COURSES = (
    '<rect class="art-primary" x="18" y="29" width="18" height="28" rx="4"/><rect class="art-sun" x="40" y="29" width="18" '
    'height="28" rx="4"/><rect class="art-coral" x="62" y="29" width="16" height="28" rx="4"/>'
)


def days(what: str) -> str:
    """How long it is kept, in words: "one day", "30 days"."""
    file, name = KEPT[what]
    found = re.search(rf"const {name}: SignedDuration = SignedDuration::from_hours\(([0-9 *]+)\);", (ROOT / file).read_text())
    if found is None:
        raise ValueError(f"{file} has no {name}")
    hours = 1
    for factor in found[1].split("*"):
        hours *= int(factor)
    return "one day" if hours == 24 else f"{hours // 24} days"


def simple(crossing: list[str]) -> str:
    """The picture, as HTML whose colours are the stylesheet's. `crossing`: what goes to GO1, of each person."""
    pills = "".join(f"<li>{escape(word)}</li>" for word in crossing)
    kept = [
        ("people", "Read only where your people are", "In Australia, Xero Payroll. In the United States, your Xero users, or the contact group you choose."),
        ("check", "Sent only when you press Import", "Nothing is read or sent in the background."),
        ("lock", "Kept only as long as it’s needed", f"The list you preview: {days('plan')}. Names and emails in an import’s report: {days('names')}."),
        ("cross", "Never sent to GO1", "Pay, bank or tax details, birth dates, phone numbers, addresses. Nothing is written to Xero."),
    ]
    lines = [
        f'    <li>{{% include "icons/{icon}.svg" %}}<span><strong>{head}.</strong> {escape(rest, quote=False)}</span></li>'
        for icon, head, rest in kept
    ]
    return "\n".join(
        [
            "{#- Drawn by infra/data_flow.py from the fields that cross and from how long they are kept: make picture. -#}",
            '<figure class="flow">',
            '  <div class="flow-row">',
            f'    <div class="flow-node">{SCREEN.format(LIST)}<p><strong>Xero</strong><span>your people</span></p></div>',
            f'    <div class="flow-arrow"><ul>{pills}</ul></div>',
            f'    <div class="flow-node">{SCREEN.format(COURSES)}<p><strong>Your GO1 portal</strong><span>an account and the courses for each</span></p></div>',
            "  </div>",
            '  <figcaption><ul class="flow-kept">',
            *lines,
            "  </ul></figcaption>",
            "</figure>",
            "",
        ]
    )
