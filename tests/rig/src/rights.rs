//! The functions' rights to the table, held against what they ask of it: every step of the state is taken on a table as
//! well, by the shipped adapter, and whatever `infra/template.yaml` does not allow the function is refused there and told.
//! The emulator of the local cloud knows neither `dynamodb:LeadingKeys` nor `dynamodb:Attributes`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError};
use std::{fs, process, thread};

use domain::clock::Clock as _;
use dynamodb::{Access, InMemoryDynamoDb, Settings};
use futures::executor::block_on;
use state::dynamodb::{DynamoDb, create_table};

use crate::chance::RigClock;

const TEMPLATE: &str = include_str!("../../../infra/template.yaml");

const TABLE: &str = "table";

/// Who asks where no function does: the tests themselves.
const NOBODY: &str = "nobody";

/// Where every rig stands on a table as well, and writes what was asked for into a file of this folder.
const ON_A_TABLE: &str = "RIG_ON_A_TABLE";

/// What one statement of a function's role allows of the table.
#[derive(Clone, Debug, Default)]
struct Statement {
    function: String,
    actions: Vec<String>,
    /// As the template writes them: how a partition key begins, with `*` behind it, or a whole one.
    leading_keys: Vec<String>,
    /// No other attribute, and nothing is returned; `None` where it is held to none.
    attributes: Option<BTreeSet<String>>,
}

static STATEMENTS: LazyLock<Vec<Statement>> = LazyLock::new(|| Statement::all(TEMPLATE));

/// A right of a function: its name in the template, the action, and how the partition key begins, or attributes.
type Right = String;

impl Statement {
    /// Those of the template's roles that are about the table.
    fn all(template: &str) -> Vec<Self> {
        let (mut all, mut function, mut statement) = (Vec::new(), String::new(), Self::default());
        for line in template.lines() {
            let is_role = line.strip_prefix("  ").and_then(|line| line.strip_suffix("Role:"));
            if let Some(name) = is_role.filter(|name| !name.starts_with(' ')) {
                name.clone_into(&mut function);
            }
            if line.trim_start().starts_with("- ") {
                all.push(std::mem::replace(&mut statement, Self { function: function.clone(), ..Self::default() }));
            }
            let quoted = || line.split('"').skip(1).step_by(2).map(ToOwned::to_owned);
            if line.contains("Action:") {
                statement.actions.extend(quoted().filter_map(|one| Some(one.strip_prefix("dynamodb:")?.to_owned())));
            } else if line.contains("\"dynamodb:LeadingKeys\":") {
                statement.leading_keys = quoted().filter(|one| !one.contains(':')).collect();
            } else if line.contains("\"dynamodb:Attributes\":") {
                statement.attributes = Some(quoted().filter(|one| !one.contains(':')).collect());
            }
        }
        all.push(statement);
        all.retain(|statement| !statement.actions.is_empty());
        all
    }

    /// The right by which it allows something; `None` where it does not.
    fn allows(&self, access: &Access) -> Option<Right> {
        let key = access.partition_key.as_ref()?;
        let begins = |pattern: &&String| match pattern.strip_suffix('*') {
            Some(prefix) => key.starts_with(prefix),
            None => key == *pattern,
        };
        let pattern = self.leading_keys.iter().find(begins)?;
        let is_within = match &self.attributes {
            Some(attributes) => access.attributes.is_subset(attributes) && access.returns == "NONE",
            None => true,
        };
        let is_its = self.function == access.principal && self.actions.contains(&access.action);
        (is_its && is_within).then(|| self.right(&access.action, pattern))
    }

    fn right(&self, action: &str, pattern: &str) -> Right {
        let attributes = self.attributes.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(",");
        format!("{} {action} {pattern} {attributes}", self.function).trim_end().to_owned()
    }

    /// Every right that it gives.
    fn rights(&self) -> impl Iterator<Item = Right> {
        let each = move |action: &String| {
            let action = action.clone();
            self.leading_keys.iter().map(move |pattern| self.right(&action, pattern))
        };
        self.actions.iter().flat_map(each)
    }
}

/// Every right to the table that the template gives.
pub fn given_rights() -> BTreeSet<Right> {
    STATEMENTS.iter().flat_map(Statement::rights).collect()
}

#[derive(Debug, Default)]
struct Heard {
    used: BTreeSet<Right>,
    refused: BTreeSet<String>,
}

/// The table beside a rig's memory, and what was asked of it.
#[derive(Debug)]
pub struct TableRights {
    database: InMemoryDynamoDb,
    clock: RigClock,
    heard: Arc<Mutex<Heard>>,
    /// The folder to tell it in.
    told_in: Option<PathBuf>,
}

impl TableRights {
    /// Where this rig is to stand on a table, or every rig is.
    pub(crate) fn of(clock: RigClock, on_a_table: bool) -> Option<Self> {
        let told_in = std::env::var_os(ON_A_TABLE).map(PathBuf::from);
        (on_a_table || told_in.is_some()).then(|| Self::new(clock, told_in))
    }

