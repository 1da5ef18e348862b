"""Mistakes that somebody could make in the template, each a change of a copy. test_template_faults.py counts which are caught.

A path begins in `Resources`, or with `^` at the top. `put` sets, `drop` removes, `extend` appends, `rename` moves.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

Change = Callable[[dict[str, Any]], None]


def _step(container: Any, key: str) -> Any:
    return container[int(key)] if isinstance(container, list) else container[key]


def _parent(template: dict[str, Any], path: str) -> tuple[Any, str]:
    keys = path.removeprefix("^").split("|")
    container: Any = template if path.startswith("^") else template["Resources"]
    for key in keys[:-1]:
        container = _step(container, key)
    return container, keys[-1]


def put(path: str, value: Any) -> Change:
    def change(template: dict[str, Any]) -> None:
        container, key = _parent(template, path)
        if isinstance(container, list):
            container[int(key)] = copy.deepcopy(value)
        else:
            container[key] = copy.deepcopy(value)

    return change


def drop(path: str) -> Change:
    def change(template: dict[str, Any]) -> None:
        container, key = _parent(template, path)
        del container[int(key) if isinstance(container, list) else key]

    return change


def extend(path: str, value: Any) -> Change:
    def change(template: dict[str, Any]) -> None:
        container, key = _parent(template, path)
        _step(container, key).append(copy.deepcopy(value))

    return change


def both(*changes: Change) -> Change:
    def change(template: dict[str, Any]) -> None:
        for one in changes:
            one(template)

    return change


def _statements(role: str) -> str:
    return f"{role}|Properties|Policies|0|PolicyDocument|Statement"


def _row(function: str, action: str, pattern: str, alone: bool = False) -> Change:
    """Give a function rows of that kind as well: beside its others, or by a statement that is held to nothing else."""

    def change(template: dict[str, Any]) -> None:
        container, key = _parent(template, _statements(f"{function}Role"))
        statements = container[key]
        if not alone:
            (one,) = [one for one in statements if one.get("Action") == [f"dynamodb:{action}"]]
            one["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"].append(pattern)
        else:
            condition = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": [pattern]}}
            statements.append({"Effect": "Allow", "Action": [f"dynamodb:{action}"], "Resource": statements[1]["Resource"], "Condition": condition})

    return change


def _unheld(function: str, condition: str) -> Change:
    """Take one condition from every statement of a function."""

    def change(template: dict[str, Any]) -> None:
        container, key = _parent(template, _statements(f"{function}Role"))
        for statement in container[key]:
            statement.get("Condition", {}).pop(condition, None)

    return change


FOR_ALL = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
BUCKET = {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}
INVOKE = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "WorkerFunction.Alias"}, "Principal": "*"}
QUEUE_POLICY = {
    "Queues": [{"Ref": "Queue"}],
    "PolicyDocument": {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sqs:*", "Resource": "*"}]},
}
TRUST = "AssumeRolePolicyDocument|Statement"

FAULTS: dict[str, Change] = {
    # ---- who may do what ----
    "a role may do everything": extend(_statements("WorkerRole"), EVERYTHING),
    "a role may do everything with the table": put(f"{_statements('SignupRole')}|1|Action", ["dynamodb:*"]),
    "a role may scan the table": extend(f"{_statements('WorkerRole')}|1|Action", "dynamodb:Scan"),
    "the worker is held to no rows": drop(f"{_statements('WorkerRole')}|1|Condition"),
    "the worker reads every row": put(f"{_statements('WorkerRole')}|1|Condition|ForAllValues:StringLike|dynamodb:LeadingKeys", ["*"]),
    "the worker reads sign-ups as well": extend(f"{_statements('WorkerRole')}|1|Condition|ForAllValues:StringLike|dynamodb:LeadingKeys", "SIGN_UP#*"),
    "one row that fits lets the others pass": both(
        put(f"{_statements('PreviewRole')}|1|Condition|ForAnyValue:StringLike", {"dynamodb:LeadingKeys": ["TENANT#*"]}),
        drop(f"{_statements('PreviewRole')}|1|Condition|ForAllValues:StringLike"),
    ),
    "rows are asked for as long as IAM is told them": put(
        f"{_statements('ImportRole')}|1|Condition", {"ForAllValues:StringLikeIfExists": {"dynamodb:LeadingKeys": ["TENANT#*"]}}
    ),
    "the door makes administrators": _row("Signup", "PutItem", "ADMINISTRATOR_SESSION#*"),
    "the door writes administrators' sessions over": _row("Signup", "UpdateItem", "ADMINISTRATOR_SESSION#*", alone=True),
    "the preview deletes the trail": _row("Preview", "DeleteItem", "SIGN_UP#*", alone=True),
    "the import changes what an entry of the trail says": _row("Import", "UpdateItem", "SIGN_UP#*", alone=True),
    "who changes an attribute is shown the rest": _unheld("Signup", "StringEqualsIfExists"),
    "who ends a row may change all of it": _unheld("Import", "ForAllValues:StringEquals"),
    "a role reads every secret": put(f"{_statements('WorkerRole')}|2|Resource", ["*"]),
    "the worker reads Xero's secret": extend(f"{_statements('WorkerRole')}|2|Resource", {"Ref": "XeroClientSecretArn"}),
    "the sweeper reads a secret": extend(
        _statements("SweeperRole"), {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": {"Ref": "Go1ClientSecretArn"}}
    ),
    "a role denies by NotAction": extend(_statements("AddonRole"), {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}),
    "a managed policy is added to a role": put("ImportRole|Properties|ManagedPolicyArns", [ADMIN]),
    "anybody takes a role": put(f"ImportRole|Properties|{TRUST}", [FOR_ALL]),
    "an account's root takes a role": put(f"PreviewRole|Properties|{TRUST}|0|Principal", {"AWS": "arn:aws:iam::123456789012:root"}),
    "another service takes a role": put(f"PreviewRole|Properties|{TRUST}|0|Principal|Service", "ec2.amazonaws.com"),
    "a function has the role of another": put("SignupFunction|Properties|Role", {"Fn::GetAtt": ["ImportRole", "Arn"]}),
    "a function's role is made by SAM": drop("SignupFunction|Properties|Role"),
    "a role of nobody": put("SpareRole", {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [FOR_ALL]}}}),
    "a user with a key": put("Deployer", {"Type": "AWS::IAM::User", "Properties": {}}),
    "a role has a fixed name": put("WorkerRole|Properties|RoleName", "worker"),
    "the schedule's role invokes everything": put("SweeperScheduleRole|Properties|Policies|0|PolicyDocument|Statement|0|Resource", "*"),
    "a role writes other logs": put(f"{_statements('WorkerRole')}|0|Resource", {"Fn::GetAtt": ["HttpLogs", "Arn"]}),
    "the queue has a policy for everybody": put("QueuePolicy", {"Type": "AWS::SQS::QueuePolicy", "Properties": QUEUE_POLICY}),
    "the table has a policy for everybody": put("Table|Properties|ResourcePolicy", {"PolicyDocument": {"Statement": [FOR_ALL]}}),
    # ---- who reaches it ----
    "a function has an address of its own": put("WorkerFunction|Properties|FunctionUrlConfig", {"AuthType": "NONE"}),
    "all functions have addresses of their own": put("^Globals|Function|FunctionUrlConfig", {"AuthType": "NONE"}),
    "anybody invokes a function": put("OpenPermission", {"Type": "AWS::Lambda::Permission", "Properties": INVOKE}),
    "a permission is for any API": drop("SignupPermission|Properties|SourceArn"),
    "a permission is for any account's API": put("SignupPermission|Properties|SourceArn", "arn:aws:execute-api:*:*:*"),
    "a permission is for another service": put("SignupPermission|Properties|Principal", "s3.amazonaws.com"),
    "a permission is of the unpublished function": put("SignupPermission|Properties|FunctionName", {"Ref": "SignupFunction"}),
    "other sites' scripts may call": put("HttpApi|Properties|CorsConfiguration", {"AllowOrigins": ["*"]}),
    "an integration leads to the unpublished function": put("AddonIntegration|Properties|IntegrationUri", {"Fn::GetAtt": ["AddonFunction", "Arn"]}),
    "an integration leads to another function": put("AddonIntegration|Properties|IntegrationUri", {"Ref": "ImportFunction.Alias"}),
    "an integration leads elsewhere": put("AddonIntegration|Properties|IntegrationUri", "https://example.com"),
    "an integration speaks the older format": put("AddonIntegration|Properties|PayloadFormatVersion", "1.0"),
    "a route leads to another function": put("EraseRoute|Properties|Target", {"Fn::Sub": "integrations/${SignupIntegration}"}),
    "a route is missing": drop("EraseRoute"),
    "a route is for every method": put("EraseRoute|Properties|RouteKey", "ANY /portal/erase"),
    "a route more": put("MetricsRoute", {"Type": "AWS::ApiGatewayV2::Route", "Properties": {"ApiId": {"Ref": "HttpApi"}, "RouteKey": "GET /debug", "Target": {"Fn::Sub": "integrations/${AddonIntegration}"}}}),
    "a route is without a limit": put("HttpStage|Properties|RouteSettings", {"POST /signup": {"ThrottlingRateLimit": 100000}}),
    "no limit at all": drop("HttpStage|Properties|DefaultRouteSettings"),
    "a limit that limits nothing": put("^Parameters|RequestsPerSecond|Default", 1000000),
    "the burst is without a limit": drop("HttpStage|Properties|DefaultRouteSettings|ThrottlingBurstLimit"),
    "every route's details are measured and logged": put("HttpStage|Properties|DefaultRouteSettings|DataTraceEnabled", True),
    "the stage is not deployed by itself": put("HttpStage|Properties|AutoDeploy", False),
    "another stage beside it": put("Spare", {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"ApiId": {"Ref": "HttpApi"}, "StageName": "spare", "AutoDeploy": True}}),
    "the address of AWS stays open beside the domain": put("HttpApi|Properties|DisableExecuteApiEndpoint", False),
    "old TLS": put("Domain|Properties|DomainNameConfigurations|0|SecurityPolicy", "TLS_1_0"),
    "the record leads elsewhere": put("DomainRecord|Properties|AliasTarget|DNSName", "example.com"),
    "the certificate waits for a mail": put("Certificate|Properties|ValidationMethod", "EMAIL"),
    # ---- logs ----
    "the access log has addresses": put("HttpStage|Properties|AccessLogSettings|Format", '{"ip":"$context.identity.sourceIp"}'),
    "the access log has paths": put("HttpStage|Properties|AccessLogSettings|Format", '{"path":"$context.path"}'),
    "there is no access log": drop("HttpStage|Properties|AccessLogSettings"),
    "a function logs at debug by default": put("^Parameters|LogLevel|Default", "debug"),
    "a function logs at trace whatever is asked": put("WorkerFunction|Properties|Environment|Variables|RUST_LOG", "trace"),
    "logs are kept for ever": drop("WorkerLogs|Properties|RetentionInDays"),
    "logs are kept for ten years": put("WorkerLogs|Properties|RetentionInDays", 3653),
    "a function logs elsewhere": put("WorkerFunction|Properties|LoggingConfig|LogGroup", {"Ref": "SignupLogs"}),
    "a function logs text": put("^Globals|Function|LoggingConfig|LogFormat", "Text"),
    "what is said at debug is dropped": put("^Globals|Function|LoggingConfig|ApplicationLogLevel", "INFO"),
    "logs are sent to somebody": put("Export", {"Type": "AWS::Logs::SubscriptionFilter", "Properties": {"LogGroupName": {"Ref": "WorkerLogs"}, "DestinationArn": "arn:aws:kinesis:x", "FilterPattern": ""}}),
    # ---- alarms ----
    "alarms are disabled": put("DeadLetters|Properties|ActionsEnabled", False),
    "an alarm tells nobody": drop("DeadLetters|Properties|AlarmActions"),
    "an alarm tells somebody else": put("WorkerErrors|Properties|AlarmActions", ["arn:aws:sns:ap-southeast-2:999999999999:other"]),
    "an alarm is reversed": put("WorkerErrors|Properties|ComparisonOperator", "LessThanThreshold"),
    "an alarm needs a thousand": put("WorkerErrors|Properties|Threshold", 1000),
    "an alarm needs a day": put("WorkerErrors|Properties|EvaluationPeriods", 288),
    "an alarm averages": put("WorkerErrors|Properties|Statistic", "Average"),
    "an alarm takes the least": put("DeadLetters|Properties|Statistic", "Minimum"),
    "an alarm watches another function": put("WorkerErrors|Properties|Dimensions|0|Value", {"Fn::Sub": "${AWS::StackName}-signup"}),
    "an alarm watches the wrong queue": put("DeadLetters|Properties|Dimensions|0|Value", {"Fn::GetAtt": ["Queue", "QueueName"]}),
    "an alarm watches the wrong metric": put("WorkerErrors|Properties|MetricName", "Invocations"),
    "an alarm of the pages watches the upstreams": put("PagesFailing|Properties|MetricName", "UpstreamsFailing"),
    "an upstream's alarm at the first failure": put("UpstreamsFailing|Properties|Threshold", 0),
    "a deployment that an upstream stops": put("AddonFunction|Properties|DeploymentPreference|Alarms", [{"Ref": "AddonErrors"}, {"Ref": "UpstreamsFailing"}]),
    "an alarm that always rings": put("ImportStuck|Properties|TreatMissingData", "breaching"),
    "an alarm of ours watches another metric": put("ImportStuck|Properties|MetricName", "CourseRetired"),
    "an alarm is missing": drop("OldestMessage"),
    "a filter counts another event": put("SweeperImportStuck|Properties|FilterPattern", '{ $.event = "import_ended" }'),
    "a filter counts nothing": put("SweeperImportStuck|Properties|MetricTransformations|0|MetricValue", "0"),
    "a filter reads another log": put("SweeperImportStuck|Properties|LogGroupName", {"Ref": "SignupLogs"}),
    "an alarm of nine tenths is one of nine": put("WorkerNearTimeout|Properties|Threshold", 9),
    "a percentage is of a fixed number": put("WorkersNearlyAllBusy|Properties|Metrics|0|Expression", "100 * most / 51"),
    "a percentage is of milliseconds": put("WorkerNearTimeout|Properties|Metrics|0|Expression", {"Fn::Sub": "100 * longest / ${WorkerTimeout}"}),
    "one function's throttles are not counted": drop("FunctionsThrottled|Properties|Metrics|3"),
    "every function's throttles ring by themselves": put("FunctionsThrottled|Properties|Metrics|2|ReturnData", True),
    "silence of the sweeper is fine": put("SweeperSilent|Properties|TreatMissingData", "notBreaching"),
    "the sweeper is too loud": put("SweeperSilent|Properties|ComparisonOperator", "GreaterThanThreshold"),
    "failing pages are counted over all of the account's APIs": drop("ManyPagesFailing|Properties|Dimensions"),
    "half of the pages are slow": put("PagesSlow|Properties|ExtendedStatistic", "p50"),
    "an administrator who logs in is an attack": put("AddonSecurityEvents|Properties|FilterPattern", '{ ($.event = "security") }'),
    "an identity that does not verify is told only with a hundred others": put("XeroIdentityRefused|Properties|Threshold", 100),
    "an identity is looked for where Xero tells none": put("OauthCallbackXeroIdentityRefused|Properties|LogGroupName", {"Ref": "SignupLogs"}),
    "pressing Cancel is an attack": put("AddonAnswersRefused|Properties|FilterPattern", '{ ($.message = "access was not allowed in GO1") }'),
    "a message that nobody writes": put("WorkerTokensNotRenewed|Properties|FilterPattern", '{ ($.message = "GO1 did not renew the token") }'),
    "errors with an alarm of their own ring twice": put("WorkerFaultsLogged|Properties|FilterPattern", '{ ($.level = "ERROR") }'),
    "a runbook is another alarm's": put("ImportStuck|Properties|AlarmDescription", {"Fn::Sub": "An import makes no progress. Runbook: ${Runbooks}/dead-letters.md"}),
    "an alarm names no runbook": put("ImportStuck|Properties|AlarmDescription", "An import makes no progress."),
    "an alarm is missing in production": put("^Parameters|Alarms|AllowedValues", ["few"]),
    "stuck imports are watched nowhere": put("ImportStuck|Condition", "PinsApiId"),
    "dead letters are watched in production only": put("DeadLetters|Condition", "WatchesAll"),
    "the dashboard of another stack": put("Dashboard|Properties|DashboardName", "go1-xero"),
    "the dashboard is in every stage": drop("Dashboard|Condition"),
    # ---- the queue and the schedule ----
    "the mapping is disabled": put("WorkerFunction|Properties|Events|Batches|Properties|Enabled", False),
    "the mapping filters messages away": put("WorkerFunction|Properties|Events|Batches|Properties|FilterCriteria", {"Filters": [{"Pattern": "{}"}]}),
    "the mapping waits for messages": put("WorkerFunction|Properties|Events|Batches|Properties|MaximumBatchingWindowInSeconds", 60),
    "a failed message takes its whole batch along": drop("WorkerFunction|Properties|Events|Batches|Properties|FunctionResponseTypes"),
    "the worker reads the dead letters": put("WorkerFunction|Properties|Events|Batches|Properties|Queue", {"Fn::GetAtt": ["DeadLetterQueue", "Arn"]}),
    "dead letters go back to the queue": put("Queue|Properties|RedrivePolicy|deadLetterTargetArn", {"Fn::GetAtt": ["Queue", "Arn"]}),
    "there are no dead letters": drop("Queue|Properties|RedrivePolicy"),
    "a message dies at its first receive": put("Queue|Properties|RedrivePolicy|maxReceiveCount", 1),
    "the worker is told that dead letters are the queue": put("WorkerFunction|Properties|Environment|Variables|DEAD_LETTER_QUEUE_URL", {"Ref": "Queue"}),
    "a message comes back while it is worked on": put("^Parameters|QueueVisibility|Default", 60),
    "messages are forgotten after an hour": put("Queue|Properties|MessageRetentionPeriod", 3600),
    "messages are not encrypted": put("Queue|Properties|SqsManagedSseEnabled", False),
    "equal messages are one": put("Queue|Properties|ContentBasedDeduplication", True),
    "messages are delayed": put("Queue|Properties|DelaySeconds", 600),
    "the schedule is disabled": put("SweeperFunction|Properties|Events|EveryMinute|Properties|State", "DISABLED"),
    "the schedule ends": put("SweeperFunction|Properties|Events|EveryMinute|Properties|EndDate", "2027-01-01T00:00:00Z"),
    "the schedule is daily": put("SweeperFunction|Properties|Events|EveryMinute|Properties|ScheduleExpression", "rate(1 day)"),
    "the schedule has a fixed name": put("SweeperFunction|Properties|Events|EveryMinute|Properties|Name", "sweeper"),
    "a minute's sweep is tried again for six hours": drop("SweeperFunction|Properties|EventInvokeConfig"),
    "a sweep that failed is tried again": put("SweeperFunction|Properties|EventInvokeConfig|MaximumRetryAttempts", 2),
    "the schedule sends something along": put("SweeperFunction|Properties|Events|EveryMinute|Properties|Input", '{"dry_run": true}'),
    # ---- state and secrets ----
    "the table goes with the stack": drop("Table|DeletionPolicy"),
    "the table goes when it is replaced": put("Table|UpdateReplacePolicy", "Delete"),
    "the table cannot be restored": put("Table|Properties|PointInTimeRecoverySpecification|PointInTimeRecoveryEnabled", False),
    "nothing in the table expires": put("Table|Properties|TimeToLiveSpecification|Enabled", False),
    "the table expires by another attribute": put("Table|Properties|TimeToLiveSpecification|AttributeName", "ttl"),
    "the table has a fixed name": put("Table|Properties|TableName", "go1-xero"),
    "the table may be deleted": put("^Parameters|TableProtection|Default", "false"),
    "the table is copied to another region": put("Table|Properties|StreamSpecification", {"StreamViewType": "NEW_AND_OLD_IMAGES"}),
    "a sealing key goes with the stack": drop("XeroSealingKey|DeletionPolicy"),
    "a sealing key stands in the template": both(drop("XeroSealingKey|Properties|GenerateSecretString"), put("XeroSealingKey|Properties|SecretString", '{"current": "1", "1": "00"}')),
    "a sealing key is short": put("Go1SealingKey|Properties|GenerateSecretString|PasswordLength", 16),
    "GO1's tokens are sealed with Xero's key": put("WorkerFunction|Properties|Environment|Variables|GO1_SEALING_KEY_ARN", {"Fn::GetAtt": ["XeroSealingKey", "Id"]}),
    "a secret is put into a variable": put("WorkerFunction|Properties|Environment|Variables|GO1_CLIENT_SECRET_ARN", "{{resolve:secretsmanager:go1:SecretString:client_secret}}"),
    "a secret is a parameter": put("^Parameters|ClientSecret", {"Type": "String", "NoEcho": True, "Default": ""}),
    "a secret is handed out": put("^Outputs|Key", {"Value": {"Ref": "XeroSealingKey"}}),
    "a bucket for everybody": put("Files", BUCKET),
    # ---- the functions and how they are deployed ----
    "everybody at once": put("WorkerFunction|Properties|DeploymentPreference|Type", "AllAtOnce"),
    "a shift that nothing stops": drop("WorkerFunction|Properties|DeploymentPreference|Alarms"),
    "a shift that another alarm stops": put("WorkerFunction|Properties|DeploymentPreference|Alarms", [{"Ref": "SignupErrors"}]),
    "a function without an alias": put("WorkerFunction|Properties|AutoPublishAlias", {"Ref": "AWS::NoValue"}),
    "the alias has another name": put("^Globals|Function|AutoPublishAlias", "latest"),
    "old versions pile up": drop("^Globals|Function|VersionDeletionPolicy"),
    "another function's code": put("WorkerFunction|Properties|CodeUri", "../target/lambda/sweeper/"),
    "a layer of somebody": put("WorkerFunction|Properties|Layers", ["arn:aws:lambda:ap-southeast-2:999999999999:layer:x:1"]),
    "a variable more": put("WorkerFunction|Properties|Environment|Variables|DEBUG_DUMP", "1"),
    "another upstream": put("WorkerFunction|Properties|Environment|Variables|GO1_API_URL", "https://example.com"),
    "the wrong upstream's parameter": put("SignupFunction|Properties|Environment|Variables|XERO_API_URL", {"Ref": "Go1ApiUrl"}),
    "an upstream without TLS by default": put("^Parameters|Go1ApiUrl|Default", "http://gateway.go1.com"),
    "an upstream elsewhere by default": put("^Parameters|Go1ApiUrl|Default", "https://gateway.go1.com.example.com"),
    "a page may take longer than the API waits": put("ImportFunction|Properties|Timeout", 60),
    "the worker may take fifteen minutes": put("^Parameters|WorkerTimeout|MaxValue", 900),
    "no function runs at all": put("WorkerFunction|Properties|ReservedConcurrentExecutions", 0),
    "a function in a network": put("WorkerFunction|Properties|VpcConfig", {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}),
    "a runtime that is no more": put("^Globals|Function|Runtime", "provided.al2"),
    # ---- written when the rules stood, without a look at them: 25 of these 40 were caught, before parameters had rules ----
    "a public address with a path": put("^Parameters|PublicUrl|AllowedPattern", ".*"),
    "a support link that is a script": put("^Parameters|SupportContact|AllowedPattern", ".+"),
    "a course id that is anything": put("^Parameters|Go1CoursesAu|AllowedPattern", ".*"),
    "alarms reach nobody where there is a topic": put("^Conditions|HasAlarmTopic", {"Fn::Equals":[{"Ref":"AlarmTopicArn"},""]}),
    "the emulator's right is granted on AWS": put("^Conditions|PinsApiId", {"Fn::Equals":[{"Ref":"ApiId"},""]}),
    "an adopted table is ignored": put("^Conditions|MakesTable", {"Fn::Equals":["",""]}),
    "the domain is never made": put("^Conditions|HasHostedZone", {"Fn::Equals":["a","b"]}),
    "keys may be adopted without their table": drop("^Rules|TableAndKeysAreAdoptedTogether"),
    "a zone without a name is taken": drop("^Rules|ADomainHasAName"),
    "a wait of minutes before anything is called lost": put("^Parameters|Go1Unanswered|Default", 5),
    "sixty calls a second to GO1": put("^Parameters|Go1CallsPerSecond|Default", 0),
    "a hundred calls at a time": put("^Parameters|Go1CallsInFlight|Default", 100),
    "workers without end": put("^Parameters|WorkerConcurrency|Default", 1000),
    "scopes more than are needed": put("^Parameters|Go1Scopes|Default", "user.read,user.write,admin"),
    "another version of GO1's API": put("^Parameters|Go1ApiVersion|Default", "2020-01-01"),
    "pictures from anywhere": put("^Parameters|Go1PictureOrigins|Default", "https://*"),
    "a level that is anything": put("^Parameters|LogLevel|Default", "warn,hyper=trace"),
    "a secret's place is in the description": put("WorkerFunction|Properties|Description", "password: hunter2"),
    "tracing is on": put("^Globals|Function|Tracing", "Active"),
    "memory of ten gigabytes": put("^Globals|Function|MemorySize", 10240),
    "permissions boundary of elsewhere": put("WorkerRole|Properties|PermissionsBoundary", "arn:aws:iam::999999999999:policy/x"),
    "session of twelve hours": put("WorkerRole|Properties|MaxSessionDuration", 43200),
    "a trust with a condition that is never met": put("WorkerRole|Properties|AssumeRolePolicyDocument|Statement|0|Condition", {"StringEquals":{"aws:SourceAccount":"1"}}),
    "a policy denies what it needs": extend("WorkerRole|Properties|Policies|0|PolicyDocument|Statement", {"Effect":"Deny","Action":"dynamodb:PutItem","Resource":{"Fn::GetAtt":["Table","Arn"]}}),
    "a statement with a condition that is never met": put("WorkerRole|Properties|Policies|0|PolicyDocument|Statement|1|Condition", {"Bool":{"aws:SecureTransport":"false"}}),
    "an alarm's delay": put("WorkerErrors|Properties|DatapointsToAlarm", 2),
    "a hook runs before traffic": put("WorkerFunction|Properties|DeploymentPreference|Hooks", {"PreTraffic":{"Ref":"SignupFunction"}}),
    "alarm filter by dimension": put("SweeperImportStuck|Properties|MetricTransformations|0|DefaultValue", 1),
    "a route needs a signature": put("EraseRoute|Properties|AuthorizationType","AWS_IAM"),
    "stage variables": put("HttpStage|Properties|StageVariables",{"x":"y"}),
    "the redrive allows others": put("DeadLetterQueue|Properties|RedriveAllowPolicy",{"redrivePermission":"allowAll"}),
    "the table is provisioned": both(put("Table|Properties|BillingMode","PROVISIONED"),put("Table|Properties|ProvisionedThroughput",{"ReadCapacityUnits":1,"WriteCapacityUnits":1})),
    "the table has an index": put("Table|Properties|GlobalSecondaryIndexes",[{"IndexName":"x"}]),
    "cheap class of table": put("Table|Properties|TableClass","STANDARD_INFREQUENT_ACCESS"),
    "the stack's description is gone": drop("^Description"),
    "a custom resource": put("Hook",{"Type":"Custom::Run","Properties":{"ServiceToken":"arn:aws:lambda:x"}}),
    "release default": put("^Parameters|Release|Default","0"*64),
    "a mapping of macro": put("^Transform",["AWS::Serverless-2016-10-31","Other"]),
    "the sealing key output removed": drop("^Outputs|XeroSealingKeyArn"),
    "public url output wrong": put("^Outputs|PublicUrl|Value",{"Ref":"PublicUrl"}),
}
