"""What each kind of resource at the edge may be, each property and value: what is not here is not allowed. test_edge.py holds edge.yaml to it."""

from __future__ import annotations

from typing import Any

from infra.template_shapes import Maybe, anything, each, either, matching, one_of, ref, shaped

NAME = {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "PublicUrl"}]}]}
ZONE = {"Ref": "HostedZoneId"}
# Every distribution of CloudFront is in this zone.
CLOUDFRONT = "Z2FDTNDATAQYW2"
# AWS's AllViewerExceptHostHeader.
AS_ASKED = "b689b0a8-53d0-40ab-baf2-68738e2966ac"
EVERY_METHOD = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]
SECRET = {"Fn::Sub": "{{resolve:secretsmanager:${EdgeSecretArn}:SecretString:current::${EdgeSecretVersion}}}"}

PARAMETERS: dict[str, dict[str, Any]] = {
    "PublicUrl": {"Type": "String", "AllowedPattern": "^https://[^/]+$"},
    "HostedZoneId": {"Type": "String", "AllowedPattern": "^Z[0-9A-Z]+$"},
    "ApiDomain": {"Type": "String", "AllowedPattern": r"^[a-z0-9]+\.execute-api\.[a-z0-9-]+\.amazonaws\.com$"},
    "EdgeSecretArn": {"Type": "String", "AllowedPattern": "^arn:[a-z-]+:secretsmanager:us-east-1:.+$"},
    "EdgeSecretVersion": {"Type": "String", "Default": "", "AllowedPattern": "^([A-Za-z0-9-]{32,64})?$"},
    "RequestsOfAnAddress": {"Type": "Number", "Default": 1000, "MinValue": 100, "MaxValue": 20000},
    "PostsOfAnAddress": {"Type": "Number", "Default": 100, "MinValue": 20, "MaxValue": 20000},
}
OUTPUTS = {"DistributionDomain": {"Fn::GetAtt": ["Distribution", "DomainName"]}}


def _behaviour(**more: Any) -> dict[str, Any]:
    return {
        "TargetOriginId": "api",
        "ViewerProtocolPolicy": "redirect-to-https",
        "CachedMethods": ["GET", "HEAD"],
        "Compress": True,
        **more,
    }


def _kept(cookies: str, headers: dict[str, Any]) -> Any:
    """What tells one copy from another."""
    return shaped(
        {
            "EnableAcceptEncodingBrotli": True,
            "EnableAcceptEncodingGzip": True,
            "CookiesConfig": {"CookieBehavior": cookies},
            "HeadersConfig": headers,
            "QueryStringsConfig": {"QueryStringBehavior": cookies},
        }
    )


def _counted(metric: Any) -> Any:
    # Samples would keep cookies and queries, which hold sessions and codes.
    return shaped({"CloudWatchMetricsEnabled": True, "SampledRequestsEnabled": False, "MetricName": metric})


def _rule(**more: Any) -> Any:
    named = matching("[a-z-]+")
    return shaped({"Name": named, "Priority": one_of(*range(5)), "VisibilityConfig": _counted(named), **more})


def _rate(limit: str, **more: Any) -> Any:
    return shaped({"RateBasedStatement": shaped({"AggregateKeyType": "IP", "EvaluationWindowSec": 300, "Limit": {"Ref": limit}, **more})})


# In its newest form, and whole: a version or a narrower scope would stand here.
AWS_SET = shaped({"VendorName": "AWS", "Name": matching("AWSManagedRules[A-Za-z]+"), "RuleActionOverrides": Maybe(anything)})
REFUSED = {"Block": {"CustomResponse": {"ResponseCode": 429, "ResponseHeaders": [{"Name": "retry-after", "Value": "300"}]}}}
# Methods are written in capitals, and CloudFront changes nothing about them.
POSTS = {
    "ByteMatchStatement": {
        "FieldToMatch": {"Method": {}},
        "PositionalConstraint": "EXACTLY",
        "SearchString": "POST",
        "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
    }
}

