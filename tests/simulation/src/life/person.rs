//! A person with a phone or two: a story picked by the seed, and a book of everything that the app
//! said on the way.

use std::{sync::Arc, time::Duration};

use billpay_core::{
    BillStatus, BillView, Client, Payment, PaymentState, Proof, QuoteView, ReceiptView,
    error::{CodeError, Fault, PayError, QuoteError, RefreshError, ViewError},
    events::EventKind,
    model::{Currency, Language, Money},
};
use futures_util::future::join_all;
use sandbox_gateway::activation::sms::SmsOutbox;

use super::{
    bank::Bank,
    common::{Common, Unfit, pause},
    fault::Kind,
    phone::{App, Phone},
    record::{Look, Said, Shown, Terms, Told},
    rng::Stream,
};

/// A customer at the bank's counter, with the numbers on the letters at home.
pub struct Person {
    /// In this life.
    pub number: usize,
    /// The phone number.
    pub phone_number: String,
    /// Biller and customer number.
    pub accounts: Vec<(String, String)>,
    /// The phone in use.
    pub phone: Arc<Phone>,
    /// Phones that were replaced, and what still runs on them.
    pub old: Vec<(Arc<Phone>, Option<App>)>,
    /// Whether the phone in use was ever activated.
    pub active: bool,
    common: Arc<Common>,
    bank: Arc<Bank>,
    stream: Stream,
    app: Option<App>,
}

/// A result in the trace, short and without ids.
fn word<T, E: std::fmt::Debug>(result: &Result<T, E>) -> String {
    match result {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let text = format!("{error:?}");
            text.split(['{', '"']).next().unwrap_or_default().trim_end().to_owned()
        }
    }
}

/// What the app must never say in a life whose disks, key stores' contents and versions are sound.
const NEVER: [&str; 8] =
    ["Store(", "KeyLost", "DiskFull", "ClientTooOld", "ShuttingDown", "PinMismatch", "NotAPhoneNumber", "Number("];

/// What became of a call, in a word; a person notes which calls come to something at all.
fn answered<T, E: std::fmt::Debug>(
    common: &Common,
    phone: usize,
    call: &'static str,
    result: &Option<Result<T, E>>,
) -> String {
    let Some(result) = result else { return String::new() };
    let said = word(result);
    let mut facts = common.record.facts();
    *facts.calls.entry(call).or_default().entry(said.clone()).or_default() += 1;
    drop(facts);
    if NEVER.iter().any(|never| said.contains(never)) {
        common.wrong("I9", format!("phone {phone}: {call} says {said}"));
    }
    said
}

/// Pays, and types the newest code where one is asked for: it may be the one of another order.
async fn pays(client: &Client, quote: &str, sms: &SmsOutbox, number: &str) -> Result<Payment, PayError> {
    match client.pay(quote).await {
        Err(PayError::StepUpNeeded) => {}
        other => return other,
    }
    match client.ask_payment_code(quote).await {
        // One was sent just now: by another tap.
        Ok(_) | Err(CodeError::TooSoon { .. }) => {}
        Err(CodeError::Order(error)) => return Err(error),
        Err(CodeError::Fault(fault)) => return Err(fault.into()),
        Err(CodeError::DailyCap { .. } | CodeError::NothingToChange) => return Err(PayError::StepUpNeeded),
    }
    let code = sms.newest(number).and_then(|sms| sms.text.rsplit_once('#').map(|(_, code)| code.trim().to_owned()));
    client.pay_with_code(quote, &code.unwrap_or_default()).await
}

/// The app said something about a payment.
fn told(common: &Common, phone: usize, payment: &str, said: Said, asked: usize) {
    common.trace.told(phone / 2, &format!("{said:?}"));
    common.trace.note(format_args!("phone {phone} says {payment} {said:?}"));
    let told = Told { at: common.now.ms(), asked, phone, payment: payment.to_owned(), said };
    common.record.facts().told.push(told);
}

/// A person reads what a payment is about.
fn reads(common: &Common, phone: usize, payment: &Payment) {
    let terms = Terms::from(payment);
    let known = common.record.facts().terms.insert((phone, payment.id.clone()), terms.clone());
    if let Some(known) = known.filter(|known| *known != terms) {
        common.wrong("I3", format!("phone {phone} said {known:?} of {}, and then {terms:?}", payment.id));
    }
}

