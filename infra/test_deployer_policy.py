"""Whoever deploys may do what the template and the commands need, fits into one policy, and reads nobody's data."""

from __future__ import annotations

import json
import re
import unittest
from fnmatch import fnmatchcase
from pathlib import Path

from infra.expansion import expand
from infra.template_text import as_list, read
from infra.test_template_rules import PRODUCTION

HERE = Path(__file__).parent
STATEMENTS = json.loads((HERE / "deployer-policy.json").read_text())["Statement"]
# What CloudFormation calls for each kind of resource, to make, change and delete it.
NEEDED = {
    # The account's first name of its own: API Gateway makes itself a role, with the rights of whoever asks for the name.
    "AWS::ApiGatewayV2::DomainName": "apigateway:POST apigateway:PATCH apigateway:DELETE apigateway:GET iam:CreateServiceLinkedRole",
    "AWS::ApiGatewayV2": "apigateway:POST apigateway:PATCH apigateway:DELETE apigateway:GET",
    "AWS::CertificateManager::Certificate": "acm:RequestCertificate acm:DescribeCertificate acm:DeleteCertificate",
    "AWS::CloudWatch::Alarm": "cloudwatch:PutMetricAlarm cloudwatch:DeleteAlarms cloudwatch:DescribeAlarms",
    "AWS::CloudWatch::Dashboard": "cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards",
    "AWS::CodeDeploy::Application": "codedeploy:CreateApplication codedeploy:DeleteApplication",
    "AWS::CodeDeploy::DeploymentGroup": "codedeploy:CreateDeploymentGroup codedeploy:CreateDeployment codedeploy:GetDeployment",
    "AWS::DynamoDB::Table": "dynamodb:CreateTable dynamodb:UpdateTable dynamodb:DescribeTable dynamodb:UpdateTimeToLive dynamodb:UpdateContinuousBackups",
    "AWS::IAM::Role": "iam:CreateRole iam:DeleteRole iam:GetRole iam:PassRole iam:PutRolePolicy iam:DeleteRolePolicy iam:AttachRolePolicy",
    "AWS::Lambda::Alias": "lambda:CreateAlias lambda:UpdateAlias lambda:DeleteAlias",
    "AWS::Lambda::EventInvokeConfig": "lambda:PutFunctionEventInvokeConfig lambda:UpdateFunctionEventInvokeConfig lambda:GetFunctionEventInvokeConfig lambda:DeleteFunctionEventInvokeConfig",
    "AWS::Lambda::EventSourceMapping": "lambda:CreateEventSourceMapping lambda:UpdateEventSourceMapping lambda:DeleteEventSourceMapping",
    "AWS::Lambda::Function": "lambda:CreateFunction lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:DeleteFunction",
    "AWS::Lambda::Permission": "lambda:AddPermission lambda:RemovePermission",
    "AWS::Lambda::Version": "lambda:PublishVersion lambda:DeleteFunction",
    "AWS::Logs::LogGroup": "logs:CreateLogGroup logs:PutRetentionPolicy logs:DeleteLogGroup logs:DescribeLogGroups",
    "AWS::Logs::QueryDefinition": "logs:PutQueryDefinition logs:DeleteQueryDefinition logs:DescribeQueryDefinitions",
    "AWS::Logs::MetricFilter": "logs:PutMetricFilter logs:DeleteMetricFilter",
    "AWS::Route53::RecordSet": "route53:ChangeResourceRecordSets route53:GetChange",
    "AWS::SQS::Queue": "sqs:CreateQueue sqs:SetQueueAttributes sqs:DeleteQueue sqs:GetQueueAttributes",
    "AWS::Scheduler::Schedule": "scheduler:CreateSchedule scheduler:UpdateSchedule scheduler:DeleteSchedule",
    "AWS::SecretsManager::Secret": "secretsmanager:CreateSecret secretsmanager:DescribeSecret secretsmanager:GetRandomPassword",
}
# What the commands call themselves, by the name that boto3 gives it; the services' own names differ in these.
CALLED_OTHERWISE = {
    "lambda:ListEventSourceMappings": "lambda:ListEventSourceMappings",
    "s3:HeadBucket": "s3:ListBucket",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
}
NAMES_SERVICE = "ops.apigateway.amazonaws.com"
NO_RIGHT_NEEDED = {"sts:GetCallerIdentity"}


