//! Several bills in one go (row 73) and the usual one (row 74): why there is none, and what a sum exceeds.

use super::{Advice, Arguments, Explain, Happening, MoneyMoved, Value, binding, codes::codes, fault};
use crate::{
    Beyond,
    error::{SeveralError, UsualError, WhoActs},
};

codes! {
    /// What happened, of a [`SeveralError`], [`UsualError`] or [`Beyond`].
    SeveralText {
        TooMany "too-many-bills": "一次最多支付{most}张账单。", "At most {most} bills can be paid in one go.";
        ListedTwice "listed-twice": "账单{bill}在清单中出现了两次。", "The bill {bill} is on the list twice.";
        TooMuch "sum-out-of-range": "合计金额超出范围。", "The sum of these bills is out of range.";
        NothingUsual "nothing-usual": "本机还没有为这个账户付过款。", "Nothing was paid for this account on this device yet.";
        NothingOpen "nothing-open": "这个账户没有待付的账单。", "No bill of this account is open.";
        BeyondBalance "beyond-balance": "合计{asked}超过{method}的余额{balance}。", "The total of {asked} is more than the balance of {method}, {balance}.";
        BeyondDay "beyond-day": "合计{asked}超过今日剩余限额{left}。", "The total of {asked} is more than what is left of today's limit, {left}.";
    }
}

impl Explain for SeveralError {
    fn happening(&self, arguments: Arguments) -> Happening {
        let (code, arguments) = match self {
            Self::TooMany { most } => (SeveralText::TooMany, arguments.with("most", (*most).into())),
            Self::ListedTwice { bill_number, .. } => {
                (SeveralText::ListedTwice, arguments.with("bill", Value::from(bill_number.as_str())))
            }
            Self::TooMuch => (SeveralText::TooMuch, arguments),
        };
        person(code, Advice::ChooseFewer, arguments).money(MoneyMoved::NothingSent)
    }
}

impl Explain for UsualError {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            Self::UnknownAccount => {
                let code = binding::BindingText::UnknownAccount;
                Happening::new(code, Advice::ChooseAccount, arguments).acted_on_by(WhoActs::Person)
            }
            Self::NothingUsual => person(SeveralText::NothingUsual, Advice::ChooseBill, arguments),
            Self::NothingOpen => person(SeveralText::NothingOpen, Advice::Nothing, arguments),
            Self::Quote(error) => return error.happening(arguments),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
        .money(MoneyMoved::No)
    }
}

/// A warning beside the confirmation, before any money moves.
impl Explain for Beyond {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            Self::Balance { method_label, balance, asked } => {
                let arguments = arguments.with("method", Value::from(method_label.as_str()));
                let arguments = arguments.with("balance", (*balance).into()).with("asked", (*asked).into());
                person(SeveralText::BeyondBalance, Advice::ExpectRefusals, arguments)
            }
            Self::Day { left, asked } => {
                let arguments = arguments.with("left", (*left).into()).with("asked", (*asked).into());
                person(SeveralText::BeyondDay, Advice::ExpectRefusals, arguments)
            }
        }
    }
}

fn person(code: SeveralText, advice: Advice, arguments: Arguments) -> Happening {
    Happening::new(code, advice, arguments).acted_on_by(WhoActs::Person)
}