/// "Settled" is never said without a receipt.
fn has_receipt(common: &Common, phone: usize, payment: &str, seen: Result<ReceiptView, ViewError>) {
    let proved = match &seen {
        Ok(view) => view.kind == "receipt" && view.proof == Proof::Verified,
        // The key store said no: nothing was said.
        Err(ViewError::Fault(_)) => return,
        Err(ViewError::NotFound) => false,
    };
    common.record.facts().looked_at.insert((phone, payment.to_owned()));
    if !proved {
        common.wrong("I3", format!("phone {phone} said settled of {payment} without a receipt"));
    }
}

impl Person {
    /// A person with a new phone.
    #[must_use]
    pub fn new(
        common: &Arc<Common>,
        bank: &Arc<Bank>,
        seed: u64,
        number: usize,
        phone_number: String,
        accounts: Vec<(String, String)>,
        phone: Arc<Phone>,
    ) -> Self {
        let stream = Stream::of(seed, &format!("person {number}"));
        let (common, bank) = (common.clone(), bank.clone());
        Self { number, phone_number, accounts, phone, old: Vec::new(), active: false, common, bank, stream, app: None }
    }

    /// Does something with the app; `None` if it died over it.
    async fn with<T, F: Future<Output = T>>(&mut self, what: impl FnOnce(Client) -> F) -> Result<Option<T>, Unfit> {
        let app = match self.app.take() {
            Some(app) if app.process.is_dead() => {
                // It died while nobody looked.
                drop(app.client);
                self.phone.crashed(&app.process).await;
                self.phone.launch().await?
            }
            Some(app) => app,
            None => self.phone.launch().await?,
        };
        let done = app.process.within(what(app.client.clone())).await;
        if done.is_none() {
            drop(app.client);
            self.phone.crashed(&app.process).await;
        } else {
            self.app = Some(app);
        }
        Ok(done)
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.common.trace.note(format_args!("person {} {what}", self.number));
    }

    fn answered<T, E: std::fmt::Debug>(&self, call: &'static str, result: &Option<Result<T, E>>) -> String {
        answered(&self.common, self.phone.number, call, result)
    }

    fn told(&self, payment: &str, said: Said) {
        let asked = self.common.record.facts().told.len();
        told(&self.common, self.phone.number, payment, said, asked);
    }

