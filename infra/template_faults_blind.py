"""Mistakes in the template, written by somebody who had read the template, the architecture and none of the rules.

They were committed before the rules were looked at, so that what is caught of them tells what is caught of mistakes that
nobody thought of. Each is a sentence that says what goes wrong, and the change of a copy. Do not add here what a rule
suggests: such faults belong to template_faults.py.
"""

from __future__ import annotations

from typing import Any

from infra.template_faults import Change, _parent, both, drop, extend, put


def word(path: str, old: str, new: str) -> Change:
    """Exchange a word within a text of the template."""

    def change(template: dict[str, Any]) -> None:
        container, key = _parent(template, path)
        at: Any = int(key) if isinstance(container, list) else key
        text = container[at]
        assert old in text, (path, old)
        container[at] = text.replace(old, new)

    return change


NOTHING = {"Ref": "AWS::NoValue"}
STATEMENTS = "Properties|Policies|0|PolicyDocument|Statement"
SCHEDULE = "SweeperFunction|Properties|Events|EveryMinute|Properties"
BATCHES = "WorkerFunction|Properties|Events|Batches|Properties"


def variable(function: str, name: str) -> str:
    return f"{function}|Properties|Environment|Variables|{name}"


def attribute(resource: str, name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [resource, name]}


SECURITY: dict[str, Change] = {
    "import may send to every queue of the account, so a fault in it reaches the queues of the other stage": put(
        f"ImportRole|{STATEMENTS}|3|Resource", {"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:*"}
    ),
    "the signup function, which answers strangers, may read the client secret for GO1": extend(
        f"SignupRole|{STATEMENTS}|2|Resource", {"Ref": "Go1ClientSecretArn"}
    ),
    "the worker may scan the table, so that one hole in it gives every customer's people at once": extend(f"WorkerRole|{STATEMENTS}|1|Action", "dynamodb:Scan"),
    "with an adopted table, addon may write to every table of the account": put(
        f"AddonRole|{STATEMENTS}|1|Resource|Fn::If|2", {"Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/*"}
    ),
    "preview carries a managed policy for finding a bug, which reads every table and stream of the account": put(
        "PreviewRole|Properties|ManagedPolicyArns", ["arn:aws:iam::aws:policy/AmazonDynamoDBReadOnlyAccess"]
    ),
    "everybody in the account may put on the role that reads Xero's secret and sealing key": put(
        "OauthCallbackRole|Properties|AssumeRolePolicyDocument|Statement|0|Principal",
        {"Service": "lambda.amazonaws.com", "AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}},
    ),
    "the sweeper may do all but manage people: NotAction allows whatever it does not name": extend(
        f"SweeperRole|{STATEMENTS}", {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*"], "Resource": "*"}
    ),
    "another account may read the key that seals the Xero tokens": put(
        "XeroSealingKeyPolicy",
        {
            "Type": "AWS::SecretsManager::ResourcePolicy",
            "Condition": "MakesXeroSealingKey",
            "Properties": {
                "SecretId": {"Ref": "XeroSealingKey"},
                "ResourcePolicy": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::210987654321:root"}, "Action": "secretsmanager:GetSecretValue", "Resource": "*"}
                    ],
                },
            },
        },
    ),
    "another account may read the table by a policy that hangs on the table itself": put(
        "Table|Properties|ResourcePolicy",
        {
            "PolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Principal": {"AWS": "210987654321"}, "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": "*"}],
            }
        },
    ),
    "any API of the account may call addon, past the limits and the edge": put(
        "AddonPermission|Properties|SourceArn", {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:*/*"}
    ),
    "the worker loads a layer from an account that is not ours, whose code sees every token": put(
        "WorkerFunction|Properties|Layers", [{"Fn::Sub": "arn:${AWS::Partition}:lambda:${AWS::Region}:210987654321:layer:profiler:7"}]
    ),
    "a copy of every log line of addon goes to a stream of somebody else": put(
        "AddonLogsToUs",
        {
            "Type": "AWS::Logs::SubscriptionFilter",
            "Properties": {
                "LogGroupName": {"Ref": "AddonLogs"},
                "FilterPattern": "",
                "DestinationArn": {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:210987654321:destination:observability"},
            },
        },
    ),
    "the GO1 client secret stands in the worker's environment, where whoever lists functions reads it": put(
        variable("WorkerFunction", "GO1_CLIENT_SECRET"), {"Fn::Sub": "{{resolve:secretsmanager:${Go1ClientSecretArn}:SecretString:client_secret}}"}
    ),
    "the key that seals GO1 tokens is written into the template, so whoever has the repository opens them": both(
        drop("Go1SealingKey|Properties|GenerateSecretString"),
        put("Go1SealingKey|Properties|SecretString", '{"current": "1", "1": "8f14e45fceea167a5a36dedd4bea25438f14e45fceea167a5a36dedd4bea2543"}'),
    ),
    "addon is not told the edge's secret, so its pages answer past the firewall": drop(variable("AddonFunction", "EDGE_SECRET_ARN")),
    "where a domain is made, the address that AWS gave stays open": put("HttpApi|Properties|DisableExecuteApiEndpoint", False),
    "pages may be asked for with TLS 1.0": put("Domain|Properties|DomainNameConfigurations|0|SecurityPolicy", "TLS_1_0"),
    "one route is freed from the limit: imports can be posted without end": put(
        "HttpStage|Properties|RouteSettings", {"POST /imports": {"ThrottlingRateLimit": 100000, "ThrottlingBurstLimit": 50000}}
    ),
    "the access log names the path, in which receipts and imports stand": word(
        "HttpStage|Properties|AccessLogSettings|Format", '"route":"$context.routeKey"', '"route":"$context.routeKey","uri":"$context.path"'
    ),
    "tokens are exchanged with Xero over plain HTTP where nobody says otherwise": put("^Parameters|XeroIdentityUrl|Default", "http://identity.xero.com"),
    "pictures may come from anywhere, which opens the page's policy to every host": put("^Parameters|Go1PictureOrigins|Default", "https://*"),
    "the support link may be javascript, which runs on the help page": put("^Parameters|SupportContact|AllowedPattern", "^.+$"),
    "a login with GO1 goes without its proof key": put("^Parameters|Go1Pkce|Default", "off"),
    "whoever knows the queue's address may send batches to it": put(
        "QueuePolicy",
        {
            "Type": "AWS::SQS::QueuePolicy",
            "Properties": {
                "Queues": [{"Ref": "Queue"}],
                "PolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": attribute("Queue", "Arn")}],
                },
            },
        },
    ),
    "a key of ours encrypts the table and everybody may use and delete it": both(
        put(
            "TableKey",
            {
                "Type": "AWS::KMS::Key",
                "Properties": {
                    "KeyPolicy": {
                        "Version": "2012-10-17",
                        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"}],
                    }
                },
            },
        ),
        put("Table|Properties|SSESpecification", {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": {"Ref": "TableKey"}}),
    ),
}

RELIABILITY: dict[str, Change] = {
    "the worker may run for fifteen minutes, and the queue shows its messages to a second one after six": put("WorkerFunction|Properties|Timeout", 900),
    "pages may take a minute, though the API has given up after half of it": put("^Globals|Function|Timeout", 60),
    "a message that has waited three times for a login counts as dead": put("Queue|Properties|RedrivePolicy|maxReceiveCount", 3),
    "dead letters are gone after a weekend, before anybody has read them": put("DeadLetterQueue|Properties|MessageRetentionPeriod", 86400),
    "every batch waits a quarter of an hour before it is worked": put("Queue|Properties|DelaySeconds", 900),
    "messages that a filter does not match are deleted without being worked": put(
        f"{BATCHES}|FilterCriteria", {"Filters": [{"Pattern": '{"body": {"kind": ["batch"]}}'}]}
    ),
    "nothing holds the worker back, so a large import leaves no executions for the pages": drop(f"{BATCHES}|ScalingConfig"),
    "the sweeper is reserved no executions at all, as somebody did by hand during an incident": put(
        "SweeperFunction|Properties|ReservedConcurrentExecutions", 0
    ),
    "rows expire by an attribute that no row has, so emails are kept for ever": put("Table|Properties|TimeToLiveSpecification|AttributeName", "ttl"),
    "the table can be put back to yesterday only: a mistake found on Monday cannot be mended": put(
        "Table|Properties|PointInTimeRecoverySpecification|RecoveryPeriodInDays", 1
    ),
    "a change that replaces the table deletes the old one": drop("Table|UpdateReplacePolicy"),
    "the table takes no more than a few writes a second": put("Table|Properties|OnDemandThroughput", {"MaxReadRequestUnits": 10, "MaxWriteRequestUnits": 5}),
    "the schedule that starts the sweeper ends with the year": put(f"{SCHEDULE}|EndDate", "2026-12-31T23:59:59Z"),
    "each sweep may come a quarter of an hour late": put(f"{SCHEDULE}|FlexibleTimeWindow", {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15}),
    "the schedule may invoke the function but not the alias that it invokes, so that no sweep runs": put(
        f"SweeperScheduleRole|{STATEMENTS}|0|Resource", attribute("SweeperFunction", "Arn")
    ),
    "only EventBridge rules may put on the role of the schedule, so that no sweep runs": put(
        "SweeperScheduleRole|Properties|AssumeRolePolicyDocument|Statement|0|Principal|Service", "events.amazonaws.com"
    ),
    "the API may call the function and not its alias: every page of signup is an error": put(
        "SignupPermission|Properties|FunctionName", {"Ref": "SignupFunction"}
    ),
    "the API calls what was uploaded last: no canary, no rollback": put("ImportIntegration|Properties|IntegrationUri", attribute("ImportFunction", "Arn")),
    "the API gives preview five seconds, and reading people from Xero takes longer": put("PreviewIntegration|Properties|TimeoutInMillis", 5000),
    "changed routes never reach the stage": put("HttpStage|Properties|AutoDeploy", False),
    "the route of a GO1 login is misspelled and ends on the page that knows nothing": put("Go1CallbackRoute|Properties|RouteKey", "GET /oauth/go1/callbacks"),
    "the worker stands in a network without a way out, so that no call to GO1 is answered": put(
        "WorkerFunction|Properties|VpcConfig", {"SubnetIds": ["subnet-0a1b2c3d"], "SecurityGroupIds": ["sg-0a1b2c3d"]}
    ),
    "preview is built for arm64 and started on x86": put("PreviewFunction|Properties|Architectures", ["x86_64"]),
    "the button that erases a portal asks browsers for a signature of AWS, which none has": put("EraseRoute|Properties|AuthorizationType", "AWS_IAM"),
    "the button that erases a portal leads to the function of imports, which does not know it": put(
        "EraseRoute|Properties|Target", {"Fn::Sub": "integrations/${ImportIntegration}"}
    ),
    "the name of PublicUrl answers below a path only": put("DomainMapping|Properties|ApiMappingKey", "v1"),
    "the sealing key has half of the digits that the functions ask for, and nobody can connect": put(
        "XeroSealingKey|Properties|GenerateSecretString|PasswordLength", 32
    ),
    "an account whose creation was not answered is made again after a second, twice where GO1 is slow": put("^Parameters|Go1Unanswered|Default", 1),
    "a deploy by hand succeeds and publishes no version, since the digest has a default": put("^Parameters|Release|Default", "0" * 64),
    "an adopted table may come without its keys, which opens no token of it": drop("^Rules|TableAndKeysAreAdoptedTogether"),
    "with an edge the API's own address is closed, which is where the edge asks": put(
        "^Conditions|HasHostedZone", {"Fn::Not": [{"Fn::Equals": [{"Ref": "HostedZoneId"}, ""]}]}
    ),
}

DATA_FLOW: dict[str, Change] = {
    "the sweeper works on the table of another stack": put(variable("SweeperFunction", "TABLE_NAME"), "xero-prod-Table"),
    "the sweeper reckons that messages are hidden for half a minute, and sends again what is being worked": put(
        variable("SweeperFunction", "QUEUE_VISIBILITY_SECONDS"), "30"
    ),
    "people in Australia are given the courses of the United States": put(variable("ImportFunction", "GO1_COURSES_AU"), {"Ref": "Go1CoursesUs"}),
    "oauth-callback seals Xero tokens with the key of GO1, which it may not read": put(
        variable("OauthCallbackFunction", "XERO_SEALING_KEY_ARN"),
        {"Fn::If": ["MakesGo1SealingKey", attribute("Go1SealingKey", "Id"), {"Ref": "ExistingGo1SealingKeyArn"}]},
    ),
    "trials may make as many portals as customers, and none can be deleted": put(variable("ImportFunction", "TRIAL_PORTALS_PER_DAY"), {"Ref": "PortalsPerDay"}),
    "preview shows GO1 the secret by which Xero knows us": put(variable("PreviewFunction", "GO1_CLIENT_SECRET_ARN"), {"Ref": "XeroClientSecretArn"}),
    "what addon has to be done is sent to the dead letters, where it may not send": put(variable("AddonFunction", "QUEUE_URL"), {"Ref": "DeadLetterQueue"}),
    "the worker believes that it has a quarter of an hour, and is cut off in the middle of a person": put(
        variable("WorkerFunction", "WORKER_TIMEOUT_SECONDS"), "900"
    ),
    "addon sends people back to the address that AWS gave, which GO1 does not know and which is closed": put(
        variable("AddonFunction", "PUBLIC_URL"), attribute("HttpApi", "ApiEndpoint")
    ),
    "a login may make five thousand portals a day, and none can be deleted": put("^Parameters|PortalsPerDay|Default", 5000),
    "addon is packaged from the folder of import": put("AddonFunction|Properties|CodeUri", "../target/lambda/import/"),
    "GO1 is asked without a limit, and answers all of us with 429": put("^Parameters|Go1CallsPerSecond|Default", 0),
}

OPERATIONS: dict[str, Change] = {
    "the errors of preview are looked for under a name that no function has": put(
        "PreviewErrors|Properties|Dimensions|0|Value", {"Fn::Sub": "${AWS::StackName}-previews"}
    ),
    "an error of the worker is told only where every invocation failed: the least of ones and zeros is zero": put(
        "WorkerErrors|Properties|Statistic", "Minimum"
    ),
    "dead letters are counted by a metric that does not count what a queue moves": put("DeadLetters|Properties|MetricName", "NumberOfMessagesSent"),
    "a sweeper that is not started has no figures, and no figures are taken for health": put("SweeperSilent|Properties|TreatMissingData", "notBreaching"),
    "pages are slow only beyond 35 seconds, and the API gives up at 30": put("PagesSlow|Properties|Threshold", 35000),
    "a stuck import is told after an hour without a break": both(
        put("ImportStuck|Properties|EvaluationPeriods", 12), put("ImportStuck|Properties|DatapointsToAlarm", 12)
    ),
    "who is told of failing pages is told only when the figures are missing": both(
        drop("PagesFailing|Properties|AlarmActions"),
        put("PagesFailing|Properties|InsufficientDataActions", {"Fn::If": ["HasAlarmTopic", [{"Ref": "AlarmTopicArn"}], NOTHING]}),
    ),
    "security events of addon are counted as nothing": put("AddonSecurityEvents|Properties|MetricTransformations|0|MetricValue", "0"),
    "a token that was not renewed is never counted, since no line says both": word(
        "WorkerTokensNotRenewed|Properties|FilterPattern", "||", "&&"
    ),
    "failing pages of preview are looked for in the log of signup": put("PreviewPagesFailing|Properties|LogGroupName", {"Ref": "SignupLogs"}),
    "the log of the worker is of the cheap class, from which no metric is made": put("WorkerLogs|Properties|LogGroupClass", "INFREQUENT_ACCESS"),
    "Lambda throws away every line below an error, and with it what the alarms count": put("^Globals|Function|LoggingConfig|ApplicationLogLevel", "FATAL"),
    "throttles are told only where all seven functions are throttled": put("FunctionsThrottled|Properties|Metrics|0|Expression", "MIN(METRICS())"),
    "the worker's duration is held against fifteen minutes": put("WorkerNearTimeout|Properties|Metrics|0|Expression", "100 * longest / (1000 * 900)"),
    "a new worker is rolled back by the sweeper's errors, and not by its own": put(
        "WorkerFunction|Properties|DeploymentPreference|Alarms", [{"Ref": "SweeperErrors"}]
    ),
    "the log of preview is gone before anybody comes to read it": put("PreviewLogs|Properties|RetentionInDays", 1),
    "the dashboard asks one region only, wherever it is deployed": word("Dashboard|Properties|DashboardBody|Fn::Sub|0", "${AWS::Region}", "us-east-1"),
}

COST: dict[str, Change] = {
    "fifty signups are kept warm day and night": put("SignupFunction|Properties|ProvisionedConcurrencyConfig", {"ProvisionedConcurrentExecutions": 50}),
    "every function has ten gigabytes of memory, which costs forty times as much": put("^Globals|Function|MemorySize", 10240),
    "the log of the sweeper, which writes every minute, is kept for ever": drop("SweeperLogs|Properties|RetentionInDays"),
    "every call is traced, which nobody decided and the roles do not allow": put("^Globals|Function|Tracing", "Active"),
    "the table is paid for by the hour at a thousand writes a second": both(
        put("Table|Properties|BillingMode", "PROVISIONED"),
        put("Table|Properties|ProvisionedThroughput", {"ReadCapacityUnits": 1000, "WriteCapacityUnits": 1000}),
    ),
}

BLIND: dict[str, Change] = {**SECURITY, **RELIABILITY, **DATA_FLOW, **OPERATIONS, **COST}

RULES = "Firewall|Properties|Rules"
SITE = "Distribution|Properties|DistributionConfig"
BLIND_AT_THE_EDGE: dict[str, Change] = {
    "the edge asks the API over plain HTTP, with the secret in a header": put(f"{SITE}|Origins|0|CustomOriginConfig|OriginProtocolPolicy", "http-only"),
    "one visitor's landing page, with what a cookie tells of them, is shown to the next": put(
        "PublicPagesCache|Properties|CachePolicyConfig|ParametersInCacheKeyAndForwardedToOrigin|CookiesConfig|CookieBehavior", "none"
    ),
    "pages that say no-store are kept for a minute all the same": both(
        put("PagesCache|Properties|CachePolicyConfig|MinTTL", 60), put("PagesCache|Properties|CachePolicyConfig|MaxTTL", 60)
    ),
    "every page is kept as an asset is, without regard to who asks": put(f"{SITE}|CacheBehaviors|0|PathPattern", "/*"),
    "posts are never counted, since methods are written in capitals": put(
        f"{RULES}|1|Statement|RateBasedStatement|ScopeDownStatement|ByteMatchStatement|SearchString", "post"
    ),
    "whoever writes another address into a header has a limit of their own": put(
        f"{RULES}|0|Statement|RateBasedStatement",
        {
            "AggregateKeyType": "FORWARDED_IP",
            "ForwardedIPConfig": {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "NO_MATCH"},
            "EvaluationWindowSec": 300,
            "Limit": {"Ref": "RequestsOfAnAddress"},
        },
    ),
    "addresses, queries and cookies of people are written to a bucket": put(
        f"{SITE}|Logging", {"Bucket": "xero-edge-logs.s3.amazonaws.com", "IncludeCookies": True}
    ),
    "the API is sent the name that people use, which it does not know, and refuses every page": put(
        f"{SITE}|DefaultCacheBehavior|OriginRequestPolicyId", "216adef6-5c7f-47e4-b989-5492eafa07d3"
    ),
    "an error is kept for an hour and shown to everybody as the landing page": put(
        f"{SITE}|CustomErrorResponses", [{"ErrorCode": 502, "ErrorCachingMinTTL": 3600, "ResponseCode": 200, "ResponsePagePath": "/"}]
    ),
    "forms that carry a script are counted and let through": extend(
        f"{RULES}|4|Statement|ManagedRuleGroupStatement|RuleActionOverrides", {"Name": "CrossSiteScripting_BODY", "ActionToUse": {"Count": {}}}
    ),
}
