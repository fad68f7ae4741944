//! A person with a phone or two: a story picked by the seed, and a book of everything that the app
//! said on the way.

mod afterwards;
mod looking;
mod reminded;
mod rotten;
mod second;
mod several;
mod steadily;
mod tapping;

use std::sync::Arc;

use billpay_core::{
    BillStatus, BillView, Client, QuoteView,
    error::{ActivationError, Fault, QuoteError, RefreshError},
    model::{Currency, Language, Money},
};

use super::{
    bank::Bank,
    common::{Common, Unfit, pause},
    fault::Kind,
    phone::{App, Phone},
    record::{Said, Terms, Told},
    rng::Stream,
};

/// What each of them calls every place.
pub const ALIAS: &str = "奶奶家的老房子";

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
    /// It has to be activated anew whatever the app says.
    lost_its_keys: bool,
    is_reminded: bool,
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

/// What the app must never say in a life whose versions are sound.
const NEVER: [&str; 5] = ["ClientTooOld", "ShuttingDown", "PinMismatch", "NotAPhoneNumber", "Number("];
/// And what not of a disk that never erred.
const OF_THE_DISK: [&str; 2] = ["Store(", "DiskFull"];

/// What became of a call, in a word; a person notes which calls come to something at all.
fn answered<T, E: std::fmt::Debug>(
    common: &Common,
    phone: &Phone,
    call: &'static str,
    result: &Option<Result<T, E>>,
) -> String {
    let Some(result) = result else { return String::new() };
    let said = word(result);
    let mut facts = common.record.facts();
    *facts.calls.entry(call).or_default().entry(said.clone()).or_default() += 1;
    let about = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if call.starts_with("pay") && about(&["NotActivated"]) {
        facts.say_inactive.insert(phone.number);
    }
    drop(facts);
    let unsound = about(&OF_THE_DISK) && !phone.keeper.has_erred() || about(&["KeyLost"]) && !phone.keys.has_lost();
    if about(&NEVER) || unsound {
        common.wrong("I9", format!("phone {}: {call} says {said}", phone.number));
    }
    said
}

