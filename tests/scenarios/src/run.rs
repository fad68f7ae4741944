//! The runner: one step after the other, each written to the trace and held against what the story
//! expects of it.

use std::{collections::BTreeMap, time::Duration};

use billpay_core::{
    BindingEcho, Client, OpenPayments, PaymentState, QuoteView, Wish,
    error::ActivationError,
    model::{Currency, Language, Money, Place},
    text::Explain,
};
use sandbox_gateway::faults::Rule;

use crate::{
    Fault,
    alarms::Alarms,
    phone::Phone,
    show,
    story::{Act, Alarm, OneBill, Person, Question, Step, Story, Turn},
    trace::{Lines, Trace},
    world::{Exchange, World},
};

/// Between steps, so that no two of them share a moment.
const GAP: Duration = Duration::from_millis(50);
/// The longest that a step waits for something.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(100);

/// What became of a story.
#[derive(Clone, Debug)]
pub struct Told {
    /// The trace, up to the step that failed.
    pub trace: String,
    /// Why it stopped; `None` when it was told to its end.
    pub failed: Option<String>,
    /// What passed between phones and bank.
    pub exchanges: Vec<Exchange>,
}

/// Runs a story in a world of its own, on a clock of its own.
///
/// # Errors
/// The world cannot be made.
pub fn run(story: &Story) -> Result<Told, Fault> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(tell(story))
}

async fn tell(story: &Story) -> Result<Told, Fault> {
    let mut teller = Teller { world: World::new()?, phones: BTreeMap::new(), trace: Trace::new(&story.name) };
    let mut failed = None;
    for (nth, step) in story.steps.iter().enumerate() {
        if let Err(fault) = teller.step(nth + 1, step).await {
            failed = Some(format!("step {} ({}): {fault}", nth + 1, step.name));
            break;
        }
    }
    let exchanges = teller.world.network().exchanges();
    Ok(Told { trace: teller.trace.text().to_owned(), failed, exchanges })
}

struct Teller {
    world: World,
    phones: BTreeMap<String, Owner>,
    trace: Trace,
}

/// Somebody with a phone: what the person remembers between steps.
struct Owner {
    phone: Phone,
    number: String,
    echo: Option<BindingEcho>,
    alarms: Alarms,
    /// Where the last page of receipts ended.
    place: Option<Place>,
}

/// The lines of a result or of a typed error.
fn lines<T, E: Explain>(result: Result<T, E>, show: impl FnOnce(&T) -> Lines) -> Lines {
    match result {
        Ok(value) => show(&value),
        Err(error) => show::error(&error),
    }
}

impl Teller {
    async fn step(&mut self, nth: usize, step: &Step) -> Result<(), Fault> {
        tokio::time::sleep(GAP).await;
        if !self.phones.contains_key(&step.phone) {
            let mut phone = Phone::new()?;
            phone.open(&self.world).await?;
            let owner = Owner { phone, number: String::new(), echo: None, alarms: Alarms::default(), place: None };
            self.phones.insert(step.phone.clone(), owner);
        }
        let lines = self.act(&step.phone, &step.act).await?;
        let who = if step.phone == "a" { String::new() } else { format!("{} ", step.phone) };
        let written = self.trace.step(&format!("{nth} {who}{}", step.name), lines);
        match written.get("error") {
            Some(code) if !step.expect.contains_key("error") => return Err(format!("the error {code}").into()),
            _ => {}
        }
        for (key, want) in &step.expect {
            let have = written.get(key).map_or("nothing", String::as_str);
            if have != want {
                return Err(format!("{key} is {have}, not {want}").into());
            }
        }
        Ok(())
    }

    fn owner(&mut self, phone: &str) -> Result<&mut Owner, Fault> {
        self.phones.get_mut(phone).ok_or_else(|| "no such phone".into())
    }

    async fn act(&mut self, phone: &str, act: &Act) -> Result<Lines, Fault> {
        match act {
            Act::World(turn) => self.turn_world(turn),
            Act::Kill => {
                self.owner(phone)?.phone.kill().await?;
                Ok(Lines::new())
            }
            Act::Open => {
                let owner = self.phones.get_mut(phone).ok_or("no such phone")?;
                owner.phone.open(&self.world).await?;
                Ok(Lines::new())
            }
            Act::LoseKeys => {
                self.owner(phone)?.phone.lose_keys()?;
                Ok(Lines::new())
            }
            Act::Person(act) => self.person(phone, act).await,
            Act::Alarms(act) => self.alarms(phone, act).await,
            Act::Question(question) => {
                let client = self.owner(phone)?.phone.client()?.clone();
                self.ask(&client, question).await
            }
        }
    }

