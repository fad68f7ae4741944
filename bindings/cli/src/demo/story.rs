//! The story, step by step. Each step checks what it shows: one that comes out otherwise fails.

use std::time::Instant;

use billpay_core::{
    BindingEcho, Payment, PaymentState,
    activation::parse_sms,
    error::{ActivationError, BindingError, Fault, NumberError, QuoteError},
    events::EventKind,
    model::{Currency, Language, Money},
};

use super::{
    stage::{Stage, Told},
    world::{PHONE, World},
};
use crate::{
    commands::{bills, compare, payments, receipts},
    failure::Failure,
    sandbox, show,
};

const POWER: &str = "power-sh";
const WATER: &str = "water-sh";
/// Accounts of the sandbox (tests/gateway/ACCOUNTS.md), each with the bill that the story pays.
const HOME: (&str, &str) = ("3110001017", "E0001");
const FLAT: (&str, &str) = ("3110001025", "E0002");
const REFUSES: (&str, &str) = ("3110001058", "E0007");
const TAP: (&str, &str) = ("2100200018", "W0001");

type Step = Result<(), Failure>;

/// Runs a step, and puts it on the stage with what it told.
macro_rules! step {
    ($stage:ident, $world:ident, $name:literal, $zh:literal, $en:literal, $work:expr) => {{
        let (since, mut told) = (Instant::now(), Told::default());
        let end: Step = $work($world, &mut told).await;
        $stage.done($name, $stage.shell.say($zh, $en), since, &told, &end)
    }};
}

pub(super) async fn tell(stage: &mut Stage<'_>, world: &mut World<'_>) {
    // Without these there is no story.
    let ready = step!(stage, world, "start", "银行开门", "The bank opens", start)
        && step!(stage, world, "activate", "用短信验证码激活手机", "Activate the phone by SMS code", activate)
        && step!(stage, world, "bind", "两步绑定电费账户", "Bind a power account, in two steps", bind);
    if ready {
        step!(stage, world, "bill", "查询账单", "Look the bill up", look_up);
        step!(stage, world, "pay", "付款", "Pay it", pay);
        step!(stage, world, "lost_answer", "答复丢了", "Answers are lost on the way", lost_answer);
        step!(stage, world, "changed_bill", "账单在眼前变了", "A bill changes under your finger", changed_bill);
        step!(stage, world, "biller_refuses", "收费单位没有接受", "A biller does not take it", biller_refuses);
        step!(stage, world, "no_network", "网络断了", "There is no network", no_network);
        step!(stage, world, "network_back", "网络恢复，但不稳定", "The network is back, and shaky", network_back);
    }
    step!(stage, world, "offline", "银行关门，离线查看回单", "The bank is gone; the receipts are not", offline);
}

async fn start(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    world.switch_on().await?;
    world.open_phone().await?;
    let sandbox = world.sandbox()?;
    told.lines(show::pairs(
        shell,
        &[
            (shell.say("银行", "bank"), format!("{}   TLS 1.3, {}", sandbox.url(), shell.say("固定公钥", "pinned"))),
            (
                shell.say("收费单位", "billers"),
                format!("{}   {}", sandbox.billers_url(), shell.say("双向签名的 XML", "signed XML, both ways")),
            ),
        ],
    ));
    let before = world.client()?.refresh().await;
    let refused = matches!(before, Err(billpay_core::error::RefreshError::Fault(Fault::NotActivated)));
    check(refused, "an inactive phone was served")
}

async fn activate(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    let client = world.client()?;
    client.start_activation(PHONE).await.map_err(shell.failure())?;
    let sms = world.sandbox()?.sms_outbox().pop().ok_or_else(|| Failure::new("no-sms", "no message came"))?;
    let session = client.profile().await.map_err(shell.failure())?.activation;
    let masked = session.as_ref().and_then(|session| session.phone_masked.clone());
    told.lines(sandbox::phone(shell, &masked.unwrap_or_default(), "", &sms.text));
    let host = world.sandbox()?.export().host.clone();
    let code = parse_sms(&sms.text, &host).map_err(|error| Failure::new("no-code", error.to_string()))?;
    // A slip of the finger is counted, and no more than that.
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let tries = session.as_ref().and_then(|session| session.attempts_left);
    let Err(ActivationError::CodeWrong { attempts_left }) = client.finish_activation(wrong).await else {
        return check(false, "a wrong code was not refused as that");
    };
    check(tries.is_some_and(|tries| attempts_left + 1 == tries), "a wrong code was not counted")?;
    told.stopped(
        shell,
        &format!("{wrong}  {}", shell.say("输错的验证码：已计数，未激活", "a wrong code: counted, and refused")),
    );
    let profile = client.finish_activation(code).await.map_err(shell.failure())?;
    client.refresh().await.map_err(shell.failure())?;
    let name = profile.name_masked.unwrap_or_default();
    told.good(shell, &format!("{}{name}", shell.say("本机已激活，客户：", "This phone now acts for ")));
    world.activated = profile.active;
    check(profile.active, "the phone is not active")
}

