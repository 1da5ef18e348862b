//! Customers, and what they press.

use domain::ids::{ImportId, TenantId};
use domain::import::ImportStatus;
use http::StatusCode;
use journeys::browser::Sent;
use journeys::journey::{Customer, ReportLine};
use journeys::page::Page;
use serde_json::Value;
use url::Url;

use crate::addresses::address;
use crate::browser::Browser;

const OLIVIA: &str = "olivia.hartley@example.com";

const fn olivias(organisation: &'static str, portal: &'static str) -> Customer {
    Customer { xero_user: OLIVIA, organisation, country: "AU", portal, name: ("Olivia", "Hartley") }
}

/// 213 people with every kind of trouble.
pub const HARBOUR: Customer = olivias("Harbour & Hearth Hospitality", "harbourhearth");
/// Seven people, the owner among them.
pub const WATTLE: Customer = olivias("Wattle Grove Books", "wattlegrove");
/// A payroll with nobody on it; a test can fill it.
pub const BLUEGUM: Customer = olivias("Bluegum Analytics", "bluegum");
/// No payroll.
pub const PAPERBARK: Customer = olivias("Paperbark Studio", "paperbark");
/// In a country that is not served.
pub const THORNBURY: Customer = olivias("Thornbury Ceramics", "thornbury");

/// A colleague of Olivia's at [`WATTLE`], who may not see its payroll before somebody gives her that role.
pub const MEI: Customer = Customer { xero_user: "mei.tanaka@example.com", name: ("Mei", "Tanaka"), ..WATTLE };

/// In the United States: Xero users instead of employees.
pub const PRAIRIE: Customer = Customer {
    xero_user: "sam.okafor@example.com",
    organisation: "Prairie Lantern Coffee",
    country: "US",
    portal: "prairielantern",
    name: ("Sam", "Okafor"),
};

/// In the United States: two Xero users, and 40 contacts in the group [`EMPLOYEES_GROUP`].
pub const JUNIPER: Customer = Customer {
    xero_user: "rosa.delgado@example.com",
    organisation: "Juniper Lane Outfitters",
    country: "US",
    portal: "juniperlane",
    name: ("Rosa", "Delgado"),
};

/// The contact group of [`JUNIPER`] that has its people.
pub const EMPLOYEES_GROUP: &str = "Employees";

/// Somebody in front of a browser. Clones are tabs of it.
#[derive(Clone)]
pub struct Visitor {
    /// The browser.
    pub browser: Browser,
    /// Who it is, and with which organisation.
    pub customer: Customer,
}

impl Visitor {
    pub(crate) fn new(browser: Browser, customer: Customer) -> Self {
        Self { browser, customer }
    }

    /// Somebody else in front of the same browser.
    #[must_use]
    pub fn beside(&self, customer: Customer) -> Self {
        Self { customer, ..self.clone() }
    }

    /// Opens one of our own paths.
    pub async fn open(&self, path: &str) -> Page {
        self.browser.open(&address(path)).await
    }

    /// Opens one of our own paths as a script does that wants JSON.
    pub async fn fetch(&self, path: &str) -> Page {
        self.browser.send(&Sent::get(&address(path), "application/json")).await
    }

    /// Fills in the form and sends it: to Xero's login page.
    pub async fn sign_up(&self) -> Page {
        let form = self.open("/signup").await;
        self.browser.submit(&form, "/signup", &self.customer.details()).await
    }

    /// Fills in what the form lacks that Xero has prefilled, and sends it: to the organisation.
    pub async fn complete_sign_up(&self, form: &Page) -> Page {
        self.accept(form, &[("portal", self.customer.portal), ("industry", "Retail Trade")]).await
    }

    /// Says in the form which country it is, accepts what must be, fills in `more`, and sends it.
    pub async fn accept(&self, form: &Page, more: &[(&str, &str)]) -> Page {
        let accepted = [("country", self.customer.country), ("accept_terms", "on"), ("accept_collection", "on")];
        self.browser.submit(form, "/signup", &[&accepted, more].concat()).await
    }

    /// Comes from the Marketplace, or back to our door, and consents at Xero at once: to wherever that leads.
    pub async fn arrive(&self) -> Page {
        let login = self.open("/connect").await;
        self.consent(&login).await
    }

    /// Logs in to Xero, chooses the organisation there, and stands before "Allow access?".
    ///
    /// # Panics
    /// Where Xero's page does not offer the organisation.
    pub async fn choose_at_xero(&self, login: &Page) -> Page {
        let picker = self.browser.submit(login, "/identity/login", &[("user", self.customer.xero_user)]).await;
        let tenant =
            picker.value_beside("tenant", self.customer.organisation).unwrap_or_else(|error| panic!("{error}"));
        let chosen = [("tenant", tenant.as_str()), ("decision", "continue")];
        self.browser.submit(&picker, "/identity/organisations", &chosen).await
    }

