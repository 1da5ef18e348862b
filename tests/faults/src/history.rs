//! The history of a run: every request to GO1 with its effect, what the table came to hold, and every page that was
//! shown. The checks over it are in `traced.rs`.

use std::collections::BTreeMap;

use bytes::Bytes;
use domain::ids::{EmployeeId, ImportId, PlanDigest, PortalId};
use domain::import::{Import, ImportStatus, Outcome, PersonTask};
use http::{Method, Request, StatusCode, header};
use jiff::Timestamp;
use serde_json::Value;
use stand_ins::World;
use state::memory::Memory;
use state::{ImportReader as _, PlanReader as _};

use crate::press::Press;
use crate::processes::InvocationId;
use crate::ready::ready;

/// Who runs an invocation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The worker, with messages of these imports.
    Worker {
        imports: Vec<ImportId>,
    },
    Sweeper,
    /// A page or a press of this customer.
    Page {
        customer: usize,
        press: Press,
    },
}

#[derive(Clone, Debug)]
pub(crate) struct InvocationRecord {
    pub(crate) who: Who,
    pub(crate) at: Timestamp,
    /// What the history had before it began, and before it ended.
    pub(crate) began: usize,
    pub(crate) ended: Option<usize>,
    pub(crate) answered: bool,
    pub(crate) table_failed: bool,
    /// Whether it stood still until its message was visible to another one, which it cannot know.
    pub(crate) stood_still: bool,
}

/// What a request asks of GO1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    CreateAccount { email: String },
    Enroll { account: String, course: String },
    Unenroll { enrollment: String },
    SetActive { account: String, active: bool },
    Token,
    Read,
}

/// A request to GO1 as it left its process.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) seq: usize,
    pub(crate) at: Timestamp,
    pub(crate) invocation: InvocationId,
    /// The portal whose token called, where it is known.
    pub(crate) portal: Option<String>,
    pub(crate) call: Call,
    /// Of a call for tokens: the refresh token that it presents.
    pub(crate) presents: Option<String>,
    /// Of an enrollment to be removed: whether its learner had begun it when the request left.
    pub(crate) is_begun: bool,
    /// What GO1 answered, and when; the answer need not have arrived.
    pub(crate) effect: Option<Effect>,
    /// For how many seconds GO1 asked not to be called, and when that was heard.
    pub(crate) retry_after: Option<(Timestamp, i64)>,
}

#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) status: StatusCode,
    /// The id of what was made.
    pub(crate) made: Option<String>,
}

impl Asked {
    /// Whether GO1 has done what was asked.
    pub(crate) fn is_effective(&self) -> bool {
        self.effect.as_ref().is_some_and(|effect| effect.status.is_success())
    }
}

/// An import or an undo that was accepted.
#[derive(Clone, Debug)]
pub(crate) struct Accepted {
    pub(crate) seq: usize,
    pub(crate) portal: PortalId,
    pub(crate) import: Import,
    /// When its list was read from Xero.
    pub(crate) read_at: Option<Timestamp>,
    /// The people who were shown and ticked: their emails in lower case, and what is done for them.
    pub(crate) people: BTreeMap<EmployeeId, (String, Option<PersonTask>)>,
    /// Batches, with what the history had when their first attempt began.
    pub(crate) begun: BTreeMap<u32, usize>,
    /// When the first of them began.
    pub(crate) begun_at: Option<Timestamp>,
    pub(crate) stopped: Option<usize>,
    /// The people whose row says how they ended, with what the history had by then.
    pub(crate) ended: BTreeMap<EmployeeId, usize>,
}

/// A page as it was answered.
#[derive(Clone, Debug)]
pub(crate) struct Shown {
    pub(crate) seq: usize,
    pub(crate) path: String,
    pub(crate) status: StatusCode,
    pub(crate) location: Option<String>,
}

/// A press on "Import".
#[derive(Clone, Debug)]
pub(crate) struct Confirmed {
    pub(crate) plan: PlanDigest,
    pub(crate) ticked: Vec<EmployeeId>,
}

#[derive(Default)]
pub(crate) struct History {
    seq: usize,
    pub(crate) invocations: BTreeMap<InvocationId, InvocationRecord>,
    pub(crate) asked: Vec<Asked>,
    pub(crate) accepted: Vec<Accepted>,
    pub(crate) shown: Vec<Shown>,
    pub(crate) confirmed: Vec<Confirmed>,
    pub(crate) attempts: Vec<AttemptWrite>,
    /// When learners began which enrollments.
    pub(crate) courses_begun: BTreeMap<String, Timestamp>,
}

/// The beginning of an attempt at a batch, or its end in order, as it was written.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptWrite {
    pub(crate) seq: usize,
    pub(crate) invocation: InvocationId,
    pub(crate) begins: bool,
}

impl History {
    fn next(&mut self) -> usize {
        self.seq += 1;
        self.seq
    }

