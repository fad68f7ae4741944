//! Paying: sign, journal, mark, send, in this order, in a task that no caller can cancel.

use std::{sync::Arc, time::Duration};

use super::{
    Client, Inner, Payment,
    cursor::Cursor,
    recovery::Busy,
    step_up,
    taken::{Prepared, Taken, Unstored},
};
use crate::{
    accounts::Binding,
    activation::Identity,
    bills::Known,
    blocking::blocking,
    crypto::thumbprint::Point,
    error::{Fault, PayError},
    gateway::wire::Quote,
    model::{Method, MethodState},
    moment,
    payments::{
        Entry, Envelope, Order, payable_key,
        transition::{Event, State},
    },
    plant,
    platform::{KeyRole, SecretError},
    store::{StoreError, give_way},
};

/// How long `pay` waits for an end before it says "checking"; the payment itself goes on.
const PATIENCE: Duration = Duration::from_secs(15);

impl Client {
    /// Takes up a quote: signs the order and pays it.
    ///
    /// Returns what is known after at most 15 s; a payment that is still being checked then goes on,
    /// and its end comes as an event. Dropping this future cancels only the waiting.
    ///
    /// # Errors
    /// [`PayError`], only while it is certain that no order was made.
    pub async fn pay(&self, quote: &str) -> Result<Payment, PayError> {
        self.pay_by(quote, None).await
    }

    /// The same with the code that [`Client::ask_payment_code`] had sent for it. A wrong code, or one
    /// that came too late, ends the order as refused: the next one gets a code of its own.
    ///
    /// # Errors
    /// [`PayError`], only while it is certain that no order was made.
    pub async fn pay_with_code(&self, quote: &str, code: &str) -> Result<Payment, PayError> {
        self.pay_by(quote, Some(step_up::code(code).ok_or(PayError::NotACode)?)).await
    }

    async fn pay_by(&self, quote: &str, code: Option<String>) -> Result<Payment, PayError> {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let (this, quote) = (self.0.clone(), quote.to_owned());
        self.0.platform.executor.spawn(Box::pin(async move {
            // Whoever waited may be gone; the payment is not.
            let tell = |news| drop(sender.send(news));
            match this.take_up_quote(&quote, code.as_deref()).await {
                Err(error) => tell(Err(error)),
                Ok(Made::Before(entry)) => tell(Ok(Payment::of(&entry))),
                Ok(Made::Now(entry, busy)) => {
                    moment::reached("intent-committed");
                    tell(Ok(Payment::of(&entry)));
                    if let Some(entry) = this.drive_first(entry, busy).await {
                        tell(Ok(Payment::of(&entry)));
                    }
                }
            }
        }));
        let patience = self.0.platform.clock.sleep(PATIENCE);
        tokio::pin!(patience);
        let mut known = None;
        loop {
            tokio::select! {
                biased;
                news = receiver.recv() => match news {
                    Some(news) => {
                        // Counted from the intent: before it the person may have been asked to unlock.
                        if known.is_none() {
                            patience.set(self.0.platform.clock.sleep(PATIENCE));
                        }
                        known = Some(news);
                    }
                    // The task has done what it could.
                    None => return known.unwrap_or(Err(Fault::ShuttingDown.into())),
                },
                () = &mut patience, if known.is_some() => {
                    return known.unwrap_or(Err(Fault::ShuttingDown.into()));
                }
            }
        }
    }
}

/// What came of taking up a quote.
enum Made {
    /// An order, to be sent now.
    Now(Entry, Busy),
    /// An order of an earlier tap, which has its end already.
    Before(Entry),
}

/// Why there is no order to be sent now.
struct NotMade {
    error: PayError,
    /// The order that may be stored all the same.
    perhaps: Option<String>,
}

impl NotMade {
    /// The order may be there: it is being checked, or will be.
    fn in_doubt(id: &str) -> Self {
        Self { error: PayError::PaymentInDoubt { payment: id.to_owned() }, perhaps: Some(id.to_owned()) }
    }
}

impl From<PayError> for NotMade {
    fn from(error: PayError) -> Self {
        Self { error, perhaps: None }
    }
}

impl From<Fault> for NotMade {
    fn from(fault: Fault) -> Self {
        PayError::from(fault).into()
    }
}

impl Inner {
    /// A quote is taken up once: of two taps one gets it, and gives it back if no order came of it, or if
    /// that could not be seen: then the next tap looks first.
    async fn take_up_quote(self: &Arc<Self>, id: &str, code: Option<&str>) -> Result<Made, PayError> {
        let mut taken = self.memory().quotes.remove(id).ok_or(PayError::UnknownQuote)?;
        let made = match taken.perhaps.as_deref() {
            Some(earlier) => self.made_before(earlier).await,
            None => Ok(None),
        };
        let made = match made {
            Ok(Some(entry)) => Ok(Made::Before(entry)),
            Ok(None) => self.authorize(taken.clone(), code).await.map(|(entry, busy)| Made::Now(entry, busy)),
            Err(not_made) => Err(not_made),
        };
        made.map_err(|NotMade { error, perhaps }| {
            taken.perhaps = perhaps;
            self.memory().quotes.insert(id.to_owned(), taken);
            error
        })
    }

