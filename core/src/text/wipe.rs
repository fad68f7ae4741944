//! Why a profile was not wiped.

use super::{Advice, Arguments, Explain, Happening, Value, codes::codes, fault};
use crate::error::{OpenError, WhoActs, WipeError};

codes! {
    /// What happened, of a [`WipeError`].
    WipeText {
        PaymentsOpen "payments-open": "还有{count}笔付款正在核实，因此没有清除任何内容。", "Payments are still being checked ({count}), so nothing was wiped.";
    }
}

impl Explain for WipeError {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            Self::PaymentsOpen { count } => {
                let arguments = arguments.with("count", Value::Text(count.to_string()));
                Happening::new(WipeText::PaymentsOpen, Advice::AwaitResult, arguments).acted_on_by(WhoActs::Wait)
            }
            Self::File(error) => OpenError::Profile(error.clone()).happening(arguments),
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}
