import { App } from "aws-cdk-lib";
import { XeroStack } from "./xero-stack";

// The least that two stages need. Every other parameter of the template has a property as well.
const app = new App();
const both = {
  archives: process.env["ARCHIVES"] ?? "archives",
  supportContact: "mailto:support@example.com",
  go1CoursesAu: "1001,1002,1003,1004,1005",
  go1CoursesUs: "2001,2002,2003,2004,2005",
};

new XeroStack(app, "go1-xero-dev", { settings: { ...both, workerConcurrency: 2, tableProtection: false } });

new XeroStack(app, "go1-xero-prod", {
  alarmEmail: "alarms@example.com",
  settings: { ...both, canary: true, publicUrl: "https://xero.example.com", hostedZoneId: "Z0123456789" },
});
