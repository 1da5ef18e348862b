//! The steps of a customer, by what they press.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde::Deserialize;
use url::Url;

use crate::browser::{Browser, Sent};
use crate::network::Network;
use crate::page::{Page, WalkError};

/// How long an import may take before the walk gives up.
const PATIENCE: Duration = Duration::from_mins(3);

/// How often the progress is asked for, as the page's own script does.
const ASK_AGAIN: Duration = Duration::from_millis(250);

/// Who signs up, with which organisation.
#[derive(Clone, Copy, Debug)]
pub struct Customer {
    /// The Xero login, by email.
    pub xero_user: &'static str,
    /// The organisation's name in Xero.
    pub organisation: &'static str,
    /// `AU` or `US`.
    pub country: &'static str,
    /// The address asked for.
    pub portal: &'static str,
    /// First and last name for the form.
    pub name: (&'static str, &'static str),
}

/// One customer's way.
pub struct Journey {
    /// Their browser.
    pub browser: Browser,
    app: Url,
}

/// The sums that the progress page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Progress {
    /// Everybody.
    pub people: usize,
    /// Not finished.
    pub waiting: usize,
    /// Finished.
    pub done: usize,
    /// Could not be finished.
    pub failed: usize,
}

/// What one look at an import shows.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Look {
    /// Whether it has ended.
    pub ended: bool,
    /// Its sums.
    pub progress: Progress,
}

/// One line of the report.
#[derive(Clone, Debug, Deserialize)]
pub struct ReportLine {
    /// The email.
    #[serde(rename = "Email")]
    pub email: String,
    /// `Imported`, `Failed`, `Not imported` or `Waiting`.
    #[serde(rename = "Result")]
    pub result: String,
    /// Why, in words.
    #[serde(rename = "Details")]
    pub details: String,
}

impl Customer {
    /// What they type into the form at our door.
    pub fn details(&self) -> [(&'static str, &'static str); 9] {
        [
            ("given_name", self.name.0),
            ("family_name", self.name.1),
            ("email", self.xero_user),
            ("company", self.organisation),
            ("country", self.country),
            ("portal", self.portal),
            ("industry", "Retail Trade"),
            ("accept_terms", "on"),
            ("accept_collection", "on"),
        ]
    }
}

impl ReportLine {
    /// The lines of a report that was downloaded.
    pub fn all_of(report: &Page) -> Result<Vec<Self>, WalkError> {
        let text = report.text.trim_start_matches('\u{feff}');
        let lines: Result<_, _> = csv::Reader::from_reader(text.as_bytes()).into_deserialize().collect();
        lines.map_err(|_| report.unexpected("the report"))
    }
}

impl Journey {
    /// At the start page, with a new browser.
    ///
    /// # Panics
    /// Where no HTTP client can be made.
    pub fn new(app: &Url) -> Self {
        Self::from_office(app, 0)
    }

    /// The same, in an office with a network of its own, by its number. Only Linux has others than the first, with number 0.
    ///
    /// # Panics
    /// Where no HTTP client can be made.
    pub fn from_office(app: &Url, office: u8) -> Self {
        Self { browser: Browser::over(Network::new(office)), app: app.clone() }
    }

    /// Opens one of our own paths.
    pub async fn open(&self, path: &str) -> Result<Page, WalkError> {
        let url = self.app.join(path).map_err(|_| WalkError::Unexpected(format!("{path} is no path")))?;
        self.browser.open(&url).await
    }

    /// From the landing page through the form to Xero's login page.
    pub async fn sign_up(&self, customer: &Customer) -> Result<Page, WalkError> {
        self.open("/").await?.expect(StatusCode::OK, "/")?;
        let form = self.open("/signup").await?.expect(StatusCode::OK, "/signup")?;
        self.browser.submit(&form, "/signup", &customer.details()).await?.expect(StatusCode::OK, "/identity/login")
    }

    /// From Xero's Marketplace straight to Xero's login page.
    pub async fn arrive(&self) -> Result<Page, WalkError> {
        self.open("/connect").await?.expect(StatusCode::OK, "/identity/login")
    }

    /// Fills in what Xero has not prefilled, and sends the form: to the organisation.
    pub async fn complete_sign_up(&self, form: Page, customer: &Customer) -> Result<Page, WalkError> {
        let form = form.expect(StatusCode::OK, "/signup")?;
        for (field, value) in [("email", customer.xero_user), ("company", customer.organisation)] {
            if form.field("/signup", field)?.as_deref() != Some(value) {
                return Err(form.unexpected(value));
            }
        }
        let fields = [
            ("portal", customer.portal),
            ("industry", "Retail Trade"),
            ("accept_terms", "on"),
            ("accept_collection", "on"),
        ];
        self.browser.submit(&form, "/signup", &fields).await
    }

