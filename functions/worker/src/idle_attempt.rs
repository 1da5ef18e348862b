//! How an attempt ends that has asked GO1 for nothing.

use domain::import::{AccountAnswer, Assignments, AttemptEnd, Batch, FailureReason, Import, ImportPerson};
use jiff::Timestamp;
use state::StateError;

use crate::batch::{BatchEnd, BatchRun};
use crate::person::PersonRun;

impl BatchRun<'_> {
    /// Ends the people of a batch whose import was stopped. The stop did not get to drop the batch, because an attempt was at
    /// it. GO1 was asked for nobody, unless another worker has begun since: then this one may not even end its attempt. After
    /// the drop nobody begins any more.
    pub(crate) async fn end_stopped(
        &self,
        run: &PersonRun<'_>,
        waiting: &[ImportPerson],
    ) -> Result<BatchEnd, StateError> {
        let (imports, portal, id) = (&*self.worker.state, &run.import.portal, &run.import.id);
        let settled = imports.end_attempt(portal, id, run.batch, AttemptEnd::default()).await?;
        imports.drop_batch(portal, id, &settled).await?;
        for person in waiting {
            run.fail(person, FailureReason::Stopped, AccountAnswer::NotAsked, Assignments::unknown()).await?;
        }
        Ok(BatchEnd::Done)
    }

    /// Ends an attempt that has asked GO1 for nothing. One that came after an attempt that was cut off stays open until its
    /// time is over: its beginning is all that tells of the other one.
    pub(crate) async fn end_idle_attempt(&self, import: &Import, batch: &Batch, cut_off: Option<Timestamp>) {
        if cut_off.is_none() {
            self.worker.state.end_attempt(&import.portal, &import.id, batch, AttemptEnd::default()).await.ok();
        }
    }
}
