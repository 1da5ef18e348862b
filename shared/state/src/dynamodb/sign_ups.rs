//! Sign-ups, sessions and consents in DynamoDB.

use async_trait::async_trait;
use domain::consent::ConsentAttempt;
use domain::go1_login::Go1LoginAttempt;
use domain::ids::{SessionHash, SignUpId, StateHash, XeroUserId};
use domain::session::{Session, SessionOwner};
use domain::sign_up::SignUp;
use futures::future::try_join_all;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::errors::Refused;
use super::items::{Change, attribute, from_item, number, to_item};
use super::keys::Key;
use super::rows::Row;
use super::table::{EXPIRES_AT, SORT_KEY};
use super::{DynamoDb, keys};
use crate::sign_ups::{ends_with, sign_up_ends_at};
use crate::{Consents, Go1Logins, Sessions, SignUpReader, SignUps, StateError, XeroLogins};

#[async_trait]
impl SignUpReader for DynamoDb {
    async fn find_sign_up(&self, id: &SignUpId) -> Result<Option<SignUp>, StateError> {
        self.get(keys::sign_up(id)).await
    }
}

#[async_trait]
impl SignUps for DynamoDb {
    async fn add_sign_up(&self, sign_up: &SignUp) -> Result<(), StateError> {
        let put = self.put_new(to_item(keys::sign_up(&sign_up.id), sign_up, sign_up_ends_at(sign_up))?).await;
        self.unless_there(keys::sign_up(&sign_up.id), sign_up, put).await
    }

    async fn replace_sign_up(&self, sign_up: SignUp) -> Result<SignUp, StateError> {
        let before = number(sign_up.revision);
        let next = SignUp { revision: sign_up.revision + 1, ..sign_up };
        if next.portal().is_some() {
            // Before the sign-up says so: whoever is cut off in between does it again, and until then too much is kept
            // rather than too little, of a customer who has a portal.
            self.keep_what_is_of(&next.id).await?;
        }
        let item = to_item(keys::sign_up(&next.id), &next, sign_up_ends_at(&next))?;
        let put = self.put_where(item, "#revision = :before", vec![(":before", before)]).await;
        self.unless_there(keys::sign_up(&next.id), &next, put).await?;
        Ok(next)
    }
}

/// That a sign-up was consented to as a Xero user.
#[derive(Serialize, Deserialize)]
struct SignUpOf {
    sign_up: SignUpId,
}

/// The same, from the sign-up's side.
#[derive(Serialize, Deserialize)]
pub(super) struct XeroUserOf {
    pub(super) xero_user: XeroUserId,
}

/// A session, from its owner's side.
#[derive(Serialize, Deserialize)]
pub(super) struct SessionOf {
    pub(super) session: SessionHash,
}

#[async_trait]
impl XeroLogins for DynamoDb {
    async fn add_sign_up_of(&self, user: &XeroUserId, sign_up: &SignUpId) -> Result<(), StateError> {
        // With the way back, by which an erasure finds the other one.
        let back = XeroUserOf { xero_user: user.clone() };
        let row = SignUpOf { sign_up: sign_up.clone() };
        let there = [keys::xero_user_of(sign_up, user), keys::sign_up_of(user, sign_up)];
        let until = self.ends_with(sign_up).await?;
        self.put_both([to_item(there[0].clone(), &back, until)?, to_item(there[1].clone(), &row, until)?]).await?;
        self.keep_where_a_portal_came(sign_up, until, there.into()).await
    }

    async fn sign_ups_of(&self, user: &XeroUserId) -> Result<Vec<SignUpId>, StateError> {
        let rows: Vec<SignUpOf> = self.query(keys::sign_ups_of(user)).await?;
        Ok(rows.into_iter().map(|row| row.sign_up).collect())
    }
}

#[async_trait]
impl Sessions for DynamoDb {
    async fn find_session(&self, hash: &SessionHash) -> Result<Option<Session>, StateError> {
        let session: Option<Session> = self.get(keys::session(hash)).await?;
        Ok(session.filter(|session| session.is_at(hash)))
    }

    async fn add_session(&self, session: &Session) -> Result<(), StateError> {
        // With the way to it from its owner, by which an erasure finds it.
        let (key, row) =
            (keys::session_of(&session.owner(), &session.hash), SessionOf { session: session.hash.clone() });
        let expires_at = Some(session.kept_until());
        self.put_both([to_item(key, &row, expires_at)?, to_item(keys::session(&session.hash), session, expires_at)?])
            .await
    }

    async fn sessions_of(&self, owner: &SessionOwner) -> Result<Vec<Session>, StateError> {
        let rows: Vec<SessionOf> = self.query(keys::sessions_of(owner)).await?;
        // Of one owner there are a few: a browser has one at a time, and it ends within hours.
        let found = rows.iter().map(|row| self.find_session(&row.session));
        Ok(try_join_all(found).await?.into_iter().flatten().collect())
    }

