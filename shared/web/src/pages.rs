//! The pages. Each is a struct that says what it needs; [`crate::responses::page`] makes an answer of it.

mod contact_groups;
mod courses;
mod delete;
mod disconnect;
mod get_started;
mod help;
mod import;
mod landing;
pub(crate) mod message;
mod organisations;
mod people;
mod people_changes;
pub(crate) mod people_obstacle;
mod people_rows;
mod permission;
mod portal;
mod portal_address;
mod privacy;
mod sign_up;
mod signed_in;
mod signed_out;

use askama::Template;

pub use contact_groups::{ContactGroupChoice, ContactGroupsPage, ContactsPermissionPage};
pub use courses::{CourseCard, CoursesPage};
pub use delete::{DeletePage, DeletedPage};
pub use disconnect::DisconnectPage;
pub use get_started::GetStartedPage;
pub use help::HelpPage;
pub use import::{ImportJson, ImportPage, ImportPoll, PersonJson, Unchanged, UnderWay, finished_later};
pub use landing::LandingPage;
pub use organisations::{OrganisationChoice, OrganisationPage, OrganisationsPage};
pub use people::{PeopleContext, PeopleNotice, PeoplePage};
pub use people_changes::{PersonChange, PlanChanges};
pub use people_obstacle::PeopleObstaclePage;
pub use people_rows::{BlockedRow, LeaverRow, MemberRow, PersonRow, Unticked};
pub use permission::{MorePermissionPage, PayrollRolePage};
pub use portal::{
    AtGo1, ConnectionShown, EraseNotice, ErasePage, ImportChoice, ImportLine, Imported, LoggedOutPage, NameAndEmail,
    OverviewNotice, OverviewPage, PortalConnectPage, PortalOrganisation, ReceiptPage, SettingsPage, Standing,
    StoredData, UndoOffer, UndoPage, Usage, UserRow, UsersContext, UsersPage, UsersQuery, UsersRead, UsersShown,
    UsersSort,
};
pub use portal_address::{AddressNotice, PortalAddressPage};
pub use privacy::PrivacyPage;
pub use sign_up::{CameFrom, NotTaken, SignUpPage};
pub use signed_in::SignedIn;
pub use signed_out::{DisconnectedPage, SignedOutPage};

use crate::assets;
use crate::form_token::FormToken;
use crate::frame::{Frame, LoginWanted, PortalTab, TimeLeft};
use crate::locale::filters;
use crate::saved_details::SavedDetails;
use crate::site::SiteSettings;

/// A page: what stands in the middle, and what the frame around it needs to know.
pub trait View {
    /// The title, without the product's name.
    fn title(&self) -> String;

    /// Where the page is on the journey; `None` hides the steps.
    fn step(&self) -> Option<Step> {
        None
    }

    /// A later step that is done already: who comes from Xero has logged in there before the form.
    fn done_ahead(&self) -> Option<Step> {
        None
    }

    /// Whether the page itself leads with the login that an import waits for, where one does.
    fn tells_of_login(&self) -> bool {
        false
    }

    /// Where the page is in a portal's navigation, when it is shown there.
    fn tab(&self) -> Option<PortalTab> {
        None
    }

    /// The icon of the browser's tab, by which the state is seen from another one.
    fn icon(&self) -> StateIcon {
        StateIcon::Plain
    }

    /// Whether everybody may see it: such a page may be found and shared.
    fn is_public(&self) -> bool {
        false
    }

    /// After how many seconds a browser without our script loads the page again.
    fn reload_after(&self) -> Option<u32> {
        None
    }

    /// How much room the page wants.
    fn width(&self) -> Width {
        Width::Text
    }

    /// The middle of the page, as HTML. `frame` is what will stand around it: some words and ways on depend on it.
    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String>;
}

/// The icon of the browser's tab.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateIcon {
    Plain,
    /// Something is going on.
    Busy,
    /// It went well.
    Done,
    /// Something wants the person.
    Attention,
}

impl StateIcon {
    const fn file(self) -> &'static str {
        match self {
            Self::Plain => "icon.svg",
            Self::Busy => "icon-busy.svg",
            Self::Done => "icon-done.svg",
            Self::Attention => "icon-attention.svg",
        }
    }
}

