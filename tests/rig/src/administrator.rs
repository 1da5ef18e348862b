//! A portal's administrators, and who would be one: from "Configure" through GO1's login and back.

use http::StatusCode;
use journeys::browser::Sent;
use journeys::journey::Customer;
use journeys::page::Page;
use url::Url;

use crate::customer::{Visitor, expect};
use crate::world::Rig;

/// Where the portals are.
const HOMES: &str = "http://go1.localhost:8402/portals-home/";

impl Visitor {
    /// Opens a portal's Integrations page and presses "Configure" at Xero: to wherever that leads.
    ///
    /// # Panics
    /// Where the page has no such button.
    pub async fn configure(&self, domain: &str) -> Page {
        let home = Url::parse(HOMES).and_then(|homes| homes.join(&format!("{domain}/integrations"))).expect("a path");
        let integrations = self.browser.open(&home).await;
        let (_, link) = integrations.text.split_once("class=\"button\" href=\"").expect("a button");
        let (link, _) = link.split_once('"').expect("an address");
        self.browser.open(&Url::parse(link).expect("an address")).await
    }

    /// Logs in at GO1's page with this account, and is led back.
    pub async fn log_in_as(&self, login: &Page, account: &str) -> Page {
        self.browser.submit(login, "/oauth/authorize", &[("account", account)]).await
    }

    /// Logs in at GO1's page with this account, and stops before following the way back: the address of our callback.
    ///
    /// # Panics
    /// Where GO1 sends nobody back.
    pub async fn log_in_without_return(&self, login: &Page, account: &str) -> Url {
        let sent = self.browser.send(&Sent::form(login, "/oauth/authorize", &[("account", account)])).await;
        sent.location().expect("an address").expect("GO1 sends the browser back")
    }
}

impl Rig {
    /// The account that administers a customer's portal.
    ///
    /// # Panics
    /// Where there is no portal.
    pub fn administrator_of(&self, customer: &Customer) -> String {
        let portal = self.portal(customer);
        let portals = self.world.go1().portals();
        let portal = portals.into_iter().find(|each| each.id == portal.as_str()).expect("a portal");
        portal.administrator.expect("somebody administers it")
    }

    /// The address of a customer's portal.
    ///
    /// # Panics
    /// Where there is no portal.
    pub fn domain_of(&self, customer: &Customer) -> String {
        let portal = self.portal(customer);
        let portals = self.world.go1().portals();
        portals.into_iter().find(|each| each.id == portal.as_str()).expect("a portal").domain
    }

    /// An administrator of a customer's portal, in a new browser, on its Overview.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn administrator(&self, customer: &Customer) -> Visitor {
        let visitor = self.visitor(customer);
        let login = visitor.configure(&self.domain_of(customer)).await;
        let overview = visitor.log_in_as(&login, &self.administrator_of(customer)).await;
        expect(overview, StatusCode::OK, "/portal");
        visitor
    }
}