    async fn record_use(&self, session: &Session, at: Timestamp) -> Result<(), StateError> {
        let mut values = vec![(":at", attribute(Row::Session, &at)?)];
        let condition = if let Some(seen) = session.last_used_at {
            values.push((":seen", attribute(Row::Session, &seen)?));
            "attribute_exists(#pk) AND #last_used_at = :seen"
        } else {
            "attribute_exists(#pk) AND attribute_not_exists(#last_used_at)"
        };
        let change = Change {
            key: keys::session(&session.hash),
            update: "SET #last_used_at = :at",
            condition: Some(condition),
            values,
        };
        match self.change_unseen(change).await {
            Ok(()) | Err(Refused::Condition(())) => Ok(()),
            Err(refused) => Err(refused.into()),
        }
    }

    async fn remove_session(&self, hash: &SessionHash) -> Result<(), StateError> {
        if let Some(session) = self.find_session(hash).await? {
            self.delete(keys::session_of(&session.owner(), hash)).await?;
        }
        self.delete(keys::session(hash)).await
    }
}

#[async_trait]
impl Consents for DynamoDb {
    async fn add_consent(&self, attempt: &ConsentAttempt) -> Result<(), StateError> {
        let put = self.put_new(to_item(keys::consent(&attempt.state), attempt, Some(attempt.kept_until()))?).await;
        self.unless_there(keys::consent(&attempt.state), attempt, put).await
    }

    async fn find_consent(&self, state: &StateHash) -> Result<Option<ConsentAttempt>, StateError> {
        self.get(keys::consent(state)).await
    }

    async fn complete_consent(&self, attempt: &ConsentAttempt) -> Result<(), StateError> {
        let item = to_item(keys::consent(&attempt.state), attempt, Some(attempt.kept_until()))?;
        self.put_where(item, "attribute_exists(#pk) AND attribute_not_exists(#completed_at)", Vec::new()).await
    }
}

#[async_trait]
impl Go1Logins for DynamoDb {
    async fn add_go1_login(&self, attempt: &Go1LoginAttempt) -> Result<(), StateError> {
        let item = to_item(keys::go1_login(&attempt.state), attempt, Some(attempt.kept_until()))?;
        let put = self.put_new(item).await;
        self.unless_there(keys::go1_login(&attempt.state), attempt, put).await
    }

    async fn find_go1_login(&self, state: &StateHash) -> Result<Option<Go1LoginAttempt>, StateError> {
        self.get(keys::go1_login(state)).await
    }

    async fn complete_go1_login(&self, attempt: &Go1LoginAttempt) -> Result<(), StateError> {
        let item = to_item(keys::go1_login(&attempt.state), attempt, Some(attempt.kept_until()))?;
        self.put_where(item, "attribute_exists(#pk) AND attribute_not_exists(#completed_at)", Vec::new()).await
    }
}

impl DynamoDb {
    /// When what is stored for a sign-up now ends with it.
    async fn ends_with(&self, sign_up: &SignUpId) -> Result<Option<Timestamp>, StateError> {
        Ok(ends_with(self.sign_up_even_past(sign_up).await?.as_ref(), self.clock.now()))
    }

    /// The sign-up, also where it is past its time: what is stored for it then ends with it, too.
    pub(super) async fn sign_up_even_past(&self, id: &SignUpId) -> Result<Option<SignUp>, StateError> {
        let key = keys::sign_up(id);
        let row = key.row;
        self.item(key).await?.map(|item| from_item(row, item)).transpose()
    }

    /// Keeps rows that were stored with an end, where the sign-up got its portal at that very moment.
    pub(super) async fn keep_where_a_portal_came(
        &self,
        sign_up: &SignUpId,
        until: Option<Timestamp>,
        there: Vec<Key>,
    ) -> Result<(), StateError> {
        if until.is_some() && self.ends_with(sign_up).await?.is_none() {
            for key in there {
                self.keep(key).await?;
            }
        }
        Ok(())
    }

    /// Takes away the end of everything that was to end with a sign-up: its trail and its logins. Where nothing has an end
    /// nothing is written.
    async fn keep_what_is_of(&self, sign_up: &SignUpId) -> Result<(), StateError> {
        for item in self.items(keys::audit_entries(sign_up)).await? {
            if let (true, Some(Ok(sk))) = (item.contains_key(EXPIRES_AT), item.get(SORT_KEY).map(|sk| sk.as_s())) {
                self.keep(keys::audit_entry_at(sign_up, sk)).await?;
            }
        }
        let range = keys::xero_users_of(sign_up);
        let row = range.row;
        for item in self.items(range).await? {
            if item.contains_key(EXPIRES_AT) {
                let XeroUserOf { xero_user } = from_item(row, item)?;
                self.keep(keys::sign_up_of(&xero_user, sign_up)).await?;
                self.keep(keys::xero_user_of(sign_up, &xero_user)).await?;
            }
        }
        Ok(())
    }

    /// Takes away the end of a row, and touches nothing else of it: no function may change more of an entry of the trail.
    /// One that is not there stays so.
    async fn keep(&self, key: Key) -> Result<(), StateError> {
        let change =
            Change { key, update: "REMOVE #expires_at", condition: Some("attribute_exists(#pk)"), values: Vec::new() };
        match self.change_unseen(change).await {
            Ok(()) | Err(Refused::Condition(())) => Ok(()),
            Err(Refused::State(error)) => Err(error),
        }
    }
}
