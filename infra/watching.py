"""What the alarms of `Alarms=all` look at, each exactly: test_watching.py holds the template to it.

Those that are older, and there in every stage, have rules of their own in test_template.py and test_template_rules.py.
"""

from __future__ import annotations

from typing import Any

STACK = {"Ref": "AWS::StackName"}
FUNCTIONS = {
    "Signup": "signup",
    "OauthCallback": "oauth-callback",
    "Preview": "preview",
    "Import": "import",
    "Addon": "addon",
    "Worker": "worker",
    "Sweeper": "sweeper",
}


def _of(function: str) -> list[dict[str, Any]]:
    return [{"Name": "FunctionName", "Value": {"Fn::Sub": f"${{AWS::StackName}}-{function}"}}]


def _read(called: str, namespace: str, metric: str, dimensions: list[dict[str, Any]], stat: str) -> dict[str, Any]:
    """One metric that an expression reads."""
    measured = {"Metric": {"Namespace": namespace, "MetricName": metric, "Dimensions": dimensions}, "Period": 300, "Stat": stat}
    return {"Id": called, "ReturnData": False, "MetricStat": measured}


def _lines(metric: str) -> dict[str, Any]:
    return {"Namespace": STACK, "MetricName": metric, "Statistic": "Sum", "Period": 300}


def _rings(threshold: int, periods: int = 1, operator: str = "GreaterThanThreshold", missing: str = "notBreaching") -> dict[str, Any]:
    return {"Threshold": threshold, "EvaluationPeriods": periods, "ComparisonOperator": operator, "TreatMissingData": missing}


TABLE = [{"Name": "TableName", "Value": {"Ref": "Table"}}]
ALL = {"Id": "all", "Expression": "SUM(FILL(METRICS(), 0))"}

ALARMS: dict[str, dict[str, Any]] = {
    "FunctionsThrottled": {
        "Metrics": [
            {**ALL, "Label": "throttled"},
            *(_read(logical.lower(), "AWS/Lambda", "Throttles", _of(name), "Sum") for logical, name in FUNCTIONS.items()),
        ],
        **_rings(0),
    },
    # As the HTTP API counts, and so whatever the reason is: also where no function of ours was there to say so.
    "ManyPagesFailing": {
        "Namespace": "AWS/ApiGateway",
        "MetricName": "5xx",
        "Dimensions": [{"Name": "ApiId", "Value": {"Ref": "HttpApi"}}],
        "Statistic": "Sum",
        "Period": 300,
        **_rings(20),
    },
    "PagesSlow": {
        "Namespace": "AWS/ApiGateway",
        "MetricName": "Latency",
        "Dimensions": [{"Name": "ApiId", "Value": {"Ref": "HttpApi"}}],
        "ExtendedStatistic": "p99",
        "Period": 300,
        **_rings(15000, 3),
    },
    "WorkerNearTimeout": {
        "Metrics": [
            {"Id": "percent", "Expression": "100 * longest / (1000 * 60)", "Label": "percent of WorkerTimeout"},
            _read("longest", "AWS/Lambda", "Duration", _of("worker"), "Maximum"),
        ],
        **_rings(90),
    },
    "WorkersNearlyAllBusy": {
        "Metrics": [
            {"Id": "percent", "Expression": "100 * most / 51", "Label": "percent of WorkerConcurrency"},
            _read("most", "AWS/Lambda", "ConcurrentExecutions", _of("worker"), "Maximum"),
        ],
        **_rings(80, 3),
    },
    "SweeperSilent": {
        "Namespace": "AWS/Lambda",
        "MetricName": "Invocations",
        "Dimensions": _of("sweeper"),
        "Statistic": "Sum",
        "Period": 300,
        **_rings(1, 1, "LessThanThreshold", "breaching"),
    },
    "TableThrottled": {
        "Metrics": [
            {**ALL, "Label": "refused"},
            _read("reads", "AWS/DynamoDB", "ReadThrottleEvents", TABLE, "Sum"),
            _read("writes", "AWS/DynamoDB", "WriteThrottleEvents", TABLE, "Sum"),
        ],
        **_rings(10),
    },
    "TokensNotRenewed": {**_lines("TokensNotRenewed"), **_rings(2)},
    "AnswersRefused": {**_lines("AnswersRefused"), **_rings(20)},
    "FaultsLogged": {**_lines("FaultsLogged"), **_rings(0)},
    "XeroIdentityRefused": {**_lines("XeroIdentityRefused"), **_rings(0)},
}