    /// Steps after which the person remembers something.
    async fn person(&mut self, phone: &str, act: &Person) -> Result<Lines, Fault> {
        let client = self.owner(phone)?.phone.client()?.clone();
        match act {
            Person::ActivateStart { number } => {
                self.owner(phone)?.number = number.clone();
                Ok(lines(client.start_activation(number).await, show::activation))
            }
            Person::ActivateFinish { code } => {
                let number = self.owner(phone)?.number.clone();
                let code = self.code(&number, code)?;
                let finished = client.finish_activation(&code).await;
                let left = match &finished {
                    Err(ActivationError::CodeWrong { attempts_left }) => Some(*attempts_left),
                    _ => None,
                };
                Ok(lines(finished, show::profile).with_some("error.attempts_left", left))
            }
            Person::BindLookup { biller, number } => {
                let looked_up = client.lookup_binding(biller, number).await;
                self.owner(phone)?.echo = looked_up.as_ref().ok().cloned();
                Ok(lines(looked_up, show::echo))
            }
            Person::BindConfirm { alias } => {
                let echo = self.owner(phone)?.echo.clone().ok_or("nothing was looked up")?;
                Ok(lines(client.confirm_binding(&echo, alias).await, show::account))
            }
            Person::ReceiptPage { limit, more } => {
                let after = self.owner(phone)?.place.take().filter(|_| *more);
                let page = client.receipt_page(*limit, after).await;
                self.owner(phone)?.place = page.as_ref().ok().and_then(|page| page.next.clone());
                Ok(lines(page, show::receipt_page))
            }
        }
    }

    /// Steps of the shell: the alarms are the phone's, and outlive the app.
    async fn alarms(&mut self, phone: &str, act: &Alarm) -> Result<Lines, Fault> {
        let owner = self.owner(phone)?;
        let client = owner.phone.client()?.clone();
        match act {
            Alarm::Plan { dies_after } => {
                let planned = owner.alarms.plan(&client, *dies_after).await;
                if dies_after.is_some() {
                    owner.phone.kill().await?;
                }
                let armed = owner.alarms.count();
                Ok(lines(planned, |(planned, unarmed)| show::reminders(planned, unarmed.len()).with("armed", armed)))
            }
            Alarm::Due { stage } => {
                let id = owner.alarms.of_stage(stage)?;
                Ok(lines(client.still_due(id).await, |due| show::still_due(*due)))
            }
        }
    }

    /// The code that a person types.
    fn code(&self, number: &str, which: &str) -> Result<String, Fault> {
        let sent = self.world.codes(number);
        let nth = |nth: usize| sent.get(nth).cloned().ok_or_else(|| Fault::from("no such message"));
        match which {
            "newest" => nth(0),
            "previous" => nth(1),
            // Three fixed ones, so that one of any three wrong tries is not taken for a repetition.
            "wrong 1" | "wrong 2" | "wrong 3" => {
                let skip = usize::from(which.ends_with('2')) + 2 * usize::from(which.ends_with('3'));
                let wrong = (0..10).map(|digit: u8| digit.to_string().repeat(6)).filter(|code| !sent.contains(code));
                wrong.into_iter().nth(skip).ok_or_else(|| "no wrong code".into())
            }
            digits => Ok(digits.to_owned()),
        }
    }

