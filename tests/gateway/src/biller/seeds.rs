//! The billers and accounts that a fresh sandbox has. Every account's behaviour is in one table,
//! ACCOUNTS.md, which a test holds equal to this file (row 65).

use std::fmt::Write as _;

use jiff::{ToSpan as _, civil::Date};

use super::{catalogue::Biller, sandbox};
use crate::leg::{LegSecret, answer::Kind};

/// What a biller's books start from.
#[derive(Clone, Debug, Default)]
pub struct Seeds {
    /// The billers, each with the secret that it shares with the bank.
    pub billers: Vec<SeedBiller>,
    /// Their customers.
    pub accounts: Vec<SeedAccount>,
}

/// A biller at the start.
#[derive(Clone, Debug)]
pub struct SeedBiller {
    /// What it is.
    pub biller: Biller,
    /// Signs the leg.
    pub secret: LegSecret,
    /// Takes nothing at the start.
    pub closed: bool,
}

/// An account at the start.
#[derive(Clone, Debug)]
pub struct SeedAccount {
    /// Its biller.
    pub biller: String,
    /// Its customer number.
    pub number: String,
    /// The holder's full name: the biller masks it.
    pub holder: String,
    /// The full address: the biller masks it.
    pub address: String,
    /// What is special about it.
    pub behaviour: Behaviour,
    /// What it owes.
    pub bills: Vec<SeedBill>,
    /// One sentence for the table.
    pub note: &'static str,
}

/// A bill at the start. Amounts in minor units of CNY.
#[derive(Clone, Debug)]
pub struct SeedBill {
    /// Unique at the biller.
    pub number: String,
    /// A bill, or an account to top up.
    pub kind: Kind,
    /// What is asked; 0 for a top-up.
    pub amount_minor: i64,
    /// The least that is taken.
    pub minimum_minor: i64,
    /// The most that is taken.
    pub maximum_minor: i64,
    /// Of the amount.
    pub late_fee_minor: Option<i64>,
    /// Such as `2026-10`.
    pub period: Option<String>,
    /// In the bank's zone.
    pub due_date: Option<Date>,
    /// Paid before the sandbox began.
    pub paid: bool,
    /// What it is made up of.
    pub items: Vec<(String, i64)>,
}

/// What is special about an account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Behaviour {
    /// Every bill that is looked up by its number is revised right after, this many times: it asks
    /// for 1.00 more, and its version rises.
    pub revises: u32,
    /// So many charges are refused as closed before one is taken.
    pub refuses: u32,
    /// Every answer comes so much later, in milliseconds.
    pub slow_ms: u32,
}

impl Seeds {
    /// The sandbox's billers and accounts; due dates are counted from `today`.
    #[must_use]
    pub fn sandbox(today: Date) -> Self {
        Self { billers: sandbox::billers(), accounts: accounts(today) }
    }

    /// The table of ACCOUNTS.md: Markdown rows, in the order of the seeds.
    #[must_use]
    pub fn table(&self) -> String {
        let mut out = String::from("| biller | number | holder | asks | behaviour |\n|---|---|---|---|---|\n");
        for account in &self.accounts {
            let asks: Vec<String> = account.bills.iter().map(SeedBill::asks).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(
                out,
                "| {} | {} | {} | {} | {} |",
                account.biller,
                account.number,
                account.holder,
                if asks.is_empty() { "nothing".to_owned() } else { asks.join(", ") },
                account.note,
            );
        }
        out
    }
}

impl SeedBill {
    /// An open bill of that much.
    #[must_use]
    pub fn new(number: &str, amount_minor: i64) -> Self {
        Self {
            number: number.to_owned(),
            kind: Kind::Bill,
            amount_minor,
            minimum_minor: amount_minor,
            maximum_minor: amount_minor,
            late_fee_minor: None,
            period: None,
            due_date: None,
            paid: false,
            items: Vec::new(),
        }
    }

    /// An account to top up, between these amounts.
    #[must_use]
    pub fn top_up(number: &str, minimum_minor: i64, maximum_minor: i64) -> Self {
        Self { kind: Kind::TopUp, minimum_minor, maximum_minor, ..Self::new(number, 0) }
    }

    /// For the month of its due date, due on that date.
    #[must_use]
    pub fn due(self, date: Date) -> Self {
        let period = format!("{:04}-{:02}", date.year(), date.month());
        Self { due_date: Some(date), period: Some(period), ..self }
    }

    /// Made up of these.
    #[must_use]
    pub fn of(self, items: &[(&str, i64)]) -> Self {
        Self { items: items.iter().map(|(label, minor)| ((*label).to_owned(), *minor)).collect(), ..self }
    }

    fn asks(&self) -> String {
        let yuan = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
        match self.kind {
            Kind::TopUp => format!("{}: {} to {}", self.number, yuan(self.minimum_minor), yuan(self.maximum_minor)),
            Kind::Bill if self.paid => format!("{}: paid", self.number),
            Kind::Bill => format!("{}: {}", self.number, yuan(self.amount_minor)),
        }
    }
}

