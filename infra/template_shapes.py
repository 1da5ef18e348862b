"""What each kind of resource may be: every property that it has, and which values are right. What is not here is not allowed.

A value is right if it equals what stands here, or if the function that stands here says so. `Maybe` may also be missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Right = Callable[[Any], bool]


@dataclass(frozen=True)
class Maybe:
    """A property that may be missing."""

    right: Any


def one_of(*values: Any) -> Right:
    return lambda value: value in values


def between(least: int, most: int) -> Right:
    return lambda value: str(value).isdigit() and least <= int(value) <= most


def matching(pattern: str) -> Right:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def ref(pattern: str) -> Right:
    """A reference to a resource of this name."""
    return lambda value: isinstance(value, dict) and set(value) == {"Ref"} and re.fullmatch(pattern, value["Ref"]) is not None


def got(pattern: str) -> Right:
    """An attribute, as `Queue.Arn`."""
    return lambda value: (
        isinstance(value, dict)
        and set(value) == {"Fn::GetAtt"}
        and re.fullmatch(pattern, ".".join(value["Fn::GetAtt"])) is not None
    )


def sub(pattern: str) -> Right:
    return lambda value: isinstance(value, dict) and set(value) == {"Fn::Sub"} and re.fullmatch(pattern, str(value["Fn::Sub"])) is not None


def shaped(shape: Mapping[str, Any]) -> Right:
    return lambda value: not list(wrong("", value, shape))


def each(right: Any) -> Right:
    return lambda value: isinstance(value, list) and bool(value) and all(is_right(one, right) for one in value)


def either(*rights: Any) -> Right:
    """One of several shapes."""
    return lambda value: any(is_right(value, right) for right in rights)


def anything(_: Any) -> bool:
    """Said by a rule of its own."""
    return True


def is_right(value: Any, right: Any) -> bool:
    if callable(right):
        return bool(right(value))
    return value == right and isinstance(value, bool) == isinstance(right, bool)


def wrong(where: str, properties: Any, shape: Mapping[str, Any]) -> list[str]:
    """What of the properties is not as it should be."""
    if not isinstance(properties, dict):
        return [f"{where} is {properties!r}"]
    found = [f"{where}.{name} is not allowed" for name in properties if name not in shape]
    for name, right in shape.items():
        optional, right = isinstance(right, Maybe), right.right if isinstance(right, Maybe) else right
        if name not in properties:
            found += [] if optional else [f"{where}.{name} is missing"]
        elif not is_right(properties[name], right):
            found.append(f"{where}.{name} is {properties[name]!r}")
    return found


API, LIVE = ref("HttpApi"), ref(r"\w+FunctionAliaslive")
FUNCTION, LOGS = ref(r"\w+Function"), ref(r"\w+Logs")
STACK = r"\$\{AWS::StackName\}"
TRUST = {
    "Version": "2012-10-17",
    "Statement": each(
        shaped(
            {
                "Effect": "Allow",
                "Action": one_of("sts:AssumeRole", ["sts:AssumeRole"]),
                "Principal": shaped(
                    {"Service": one_of("lambda.amazonaws.com", "scheduler.amazonaws.com", ["codedeploy.amazonaws.com"])}
                ),
            }
        )
    ),
}
# Nothing of a person: no path, address, header, query or authoriser.
ACCESS_LOG = (
    '{"request_id":"$context.requestId","route":"$context.routeKey","status":"$context.status",'
    '"latency_ms":"$context.responseLatency","integration_error":"$context.integrationErrorMessage"}'
)
# Which rows, and which of their attributes; test_table_rights.py says of whom.
ROWS = shaped(
    {
        "ForAllValues:StringLike": shaped({"dynamodb:LeadingKeys": each(matching(r"[A-Z0-9_]+(#\*)?"))}),
        "ForAllValues:StringEquals": Maybe(shaped({"dynamodb:Attributes": each(matching(r"[a-z_]+"))})),
        "StringEqualsIfExists": Maybe({"dynamodb:ReturnValues": ["NONE"]}),
    }
)
POLICY = shaped(
    {
        "PolicyName": matching(r"[a-z-]+"),
        "PolicyDocument": shaped(
            {
                "Version": "2012-10-17",
                "Statement": each(shaped({"Effect": "Allow", "Action": anything, "Resource": anything, "Condition": Maybe(ROWS)})),
            }
        ),
    }
)
FIFO = {
    "QueueName": sub(STACK + r"-[a-z-]+\.fifo"),
    "FifoQueue": True,
    "ContentBasedDeduplication": False,
    "DeduplicationScope": "messageGroup",
    "FifoThroughputLimit": "perMessageGroupId",
    "SqsManagedSseEnabled": True,
    "MessageRetentionPeriod": one_of(864000, 1209600),
    "VisibilityTimeout": Maybe(between(6, 43200)),
    "RedrivePolicy": Maybe(shaped({"deadLetterTargetArn": got(r"DeadLetterQueue\.Arn"), "maxReceiveCount": 1000})),
}

SHAPES: dict[str, dict[str, Any]] = {
    "AWS::ApiGatewayV2::Api": {"Name": {"Ref": "AWS::StackName"}, "ProtocolType": "HTTP", "DisableExecuteApiEndpoint": anything},
    "AWS::ApiGatewayV2::Stage": {
        "ApiId": API,
        "StageName": "$default",
        "AutoDeploy": True,
        "DefaultRouteSettings": shaped({"ThrottlingRateLimit": between(1, 1000), "ThrottlingBurstLimit": between(1, 2000)}),
        "AccessLogSettings": shaped({"DestinationArn": got(r"HttpLogs\.Arn"), "Format": ACCESS_LOG}),
    },
    "AWS::ApiGatewayV2::Integration": {
        "ApiId": API,
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": LIVE,
        "PayloadFormatVersion": "2.0",
    },
    "AWS::ApiGatewayV2::Route": {
        "ApiId": API,
        "RouteKey": matching(r"\$default|(GET|POST) /[\w/{}.-]*"),
        "Target": sub(r"integrations/\$\{\w+Integration\}"),
    },
    "AWS::ApiGatewayV2::DomainName": {
        "DomainName": anything,
        "DomainNameConfigurations": each(shaped({"CertificateArn": ref("Certificate"), "EndpointType": "REGIONAL", "SecurityPolicy": "TLS_1_2"})),
    },
    "AWS::ApiGatewayV2::ApiMapping": {"ApiId": API, "DomainName": ref("Domain"), "Stage": "$default"},
    "AWS::CertificateManager::Certificate": {"DomainName": anything, "ValidationMethod": "DNS", "DomainValidationOptions": anything},
    "AWS::Route53::RecordSet": {
        "HostedZoneId": anything,
        "Name": ref("Domain"),
        "Type": "A",
        "AliasTarget": shaped({"DNSName": got(r"Domain\.RegionalDomainName"), "HostedZoneId": got(r"Domain\.RegionalHostedZoneId")}),
    },
    "AWS::Logs::LogGroup": {"LogGroupName": sub(rf"/aws/(lambda|apigateway)/{STACK}(-[a-z-]+)?"), "RetentionInDays": 30},
    "AWS::Logs::MetricFilter": {
        "LogGroupName": LOGS,
        # What each looks for is said by test_watching.py, or by test_template.py where it is an event.
        "FilterPattern": matching(r'\{ \$\.event = "[a-z0-9_]+" \}|\{ (\(\$\.(message|level|event|guard) [^()]+\)( && | \|\| )?)+ \}'),
        "MetricTransformations": each(
            shaped({"MetricNamespace": {"Ref": "AWS::StackName"}, "MetricName": matching(r"\w+"), "MetricValue": "1"})
        ),
    },
    # What they ask for is said by test_watching.py.
    "AWS::Logs::QueryDefinition": {"Name": sub(STACK + r"/[a-z ()]+"), "LogGroupNames": each(LOGS), "QueryString": anything},
    "AWS::CloudWatch::Alarm": {
        "AlarmDescription": matching(r".{20,}[.?] Runbook: docs/runbooks/[a-z0-9-]+\.md"),
        "Threshold": anything,
        "AlarmActions": anything,
        # What else there is, and that it is there, is said by a rule for each alarm.
        **{name: Maybe(anything) for name in ("Namespace", "MetricName", "Dimensions", "Metrics", "Statistic", "ExtendedStatistic", "Period")},
        "EvaluationPeriods": one_of(1, 3),
        "ComparisonOperator": one_of("GreaterThanThreshold", "LessThanThreshold"),
        "TreatMissingData": one_of("notBreaching", "breaching"),
    },
    "AWS::CloudWatch::Dashboard": {"DashboardName": {"Ref": "AWS::StackName"}, "DashboardBody": anything},
    "AWS::Lambda::Function": {
        "Code": anything,
        "FunctionName": sub(STACK + r"-[a-z-]+"),
        "Handler": "bootstrap",
        "Runtime": "provided.al2023",
        "Architectures": each(one_of("arm64", "x86_64")),
        # The worker's is a parameter.
        "MemorySize": between(128, 256),
        "Timeout": between(1, 60),
        "Role": got(r"\w+Role\.Arn"),
        "Environment": shaped({"Variables": anything}),
        "LoggingConfig": shaped({"ApplicationLogLevel": "TRACE", "LogFormat": "JSON", "LogGroup": LOGS}),
        # Which of both a stage has is said by a rule.
        "TracingConfig": shaped({"Mode": one_of("PassThrough", "Active")}),
        "Tags": [{"Key": "lambda:createdBy", "Value": "SAM"}],
    },
    "AWS::Lambda::Version": {"FunctionName": FUNCTION},
    "AWS::Lambda::Alias": {"Name": "live", "FunctionName": FUNCTION, "FunctionVersion": got(r"\w+FunctionVersion\w+\.Version")},
    "AWS::Lambda::EventSourceMapping": {
        "EventSourceArn": got(r"Queue\.Arn"),
        "FunctionName": ref("WorkerFunctionAliaslive"),
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "BatchSize": 10,
        "ScalingConfig": shaped({"MaximumConcurrency": between(2, 1000)}),
    },
    # Of the alias, which is what the schedule starts.
    "AWS::Lambda::EventInvokeConfig": {
        "FunctionName": ref("SweeperFunction"),
        "Qualifier": "live",
        "MaximumRetryAttempts": 0,
        "MaximumEventAgeInSeconds": 60,
        "DestinationConfig": {},
    },
    "AWS::Lambda::Permission": {
        "Action": "lambda:InvokeFunction",
        "FunctionName": LIVE,
        "Principal": "apigateway.amazonaws.com",
        "SourceArn": {"Fn::Sub": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:${HttpApi}/$default/*"},
    },
    "AWS::IAM::Role": {
        "AssumeRolePolicyDocument": shaped({**TRUST}),
        "Policies": Maybe(each(POLICY)),
        # SAM's own, for CodeDeploy.
        "ManagedPolicyArns": Maybe(["arn:aws:iam::aws:policy/service-role/AWSCodeDeployRoleForLambda"]),
    },
    "AWS::Scheduler::Schedule": {
        "Name": sub(STACK + "-sweeper"),
        "ScheduleExpression": "rate(1 minute)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": shaped(
            {
                "Arn": ref("SweeperFunctionAliaslive"),
                "RoleArn": got(r"SweeperScheduleRole\.Arn"),
                "RetryPolicy": {"MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60},
            }
        ),
    },
    "AWS::SQS::Queue": FIFO,
    "AWS::DynamoDB::Table": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        "TimeToLiveSpecification": {"AttributeName": "expires_at", "Enabled": True},
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": one_of("true"),
    },
    "AWS::SecretsManager::Secret": {
        "Description": matching(r"Seals (Xero|GO1) tokens before they are stored\."),
        "GenerateSecretString": shaped(
            {
                "SecretStringTemplate": '{"current": "1"}',
                "GenerateStringKey": "1",
                "PasswordLength": 64,
                "RequireEachIncludedType": False,
                "ExcludePunctuation": True,
                "ExcludeUppercase": True,
                "ExcludeCharacters": lambda value: {chr(code) for code in range(33, 127)} - set(value) == set("0123456789abcdef"),
            }
        ),
    },
    "AWS::CodeDeploy::Application": {"ComputePlatform": "Lambda"},
    "AWS::CodeDeploy::DeploymentGroup": {
        "ApplicationName": ref("ServerlessDeploymentApplication"),
        "ServiceRoleArn": got(r"CodeDeployServiceRole\.Arn"),
        "DeploymentConfigName": {"Fn::Sub": ["CodeDeployDefault.Lambda${ConfigName}", {"ConfigName": "Canary10Percent5Minutes"}]},
        "DeploymentStyle": {"DeploymentType": "BLUE_GREEN", "DeploymentOption": "WITH_TRAFFIC_CONTROL"},
        "AutoRollbackConfiguration": {
            "Enabled": True,
            "Events": ["DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"],
        },
        "AlarmConfiguration": anything,
    },
}

# What a resource may say beside its type and properties.
ATTRIBUTES: dict[str, dict[str, Any]] = {
    "AWS::DynamoDB::Table": {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain", "Condition": "MakesTable"},
    "AWS::SecretsManager::Secret": {
        "DeletionPolicy": "Retain",
        "UpdateReplacePolicy": "Retain",
        "Condition": matching("Makes(Xero|Go1)SealingKey"),
    },
    "AWS::Lambda::Version": {"DeletionPolicy": "Delete"},
    "AWS::Lambda::EventInvokeConfig": {"DependsOn": ["SweeperFunctionAliaslive"]},
    **{kind: {"Condition": Maybe("WatchesAll")} for kind in ("AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter")},
    **{kind: {"Condition": "WatchesAll"} for kind in ("AWS::CloudWatch::Dashboard", "AWS::Logs::QueryDefinition")},
    "AWS::Lambda::Alias": {
        "UpdatePolicy": shaped(
            {
                "CodeDeployLambdaAliasUpdate": shaped(
                    {"ApplicationName": ref("ServerlessDeploymentApplication"), "DeploymentGroupName": ref(r"\w+FunctionDeploymentGroup")}
                )
            }
        )
    },
    "AWS::ApiGatewayV2::ApiMapping": {"Condition": "HasHostedZone", "DependsOn": "HttpStage"},
    **{
        kind: {"Condition": "HasHostedZone"}
        for kind in (
            "AWS::CertificateManager::Certificate",
            "AWS::ApiGatewayV2::DomainName",
            "AWS::Route53::RecordSet",
        )
    },
}
