//! Why activation did not go on.

use super::{Advice, Arguments, Explain, Happening, codes::codes, fault};
use crate::error::{ActivationError, WhoActs};

codes! {
    /// What happened, of an [`ActivationError`].
    ActivationText {
        NotAPhoneNumber "not-a-phone-number": "这不是手机号码。", "That is not a phone number.";
        NotACode "not-a-code": "这不是验证码。", "That is not a code.";
        NotStarted "activation-not-started": "没有正在进行的激活。", "No activation is under way.";
        AlreadyActive "already-active": "本机已经激活。", "This device is active already.";
        CodeWrong "code-wrong": "验证码不正确，还可以输入{attempts_left}次。", "The code is wrong; tries left: {attempts_left}.";
        CodeExpired "code-expired": "验证码已过期。", "The code has expired.";
        CodeSuperseded "code-superseded": "这是较早一条短信的验证码，已失效。", "The code is from an earlier message and is void.";
        CodeUsed "code-used": "该验证码已经使用过。", "The code was used already.";
        CodeLocked "code-locked": "输错次数过多，现在正确的验证码也不再接受。", "There were too many wrong codes; even the right one is refused now.";
        ResendTooSoon "resend-too-soon": "现在还不能重新发送验证码。", "A new code cannot be sent yet.";
        DailyCap "sms-daily-cap": "今天发送的短信已达上限。", "No more codes can be sent today.";
        OtherCustomer "other-customer": "本机保存的是另一位客户的资料，不能用这个号码激活。", "The records on this device belong to another customer, so this number cannot activate it.";
        Over "activation-over": "这次激活已经结束。", "This activation is over.";
    }
}

impl Explain for ActivationError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use ActivationText as A;
        let of = |code: A, advice| Happening::new(code, advice, arguments.clone()).acted_on_by(WhoActs::Person);
        match self {
            Self::NotAPhoneNumber => of(A::NotAPhoneNumber, Advice::CheckPhone),
            Self::NotACode => of(A::NotACode, Advice::CheckCode),
            Self::NotStarted => of(A::NotStarted, Advice::StartAgain),
            Self::AlreadyActive => of(A::AlreadyActive, Advice::Nothing),
            Self::CodeWrong { attempts_left } => {
                let arguments = arguments.with("attempts_left", (*attempts_left).into());
                Happening::new(A::CodeWrong, Advice::TypeCodeAgain, arguments).acted_on_by(WhoActs::Person)
            }
            Self::CodeExpired => of(A::CodeExpired, Advice::ResendCode),
            Self::CodeSuperseded => of(A::CodeSuperseded, Advice::TypeCodeAgain),
            Self::CodeUsed => of(A::CodeUsed, Advice::StartAgain),
            Self::CodeLocked { retry_at } => {
                of(A::CodeLocked, Advice::WaitAWhile).acted_on_by(WhoActs::Wait).wait_until(*retry_at)
            }
            Self::ResendTooSoon { retry_at } => {
                of(A::ResendTooSoon, Advice::WaitAWhile).acted_on_by(WhoActs::Wait).wait_until(*retry_at)
            }
            Self::DailyCap { retry_at } => {
                of(A::DailyCap, Advice::CallBank).acted_on_by(WhoActs::Wait).wait_until(*retry_at)
            }
            Self::OtherCustomer => of(A::OtherCustomer, Advice::CheckPhone),
            Self::Over => of(A::Over, Advice::StartAgain),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}
