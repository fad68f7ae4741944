//! Why something cannot be shown.

use super::{Advice, Arguments, Explain, Happening, codes::codes, fault};
use crate::error::{Fault, ViewError, WhoActs};

codes! {
    /// What happened, of a [`ViewError`].
    ViewText {
        NotFound "not-found": "这里没有这笔付款或回单。", "There is no such payment or receipt here.";
    }
}

impl Explain for ViewError {
    fn happening(&self, arguments: Arguments) -> Happening {
        match self {
            Self::NotFound => {
                Happening::new(ViewText::NotFound, Advice::ChooseRecord, arguments).acted_on_by(WhoActs::Person)
            }
            Self::Fault(fault) => fault::happening(fault, arguments),
        }
    }
}

impl Explain for Fault {
    fn happening(&self, arguments: Arguments) -> Happening {
        fault::happening(self, arguments)
    }
}