/// The app said something about a payment.
fn told(common: &Common, phone: usize, payment: &str, said: Said, asked: usize) {
    common.trace.told(phone / 2, &format!("{said:?}"));
    common.trace.note(format_args!("phone {phone} says {payment} {said:?}"));
    let told = Told { at: common.now.ms(), asked, phone, payment: payment.to_owned(), said };
    common.record.facts().told.push(told);
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
        Self {
            number,
            phone_number,
            accounts,
            phone,
            old: Vec::new(),
            active: false,
            lost_its_keys: false,
            is_reminded: false,
            common,
            bank,
            stream,
            app: None,
        }
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

    /// An app whose file names other keys than it has pays nothing, and says why.
    fn hears_that_it_is_not_active(&mut self) {
        if self.common.record.facts().say_inactive.remove(&self.phone.number) {
            (self.active, self.lost_its_keys) = (false, true);
        }
    }

    fn note(&self, what: std::fmt::Arguments<'_>) {
        self.common.trace.note(format_args!("person {} {what}", self.number));
    }

    fn answered<T, E: std::fmt::Debug>(&self, call: &'static str, result: &Option<Result<T, E>>) -> String {
        answered(&self.common, &self.phone, call, result)
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
        self.is_reminded = self.wants_reminders();
        for flow in 0..flows {
            // Each wish has a stream of its own: what became of one does not turn the others round.
            self.stream = Stream::of(seed, &format!("person {number} wish {flow}"));
            self.hears_that_it_is_not_active();
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
            self.page_may_rot(Stream::of(seed, &format!("what rots for person {number} after wish {flow}"))).await?;
            self.may_be_reminded(Stream::of(seed, &format!("reminders of person {number} after wish {flow}"))).await?;
            if self.stream.chance(400) {
                self.phone.disk_is_seen_to();
            }
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
            if profile.active && !self.lost_its_keys {
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
                // Its answer was lost: the device has had its new keys for a while.
                self.lost_its_keys &= !matches!(said, Some(Err(ActivationError::AlreadyActive)));
                self.answered("start_activation", &said)
            };
            self.note(format_args!("activates: {said}"));
            if said.contains("DiskFull") {
                // An app that says so is listened to sooner or later.
                self.phone.disk_is_seen_to();
            }
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
        self.lost_its_keys &= !matches!(said, Some(Ok(_)));
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
                        Ok(echo) => client.confirm_binding(&echo, ALIAS).await.map(drop),
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
        // The bank was put back to before this phone was activated, or its file to before it got the keys that
        // it has now: the app asks for it again.
        let keyless = matches!(refreshed, Some(Err(RefreshError::Fault(Fault::NotActivated))));
        self.active &= !keyless && !matches!(refreshed, Some(Err(RefreshError::Fault(Fault::DeviceUnknown))));
        self.lost_its_keys |= keyless;
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
        match self.stream.below(20) {
            0 | 1 => return self.pay_several(&bills).await,
            2 => return self.pay_as_usual(&bills).await,
            _ => {}
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

    /// What to pay of a bill, where it is not what it asks.
    fn amount(&mut self, bill: &BillView) -> Option<Money> {
        let (low, high) = (bill.minimum.minor(), bill.maximum.minor());
        let part = low < high && self.stream.chance(700);
        let span = u64::try_from(high.min(low + 5_000) - low).unwrap_or(0);
        let drawn = low + i64::try_from(self.stream.below(span + 1)).unwrap_or(0);
        (part || bill.amount.minor() == 0).then(|| Money::new(drawn, Currency::CNY).ok()).flatten()
    }

    async fn quote(&mut self, bill: &BillView, taken: &mut Vec<(Terms, String)>) -> Result<(), Unfit> {
        let amount = self.amount(bill);
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
                14 if self.stream.chance(200) => self.second_process().await?,
                13 if self.stream.chance(60) => {
                    let root = self.stream.chance(500);
                    self.lose_keys(root).await?;
                }
                _ => {
                    let longest = if self.stream.chance(200) { 400_000 } else { 20_000 };
                    pause(self.stream.below(longest)).await;
                }
            }
        }
        Ok(())
    }

    async fn sleep_and_wake(&mut self) -> Result<(), Unfit> {
        let away = self.with(|client| async move { client.suspend().await }).await?;
        self.note(format_args!("puts the app away"));
        let (second, before, after) = (self.stream.chance(200), self.stream.below(100_000), self.stream.below(100_000));
        pause(before).await;
        if second && matches!(away, Some(Ok(()))) && self.common.faults.may(Kind::SecondProcess) {
            self.second_process_while_away().await?;
        }
        pause(after).await;
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
        if self.common.faults.may(Kind::PhoneCrash) {
            self.end_the_app().await;
        }
    }

    async fn end_the_app(&mut self) {
        if let Some(app) = self.app.take() {
            drop(app.client);
            self.phone.crashed(&app.process).await;
        }
    }

    /// A person has two phones at the most; a file that is put aside makes place for the second one, too.
    fn has_a_second_phone(&self) -> bool {
        !self.old.is_empty() || self.common.record.facts().lost.contains(&(self.phone.number & !1))
    }

    /// The operating system loses keys: a lock screen was taken away, a new face enrolled. The app is told
    /// so at what it does next, and is activated anew.
    async fn lose_keys(&mut self, root: bool) -> Result<(), Unfit> {
        let kind = if root { Kind::RootLost } else { Kind::KeysLost };
        // What neither a restored bank nor a phone has any more is a person's, who finds it with the statement.
        if !self.active
            || root && (self.has_a_second_phone() || self.bank.restores())
            || !self.common.faults.strikes(kind)
        {
            return Ok(());
        }
        self.note(format_args!("loses keys: {kind:?}"));
        self.phone.keys.loses(root);
        self.end_the_app().await;
        self.active = false;
        if root {
            let gone = self.phone.number;
            let opened = self.with(|client| async move { client.bills(Language::Zh).await }).await?;
            if matches!(opened, Some(Ok(_))) {
                self.common.wrong("I8", format!("phone {gone} reads its file without the key"));
            }
            self.end_the_app().await;
            self.common.record.facts().lost.insert(gone);
            let name = self.phone.name().to_owned();
            let next = Phone::new(&self.common, &self.bank, self.phone.seed(), &name, gone + 1)?;
            // The file is put aside; the operating system is the same one, and holds what it held.
            next.alarms().clone_from(&self.phone.alarms());
            self.phone = next;
        } else {
            self.lost_its_keys = true;
        }
        self.activate().await?;
        self.bind().await
    }

    /// The old phone is put into a drawer, still running; the new one takes over.
    async fn another_phone(&mut self) -> Result<(), Unfit> {
        if self.has_a_second_phone() || !self.active || !self.common.faults.may(Kind::Revoked) {
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
}
