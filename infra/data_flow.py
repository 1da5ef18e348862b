"""Draws where the data goes: `python -m infra.data_flow` writes the simple picture for the pages, and for engineers the
technical one with its words into docs.

Which function there is, how it is reached, and what it may open are read from template.yaml: its routes, its roles. Which
fields cross is read from where they are parsed and where a test holds them. test_data_flow.py fails where what is written
is not what would be drawn now, or where a field or a function has no words here.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from infra.data_flow_for_owners import simple
from infra.data_flow_style import STYLE
from infra.template_text import as_list, read, target

ROOT = Path(__file__).parent.parent
PICTURES = ROOT / "shared" / "web" / "templates" / "pictures"
DOCS = ROOT / "docs"

# ---- What there is ----

# What each function is for.
PURPOSES = {
    "signup": "the start page, the form, the help, the way to the login at Xero",
    "oauth-callback": "takes you back from Xero, confirms the organisation, disconnects it",
    "preview": "reads the people when you ask for it, and shows them with the courses",
    "import": "takes your confirmation, shows the progress and the report",
    "addon": "overview, users, settings, undo and erase, for administrators",
    "worker": "creates the accounts at GO1 and assigns the courses, or takes them back",
    "sweeper": "every minute: finishes what a crash left half done, and begins nothing",
}

# What each field is called, by where it is from.
XERO_WORDS = {
    "id": "Number in Xero",
    "first_name": "First name",
    "last_name": "Last name",
    "email": "Email address",
    "email_address": "Email address",
    "status": "Whether still employed",
    "organisation_role": "Role in Xero",
    "standing": "Whether a contact is archived",
    "is_named": "Whether a contact is a company",
}
GO1_WORDS = {
    "given_name": "First name",
    "family_name": "Last name",
    "username": "Email address",
    "email": "Email address",
}
# Said about everybody alike: nothing of the person.
OF_OURS = {"roles": "the role of a learner"}
MESSAGE_WORDS = {
    "version": "version",
    "portal": "portal",
    "import": "import",
    "batch": "batch",
    "people": "employee numbers",
    "send": "sending",
    "cause": "reference of the press",
}


@dataclass(frozen=True)
class Function:
    """One function, and what its role lets it do."""

    name: str
    purpose: str
    addresses: int
    events: frozenset[str]
    secrets: frozenset[str]
    table: frozenset[str]
    queue: frozenset[str]

    @property
    def logs_in_at_xero(self) -> bool:
        """Whether it can take part in a login at Xero."""
        return "XeroClientSecretArn" in self.secrets

    @property
    def reads_xero(self) -> bool:
        """Whether it can open the access to Xero that somebody gave."""
        return self.logs_in_at_xero and "XeroSealingKey.Id" in self.secrets

    @property
    def asks_go1(self) -> bool:
        """Whether it can open the access to a portal."""
        return {"Go1ClientSecretArn", "Go1SealingKey.Id"} <= self.secrets

    @property
    def receives(self) -> bool:
        """Whether it works on what is on the queue: it is the one that passes people on."""
        return "ReceiveMessage" in self.queue

    @property
    def sends(self) -> bool:
        """Whether it can put work on the queue."""
        return "SendMessage" in self.queue


@dataclass(frozen=True)
class Flow:
    """All that is drawn."""

    functions: list[Function]
    from_xero: list[str]
    to_go1: list[str]
    said_to_go1: list[str]
    on_the_queue: list[str]


def functions(template: dict[str, Any]) -> list[Function]:
    """The functions, in the template's order."""
    resources = template["Resources"]
    return [
        _function(name.removesuffix("Function"), resource["Properties"], resources)
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    ]


