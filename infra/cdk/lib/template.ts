import { Token } from "aws-cdk-lib";

/** A piece of a CloudFormation template. Its shape is CloudFormation's business. */
export type Json = any;

/** A parameter of a template, with its limits. */
export interface Parameter {
  readonly Type: string;
  readonly Default?: string | number | boolean;
  readonly AllowedValues?: readonly (string | boolean)[];
  readonly AllowedPattern?: string;
  readonly ConstraintDescription?: string;
  readonly Description?: string;
  readonly MinValue?: number;
  readonly MaxValue?: number;
}

/** A template as SAM expanded it, with its parameters still open. */
export interface Source {
  /** The only region where the template may be deployed, if there is but one. */
  readonly region: string | null;
  readonly parameters: Readonly<Record<string, Parameter>>;
  /** The parameters that nobody gives, because the construct works them out. */
  readonly workedOut: readonly string[];
  readonly rules: Record<string, Json>;
  readonly mappings: Record<string, Json>;
  readonly conditions: Record<string, Json>;
  readonly outputs: Record<string, Json>;
  /** The name of each function's archive, by the function's logical name. */
  readonly functions: Readonly<Record<string, string>>;
  /** What SAM made of the resources, by the parameters that it wanted to know. */
  readonly variants: readonly { readonly when: Record<string, string>; readonly resources: Record<string, Json> }[];
}

/** The value of each parameter: as text, or a token whose value only CloudFormation will know. */
export type Values = Readonly<Record<string, string>>;

/** `xeroApiUrl` for `XeroApiUrl`. */
export function propertyName(parameter: string): string {
  return parameter.charAt(0).toLowerCase() + parameter.slice(1);
}

/** A value for every parameter: what was given, or its default. Each is checked by the template's own limits. */
export function choose(source: Source, given: Record<string, unknown>, workedOut: Values): Values {
  const chosen: Record<string, string> = {};
  for (const [name, parameter] of Object.entries(source.parameters)) {
    const value = workedOut[name] ?? given[propertyName(name)] ?? parameter.Default;
    if (value === undefined) throw new Error(`${propertyName(name)} has no value: ${parameter.Description ?? ""}`);
    chosen[name] = Token.isUnresolved(value) ? Token.asString(value) : checked(name, String(value), parameter);
  }
  const resolver = new Resolver(chosen, source.conditions);
  for (const rule of Object.values(source.rules)) {
    if (rule.RuleCondition !== undefined && !resolver.holds(rule.RuleCondition)) continue;
    for (const { Assert, AssertDescription } of rule.Assertions) {
      if (!resolver.holds(Assert)) throw new Error(AssertDescription);
    }
  }
  return chosen;
}

function checked(name: string, value: string, parameter: Parameter): string {
  const wrong = (why: string): Error => new Error(`${propertyName(name)} is ${JSON.stringify(value)}: ${why}`);
  const allowed = parameter.AllowedValues?.map(String);
  if (allowed && !allowed.includes(value)) throw wrong(`choose from ${allowed.join(", ")}`);
  if (parameter.Type === "Number") {
    const { MinValue: least = -Infinity, MaxValue: most = Infinity } = parameter;
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most) throw wrong(`give a whole number from ${least} to ${most}`);
  }
  if (parameter.AllowedPattern && !new RegExp(`^(?:${parameter.AllowedPattern})$`).test(value)) {
    throw wrong(parameter.ConstraintDescription ?? parameter.Description ?? parameter.AllowedPattern);
  }
  return value;
}

const NOTHING = "AWS::NoValue";

/**
 * Puts values in the place of parameters and decides conditions, so that what is left are resources alone.
 *
 * A token stays a reference to its parameter. CloudFormation lets no condition refer to a resource, so whether something was
 * given is decided here: a token was.
 */
export class Resolver {
  constructor(
    private readonly values: Values,
    private readonly conditions: Record<string, Json>,
  ) {}

