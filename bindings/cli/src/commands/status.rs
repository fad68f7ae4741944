//! `billpay status` and `billpay resolve`: how things stand, and asking for the end of doubts.

use billpay_core::{
    Accounts, Client, Payment, PaymentState, TrustState, error::Fault, model::Language, platform::TransportFault,
    text::Label,
};
use serde_json::json;

use super::{activate, limits, payments};
use crate::{failure::Failure, shell::Shell, show};

pub(crate) async fn run(shell: &Shell, client: &Client) -> Result<(), Failure> {
    let profile = client.profile().await.map_err(shell.failure())?;
    let Accounts { accounts, damaged } = client.accounts().await.map_err(shell.failure())?;
    let known = client.bills(shell.language).await.map_err(shell.failure())?;
    let payments = payments::all(shell, client).await?.payments;
    let doubts = payments.iter().filter(|payment| matches!(payment.state, PaymentState::Checking { .. })).count();
    let state = match (profile.active, profile.revoked) {
        (true, _) => shell.say("已激活", "active"),
        (false, true) => shell.say("已停用", "revoked"),
        (false, false) => shell.say("未激活", "not activated"),
    };
    let yes_no = |yes: bool| if yes { shell.say("是", "yes") } else { shell.say("否", "no") };
    let bound = match (damaged, shell.language) {
        (0, _) => accounts.len().to_string(),
        (lost, Language::Zh) => format!("{}（另有{lost}个无法读取）", accounts.len()),
        (lost, Language::En) => format!("{} ({lost} more cannot be read)", accounts.len()),
    };
    let mut pairs = vec![
        (shell.say("资料", "profile"), shell.profile.display().to_string()),
        (shell.say("本机", "device"), state.to_owned()),
        (shell.say("可缴费", "may pay"), yes_no(profile.may_pay).to_owned()),
        (shell.say("已绑定", "bindings"), bound),
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
    if let Some(line) = ending(shell, profile.trust) {
        pairs.push((shell.say("安全资料", "security data"), line));
    }
    if let Some(limits) = known.limits {
        let (one, day) = (shell.money(limits.per_payment), shell.money(limits.per_day));
        pairs.push((shell.say("单笔限额", "per payment"), one));
        let used = shell.money(limits.used_today);
        let used = shell.aside(&format!("{} {used}", shell.say("已用", "used")));
        pairs.push((shell.say("当日限额", "per day"), format!("{day}{used}")));
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
        shell.line(&activate::next(shell, profile.activation.as_ref()));
    }
    shell.done(json!({
        "active": profile.active, "revoked": profile.revoked, "name_masked": profile.name_masked,
        "may_pay": profile.may_pay, "bindings": accounts.len(), "bindings_damaged": damaged, "payments": payments.len(), "checking": doubts,
        "rolled_back": profile.rolled_back, "as_of": known.as_of,
        "security_data": match profile.trust {
            TrustState::Good { .. } => "good",
            TrustState::RenewalDue { .. } => "renewal-due",
            TrustState::Expired => "expired",
        },
    }));
    Ok(())
}

/// What the person should know of the security data; nothing while it is good.
fn ending(shell: &Shell, trust: TrustState) -> Option<String> {
    match trust {
        TrustState::Good { .. } => None,
        TrustState::RenewalDue { until } => {
            let until = shell.moment(until);
            Some(match shell.language {
                Language::Zh => format!("该更新了，{until} 前仍可使用；请联网刷新，仍不行请联系银行"),
                Language::En => format!("due for renewal, good until {until}: refresh, and call the bank if this stays"),
            })
        }
        TrustState::Expired => Some(
            shell.say(
                "已过期：更新前不再与银行通信；已有的回单仍可查看。请联网刷新或更新应用",
                "expired: nothing is sent until it is renewed; what is here stays readable. Refresh, or update the app",
            )
            .to_owned(),
        ),
    }
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
        Some(payment) => {
            let failure = Failure::explained(&shell.explain(&payment.state), shell.language).with(summary);
            Err(unasked(shell, client.silence(), failure))
        }
        // Its row cannot be read here, and its end can be asked for all the same.
        None if open > 0 => {
            let line = shell.say(
                "有付款正在核实，但本机无法读取它的记录。请不要再付一次；请稍后再运行 billpay resolve。",
                "A payment is being checked whose record cannot be read on this device. Do not pay again; run \
                 `billpay resolve` again later.",
            );
            Err(unasked(shell, client.silence(), Failure::new("payment-checking", line).in_doubt().with(summary)))
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

/// The same, with why the bank could not be asked just now, where that is so. Not in the words of other commands: that
/// nothing was sent is true of the question, and would be read of the payment.
fn unasked(shell: &Shell, silence: Option<Fault>, failure: Failure) -> Failure {
    let Some(fault @ Fault::Network(broken)) = &silence else { return failure };
    let why = match broken {
        TransportFault::Unreachable | TransportFault::Interrupted => shell.say(
            "现在无法连接银行，暂时问不到这笔付款的结果。",
            "The bank cannot be reached now, so it could not be asked how the payment ended. ",
        ),
        TransportFault::BadAnswer => shell.say(
            "银行现在没有给出可用的答复，暂时问不到这笔付款的结果。",
            "The bank gives no usable answer now, so it could not be asked how the payment ended. ",
        ),
        TransportFault::PinMismatch { .. }
        | TransportFault::Untrusted
        | TransportFault::WrongName
        | TransportFault::CertificateTime
        | TransportFault::ClockWrong
        | TransportFault::Tls(_)
        | TransportFault::PinsExpired => shell.say(
            "现在无法与银行建立安全连接，暂时问不到这笔付款的结果（原因见 billpay doctor）。",
            "No safe connection to the bank can be made now (`billpay doctor` shows why), so it could not be asked how the payment ended. ",
        ),
    };
    failure.because(shell.explain(fault).code, why, shell.language)
}
