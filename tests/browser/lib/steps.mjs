// The steps of a customer, by what they press.

import { GO1 } from "./cloud.mjs";

/** Who signs up everywhere here: she can log in to five organisations at Xero. */
export const OLIVIA = { name: "Olivia Hartley", email: "olivia.hartley@example.com" };

/** Who comes from the Marketplace with an American organisation. */
export const SAM = { name: "Sam Okafor", email: "sam.okafor@example.com" };

/** An accountant who advises two organisations. Nobody else here gives her login the permission for payroll. */
export const INGRID = { name: "Ingrid Solberg", email: "ingrid.solberg@example.com" };

/** The owner of an American organisation that two people can log in to; the others are contacts. */
export const ROSA = { name: "Rosa Delgado", email: "rosa.delgado@example.com", country: "United States" };

/** Fills in the sign-up form. */
export async function fillSignUp({ page }, organisation, portal, person = OLIVIA) {
  const [firstName, lastName] = person.name.split(" ");
  const texts = {
    "First name": firstName,
    "Last name": lastName,
    "Work email": person.email,
    "Company name": organisation,
    "Portal address": portal,
  };
  for (const [label, text] of Object.entries(texts)) await page.getByLabel(label).fill(text);
  await page.getByLabel(person.country ?? "Australia").check();
  await page.getByLabel("Industry").selectOption("Retail Trade");
  await page.getByLabel("I accept the terms of collection").check();
  await page.getByLabel("I accept GO1’s privacy policy").check();
}

/** At Xero: logs in and chooses an organisation, up to the consent screen. */
export async function chooseAtXero(visitor, organisation, person = OLIVIA) {
  await visitor.press(person.name);
  await visitor.page.getByText(organisation, { exact: true }).click();
  await visitor.press("Continue");
}

/** Allows it there; once more, where more permission is needed. */
export async function allowAtXero(visitor) {
  await visitor.press("Allow access");
}

/** At GO1: logs in as somebody in one of the portals. */
export async function logInAtGo1({ page }, domain, email) {
  const loaded = page.waitForEvent("load");
  const portal = page.locator("h2", { hasText: domain });
  // The people of a portal follow its heading, up to the next one.
  await portal.locator(`xpath=following-sibling::button[contains(., "${email}")][1]`).click();
  await loaded;
}

/** From the portal's Integrations page into the integration. */
export async function configure(visitor, domain, email) {
  await visitor.open(`${GO1}/portals-home/${domain}/integrations`);
  await visitor.press("Configure", "link");
  await logInAtGo1(visitor, domain, email);
  return visitor;
}

/** From the form to Xero's consent screen for an organisation, in one go. */
export async function reachConsent(visitor, organisation, portal, person = OLIVIA) {
  await visitor.open("/signup");
  await fillSignUp(visitor, organisation, portal, person);
  await visitor.press("Continue to Xero");
  await chooseAtXero(visitor, organisation, person);
}

/**
 * Ends what a login has granted at Xero, which adds up over all consents and which only our own access can end: signs up
 * with its organisation, and disconnects.
 */
export async function endGrants(visitor, organisation, portal, person) {
  await reachConsent(visitor, organisation, portal, person);
  await visitor.press("Allow access");
  await visitor.press("Yes, that’s us");
  await visitor.open("/disconnect");
  await visitor.press("Disconnect Xero");
}