    /// The order of an earlier tap, where that was stored and has its end; before anything else is looked
    /// at, since nothing that is said of this tap may deny that one.
    async fn made_before(self: &Arc<Self>, id: &str) -> Result<Option<Entry>, NotMade> {
        let wanted = id.to_owned();
        match self.read(move |tx| Ok::<_, Fault>(Entry::load(tx, &wanted)?)).await {
            Ok(Some(entry)) if entry.state().is_final() => Ok(Some(entry)),
            Ok(None) => Ok(None),
            Ok(Some(_)) | Err(_) => Err(NotMade::in_doubt(id)),
        }
    }

    /// Makes the order and commits the intent. After this, whatever breaks, the journal knows it.
    async fn authorize(self: &Arc<Self>, taken: Taken, code: Option<&str>) -> Result<(Entry, Busy), NotMade> {
        let Prepared { order, envelope, .. } = if taken.quote.step_up {
            // The code is for the order that was signed when it was asked for.
            let prepared = taken.prepared.ok_or(PayError::StepUpNeeded)?;
            if self.may_still_pay(&taken.quote).await?.device != prepared.order.device {
                return Err(PayError::UnknownQuote.into());
            }
            // Signed a while ago: what was looked at then may be gone by now.
            self.still_payable(taken.account, &taken.quote).await?;
            let factor = prepared.step_up.as_deref().zip(code).and_then(|(id, code)| step_up::factor(id, code));
            let envelope = prepared.envelope.with_step_up(&factor.ok_or(PayError::StepUpNeeded)?);
            Prepared { envelope: envelope.map_err(|_| Fault::Defect)?, ..*prepared }
        } else {
            self.prepare(taken).await?
        };
        let created = self.platform.clock.now();
        let bank_now = self.caller.bank_now().unwrap_or(created);
        let id = order.payment_id.clone();
        let signed = Unstored { order: order.clone(), envelope: envelope.clone(), created };
        // Busy before it is in the journal: the recovery must not take it up as its own.
        let busy = Busy::take(self, &id).ok_or_else(|| NotMade::in_doubt(&id))?;
        moment::reached("before-intent");
        if plant::is!("sends-before-the-intent") {
            let early = Entry::authorized(&order, &envelope, Vec::new(), created);
            let _ = self.put_question(crate::payments::transition::Next::Pay, &early).await;
        }
        let commit = self
            .write(move |tx| {
                let payable = payable_key(tx, &order.biller, &order.bill_number)?;
                if let Some(payment) = Entry::open_id(tx, &payable)?.or(Entry::open_on_any(tx, bank_now, created)?) {
                    return Err(PayError::PaymentInDoubt { payment });
                }
                let bill = give_way(Known::load(tx, &order.biller, &order.bill_number))?;
                let mut entry = Entry::authorized(&order, &envelope, payable, created);
                entry.asked = bill.filter(|known| known.bill.version == order.bill_version).map(|known| known.asked());
                tx.insert(&entry)?;
                Ok(entry)
            })
            .await;
        let entry = match commit {
            // Not known whether the intent is there: look before speaking.
            Err(PayError::Fault(Fault::Store(StoreError::CommitUnknown { .. }))) => self.look(&id, false).await,
            Err(PayError::Fault(Fault::DiskFull)) => self.look(&id, true).await,
            other => other.map_err(NotMade::from),
        };
        match entry {
            Ok(entry) => Ok((entry, busy)),
            Err(error) => {
                drop(busy);
                // Where it is not known whether the intent is there, the recovery finds it, or that it is not.
                if error.perhaps.is_some() {
                    self.memory().unstored.push(signed);
                }
                self.recover_now();
                Err(error)
            }
        }
    }

    /// Whether this device and this quote are still good for an order.
    async fn may_still_pay(self: &Arc<Self>, quote: &Quote) -> Result<Identity, PayError> {
        let identity = self.identity().await?;
        if identity.revoked {
            return Err(Fault::DeviceRevoked.into());
        }
        if identity.forgotten {
            return Err(Fault::DeviceUnknown.into());
        }
        // Only a courtesy: the gateway looks at its own clock.
        if self.caller.bank_now().is_some_and(|now| now > quote.valid_until) {
            return Err(PayError::QuoteExpired);
        }
        Ok(identity)
    }

