//! Dead letters go back to where their import runs.

use domain::clock::random_hex;
use domain::import::BatchMessage;

use crate::error::OpsError;
use crate::letters::DeadLetters;
use crate::tool::{OpsState, Tool};

/// What became of the dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Redriven {
    /// So many were sent again.
    pub sent: usize,
    /// The import of so many is over, or gone: they were deleted.
    pub over: usize,
    /// These cannot be read, and stay: their ids, and why.
    pub unreadable: Vec<(String, String)>,
}

impl<S: OpsState + 'static> Tool<S> {
    /// Sends the batches of imports that run into their portal's group again, under an id that the queue has not seen, and
    /// deletes the letters of those that are over. A letter is deleted after its batch is on the queue: cut off in between
    /// it is sent twice, which does no harm, because whatever is met half done is looked up before it is done again.
    pub async fn redrive(&self, letters: &dyn DeadLetters) -> Result<Redriven, OpsError> {
        let mut redriven = Redriven::default();
        let mut kept = Vec::new();
        loop {
            let received = letters.receive().await?;
            if received.is_empty() {
                break;
            }
            for letter in received {
                let message = match BatchMessage::from_json(&letter.body) {
                    Ok(message) => message,
                    Err(error) => {
                        redriven.unreadable.push((letter.id.clone(), error.to_string()));
                        kept.push(letter);
                        continue;
                    }
                };
                let import = self.state.find_import(message.portal(), message.import()).await?;
                if import.is_some_and(|import| !import.status.has_ended()) {
                    let fresh = random_hex::<8>(&*self.random);
                    letters.send_again(&message, &format!("again-{fresh}")).await?;
                    redriven.sent += 1;
                } else {
                    redriven.over += 1;
                }
                letters.delete(&letter).await?;
            }
        }
        // Only now: one that is seen again at once would be received again.
        for letter in kept {
            letters.put_back(&letter).await?;
        }
        Ok(redriven)
    }
}
