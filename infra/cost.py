"""What a stage costs a month, item by item, from what its template comes to: `python -m infra.cost` writes the tables of docs/cost.md.

Prices are list prices in US dollars, without AWS's free tier; where the two regions that we use differ, Sydney's. What an item is
counted from stands beside it, so that another figure can be put in.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.deploy.stages import load
from infra.expansion import expand
from infra.snapshot import VALUES
from infra.template_text import read

FILE = Path(__file__).parents[1] / "docs" / "cost.md"
BUDGETS = {"dev": 3.0, "prod": 25.0}

SECRET, ALARM_METRIC, DASHBOARD, METRIC, ZONE = 0.40, 0.10, 3.00, 0.30, 0.50
LAMBDA_REQUEST, LAMBDA_GB_SECOND = 0.20e-6, 0.0000133334
FIFO_REQUEST, HTTP_REQUEST, SCHEDULE = 0.50e-6, 1.29e-6, 1.25e-6
TABLE_READ, TABLE_WRITE, TABLE_GB, BACKUP_GB = 0.1425e-6, 0.7125e-6, 0.285, 0.228
LOG_GB, S3_GB = 0.67, 0.025
FIREWALL, FIREWALL_RULE, FIREWALL_REQUEST, EDGE_REQUEST, EDGE_GB = 5.00, 1.00, 0.60e-6, 1.25e-6, 0.114

MINUTES = 60 * 24 * 30
MEMORY_GB = 256 / 1024
# Assumed, and to be replaced by the bill.
# A sweep with nothing to do reads which imports, erasures and connections there are, and where the last one stopped.
SWEEP_SECONDS, SWEEP_READS, SWEEP_LOG_BYTES = 0.05, 4, 1500
STORED_GB = {"dev": 0.01, "prod": 0.5}
POLLERS, POLL_SECONDS = 5, 20  # Lambda asks a queue that is empty by five long polls at a time.
RELEASES_GB = 20 * 7 * 4 / 1000  # Twenty releases of seven archives of 4 MB.
# A month of production: imports of 200 people with five courses, and the pages around them.
IMPORTS, PAGES_OF_A_CUSTOMER, IMPORT_DOLLARS = 300, 60, 0.0015
PAGE_SECONDS, PAGE_READS, PAGE_WRITES, PAGE_LOG_BYTES = 0.3, 8, 2, 2500
EDGE_REQUESTS_OF_A_PAGE, PAGE_BYTES = 3, 30_000


@dataclass(frozen=True)
class Item:
    """One line of the bill."""

    name: str
    counted: str
    dollars: float


def of_stage(stage: str) -> list[Item]:
    """What a stage of samconfig.toml costs while nobody uses it."""
    overrides = load(stage).overrides
    given = {name: value for name, value in VALUES.items() if name not in ("Canary", "Alarms")}
    if stage == "dev":
        del given["HostedZoneId"], given["PublicUrl"]
    return [*_idle(expand(read(), **{**given, **overrides}), STORED_GB[stage])]


def of_edge() -> list[Item]:
    """What the edge adds to production, customers included."""
    rules = len(read("edge.yaml")["Resources"]["Firewall"]["Properties"]["Rules"])
    requests = IMPORTS * PAGES_OF_A_CUSTOMER * EDGE_REQUESTS_OF_A_PAGE
    sent = IMPORTS * PAGES_OF_A_CUSTOMER * PAGE_BYTES / 1e9 * EDGE_GB
    return [
        Item("firewall", f"${FIREWALL:.2f}, and {rules} rules and sets at ${FIREWALL_RULE:.2f}", FIREWALL + rules * FIREWALL_RULE),
        Item("shared secret", f"one and its replica at ${SECRET:.2f}", 2 * SECRET),
        Item("requests", f"{requests:,}, pages and assets, with their transfer", requests * (FIREWALL_REQUEST + EDGE_REQUEST) + sent),
    ]


def in_use() -> list[Item]:
    """What customers add in a month."""
    pages = IMPORTS * PAGES_OF_A_CUSTOMER
    each = LAMBDA_REQUEST + PAGE_SECONDS * MEMORY_GB * LAMBDA_GB_SECOND + HTTP_REQUEST + PAGE_READS * TABLE_READ + PAGE_WRITES * TABLE_WRITE
    return [
        Item("imports", f"{IMPORTS} full imports at ${IMPORT_DOLLARS:.4f} (what make bench counted with the defaults, at 128 MB)", IMPORTS * IMPORT_DOLLARS),
        Item("pages", f"{pages:,} requests: API, function, table", pages * each),
        Item("their logs", f"{pages:,} requests of {PAGE_LOG_BYTES:,} bytes", pages * PAGE_LOG_BYTES / 1e9 * LOG_GB),
        Item("metrics from log lines", "five of them in every hour of the month, at most", 5 * METRIC),
        Item("figures of calls", "three for each upstream in every hour of the month, at most", 6 * METRIC),
    ]


def _idle(resources: dict[str, dict[str, Any]], stored: float) -> Iterator[Item]:
    kinds = [one["Type"] for one in resources.values()]
    keys, clients = kinds.count("AWS::SecretsManager::Secret"), 2
    yield Item("secrets", f"{keys} sealing keys and {clients} clients at ${SECRET:.2f}", (keys + clients) * SECRET)
    # An alarm on an expression is paid for by the metrics that it reads.
    metrics = sum(_metrics(one["Properties"]) for one in resources.values() if one["Type"] == "AWS::CloudWatch::Alarm")
    yield Item("alarms", f"{kinds.count('AWS::CloudWatch::Alarm')} alarms on {metrics} metrics at ${ALARM_METRIC:.2f}", metrics * ALARM_METRIC)
    if dashboards := kinds.count("AWS::CloudWatch::Dashboard"):
        yield Item("dashboard", f"{dashboards} at ${DASHBOARD:.2f}", dashboards * DASHBOARD)
    polls = POLLERS * MINUTES * 60 / POLL_SECONDS
    yield Item("queue", f"{POLLERS} long polls at a time, each of {POLL_SECONDS} seconds: {polls:,.0f} requests", polls * FIFO_REQUEST)
    each = LAMBDA_REQUEST + SCHEDULE + SWEEP_SECONDS * MEMORY_GB * LAMBDA_GB_SECOND + SWEEP_READS * TABLE_READ
    yield Item("sweeper", f"{MINUTES:,} sweeps: schedule, function, {SWEEP_READS} reads of the table", MINUTES * each)
    yield Item("logs", f"{MINUTES:,} sweeps of {SWEEP_LOG_BYTES:,} bytes", MINUTES * SWEEP_LOG_BYTES / 1e9 * LOG_GB)
    yield Item("table and archives", f"{stored} GB with its backups; twenty releases", stored * (TABLE_GB + BACKUP_GB) + RELEASES_GB * S3_GB)
    if "AWS::Route53::RecordSet" in kinds:
        yield Item("hosted zone", "the one that HostedZoneId names", ZONE)


def _metrics(alarm: dict[str, Any]) -> int:
    return sum("MetricStat" in one for one in alarm["Metrics"]) if "Metrics" in alarm else 1


def table(items: list[Item]) -> str:
    """The items as a table of Markdown."""
    lines = ["| item | counted from | $ a month |", "| --- | --- | ---: |"]
    lines += [f"| {one.name} | {one.counted} | {one.dollars:.2f} |" for one in items]
    return "\n".join([*lines, f"| **together** | | **{total(items):.2f}** |"])


def total(items: list[Item]) -> float:
    """In whole cents."""
    return round(sum(one.dollars for one in items), 2)


def tables() -> dict[str, str]:
    """The tables of docs/cost.md, by the name of their place in it."""
    return {"dev, idle": table(of_stage("dev")), "prod, idle": table(of_stage("prod")), "prod, in use": table(in_use()), "prod, edge": table(of_edge())}


def filled(page: str) -> str:
    """The page with its tables as they are now."""
    for name, text in tables().items():
        page, times = re.subn(rf"(<!-- {re.escape(name)} -->\n).*?(?=\n<!-- end -->)", lambda found: found[1] + text, page, flags=re.S)
        assert times == 1, name
    return page


if __name__ == "__main__":
    FILE.write_text(filled(FILE.read_text()))
    print(json.dumps({"dev": total(of_stage("dev")), "prod": total(of_stage("prod")), "in use": total(in_use()), "edge": total(of_edge())}))
