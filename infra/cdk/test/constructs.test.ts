import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { deflateRawSync } from "node:zlib";
import { App, CfnParameter, Fn, Stack, Tags } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { CfnFunction } from "aws-cdk-lib/aws-lambda";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import * as library from "../lib";
import { FromTemplate, XeroIntegration, XeroIntegrationProps } from "../lib";
import { Json } from "../lib/template";

const FUNCTIONS = ["signup", "oauth-callback", "preview", "import", "addon", "worker", "sweeper"];
const ARCHIVES = archives();
const GIVEN: XeroIntegrationProps = {
  archives: ARCHIVES,
  supportContact: "mailto:help@example.com",
  xeroClientSecretArn: "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:xero",
  go1ClientSecretArn: "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:go1",
  go1CoursesAu: "1,2,3,4,5",
  go1CoursesUs: "6,7,8,9,10",
};

/** The header of a program, which is all that is looked at where there are no sections, and something after it. */
function program(contents: string, machine = 0xb7): Buffer {
  const header = Buffer.alloc(64);
  header.write("\x7fELF\x02\x01", "latin1");
  header.writeUInt16LE(machine, 18);
  return Buffer.concat([header, Buffer.from(contents)]);
}

function archives(changed: Record<string, Buffer> = {}): string {
  const folder = mkdtempSync(join(tmpdir(), "archives-"));
  for (const name of FUNCTIONS) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "bootstrap"), changed[name] ?? program(name));
  }
  return folder;
}

/** An archive as `zip` makes it, with one file. */
function zip(name: string, contents: Buffer): Buffer {
  const packed = deflateRawSync(contents);
  const local = Buffer.alloc(30);
  local.write("PK\x03\x04", "latin1");
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.write("PK\x01\x02", "latin1");
  central.writeUInt16LE(8, 10);
  central.writeUInt32LE(packed.length, 20);
  central.writeUInt16LE(name.length, 28);
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(local.length + name.length + packed.length, 16);
  return Buffer.concat([local, Buffer.from(name), packed, central, Buffer.from(name), end]);
}

function synthesised(props: Partial<XeroIntegrationProps>, also: (made: XeroIntegration, stack: Stack) => void = () => {}): Json {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Stack");
  also(new XeroIntegration(stack, "Xero", { ...GIVEN, ...props }), stack);
  return Template.fromStack(stack).toJSON();
}

/** The digest in the name of each function's version. */
function versions(template: Json): Record<string, string> {
  const found = Object.entries<Json>(template.Resources).filter(([, one]) => one.Type === "AWS::Lambda::Version");
  return Object.fromEntries(found.map(([name, one]) => [one.Properties.FunctionName.Ref, name.slice(-10)]));
}

function moved(before: Json, after: Json): string[] {
  const [one, other] = [versions(before), versions(after)];
  return Object.keys(one).filter((name) => one[name] !== other[name]).sort();
}

test("two stages live in one app, and the CDK's own look at them finds nothing", () => {
  const app = new App({ analyticsReporting: false, context: { "@aws-cdk/core:strictCfnValidateErrors": true } });
  const [dev, prod] = ["dev", "prod"].map((stage) => new Stack(app, stage, { stackName: `go1-xero-${stage}` })) as [Stack, Stack];
  new XeroIntegration(dev, "Xero", { ...GIVEN, workerConcurrency: 2, tableProtection: false });
  new XeroIntegration(prod, "Xero", { ...GIVEN, canary: true, publicUrl: "https://xero.example.com", hostedZoneId: "Z0123" });
  const assembly = app.synth();
  assert.equal(assembly.stacks.length, 2);
  assert.deepEqual(assembly.stacks.flatMap((stack) => stack.messages), []);
  const kinds = (stack: Stack): Set<string> => new Set(Object.values<Json>(Template.fromStack(stack).toJSON().Resources).map((one) => one.Type));
  assert.ok(kinds(prod).has("AWS::CodeDeploy::DeploymentGroup") && kinds(prod).has("AWS::ApiGatewayV2::DomainName"));
  assert.ok(!kinds(dev).has("AWS::CodeDeploy::DeploymentGroup") && !kinds(dev).has("AWS::ApiGatewayV2::DomainName"));
});

test("the CDK's own look would find a mistake", () => {
  const app = new App({ analyticsReporting: false, context: { "@aws-cdk/core:strictCfnValidateErrors": true } });
  const made = new XeroIntegration(new Stack(app, "Stack"), "Xero", GIVEN);
  (made.resource("WorkerFunction") as CfnFunction).memorySize = 5;
  const said: string[] = [];
  const { error } = console;
  console.error = (...words: unknown[]) => said.push(words.join(" "));
  try {
    assert.throws(() => app.synth(), /Validation failed/);
  } finally {
    console.error = error;
  }
  assert.match(said.join(), /MemorySize: 5 is less than the minimum/);
});

