//! All tables behind one wire.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value as Json;
use tokio::sync::oneshot;

use crate::access::{self, Access, Guard};
use crate::counts::{Asked, Counts};
use crate::errors::{Error, Reason, invalid};
use crate::faults::{Fault, Planned};
use crate::keys::Key;
use crate::reading::item_of_json;
use crate::request::Members;
use crate::settings::Settings;
use crate::store::Store;
use crate::value::{Value, item_to_json};
use crate::writes::Kind;
use crate::{batch, reads, tables, transactions, writes};

const TARGET_PREFIX: &str = "DynamoDB_20120810.";

/// DynamoDB in memory. Clones share it.
#[derive(Clone, Debug)]
pub struct InMemoryDynamoDb(Arc<Mutex<Inside>>);

#[derive(Debug)]
struct Inside {
    store: Store,
    /// How many requests have arrived, and which of them fail.
    requests: u64,
    faults: BTreeMap<u64, Fault>,
    /// Which fail by what they are.
    planned: Vec<Planned>,
    /// What is allowed; everything where nothing is said.
    guard: Option<Guard>,
}

/// What the client gets: an answer, or a connection that breaks.
pub(crate) type Answered = Option<Answer>;

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) body: Bytes,
}

impl Answer {
    fn of(result: Result<Json, Error>) -> Self {
        let (status, body) = result.map_or_else(|error| error.to_answer(), |body| (200, body));
        Self { status, body: body.to_string().into() }
    }
}

