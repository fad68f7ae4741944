//! A device: a profile that `billpay` is run on, again and again, and all that it was ever told there.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::{
    Outcome, Unfit,
    program::{Ended, Program, Running, number, text},
    sandbox::Sandbox,
};

/// What the client has said of a payment, at some time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which.
    pub payment: String,
    /// `checking`, `settled`, `refused`, `reversed`, `cancelled`.
    pub state: String,
}

/// A bill or top-up account that can be paid now.
#[derive(Clone, Debug)]
pub struct Payable {
    /// By whom.
    pub biller: String,
    /// Its number.
    pub bill: String,
    /// From the least to the most that may be paid, in minor units.
    pub range: (i64, i64),
}

/// A device.
pub struct Phone {
    program: Program,
    profile: PathBuf,
    /// All that was said of payments, oldest first, also by those who were killed.
    pub told: Vec<Told>,
    /// Payments that are known to be in its journal.
    pub known: Vec<String>,
    /// Events that were acknowledged: payment, kind.
    pub acknowledged: Vec<(String, String)>,
    /// Its person has another one: the bank talks to it of its own doubts only.
    pub retired: bool,
}

impl Phone {
    /// Activates a device for the person with this phone number, and binds these accounts.
    ///
    /// # Errors
    /// Anything that does not work: nobody is killed here.
    pub fn activate(
        program: &Program,
        sandbox: &mut Sandbox,
        profile: &Path,
        number: &str,
        accounts: &[(&str, &str)],
    ) -> Outcome<Self> {
        let program = program.clone();
        let profile = profile.to_owned();
        let mut phone = Self { program, profile, told: vec![], known: vec![], acknowledged: vec![], retired: false };
        let connection = sandbox.connection();
        phone.must(&["--gateway", &connection.to_string_lossy(), "activate", "start", number])?;
        let code = sandbox.code()?;
        phone.must(&["activate", "finish", &code])?;
        for (biller, account) in accounts {
            let found = phone.must(&["bind", "lookup", biller, account])?;
            let token = text(found.summary(), "/token");
            phone.must(&["bind", "confirm", biller, account, "--token", token])?;
        }
        Ok(phone)
    }

    /// Starts a command; `pause` as in [`Program::start`].
    ///
    /// # Errors
    /// It cannot be started.
    pub fn start(&self, arguments: &[&str], pause: Option<&str>) -> Outcome<Running> {
        let profile = self.profile.to_string_lossy();
        let all: Vec<&str> = ["--profile", &profile].into_iter().chain(arguments.iter().copied()).collect();
        self.program.start(&all, pause)
    }

    /// Runs a command to its end, and remembers what it said of payments.
    ///
    /// # Errors
    /// It cannot be started, or does not end.
    pub fn run(&mut self, arguments: &[&str]) -> Outcome<Ended> {
        let ended = self.start(arguments, None)?.end()?;
        self.hear(&ended);
        Ok(ended)
    }

    /// The same, and it has to work.
    ///
    /// # Errors
    /// It did not work.
    pub fn must(&mut self, arguments: &[&str]) -> Outcome<Ended> {
        let ended = self.run(arguments)?;
        if ended.ok() {
            return Ok(ended);
        }
        let command = arguments.join(" ");
        Err(Unfit::Unexpected(format!("billpay {command}: {} ({})", ended.error(), ended.err.join("; "))))
    }

    /// Remembers what was said of payments.
    pub fn hear(&mut self, ended: &Ended) {
        for line in &ended.out {
            let listed = line.pointer("/payments").and_then(Value::as_array);
            let all = listed.into_iter().flatten().chain(line.pointer("/payment")).chain([line]);
            for payment in all.filter(|value| value.get("payment_id").is_some() && value.get("state").is_some()) {
                let of = |pointer| text(payment, pointer).to_owned();
                self.told.push(Told { payment: of("/payment_id"), state: of("/state") });
            }
        }
    }

    /// The payments in its journal, whole; newest first.
    ///
    /// # Errors
    /// They cannot be listed.
    pub fn payments(&mut self) -> Outcome<Vec<Value>> {
        let listed = self.must(&["payments"])?;
        Ok(listed.out.into_iter().filter(|line| line.get("payment_id").is_some()).collect())
    }

    /// The signed documents that it holds.
    ///
    /// # Errors
    /// They cannot be listed.
    pub fn documents(&mut self) -> Outcome<Vec<Value>> {
        let listed = self.must(&["receipts"])?;
        Ok(listed.out.into_iter().filter(|line| line.get("compact").is_some()).collect())
    }

    /// The oldest event that was not acknowledged: id, payment, kind.
    ///
    /// # Errors
    /// It cannot be asked for.
    pub fn event(&mut self) -> Outcome<Option<(String, String, String)>> {
        let ended = self.must(&["events", "next"])?;
        let event = ended.summary().get("event").filter(|event| event.is_object());
        Ok(event.map(|event| {
            let of = |pointer| text(event, pointer).to_owned();
            (of("/id"), of("/payment_id"), of("/kind"))
        }))
    }

    /// Acknowledges an event.
    ///
    /// # Errors
    /// It cannot be.
    pub fn acknowledge(&mut self, event: (String, String, String)) -> Outcome<()> {
        let (id, payment, kind) = event;
        self.must(&["events", "ack", &id])?;
        self.acknowledged.push((payment, kind));
        Ok(())
    }

    /// What can be paid, after asking the bank.
    ///
    /// # Errors
    /// They cannot be listed.
    pub fn payables(&mut self) -> Outcome<Vec<Payable>> {
        let listed = self.must(&["bills", "--refresh"])?;
        let open = listed.out.iter().filter(|bill| text(bill, "/status") == "open");
        let all = open.filter_map(|bill| {
            let range = (number(bill, "/minimum/minor")?, number(bill, "/maximum/minor")?);
            let (biller, bill) = (text(bill, "/biller").to_owned(), text(bill, "/bill_number").to_owned());
            (range.1 > 0).then_some(Payable { biller, bill, range })
        });
        Ok(all.collect())
    }
}
