import { readFileSync } from "node:fs";
import { App } from "aws-cdk-lib";
import { XeroStack, XeroStackProps } from "../example/xero-stack";

// The stages of rehearse_cdk.py, whose settings stand in the file that STAGES names.
const stages = JSON.parse(readFileSync(process.env["STAGES"]!, "utf8")) as Record<string, XeroStackProps["settings"]>;
const app = new App();
for (const [name, settings] of Object.entries(stages)) new XeroStack(app, name, { settings });
