"""The rules of infra/edge.yaml, each with mistakes that it must catch, and how `make deploy` makes an edge. Needs no AWS."""

from __future__ import annotations

import contextlib
import copy
import inspect
import io
import json
import re
import tempfile
import unittest
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import boto3
from botocore.stub import ANY, Stubber

from infra import edge_shapes
from infra.deploy import commands, edge, release, sam, smoke, stages
from infra.deploy.stages import Stage
from infra.edge_shapes import AS_ASKED, EVERY_METHOD, NAME
from infra.local.steps import Failure
from infra.template_shapes import wrong
from infra.template_text import parse, read
from infra.test_deployer_policy import NEEDED
from infra.test_template_rules import PRODUCTION as GIVEN

HERE = Path(__file__).parent
TEMPLATE = read("edge.yaml")
STAGE = Stage("prod", "go1-xero-prod", "ap-southeast-2", {}, {})
ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:go1-xero-prod/edge-AbCdEf"
SHARED = edge.Shared(ARN, "5d0c4b3e-1111-4222-8333-944455556666")
API = "https://abc123.execute-api.ap-southeast-2.amazonaws.com"


def broken(template: dict[str, Any]) -> list[str]:
    """The rules that the template breaks."""
    found, resources = [], template["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    (origin,) = config["Origins"]
    behaviours = {one["PathPattern"]: one for one in config["CacheBehaviors"]}

    def rule(what: str, holds: bool) -> None:
        found.extend([] if holds else [what])

    kinds = {"AWS::CertificateManager::Certificate": 1, "AWS::Route53::RecordSet": 1, "AWS::CloudFront::CachePolicy": 3, "AWS::CloudFront::Distribution": 1, "AWS::WAFv2::WebACL": 1}
    counted = [one["Type"] for one in resources.values()]
    rule("the sections are the ones that are known", set(template) == {"AWSTemplateFormatVersion", "Description", "Parameters", "Resources", "Outputs"})
    parameters = {name: {key: value for key, value in one.items() if key != "Description"} for name, one in template["Parameters"].items()}
    rule("every parameter is as it was thought about", parameters == edge_shapes.PARAMETERS)
    rule("what is handed out", {name: one["Value"] for name, one in template["Outputs"].items() if "Export" not in one} == edge_shapes.OUTPUTS)
    for name, one in resources.items():
        shape = {"Type": one["Type"], "Properties": lambda properties, kind=one["Type"]: not wrong("", properties, edge_shapes.SHAPES.get(kind, {}))}
        rule(f"{name} is of a known shape", not wrong(name, one, shape))
    records = [one["Properties"]["Type"] for one in resources.values() if one["Type"] == "AWS::Route53::RecordSet"]
    rule("no addresses of which one visitor has hundreds of networks", records == ["A"] and config["IPV6Enabled"] is False)
    rule("kinds of resources", {kind: counted.count(kind) for kind in counted} == kinds)
    rule("the name leads to the distribution", all(
        one["Properties"]["Name"] == NAME and one["Properties"]["AliasTarget"]["DNSName"] == {"Fn::GetAtt": ["Distribution", "DomainName"]}
        for one in resources.values() if one["Type"] == "AWS::Route53::RecordSet"))
    rule("the certificate is of the name", config["Aliases"] == [NAME] and resources["Certificate"]["Properties"]["DomainName"] == NAME
         and config["ViewerCertificate"] == {"AcmCertificateArn": {"Ref": "Certificate"}, "SslSupportMethod": "sni-only", "MinimumProtocolVersion": "TLSv1.2_2021"})
    rule("the firewall is before it", config["WebACLId"] == {"Fn::GetAtt": ["Firewall", "Arn"]} and config["Enabled"] is True)
    rule("Australia is near", config["PriceClass"] == "PriceClass_All")
    rule("the API is asked by TLS only", origin["DomainName"] == {"Ref": "ApiDomain"}
         and origin["CustomOriginConfig"] == {"OriginProtocolPolicy": "https-only", "OriginSSLProtocols": ["TLSv1.2"], "OriginReadTimeout": 31, "OriginKeepaliveTimeout": 60})
    secret = {"HeaderName": "x-edge-secret", "HeaderValue": {"Fn::Sub": "{{resolve:secretsmanager:${EdgeSecretArn}:SecretString:current::${EdgeSecretVersion}}}"}}
    rule("every request has the secret", origin["OriginCustomHeaders"] == [secret])
    rule("no secret is a parameter", not any(one.get("NoEcho") for one in template["Parameters"].values()))
    rule("the paths that may be kept", list(behaviours) == ["/assets/*", "/help", "/"])
    for path, one in {"pages": config["DefaultCacheBehavior"], **behaviours}.items():
        rule(f"{path} by TLS, compressed", one["ViewerProtocolPolicy"] == "redirect-to-https" and one["Compress"] is True and one["CachedMethods"] == ["GET", "HEAD"])
        rule(f"{path} methods", one["AllowedMethods"] == (EVERY_METHOD if path == "pages" else ["GET", "HEAD"]))
        kept = {"pages": "PagesCache", "/assets/*": "AssetsCache"}.get(path, "PublicPagesCache")
        rule(f"{path} is kept as such", one["CachePolicyId"] == {"Ref": kept})
        rule(f"{path} reaches the functions as it was asked", one.get("OriginRequestPolicyId") == (None if path == "/assets/*" else AS_ASKED))
    for name, longest, cookies in (("AssetsCache", 31536000, "none"), ("PublicPagesCache", 300, "all"), ("PagesCache", 1, "all")):
        policy = resources[name]["Properties"]["CachePolicyConfig"]
        keyed = policy["ParametersInCacheKeyAndForwardedToOrigin"]
        rule(f"{name} keeps nothing by itself", (policy["MinTTL"], policy["DefaultTTL"], policy["MaxTTL"]) == (0, 0, longest))
        rule(f"{name} compresses", keyed["EnableAcceptEncodingBrotli"] is True and keyed["EnableAcceptEncodingGzip"] is True)
        rule(f"{name} keeps people apart", keyed["CookiesConfig"] == {"CookieBehavior": cookies} and keyed["QueryStringsConfig"] == {"QueryStringBehavior": cookies})
        rule(f"{name} tells a page from JSON", keyed["HeadersConfig"] == ({"HeaderBehavior": "none"} if cookies == "none" else {"HeaderBehavior": "whitelist", "Headers": ["Accept"]}))
    firewall = resources["Firewall"]["Properties"]
    rule("the firewall is CloudFront's and lets others through", firewall["Scope"] == "CLOUDFRONT" and firewall["DefaultAction"] == {"Allow": {}})
    rule("no sample keeps a cookie", all(one["VisibilityConfig"]["SampledRequestsEnabled"] is False for one in [firewall, *firewall["Rules"]]))
    rules = {one["Name"]: one for one in firewall["Rules"]}
    rule("the rules", [one["Name"] for one in firewall["Rules"]] == ["too-many-requests", "too-many-posts", "addresses-of-bad-repute", "known-bad-inputs", "common"])
    rule("their order", [one["Priority"] for one in firewall["Rules"]] == [0, 1, 2, 3, 4])
    for name, limit in (("too-many-requests", "RequestsOfAnAddress"), ("too-many-posts", "PostsOfAnAddress")):
        statement = rules[name]["Statement"]["RateBasedStatement"]
        rule(f"{name} is by address, in five minutes", (statement["AggregateKeyType"], statement["EvaluationWindowSec"], statement["Limit"]) == ("IP", 300, {"Ref": limit}))
        rule(f"{name} refuses", rules[name]["Action"].get("Block", {}).get("CustomResponse", {}).get("ResponseCode") == 429)
        rule(f"{name} counts what it says", ("ScopeDownStatement" in statement) == (name == "too-many-posts"))
    for name, group in (("addresses-of-bad-repute", "AmazonIpReputationList"), ("known-bad-inputs", "KnownBadInputsRuleSet"), ("common", "CommonRuleSet")):
        statement = rules[name]["Statement"]["ManagedRuleGroupStatement"]
        rule(f"{name} is AWS's", (statement["VendorName"], statement["Name"]) == ("AWS", f"AWSManagedRules{group}"))
        rule(f"{name} refuses", rules[name]["OverrideAction"] == {"None": {}} and "ExcludedRules" not in statement)
        overridden = [(one["Name"], one["ActionToUse"]) for one in statement.get("RuleActionOverrides", [])]
        rule(f"{name} leaves out nothing more", overridden == ([("SizeRestrictions_BODY", {"Count": {}})] if name == "common" else []))
    return found



CONFIG = ("Distribution", "Properties", "DistributionConfig")
FAULTS: dict[str, tuple[tuple[str | int, ...], Any]] = {
    "the secret is in the template": ((*CONFIG, "Origins", 0, "OriginCustomHeaders", 0, "HeaderValue"), "open sesame"),
    # CloudFormation resolves a reference again only where its text is another.
    "the secret's newest version never reaches anybody": ((*CONFIG, "Origins", 0, "OriginCustomHeaders", 0, "HeaderValue"), {"Fn::Sub": "{{resolve:secretsmanager:${EdgeSecretArn}:SecretString:current}}"}),
    "no request has the secret": ((*CONFIG, "Origins", 0, "OriginCustomHeaders"), []),
    "there is no firewall": ((*CONFIG, "WebACLId"), ""),
    "the API is asked without TLS": ((*CONFIG, "Origins", 0, "CustomOriginConfig", "OriginProtocolPolicy"), "match-viewer"),
    "old TLS": ((*CONFIG, "ViewerCertificate", "MinimumProtocolVersion"), "TLSv1_2016"),
    "pages without TLS": ((*CONFIG, "DefaultCacheBehavior", "ViewerProtocolPolicy"), "allow-all"),
    "everybody gets the first one's page": (("PagesCache", "Properties", "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin", "CookiesConfig", "CookieBehavior"), "none"),
    "pages are kept whatever they say": (("PagesCache", "Properties", "CachePolicyConfig", "MinTTL"), 60),
    "pages without a word are kept": (("PublicPagesCache", "Properties", "CachePolicyConfig", "DefaultTTL"), 60),
    "pages are kept for a day": (("PagesCache", "Properties", "CachePolicyConfig", "MaxTTL"), 86400),
    "a problem is shown as a page": (("PublicPagesCache", "Properties", "CachePolicyConfig", "ParametersInCacheKeyAndForwardedToOrigin", "HeadersConfig"), {"HeaderBehavior": "none"}),
    "pages as public pages": ((*CONFIG, "DefaultCacheBehavior", "CachePolicyId"), {"Ref": "PublicPagesCache"}),
    "forms do not arrive": ((*CONFIG, "DefaultCacheBehavior", "AllowedMethods"), ["GET", "HEAD"]),
    "nothing is compressed": ((*CONFIG, "DefaultCacheBehavior", "Compress"), False),
    "cookies do not arrive": ((*CONFIG, "DefaultCacheBehavior", "OriginRequestPolicyId"), "88a5eaf4-2fd4-4709-b370-b4c650ea3fcf"),
    "Australia is far": ((*CONFIG, "PriceClass"), "PriceClass_100"),
    "everybody is refused": (("Firewall", "Properties", "DefaultAction"), {"Block": {}}),
    "samples of requests are kept": (("Firewall", "Properties", "Rules", 4, "VisibilityConfig", "SampledRequestsEnabled"), True),
    "too many are only counted": (("Firewall", "Properties", "Rules", 0, "Action"), {"Count": {}}),
    "a set is only counted": (("Firewall", "Properties", "Rules", 3, "OverrideAction"), {"Count": {}}),
    "a rule of a set is left out": (("Firewall", "Properties", "Rules", 3, "Statement", "ManagedRuleGroupStatement", "RuleActionOverrides"), [{"Name": "Log4JRCE_BODY", "ActionToUse": {"Count": {}}}]),
    "the limit is of all together": (("Firewall", "Properties", "Rules", 0, "Statement", "RateBasedStatement", "AggregateKeyType"), "CONSTANT"),
    "a set is missing": (("Firewall", "Properties", "Rules", 3, "Statement", "ManagedRuleGroupStatement", "Name"), "AWSManagedRulesLinuxRuleSet"),
    "one visitor has as many networks as they like": ((*CONFIG, "IPV6Enabled"), True),
    "the name leads there by IPv6": (("Record", "Properties", "Type"), "AAAA"),
    "the name leads elsewhere": (("Record", "Properties", "AliasTarget", "DNSName"), "example.com"),
    "a bucket for everybody": (("Files",), {"Type": "AWS::S3::Bucket", "Properties": {}}),
}


def put(path: tuple[str | int, ...], value: Any) -> Callable[[dict[str, Any]], None]:
    def change(template: dict[str, Any]) -> None:
        place: Any = template["Resources"]
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


class Rules(unittest.TestCase):
    """What the edge is."""

    def test_it_keeps_every_rule(self) -> None:
        self.assertEqual(broken(TEMPLATE), [])

    def test_every_mistake_is_caught(self) -> None:
        for sentence, (path, value) in FAULTS.items():
            template = copy.deepcopy(TEMPLATE)
            put(path, value)(template)
            self.assertNotEqual(broken(template), [], sentence)

    def test_what_checkov_is_told_to_leave_is_what_was_thought_about(self) -> None:
        self.assertEqual(re.findall(r"^    # checkov:skip=(\w+): .{40,}$", (HERE / "edge.yaml").read_text(), re.M), ["CKV_AWS_86"])

    def test_whoever_deploys_may_make_it(self) -> None:
        statements = json.loads((HERE / "deployer-policy-edge.json").read_text())["Statement"]
        actions = {action for one in statements for action in one["Action"]}
        for action in ("cloudfront:CreateDistribution", "cloudfront:UpdateDistribution", "cloudfront:DeleteDistribution", "cloudfront:CreateCachePolicy", "wafv2:CreateWebACL", "wafv2:DeleteWebACL"):
            self.assertIn(action, actions)
        self.assertFalse([one for one in actions if one.endswith(":*") or one.startswith("iam:")])
        # The rest is the stage's: certificates and records.
        self.assertLess({"AWS::CertificateManager::Certificate", "AWS::Route53::RecordSet"}, set(NEEDED))


class Deploying(unittest.TestCase):
    """What `make deploy` does for an edge."""

    def test_no_stage_has_an_edge_until_it_says_so(self) -> None:
        self.assertIsNone(stages.load("dev").edge)
        self.assertIsNone(stages.load("prod").edge)
        text = stages.CONFIG.read_text().replace("[prod.edge.parameters]\non = false", '[prod.edge.parameters]\non = true\nPostsOfAnAddress = 50')
        with patch.object(Path, "read_text", lambda _: text):
            self.assertEqual(stages.load("prod").edge, {"PostsOfAnAddress": "50"})
            self.assertIsNone(stages.load("dev").edge)

    def test_every_parameter_without_a_default_gets_its_value(self) -> None:
        chosen = {"PublicUrl": "https://xero.example.com", "HostedZoneId": "Z0123"}
        values = edge.parameters(STAGE, chosen, "https://abc123.execute-api.ap-southeast-2.amazonaws.com", SHARED)
        self.assertEqual(set(values), {"EdgeSecretVersion"} | {name for name, one in TEMPLATE["Parameters"].items() if "Default" not in one})
        for name, value in values.items():
            stages.check(name, value, TEMPLATE["Parameters"][name])

    def test_it_needs_a_name_and_its_zone(self) -> None:
        edge.check({"PublicUrl": "https://xero.example.com", "HostedZoneId": "Z0123"})
        for wrong in ({"PublicUrl": "", "HostedZoneId": "Z0123"}, {"PublicUrl": "https://xero.example.com", "HostedZoneId": ""}, {"PublicUrl": "http://x", "HostedZoneId": "Z0"}):
            with self.assertRaises(Failure):
                edge.check(wrong)

    def test_the_secret_is_made_once_with_a_replica_where_the_functions_read_it(self) -> None:
        client = boto3.client("secretsmanager", region_name=edge.REGION, aws_access_key_id="test", aws_secret_access_key="test")
        with Stubber(client) as stub:
            stub.add_client_error("describe_secret", "ResourceNotFoundException", expected_params={"SecretId": "go1-xero-prod/edge"})
            expected = {"Name": "go1-xero-prod/edge", "Description": ANY, "SecretString": ANY, "AddReplicaRegions": [{"Region": "ap-southeast-2"}]}
            stub.add_response("create_secret", {"ARN": ARN, "VersionId": SHARED.version}, expected)
            exchanged = edge.Shared(ARN, "6d0c4b3e-1111-4222-8333-944455556666")
            kept = {SHARED.version: ["AWSPREVIOUS"], exchanged.version: ["AWSCURRENT"]}
            stub.add_response("describe_secret", {"ARN": ARN, "VersionIdsToStages": kept})
            self.assertEqual([edge.secret(client, STAGE), edge.secret(client, STAGE)], [SHARED, exchanged])
        self.assertEqual(edge.for_the_functions(ARN, STAGE), ARN.replace("us-east-1", "ap-southeast-2"))

    def test_an_exchanged_secret_reaches_the_functions_that_read_it_and_then_the_edge(self) -> None:
        chosen = {**GIVEN, "PublicUrl": "https://xero.example.com", "HostedZoneId": "Z0123", "EdgeSecretArn": edge.for_the_functions(ARN, STAGE)}
        template = read()
        functions = {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == "AWS::Serverless::Function"}

        def deployed(shared: edge.Shared) -> tuple[str, dict[str, str], dict[str, str]]:
            contents = release.Contents({name: "code" for name in functions}, edge.versions(shared, STAGE))
            return release.release(template, chosen, contents), release.digests(template, chosen, contents), edge.parameters(STAGE, chosen, API, shared)

        before, after = deployed(SHARED), deployed(edge.Shared(ARN, "another"))
        self.assertNotEqual(before[0], after[0], "nothing has changed, says the deploy")
        reading = {name for name, one in functions.items() if "EDGE_SECRET_ARN" in one["Environment"]["Variables"]}
        self.assertEqual({name for name in functions if before[1][name] != after[1][name]}, reading)
        self.assertEqual(len(reading), 5)
        self.assertEqual(after[2], {**before[2], "EdgeSecretVersion": "another"})

    def test_the_functions_wait_for_the_secrets_newest_version_in_their_region(self) -> None:
        client = boto3.client("secretsmanager", region_name=STAGE.region, aws_access_key_id="test", aws_secret_access_key="test")
        asked = {"SecretId": edge.for_the_functions(ARN, STAGE)}
        old, new = ({"VersionIdsToStages": {version: ["AWSCURRENT"]}} for version in ("4d0c4b3e-1111-4222-8333-944455556666", SHARED.version))
        with Stubber(client) as stub:
            stub.add_client_error("describe_secret", "ResourceNotFoundException", expected_params=asked)
            stub.add_response("describe_secret", old, asked)
            stub.add_response("describe_secret", new, asked)
            waited: list[float] = []
            edge.wait_for_the_replica(client, STAGE, SHARED, waited.append)
            stub.assert_no_pending_responses()
            self.assertEqual(len(waited), 2)
            for _ in range(edge.TRIES):
                stub.add_response("describe_secret", old, asked)
            with self.assertRaisesRegex(Failure, "go1-xero-prod/edge"):
                edge.wait_for_the_replica(client, STAGE, SHARED, waited.append)

    def test_it_is_a_stack_of_its_own_in_the_region_of_cloudfront(self) -> None:
        seen: list[Any] = []
        with (
            patch.object(sam, "deploy", lambda *given: seen.append(given)),
            patch.object(edge, "Cloud", lambda _: SimpleNamespace(stack=lambda _: None)),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            edge.deploy(STAGE, {"PublicUrl": "https://xero.example.com"}, Path("log"), True)
        ((stage, bucket, template, values, _),) = seen
        command = sam.deploy_command(stage, bucket, template, values)
        self.assertEqual(command[command.index("--stack-name") + 1], "go1-xero-prod-edge")
        self.assertEqual(command[command.index("--region") + 1], "us-east-1")
        self.assertNotIn("--s3-bucket", command)
        self.assertLess((HERE / "edge.yaml").stat().st_size, 51_200)  # What goes along with a command.

    def sent(self, before: dict[str, Any] | None, works: bool = True, was_on: bool = False, **more: Any) -> tuple[list[Any], list[str]]:
        """What `sam` is given, and what is deleted first, where us-east-1 has this stack."""
        seen: list[Any] = []
        removed: list[str] = []

        def deployed(stage: Stage, _: object, template: Path, values: dict[str, str], __: object) -> None:
            seen.append((stage.stack, parse(template.read_text()), values))
            if not works:
                raise Failure("sam deploy failed: Your account must be verified before you can add new CloudFront resources")

        with (
            tempfile.TemporaryDirectory() as folder,
            patch.object(sam, "deploy", deployed),
            patch.object(edge, "Cloud", lambda _: SimpleNamespace(stack=lambda _: before)),
            patch.object(edge, "remove", lambda stage: removed.append(stage.stack)),
            contextlib.redirect_stdout(io.StringIO()),
        ):
            edge.deploy(STAGE, {"PublicUrl": "https://xero.example.com"}, Path(folder, "log"), was_on, **more)
        return seen, removed

    def test_where_a_stage_is_given_an_edge_all_but_the_records_is_made_before_its_own_name_is_taken_away(self) -> None:
        ((stack, template, values),), _ = self.sent(None, leads=False)
        records = {name for name, one in TEMPLATE["Resources"].items() if one["Type"] == "AWS::Route53::RecordSet"}
        self.assertEqual(len(records), 1)
        self.assertEqual(template, {**TEMPLATE, "Resources": {name: one for name, one in TEMPLATE["Resources"].items() if name not in records}})
        self.assertEqual((stack, values), ("go1-xero-prod-edge", {"PublicUrl": "https://xero.example.com"}))
        self.assertEqual(self.sent(None)[0][0][1], TEMPLATE)
        code = inspect.getsource(commands.deploy)
        self.assertLess(code.index("leads=False"), code.index("_send("))
        self.assertLess(code.index("canary.check("), code.index("leads=False"))

    def test_a_stack_of_the_edge_whose_making_failed_is_taken_away_before_the_next_try(self) -> None:
        for status, gone in (("ROLLBACK_COMPLETE", True), ("CREATE_FAILED", True), ("DELETE_FAILED", True), ("UPDATE_COMPLETE", False), ("UPDATE_ROLLBACK_COMPLETE", False)):
            self.assertEqual(self.sent({"StackStatus": status})[1], [STAGE.stack] if gone else [], status)

    def test_an_edge_that_is_not_made_says_what_people_see_now_and_the_way_back(self) -> None:
        with self.assertRaisesRegex(Failure, r"must be verified.*(?s:.*)nothing has changed for anybody(?s:.*)on = false"):
            self.sent(None, works=False, leads=False)
        with self.assertRaisesRegex(Failure, r"must be verified.*(?s:.*)leads nowhere(?s:.*)on = false .*\[prod\.edge\.parameters\](?s:.*)make deploy STAGE=prod"):
            self.sent(None, works=False)
        with self.assertRaisesRegex(Failure, r"must be verified.*(?s:.*)goes on as it was(?s:.*)on = false"):
            self.sent({"StackStatus": "UPDATE_COMPLETE"}, works=False, was_on=True)
        with self.assertRaisesRegex(Failure, "leads nowhere"):
            self.sent({"StackStatus": "CREATE_COMPLETE"}, works=False)

    def test_an_open_address_behind_an_edge_fails_the_deploy(self) -> None:
        for status in (200, 403, 404):
            with patch.object(smoke, "ask", lambda *_: smoke._Answer(status, "", "")):
                if status == 403:
                    self.assertIn("403", smoke.closed("https://abc123.execute-api.ap-southeast-2.amazonaws.com"))
                else:
                    self.assertRaises(Failure, smoke.closed, "https://abc123.execute-api.ap-southeast-2.amazonaws.com")


if __name__ == "__main__":
    unittest.main()
