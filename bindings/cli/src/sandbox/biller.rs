//! What happens at a biller while the sandbox runs: `revise BILLER BILL MINOR`, `bill BILLER NUMBER BILL MINOR [DUE]`, `close BILLER`,
//! `reopen BILLER`; and `charges BILLER`, what its own books have charged and not undone.

use jiff::civil::Date;
use sandbox_gateway::{biller::seeds::SeedBill, server::Sandbox};
use serde_json::json;

use super::control::done;
use crate::shell::Shell;

/// What may be asked of a biller.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Errand {
    /// The bill asks for so much, under a new version.
    Revise { biller: String, bill: String, minor: i64 },
    /// A customer number has a new bill.
    Bill { biller: String, number: String, bill: String, minor: i64, due: Option<Date> },
    /// It takes payments, or none.
    Close { biller: String, closed: bool },
    /// How much its books have charged.
    Charges { biller: String },
}

/// What stands behind the command; `None` where that is not all of it, or more.
pub(super) fn errand(command: &str, argument: &str) -> Option<Errand> {
    let mut parts = argument.split_whitespace().map(str::to_owned);
    let biller = parts.next()?;
    let errand = match command {
        "revise" => Errand::Revise { biller, bill: parts.next()?, minor: parts.next()?.parse().ok()? },
        "bill" => {
            let (number, bill, minor) = (parts.next()?, parts.next()?, parts.next()?.parse().ok()?);
            let due = parts.next().map(|due| due.parse()).transpose().ok()?;
            (minor > 0).then_some(Errand::Bill { biller, number, bill, minor, due })?
        }
        "close" | "reopen" => Errand::Close { biller, closed: command == "close" },
        "charges" => Errand::Charges { biller },
        _ => return None,
    };
    parts.next().is_none().then_some(errand)
}

/// Does it, and says what came of it.
pub(super) fn run(shell: &Shell, sandbox: &Sandbox, errand: &Errand) {
    let billers = sandbox.billers();
    match errand {
        Errand::Revise { biller, bill, minor } => {
            let revised = billers.revise_bill(biller, bill, *minor).map_err(|error| error.to_string());
            let said = json!({ "event": "revise", "biller": biller, "bill": bill, "minor": minor });
            done(shell, said, shell.say("账单已变更", "the bill is revised"), revised);
        }
        Errand::Bill { biller, number, bill, minor, due } => {
            let new = SeedBill { due_date: *due, ..SeedBill::new(bill, *minor) };
            let added = billers.add_bill(biller, number, &new).map_err(|error| error.to_string());
            let said = json!({ "event": "bill", "biller": biller, "bill": bill, "minor": minor, "due_date": due });
            done(shell, said, shell.say("账单已开出", "there is a new bill"), added);
        }
        Errand::Close { biller, closed } => {
            let set = billers.set_closed(biller, *closed, None).map_err(|error| error.to_string());
            let words = if *closed {
                shell.say("收费单位已停止收款", "the biller is closed")
            } else {
                shell.say("收费单位已恢复收款", "the biller is open")
            };
            done(shell, json!({ "event": "biller", "biller": biller, "closed": closed }), words, set);
        }
        Errand::Charges { biller } => match billers.charges() {
            Ok(charges) => {
                let here = charges.iter().filter(|charge| charge.biller == *biller && charge.charged);
                let (count, minor) =
                    here.fold((0, 0), |(count, minor), charge| (count + 1, minor + charge.amount_minor));
                let said = json!({ "event": "charges", "biller": biller, "charges": count, "minor": minor });
                done(shell, said, &format!("{}: {count}, {minor}", shell.say("收费", "charges")), Ok(()));
            }
            Err(error) => done(shell, json!({ "event": "charges" }), "", Err(error.to_string())),
        },
    }
}