/// Everybody who has an account at a biller, with what is special about it.
fn accounts(today: Date) -> Vec<SeedAccount> {
    let day = |days: i64| today.saturating_add(days.days());
    let bill = SeedBill::new;
    let revises = Behaviour { revises: 1, ..Behaviour::default() };
    let refuses = Behaviour { refuses: 1, ..Behaviour::default() };
    let slow = Behaviour { slow_ms: 3_000, ..Behaviour::default() };
    let none = Behaviour::default();
    let account = |biller: &str, number: &str, holder: &str, address: &str, behaviour, note, bills| SeedAccount {
        biller: biller.to_owned(),
        number: number.to_owned(),
        holder: holder.to_owned(),
        address: address.to_owned(),
        behaviour,
        bills,
        note,
    };
    let tower = "上海市浦东新区世纪大道100号3栋502室";
    let lane = "上海市静安区南京西路1266弄8号";
    let garden = "上海市徐汇区光华花园B座12楼";
    let power =
        |number, holder, behaviour, note, bills| account("power-sh", number, holder, tower, behaviour, note, bills);
    let water =
        |number, holder, behaviour, note, bills| account("water-sh", number, holder, lane, behaviour, note, bills);
    let gas = |number, holder, behaviour, note, bills| account("gas-sh", number, holder, lane, behaviour, note, bills);
    let mobile =
        |number, holder, behaviour, note, bills| account("mobile-cn", number, holder, tower, behaviour, note, bills);
    let property =
        |number, holder, behaviour, note, bills| account("property-gh", number, holder, garden, behaviour, note, bills);
    let usual = [("电费", 11_845), ("基金及附加", 500)];
    vec![
        power("3110001017", "王小明", none, "normal", vec![bill("E0001", 12_345).due(day(10)).of(&usual)]),
        power("3110001025", "李娜", none, "normal, due today", vec![bill("E0002", 8_800).due(today)]),
        power(
            "3110001033",
            "陈建国",
            none,
            "several bills, the oldest overdue with a late fee",
            vec![
                SeedBill { late_fee_minor: Some(235), ..bill("E0003", 10_235) }.due(day(-40)),
                bill("E0004", 9_950).due(day(-9)),
                bill("E0005", 7_420).due(day(21)),
            ],
        ),
        power(
            "3110001041",
            "赵敏",
            revises,
            "after the first look-up by bill number (a quote) it asks 1.00 more, under a new version",
            vec![bill("E0006", 20_000).due(day(5))],
        ),
        power(
            "3110001058",
            "刘洋",
            refuses,
            "refuses the first charge as closed, takes the next",
            vec![bill("E0007", 15_600).due(day(5))],
        ),
        power("3110001066", "孙丽", slow, "a query and a charge take 3 s", vec![bill("E0008", 4_321).due(day(7))]),
        power(
            "3110001074",
            "周杰",
            none,
            "paid already",
            vec![SeedBill { paid: true, ..bill("E0009", 6_600) }.due(day(-3))],
        ),
        power("3110001082", "吴芳", none, "owes nothing", vec![]),
        water(
            "2100200018",
            "王小明",
            none,
            "takes a part, from 10.00",
            vec![part(bill("W0001", 6_000), 1_000).due(day(14))],
        ),
        water("2100200026", "Li Na", none, "takes a part, any", vec![part(bill("W0002", 3_050), 1).due(day(2))]),
        water(
            "210020019X",
            "郑爽",
            none,
            "a number that ends in X; two bills, each in parts",
            vec![part(bill("W0003", 4_000), 500).due(day(-1)), part(bill("W0004", 4_200), 500).due(day(29))],
        ),
        water(
            "2100200034",
            "钱伟",
            slow,
            "a query and a charge take 3 s; takes a part",
            vec![part(bill("W0005", 2_000), 100).due(day(8))],
        ),
        gas(
            "SG31000182",
            "王小明",
            none,
            "normal, at a biller without tombstones",
            vec![bill("G0001", 9_876).due(day(12))],
        ),
        gas(
            "SG31000279",
            "冯刚",
            refuses,
            "refuses the first charge, without tombstones",
            vec![bill("G0002", 5_000).due(day(3))],
        ),
        gas(
            "SG31000376",
            "褚燕",
            revises,
            "revised after the first quote, without tombstones",
            vec![bill("G0003", 3_300).due(day(3))],
        ),
        mobile("13900000001", "王小明", none, "top-up", vec![SeedBill::top_up("M0001", 1_000, 50_000)]),
        mobile(
            "13900000002",
            "李娜",
            refuses,
            "top-up that refuses the first charge",
            vec![SeedBill::top_up("M0002", 1_000, 50_000)],
        ),
        mobile(
            "13900000003",
            "陈建国",
            slow,
            "top-up; a query and a charge take 3 s",
            vec![SeedBill::top_up("M0003", 1_000, 50_000)],
        ),
        property(
            "B12-0502",
            "王小明",
            none,
            "a large bill, in parts from 100.00",
            vec![part(bill("P0001", 368_000), 10_000).due(day(30)).of(&[("物业费", 318_000), ("停车费", 50_000)])],
        ),
        property("A03-1101", "李娜", none, "normal", vec![bill("P0002", 120_000).due(day(6))]),
        property("C07-0304", "何平", revises, "revised after the first quote", vec![bill("P0003", 99_900).due(day(6))]),
        account(
            "heat-sh",
            "8800000013",
            "王小明",
            tower,
            none,
            "its biller is closed",
            vec![bill("H0001", 88_800).due(day(15))],
        ),
    ]
}

fn part(bill: SeedBill, minimum_minor: i64) -> SeedBill {
    SeedBill { minimum_minor, ..bill }
}