async fn bind(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    let client = world.client()?;
    // One digit is wrong: found before anybody is asked.
    let typo = client.lookup_binding(POWER, "3110001071").await;
    let caught = matches!(typo, Err(BindingError::Number(NumberError::CheckDigit)));
    check(caught, "a typing error was not caught")?;
    told.stopped(
        shell,
        &format!("3110001071  {}", shell.say("输错一位，联网前就已发现", "a typing error, caught before the network")),
    );
    let echo = client.lookup_binding(POWER, HOME.0).await.map_err(shell.failure())?;
    told.lines(compare(shell, &echo));
    // What was compared cannot be used to bind another number.
    let other = BindingEcho::earlier(POWER, FLAT.0, echo.token());
    let refused = matches!(client.confirm_binding(&other, "").await, Err(BindingError::EchoInvalid));
    check(refused, "another number was bound than the one that was compared")?;
    client.confirm_binding(&echo, shell.say("家", "home")).await.map_err(shell.failure())?;
    told.good(shell, shell.say("核对无误，已绑定", "Compared and bound"));
    Ok(())
}

async fn look_up(world: &mut World<'_>, told: &mut Told) -> Step {
    let bill = world.bill(HOME.1).await?;
    told.lines(bills::in_full(world.shell, &bill));
    check(bill.amount.minor() == 12_345, "the bill asks something else")
}

async fn pay(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    let client = world.client()?;
    let quote = world.quote(POWER, HOME.1).await?;
    if let Some(first) = &quote.first_payment {
        told.scene(shell, shell.say("首次付款，再核对一次：", "The first payment to this number; compared once more:"));
        told.lines(show::whose(shell, &quote, first).into_iter().map(|line| format!("  {line}")));
    }
    told.scene(shell, shell.say("签署的正是这些内容：", "Exactly this is signed:"));
    told.lines(show::what_is_signed(shell, &quote).into_iter().map(|line| format!("  {line}")));
    let payment = client.pay(&quote.id).await.map_err(shell.failure())?;
    settled(world, told, &payment)?;
    let event = client.next_event().await.map_err(shell.failure())?;
    let event = event.filter(|event| event.payment() == payment.id && event.kind == EventKind::Settled);
    let event = event.ok_or_else(|| Failure::new("not-as-it-should-be", "the app was not told that it settled"))?;
    client.acknowledge_event(&event.id).await.map_err(shell.failure())?;
    let receipt = client.receipt(&payment.id).await.map_err(shell.failure())?;
    check(receipt.receipt.is_some_and(|receipt| receipt.total == quote.total), "the receipt is over something else")
}

async fn lost_answer(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    world.bind(WATER, TAP.0).await?;
    // The biller's answer to the bank is lost, so is the bank's to the phone, and for a while nobody can ask.
    let script = r#"[{"leg": "biller", "scene": "charge", "biller": "water-sh", "nth": 1, "action": "lose_answer"},
                     {"leg": "client", "method": "POST", "path": "/v1/payments", "nth": 1, "action": "lose_answer"},
                     {"leg": "client", "method": "GET", "path": "/v1/payments/*", "action": {"status": 503}}]"#;
    world.sandbox()?.faults().set_json(script).map_err(|error| Failure::system("faults", &error))?;
    told.scene(
        shell,
        shell.say(
            "银行收到了付款；收费单位给银行、银行给手机的答复都丢了。",
            "The bank takes the payment; no answer arrives, neither at the bank nor at the phone.",
        ),
    );
    let payment = world.pay(WATER, TAP.1).await?;
    let told_of_it = shell.explain(&payment.state);
    told.line(payment_line(world, &payment));
    told.doubt(shell, &told_of_it.what_happened);
    check(matches!(payment.state, PaymentState::Checking { .. }), "a lost answer was given a meaning")?;
    let again = world.client()?.quote(WATER, TAP.1, None, None).await;
    check(matches!(again, Err(QuoteError::PaymentInDoubt { .. })), "a second payment was let through")?;
    told.stopped(
        shell,
        shell.say("再次付款：被拦下，没有产生新订单", "paying it again: stopped, no second order was made"),
    );
    world.sandbox()?.faults().clear();
    let payment = world.end_of(&payment.id).await?;
    let asked = shell.say("向银行问明：", "The bank was asked: ");
    told.good(shell, &format!("{asked}{}", lower(&shell.explain(&payment.state).what_happened)));
    check(payment.state == PaymentState::Settled, "it did not settle")
}

async fn changed_bill(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    world.bind(POWER, FLAT.0).await?;
    let seen = world.bill(FLAT.1).await?.amount;
    let billers = world.sandbox()?.billers();
    billers.revise_bill(POWER, FLAT.1, 9_800).map_err(|error| Failure::system("biller", &error))?;
    let quoted = world.client()?.quote(POWER, FLAT.1, None, None).await;
    let Err(error) = quoted else { return check(false, "the old amount was quoted") };
    let (seen, asked) = (shell.money(seen), shell.money(Money::new(9_800, Currency::CNY).unwrap_or(seen)));
    let screen = match shell.language {
        Language::Zh => format!("您看到的是{seen}；收费单位刚刚改成了{asked}。"),
        Language::En => format!("You see {seen}; the biller has just made it {asked}."),
    };
    told.scene(shell, &screen);
    told.stopped(shell, &shell.explain(&error).line(shell.language));
    let now = if let QuoteError::BillChanged { now: Some(now) } = &error { Some(now.amount) } else { None };
    check(now.is_some_and(|now| now.minor() == 9_800), "the new amount was not told")?;
    let shown = world.bill(FLAT.1).await?.amount;
    check(Some(shown) == now, "the phone still shows the old amount")
}

