"""How many workers there may be, from what the account allows to run at the same time.

Every function of a region shares one number, 10 in a new account and 1,000 later. Workers are the only ones that fill it by
themselves, so those of all stacks together get at most half of what nobody has reserved: a page always finds room.
"""

from __future__ import annotations

from infra.local.steps import Failure

LEAST = 2  # What SQS takes as a mapping's MaximumConcurrency.


def workers(unreserved: int, others: int, usual: int, asked: int | None = None) -> int:
    """How many workers this stack may have at the same time. `others` is what other mappings may already use."""
    room = unreserved // 2 - others
    advice = (
        f"{unreserved} functions may run at the same time in this region and other queues may already take {others}: "
        "ask AWS for more (Service Quotas, AWS Lambda, Concurrent executions, L-B99A9384)"
    )
    if room < LEAST:
        raise Failure(f"no room for workers beside the pages. {advice}")
    if asked is not None and asked > room:
        raise Failure(f"WorkerConcurrency={asked} would starve the pages: at most {room}. {advice}")
    return asked if asked is not None else min(usual, room)