impl InMemoryDynamoDb {
    /// Without a table.
    pub fn new(settings: Settings) -> Self {
        let inside = Inside {
            store: Store::new(settings),
            requests: 0,
            faults: BTreeMap::new(),
            planned: Vec::new(),
            guard: None,
        };
        Self(Arc::new(Mutex::new(inside)))
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request fail: 0 is the next one, 1 the one after it. Repetitions by the SDK count.
    pub fn fail(&self, request: u64, fault: Fault) {
        let mut inside = self.inside();
        let number = inside.requests + request;
        inside.faults.insert(number, fault);
    }

    /// Lets the first request fail of which `is_it` says so as it arrives. Repetitions by the SDK are asked about too.
    pub fn fail_where(&self, is_it: impl FnMut(&Asked) -> bool + Send + 'static, fault: Fault) {
        self.inside().planned.push(Planned::new(is_it, fault));
    }

    /// Forgets the faults that were not met, and says how many they were.
    pub fn clear_faults(&self) -> usize {
        let mut inside = self.inside();
        std::mem::take(&mut inside.faults).len() + std::mem::take(&mut inside.planned).len()
    }

    /// Lets only that happen which `is_allowed`; the rest is refused as IAM refuses it. It is asked about every item of every
    /// request, also where none is refused: who wants to know what is asked for hears it here.
    pub fn allow(&self, is_allowed: impl Fn(&Access) -> bool + Send + Sync + 'static) {
        self.inside().guard = Some(Guard(Arc::new(is_allowed)));
    }

    /// What was asked so far.
    pub fn counts(&self) -> Counts {
        self.inside().store.counts.clone()
    }

    /// Every request so far, in the order of arrival.
    pub fn log(&self) -> Vec<Asked> {
        self.inside().store.log.clone()
    }

    /// Begins to count anew, with an empty log.
    pub fn reset_counts(&self) {
        let mut inside = self.inside();
        inside.store.counts.clear();
        inside.store.log.clear();
    }

    /// Every item of a table as it is, in the order of the keys and in the wire's JSON.
    pub fn items(&self, table: &str) -> Vec<Json> {
        let inside = self.inside();
        let Ok(table) = inside.store.table(table) else { return Vec::new() };
        table.all_keys(None).into_iter().filter_map(|key| table.find(key)).map(item_to_json).collect()
    }

    /// How far eventually consistent reads are behind from now on.
    pub fn set_behind(&self, behind: jiff::SignedDuration) {
        self.inside().store.settings.behind = behind;
    }

    /// What DynamoDB does with a time to live, some time after it: deletes the items whose attribute of this name is a
    /// number of seconds before now. Until then they are read as any other. (Developer Guide, "Using time to live".)
    pub fn delete_expired(&self, table: &str, attribute: &str) -> usize {
        let mut inside = self.inside();
        let store = &mut inside.store;
        let now = i128::from(store.now().as_second());
        let Ok(found) = store.table(table) else { return 0 };
        let is_over = |key: &&Key| {
            let item = found.find(key);
            matches!(item.and_then(|item| item.get(attribute)), Some(Value::N(seconds)) if *seconds < now)
        };
        let over: Vec<_> = found.all_keys(None).into_iter().filter(is_over).cloned().collect();
        for key in &over {
            store.write(table, key, None);
        }
        over.len()
    }

    /// The time that the tables live in.
    pub fn now(&self) -> Timestamp {
        self.inside().store.now()
    }

    /// Answers a request, with the fault that is planned for it.
    pub(crate) async fn answer(&self, target: &str, authorization: Option<&str>, body: Bytes) -> Answered {
        let operation = target.strip_prefix(TARGET_PREFIX).unwrap_or(target).to_owned();
        let (fault, line) = {
            let mut inside = self.inside();
            let number = inside.requests;
            inside.requests += 1;
            inside.store.count(&operation).requests += 1;
            let request = serde_json::from_slice(&body).unwrap_or_default();
            let (expressions, keys) = (expressions_in(&request), keys_in(&inside.store, &request));
            let asked = Asked { operation: operation.clone(), expressions, keys, status: None };
            let planned = Planned::first(&mut inside.planned, &asked);
            inside.store.log.push(asked);
            (inside.faults.remove(&number).or(planned), inside.store.log.len() - 1)
        };
        if let Err(refused) = self.check(&operation, access::principal(authorization), &body) {
            return Some(Answer::of(Err(refused)));
        }
        let is_write = !matches!(operation.as_str(), "GetItem" | "BatchGetItem" | "Query" | "Scan" | "BatchWriteItem");
        match fault {
            Some(Fault::Throttled) => Some(Answer::of(Err(Error::Throttled))),
            Some(Fault::Conflict) if is_write => Some(Answer::of(Err(conflict(&operation, &body)))),
            Some(Fault::FailsBefore) => Some(Answer::of(Err(Error::Server))),
            Some(Fault::FailsAfter) => {
                self.answer_now(line, &operation, &body, 0);
                Some(Answer::of(Err(Error::Server)))
            }
            Some(Fault::LostBefore) => None,
            Some(Fault::LostAfter) => {
                self.answer_now(line, &operation, &body, 0);
                None
            }
            Some(Fault::AnswersLate(late)) => {
                let answer = self.answer_now(line, &operation, &body, 0);
                tokio::time::sleep(late).await;
                Some(answer)
            }
            Some(Fault::ArrivesLate(late)) => {
                // A task of its own, because a client that gives up does not call the request back.
                let (send, receive) = oneshot::channel();
                let database = self.clone();
                tokio::spawn(async move {
                    tokio::time::sleep(late).await;
                    let _ = send.send(database.answer_now(line, &operation, &body, 0));
                });
                receive.await.ok()
            }
            Some(Fault::LeavesOut) => Some(self.answer_now(line, &operation, &body, 1)),
            Some(Fault::Conflict) | None => Some(self.answer_now(line, &operation, &body, 0)),
        }
    }

    /// Whether everything is allowed that a request asks for.
    fn check(&self, operation: &str, principal: &str, body: &Bytes) -> Result<(), Error> {
        let (guard, asked) = {
            let inside = self.inside();
            let Some(guard) = inside.guard.clone() else { return Ok(()) };
            let request = serde_json::from_slice(body).unwrap_or_default();
            (guard, access::of_request(&inside.store, principal, operation, &request))
        };
        // With the tables free again: whoever is asked may look at them.
        match asked.iter().find(|access| !(guard.0)(access)) {
            None => Ok(()),
            Some(access) => Err(Error::AccessDenied(format!(
                "User: {principal} is not authorized to perform: dynamodb:{}",
                access.action
            ))),
        }
    }

    fn answer_now(&self, line: usize, operation: &str, body: &Bytes, left_out: usize) -> Answer {
        let members = serde_json::from_slice(body).map_err(|_| invalid("the request is no JSON")).and_then(Members::of);
        let mut inside = self.inside();
        let store = &mut inside.store;
        let answer = Answer::of(members.and_then(|members| match operation {
            "GetItem" => reads::get(store, operation, members),
            "BatchGetItem" => batch::get(store, operation, members, left_out),
            "Query" => reads::query(store, operation, members),
            "Scan" => reads::scan(store, operation, members),
            "PutItem" => writes::write(store, operation, Kind::Put, members),
            "UpdateItem" => writes::write(store, operation, Kind::Update, members),
            "DeleteItem" => writes::write(store, operation, Kind::Delete, members),
            "BatchWriteItem" => batch::write(store, operation, members, left_out),
            "TransactWriteItems" => transactions::transact(store, operation, members),
            "CreateTable" => tables::create(store, members),
            "DescribeTable" => tables::describe(store, members),
            "DeleteTable" => tables::delete(store, members),
            "ListTables" => Ok(tables::list(store)),
            _ => Err(Error::UnknownOperation(operation.to_owned())),
        }));
        // Gone where the log was emptied meanwhile.
        if let Some(asked) = store.log.get_mut(line) {
            asked.status = Some(answer.status);
        }
        answer
    }
}

/// Every expression of a request, and of the parts of a transaction.
fn expressions_in(request: &Json) -> Vec<String> {
    match request {
        Json::Array(parts) => parts.iter().flat_map(expressions_in).collect(),
        Json::Object(members) => {
            let inside = members.iter().flat_map(|(name, member)| match member {
                Json::String(text) if name.ends_with("Expression") => vec![text.clone()],
                Json::Object(_) | Json::Array(_) => expressions_in(member),
                _ => Vec::new(),
            });
            inside.collect()
        }
        _ => Vec::new(),
    }
}

/// The keys of a request's item, or of those of a transaction's parts.
fn keys_in(store: &Store, request: &Json) -> Vec<Key> {
    if let Some(parts) = request["TransactItems"].as_array() {
        let writes = parts.iter().filter_map(Json::as_object).flat_map(|part| part.values());
        return writes.flat_map(|write| keys_in(store, write)).collect();
    }
    let table = request["TableName"].as_str().and_then(|name| store.table(name).ok());
    let item = request.get("Item").or_else(|| request.get("Key")).and_then(|item| item_of_json(item).ok());
    table.zip(item).and_then(|(table, item)| table.names.of_item(&item).ok()).into_iter().collect()
}

/// A conflict with another transaction: for a transaction at its first item.
fn conflict(operation: &str, body: &Bytes) -> Error {
    if operation != "TransactWriteItems" {
        return Error::Conflict;
    }
    let asked: Json = serde_json::from_slice(body).unwrap_or_default();
    let writes = asked["TransactItems"].as_array().map_or(1, Vec::len);
    let mut reasons = vec![Reason::none(); writes];
    reasons[0] = Reason::of("TransactionConflict", "Transaction is ongoing for the item");
    Error::TransactionCancelled(reasons)
}
