import { readFileSync, writeFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import * as library from "../lib";

// Synthesises one stack for each set of values in a file, all in one app, as test_cdk.py asks: VALUES OUTPUT.
// The values are those of a construct of the library, named at compile time or not: where there is no edge, there is no class.
type Make = new (scope: Stack, id: string, props: object) => unknown;
const constructs = library as unknown as Record<string, Make>;
const [, , asked, output] = process.argv as [string, string, string, string];
const app = new App({
  analyticsReporting: false,
  // The CDK's own look at each template takes longer than all the rest; constructs.test.ts has it.
  builtinCloudFormationValidation: false,
});
const sets = JSON.parse(readFileSync(asked, "utf8")) as Record<string, { construct: string; props: object }>;
const stacks = Object.entries(sets).map(([name, { construct, props }]) => {
  const stack = new Stack(app, name, construct === "XeroEdge" ? { env: { region: "us-east-1" } } : {});
  new constructs[construct]!(stack, "Made", props);
  return stack;
});
const assembly = app.synth();
const templates = Object.fromEntries(stacks.map((stack) => [stack.node.id, assembly.getStackArtifact(stack.artifactId).template]));
writeFileSync(output, JSON.stringify(templates));