    /// Logs in to Xero, chooses the organisation there, allows access, and comes back.
    pub async fn consent(&self, login: &Page, customer: &Customer) -> Result<Page, WalkError> {
        let browser = &self.browser;
        let picker = browser.submit(login, "/identity/login", &[("user", customer.xero_user)]).await?;
        let picker = picker.expect(StatusCode::OK, "/identity/organisations")?;
        let tenant = picker.value_beside("tenant", customer.organisation)?;
        let chosen = [("tenant", &*tenant), ("decision", "continue")];
        let consent = browser.submit(&picker, "/identity/organisations", &chosen).await?;
        let consent = consent.expect(StatusCode::OK, "/identity/consent")?;
        browser.submit(&consent, "/identity/consent", &[("decision", "allow")]).await
    }

    /// Confirms the organisation that is named back.
    pub async fn confirm_organisation(&self, named: Page, customer: &Customer) -> Result<Page, WalkError> {
        let named = named.expect(StatusCode::OK, "/organisations")?;
        if !named.words().contains(customer.organisation) {
            return Err(named.unexpected(customer.organisation));
        }
        self.say_which(&named, customer.organisation).await?.expect(StatusCode::OK, "/preview")
    }

    /// Says which organisation is meant: the only one that is named back, or one of several.
    pub async fn say_which(&self, named: &Page, organisation: &str) -> Result<Page, WalkError> {
        let several = named.values("organisation").len() > 1;
        let chosen = if several { Some(named.value_beside("organisation", organisation)?) } else { None };
        let fields: Vec<(&str, &str)> = chosen.iter().map(|tenant| ("organisation", &**tenant)).collect();
        self.browser.submit(named, "/organisations", &fields).await
    }

    /// From the form to the courses, in one go.
    pub async fn reach_courses(&self, customer: &Customer) -> Result<Page, WalkError> {
        let login = self.sign_up(customer).await?;
        let named = self.consent(&login, customer).await?;
        self.confirm_organisation(named, customer).await
    }

    /// Presses "See who can be imported".
    pub async fn look_at_people(&self, courses: &Page) -> Result<Page, WalkError> {
        self.browser.submit(courses, "/preview/people", &[]).await
    }

    /// From the people to those of a contact group: allows Xero's contacts, and chooses the group.
    pub async fn choose_group(&self, customer: &Customer, group: &str) -> Result<Page, WalkError> {
        self.open("/preview/groups").await?.expect(StatusCode::OK, "/preview/groups")?;
        let login = self.open("/connect?contacts").await?.expect(StatusCode::OK, "/identity/login")?;
        let groups = self.consent(&login, customer).await?.expect(StatusCode::OK, "/preview/groups")?;
        let chosen = groups.value_beside("group", group)?;
        self.browser.submit(&groups, "/preview/groups", &[("group", &*chosen)]).await
    }

    /// Confirms the ticks as they are.
    pub async fn confirm_import(&self, people: &Page) -> Result<Page, WalkError> {
        let progress = self.browser.submit(people, "/imports", &[]).await?;
        if progress.status == StatusCode::OK && progress.url.path().starts_with("/imports/") {
            Ok(progress)
        } else {
            Err(progress.unexpected("the progress of the import"))
        }
    }

    /// Watches an import until it has ended, and tells of each look.
    pub async fn watch(&self, page: &Page, mut tell: impl FnMut(Progress)) -> Result<Progress, WalkError> {
        let begun = Instant::now();
        loop {
            let Look { ended, progress } = self.look_at_import(page).await?;
            tell(progress);
            if ended {
                return Ok(progress);
            }
            if begun.elapsed() > PATIENCE {
                return Err(WalkError::Unexpected(format!("the import does not end: {progress:?}")));
            }
            tokio::time::sleep(ASK_AGAIN).await;
        }
    }

    /// Looks once at an import, as its page's own script does again and again.
    pub async fn look_at_import(&self, page: &Page) -> Result<Look, WalkError> {
        let seen = self.browser.follow(Sent::get(&page.url, "application/json")).await?;
        let look: Look = serde_json::from_str(&seen.text).map_err(|_| seen.unexpected("the progress as JSON"))?;
        let Progress { people, waiting, done, failed } = look.progress;
        if people == waiting + done + failed {
            Ok(look)
        } else {
            Err(WalkError::Unexpected(format!("the sums do not add up: {:?}", look.progress)))
        }
    }

    /// Downloads the report of an import.
    pub async fn report(&self, import: &Page) -> Result<Vec<ReportLine>, WalkError> {
        let path = format!("{}/report.csv", import.url.path());
        ReportLine::all_of(&self.open(&path).await?.expect(StatusCode::OK, &path)?)
    }

    /// Opens the portal through "Go to your portal".
    pub async fn get_started(&self) -> Result<Page, WalkError> {
        let page = self.open("/get-started").await?.expect(StatusCode::OK, "/get-started")?;
        self.browser.submit(&page, "/get-started", &[]).await
    }
}
