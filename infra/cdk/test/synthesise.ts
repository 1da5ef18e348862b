import { readFileSync, writeFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { XeroIntegration, XeroIntegrationProps } from "../lib";

// Synthesises one stack for each set of values in a file, all in one app, as test_cdk.py asks: VALUES OUTPUT.
const [, , asked, output] = process.argv as [string, string, string, string];
const app = new App({
  analyticsReporting: false,
  // The CDK's own look at each template takes longer than all the rest; constructs.test.ts has it.
  context: { "@aws-cdk/core:validateAgainstDefaultRules": false },
});
const sets = JSON.parse(readFileSync(asked, "utf8")) as Record<string, XeroIntegrationProps>;
const stacks = Object.entries(sets).map(([name, props]) => {
  const stack = new Stack(app, name, { stackName: "go1-xero" });
  new XeroIntegration(stack, "Xero", props);
  return stack;
});
const assembly = app.synth();
const templates = Object.fromEntries(stacks.map((stack) => [stack.node.id, assembly.getStackArtifact(stack.artifactId).template]));
writeFileSync(output, JSON.stringify(templates));