  /** Whether a condition, the name of one, or the assertion of a rule holds. */
  holds(condition: Json): boolean {
    if (typeof condition === "string") {
      if (!(condition in this.conditions)) throw new Error(`there is no condition ${condition}`);
      return this.holds(this.conditions[condition]);
    }
    const [name, parts] = only(condition);
    switch (name) {
      case "Condition":
        return this.holds(parts);
      case "Fn::Not":
        return !this.holds(parts[0]);
      case "Fn::And":
        return parts.every((one: Json) => this.holds(one));
      case "Fn::Or":
        return parts.some((one: Json) => this.holds(one));
      case "Fn::Equals":
        return this.equal(parts[0], parts[1]);
      default:
        throw new Error(`a condition cannot be decided by ${name}`);
    }
  }

  private equal(left: Json, right: Json): boolean {
    const [one, other] = [left, right].map((side) => (this.parameter(side) !== undefined ? this.values[side.Ref] : side)) as [Json, Json];
    const open = [one, other].some((side) => Token.isUnresolved(side) || typeof side === "object");
    if (!open) return String(one) === String(other);
    if (one === "" || other === "") return false;
    throw new Error(`${JSON.stringify(left)} decides what is made, so it must be known when the app is synthesised`);
  }

  /** The value with every parameter that is known and every condition in its place; nothing is left of what is `AWS::NoValue`. */
  resolve(value: Json): Json {
    if (Array.isArray(value)) return value.map((one) => this.resolve(one)).filter((one) => !isNothing(one));
    if (typeof value !== "object" || value === null) return value;
    const known = this.parameter(value);
    if (known !== undefined) return Token.isUnresolved(known) ? value : known;
    if (Object.keys(value).length === 1) {
      const [name, parts] = only(value);
      if (name === "Fn::If") return this.resolve(this.holds(parts[0]) ? parts[1] : parts[2]);
      if (name === "Fn::Sub") return this.substituted(parts);
    }
    const entries = Object.entries(value).map(([key, one]) => [key, this.resolve(one)] as const);
    return Object.fromEntries(entries.filter(([, one]) => !isNothing(one)));
  }

  private substituted(parts: Json): Json {
    const [text, variables] = Array.isArray(parts) ? [parts[0] as string, this.resolve(parts[1])] : [parts as string, undefined];
    const replaced = text.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
      const value = variables && name in variables ? undefined : this.values[name];
      return value === undefined || Token.isUnresolved(value) ? whole : value;
    });
    if (variables !== undefined) return { "Fn::Sub": [replaced, variables] };
    return replaced.includes("${") ? { "Fn::Sub": replaced } : replaced;
  }

  private parameter(value: Json): string | undefined {
    return typeof value?.Ref === "string" && value.Ref in this.values ? this.values[value.Ref] : undefined;
  }
}

/** The template that there is under given values: without conditions and rules, and with the parameters alone that are tokens. */
export function decided(source: Source, values: Values): { readonly template: Json; readonly tokens: Record<string, string> } {
  const resolver = new Resolver(values, source.conditions);
  const variant = source.variants.find(({ when }) => Object.entries(when).every(([name, value]) => values[name] === value));
  if (!variant) throw new Error(`${source.variants.flatMap(({ when }) => Object.keys(when))[0]} must be known when the app is synthesised`);
  const there = (part: Record<string, Json>): [string, Json][] =>
    Object.entries(part).filter(([, one]) => one.Condition === undefined || resolver.holds(one.Condition));
  const resources = Object.fromEntries(there(variant.resources).map(([name, { Condition: _, ...one }]) => [name, resolver.resolve(one)]));
  for (const one of Object.values(resources)) {
    if (one.DependsOn !== undefined) one.DependsOn = [one.DependsOn].flat().filter((name) => name in resources);
  }
  const outputs = Object.fromEntries(there(source.outputs).map(([name, { Condition: _, ...one }]) => [name, resolver.resolve(one)]));
  const tokens = Object.fromEntries(Object.entries(values).filter(([, value]) => Token.isUnresolved(value)));
  const parameters = Object.fromEntries(Object.keys(tokens).map((name) => [name, { Type: "String" }]));
  const mappings = Object.keys(source.mappings).length > 0 ? { Mappings: source.mappings } : {};
  return { template: { Parameters: parameters, ...mappings, Resources: resources, Outputs: outputs }, tokens };
}

function only(value: Json): [string, Json] {
  return Object.entries(value)[0] as [string, Json];
}

function isNothing(value: Json): boolean {
  return typeof value === "object" && value !== null && value.Ref === NOTHING;
}
