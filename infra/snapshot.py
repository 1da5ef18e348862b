"""What the template comes to with values as in production, one resource a line, for whoever reviews a change of it: `make snapshot`."""

from __future__ import annotations

import json
from pathlib import Path

from infra.expansion import expand
from infra.template_text import read

FILE = Path(__file__).parent / "template.snapshot.txt"
VALUES = {
    "SupportContact": "mailto:help@example.com",
    "XeroClientSecretArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:xero",
    "Go1ClientSecretArn": "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:go1",
    "Go1CoursesAu": "1,2,3,4,5",
    "Go1CoursesUs": "6,7,8,9,10",
    "Canary": "true",
    "HostedZoneId": "Z0123",
    "PublicUrl": "https://xero.example.com",
    "Alarms": "all",
    "AlarmTopicArn": "arn:aws:sns:ap-southeast-2:123456789012:alarms",
}


def taken() -> str:
    """The snapshot as it would be now."""
    lines = (f"{name} {json.dumps(resource, sort_keys=True)}\n" for name, resource in sorted(expand(read(), **VALUES).items()))
    return "".join(lines)


if __name__ == "__main__":
    FILE.write_text(taken())
    print(FILE.name)