    /// Allows access at Xero, and is led back.
    pub async fn consent(&self, login: &Page) -> Page {
        let consent = self.choose_at_xero(login).await;
        self.browser.submit(&consent, "/identity/consent", &[("decision", "allow")]).await
    }

    /// Allows access at Xero, and stops before following the way back: the address of our callback.
    ///
    /// # Panics
    /// Where Xero sends nobody back.
    pub async fn consent_without_return(&self, login: &Page, decision: &str) -> Url {
        let consent = self.choose_at_xero(login).await;
        let sent = self.browser.send(&Sent::form(&consent, "/identity/consent", &[("decision", decision)])).await;
        sent.location().expect("an address").expect("Xero sends the browser back")
    }

    /// To Xero once more from a browser that has a session, to connect the organisation again, and back.
    pub async fn connect_again(&self) -> Page {
        let login = self.open("/connect?again").await;
        self.consent(&login).await
    }

    /// From the form to the organisation, which is named back or to be chosen.
    pub async fn reach_organisations(&self) -> Page {
        let login = self.sign_up().await;
        self.consent(&login).await
    }

    /// Chooses one of the organisations that are named back.
    pub async fn choose(&self, named: &Page, organisation: &TenantId) -> Page {
        self.browser.submit(named, "/organisations", &[("organisation", organisation.as_str())]).await
    }

    /// Confirms the organisation that is named back: to the courses.
    pub async fn confirm_organisation(&self, named: &Page) -> Page {
        self.browser.submit(named, "/organisations", &[]).await
    }

    /// From the form to the courses.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn reach_courses(&self) -> Page {
        let named = self.reach_organisations().await;
        expect(self.confirm_organisation(&named).await, StatusCode::OK, "/preview")
    }

    /// Presses "See who can be imported", on a page that has the button.
    pub async fn look(&self, page: &Page) -> Page {
        self.browser.submit(page, "/preview/people", &[]).await
    }

    /// Presses "Check again" with just these people ticked.
    pub async fn check_again(&self, people: &Page, ticked: &[String]) -> Page {
        self.browser.follow(press_with(people, "/preview/people", ticked)).await
    }

    /// Allows Xero's contacts as well, from a browser that has a session: to the contact groups.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn allow_contacts(&self) -> Page {
        let login = self.open("/connect?contacts").await;
        expect(self.consent(&login).await, StatusCode::OK, "/preview/groups")
    }

    /// Chooses the contact group of this name on the page that offers them: to its people.
    ///
    /// # Panics
    /// Where the page does not offer it.
    pub async fn choose_group(&self, groups: &Page, name: &str) -> Page {
        let group = groups.value_beside("group", name).unwrap_or_else(|error| panic!("{error}"));
        self.browser.submit(groups, "/preview/groups", &[("group", group.as_str())]).await
    }

    /// Opens the courses, and looks at the people again.
    pub async fn look_again(&self) -> Page {
        self.look(&self.open("/preview").await).await
    }

    /// From the form to the people.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn reach_people(&self) -> Page {
        let courses = self.reach_courses().await;
        expect(self.look(&courses).await, StatusCode::OK, "/preview/people")
    }

    /// Confirms with the ticks as they are.
    pub async fn confirm(&self, people: &Page) -> Page {
        self.browser.submit(people, "/imports", &[]).await
    }

    /// Leaves the list of people for an earlier page, with just these people ticked.
    pub async fn leave_people(&self, people: &Page, ticked: &[String], page: &str) -> Page {
        let mut press = press_with(people, "/preview/people", ticked);
        press.body.push_str("&then=");
        press.body.extend(url::form_urlencoded::byte_serialize(page.as_bytes()));
        self.browser.follow(press).await
    }

    /// Confirms with just these people ticked.
    pub async fn confirm_only(&self, people: &Page, ticked: &[String]) -> Page {
        self.browser.follow(press_import(people, ticked)).await
    }

    /// Presses "Skip".
    pub async fn skip(&self, people: &Page) -> Page {
        self.browser.submit(people, "/imports/skip", &[]).await
    }

    /// From the form to the progress of an import, with the ticks as they are.
    ///
    /// # Panics
    /// Where the way leads somewhere else.
    pub async fn import(&self) -> (Page, ImportId) {
        let people = self.reach_people().await;
        let progress = self.confirm(&people).await;
        let import = import_of(&progress);
        (progress, import)
    }

    /// Opens the page of an import.
    pub async fn open_import(&self, import: &ImportId) -> Page {
        self.open(&format!("/imports/{import}")).await
    }

    /// Presses "Stop" on the page of an import that runs.
    pub async fn stop(&self, progress: &Page, import: &ImportId) -> Page {
        self.browser.submit(progress, &format!("/imports/{import}/stop"), &[]).await
    }

    /// Presses "Go to your portal": to the portal.
    pub async fn get_started(&self) -> Page {
        let ready = self.open("/get-started").await;
        self.browser.submit(&ready, "/get-started", &[]).await
    }

    /// Presses "Disconnect Xero" on the page that says what goes.
    ///
    /// # Panics
    /// Where there is no such page.
    pub async fn disconnect(&self) -> Page {
        let asked = expect(self.open("/disconnect").await, StatusCode::OK, "/disconnect");
        // An administrator's press goes where GO1 can be asked who they are.
        let action = ["/portal/disconnect", "/disconnect"].into_iter().find(|action| asked.form(action).is_ok());
        self.browser.submit(&asked, action.expect("a form"), &[]).await
    }

    /// How an import stands, as its page's script asks, with its sums checked. Whose session is over, which with a portal
    /// is after an hour, comes back by a login at Xero first.
    ///
    /// # Panics
    /// Where the answer is no progress, or its sums do not add up.
    pub async fn progress(&self, import: &ImportId) -> Progress {
        let path = format!("/imports/{import}");
        let mut answer = self.fetch(&path).await;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.arrive().await;
            answer = self.fetch(&path).await;
        }
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let json: Value = serde_json::from_str(&answer.text).expect("JSON");
        let status = serde_json::from_value(json["status"].clone()).expect("a status");
        let count = |name: &str| json["progress"][name].as_u64().and_then(|count| usize::try_from(count).ok());
        let count = |name: &str| count(name).expect("a count");
        let progress = Progress {
            status,
            people: count("people"),
            waiting: count("waiting"),
            done: count("done"),
            created: count("created"),
            enrollments: count("enrollments"),
            failed: count("failed"),
            partly: count("partly"),
        };
        assert_eq!(progress.people, progress.waiting + progress.done + progress.failed, "{progress:?}");
        assert!(
            progress.created <= progress.done + progress.partly && progress.partly <= progress.failed,
            "{progress:?}"
        );
        progress
    }

    /// Downloads the report of an import.
    ///
    /// # Panics
    /// Where it is no report.
    pub async fn report(&self, import: &ImportId) -> Vec<ReportLine> {
        let report = self.open(&format!("/imports/{import}/report.csv")).await;
        assert_eq!(report.status, StatusCode::OK);
        ReportLine::all_of(&report).unwrap_or_else(|error| panic!("{error}"))
    }
}

