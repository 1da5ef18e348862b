"""The secrets that exist before a deployment on AWS, too: who we are to Xero and to GO1."""

from __future__ import annotations

import json

from .aws import call_json
from .settings import Settings

# What the stand-ins know us by (tests/stand-ins).
PARTNERS = {
    "XeroClientSecretArn": ("go1-xero/xero-client", {"client_id": "local-xero-client", "client_secret": "local-xero-secret"}),
    "Go1ClientSecretArn": ("go1-xero/go1-client", {"client_id": "local-go1-client", "client_secret": "local-go1-secret"}),
}


def create(settings: Settings) -> dict[str, str]:
    """Create them, and return their ARNs by the template's parameter."""
    return {
        parameter: call_json(
            settings,
            "secretsmanager",
            "secretsmanager.CreateSecret",
            {"Name": name, "SecretString": json.dumps(value)},
        )["ARN"]
        for parameter, (name, value) in PARTNERS.items()
    }