    fn new(clock: RigClock, told_in: Option<PathBuf>) -> Self {
        let database = InMemoryDynamoDb::new(Settings::new(move || clock.now()));
        let nobody = aws_sdk_dynamodb::Client::from_conf(database.client_config_as(NOBODY).build());
        // Nothing in it waits for anybody.
        block_on(create_table(&nobody, TABLE)).expect("a table");
        let heard: Arc<Mutex<Heard>> = Arc::default();
        let listening = Arc::clone(&heard);
        database.allow(move |access| {
            if access.principal == NOBODY {
                return true;
            }
            let rights: Vec<_> = STATEMENTS.iter().filter_map(|statement| statement.allows(access)).collect();
            let mut heard = listening.lock().unwrap_or_else(PoisonError::into_inner);
            if rights.is_empty() {
                let Access { principal, action, partition_key, sort_key, attributes, .. } = access;
                heard.refused.insert(format!("{principal} {action} {partition_key:?} {sort_key:?} {attributes:?}"));
            }
            let is_allowed = !rights.is_empty();
            heard.used.extend(rights);
            is_allowed
        });
        Self { database, clock, heard, told_in }
    }

    /// The table as each function has it.
    pub(crate) fn tables(&self) -> impl Fn(&'static str) -> DynamoDb + Send + Sync + use<> {
        let (database, clock) = (self.database.clone(), self.clock);
        move |function| {
            let client = aws_sdk_dynamodb::Client::from_conf(database.client_config_as(function).build());
            DynamoDb::new(client, TABLE, Arc::new(clock))
        }
    }

    /// The table as whoever is no function has it.
    pub(crate) fn table_of_nobody(&self) -> DynamoDb {
        self.tables()(NOBODY)
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The rights that were used so far.
    pub fn used(&self) -> BTreeSet<Right> {
        self.heard().used.clone()
    }

    /// What was asked for and is not allowed.
    pub fn refused(&self) -> BTreeSet<String> {
        self.heard().refused.clone()
    }
}

impl Drop for TableRights {
    fn drop(&mut self) {
        static FILES: AtomicUsize = AtomicUsize::new(0);
        let Some(folder) = &self.told_in else { return };
        let number = FILES.fetch_add(1, Ordering::Relaxed);
        let text: Vec<_> = self.used().into_iter().collect();
        fs::create_dir_all(folder).expect("the folder");
        fs::write(folder.join(format!("{}-{number}", process::id())), text.join("\n") + "\n").expect("written");
        let refused = self.refused();
        assert!(refused.is_empty() || thread::panicking(), "the template does not allow {refused:#?}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROLES: &str = r#"
  OneRole:
            Statement:
              - { Effect: Allow, Action: ["logs:PutLogEvents"], Resource: !GetAtt OneLogs.Arn }
              - Effect: Allow
                Action: ["dynamodb:GetItem", "dynamodb:PutItem"]
                Resource: somewhere
                Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["A#*", "B"] } }
              - Effect: Allow
                Action: "dynamodb:UpdateItem"
                Condition:
                  "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["C#*"] }
                  "ForAllValues:StringEquals": { "dynamodb:Attributes": ["pk", "sk", "end"] }
                  StringEqualsIfExists: { "dynamodb:ReturnValues": ["NONE"] }
  OtherRole:
            Statement:
              - Effect: Allow
                Action: ["dynamodb:GetItem"]
"#;

    fn access(principal: &str, action: &str, key: Option<&str>, attributes: &[&str], returns: &str) -> Access {
        Access {
            principal: principal.to_owned(),
            action: action.to_owned(),
            partition_key: key.map(ToOwned::to_owned),
            sort_key: None,
            attributes: attributes.iter().map(|name| (*name).to_owned()).collect(),
            condition: None,
            returns: returns.to_owned(),
        }
    }

    #[test]
    fn a_statement_allows_its_function_its_actions_on_the_keys_and_attributes_that_it_names_and_nothing_else() {
        let statements = Statement::all(ROLES);
        let allows = |access: Access| statements.iter().any(|statement| statement.allows(&access).is_some());
        for (principal, action, key, attributes, returns, expected) in [
            ("One", "GetItem", Some("A#1"), &[][..], "NONE", true),
            ("One", "PutItem", Some("B"), &["anything"], "ALL_OLD", true),
            ("One", "PutItem", Some("BB"), &[], "NONE", false),
            ("One", "PutItem", Some("XA#1"), &[], "NONE", false),
            ("One", "DeleteItem", Some("A#1"), &[], "NONE", false),
            ("One", "GetItem", None, &[], "NONE", false),
            ("Other", "PutItem", Some("A#1"), &[], "NONE", false),
            // Held to no key is held to none that there is.
            ("Other", "GetItem", Some("A#1"), &[], "NONE", false),
            ("One", "UpdateItem", Some("C#1"), &["pk", "sk", "end"], "NONE", true),
            ("One", "UpdateItem", Some("C#1"), &["pk", "sk", "end", "by"], "NONE", false),
            ("One", "UpdateItem", Some("C#1"), &["pk", "sk", "end"], "ALL_NEW", false),
        ] {
            assert_eq!(
                allows(access(principal, action, key, attributes, returns)),
                expected,
                "{principal} {action} {key:?}"
            );
        }
    }
}