    /// Makes the order of a quote and signs it. Nothing of it is stored or sent.
    pub(super) async fn prepare(self: &Arc<Self>, taken: Taken) -> Result<Prepared, PayError> {
        let identity = self.may_still_pay(&taken.quote).await?;
        let quote = taken.quote;
        let quote = match plant::is!("signs-another-amount") {
            true => Quote { amount: quote.fee, fee: quote.amount, ..quote },
            false => quote,
        };
        let journal_sequence = self.next_sequence(taken.account, &quote).await?;
        let order = Order {
            v: 1,
            suite: self.platform.suite.name().to_owned(),
            payment_id: self.uuid(),
            customer: identity.customer,
            device: identity.device,
            journal_sequence,
            epoch: taken.epoch,
            quote: quote.quote,
            biller: quote.biller,
            payee: quote.payee,
            customer_number: quote.customer_number,
            bill_number: quote.bill_number,
            bill_version: quote.bill_version,
            amount: quote.amount,
            fee: quote.fee,
            total: quote.total,
            method: quote.method,
            valid_until: quote.valid_until,
            echo_digest: quote.echo_digest,
        };
        let envelope = self.sign(&order, identity.keys.order(), &identity.order_key).await?;
        Ok(Prepared { order, envelope, step_up: None })
    }

    /// After a commit of which it is not known whether it happened.
    async fn look(self: &Arc<Self>, id: &str, full: bool) -> Result<Entry, NotMade> {
        let wanted = id.to_owned();
        match self.read(move |tx| Ok::<_, Fault>(Entry::load(tx, &wanted)?)).await {
            Ok(Some(entry)) => Ok(entry),
            Ok(None) if full => Err(Fault::DiskFull.into()),
            Ok(None) => Err(Fault::Store(StoreError::Io(0)).into()),
            // If it is there, the next open finds it as a doubt: the person must not be told that
            // there is none.
            Err(_) => Err(NotMade::in_doubt(id)),
        }
    }

    /// Has the order signed, and looks whether it was: by the key that the bank knows, over these very
    /// bytes. An order that is not would have no end, as no bank takes even its reversal.
    async fn sign(self: &Arc<Self>, order: &Order, role: KeyRole, key: &str) -> Result<Envelope, PayError> {
        let canonical = order.canonical().map_err(|_| Fault::BadAnswer("a quote that makes no order"))?;
        let (signer, message) = (self.platform.signer.clone(), canonical.clone());
        let sign = move || Ok((signer.sign(role, &message)?, signer.public_key(role)?));
        let signed = blocking(&*self.platform.executor, sign).await.map_err(Fault::from)?;
        let (signature, public) = signed.map_err(|error: SecretError| Fault::from(error))?;
        let public = public.and_then(|public| Point::from_bytes(&public).ok());
        // A file that was put back may name keys of before: what those of now sign under that name no bank ever
        // takes, refuses or reverses.
        let public = public.filter(|public| public.thumbprint() == key).ok_or(Fault::NotActivated)?;
        let none = Fault::BadAnswer("the key store gave no signature");
        let envelope = Envelope::seal(&canonical, &signature, key).map_err(|_| none.clone())?;
        match Envelope::open(envelope.json(), public.as_bytes(), &*self.platform.suite) {
            Some((signed, _)) if signed == *order => Ok(envelope),
            Some(_) | None => Err(none.into()),
        }
    }

    /// A number that no order of this device has had: above all in the file, and above what the bank
    /// has seen. None where [`Inner::still_payable`] says no.
    async fn next_sequence(self: &Arc<Self>, account: String, quote: &Quote) -> Result<i64, PayError> {
        let highest = self.still_payable(account, quote).await?;
        let mut memory = self.memory();
        let next = memory.sequence.unwrap_or(0).max(highest).saturating_add(1);
        memory.sequence = Some(next);
        Ok(next)
    }

    /// Whether the person has compared whose number it is that is paid to (row 12), and the way to pay
    /// is still there (row 26). Gives the highest sequence that the file and the bank know.
    async fn still_payable(self: &Arc<Self>, account: String, quote: &Quote) -> Result<i64, PayError> {
        let (method, echo_digest) = (quote.method.clone(), &*quote.echo_digest);
        let (highest, binding, usable) = self
            .read(move |tx| {
                let cursor = Cursor::load(tx)?;
                // What the bank has said since the quote; it looks for itself, too (row 26).
                let gone = |known: &Method| known.id == method && known.state != MethodState::Active;
                let usable = !cursor.methods.iter().any(gone);
                let highest = Entry::highest_sequence(tx)?.max(cursor.sequence_floor);
                Ok::<_, Fault>((highest, tx.get::<Binding>(&account)?, usable))
            })
            .await?;
        if !usable {
            return Err(PayError::MethodUnusable);
        }
        let compared = binding.filter(Binding::is_acknowledged).map(|binding| binding.account.echo_digest);
        if compared.as_deref() != Some(echo_digest) {
            return Err(PayError::EchoNotAcknowledged);
        }
        Ok(highest)
    }

    /// The first attempt. Gives the entry as it stands when this attempt is over.
    async fn drive_first(self: &Arc<Self>, entry: Entry, busy: Busy) -> Option<Entry> {
        if plant::is!("sends-before-the-mark") {
            let _ = self.put_question(crate::payments::transition::Next::Pay, &entry).await;
        }
        let last = self.drive(entry, State::Authorized, Event::Send, None).await;
        drop(busy);
        if last.as_ref().is_none_or(|entry| !entry.state().is_final()) {
            self.recover_now();
        }
        last
    }
}