/// How much room a page wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Width {
    /// A column to read or fill in.
    Text,
    /// A long form with a column beside it.
    Form,
    /// Cards or a table.
    Wide,
    /// The whole window: the page lays itself out.
    Full,
}

/// A step of the journey.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Step {
    Account,
    Xero,
    Organisation,
    Courses,
    People,
    Import,
    Done,
}

impl Step {
    pub const ALL: [Self; 7] =
        [Self::Account, Self::Xero, Self::Organisation, Self::Courses, Self::People, Self::Import, Self::Done];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "Account",
            Self::Xero => "Xero",
            Self::Organisation => "Organisation",
            Self::Courses => "Courses",
            Self::People => "People",
            Self::Import => "Import",
            Self::Done => "Done",
        }
    }

    /// Where it is opened again, once it is finished and there is no portal yet.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Account => "/signup",
            Self::Xero => "/connect?again",
            Self::Organisation => "/organisations",
            Self::Courses => "/preview",
            Self::People => "/preview/people",
            Self::Import | Self::Done => "/get-started",
        }
    }

    /// The step before, which can be opened again.
    const fn before(self) -> Option<Self> {
        match self {
            Self::Account => None,
            Self::Xero | Self::Organisation => Some(Self::Account),
            Self::Courses => Some(Self::Organisation),
            Self::People => Some(Self::Courses),
            Self::Import => Some(Self::People),
            Self::Done => Some(Self::Import),
        }
    }

    /// Its number, from 1.
    pub const fn number(self) -> usize {
        self as usize + 1
    }
}

#[derive(Template)]
#[template(path = "layout.html")]
struct Layout<'page> {
    language: &'static str,
    title: String,
    step: Option<Step>,
    ahead: Option<Step>,
    /// Whether the steps before this one can be opened again.
    reopens: bool,
    portal: Option<PortalNavigation<'page>>,
    signs_out_with: Option<&'page FormToken>,
    login_wanted: Option<&'page LoginWanted>,
    saved: Option<&'page SavedDetails>,
    time_left: Option<TimeLeft>,
    reload_after: Option<u32>,
    width: &'static str,
    body: String,
    site: &'page SiteSettings,
    font: String,
    stylesheet: String,
    script: String,
    icon: String,
    touch_icon: String,
    /// The picture of a page that may be shared.
    share: Option<String>,
}

/// What the navigation of a portal shows.
struct PortalNavigation<'page> {
    domain: &'page str,
    form_token: &'page FormToken,
    tab: Option<PortalTab>,
}

/// The whole page as HTML.
pub fn render(site: &SiteSettings, frame: &Frame, view: &impl View) -> askama::Result<String> {
    let width = match view.width() {
        Width::Text => "text",
        Width::Form => "form",
        Width::Wide => "wide",
        Width::Full => "full",
    };
    let locale = frame.locale();
    let (around, login_wanted) = frame.parts();
    let login_wanted = login_wanted.filter(|_| !view.tells_of_login());
    let (step, portal) = match around {
        Frame::Portal { domain, form_token } => {
            (None, Some(PortalNavigation { domain: domain.as_str(), form_token, tab: view.tab() }))
        }
        _ => (view.step(), None),
    };
    let layout = Layout {
        language: locale.language(),
        title: locale.spell(&view.title()).into_owned(),
        step,
        ahead: view.done_ahead(),
        reopens: *around == Frame::SignUpUnderWay,
        portal,
        signs_out_with: frame.signs_out_with(),
        login_wanted,
        saved: frame.saved(),
        time_left: frame.time_left(),
        reload_after: view.reload_after(),
        width,
        body: view.body(site, frame)?,
        site,
        font: assets::path("figtree-latin.woff2"),
        stylesheet: assets::path("site.css"),
        script: assets::path("site.js"),
        icon: assets::path(view.icon().file()),
        touch_icon: assets::path("touch-icon.png"),
        share: view.is_public().then(|| format!("{}{}", site.public_url, assets::path("share.png"))),
    };
    layout.render_with_values(&locale)
}
