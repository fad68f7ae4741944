//! `billpay status` and `billpay resolve`: how things stand, and asking for the end of doubts.

use billpay_core::{Client, Payment, PaymentState, text::Label};
use serde_json::json;

use super::{limits, payments};
use crate::{failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let profile = client.profile().await.map_err(shell.failure())?;
    let accounts = client.accounts().await.map_err(shell.failure())?.accounts;
    let known = client.bills(shell.language).await.map_err(shell.failure())?;
    let payments = payments::all(shell, client).await?.payments;
    let doubts = payments.iter().filter(|payment| matches!(payment.state, PaymentState::Checking { .. })).count();
    let state = match (profile.active, profile.revoked) {
        (true, _) => shell.say("已激活", "active"),
        (false, true) => shell.say("已停用", "revoked"),
        (false, false) => shell.say("未激活", "not activated"),
    };
    let yes_no = |yes: bool| if yes { shell.say("是", "yes") } else { shell.say("否", "no") };
    let mut pairs = vec![
        (shell.say("资料", "profile"), shell.profile.display().to_string()),
        (shell.say("本机", "device"), state.to_owned()),
        (shell.say("可缴费", "may pay"), yes_no(profile.may_pay).to_owned()),
        (shell.say("已绑定", "bindings"), accounts.len().to_string()),
        (shell.say("付款", "payments"), payments.len().to_string()),
        (shell.say("核实中", "checking"), doubts.to_string()),
        (shell.say("密钥存于", "keys rest in"), shell.text(Label::from(profile.keys))),
    ];
    if let Some(name) = &profile.name_masked {
        pairs.insert(2, (shell.say("客户", "customer"), name.clone()));
    }
    if profile.rolled_back {
        pairs.push((shell.say("记录", "records"), shell.text(Label::RolledBack)));
    }
    if let Some(limits) = known.limits {
        let (one, day) = (shell.money(limits.per_payment), shell.money(limits.per_day));
        pairs.push((shell.say("单笔限额", "per payment"), one));
        let used = shell.money(limits.used_today);
        pairs.push((shell.say("当日限额", "per day"), format!("{day} ({} {used})", shell.say("已用", "used"))));
    }
    let age = known.as_of.map(|at| shell.moment(at));
    pairs.push((shell.say("更新于", "refreshed"), age.unwrap_or_else(|| shell.say("从未", "never").to_owned())));
    shell.lines(&show::pairs(shell, &pairs));
    if let Some(as_of) = known.as_of
        && limits::paid_since(shell, client, as_of).await?
    {
        shell.sentences(limits::not_counted(shell), str::to_owned);
    }
    if !profile.active {
        let waits = profile.activation.as_ref().is_some_and(|session| session.stage.is_some());
        shell.line(if waits {
            shell.say("下一步：billpay activate finish <验证码>", "Next: billpay activate finish CODE")
        } else {
            shell.say("下一步：billpay activate start <手机号>", "Next: billpay activate start PHONE")
        });
    }
    shell.done(json!({
        "active": profile.active, "revoked": profile.revoked, "name_masked": profile.name_masked,
        "may_pay": profile.may_pay, "bindings": accounts.len(), "payments": payments.len(), "checking": doubts,
        "rolled_back": profile.rolled_back, "as_of": known.as_of,
    }));
    Ok(())
}

pub(crate) async fn resolve(shell: &Shell, client: &Client) -> Result<(), Failure> {
    // A recovery that began at the opening may have an order in its hands: it is not asked about
    // twice at a time, so this looks again until it has let go, or for five seconds.
    let is_open = |payment: &Payment| matches!(payment.state, PaymentState::Checking { .. });
    let before: Vec<String> =
        payments::all(shell, client).await?.payments.into_iter().filter(is_open).map(|payment| payment.id).collect();
    let mut open = client.resolve().await.map_err(shell.failure())?;
    for _ in 0..10 {
        if open == 0 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        open = client.resolve().await.map_err(shell.failure())?;
    }
    let all = payments::all(shell, client).await?.payments;
    let checking: Vec<_> = all.iter().filter(|payment| is_open(payment)).collect();
    let summary = json!({ "checking": open, "payments": all.iter().map(show::payment).collect::<Vec<_>>() });
    match checking.first() {
        Some(payment) => Err(Failure::explained(&shell.explain(&payment.state), shell.language).with(summary)),
        // Its row cannot be read here, and its end can be asked for all the same.
        None if open > 0 => {
            let line = shell.say(
                "有付款正在核实，但本机无法读取它的记录。请不要再付一次；请稍后再运行 billpay resolve。",
                "A payment is being checked whose record cannot be read on this device. Do not pay again; run \
                 `billpay resolve` again later.",
            );
            Err(Failure::new("payment-checking", line).in_doubt().with(summary))
        }
        None => {
            // What this was about, with its end; what had one before is in the list of payments.
            let ended: Vec<Payment> = all.into_iter().filter(|payment| before.contains(&payment.id)).collect();
            shell.lines(&payments::table(shell, &ended));
            shell.line(shell.say("没有正在核实的付款。", "No payment is being checked."));
            shell.done(summary);
            Ok(())
        }
    }
}
