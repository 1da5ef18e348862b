// The local cloud that the walk goes through: where it answers, how to begin anew, what the stand-ins hold.

/** Where the product answers. */
export const APP = variable("APP_URL");
const XERO = variable("XERO_STAND_IN_URL");
/** The fake GO1, its portals' pages among it. */
export const GO1 = variable("GO1_STAND_IN_URL");

/** Makes us and Xero forget who came before: an organisation gets one portal, and a consent is told from the ones before it. */
export async function forgetEverything() {
  for (const organisation of await connectedOrganisations()) await post(`${XERO}/_control/disconnect`, { organisation });
  await remove(await items());
}

/** Ends the session of every browser, as time does. */
export async function endSessions() {
  await remove((await items()).filter(({ pk }) => /^(ADMINISTRATOR_)?SESSION#/.test(pk.S)));
}

/** Which of these texts stand anywhere in the table. */
export async function personalTexts(texts) {
  const table = JSON.stringify(await items());
  return texts.filter((text) => table.includes(text));
}

async function items() {
  const found = [];
  let from;
  do {
    const page = await dynamodb("Scan", { TableName: variable("TABLE_NAME"), ExclusiveStartKey: from });
    found.push(...page.Items);
    from = page.LastEvaluatedKey;
  } while (from);
  return found;
}

async function remove(some) {
  for (let index = 0; index < some.length; index += 25) {
    const deletions = some.slice(index, index + 25).map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } }));
    await dynamodb("BatchWriteItem", { RequestItems: { [variable("TABLE_NAME")]: deletions } });
  }
}

/** A portal's name that nobody has at GO1, which forgets nothing. */
export async function freePortal(name) {
  const { portals } = await get(`${GO1}/_control/summary`);
  const taken = portals.map((portal) => portal.domain);
  const names = [name, ...taken.map((_, index) => `${name}-${index + 2}`)];
  return names.find((free) => !taken.includes(`${free}.mygo1.com`));
}

/** The names of the organisations that are connected to us at Xero. */
export async function connectedOrganisations() {
  const { connections } = await get(`${XERO}/_control/summary`);
  return connections.map((connection) => connection.organisation);
}

/** A portal, its people and their enrollments, as GO1 has them. */
export const portal = (domain) => get(`${GO1}/_control/portals/${domain}`);

/** Puts somebody on an organisation's payroll. */
export const addEmployee = (organisation, person) => post(`${XERO}/_control/employees`, { organisation, ...person });

/** Brings an organisation back to who is in it at the beginning, unconnected. */
export async function resetOrganisation(organisation) {
  await post(`${XERO}/_control/reset-demo`, { organisation });
  await post(`${XERO}/_control/set-class`, { organisation, class: "GROW" });
}

/** Makes each call to GO1 take so long, so that an import can be watched. */
export const slowDownGo1 = (milliseconds) => post(`${GO1}/_control/pace`, { latency_milliseconds: milliseconds });

/** Presses "Allow" on a consent screen of Xero's for nobody, and returns the address that Xero sends the browser to. */
export async function allowUnseen(request) {
  const body = new URLSearchParams({ request, decision: "allow" });
  const answer = await fetch(`${XERO}/identity/consent`, { method: "POST", body, redirect: "manual" });
  return answer.headers.get("location");
}

/** The emulator takes any signature, and AWS would not take this one: no real table can be emptied by mistake. */
async function dynamodb(action, input) {
  const credential = "test/20000101/ap-southeast-2/dynamodb/aws4_request";
  const headers = {
    authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`,
    "content-type": "application/x-amz-json-1.0",
    "x-amz-target": `DynamoDB_20120810.${action}`,
  };
  return (await post(variable("AWS_ENDPOINT_URL"), input, headers)).json();
}

async function get(url) {
  return (await good(await fetch(url))).json();
}

async function post(url, body, headers = { "content-type": "application/json" }) {
  return good(await fetch(url, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function good(answer) {
  if (!answer.ok) throw new Error(`${answer.url} answers ${answer.status}: ${await answer.text()}`);
  return answer;
}

function variable(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: make test walks inside a local cloud; README.md says how to walk alone`);
  return value;
}
