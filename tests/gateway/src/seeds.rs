//! The customers that a fresh sandbox has: tests/gateway/CUSTOMERS.md is made from this, and a test
//! holds the two together.

use crate::{
    activation::{phone_key, phone_masked},
    ledger::customers::{Customer, Method},
};

/// A person, as enrolled at the bank's counter.
#[derive(Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// The customer's id.
    pub id: String,
    /// E.164. In memory only: the ledger has its HMAC.
    pub phone: String,
    /// `王*`.
    pub name_masked: String,
    /// The permission to pay.
    pub may_pay: bool,
    /// The most one payment may be, in minor units.
    pub per_payment: i64,
    /// The most of a day, in minor units.
    pub per_day: i64,
    /// From this sum on a second factor is needed.
    pub step_up_from: i64,
    /// Where the money comes from.
    pub methods: Vec<Method>,
    /// One sentence for the table.
    pub note: &'static str,
}

// I8: a phone number is not for logs.
impl std::fmt::Debug for Enrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Enrolment").field("id", &self.id).finish_non_exhaustive()
    }
}

/// 5,000.00 yuan a payment, 20,000.00 a day, and a code from 2,000.00 on: above what a household pays
/// each month, and below the property manager's large bill.
const PER_PAYMENT: i64 = 500_000;
const PER_DAY: i64 = 2_000_000;
const STEP_UP_FROM: i64 = 200_000;

impl Enrolment {
    /// A customer with one account that holds `balance` minor units and the usual limits.
    #[must_use]
    pub fn new(number: u32, name_masked: &str, balance: i64, note: &'static str) -> Self {
        let id = format!("C{}", 1000 + number);
        let method = Method {
            id: format!("m_{id}_account"),
            customer: id.clone(),
            kind: "account".to_owned(),
            label: "活期账户".to_owned(),
            last4: format!("{:04}", 6000 + number),
            preferred: true,
            state: "active".to_owned(),
            balance,
        };
        Self {
            phone: format!("+86138{number:08}"),
            id,
            name_masked: name_masked.to_owned(),
            may_pay: true,
            per_payment: PER_PAYMENT,
            per_day: PER_DAY,
            step_up_from: STEP_UP_FROM,
            methods: vec![method],
            note,
        }
    }

    fn with_method(mut self, kind: &str, label: &str, last4: &str, balance: i64, state: &str) -> Self {
        self.methods.push(Method {
            id: format!("m_{}_{kind}", self.id),
            customer: self.id.clone(),
            kind: kind.to_owned(),
            label: label.to_owned(),
            last4: last4.to_owned(),
            preferred: false,
            state: state.to_owned(),
            balance,
        });
        self
    }

    /// As the ledger has it.
    pub(crate) fn customer(&self, phones: &[u8; 32]) -> Customer {
        Customer {
            id: self.id.clone(),
            phone: phone_key(phones, &self.phone),
            phone_masked: phone_masked(&self.phone),
            name_masked: self.name_masked.clone(),
            may_pay: self.may_pay,
            per_payment: self.per_payment,
            per_day: self.per_day,
            step_up_from: self.step_up_from,
        }
    }
}

/// The customers of the sandbox.
#[must_use]
pub fn customers() -> Vec<Enrolment> {
    vec![
        Enrolment::new(1, "王*", 10_000_000, "The usual one: 100,000.00 yuan, and a card.").with_method(
            "card",
            "储蓄卡",
            "6688",
            300_000,
            "active",
        ),
        Enrolment::new(2, "李**", 5_000_000, "The other one: pays the same bills from another phone.").with_method(
            "card",
            "旧储蓄卡",
            "0013",
            100_000,
            "expired",
        ),
        Enrolment::new(3, "张*", 150, "Poor: 1.50 yuan."),
        Enrolment { may_pay: false, ..Enrolment::new(4, "刘*", 1_000_000, "No permission to pay.") },
        Enrolment {
            per_payment: 10_000,
            per_day: 15_000,
            ..Enrolment::new(5, "陈**", 1_000_000, "Low limits: 100.00 a payment, 150.00 a day.")
        },
        Enrolment {
            step_up_from: 20_000,
            ..Enrolment::new(
                6,
                "杨*",
                1_000_000,
                "Needs a second factor from 200.00 on: a code by message, good for that one order.",
            )
        },
        Enrolment::new(7, "赵*", 1_000_000, "For the race of many devices: nothing special."),
        Enrolment::new(8, "黄**", 1_000_000, "For the terminal client's demonstration: nothing special."),
        Enrolment::new(9, "周*", 0, "Nothing in the account, enough on the card.").with_method(
            "card",
            "储蓄卡",
            "9009",
            500_000,
            "active",
        ),
        Enrolment { per_day: 50_000, ..Enrolment::new(10, "吴**", 1_000_000, "A low limit for a day: 500.00.") },
        {
            let mut person = Enrolment::new(11, "徐*", 1_000_000, "The account is blocked: no method is active.");
            person.methods.iter_mut().for_each(|method| "expired".clone_into(&mut method.state));
            person
        },
        Enrolment::new(12, "孙**", 1_000_000, "A card and a wallet that end in the same digits.")
            .with_method("card", "储蓄卡", "1212", 200_000, "active")
            .with_method("wallet", "钱包", "1212", 20_000, "active"),
    ]
}

/// CUSTOMERS.md.
#[must_use]
pub fn table() -> String {
    let mut text = String::from(
        "# The customers of the sandbox\n\n\
         Made from src/seeds.rs. Amounts in minor units (分). The code comes by message to the number;\n\
         the sandbox shows it.\n\n\
         | phone | customer | name | may pay | per payment | per day | second factor from | methods | what for |\n\
         |---|---|---|---|---|---|---|---|---|\n",
    );
    for person in customers() {
        let methods: Vec<String> = person
            .methods
            .iter()
            .map(|method| format!("{} {} ({}, {})", method.id, method.balance, method.last4, method.state))
            .collect();
        text.push_str(&format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |\n",
            person.phone,
            person.id,
            person.name_masked,
            if person.may_pay { "yes" } else { "no" },
            person.per_payment,
            person.per_day,
            person.step_up_from,
            methods.join("; "),
            person.note
        ));
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn row_65_there_are_a_dozen_customers_with_something_to_tell_them_apart() {
        let people = super::customers();
        assert!(people.len() >= 12);
        let notes: std::collections::BTreeSet<_> = people.iter().map(|person| person.note).collect();
        assert_eq!(notes.len(), people.len());
    }

    #[test]
    fn row_25_whoever_may_pay_such_a_sum_meets_the_code_before_the_limit() {
        for person in super::customers() {
            let low = [person.per_payment, person.per_day].into_iter().min();
            // Of those with low limits it is the limits that are to be met.
            assert!(low < Some(super::STEP_UP_FROM) || Some(person.step_up_from) < low, "{}", person.note);
        }
    }

    #[test]
    fn row_65_the_table_of_customers_is_this_file() {
        let written = include_str!("../CUSTOMERS.md");
        assert_eq!(written, super::table(), "write CUSTOMERS.md anew from seeds::table()");
    }
}