def _function(logical: str, properties: dict[str, Any], resources: dict[str, Any]) -> Function:
    name = properties["FunctionName"]["Fn::Sub"].removeprefix("${AWS::StackName}-")
    integration = {"Fn::Sub": f"integrations/${{{logical}Integration}}"}
    routes = [one for one in resources.values() if one["Type"] == "AWS::ApiGatewayV2::Route"]
    allowed: dict[str, set[str]] = {}
    for policy in resources[f"{logical}Role"]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            if "Fn::If" in statement:  # A right that only the local cloud asks for, or only tracing.
                continue
            for resource in as_list(statement["Resource"]):
                actions = {action.partition(":")[2] for action in as_list(statement["Action"])}
                allowed.setdefault(target(resource), set()).update(actions)
    return Function(
        name=name,
        purpose=PURPOSES[name],
        addresses=sum(route["Properties"]["Target"] == integration for route in routes),
        events=frozenset(event["Type"] for event in properties.get("Events", {}).values()),
        secrets=frozenset(one for one, actions in allowed.items() if "GetSecretValue" in actions),
        table=frozenset(allowed.get("Table.Arn", ())),
        queue=frozenset(allowed.get("Queue.Arn", ())),
    )


def _struct(file: str, name: str) -> list[str]:
    """The fields of a Rust struct."""
    body = re.search(rf"^(?:pub(?:\(crate\))? )?struct {name} \{{$(.*?)^\}}$", (ROOT / file).read_text(), re.M | re.S)
    return re.findall(r"^    (?:pub )?(\w+): ", body[1], re.M) if body else []


def _table(file: str, name: str) -> list[str]:
    """The first words of the entries of a Rust table of fields."""
    body = re.search(rf"^const {name}: &\[Field\] = &\[$(.*?)^\];$", (ROOT / file).read_text(), re.M | re.S)
    return re.findall(r'^    \("(\w+)", ', body[1], re.M) if body else []


def _once(words: list[str]) -> list[str]:
    return list(dict.fromkeys(words))


def flow() -> Flow:
    """What is drawn now."""
    people, contacts = "shared/xero/src/people.rs", "shared/xero/src/contacts.rs"
    read_of_people = [field for kind in ("Employee", "User") for field in _struct(people, kind)] + _struct(contacts, "Contact")
    account = _table("shared/go1/tests/it/bodies.rs", "NEW_ACCOUNT")
    return Flow(
        functions=functions(read()),
        from_xero=_once([XERO_WORDS[field] for field in read_of_people]),
        to_go1=_once([GO1_WORDS[field] for field in account if field not in OF_OURS]),
        said_to_go1=[OF_OURS[field] for field in account if field in OF_OURS],
        on_the_queue=[MESSAGE_WORDS[field] for field in _struct("shared/domain/src/import/batch.rs", "BatchMessage")],
    )


# ---- The picture: one column, so that it can be read on a phone ----

WIDTH, EDGE, GAP = 360, 26, 12
LINE, NAME, PADDING = 16, 19, 12
PILL, LETTER = 26, 6.6
PER_LINE = 46


def picture(drawn: Flow) -> str:
    """The picture, as an SVG of its own."""
    parts: list[str] = []
    y = _place(parts, 2, "Xero", "the people of your organisation")
    xero_end = y
    y = _pills(parts, y + 20, drawn.from_xero, "flow-read")
    frame_top = y + 16
    y = frame_top + 30
    rows = []
    for function in drawn.functions:
        lines = textwrap.wrap(function.purpose, PER_LINE)
        height = PADDING + NAME + LINE * len(lines) + PADDING - 4
        rows.append((function, y, height, lines))
        y += height + 8
    stores_top = y + 4
    y = stores_top + 62
    frame_end = y + 12
    pills_top = frame_end + 16
    go1_top = _pills([], pills_top, drawn.to_go1, "") + 20

    parts.append(_rect(EDGE, frame_top, WIDTH - 2 * EDGE, frame_end - frame_top, "flow-frame", 14))
    parts.append(_text(WIDTH / 2, frame_top + 21, "GO1: Xero integration", "flow-kind", "middle"))
    reading = [(top, height) for function, top, height, _ in rows if function.reads_xero]
    asking = [(top, height) for function, top, height, _ in rows if function.asks_go1]
    if reading:
        last = max(top + height / 2 for top, height in reading)
        parts.append(_path(f"M12 {xero_end}V{last}", "flow-bus is-read"))
        parts += [_arrow(12, top + height / 2, EDGE + 10, "flow-bus is-read") for top, height in reading]
    if asking:
        first, right = min(top + height / 2 for top, height in asking), WIDTH - 12
        parts.append(_path(f"M{right} {first}V{go1_top - 7}", "flow-bus is-sent"))
        parts.append(_path(f"M{right - 5} {go1_top - 8}l5 6 5 -6", "flow-bus is-sent"))
        parts += [_path(f"M{WIDTH - EDGE - 10} {top + height / 2}H{right}", "flow-bus is-sent") for top, height in asking]
    for function, top, height, lines in rows:
        parts += _row(function, top, height, lines)
    parts += _stores(stores_top)
    _pills(parts, pills_top, drawn.to_go1, "flow-sent")
    height = _place(parts, go1_top, "Your GO1 portal", "an account and the courses for each") + 2
    return _svg(height, drawn, "\n".join(parts))


