//! Documents as they are shown: verified each time, so that what is on the screen is what was signed.

use std::{collections::BTreeMap, sync::Arc};

use super::{Inner, Proof, ReceiptView};
use crate::{
    blocking::{Abandoned, begin},
    error::Fault,
    gateway::trust::ReceiptKey,
    platform::{BoxFuture, Executor, Suite},
    receipts::{Outcome, OutcomeError, Stored},
    store::{Store, StoreError, Tx},
};

/// From so many documents on, two threads verify them: a page opens sooner.
const WORTH_TWO: usize = 8;

/// What it takes to verify.
struct Verifier {
    keys: BTreeMap<String, ReceiptKey>,
    suite: Arc<dyn Suite>,
    executor: Arc<dyn Executor>,
}

/// The first half, and where the second one is on its way.
struct Shown {
    first: Vec<ReceiptView>,
    rest: Option<BoxFuture<'static, Result<Vec<ReceiptView>, Abandoned>>>,
}

impl Inner {
    /// Reads documents, and whatever else is wanted with them, and verifies them on the same thread.
    pub(super) async fn shown<T, E>(
        self: &Arc<Self>,
        read: impl FnOnce(&Tx<'_>) -> Result<(Vec<Stored>, T), E> + Send + 'static,
    ) -> Result<(Vec<ReceiptView>, T), E>
    where
        T: Send + 'static,
        E: From<StoreError> + From<Fault> + Send + 'static,
    {
        self.unlock().await?;
        let this = self.clone();
        let work = move |store: &Store| {
            let (page, more) = store.read(read)?;
            // Looked up after the read: what was stored by a newer key came after that key.
            Ok::<_, E>((this.verifier().shown(page), more))
        };
        let (shown, more) = self.away(work).await?;
        Ok((shown.all().await?, more))
    }

    /// Verifies documents that have been read.
    pub(super) async fn view(&self, page: Vec<Stored>) -> Result<Vec<ReceiptView>, Fault> {
        let verifier = self.verifier();
        self.away(move |_| Ok::<_, Fault>(verifier.shown(page))).await?.all().await
    }

    fn verifier(&self) -> Arc<Verifier> {
        Arc::new(Verifier {
            keys: self.trust().receipt_keys.clone(),
            suite: self.platform.suite.clone(),
            executor: self.platform.executor.clone(),
        })
    }
}

impl Verifier {
    /// Asked for by a thread that is at work, and not by the one that waits for it: only so a second processor is free
    /// for the second half, and nobody has to wake the first.
    fn shown(self: Arc<Self>, mut page: Vec<Stored>) -> Shown {
        let rest = (page.len() >= WORTH_TWO).then(|| page.split_off(page.len().div_ceil(2)));
        let rest = rest.map(|rest| {
            let this = self.clone();
            let rest = begin(&*self.executor, move || this.views(&rest));
            Box::pin(rest) as BoxFuture<'static, _>
        });
        Shown { first: self.views(&page), rest }
    }

    fn views(&self, page: &[Stored]) -> Vec<ReceiptView> {
        page.iter().map(|stored| self.view(stored)).collect()
    }

    fn view(&self, stored: &Stored) -> ReceiptView {
        let (proof, outcome) = match Outcome::verify(&stored.compact, &self.keys, &*self.suite) {
            Ok(outcome) => (Proof::Verified, Some(outcome)),
            Err(OutcomeError::Unverifiable { kid }) => (Proof::Unverifiable { kid }, None),
            Err(OutcomeError::UnknownKind(unknown)) => (Proof::Unverifiable { kid: unknown.kid }, None),
            Err(OutcomeError::Malformed | OutcomeError::Invalid | OutcomeError::Incomplete) => (Proof::Invalid, None),
        };
        ReceiptView::of(stored, proof, outcome)
    }
}

impl Shown {
    async fn all(self) -> Result<Vec<ReceiptView>, Fault> {
        let mut views = self.first;
        if let Some(rest) = self.rest {
            views.extend(rest.await?);
        }
        Ok(views)
    }
}