def allowed(action: str, resource: str = "*") -> bool:
    """Whether a statement has the action on a resource."""
    return any(
        any(fnmatchcase(action, one) for one in as_list(statement["Action"]))
        and (resource == "*" or any(fnmatchcase(resource, one) for one in as_list(statement["Resource"])))
        for statement in STATEMENTS
    )


class DeployerPolicy(unittest.TestCase):
    """One policy, no more than it takes."""

    def test_every_kind_of_resource_can_be_made_changed_and_deleted(self) -> None:
        for kind in {one["Type"] for one in expand(read(), **PRODUCTION).values()}:
            needed = next(actions for prefix, actions in NEEDED.items() if kind.startswith(prefix))
            for action in needed.split():
                self.assertTrue(allowed(action), f"{kind} needs {action}")

    def test_every_call_of_the_commands_is_allowed(self) -> None:
        called = set()
        for file in (HERE / "deploy").glob("*.py"):
            text = file.read_text()
            services = dict(re.findall(r'(\w+) = \w+\.client\("(\w+)"\)', text))
            found = [(services.get(name), call) for name, call in re.findall(r"\b(\w+)\.([a-z0-9]+(?:_[a-z0-9]+)+)\(", text) if name in services]
            found += re.findall(r'\.client\("(\w+)"\)\.([a-z0-9_]+)\(', text)
            found += [(service, call) for service, call in re.findall(r'client\("(\w+)"\)\.get_paginator\("(\w+)"\)', text)]
            found += [(services[name], call) for name, call in re.findall(r'(\w+)\.get_paginator\("(\w+)"\)', text) if name in services]
            called |= {f"{service}:{''.join(word.capitalize() for word in call.split('_'))}" for service, call in found if call not in ("get_paginator", "get_waiter")}
        self.assertGreater(len(called), 15)
        for action in called - NO_RIGHT_NEEDED:
            self.assertTrue(allowed(CALLED_OTHERWISE.get(action, action)), action)

    def test_what_cloudformation_stopped_in_is_gone_on_with_by_whoever_deployed(self) -> None:
        # CloudFormation has no rights of its own here: it goes on with those of whoever asks it to.
        stack = "arn:aws:cloudformation:ap-southeast-2:123456789012:stack/go1-xero-prod/1"
        for action in ("cloudformation:ContinueUpdateRollback", "cloudformation:CancelUpdateStack"):
            self.assertTrue(allowed(action, stack), action)
            for policy in HERE.glob("*-policy.json"):
                self.assertEqual(action in policy.read_text(), policy.name == "deployer-policy.json", f"{action} {policy.name}")

    def test_it_fits_into_one_managed_policy(self) -> None:
        text = re.sub(r"\s", "", (HERE / "deployer-policy.json").read_text())
        self.assertLessEqual(len(text), 6144)

    def test_it_reads_no_item_no_message_and_no_sealing_key(self) -> None:
        for action in ("dynamodb:GetItem", "dynamodb:Query", "dynamodb:Scan", "sqs:ReceiveMessage", "logs:GetLogEvents", "logs:FilterLogEvents"):
            self.assertFalse(allowed(action), action)
        key = "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:XeroSealingKey-AbCdEf"
        self.assertFalse(allowed("secretsmanager:GetSecretValue", key))
        self.assertFalse(allowed("secretsmanager:DeleteSecret", key))
        self.assertFalse(allowed("dynamodb:DeleteTable"))

    def test_it_makes_no_way_to_more(self) -> None:
        for statement in STATEMENTS:
            for action in as_list(statement["Action"]):
                self.assertNotIn(action, ("*", "iam:*"))
            if statement["Action"] == "iam:CreateServiceLinkedRole":
                # AWS's own role, with the rights that AWS gave it; nobody but that service can take it on.
                self.assertEqual(statement["Resource"], f"arn:aws:iam::*:role/aws-service-role/{NAMES_SERVICE}/*")
                self.assertEqual(statement["Condition"], {"StringEquals": {"iam:AWSServiceName": NAMES_SERVICE}})
            elif any(action.startswith("iam:") for action in as_list(statement["Action"])):
                self.assertEqual(statement["Resource"], "arn:aws:iam::*:role/go1-xero-*")
        for action in ("iam:CreateUser", "iam:CreateAccessKey", "iam:CreatePolicy", "iam:AddUserToGroup"):
            self.assertFalse(allowed(action), action)
        (passing,) = [one for one in STATEMENTS if "iam:PassRole" in as_list(one["Action"])]
        self.assertIn("iam:PassedToService", passing["Condition"]["StringEquals"])


if __name__ == "__main__":
    unittest.main()
