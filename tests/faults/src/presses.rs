//! What a press leads to: the requests that a browser sends, one after the other, and what the person reads in between.

use axum::Router;
use axum::body::Body;
use bytes::Bytes;
use domain::ids::{EmployeeId, ImportId, PlanDigest};
use domain::plan::PLAN_FRESHNESS;
use futures::future::join;
use http::{HeaderValue, Method, Request, StatusCode, header};
use http_body_util::{BodyExt as _, Collected};
use rig::APP;
use tokio::time::{Duration, sleep};
use tower::ServiceExt as _;
use url::Url;

use crate::browser::Of;
use crate::clock::START;
use crate::history::{Confirmed, Who};
use crate::press::Press;
use crate::simulator::Upstream;
use crate::system::System;

/// How often an owner presses again who gets no answer.
const TRIES: usize = 3;

/// What a browser shows.
pub(crate) struct Page {
    status: StatusCode,
    location: Option<String>,
    set_cookie: Option<HeaderValue>,
    text: String,
}

impl Page {
    /// The value of a hidden field.
    fn field(&self, name: &str) -> Option<String> {
        let (_, after) = self.text.split_once(&format!("name=\"{name}\" value=\""))?;
        Some(after.split('"').next().unwrap_or_default().to_owned())
    }

    /// The people whose boxes are ticked.
    fn ticked(&self) -> Vec<EmployeeId> {
        let boxes = self.text.split("name=\"people\" value=\"").skip(1);
        let ticked = boxes.filter_map(|rest| {
            let (id, rest) = rest.split_once('"')?;
            rest.split('>').next()?.contains(" checked").then(|| EmployeeId::new(id))
        });
        ticked.collect()
    }
}

/// A person in front of a browser, in the middle of a press.
#[derive(Clone, Copy)]
struct Visit<'system> {
    system: &'system System,
    customer: usize,
    press: Press,
}

impl System {
    /// The first look, by the pages, and the import of those whom the page ticks. Somebody who sees none looks again.
    pub(crate) async fn perform_first_look(&self, customer: usize) {
        self.connect_xero(&self.customers[customer]);
        let visit = Visit { system: self, customer, press: Press::Look };
        for _ in 0..TRIES {
            if visit.look().await {
                visit.import_shown("/preview/people").await;
                return;
            }
            sleep(Duration::from_mins(2)).await;
        }
    }

    /// Does what a press leads to. It ends where the person gets no answer, or one that leads no further.
    pub(crate) async fn perform(&self, customer: usize, press: Press) {
        let kept = &self.customers[customer];
        let confirms_at_once = press == Press::ConfirmAgain && self.simulator.clock.read() <= START;
        if press.needs_xero() && !confirms_at_once {
            self.connect_xero(kept);
        }
        let visit = Visit { system: self, customer, press };
        let last =
            |fits: fn(&domain::import::Import) -> bool| self.simulator.history().last_accepted(&kept.portal, fits);
        match press {
            Press::Sweep => self.invoke_sweeper().await,
            Press::EmptyQueue => self.queue.purge(),
            Press::BeginCourse => {
                let begun = self.simulator.world.go1().begin_a_course(kept.portal.as_str());
                let now = self.simulator.clock.read();
                self.simulator.history().courses_begun.extend(begun.map(|enrollment| (enrollment, now)));
            }
            Press::ConfirmAgain => visit.confirm_first_plan().await,
            Press::Stop | Press::StopTwice => {
                let Some(import) = last(|_| true) else { return };
                let path = format!("/imports/{import}/stop");
                let stop = || visit.post(Of::Owner, &path, &[]);
                if press == Press::Stop {
                    stop().await;
                } else {
                    join(stop(), stop()).await;
                }
            }
            Press::Retry => {
                let Some(import) = last(|import| import.undoes.is_none()) else { return };
                let answer = visit.post(Of::Owner, &format!("/imports/{import}/retry"), &[]).await;
                let led = answer.and_then(|page| page.location);
                if let Some(path) = led.filter(|path| path.starts_with("/preview/people")) {
                    visit.import_shown(&path).await;
                }
            }
            Press::ImportChanged => {
                self.change_people(customer);
                if visit.look().await {
                    visit.import_shown("/preview/people").await;
                }
            }
            Press::ImportLate => {
                self.change_people(customer);
                if visit.look().await {
                    visit.import_late().await;
                }
            }
            Press::Look => {
                visit.look().await;
            }
            Press::Undo => {
                let Some(import) = last(|import| import.undoes.is_none()) else { return };
                visit.ask_and_post(Of::Administrator, &format!("/portal/undo/{import}"), "imports_accepted").await;
            }
            Press::Erase => visit.ask_and_post(Of::Administrator, "/portal/erase", "imports_accepted").await,
            Press::Disconnect => visit.ask_and_post(Of::Owner, "/disconnect", "connected_at").await,
            Press::Users => {
                visit.open(Of::Administrator, "/portal/users").await;
            }
            Press::LogIn => visit.log_in().await,
        }
    }
}