    pub(crate) fn begin_invocation(&mut self, id: InvocationId, who: Who, at: Timestamp) {
        let began = self.next();
        let (ended, answered, table_failed, stood_still) = (None, false, false, false);
        let record = InvocationRecord { who, at, began, ended, answered, table_failed, stood_still };
        self.invocations.insert(id, record);
    }

    pub(crate) fn end_invocation(&mut self, id: InvocationId, answered: bool) {
        let ended = self.next();
        if let Some(record) = self.invocations.get_mut(&id) {
            (record.ended, record.answered) = (Some(ended), answered);
        }
    }

    pub(crate) fn note_table_failed(&mut self, id: Option<InvocationId>) {
        if let Some(record) = id.and_then(|id| self.invocations.get_mut(&id)) {
            record.table_failed = true;
        }
    }

    pub(crate) fn note_stood_still(&mut self, id: InvocationId) {
        if let Some(record) = self.invocations.get_mut(&id) {
            record.stood_still = true;
        }
    }

    /// Notes a request to GO1, and returns its number.
    pub(crate) fn ask(
        &mut self,
        request: &Request<Bytes>,
        at: Timestamp,
        invocation: Option<InvocationId>,
        world: &World,
    ) -> usize {
        let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let portal = token.and_then(|token| world.go1().portal_of_token(token));
        let seq = self.next();
        let invocation = invocation.unwrap_or(usize::MAX);
        let call = call(request);
        let presents = (call == Call::Token).then(|| refresh_token(request)).flatten();
        // What happens while the request is on its way nobody can know who sent it.
        let is_begun = match &call {
            Call::Unenroll { enrollment } => {
                let removed = world.go1().any_enrollment(enrollment);
                removed.is_some_and(|removed| removed.status != "not-started")
            }
            _ => false,
        };
        let (effect, retry_after) = (None, None);
        self.asked.push(Asked { seq, at, invocation, portal, call, presents, is_begun, effect, retry_after });
        self.asked.len() - 1
    }

    /// Notes what GO1 did with a request.
    pub(crate) fn take_effect(&mut self, asked: usize, status: StatusCode, body: &Bytes) {
        self.next();
        let asked = &mut self.asked[asked];
        let makes = matches!(asked.call, Call::CreateAccount { .. } | Call::Enroll { .. });
        let made = (makes && status == StatusCode::CREATED).then(|| serde_json::from_slice::<Value>(body).ok());
        let made = made.flatten().and_then(|body| Some(body["id"].as_str()?.to_owned()));
        asked.effect = Some(Effect { status, made });
    }

    /// Notes that a process heard how long GO1 wants to be left alone.
    pub(crate) fn hear_retry_after(&mut self, asked: usize, at: Timestamp, seconds: i64) {
        self.asked[asked].retry_after = Some((at, seconds));
    }

    pub(crate) fn show(&mut self, path: &str, status: StatusCode, location: Option<String>) {
        let seq = self.next();
        self.shown.push(Shown { seq, path: path.to_owned(), status, location });
    }

    /// The last import of a portal that was accepted and fits.
    pub(crate) fn last_accepted(&self, portal: &PortalId, fits: impl Fn(&Import) -> bool) -> Option<ImportId> {
        let mut its = self.accepted.iter().rev().filter(|accepted| accepted.portal == *portal);
        its.find(|accepted| fits(&accepted.import)).map(|accepted| accepted.import.id.clone())
    }

    /// The position of an import among those that were accepted, which is the same in every run of a case.
    pub(crate) fn number_of(&self, import: &ImportId) -> usize {
        self.accepted.iter().position(|accepted| accepted.import.id == *import).map_or(0, |position| position + 1)
    }

    /// When the last invocation of the worker began that had a message of this import.
    pub(crate) fn last_work(&self, import: &ImportId) -> Option<Timestamp> {
        let its = |who: &Who| matches!(who, Who::Worker { imports } if imports.contains(import));
        self.invocations.values().rev().find(|record| its(&record.who)).map(|record| record.at)
    }

    /// How often GO1 was asked for tokens.
    pub(crate) fn token_calls(&self) -> usize {
        self.asked.iter().filter(|asked| asked.call == Call::Token).count()
    }

    /// Reads what the table holds after the write with this name, which an invocation made.
    pub(crate) fn observe_write(
        &mut self,
        name: &str,
        invocation: Option<InvocationId>,
        state: &Memory,
        portals: &[PortalId],
    ) {
        if let ("begin_attempt" | "end_attempt", Some(invocation)) = (name, invocation) {
            let seq = self.next();
            self.attempts.push(AttemptWrite { seq, invocation, begins: name == "begin_attempt" });
        }
        match name {
            "accept_import" => self.observe_accepted(state, portals),
            "start_import" | "add_people" => self.observe_people(state),
            "begin_attempt" => self.observe_begun(state),
            "stop_import" => self.observe_stopped(state),
            "end_person" | "end_person_with_member" => self.observe_ended(state),
            _ => {}
        }
    }

