//! Why a number was not looked up or bound, and why a view was not refreshed.

use jiff::Timestamp;

use super::{Advice, Arguments, Explain, Happening, codes::codes, fault};
use crate::error::{BindingError, NumberError, RefreshError, WhoActs};

codes! {
    /// What happened, of a [`BindingError`] or [`RefreshError`].
    BindingText {
        UnknownBiller "unknown-biller": "没有这家收费单位。", "There is no such biller.";
        TooShort "number-too-short": "号码太短，至少{minimum}个字符。", "The number is too short; it has at least {minimum} characters.";
        TooLong "number-too-long": "号码太长，最多{maximum}个字符。", "The number is too long; it has at most {maximum} characters.";
        Shape "number-shape": "这不像是该收费单位的号码。", "The number does not look like one of this biller.";
        CheckDigit "number-check-digit": "号码有误：校验位不符，可能输错了一位。", "The number has a typing error: its check digit does not fit.";
        UnknownNumber "unknown-number": "收费单位没有这个号码。", "The biller does not know this customer number.";
        EchoInvalid "echo-invalid": "先前显示的户主资料已失效。", "What was shown of the holder does not belong to this number any more.";
        UnknownAccount "unknown-account": "没有这个已绑定的账户。", "There is no such bound account.";
        BillerClosed "biller-closed": "收费单位暂不受理。", "The biller is closed for the moment.";
    }
}

impl Explain for NumberError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use BindingText as B;
        let of = |code: B, arguments| Happening::new(code, Advice::CheckNumber, arguments).acted_on_by(WhoActs::Person);
        match self {
            Self::TooShort { minimum } => of(B::TooShort, arguments.with("minimum", (*minimum).into())),
            Self::TooLong { maximum } => of(B::TooLong, arguments.with("maximum", (*maximum).into())),
            Self::Shape => of(B::Shape, arguments),
            Self::CheckDigit => of(B::CheckDigit, arguments),
        }
    }
}

impl Explain for BindingError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use BindingText as B;
        let of = |code: B, advice| Happening::new(code, advice, arguments.clone()).acted_on_by(WhoActs::Person);
        match self {
            Self::UnknownBiller => of(B::UnknownBiller, Advice::ChooseBiller),
            Self::Number(error) => error.happening(arguments),
            Self::UnknownNumber => of(B::UnknownNumber, Advice::CheckNumber),
            Self::EchoInvalid => of(B::EchoInvalid, Advice::LookUpAgain),
            Self::UnknownAccount => of(B::UnknownAccount, Advice::ChooseAccount),
            Self::BillerClosed { retry_at } => closed(*retry_at, arguments),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}

impl Explain for RefreshError {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            Self::UnknownAccount => {
                let code = BindingText::UnknownAccount;
                Happening::new(code, Advice::ChooseAccount, arguments).acted_on_by(WhoActs::Person)
            }
            Self::BillerClosed { retry_at } => closed(*retry_at, arguments),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}

pub(super) fn closed(retry_at: Option<Timestamp>, arguments: Arguments) -> Happening {
    let code = BindingText::BillerClosed;
    Happening::new(code, Advice::CallBiller, arguments).acted_on_by(WhoActs::Biller).wait_until(retry_at)
}
