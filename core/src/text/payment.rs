//! Where a payment stands (features row 23): a text per value, and "not known" is never "failed".

use super::{Advice, Arguments, Explain, Happening, MoneyMoved, Reason, codes::codes};
use crate::{Payment, PaymentState, error::WhoActs};

codes! {
    /// Where a payment stands, in a word or two and as a sentence.
    PaymentText {
        CheckingWord "checking": "核实中", "checking";
        SettledWord "settled": "已支付", "paid";
        RefusedWord "refused": "未受理", "refused";
        ReversedWord "reversed": "已冲正", "reversed";
        CancelledWord "cancelled": "未发送", "not sent";
        RepaidWord "repaid": "已支付，有退款", "paid, money came back";
        Checking "payment-checking": "正在核实，请勿重复支付。", "The payment is being checked: do not pay again.";
        Held "payment-held": "银行正在人工核对，最迟{held_until}有结果，请勿重复支付。", "The bank's staff is looking at the payment, until {held_until} at the latest: do not pay again.";
        Settled "payment-settled": "付款成功，回单已保存。", "The payment is made and the receipt is stored.";
        Repaid "payment-repaid": "这笔付款成功后，银行退回了{returned}。", "The payment was made, and the bank gave {returned} back later.";
        Refused "payment-refused": "银行没有受理这笔付款：{reason}", "The bank did not take this payment: {reason}";
        Reversed "payment-reversed": "这笔付款已冲正：{reason}", "This payment was undone: {reason}";
        Cancelled "payment-cancelled": "没有连上银行，付款未发出。", "The bank could not be reached, so the payment was not sent.";
    }
}

impl PaymentText {
    /// The word or two for a list, of a payment with what came back of it.
    #[must_use]
    pub fn word_of(payment: &Payment) -> Self {
        if payment.repaid.is_some() { Self::RepaidWord } else { Self::word(&payment.state) }
    }

    /// The word or two for a list.
    #[must_use]
    pub fn word(state: &PaymentState) -> Self {
        match state {
            PaymentState::Checking { .. } => Self::CheckingWord,
            PaymentState::Settled => Self::SettledWord,
            PaymentState::Refused { .. } => Self::RefusedWord,
            PaymentState::Reversed { .. } => Self::ReversedWord,
            PaymentState::Cancelled => Self::CancelledWord,
        }
    }
}

impl Explain for Payment {
    /// As its state; and what came back of it, where something did.
    fn happening(&self, arguments: Arguments) -> Happening {
        let Some(returned) = self.repaid else { return self.state.happening(arguments) };
        let money = if returned == self.total { MoneyMoved::Returned } else { MoneyMoved::Yes };
        Happening::new(PaymentText::Repaid, Advice::ReadRepayment, arguments.with("returned", returned.into()))
            .acted_on_by(WhoActs::Person)
            .money(money)
    }
}

impl Explain for PaymentState {
    fn happening(&self, arguments: Arguments) -> Happening {
        use PaymentText as P;
        let ended = |code: P, reason: &str, money| {
            let reason = Reason::of(reason);
            let (advice, who) = reason.advice();
            let mut told = Happening::new(code, advice, arguments.clone()).acted_on_by(who).money(money);
            told.reason = Some(reason);
            told
        };
        match self {
            Self::Checking { held_until } => {
                let (code, arguments) = match held_until {
                    Some(until) => (P::Held, arguments.with("held_until", (*until).into())),
                    None => (P::Checking, arguments),
                };
                let told = Happening::new(code, Advice::AwaitResult, arguments);
                told.acted_on_by(WhoActs::Wait).money(MoneyMoved::NotKnown)
            }
            Self::Settled => Happening::new(P::Settled, Advice::KeepReceipt, arguments)
                .acted_on_by(WhoActs::Person)
                .money(MoneyMoved::Yes),
            Self::Refused { reason } => ended(P::Refused, reason, MoneyMoved::No),
            Self::Reversed { reason } => ended(P::Reversed, reason, MoneyMoved::Returned),
            Self::Cancelled => Happening::new(P::Cancelled, Advice::PayWhenReady, arguments)
                .acted_on_by(WhoActs::Wait)
                .money(MoneyMoved::NothingSent),
        }
    }
}