impl Visit<'_> {
    /// Confirms the plan that the owner looked at first. An owner who gets no answer presses again.
    async fn confirm_first_plan(self) {
        let plan = self.system.customers[self.customer].first_plan.borrow().clone();
        let Some(plan) = plan else { return };
        let ticked: Vec<EmployeeId> =
            plan.importable().filter(|entry| entry.ticked).map(|entry| entry.employee_id.clone()).collect();
        if !ticked.is_empty() {
            self.confirm(plan.digest(), ticked).await;
        }
    }

    /// A look at the people; `false` where there is none to show: the same page then says what was met instead.
    async fn look(self) -> bool {
        let led = self.post(Of::Owner, "/preview/people", &[]).await.and_then(|page| page.location);
        let Some(path) = led.filter(|path| path.starts_with("/preview/people")) else { return false };
        self.open(Of::Owner, &path).await.is_some_and(|page| page.field("plan").is_some())
    }

    /// Imports whom the page ticks.
    async fn import_shown(self, path: &str) {
        let Some(page) = self.open(Of::Owner, path).await else { return };
        let (plan, ticked) = (page.field("plan"), page.ticked());
        if let Some(plan) = plan.filter(|_| !ticked.is_empty()) {
            self.confirm(PlanDigest::new(plan), ticked).await;
        }
    }

    /// Imports whom the page ticked before somebody left.
    async fn import_late(self) {
        let Some(page) = self.open(Of::Owner, "/preview/people").await else { return };
        let (plan, ticked) = (page.field("plan"), page.ticked());
        self.system.change_people(self.customer);
        sleep(Duration::try_from(PLAN_FRESHNESS).unwrap_or_default() + Duration::from_mins(2)).await;
        if let Some(plan) = plan.filter(|_| !ticked.is_empty()) {
            self.confirm(PlanDigest::new(plan), ticked).await;
        }
    }

    /// Presses "Import". Where the list has changed the owner looks at what is shown instead, and imports that.
    async fn confirm(self, plan: PlanDigest, ticked: Vec<EmployeeId>) {
        let (mut plan, mut ticked) = (plan, ticked);
        for _ in 0..TRIES {
            let confirmed = Confirmed { plan: plan.clone(), ticked: ticked.clone() };
            self.system.simulator.history().confirmed.push(confirmed);
            let mut fields = vec![("plan", plan.as_str())];
            fields.extend(ticked.iter().map(|employee| ("people", employee.as_str())));
            let press = || self.post(Of::Owner, "/imports", &fields);
            let answers = if self.system.scenario.presses == 2 {
                let (first, second) = join(press(), press()).await;
                [first, second]
            } else {
                [press().await, None]
            };
            let led = |start: &str| {
                let mut paths = answers.iter().flatten().filter_map(|page| page.location.clone());
                paths.find(|path| path.starts_with(start))
            };
            if led("/imports/").is_some() {
                return;
            }
            if let Some(path) = led("/preview/people") {
                let Some(page) = self.open(Of::Owner, &path).await else { return };
                let Some(shown) = page.field("plan") else { return };
                (plan, ticked) = (PlanDigest::new(shown), page.ticked());
                if ticked.is_empty() {
                    return;
                }
            } else if answers.iter().flatten().any(|page| !page.status.is_server_error()) {
                return;
            }
            sleep(Duration::from_secs(10)).await;
        }
    }

    /// Opens a page that asks, and presses its button, which posts back what the page showed.
    async fn ask_and_post(self, of: Of, path: &str, field: &str) {
        let Some(page) = self.open(of, path).await else { return };
        if let Some(shown) = page.field(field) {
            self.post(of, path, &[(field, &shown)]).await;
        }
    }

    /// Logs in with GO1, as the portal's administrator.
    async fn log_in(self) {
        let customer = &self.system.customers[self.customer];
        let path = format!("/portal/login?portal={}", customer.domain);
        let Some(to_go1) = self.open(Of::Administrator, &path).await.and_then(|page| page.location) else { return };
        let Ok(to_go1) = Url::parse(&to_go1) else { return };
        let value = |name: &str| to_go1.query_pairs().find(|(key, _)| key == name).map(|(_, value)| value.into_owned());
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("redirect_uri", &value("redirect_uri").unwrap_or_default());
        form.append_pair("state", &value("state").unwrap_or_default());
        form.append_pair("scope", &value("scope").unwrap_or_default());
        form.append_pair("code_challenge", &value("code_challenge").unwrap_or_default());
        form.append_pair("account", &customer.administrator);
        let request = Request::post("/oauth/authorize").body(Bytes::from(form.finish())).expect("a request");
        let answer = self.system.simulator.deliver(Upstream::Go1, request, None).await;
        let back = answer.headers().get(header::LOCATION).and_then(|location| location.to_str().ok());
        let Some(back) = back.and_then(|back| Url::parse(back).ok()) else { return };
        let path = format!("{}?{}", back.path(), back.query().unwrap_or_default());
        self.open(Of::Administrator, &path).await;
    }

    async fn open(self, of: Of, path: &str) -> Option<Page> {
        self.send(Method::GET, of, path, String::new()).await
    }

    async fn post(self, of: Of, path: &str, fields: &[(&str, &str)]) -> Option<Page> {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        form.append_pair("form_token", &self.session(of).form_token());
        form.extend_pairs(fields);
        self.send(Method::POST, of, path, form.finish()).await
    }

    fn session(self, of: Of) -> crate::browser::BrowserSession {
        let Self { system, customer, .. } = self;
        let customer = &system.customers[customer];
        let now = system.simulator.clock.read();
        customer.session(of, &system.state, &*system.random, now)
    }

    async fn send(self, method: Method, of: Of, path: &str, body: String) -> Option<Page> {
        let Self { system, customer, press } = self;
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::COOKIE, self.session(of).cookie())
            .header(header::ORIGIN, APP)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(Body::from(body))
            .expect("a request");
        let who = Who::Page { customer, press };
        let page = system.invoke_pages(path, who, |pages| answer(pages, request)).await.answer()?;
        let now = system.simulator.clock.read();
        if let Some(cookie) = page.set_cookie.as_ref().filter(|_| of == Of::Administrator) {
            system.customers[customer].browsers.borrow_mut().keep(cookie, now);
        }
        system.simulator.history().show(path, page.status, page.location.clone());
        Some(page)
    }
}

async fn answer(pages: Router, request: Request<Body>) -> Page {
    let answer = match pages.oneshot(request).await {
        Ok(answer) => answer,
        Err(never) => match never {},
    };
    let (parts, body) = answer.into_parts();
    let text = |name| parts.headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok()).map(str::to_owned);
    let body = body.collect().await.map(Collected::to_bytes).unwrap_or_default();
    Page {
        status: parts.status,
        location: text(header::LOCATION),
        set_cookie: parts.headers.get(header::SET_COOKIE).cloned(),
        text: String::from_utf8_lossy(&body).into_owned(),
    }
}

impl Page {
    /// The import that a confirmation led to.
    pub(crate) fn import_of(path: &str) -> Option<ImportId> {
        let id = path.strip_prefix("/imports/")?;
        (!id.contains('/')).then(|| ImportId::new(id))
    }
}
