//! Why reminders are not told, or stay as they are.

use super::{Advice, Arguments, Explain, Happening, Value, codes::codes, fault};
use crate::{
    error::{ReminderError, WhoActs},
    reminders::PolicyError,
};

codes! {
    /// What happened, of a [`ReminderError`].
    ReminderText {
        UnknownZone "unknown-zone": "不认识时区{zone}。", "The time zone {zone} is not known.";
        Days "reminder-days": "提醒天数有误（{member}）：最多64个，每个不超过366天，逾期天数从1开始。", "The days of {member} make no sense: at most 64, each at most 366, and overdue days from 1 on.";
        TooFar "reminder-too-far": "提醒设置有误（{member}）：不得超过366天。", "{member} is out of range: at most 366 days.";
        TooMany "reminder-too-many": "提醒设置有误（{member}）：最多500项。", "There are too many of {member}: at most 500.";
        Snooze "reminder-snooze": "推迟的时间须晚于现在，且不超过366天。", "A bill can be put off to a later moment, within 366 days.";
        UnknownBill "reminder-unknown-bill": "没有这张账单。", "There is no such bill.";
        UnknownBinding "reminder-unknown-binding": "没有这个绑定的账户。", "There is no such binding.";
    }
}

impl Explain for ReminderError {
    fn happening(&self, arguments: Arguments) -> Happening {
        use ReminderText as R;
        let with = |name, value: &str| arguments.clone().with(name, Value::from(value));
        let (code, advice, arguments) = match self {
            Self::Zone(zone) => (R::UnknownZone, Advice::CheckReminders, with("zone", &zone.0)),
            Self::Policy(PolicyError::Days(member)) => (R::Days, Advice::CheckReminders, with("member", member)),
            Self::Policy(PolicyError::TooFar(member)) => (R::TooFar, Advice::CheckReminders, with("member", member)),
            Self::Policy(PolicyError::TooMany(member)) => (R::TooMany, Advice::CheckReminders, with("member", member)),
            Self::Policy(PolicyError::Snooze { .. }) => (R::Snooze, Advice::CheckReminders, arguments),
            Self::UnknownBill => (R::UnknownBill, Advice::ChooseBill, arguments),
            Self::UnknownBinding => (R::UnknownBinding, Advice::ChooseAccount, arguments),
            Self::Fault(fault) => return fault::happening(fault, arguments),
        };
        Happening::new(code, advice, arguments).acted_on_by(WhoActs::Person)
    }
}
