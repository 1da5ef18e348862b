import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CfnResource, Stack, Token } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { Construct } from "constructs";
import { choose, decided, Source, Values } from "./template";

/** A template of this project in a stack of the CDK, each resource under the logical name that it has there. */
export class FromTemplate<Output extends string> extends Construct {
  /** Every resource, as the class of its kind: for aspects, grants, and what a property cannot say. */
  readonly included: CfnInclude;
  /** The value of each parameter. */
  protected readonly values: Values;

  constructor(scope: Construct, id: string, source: Source, given: object, workedOut: Values = {}) {
    super(scope, id);
    const { region } = Stack.of(this);
    if (source.region !== null && region !== source.region) {
      const where = Token.isUnresolved(region) ? "in no region" : `in ${region}`;
      throw new Error(`${this.node.path} must be in a stack of ${source.region}, and its stack is ${where}: give the stack env: { region: "${source.region}" }`);
    }
    this.values = choose(source, given as Record<string, unknown>, workedOut);
    const { template, tokens } = decided(source, this.values);
    // CfnInclude reads a file, at once.
    const folder = mkdtempSync(join(tmpdir(), "go1-xero-"));
    try {
      const templateFile = join(folder, "template.json");
      writeFileSync(templateFile, JSON.stringify(template));
      this.included = new CfnInclude(this, "Template", { templateFile, parameters: tokens });
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  /** A value that the stack hands out, for other constructs. */
  output(name: Output): string {
    return Token.asString(this.included.getOutput(name).value);
  }

  /** A resource by its logical name in the template. */
  resource(logicalName: string): CfnResource {
    return this.included.getResource(logicalName);
  }
}