async fn biller_refuses(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    world.bind(POWER, REFUSES.0).await?;
    let scene = shell
        .say("银行已扣款，收费单位却说暂不受理。", "The bank has taken the money; the biller says that it is closed.");
    told.scene(shell, scene);
    let before = world.balance(POWER, REFUSES.1).await?;
    let payment = world.pay(POWER, REFUSES.1).await?;
    let payment = world.end_of(&payment.id).await?;
    told.line(payment_line(world, &payment));
    let told_of_it = shell.explain(&payment.state);
    told.stopped(shell, &told_of_it.news(shell.language));
    check(matches!(payment.state, PaymentState::Reversed { .. }), "it was not reversed")?;
    let after = world.balance(POWER, REFUSES.1).await?;
    check(before.is_some() && before == after, "the money is not back")
}

async fn no_network(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    let quote = world.quote(POWER, FLAT.1).await?;
    told.scene(
        shell,
        shell.say("您按下付款时，银行的机器断电了。", "The bank's machines lose power as you press the button."),
    );
    world.switch_off().await;
    let payment = world.client()?.pay(&quote.id).await.map_err(shell.failure())?;
    told.line(payment_line(world, &payment));
    let told_of_it = shell.explain(&payment.state);
    told.stopped(shell, &told_of_it.news(shell.language));
    check(payment.state == PaymentState::Cancelled, "nothing can have been sent, and yet it is not called so")
}

async fn network_back(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    world.switch_on().await?;
    let scene = shell.say(
        "第一次发送在路上丢了；同一笔订单又发送了一次。",
        "The first try is lost on the way; the very same order is sent once more.",
    );
    told.scene(shell, scene);
    let script = r#"[{"leg": "client", "method": "POST", "path": "/v1/payments", "nth": 1, "action": "lose_request"}]"#;
    world.sandbox()?.faults().set_json(script).map_err(|error| Failure::system("faults", &error))?;
    let payment = world.pay(POWER, FLAT.1).await?;
    let payment = world.end_of(&payment.id).await?;
    settled(world, told, &payment)
}

async fn offline(world: &mut World<'_>, told: &mut Told) -> Step {
    let shell = world.shell;
    world.switch_off().await;
    let client = world.client()?;
    let all = receipts::all(shell, client).await?.receipts;
    told.lines(receipts::table(shell, &all, &payments::all(shell, client).await?.payments));
    let good = all.iter().filter(|view| view.proof == billpay_core::Proof::Verified).count();
    let whole = client.chain_breaks().await.map_err(shell.failure())?.is_empty();
    check(!all.is_empty() && good == all.len(), "a document does not verify")?;
    check(whole, "the chain of documents is not whole")?;
    told.good(shell, shell.say("全部离线验签通过，链条完整", "All verified without network; the chain is whole"));
    Ok(())
}

fn settled(world: &World<'_>, told: &mut Told, payment: &Payment) -> Step {
    let shell = world.shell;
    told.line(payment_line(world, payment));
    let happened = shell.explain(&payment.state).what_happened;
    if payment.state == PaymentState::Settled {
        told.good(shell, &happened);
        return Ok(());
    }
    told.stopped(shell, &happened);
    check(false, "it did not settle")
}

/// A sentence inside another one.
fn lower(sentence: &str) -> String {
    let mut rest = sentence.chars();
    rest.next().map(|first| first.to_lowercase().chain(rest).collect()).unwrap_or_default()
}

/// Payee, bill, total.
fn payment_line(world: &World<'_>, payment: &Payment) -> String {
    let shell = world.shell;
    let id = payment.id.get(payment.id.len().saturating_sub(8)..).unwrap_or_default();
    let total = shell.paint.bold(&shell.money(payment.total));
    format!("{} {}  {total}  {}", payment.payee, payment.bill_number, shell.paint.dim(&format!("…{id}")))
}

fn check(holds: bool, otherwise: &str) -> Step {
    if holds { Ok(()) } else { Err(Failure::new("not-as-it-should-be", otherwise)) }
}

impl World<'_> {
    /// Of the account that pays, as a quote tells it.
    async fn balance(&self, biller: &str, bill: &str) -> Result<Option<Money>, Failure> {
        let client = self.client()?;
        client.refresh().await.map_err(self.shell.failure())?;
        let quote = client.quote(biller, bill, None, None).await.map_err(self.shell.failure())?;
        Ok(quote.balance.filter(|balance| balance.currency() == Currency::CNY))
    }
}