RENEWAL = '{ ($.message = "GO1 did not renew a token") || ($.message = "Xero did not renew a token") }'
OTHER_ERRORS = '{ ($.level = "ERROR") && ($.event NOT EXISTS) && ($.message != "a request failed") }'
# An administrator's login is told among the guards and refuses nothing: a morning on which many log in is no attack.
REFUSALS = '{ ($.event = "security") && ($.guard != "administrator-entered") }'
# Xero has taken the code by then, so nobody can bring it about from outside, and the noise of the others cannot hide it.
IDENTITY = '{ ($.event = "security") && ($.guard = "xero-identity") }'

# What each of our own metrics counts in the log of each function.
LINES: dict[str, dict[str, str]] = {
    "TokensNotRenewed": dict.fromkeys(("OauthCallback", "Preview", "Import", "Addon", "Worker"), RENEWAL),
    "AnswersRefused": {
        "OauthCallback": '{ ($.message = "an answer from Xero was refused") }',
        "Addon": '{ ($.message = "an answer from GO1 was refused") }',
    },
    "FaultsLogged": dict.fromkeys(FUNCTIONS, OTHER_ERRORS),
    "SecurityEvents": dict.fromkeys(("Signup", "OauthCallback", "Preview", "Import", "Addon"), REFUSALS),
    "XeroIdentityRefused": {"OauthCallback": IDENTITY},
}

# Where the shipped code writes what the filters and the dashboard's tables look for: the file, and the line's level.
WRITTEN = {
    "GO1 did not renew a token": ("shared/go1-access/src/access.rs", "warn"),
    "Xero did not renew a token": ("shared/xero-access/src/access.rs", "warn"),
    "an answer from Xero was refused": ("functions/oauth-callback/src/callback.rs", "warn"),
    "an answer from GO1 was refused": ("functions/addon/src/callback.rs", "warn"),
    "a request failed": ("shared/web/src/problem.rs", "error"),
    "a request got no answer": ("shared/transport/src/http_transport.rs", "warn"),
    "portal created": ("functions/import/src/provisioning.rs", "info"),
    "import accepted": ("functions/import/src/confirm.rs", "info"),
    "import stopped": ("functions/import/src/stop.rs", "info"),
    "import ended": ("shared/importing/src/ending.rs", "info"),
    "undo accepted": ("shared/importing/src/undo.rs", "info"),
    "an organisation was disconnected": ("shared/xero-access/src/ending.rs", "info"),
    "what was held of a portal is erased": ("shared/importing/src/erasure.rs", "info"),
}


def _each(metric: str) -> list[list[str]]:
    """The metric of every function."""
    return [["AWS/Lambda", metric, "FunctionName", f"${{{name}Function}}"] for name in FUNCTIONS]


# What the dashboard draws: the statistic, the seconds and the metrics, by title. Dots repeat what stands above.
QUEUED = "ApproximateNumberOfMessages"
WIDGETS: dict[str, tuple[str, int, list[Any]]] = {
    "Pages": ("Sum", 300, [["AWS/ApiGateway", "Count", "ApiId", "${HttpApi}"], [".", "4xx", ".", "."], [".", "5xx", ".", "."]]),
    "Pages: how long they take (ms)": (
        "Sum",
        300,
        [["AWS/ApiGateway", "Latency", "ApiId", "${HttpApi}", {"stat": "p50"}], ["...", {"stat": "p99"}]],
    ),
    "Queue and dead letters": (
        "Maximum",
        60,
        [
            ["AWS/SQS", f"{QUEUED}Visible", "QueueName", "${Queue.QueueName}"],
            [".", f"{QUEUED}NotVisible", ".", "."],
            [".", f"{QUEUED}Visible", ".", "${DeadLetterQueue.QueueName}"],
        ],
    ),
    "Errors": ("Sum", 300, _each("Errors")),
    "Throttles": ("Sum", 300, _each("Throttles")),
    "Duration (ms, p99)": ("p99", 300, _each("Duration")),
    "At the same time": ("Maximum", 60, _each("ConcurrentExecutions")),
    "Table": (
        "Sum",
        300,
        [
            ["AWS/DynamoDB", metric, "TableName", "${TableInUse}"]
            for metric in ("ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "ReadThrottleEvents", "WriteThrottleEvents")
        ],
    ),
}
# Whose logs the tables are read from.
TABLES: dict[str, list[str]] = {
    "Sign-ups by step": ["Http"],
    "Portals and imports": ["Import", "Addon", "Worker", "Sweeper", "OauthCallback"],
    "People, by how their imports ended": ["Import", "Addon", "Worker", "Sweeper"],
    "Requests without an answer, by upstream": ["OauthCallback", "Preview", "Import", "Addon", "Worker"],
    "Errors in the log": list(FUNCTIONS),
}
