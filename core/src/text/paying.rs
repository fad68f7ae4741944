//! Why there is no quote, or no order. In both cases it is certain that no money moved by it.

use super::{Advice, Arguments, Explain, Happening, MoneyMoved, Value, binding, codes::codes, fault};
use crate::{
    error::{Fault, PayError, QuoteError, WhoActs},
    model::BillKind,
    store::StoreError,
};

codes! {
    /// What happened, of a [`QuoteError`] or [`PayError`].
    PayingText {
        UnknownBill "unknown-bill": "没有这张账单。", "There is no such bill.";
        InDoubt "payment-in-doubt": "这张账单已有一笔付款（{payment}）正在核实。", "A payment of this bill ({payment}) is being checked.";
        Elsewhere "payment-in-progress-elsewhere": "另一台设备或渠道正在支付这张账单。", "Another device or channel is paying this bill.";
        AlreadySettled "already-settled": "这张账单已经付清。", "This bill is paid already.";
        Changed "bill-changed": "账单与您看到的不同了。", "The bill is not what you saw.";
        ChangedTo "bill-changed-to": "账单已变更，现在应付{amount}。", "The bill has changed; it asks for {amount} now.";
        ToppedUp "topped-up-meanwhile": "自您上次查看后，这个账户已有一笔充值，可能就是您自己付的。", "This account has been topped up since it was last looked at, perhaps by you.";
        BelowMinimum "below-minimum": "金额低于最低应付额。", "The amount is below what the biller takes.";
        BelowMinimumOf "below-minimum-of": "金额低于最低应付额{limit}。", "The amount is below the least that the biller takes, {limit}.";
        AboveMaximum "above-maximum": "金额高于最高可付额。", "The amount is above what the biller takes.";
        AboveMaximumOf "above-maximum-of": "金额高于最高可付额{limit}。", "The amount is above the most that the biller takes, {limit}.";
        AmountNotAllowed "amount-not-allowed": "这张账单不能支付该金额。", "This amount cannot be paid on this bill.";
        InsufficientFunds "insufficient-funds": "余额不足。", "The balance is not enough.";
        LimitExceeded "limit-exceeded": "超过支付限额。", "The amount is above your limit.";
        LimitExceededOf "limit-exceeded-of": "加上这笔付款会超过您的支付限额{limit}（单笔，或当日累计）。", "This payment would take you above your limit of {limit}, for one payment or for all of today.";
        Stopped "payments-stopped": "限额为 0，不能付款。", "Nothing can be paid: your limit is 0.";
        NotEnabled "payment-not-enabled": "您尚未开通缴费功能。", "Payments are not enabled for you.";
        MethodUnusable "method-unusable": "该支付方式不可用。", "This way to pay cannot be used.";
        UnknownQuote "unknown-quote": "这份付款确认已失效或已使用。", "This quote is not known here any more, or was taken up already.";
        StepUpNeeded "step-up-needed": "这笔付款需要短信验证码确认。", "The bank asks for a code by message for this payment.";
        NotACode "not-a-code": "这不是验证码。", "That is not a code.";
        EchoNotAcknowledged "echo-not-acknowledged": "首次向这个户号付款，还没有核对户主。", "This is the first payment to this number, and whose it is has not been compared yet.";
        QuoteExpired "quote-expired": "这份付款确认已过期。", "This quote has run out.";
    }
}