test("what other constructs make can be given: a secret, a topic", () => {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Stack");
  const secret = new CfnSecret(stack, "XeroClient");
  const topic = new Topic(stack, "Alarms");
  const made = new XeroIntegration(stack, "Xero", { ...GIVEN, xeroClientSecretArn: secret.ref, alarmTopicArn: topic.topicArn });
  const template = Template.fromStack(stack).toJSON();
  const variables = template.Resources.SignupFunction.Properties.Environment.Variables;
  assert.deepEqual(variables.XERO_CLIENT_SECRET_ARN, { Ref: "XeroClient" });
  assert.deepEqual(template.Resources.SignupErrors.Properties.AlarmActions, [stack.resolve(topic.topicArn)]);
  // CloudFormation refuses a condition that refers to a resource: none is left.
  assert.equal(template.Conditions, undefined);
  assert.deepEqual(Object.keys(template.Parameters), ["BootstrapVersion"]);
  assert.deepEqual(stack.resolve(made.output("PublicUrl")), { "Fn::GetAtt": ["HttpApi", "ApiEndpoint"] });
});

test("a table and keys that other constructs have are adopted, and none are made", () => {
  const given = (stack: Stack, name: string): string => new CfnParameter(stack, name).valueAsString;
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Stack");
  new XeroIntegration(stack, "Xero", {
    ...GIVEN,
    existingTable: given(stack, "KeptTable"),
    existingXeroSealingKeyArn: given(stack, "KeptXero"),
    existingGo1SealingKeyArn: given(stack, "KeptGo1"),
  });
  const { Resources } = Template.fromStack(stack).toJSON();
  assert.ok(!("Table" in Resources) && !("XeroSealingKey" in Resources) && !("Go1SealingKey" in Resources));
  assert.deepEqual(Resources.WorkerFunction.Properties.Environment.Variables.TABLE_NAME, { Ref: "KeptTable" });
  assert.match(JSON.stringify(Resources.SweeperRole.Properties.Policies[0].PolicyDocument.Statement[1].Resource), /KeptTable/);
});

test("what the template would refuse is refused when the app is synthesised, by its own words", () => {
  const refused: [Partial<XeroIntegrationProps>, RegExp][] = [
    [{ publicUrl: "https://xero.example.com/path" }, /publicUrl is "https:\/\/xero.example.com\/path": an origin without a path/],
    [{ hostedZoneId: "Z0123" }, /HostedZoneId needs PublicUrl/],
    [{ existingTable: "kept" }, /are given together or not at all/],
    [{ workerTimeout: 61 }, /workerTimeout is "61": give a whole number from 20 to 60/],
    [{ workerTimeout: 20.5 }, /give a whole number/],
    [{ xeroPkce: "maybe" as "on" }, /choose from on, off/],
    [{ supportContact: undefined as unknown as string }, /supportContact has no value/],
  ];
  for (const [props, why] of refused) assert.throws(() => synthesised(props), why);
});

test("what decides what is made must be known", () => {
  const token = (stack: Stack): string => new CfnParameter(stack, "Later", { type: "String" }).valueAsString;
  const app = new App();
  const stack = new Stack(app, "Stack");
  assert.throws(() => new XeroIntegration(stack, "Xero", { ...GIVEN, canary: token(stack) as unknown as boolean }), /Canary must be known/);
  const other = new Stack(app, "Other");
  assert.throws(() => new XeroIntegration(other, "Xero", { ...GIVEN, architecture: token(other) as "arm64" }), /architecture must be known/);
});

test("other code of one function is another version of that one, and the same code in another archive of none", () => {
  const before = synthesised({});
  assert.deepEqual(moved(before, synthesised({})), []);
  assert.deepEqual(moved(before, synthesised({ archives: archives({ worker: program("other") }) })), ["WorkerFunction"]);
  const zipped = mkdtempSync(join(tmpdir(), "zipped-"));
  for (const name of FUNCTIONS) writeFileSync(join(zipped, `${name}.zip`), zip("bootstrap", program(name)));
  assert.deepEqual(synthesised({ archives: zipped }), before);
});