SHAPES: dict[str, dict[str, Any]] = {
    "AWS::CertificateManager::Certificate": {
        "DomainName": NAME,
        "ValidationMethod": "DNS",
        "DomainValidationOptions": [{"DomainName": NAME, "HostedZoneId": ZONE}],
    },
    "AWS::Route53::RecordSet": {
        "HostedZoneId": ZONE,
        "Name": NAME,
        "Type": "A",
        "AliasTarget": {"DNSName": {"Fn::GetAtt": ["Distribution", "DomainName"]}, "HostedZoneId": CLOUDFRONT},
    },
    "AWS::CloudFront::CachePolicy": {
        "CachePolicyConfig": shaped(
            {
                "Name": one_of(*({"Fn::Sub": f"${{AWS::StackName}}-{name}"} for name in ("assets", "public-pages", "pages"))),
                "MinTTL": 0,
                "DefaultTTL": 0,
                "MaxTTL": one_of(1, 300, 31536000),
                "ParametersInCacheKeyAndForwardedToOrigin": either(
                    _kept("none", {"HeaderBehavior": "none"}), _kept("all", {"HeaderBehavior": "whitelist", "Headers": ["Accept"]})
                ),
            }
        )
    },
    "AWS::CloudFront::Distribution": {
        "DistributionConfig": shaped(
            {
                "Enabled": True,
                "Comment": {"Ref": "AWS::StackName"},
                "Aliases": [NAME],
                "HttpVersion": "http2and3",
                "IPV6Enabled": False,
                "PriceClass": "PriceClass_All",
                "WebACLId": {"Fn::GetAtt": ["Firewall", "Arn"]},
                "ViewerCertificate": {
                    "AcmCertificateArn": {"Ref": "Certificate"},
                    "SslSupportMethod": "sni-only",
                    "MinimumProtocolVersion": "TLSv1.2_2021",
                },
                "Origins": each(
                    shaped(
                        {
                            "Id": "api",
                            "DomainName": {"Ref": "ApiDomain"},
                            "CustomOriginConfig": shaped(
                                {
                                    "OriginProtocolPolicy": "https-only",
                                    "OriginSSLProtocols": ["TLSv1.2"],
                                    "OriginReadTimeout": 31,
                                    "OriginKeepaliveTimeout": 60,
                                }
                            ),
                            "ConnectionAttempts": 2,
                            "OriginCustomHeaders": [{"HeaderName": "x-edge-secret", "HeaderValue": SECRET}],
                        }
                    )
                ),
                "DefaultCacheBehavior": shaped(
                    _behaviour(AllowedMethods=EVERY_METHOD, CachePolicyId={"Ref": "PagesCache"}, OriginRequestPolicyId=AS_ASKED)
                ),
                "CacheBehaviors": each(
                    either(
                        shaped(_behaviour(PathPattern="/assets/*", AllowedMethods=["GET", "HEAD"], CachePolicyId={"Ref": "AssetsCache"})),
                        shaped(
                            _behaviour(
                                PathPattern=one_of("/help", "/"),
                                AllowedMethods=["GET", "HEAD"],
                                CachePolicyId={"Ref": "PublicPagesCache"},
                                OriginRequestPolicyId=AS_ASKED,
                            )
                        ),
                    )
                ),
            }
        )
    },
    "AWS::WAFv2::WebACL": {
        "Scope": "CLOUDFRONT",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": _counted(ref("AWS::StackName")),
        "Rules": each(
            either(
                _rule(Action=REFUSED, Statement=_rate("RequestsOfAnAddress")),
                _rule(Action=REFUSED, Statement=_rate("PostsOfAnAddress", ScopeDownStatement=POSTS)),
                # What is left out of a set is said by a rule of its own.
                _rule(OverrideAction={"None": {}}, Statement=shaped({"ManagedRuleGroupStatement": AWS_SET})),
            )
        ),
    },
}