def _svg(height: float, drawn: Flow, parts: str) -> str:
    told = (
        f"From Xero we read of each person: {_list(drawn.from_xero)}. To GO1 we pass on: {_list(drawn.to_go1)}. "
        f"Between them are {len(drawn.functions)} functions, a table, a queue and the keys. The list after the picture says what each does."
    )
    return (
        "<!-- Drawn by infra/data_flow.py from the template's routes and roles and from the fields that cross: make picture. -->\n"
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:g}" role="img" aria-labelledby="flow-title flow-told">\n'
        '<title id="flow-title">Where the data goes, from Xero to a GO1 portal</title>\n'
        f'<desc id="flow-told">{escape(told)}</desc>\n<style>{STYLE}</style>\n<rect width="{WIDTH}" height="{height:g}" fill="#fff"/>\n{parts}\n</svg>\n'
    )


def _place(parts: list[str], top: float, name: str, what: str) -> float:
    parts.append(_rect(2, top, WIDTH - 4, 56, "flow-place", 14))
    parts.append(_text(WIDTH / 2, top + 25, name, "flow-name", "middle"))
    parts.append(_text(WIDTH / 2, top + 43, what, "flow-words", "middle"))
    return top + 56


def _pills(parts: list[str], top: float, words: list[str], kind: str) -> float:
    """Pills in as many rows as they need, between the two lines; returns where they end."""
    room, rows = WIDTH - 2 * EDGE - 8, [[]]
    for word in words:
        width = len(word) * LETTER + 22
        if rows[-1] and sum(one[1] + 6 for one in rows[-1]) + width > room:
            rows.append([])
        rows[-1].append((word, width))
    for row in rows:
        x = (WIDTH - sum(width + 6 for _, width in row) + 6) / 2
        for word, width in row:
            parts.append(_rect(x, top, width, PILL, f"flow-pill {kind}", PILL / 2))
            parts.append(_text(x + width / 2, top + 17.5, word, f"flow-pill-words {kind}", "middle"))
            x += width + 6
        top += PILL + 6
    return top - 6


def _row(function: Function, top: float, height: float, lines: list[str]) -> list[str]:
    kind = "flow-row-box is-worker" if function.receives else "flow-row-box"
    x = EDGE + 10
    parts = [_rect(x, top, WIDTH - 2 * x, height, kind, 9)]
    parts.append(_text(x + 12, top + PADDING + 11, function.name, "flow-name is-small"))
    for number, line in enumerate(lines):
        parts.append(_text(x + 12, top + PADDING + NAME + 11 + number * LINE, line, "flow-words"))
    signs = [("table", function.table), ("queue", function.queue), ("keys", function.secrets)]
    right = WIDTH - x - 12
    for name, allowed in reversed(signs):
        if allowed:
            parts.append(_sign(name, right - 14, top + PADDING - 1))
            right -= 22
    return parts


def _stores(top: float) -> list[str]:
    parts, x, width = [], EDGE + 10, (WIDTH - 2 * EDGE - 20 - 2 * 8) / 3
    for sign, name, what in (
        ("table", "Table", "DynamoDB"),
        ("queue", "Queue", "SQS"),
        ("keys", "Keys", "Secrets Manager"),
    ):
        parts.append(_rect(x, top, width, 62, "flow-store", 9))
        parts.append(_sign(sign, x + width / 2 - 7, top + 8))
        parts.append(_text(x + width / 2, top + 38, name, "flow-name is-small", "middle"))
        parts.append(_text(x + width / 2, top + 53, what, "flow-words is-small", "middle"))
        x += width + 8
    return parts


