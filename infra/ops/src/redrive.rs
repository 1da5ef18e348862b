//! Dead letters go back to where their import runs.

use std::collections::BTreeMap;

use domain::clock::random_hex;
use domain::ids::PortalId;
use domain::import::BatchMessage;

use crate::error::OpsError;
use crate::letters::{DeadLetter, DeadLetters};
use crate::tool::{OpsState, Tool};

/// What became of the dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// So many were sent again.
    pub sent: usize,
    /// The import of so many is over, or erased: they were deleted.
    pub over: usize,
    /// Nothing can be done with these, and they stay: their ids, and why.
    pub kept: BTreeMap<String, String>,
    /// So many letters are there afterwards, by the queue's own count. More than are kept: what these keep back, which
    /// another run may reach.
    pub left: usize,
}

/// What is to become of a letter.
enum Fate {
    Again(BatchMessage),
    Over,
    /// It stays, for this reason.
    Kept(String),
}

impl<S: OpsState + 'static> Tool<S> {
    /// Sends the batches of imports that run into their portal's group again, under an id that the queue has not seen, and
    /// deletes the letters of those that are over. A letter is deleted after its batch is on the queue: cut off in between
    /// it is sent twice, which does no harm, because whatever is met half done is looked up before it is done again.
    ///
    /// A letter that stays is hidden until a pass is over, and keeps back the rest of its group for so long; so there is a
    /// pass after each that moved something. In every case all that stays can be seen again at once.
    pub async fn redrive(&self, letters: &dyn DeadLetters) -> Result<Redriven, OpsError> {
        let mut redriven = Redriven::default();
        loop {
            let before = redriven.sent + redriven.over;
            let mut held = Vec::new();
            let pass = self.pass(letters, &mut redriven, &mut held).await;
            let mut put_back = Ok(());
            for letter in &held {
                // One that cannot be put back keeps no other from it.
                put_back = put_back.and(letters.put_back(letter).await);
            }
            pass?;
            put_back?;
            if redriven.sent + redriven.over == before {
                break;
            }
        }
        redriven.left = letters.depth().await?;
        Ok(redriven)
    }

    /// Receives until nothing more comes. `held` has what was received and stays, also where it fails.
    async fn pass(
        &self,
        letters: &dyn DeadLetters,
        redriven: &mut Redriven,
        held: &mut Vec<DeadLetter>,
    ) -> Result<(), OpsError> {
        loop {
            let received = letters.receive().await?;
            if received.is_empty() {
                return Ok(());
            }
            let mut received = received.into_iter();
            while let Some(letter) = received.next() {
                if let Err(error) = self.settle(letters, &letter, redriven, held).await {
                    held.push(letter);
                    held.extend(received);
                    return Err(error);
                }
            }
        }
    }

    async fn settle(
        &self,
        letters: &dyn DeadLetters,
        letter: &DeadLetter,
        redriven: &mut Redriven,
        held: &mut Vec<DeadLetter>,
    ) -> Result<(), OpsError> {
        match self.fate(letter).await? {
            Fate::Again(message) => {
                let fresh = random_hex::<8>(&*self.random);
                letters.send_again(&message, &format!("again-{fresh}")).await?;
                letters.delete(letter).await?;
                redriven.sent += 1;
            }
            Fate::Over => {
                letters.delete(letter).await?;
                redriven.over += 1;
            }
            Fate::Kept(why) => {
                redriven.kept.insert(letter.id.clone(), why);
                // Received again in a long pass, it is put back by its newest receipt.
                held.retain(|one| one.id != letter.id);
                held.push(letter.clone());
            }
        }
        Ok(())
    }

    async fn fate(&self, letter: &DeadLetter) -> Result<Fate, OpsError> {
        let message = match BatchMessage::from_json(&letter.body) {
            Ok(message) => message,
            Err(error) => return Ok(Fate::Kept(error.to_string())),
        };
        Ok(match self.state.find_import(message.portal(), message.import()).await? {
            Some(import) if import.status.has_ended() => Fate::Over,
            Some(_) => Fate::Again(message),
            None if self.had_imports_erased(message.portal()).await? => Fate::Over,
            None => Fate::Kept("it names an import that is not there, and nothing was erased".to_owned()),
        })
    }

    /// Whether fewer imports of a portal are stored than it ever had. Only an erasure removes them.
    async fn had_imports_erased(&self, portal: &PortalId) -> Result<bool, OpsError> {
        let accepted = self.state.find_portal(portal).await?.map_or(0, |portal| portal.imports_accepted);
        Ok(self.state.imports_of(portal).await?.len() < accepted as usize)
    }
}
