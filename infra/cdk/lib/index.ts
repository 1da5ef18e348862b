export { FromTemplate } from "./from-template";
export * from "./generated/constructs";
export { Integration, IntegrationOptions } from "./integration";