SIGNS = {
    "table": "M0 3c0-4 14-4 14 0v8c0 4-14 4-14 0zM0 3c0 4 14 4 14 0M0 7c0 4 14 4 14 0",
    "queue": "M0 2h14M0 7h14M0 12h14",
    "keys": "M9 5a4 4 0 1 0-8 0a4 4 0 1 0 8 0zM8 8l6 6M12 12l2-2",
}


def _sign(name: str, x: float, y: float) -> str:
    return f'<path class="flow-sign" transform="translate({x:g} {y:g})" d="{SIGNS[name]}"/>'


def _rect(x: float, y: float, width: float, height: float, kind: str, radius: float) -> str:
    return f'<rect class="{kind.strip()}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="{radius:g}"/>'


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    return f'<text class="{kind.strip()}" x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(words)}</text>'


def _path(d: str, kind: str) -> str:
    return f'<path class="{kind}" d="{d}"/>'


def _arrow(x: float, y: float, end: float, kind: str) -> str:
    return _path(f"M{x:g} {y:g}H{end - 2:g}M{end - 7:g} {y - 4:g}l5 4 -5 4", kind)


# ---- The same in words ----


def words(drawn: Flow) -> str:
    """The picture and its content as a page, for those who do not see it and those who want to know more."""
    lines = [
        "<!-- Written by infra/data_flow.py from the template's routes and roles and from the fields that cross: make picture. -->",
        "",
        "# Where the data goes",
        "",
        "![Where the data goes, from Xero to a GO1 portal](data-flow.svg)",
        "",
        f"- **From Xero, of each person:** {_sentence(drawn.from_xero)}. The rest of what Xero sends is dropped unread.",
        f"- **To GO1, of each person:** {_sentence(drawn.to_go1)}. Besides, {_list(drawn.said_to_go1)} for everybody.",
        f"- **On the queue:** {_sentence(drawn.on_the_queue)}. No names, no email addresses.",
        "",
        "| function | what it is for | what it may do |",
        "| --- | --- | --- |",
    ]
    for function in drawn.functions:
        purpose = function.purpose[0].upper() + function.purpose[1:]
        lines.append(f"| `{function.name}` | {purpose}. | {' '.join(_told(function))} |")
    return "\n".join([*lines, ""])


def _told(function: Function) -> list[str]:
    """What a function may do, a sentence each."""
    told = []
    if function.addresses:
        told.append(f"Reached by {function.addresses} addresses." if function.addresses > 1 else "Reached by one address.")
    told += [{"SQS": "Reached by the queue.", "ScheduleV2": "Reached by a schedule."}[event] for event in sorted(function.events)]
    if function.reads_xero:
        told.append("Can open the access to Xero.")
    elif function.logs_in_at_xero:
        told.append("Begins the login at Xero, and cannot open the access.")
    if function.asks_go1:
        told.append("Can open the access to your portal.")
    if not function.secrets:
        told.append("Has no keys.")
    writes = function.table - {"GetItem", "BatchGetItem", "Query"}
    told.append("Reads and writes the table." if writes else "Reads the table.")
    if function.receives:
        told.append("Takes work from the queue.")
    elif function.sends:
        told.append("Puts work on the queue.")
    return told


def _list(words_: list[str]) -> str:
    """`first name, last name and email address`."""
    spoken = [word[0].lower() + word[1:] for word in words_]
    return spoken[0] if len(spoken) == 1 else f"{', '.join(spoken[:-1])} and {spoken[-1]}"


def _sentence(words_: list[str]) -> str:
    listed = _list(words_)
    return escape(listed[0].upper() + listed[1:])


def files() -> dict[Path, str]:
    """What is written where."""
    drawn = flow()
    return {
        PICTURES / "data-flow.html": simple(drawn.to_go1),
        DOCS / "data-flow.svg": picture(drawn),
        DOCS / "data-flow.md": words(drawn),
    }


if __name__ == "__main__":
    for path, content in files().items():
        path.write_text(content)
        print(path.relative_to(ROOT))