impl Explain for QuoteError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use PayingText as P;
        let of = |code: P, advice, who| {
            Happening::new(code, advice, arguments.clone()).acted_on_by(who).money(MoneyMoved::No)
        };
        // The same sentence, with the figure where it is known.
        let bound = |plain: P, exact: P, name: &'static str, amount: Option<crate::model::Money>, advice| {
            let (code, arguments) = match amount {
                Some(amount) => (exact, arguments.clone().with(name, amount.into())),
                None => (plain, arguments.clone()),
            };
            Happening::new(code, advice, arguments).acted_on_by(WhoActs::Person).money(MoneyMoved::No)
        };
        match self {
            Self::UnknownBill => of(P::UnknownBill, Advice::ChooseBill, WhoActs::Person),
            Self::PaymentInDoubt { payment } => in_doubt(payment, arguments),
            Self::PaymentInProgressElsewhere => {
                of(P::Elsewhere, Advice::WaitForOther, WhoActs::Wait).money(MoneyMoved::NotKnown)
            }
            Self::AlreadySettled { .. } => {
                of(P::AlreadySettled, Advice::Nothing, WhoActs::Person).money(MoneyMoved::ByEarlier)
            }
            Self::BillChanged { now: Some(now) } if now.kind == BillKind::TopUp => {
                of(P::ToppedUp, Advice::LookAtPayments, WhoActs::Person)
            }
            Self::BillChanged { now } => {
                let amount = now.as_ref().map(|bill| bill.amount);
                bound(P::Changed, P::ChangedTo, "amount", amount, Advice::LookAtBill)
            }
            Self::BelowMinimum { minimum } => {
                bound(P::BelowMinimum, P::BelowMinimumOf, "limit", *minimum, Advice::ChangeAmount)
            }
            Self::AboveMaximum { maximum } => {
                bound(P::AboveMaximum, P::AboveMaximumOf, "limit", *maximum, Advice::ChangeAmount)
            }
            Self::AmountNotAllowed => of(P::AmountNotAllowed, Advice::ChangeAmount, WhoActs::Person),
            Self::InsufficientFunds => of(P::InsufficientFunds, Advice::AddFunds, WhoActs::Person),
            Self::LimitExceeded { limit: Some(limit) } if limit.minor() == 0 => {
                of(P::Stopped, Advice::RaiseLimit, WhoActs::Person)
            }
            Self::LimitExceeded { limit } => {
                bound(P::LimitExceeded, P::LimitExceededOf, "limit", *limit, Advice::PayLessOrRaise)
            }
            Self::PaymentNotEnabled => of(P::NotEnabled, Advice::EnablePayments, WhoActs::Bank),
            Self::MethodUnusable => of(P::MethodUnusable, Advice::ChooseMethod, WhoActs::Person),
            Self::BillerClosed { retry_at } => binding::closed(*retry_at, arguments).money(MoneyMoved::No),
            Self::Fault(fault) => fault::happening(fault, arguments).money(MoneyMoved::No),
        }
    }
}

impl Explain for PayError {
    fn happening(&self, arguments: Arguments) -> Happening {
        let of = |code: PayingText, advice| {
            Happening::new(code, advice, arguments.clone()).acted_on_by(WhoActs::Person).money(MoneyMoved::NothingSent)
        };
        match self {
            Self::UnknownQuote => of(PayingText::UnknownQuote, Advice::QuoteAgain),
            Self::StepUpNeeded => of(PayingText::StepUpNeeded, Advice::GetCode),
            Self::NotACode => of(PayingText::NotACode, Advice::CheckCode),
            Self::MethodUnusable => of(PayingText::MethodUnusable, Advice::ChooseMethod),
            Self::QuoteExpired => of(PayingText::QuoteExpired, Advice::QuoteAgain),
            Self::EchoNotAcknowledged => of(PayingText::EchoNotAcknowledged, Advice::CompareHolder),
            Self::PaymentInDoubt { payment } => in_doubt(payment, arguments),
            // Whether the intent was stored is not known: the next look at the journal tells. So it is where the task
            // that pays fell, or was let go, without a word.
            Self::Fault(
                fault @ (Fault::Store(StoreError::CommitUnknown { .. }) | Fault::Defect | Fault::ShuttingDown),
            ) => {
                let mut told = fault::happening(fault, arguments).money(MoneyMoved::NotKnown);
                told.advice = Advice::DoNotPayAgain;
                told
            }
            Self::Fault(fault) => fault::happening(fault, arguments).money(MoneyMoved::NothingSent),
        }
    }
}

fn in_doubt(payment: &str, arguments: Arguments) -> Happening {
    let arguments = arguments.with("payment", Value::from(payment));
    Happening::new(PayingText::InDoubt, Advice::DoNotPayAgain, arguments)
        .acted_on_by(WhoActs::Wait)
        .money(MoneyMoved::NotKnown)
}