    /// The whole story, up to the end of the faults.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn live(&mut self, flows: u64) -> Result<(), Unfit> {
        self.activate().await?;
        self.bind().await?;
        let (seed, number) = (self.phone.seed(), self.number);
        for flow in 0..flows {
            // Each wish has a stream of its own: what became of one does not turn the others round.
            self.stream = Stream::of(seed, &format!("person {number} wish {flow}"));
            if !self.active {
                self.activate().await?;
                self.bind().await?;
            }
            if !self.active {
                // The network is down, or too many codes were wrong: there is nothing to be done now.
                pause(self.stream.between(1_000, 600_000)).await;
                continue;
            }
            self.pay_something().await?;
            self.something_else().await?;
        }
        Ok(())
    }

    async fn activate(&mut self) -> Result<(), Unfit> {
        for _ in 0..40 {
            let profile = self.with(|client| async move { client.profile().await }).await?;
            let Some(Ok(profile)) = profile else {
                pause(self.stream.between(100, 5_000)).await;
                continue;
            };
            if profile.active {
                self.active = true;
                return Ok(());
            }
            let number = self.phone_number.clone();
            let known = profile.activation.as_ref().is_some_and(|session| session.stage.is_some());
            let again = number.clone();
            let said = if known && self.stream.chance(900) {
                self.type_code().await?.unwrap_or_default()
            } else if known {
                let said = self.with(|client| async move { client.resend_code().await }).await?;
                self.answered("resend_code", &said)
            } else {
                let said = self.with(|client| async move { client.start_activation(&number).await }).await?;
                self.answered("start_activation", &said)
            };
            self.note(format_args!("activates: {said}"));
            let wait = if said == "ok" { 2_000 } else { 60_000 };
            pause(self.stream.between(500, wait)).await;
            if matches!(said.as_str(), "CodeExpired" | "CodeSuperseded") {
                let again = self.with(|client| async move { client.resend_code().await }).await?;
                self.note(format_args!("asks for a code: {}", again.map(|said| word(&said)).unwrap_or_default()));
            }
            if matches!(said.as_str(), "CodeLocked" | "DailyCap" | "CodeUsed") {
                pause(1_900_000).await;
                let again = self.with(|client| async move { client.start_activation(&again).await }).await?;
                self.note(format_args!("starts over: {}", again.map(|said| word(&said)).unwrap_or_default()));
            }
        }
        Ok(())
    }

    async fn type_code(&mut self) -> Result<Option<String>, Unfit> {
        let sms = self.bank.sms.newest(&self.phone_number);
        let code = sms.and_then(|sms| sms.text.rsplit_once('#').map(|(_, code)| code.trim().to_owned()));
        let code = if self.stream.chance(60) { Some("000000".to_owned()) } else { code };
        let Some(code) = code else { return Ok(Some("no message".to_owned())) };
        let said = self.with(|client| async move { client.finish_activation(&code).await }).await?;
        Ok(Some(self.answered("finish_activation", &said)))
    }

    async fn bind(&mut self) -> Result<(), Unfit> {
        if !self.active {
            return Ok(());
        }
        for _ in 0..6 {
            let refreshed = self.refresh().await?;
            if refreshed {
                break;
            }
            pause(self.stream.between(500, 20_000)).await;
        }
        for (biller, number) in self.accounts.clone() {
            for _ in 0..5 {
                let (to, of) = (biller.clone(), number.clone());
                let bound = self.with(|client| async move {
                    match client.lookup_binding(&to, &of).await {
                        Ok(echo) => client.confirm_binding(&echo, "").await.map(drop),
                        Err(error) => Err(error),
                    }
                });
                let bound = bound.await?;
                let said = self.answered("confirm_binding", &bound);
                self.note(format_args!("binds {biller}: {said}"));
                if matches!(bound, Some(Ok(()))) {
                    break;
                }
                pause(self.stream.between(500, 10_000)).await;
            }
        }
        Ok(())
    }

    async fn refresh(&mut self) -> Result<bool, Unfit> {
        let refreshed = self.with(|client| async move { client.refresh().await }).await?;
        let said = self.answered("refresh", &refreshed);
        self.note(format_args!("refreshes: {said}"));
        if matches!(refreshed, Some(Err(RefreshError::Fault(Fault::DeviceUnknown)))) {
            // The bank was put back to before this phone was activated: the app asks for it again.
            self.active = false;
        }
        Ok(matches!(refreshed, Some(Ok(_))))
    }

    /// A wish to pay, or several at once: look, quote, tap.
    async fn pay_something(&mut self) -> Result<(), Unfit> {
        let bills = self.with(|client| async move { client.bills(Language::Zh).await }).await?;
        self.answered("bills", &bills);
        let Some(Ok(bills)) = bills else { return Ok(()) };
        let open: Vec<&BillView> = bills.bills.iter().filter(|bill| bill.status == BillStatus::Open).collect();
        let any: Vec<&BillView> = bills.bills.iter().collect();
        if any.is_empty() {
            self.refresh().await?;
            return Ok(());
        }
        let wishes = if self.stream.chance(500) { self.stream.between(2, 4) } else { 1 };
        let mut taken = Vec::new();
        for _ in 0..wishes {
            let from = if open.is_empty() || self.stream.chance(60) { &any } else { &open };
            if let Some(bill) = self.stream.pick(from) {
                self.quote(bill, &mut taken).await?;
            }
        }
        if taken.is_empty() {
            return Ok(());
        }
        let thinks =
            if self.stream.chance(60) { self.stream.between(60_000, 400_000) } else { self.stream.below(3_000) };
        pause(thinks).await;
        self.tap(taken).await
    }

    async fn quote(&mut self, bill: &BillView, taken: &mut Vec<(Terms, String)>) -> Result<(), Unfit> {
        let (low, high) = (bill.minimum.minor(), bill.maximum.minor());
        let part = low < high && self.stream.chance(700);
        let span = u64::try_from(high.min(low + 5_000) - low).unwrap_or(0);
        let drawn = low + i64::try_from(self.stream.below(span + 1)).unwrap_or(0);
        let amount = (part || bill.amount.minor() == 0).then(|| Money::new(drawn, Currency::CNY).ok()).flatten();
        let quotes = if self.stream.chance(120) { 2 } else { 1 };
        let mut answered = false;
        for _ in 0..quotes {
            let (biller, number) = (bill.biller.clone(), bill.bill_number.clone());
            let quote = self.with(|client| async move { client.quote(&biller, &number, amount, None).await }).await?;
            let said = self.answered("quote", &quote);
            answered |= quote.is_some();
            self.note(format_args!("asks for {} {}: {said}", bill.biller, bill.bill_number));
            match quote {
                Some(Ok(quote)) => {
                    self.compare(&quote).await?;
                    taken.push((Terms::from(&quote), quote.id));
                }
                Some(Err(QuoteError::PaymentInDoubt { payment })) => self.told(&payment, Said::Checking),
                Some(Err(QuoteError::AlreadySettled { .. } | QuoteError::BillChanged { .. })) => {
                    self.refresh().await?;
                }
                Some(Err(_)) | None => {}
            }
        }
        self.common.record.facts().flows += u64::from(answered);
        Ok(())
    }

    /// Compares whose number it is that is paid to for the first time.
    async fn compare(&mut self, quote: &QuoteView) -> Result<(), Unfit> {
        if let Some(first) = quote.first_payment.clone() {
            self.with(|client| async move { client.acknowledge_echo(&first.account, &first.echo_digest).await })
                .await?;
        }
        Ok(())
    }

    /// Taps "pay" once or, as people do, several times; looks away now and then.
    async fn tap(&mut self, quotes: Vec<(Terms, String)>) -> Result<(), Unfit> {
        let taps = if self.stream.chance(250) { self.stream.between(2, 4) } else { 1 };
        let mut all = Vec::new();
        for quote in &quotes {
            for tap in 0..taps {
                let delay = if tap == 0 { 0 } else { self.stream.below(800) };
                let looks_away = self.stream.chance(150).then(|| self.stream.below(3_000));
                all.push((quote.clone(), delay, looks_away));
            }
        }
        let (common, phone) = (self.common.clone(), self.phone.number);
        let (sms, number) = (self.bank.sms.clone(), self.phone_number.clone());
        let tapped = self.with(|client| {
            let taps = all.into_iter().map(move |((terms, quote), delay, looks_away)| {
                let (client, common) = (client.clone(), common.clone());
                let (sms, number) = (sms.clone(), number.clone());
                async move {
                    pause(delay).await;
                    let asked = common.record.facts().told.len();
                    let paid = match looks_away {
                        Some(after) => {
                            tokio::time::timeout(Duration::from_millis(after), pays(&client, &quote, &sms, &number))
                                .await
                                .ok()
                        }
                        None => Some(pays(&client, &quote, &sms, &number).await),
                    };
                    answered(&common, phone, "pay", &paid);
                    match paid {
                        Some(Ok(payment)) => {
                            told(&common, phone, &payment.id, Said::from(&payment.state), asked);
                            reads(&common, phone, &payment);
                            if Terms::from(&payment) != terms {
                                let paid = Terms::from(&payment);
                                common.wrong("I3", format!("phone {phone} offered {terms:?} and paid {paid:?}"));
                            }
                            if payment.state == PaymentState::Settled {
                                has_receipt(&common, phone, &payment.id, client.receipt(&payment.id).await);
                            }
                        }
                        Some(Err(PayError::PaymentInDoubt { payment })) => {
                            told(&common, phone, &payment, Said::Checking, asked);
                        }
                        Some(Err(error)) => {
                            let said = word::<(), _>(&Err(error));
                            common.trace.note(format_args!("phone {phone} does not pay: {said}"));
                        }
                        None => common.trace.note(format_args!("phone {phone}: the person looks away")),
                    }
                }
            });
            join_all(taps)
        });
        tapped.await.map(drop)
    }

    /// Whatever people do between two payments.
    async fn something_else(&mut self) -> Result<(), Unfit> {
        for _ in 0..self.stream.below(3) {
            match self.stream.below(16) {
                0 | 1 => {
                    self.refresh().await?;
                }
                2 | 3 => self.hear(true).await?,
                4 => {
                    self.list().await?;
                }
                5 => drop(self.receipts().await?),
                6 => self.sleep_and_wake().await?,
                7 => {
                    self.with(|client| async move { client.network_returned() }).await?;
                }
                8 => {
                    let left = self.with(|client| async move { client.resolve().await }).await?;
                    self.note(format_args!("asks again: {:?}", left.and_then(Result::ok)));
                }
                9 => self.set_the_clock(),
                10 => self.ask_the_biller().await?,
                11 => self.kill_the_app().await,
                12 if self.stream.chance(150) => self.another_phone().await?,
                _ => {
                    let longest = if self.stream.chance(200) { 400_000 } else { 20_000 };
                    pause(self.stream.below(longest)).await;
                }
            }
        }
        Ok(())
    }

    async fn sleep_and_wake(&mut self) -> Result<(), Unfit> {
        self.with(|client| async move { client.suspend().await }).await?;
        self.note(format_args!("puts the app away"));
        pause(self.stream.below(200_000)).await;
        let woken = self.with(|client| async move { client.resume().await }).await?;
        self.note(format_args!("wakes it: {}", woken.as_ref().map(word).unwrap_or_default()));
        Ok(())
    }

    fn set_the_clock(&mut self) {
        let years = i64::try_from(self.stream.below(21)).unwrap_or(0) - 10;
        let drawn = self.stream.chance(400);
        let ms = i64::try_from(self.stream.below(7_200_000)).unwrap_or(0) - 3_600_000;
        if self.common.faults.strikes(Kind::ClockJump) {
            self.phone.clock.jump(if drawn { years * 365 * 86_400_000 } else { ms });
        }
    }

    async fn ask_the_biller(&mut self) -> Result<(), Unfit> {
        let accounts = self.with(|client| async move { client.accounts().await }).await?;
        let Some(Ok(accounts)) = accounts else { return Ok(()) };
        let Some(account) = self.stream.pick(&accounts.accounts).map(|account| account.id.clone()) else {
            return Ok(());
        };
        let asked = self.with(|client| async move { client.query_bills(&account).await }).await?;
        let said = self.answered("query_bills", &asked);
        self.note(format_args!("asks the biller: {said}"));
        Ok(())
    }

    async fn kill_the_app(&mut self) {
        if !self.common.faults.may(Kind::PhoneCrash) {
            return;
        }
        if let Some(app) = self.app.take() {
            drop(app.client);
            self.phone.crashed(&app.process).await;
        }
    }

    /// The old phone is put into a drawer, still running; the new one takes over.
    async fn another_phone(&mut self) -> Result<(), Unfit> {
        if !self.old.is_empty() || !self.active || !self.common.faults.may(Kind::Revoked) {
            return Ok(());
        }
        let name = self.phone.name().to_owned();
        let next = Phone::new(&self.common, &self.bank, self.phone.seed(), &name, self.phone.number + 1)?;
        let old = std::mem::replace(&mut self.phone, next);
        self.old.push((old, self.app.take()));
        self.active = false;
        self.note(format_args!("takes another phone"));
        self.activate().await?;
        if self.active {
            self.common.faults.struck(Kind::Revoked);
        }
        self.bind().await
    }

    /// Hears what the app has to say, and acknowledges it, mostly.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn hear(&mut self, careless: bool) -> Result<(), Unfit> {
        for _ in 0..60 {
            let event = self.with(|client| async move { client.next_event().await }).await?;
            let Some(Ok(Some(event))) = event else { return Ok(()) };
            let said = match event.kind {
                // It settled before money came back.
                EventKind::Settled | EventKind::Repaid => Said::Settled,
                EventKind::Refused => Said::Refused,
                EventKind::Reversed => Said::Reversed,
                EventKind::Cancelled => Said::Cancelled,
            };
            let payment = event.payment().to_owned();
            self.told(&payment, said);
            self.common.record.facts().events.insert((self.phone.number, payment.clone(), said));
            if said == Said::Settled {
                self.look_at(&payment).await?;
            }
            if careless && self.stream.chance(100) {
                return Ok(());
            }
            self.with(|client| async move { client.acknowledge_event(&event.id).await }).await?;
        }
        Ok(())
    }

    /// "Settled" is never said without a receipt.
    async fn look_at(&mut self, payment: &str) -> Result<(), Unfit> {
        let wanted = payment.to_owned();
        let seen = self.with(|client| async move { client.receipt(&wanted).await }).await?;
        // If the app died over it, nothing was said.
        if let Some(seen) = seen {
            has_receipt(&self.common, self.phone.number, payment, seen);
        }
        Ok(())
    }

    /// Looks at the list of payments.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn list(&mut self) -> Result<Option<Vec<Payment>>, Unfit> {
        let Some(Ok(payments)) = self.with(|client| async move { client.payments(500, 0).await }).await? else {
            return Ok(None);
        };
        for payment in &payments {
            self.told(&payment.id, Said::from(&payment.state));
            reads(&self.common, self.phone.number, payment);
            let key = (self.phone.number, payment.id.clone());
            let known = {
                let mut facts = self.common.record.facts();
                facts.listed.insert(key.clone(), Said::from(&payment.state));
                facts.looked_at.contains(&key)
            };
            if payment.state == PaymentState::Settled && !known {
                self.look_at(&payment.id).await?;
            }
        }
        Ok(Some(payments))
    }

    /// Looks at the receipts.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn receipts(&mut self) -> Result<Vec<Shown>, Unfit> {
        let page = self.with(|client| async move { client.receipts(500, 0).await }).await?;
        self.answered("receipts", &page);
        let Some(Ok(page)) = page else { return Ok(Vec::new()) };
        if page.damaged > 0 {
            let what = format!("phone {} cannot open {} of its documents", self.phone.number, page.damaged);
            self.common.wrong("I9", what);
        }
        let phone = self.phone.number;
        let mut all = Vec::new();
        let mut facts = self.common.record.facts();
        facts.receipts.retain(|(of, _), _| *of != phone);
        for view in page.receipts {
            let verified = view.proof == billpay_core::Proof::Verified;
            let shown = Shown { compact: view.compact, verified };
            all.push(shown.clone());
            facts.receipts.entry((phone, view.payment)).or_default().push(shown);
        }
        Ok(all)
    }

    /// Looks at all documents, and at what the phone says of their chain.
    async fn look_at_the_chain(&mut self) -> Result<(), Unfit> {
        let documents = self.receipts().await?;
        let breaks = self.with(|client| async move { client.chain_breaks().await }).await?;
        self.answered("chain_breaks", &breaks);
        if let Some(Ok(breaks)) = breaks {
            self.note(format_args!("{} documents, {} breaks in the chain", documents.len(), breaks.len()));
            self.common.record.facts().looks.push((self.phone.number, Look { documents, breaks }));
        }
        Ok(())
    }

    /// After all faults: one more bill, from the biller to the receipt (I4).
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn pay_one_more(&mut self, biller: &str, bill: &str) -> Result<(), Unfit> {
        let paid = self.one_more(biller, bill).await?;
        self.note(format_args!("pays one more: {}", paid.as_ref().err().map_or("ok", String::as_str)));
        if let Err(said) = paid {
            let what = format!("person {} cannot pay after the faults: {said}", self.number);
            self.common.wrong("I4", what);
        }
        Ok(())
    }

    async fn one_more(&mut self, biller: &str, bill: &str) -> Result<Result<(), String>, Unfit> {
        // A number that was tried too often today can be activated on another day.
        for _ in 0..6 {
            if self.active {
                break;
            }
            self.activate().await?;
            if !self.active {
                pause(12 * 3_600_000).await;
            }
        }
        if !self.active {
            return Ok(Err("not activated".to_owned()));
        }
        self.bind().await?;
        let mut said = "no such bill".to_owned();
        for _ in 0..10 {
            // Its other bills say which account it is of.
            let bills = self.with(|client| async move { client.bills(Language::Zh).await }).await?;
            let bills = bills.and_then(Result::ok).map(|bills| bills.bills).unwrap_or_default();
            match bills.into_iter().find(|one| one.biller == biller).map(|one| one.account) {
                Some(account) => {
                    let asked = self.with(|client| async move { client.query_bills(&account).await }).await?;
                    self.answered("query_bills", &asked);
                }
                None => drop(self.refresh().await?),
            }
            let (of, number) = (biller.to_owned(), bill.to_owned());
            let quote = self.with(|client| async move { client.quote(&of, &number, None, None).await }).await?;
            said = self.answered("quote", &quote);
            match quote {
                Some(Ok(quote)) => {
                    self.compare(&quote).await?;
                    self.tap(vec![(Terms::from(&quote), quote.id)]).await?;
                    said = "not settled".to_owned();
                }
                // Some have spent all they had, to the bank's own knowledge.
                Some(Err(QuoteError::InsufficientFunds)) if self.bank.is_broke(self.number, 600) => return Ok(Ok(())),
                // A day's limit is used up.
                Some(Err(QuoteError::LimitExceeded { .. })) => pause(86_400_000).await,
                Some(Err(_)) | None => {}
            }
            for _ in 0..20 {
                let payments = self.list().await?.unwrap_or_default();
                let paid = payments.iter().find(|payment| payment.bill_number == bill);
                match paid.map(|payment| &payment.state) {
                    Some(PaymentState::Settled) => return Ok(Ok(())),
                    Some(PaymentState::Checking { .. }) => pause(30_000).await,
                    Some(state) => {
                        said = format!("{state:?}");
                        break;
                    }
                    None => break,
                }
            }
            pause(20_000).await;
        }
        Ok(Err(said))
    }

    /// After the faults: opens the app once more and waits until everything has ended, for two hours
    /// at the most. Then looks at all there is.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn settle(&mut self) -> Result<(), Unfit> {
        let current = (self.phone.clone(), self.app.take());
        let last = self.phone.number;
        for (phone, app) in std::mem::take(&mut self.old).into_iter().chain([current]) {
            (self.phone, self.app) = (phone, app);
            self.with(|client| async move { client.resume().await }).await?;
            self.with(|client| async move { client.network_returned() }).await?;
            for _ in 0..720 {
                // The file says it without making the app open every row of it.
                let journal = self.phone.keeper.journal()?;
                if !journal.iter().any(|(_, state)| matches!(state.as_str(), "authorized" | "in_doubt")) {
                    break;
                }
                pause(10_000).await;
            }
            self.look_at_all(self.phone.number == last).await?;
            if self.phone.number != last {
                self.old.push((self.phone.clone(), self.app.take()));
            }
        }
        Ok(())
    }

    /// No more crashes.
    pub fn spare(&self) {
        let running = self.old.iter().filter_map(|(_, app)| app.as_ref()).chain(&self.app);
        running.for_each(|app| app.process.spare());
        self.old.iter().map(|(phone, _)| phone).chain([&self.phone]).for_each(|phone| phone.keeper.spare());
    }

    /// A phone that was replaced opens its app: it is told that it is revoked, or not known at all, and
    /// shows a restored bank what it has.
    async fn refresh_drawer(&mut self) -> Result<(), Unfit> {
        let active = self.active;
        for _ in 0..4 {
            self.refresh().await?;
            pause(20_000).await;
        }
        self.active = active;
        Ok(())
    }

    async fn look_at_all(&mut self, current: bool) -> Result<(), Unfit> {
        if !current {
            // What the bank says to it does not matter; that it sees the ledger's life does.
            self.refresh_drawer().await?;
        }
        if current && self.active {
            let mut refreshed = false;
            // The gateway may have been down when the faults ended.
            for _ in 0..6 {
                refreshed = self.refresh().await?;
                if refreshed {
                    break;
                }
                if !self.active {
                    self.activate().await?;
                }
                pause(15_000).await;
            }
            if !refreshed {
                let what = format!("phone {} cannot refresh after the faults", self.phone.number);
                self.common.wrong("I4", what);
            }
            self.look_at_the_chain().await?;
        }
        self.hear(false).await?;
        self.list().await.map(drop)
    }

    /// The last look, when nothing is under way any more; at the phones in the drawer too.
    ///
    /// # Errors
    /// The life cannot go on.
    pub async fn last_look(&mut self) -> Result<(), Unfit> {
        let current = (self.phone.clone(), self.app.take());
        let last = self.phone.number;
        for (phone, app) in std::mem::take(&mut self.old).into_iter().chain([current]) {
            (self.phone, self.app) = (phone, app);
            if self.phone.number == last && self.active && self.refresh().await? {
                let customer = self.bank.customer(self.number);
                self.common.record.facts().complete.insert(last, customer);
            }
            self.hear(false).await?;
            self.list().await?;
            self.look_at_the_chain().await?;
            if self.phone.number != last {
                self.old.push((self.phone.clone(), self.app.take()));
            }
        }
        Ok(())
    }
}
