//! Bills and cases to be asked about.

use billpay_plan::{Amount, Bill, Status};

/// An open bill of that id, due then.
pub(crate) fn bill(id: &str, due: &str) -> Bill {
    Bill {
        id: id.to_owned(),
        biller: "power".to_owned(),
        name_zh: "市电力公司".to_owned(),
        name_en: "City Power".to_owned(),
        number_masked: "****6789".to_owned(),
        number: None,
        amount: Amount { minor: 12_345, currency: "CNY".to_owned() },
        due_date: Some(due.parse().unwrap()),
        status: Status::Open,
        failed_at: None,
        method: Some("储蓄卡 尾号1234".to_owned()),
    }
}