    async fn ask(&self, client: &Client, question: &Question) -> Result<Lines, Fault> {
        Ok(match question {
            Question::ActivateResend => lines(client.resend_code().await, show::activation),
            Question::Profile => lines(client.profile().await, show::profile),
            Question::Refresh => lines(client.refresh().await, |done| show::refreshed(*done)),
            Question::Bills => lines(client.bills(Language::Zh).await, |view| {
                let mut bills: Vec<_> = view.bills.iter().collect();
                bills.sort_by_key(|bill| (&bill.biller, &bill.bill_number));
                Lines::new().list("bills", bills.into_iter().map(show::bill).collect())
            }),
            Question::Quote { biller, bill, minor, method } => {
                let amount = minor.map(|minor| Money::new(minor, Currency::CNY)).transpose()?;
                let method = method.as_ref().map(|method| self.trace.value(method)).transpose()?;
                let quote = client.quote(biller, bill, amount, method.as_deref()).await;
                compared(client, quote.as_ref().ok()).await?;
                lines(quote, show::quote)
            }
            Question::QuoteAll { bills } => {
                let wish = |of: &OneBill| Wish {
                    biller: of.biller.clone(),
                    bill_number: of.bill.clone(),
                    amount: None,
                    method: None,
                };
                let several = client.quote_all(&bills.iter().map(wish).collect::<Vec<_>>()).await;
                for quote in several.iter().flat_map(|several| &several.quotes) {
                    compared(client, quote.as_ref().ok()).await?;
                }
                lines(several, show::several)
            }
            Question::QuoteUsual { account } => lines(client.usual(&self.trace.value(account)?).await, show::quote),
            Question::PayAll { quotes } => {
                let quotes = quotes.iter().map(|quote| self.trace.value(quote)).collect::<Result<Vec<_>, _>>()?;
                let quotes: Vec<&str> = quotes.iter().map(String::as_str).collect();
                let paid = client.pay_all(&quotes, |_, _| {}).await;
                lines(paid, |paid| {
                    let of = |paid: &Result<_, _>| paid.as_ref().map_or_else(show::error, show::payment);
                    Lines::new().list("payments", paid.iter().map(of).collect())
                })
            }
            Question::Methods => lines(client.methods().await, |methods| show::methods(methods)),
            Question::PreferMethod { method } => {
                lines(client.prefer_method(&self.trace.value(method)?).await, |methods| show::methods(methods))
            }
            Question::RemoveMethod { method } => {
                lines(client.remove_method(&self.trace.value(method)?).await, |methods| show::methods(methods))
            }
            Question::Pay { quote } => lines(client.pay(&self.trace.value(quote)?).await, show::payment),
            Question::Payment { payment, until_ended } => {
                let id = self.trace.value(payment)?;
                let ended = async || match client.payment(&id).await {
                    Ok(payment) => !matches!(payment.state, PaymentState::Checking { .. }),
                    Err(_) => true,
                };
                if *until_ended {
                    wait_for(ended).await;
                }
                lines(client.payment(&id).await, show::payment)
            }
            Question::Payments => lines(client.payments(100, 0).await.map(|page| page.payments), |payments| {
                Lines::new().list("payments", payments.iter().map(show::payment).collect())
            }),
            Question::Receipts => lines(client.receipts(100, 0).await, |page| {
                Lines::new().list("receipts", page.receipts.iter().map(show::receipt).collect())
            }),
            Question::Receipt { of } => lines(client.receipt(&self.trace.value(of)?).await, show::receipt),
            Question::ReceiptText { receipt } => {
                let id = self.trace.value(receipt)?;
                let compact = client.receipt(&id).await.map(|view| view.compact).unwrap_or_default();
                let text = client.export_text(&id, Language::Zh).await;
                lines(text, |text| {
                    Lines::new().with("document", text.contains(&compact)).with("words", text.contains("上海"))
                })
            }
            Question::Search { query } => lines(client.search(query, 100, None).await, show::receipt_page),
            Question::Statistics => lines(client.statistics().await, show::statistics),
            Question::Owed => lines(client.owed().await, show::owed),
            Question::Chain => lines(client.chain_breaks().await, |breaks| {
                Lines::new().list("breaks", breaks.iter().map(show::chain_break).collect())
            }),
            Question::Resolve => lines(client.resolve().await, |open| Lines::new().with("open", open)),
            Question::EventNext => lines(client.next_event().await, |event| show::event(event.as_ref())),
            Question::EventAcknowledge { event } => {
                lines(client.acknowledge_event(&self.trace.value(event)?).await, |_| Lines::new())
            }
            Question::Snooze { biller, bill, hours } => {
                let id = client.reminder_of(biller, bill).await?.ok_or("no such bill")?;
                let until = self.world.now().now() + jiff::SignedDuration::from_hours(*hours);
                lines(client.snooze(&id, until).await, |()| Lines::new())
            }
            Question::Mute { biller, muted } => lines(client.mute(biller, *muted).await, |()| Lines::new()),
            Question::Suspend => lines(client.suspend().await, |()| Lines::new()),
            Question::Resume => lines(client.resume().await, |()| Lines::new()),
            Question::Wipe { leave } => {
                let open = if *leave { OpenPayments::Leave } else { OpenPayments::Wait };
                lines(client.wipe(open).await, |()| Lines::new())
            }
        })
    }

    fn turn_world(&self, turn: &Turn) -> Result<Lines, Fault> {
        let world = &self.world;
        let lines = Lines::new();
        match turn {
            Turn::Faults { script } => world.faults().set(script.iter().map(Rule::clone).collect()),
            Turn::BankClock { advance_s } => world.clock().advance(Duration::from_secs(u64::from(*advance_s))),
            Turn::Gateway { running: true } => world.start_gateway()?,
            Turn::Gateway { running: false } => world.stop_gateway(),
            Turn::ReviseBill { biller, bill, minor } => world.billers().revise_bill(biller, bill, *minor)?,
            Turn::CloseBiller { biller, closed } => world.billers().set_closed(biller, *closed, None)?,
            Turn::Charges { biller } => {
                let charges = world.billers().charges()?;
                let here = charges.iter().filter(|charge| charge.biller == *biller && charge.charged);
                let (count, minor) =
                    here.fold((0, 0), |(count, minor), charge| (count + 1, minor + charge.amount_minor));
                return Ok(lines.with("charges", count).with("minor", minor));
            }
        }
        Ok(lines)
    }
}

/// The people of the stories have compared whose number it is.
async fn compared(client: &Client, quote: Option<&QuoteView>) -> Result<(), Fault> {
    if let Some(QuoteView { first_payment: Some(first), .. }) = quote {
        client.acknowledge_echo(&first.account, &first.echo_digest).await?;
    }
    Ok(())
}

/// Until it is so, or patience ends.
async fn wait_for(so: impl AsyncFn() -> bool) {
    let until = tokio::time::Instant::now() + PATIENCE;
    while !so().await && tokio::time::Instant::now() < until {
        tokio::time::sleep(LOOK).await;
    }
}
