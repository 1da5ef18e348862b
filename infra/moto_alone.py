"""Serves moto's DynamoDB on loopback, one request at a time: a transaction that moto cancels puts all tables back as they
were before it, and what another request wrote meanwhile would be lost."""

import sys
from threading import Lock

from moto.server import DomainDispatcherApplication, create_backend_app
from werkzeug.serving import run_simple

moto = DomainDispatcherApplication(create_backend_app)
alone = Lock()


def one_at_a_time(environ, start_response):  # type: ignore[no-untyped-def]
    """Answer a request when no other is being answered."""
    with alone:
        return list(moto(environ, start_response))


run_simple("127.0.0.1", int(sys.argv[1]), one_at_a_time, threaded=True)