test("each function's own binary is sent, and can be run", () => {
  const app = new App({ analyticsReporting: false, builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Stack");
  new XeroIntegration(stack, "Xero", GIVEN);
  const assembly = app.synth();
  const { Resources } = assembly.getStackArtifact(stack.artifactId).template;
  const { files } = JSON.parse(readFileSync(join(assembly.directory, "Stack.assets.json"), "utf8"));
  for (const one of Object.values<Json>(Resources).filter((resource) => resource.Type === "AWS::Lambda::Function")) {
    const { source } = files[one.Properties.Code.S3Key.replace(".zip", "")];
    const bootstrap = join(assembly.directory, source.path, "bootstrap");
    const name = one.Properties.FunctionName["Fn::Sub"].replace("${AWS::StackName}-", "");
    assert.deepEqual(readFileSync(bootstrap), program(name));
    assert.equal(statSync(bootstrap).mode & 0o777, 0o755);
    assert.equal(source.packaging, "zip");
  }
});

test("what was changed beside the properties moves versions, and a tag does not", () => {
  const before = synthesised({});
  const overridden = synthesised({}, (made) => (made.resource("WorkerFunction") as CfnFunction).addPropertyOverride("Environment.Variables.MORE", "1"));
  assert.deepEqual(moved(before, overridden), ["WorkerFunction"]);
  const larger = synthesised({}, (made) => ((made.resource("ImportFunction") as CfnFunction).memorySize = 512));
  assert.deepEqual(moved(before, larger), ["ImportFunction"]);
  const tagged = synthesised({}, (_, stack) => Tags.of(stack).add("team", "people"));
  assert.deepEqual(moved(before, tagged), []);
  assert.deepEqual(tagged.Resources.SweeperFunction.Properties.Tags, [{ Key: "team", Value: "people" }]);
});

test("another value in a secret moves the functions that read it", () => {
  const before = synthesised({ secretVersions: { [GIVEN.xeroClientSecretArn]: "1", [GIVEN.go1ClientSecretArn]: "1" } });
  const xero = synthesised({ secretVersions: { [GIVEN.xeroClientSecretArn]: "2", [GIVEN.go1ClientSecretArn]: "1" } });
  const readers = Object.entries<Json>(before.Resources).filter(([, one]) => one.Properties?.Environment?.Variables?.XERO_CLIENT_SECRET_ARN).map(([name]) => name);
  assert.deepEqual(moved(before, xero), readers.sort());
  assert.ok(readers.length > 2 && !readers.includes("WorkerFunction"));
  const slip = { "arn:aws:secretsmanager:ap-southeast-2:123456789012:secret:xreo": "1" };
  assert.throws(() => synthesised({ secretVersions: slip }), /no function reads/);
});

test("what is no release for the architecture is not sent", () => {
  const quick = Buffer.concat([program("quick"), Buffer.alloc(200)]);
  quick.writeBigUInt64LE(80n, 40);
  quick.writeUInt16LE(64, 58);
  quick.writeUInt16LE(1, 60);
  quick.writeUInt32LE(2, 84);
  const refused: [Buffer, RegExp][] = [
    [Buffer.from("#!/bin/sh"), /worker is no program for Lambda/],
    [program("worker", 0x3e), /worker was built for x86_64, and architecture is arm64/],
    [quick, /not of the release profile \(it has a table of symbols\)/],
  ];
  for (const [binary, why] of refused) assert.throws(() => synthesised({ archives: archives({ worker: binary }) }), why);
  assert.throws(() => synthesised({ archives: "/nowhere" }), /neither \/nowhere\/signup.zip nor/);
});

test("a property of another type does not compile", () => {
  // The compiler refuses this file where one of these is taken.
  const props: XeroIntegrationProps[] = [
    // @ts-expect-error a number is no text
    { ...GIVEN, workerConcurrency: "2" },
    // @ts-expect-error a switch is no text
    { ...GIVEN, tableProtection: "true" },
    // @ts-expect-error only what the template allows
    { ...GIVEN, architecture: "arm" },
    // @ts-expect-error no parameter of the template
    { ...GIVEN, colour: "blue" },
    // @ts-expect-error worked out, and not given
    { ...GIVEN, release: "0" },
  ];
  assert.equal(props.length, 5);
});

// The edge has a template of its own. Where there is none yet, there is no such class to name.
const { XeroEdge } = library as unknown as { XeroEdge?: new (scope: Stack, id: string, props: object) => FromTemplate<string> };

test("an edge stands before a stage of another region, and both share one secret", { skip: XeroEdge === undefined }, () => {
  const app = new App({ analyticsReporting: false, context: { "@aws-cdk/core:strictCfnValidateErrors": true } });
  const env = { account: "123456789012" };
  const [publicUrl, hostedZoneId] = ["https://xero.example.com", "Z0123"];
  const stage = new Stack(app, "go1-xero-prod", { env: { ...env, region: "ap-southeast-2" }, crossRegionReferences: true });
  const secret = new CfnSecret(stage, "EdgeSecret", {
    generateSecretString: { secretStringTemplate: "{}", generateStringKey: "current", passwordLength: 64, excludePunctuation: true },
    replicaRegions: [{ region: "us-east-1" }],
  });
  const made = new XeroIntegration(stage, "Xero", { ...GIVEN, publicUrl, hostedZoneId, ...{ edgeSecretArn: secret.attrId } });
  const edge = new Stack(app, "go1-xero-prod-edge", { env: { ...env, region: "us-east-1" }, crossRegionReferences: true });
  new XeroEdge!(edge, "Edge", {
    publicUrl,
    hostedZoneId,
    apiDomain: Fn.select(2, Fn.split("/", made.output("ApiUrl"))),
    edgeSecretArn: Fn.join("us-east-1", Fn.split("ap-southeast-2", secret.attrId)),
  });
  app.synth();
  assert.ok(!("Domain" in Template.fromStack(stage).toJSON().Resources), "the name leads to the edge");
  const { DistributionConfig } = Template.fromStack(edge).toJSON().Resources.Distribution.Properties;
  assert.match(JSON.stringify(DistributionConfig.Origins), /ExportsReader/);
  assert.throws(() => new XeroEdge!(new Stack(app, "elsewhere", { env: { region: "ap-southeast-2" } }), "Edge", {}), /must be in a stack of us-east-1/);
});
