//! Why the limits stay as they are, or why no code was sent.

use super::{Advice, Arguments, Explain, Happening, MoneyMoved, codes::codes, fault};
use crate::{
    error::{CodeError, LimitsError, WhoActs},
    model::Money,
};

codes! {
    /// What happened, of a [`LimitsError`] or [`CodeError`].
    LimitsText {
        NothingToChange "nothing-to-change": "没有要修改的限额。", "No limit was named.";
        AboveCeiling "limit-above-ceiling": "超过银行允许您自行设定的最高限额。", "That is more than the bank lets you raise this limit to.";
        AboveCeilingOf "limit-above-ceiling-of": "超过银行允许您自行设定的最高限额{limit}。", "That is more than the {limit} to which the bank lets you raise this limit.";
        StepUpNeeded "step-up-needed": "调高限额需要短信验证码确认。", "Raising a limit needs a code by message.";
        NotACode "not-a-code": "这不是验证码。", "That is not a code.";
        CodeWrong "code-wrong": "验证码不正确，或不是用于这次修改的。", "The code is wrong, or for another change.";
        CodeExpired "code-expired": "验证码已过期。", "The code has expired.";
        CodeLocked "code-locked": "输错次数过多，这个验证码已失效。", "There were too many wrong codes; this one is void.";
        OneTry "one-try": "只能输入一次，请仔细核对：输错则这笔付款不予受理（不扣款），再付需要新的验证码。", "There is one try, so type it with care: a wrong code ends this payment, no money moves, and the next one takes a new code.";
        TooSoon "resend-too-soon": "现在还不能重新发送验证码。", "A new code cannot be sent yet.";
        DailyCap "sms-daily-cap": "今天发送的短信已达上限。", "No more codes can be sent today.";
    }
}

impl Explain for LimitsError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use LimitsText as L;
        let of = |code: L, advice| Happening::new(code, advice, arguments.clone()).acted_on_by(WhoActs::Person);
        match self {
            Self::NothingToChange => of(L::NothingToChange, Advice::ChooseLimit),
            Self::AboveCeiling { ceiling } => above(*ceiling, arguments),
            Self::StepUpNeeded => of(L::StepUpNeeded, Advice::GetCode),
            Self::NotACode => of(L::NotACode, Advice::CheckCode),
            Self::CodeWrong => of(L::CodeWrong, Advice::TypeCodeAgain),
            Self::CodeExpired => of(L::CodeExpired, Advice::GetCode),
            Self::CodeLocked => of(L::CodeLocked, Advice::GetCode),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}

fn above(ceiling: Option<Money>, arguments: Arguments) -> Happening {
    let (code, arguments) = match ceiling {
        Some(ceiling) => (LimitsText::AboveCeilingOf, arguments.with("limit", ceiling.into())),
        None => (LimitsText::AboveCeiling, arguments),
    };
    Happening::new(code, Advice::ChooseLower, arguments).acted_on_by(WhoActs::Person)
}

impl Explain for CodeError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use LimitsText as L;
        let of = |code: L, advice, who| {
            Happening::new(code, advice, arguments.clone()).acted_on_by(who).money(MoneyMoved::NothingSent)
        };
        match self {
            Self::Order(error) => error.happening(arguments),
            Self::NothingToChange => of(L::NothingToChange, Advice::ChooseLimit, WhoActs::Person),
            Self::AboveCeiling { ceiling } => above(*ceiling, arguments),
            Self::TooSoon { retry_at } => of(L::TooSoon, Advice::WaitAWhile, WhoActs::Wait).wait_until(*retry_at),
            Self::DailyCap { retry_at } => of(L::DailyCap, Advice::CallBank, WhoActs::Wait).wait_until(*retry_at),
            Self::Fault(fault) => fault::happening(fault, arguments).money(MoneyMoved::NothingSent),
        }
    }
}