    fn observe_accepted(&mut self, state: &Memory, portals: &[PortalId]) {
        for portal in portals {
            for import in ready(state.imports_of(portal)).unwrap_or_default() {
                if self.accepted.iter().any(|known| known.import.id == import.id) {
                    continue;
                }
                let plan = ready(state.find_plan(&import.tenant, &import.plan)).ok().flatten();
                let ticked = plan.as_ref().filter(|_| import.undoes.is_none());
                let ticked = ticked.and_then(|plan| import.ticks.people(plan)).unwrap_or_default();
                let person = |entry: &domain::plan::PlanEntry| {
                    let email = entry.email.address().map(|email| email.as_str().to_lowercase()).unwrap_or_default();
                    (entry.employee_id.clone(), (email, PersonTask::of(&entry.decision)))
                };
                let people = ticked.into_iter().map(person).collect();
                let seq = self.next();
                let (portal, begun, ended) = (portal.clone(), BTreeMap::new(), BTreeMap::new());
                let (read_at, begun_at, stopped) = (plan.map(|plan| plan.read_at), None, None);
                self.accepted.push(Accepted { seq, portal, import, read_at, people, begun, begun_at, stopped, ended });
            }
        }
    }

    /// The people of an undo are known once their rows are written.
    fn observe_people(&mut self, state: &Memory) {
        for accepted in self.accepted.iter_mut().filter(|each| each.import.undoes.is_some() && each.people.is_empty()) {
            let rows = ready(state.import_people(&accepted.portal, &accepted.import.id)).unwrap_or_default();
            let person = |row: domain::import::ImportPerson| {
                (row.employee_id, (row.email.as_str().to_lowercase(), Some(row.task)))
            };
            accepted.people = rows.into_iter().map(person).collect();
        }
    }

    fn observe_begun(&mut self, state: &Memory) {
        self.seq += 1;
        let seq = self.seq;
        for accepted in self.accepted.iter_mut().rev().take(4) {
            for batch in ready(state.batches(&accepted.portal, &accepted.import.id)).unwrap_or_default() {
                if batch.was_attempted() {
                    accepted.begun.entry(batch.number).or_insert(seq);
                    accepted.begun_at = accepted.begun_at.or(batch.attempted_at);
                }
            }
        }
    }

    fn observe_ended(&mut self, state: &Memory) {
        let seq = self.next();
        let is_under_way = |accepted: &&mut Accepted| accepted.ended.len() < accepted.people.len();
        for accepted in self.accepted.iter_mut().rev().take(4).filter(is_under_way) {
            let rows = ready(state.import_people(&accepted.portal, &accepted.import.id)).unwrap_or_default();
            for row in rows.into_iter().filter(|row| row.outcome != Outcome::Waiting) {
                accepted.ended.entry(row.employee_id).or_insert(seq);
            }
        }
    }

    fn observe_stopped(&mut self, state: &Memory) {
        self.seq += 1;
        let seq = self.seq;
        for accepted in self.accepted.iter_mut().filter(|accepted| accepted.stopped.is_none()) {
            let stored = ready(state.find_import(&accepted.portal, &accepted.import.id)).ok().flatten();
            if stored.is_some_and(|import| import.stopped_at.is_some() && import.status != ImportStatus::Accepting) {
                accepted.stopped = Some(seq);
            }
        }
    }
}

/// What a request asks of GO1.
fn call(request: &Request<Bytes>) -> Call {
    let path: Vec<&str> = request.uri().path().split('/').skip(1).collect();
    let body = || serde_json::from_slice::<Value>(request.body()).unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match (request.method(), path.as_slice()) {
        (&Method::POST, ["user-accounts"]) => Call::CreateAccount { email: text(&body()["email"]).to_lowercase() },
        (&Method::POST, ["enrollments"]) => {
            let body = body();
            Call::Enroll { account: text(&body["user_account_id"]), course: text(&body["lo_id"]) }
        }
        (&Method::DELETE, ["enrollments", id]) => Call::Unenroll { enrollment: (*id).to_owned() },
        (&Method::PATCH, ["user-accounts", id]) => {
            let status = &body()["status"];
            let active = status.as_bool().unwrap_or(status.as_str() == Some("active"));
            Call::SetActive { account: (*id).to_owned(), active }
        }
        (&Method::POST, ["oauth", "token"]) => Call::Token,
        _ => Call::Read,
    }
}

/// The refresh token that a call for tokens presents.
fn refresh_token(request: &Request<Bytes>) -> Option<String> {
    let mut fields = url::form_urlencoded::parse(request.body());
    fields.find(|(name, _)| name == "refresh_token").map(|(_, token)| token.into_owned())
}
