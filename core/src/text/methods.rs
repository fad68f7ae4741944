//! Why the ways to pay stay as they are.

use super::{Advice, Arguments, Explain, Happening, codes::codes, fault};
use crate::error::{MethodError, WhoActs};

codes! {
    /// What happened, of a [`MethodError`].
    MethodText {
        UnknownMethod "method-unknown": "没有这种支付方式，或已失效。", "There is no such way to pay, or not any more.";
        NotOffered "method-not-offered": "不能添加这种支付方式。", "A way to pay of this kind cannot be added.";
    }
}

impl Explain for MethodError {
    fn happening(&self, arguments: Arguments) -> Happening {
        let of =
            |code: MethodText, advice| Happening::new(code, advice, arguments.clone()).acted_on_by(WhoActs::Person);
        match self {
            Self::UnknownMethod => of(MethodText::UnknownMethod, Advice::ChooseMethod),
            Self::NotOffered => of(MethodText::NotOffered, Advice::ChooseMethod),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}