/// How an import stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How far it is.
    pub status: ImportStatus,
    /// Everybody.
    pub people: usize,
    /// Not finished.
    pub waiting: usize,
    /// Finished.
    pub done: usize,
    /// Accounts that the import made.
    pub created: usize,
    /// Courses assigned.
    pub enrollments: usize,
    /// Could not be finished.
    pub failed: usize,
    /// Of those, people who have an account all the same.
    pub partly: usize,
}

/// The same address with another value of a field in its query, or without the field.
#[must_use]
pub fn with_query(url: &Url, name: &str, value: Option<&str>) -> Url {
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(each, _)| each != name).collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(kept).extend_pairs(value.map(|value| (name, value)));
    changed
}

/// The page, where its status and its path are these.
///
/// # Panics
/// Where they are not.
#[track_caller]
pub fn expect(page: Page, status: StatusCode, path: &str) -> Page {
    page.expect(status, path).unwrap_or_else(|error| panic!("{error}"))
}

/// The import whose progress a page shows.
///
/// # Panics
/// Where it shows none.
#[track_caller]
pub fn import_of(progress: &Page) -> ImportId {
    let id = progress.url.path().strip_prefix("/imports/").filter(|_| progress.status == StatusCode::OK);
    ImportId::from(id.unwrap_or_else(|| panic!("{}", progress.unexpected("the progress of an import"))))
}

/// The people whose boxes are ticked on a page.
///
/// # Panics
/// Where the page has no list of people.
pub fn ticked(people: &Page) -> Vec<String> {
    let fields = people.form("/imports").expect("a list of people");
    fields.into_iter().filter(|(name, _)| name == "people").map(|(_, value)| value).collect()
}

/// The press of "Import" with just these people ticked.
///
/// # Panics
/// Where the page has no list of people.
pub fn press_import(people: &Page, ticked: &[String]) -> Sent {
    press_with(people, "/imports", ticked)
}

/// The press of a button of the list of people with just these people ticked.
///
/// # Panics
/// Where the page has no list of people.
pub fn press_with(people: &Page, path: &str, ticked: &[String]) -> Sent {
    let mut fields = people.form("/imports").expect("a list of people");
    fields.retain(|(name, _)| name != "people");
    fields.extend(ticked.iter().map(|id| ("people".to_owned(), id.clone())));
    Sent::post(people, path, &fields)
}
