import { createHash } from "node:crypto";
import { Lazy, Stack, Token } from "aws-cdk-lib";
import { CfnFunction, CfnVersion } from "aws-cdk-lib/aws-lambda";
import { Asset } from "aws-cdk-lib/aws-s3-assets";
import { Construct } from "constructs";
import { Binary, unpack } from "./archives";
import { FromTemplate } from "./from-template";
import { Json, Source } from "./template";

/** What is told beside the template's parameters. */
export interface IntegrationOptions {
  /** The folder with the functions' archives: NAME.zip of a release, or NAME/bootstrap as `make release` leaves them in target/lambda. */
  readonly archives: string;
  /**
   * Anything that changes when the contents of a secret change, such as the id of its version, by its ARN as it was given.
   * A function reads a secret once, when it starts: another value here gives the functions that read it another version.
   */
  readonly secretVersions?: Readonly<Record<string, string>>;
}

/**
 * The functions with their code, and versions that follow code and settings.
 *
 * The alias `live` leads to a version, and a version keeps the code and the settings of its moment. CloudFormation makes another
 * one where its logical name is another; so each is named by a digest of all that the function is, worked out when the app is
 * synthesised and everything, aspects and overrides included, has had its say.
 */
export class Integration<Output extends string> extends FromTemplate<Output> {
  private readonly functions: readonly DigestedFunction[];

  constructor(scope: Construct, id: string, source: Source, props: IntegrationOptions) {
    const release = Lazy.uncachedString({ produce: () => this.release() });
    super(scope, id, source, props, { Release: release });
    if (Token.isUnresolved(this.values["Architecture"])) throw new Error("architecture must be known when the app is synthesised");
    const secrets = Object.entries(props.secretVersions ?? {});
    this.functions = Object.entries(source.functions).map(([logicalName, archive]) => {
      const binary = unpack(this, props.archives, archive, this.values["Architecture"]!);
      const made = this.included.getResource(logicalName) as CfnFunction;
      const code = new Asset(this, `${logicalName}Code`, { path: binary.folder });
      made.code = { s3Bucket: code.s3BucketName, s3Key: code.s3ObjectKey };
      return new DigestedFunction(logicalName, made, this.versionOf(source, logicalName), binary, secrets);
    });
    for (const [arn] of secrets) {
      if (!Object.values(this.values).includes(arn)) throw new Error(`secretVersions names ${arn}, which no function reads: give the ARN as it was given`);
    }
  }

  private versionOf(source: Source, logicalName: string): CfnVersion {
    const isItsVersion = (one: Json): boolean => one.Type === "AWS::Lambda::Version" && one.Properties.FunctionName.Ref === logicalName;
    const [name] = Object.entries(source.variants[0]!.resources).find(([, one]) => isItsVersion(one))!;
    return this.included.getResource(name) as CfnVersion;
  }

  /** A digest of the code and of every setting. */
  private release(): string {
    const settings = Object.entries(this.values).filter(([name]) => name !== "Release");
    return digest([Stack.of(this).resolve(settings), this.functions.map((one) => one.digest())]);
  }
}

class DigestedFunction {
  private isBeingDigested = false;

  constructor(
    logicalName: string,
    private readonly made: CfnFunction,
    version: CfnVersion,
    private readonly binary: Binary,
    private readonly secrets: readonly (readonly [string, string])[],
  ) {
    // As SAM does for `make deploy`: the digest is the description as well, so that AWS always has something to publish.
    made.description = Lazy.uncachedString({ produce: () => (this.isBeingDigested ? undefined : this.digest()) });
    version.overrideLogicalId(Lazy.uncachedString({ produce: () => `${logicalName}Version${this.digest().slice(0, 10)}` }));
  }

  digest(): string {
    this.isBeingDigested = true;
    try {
      const stack = Stack.of(this.made);
      // As the CDK works out the version of a function of its own: no public way leads to a resource with all its overrides.
      const rendered = stack.resolve((this.made as Json)._toCloudFormation()) as Json;
      const { Code: _, Tags: __, ...told } = (Object.values(rendered.Resources)[0] as Json).Properties;
      const text = JSON.stringify(told);
      const seen = this.secrets.filter(([arn]) => text.includes(JSON.stringify(stack.resolve(arn))));
      return digest([this.binary.digest, told, seen.map(([, version]) => version).sort()]);
    } finally {
      this.isBeingDigested = false;
    }
  }
}

function digest(of: unknown): string {
  return createHash("sha256").update(JSON.stringify(of, sorted)).digest("hex");
}

/** Keys in one order, whatever order they were written in. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)));
}
