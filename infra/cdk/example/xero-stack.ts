import { CfnOutput, RemovalPolicy, Stack, StackProps } from "aws-cdk-lib";
import { CfnSecret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { EmailSubscription } from "aws-cdk-lib/aws-sns-subscriptions";
import { Construct } from "constructs";
import { XeroIntegration, XeroIntegrationProps } from "go1-xero-cdk";

type Made = "xeroClientSecretArn" | "go1ClientSecretArn" | "alarmTopicArn";

/** What differs from stage to stage. */
export interface XeroStackProps extends StackProps {
  readonly settings: Omit<XeroIntegrationProps, Made>;
  /** Who reads the alarms. */
  readonly alarmEmail?: string;
}

/** One stage: the integration, the two secrets that say who we are, and the topic of its alarms. */
export class XeroStack extends Stack {
  constructor(scope: Construct, id: string, props: XeroStackProps) {
    super(scope, id, props);
    const alarms = new Topic(this, "Alarms");
    if (props.alarmEmail) alarms.addSubscription(new EmailSubscription(props.alarmEmail));
    new XeroIntegration(this, "Xero", {
      ...props.settings,
      xeroClientSecretArn: this.emptySecret("XeroClient"),
      go1ClientSecretArn: this.emptySecret("Go1Client"),
      alarmTopicArn: alarms.topicArn,
    });
  }

  /** Made without a value: a person puts it in, and it is in no template and no log. */
  private emptySecret(name: string): string {
    const secret = new CfnSecret(this, name, { description: "client_id and client_secret, as JSON" });
    secret.applyRemovalPolicy(RemovalPolicy.RETAIN);
    const arn = secret.attrId; // As `ref` is, which the emulator makes a name.
    new CfnOutput(this, `${name}Secret`, { value: arn });
    return arn;
  }
}
