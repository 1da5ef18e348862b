# Words for the runbooks' commands: `. docs/runbooks/shell.sh prod` in bash, from the project's folder. It changes nothing.
# It needs the aws command (version 2), and credentials with the rights of infra/operator-policy.json.

STAGE=${1:?name the stage: . docs/runbooks/shell.sh prod}
STACK=go1-xero-$STAGE
export AWS_REGION=${AWS_REGION:-ap-southeast-2} AWS_PAGER=
WORKING="signup oauth-callback preview import addon worker sweeper"

# What the stack hands out: out QueueUrl
out() {
    aws cloudformation describe-stacks --stack-name "$STACK" --output text \
        --query "Stacks[0].Outputs[?OutputKey=='$1'].OutputValue"
}

# Lines of a function's log: lines worker '{ $.level = "ERROR" }' 120 (minutes back; 60 without)
lines() {
    aws logs filter-log-events --log-group-name "/aws/lambda/$STACK-$1" --filter-pattern "$2" \
        --start-time "$((($(date +%s) - ${3:-60} * 60) * 1000))" --query 'events[].[message]' --output text
}

# The same of every function, each with its name before it.
everywhere() {
    for function in $WORKING; do lines "$function" "$1" "${2:-60}" | sed "s/^/$function: /"; done
}

# Requests by route and status from the HTTP API's own log: requests '{ $.status = "5*" }' 60
requests() {
    aws logs filter-log-events --log-group-name "/aws/apigateway/$STACK" --filter-pattern "$1" \
        --start-time "$((($(date +%s) - ${2:-60} * 60) * 1000))" --query 'events[].[message]' --output text
}

# The alarms that ring, each with what it says.
ringing() {
    aws cloudwatch describe-alarms --alarm-name-prefix "$STACK" --state-value ALARM --output text \
        --query 'MetricAlarms[].[AlarmName,StateUpdatedTimestamp,AlarmDescription]'
}

# How many messages wait and are in work: depth QueueUrl, depth DeadLetterQueueUrl
depth() {
    aws sqs get-queue-attributes --queue-url "$(out "$1")" --output text --query Attributes \
        --attribute-names ApproximateNumberOfMessages ApproximateNumberOfMessagesNotVisible
}
