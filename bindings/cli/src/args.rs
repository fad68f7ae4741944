//! What can be typed.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

/// Over the options that every command has.
pub(crate) const EVERYWHERE: &str = "With every command";

/// Pay utility bills from a terminal: never lost, never doubled, never misreported.
#[derive(Debug, Parser)]
#[command(
    name = "billpay",
    version,
    arg_required_else_help = true,
    after_help = "Exit status: 0 done, 1 not done, 2 not understood, 3 a payment whose end is not known yet (billpay resolve), 4 done, but standard output did not take it all (the rest is on standard error).\nA profile is kept in $XDG_DATA_HOME/billpay, or ~/.local/share/billpay, unless --profile or $BILLPAY_PROFILE names another folder."
)]
pub(crate) struct Args {
    /// Where this device's profile is kept.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        help_heading = EVERYWHERE
    )]
    pub profile: Option<PathBuf>,
    /// The connection file of the gateway, as the sandbox writes it; remembered in the profile.
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub gateway: Option<PathBuf>,
    /// Chinese or English; from LANG if not given.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "zh|en",
        hide_possible_values = true,
        help_heading = EVERYWHERE
    )]
    pub lang: Option<Lang>,
    /// JSON lines on standard output, the last one a summary with "ok".
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

// Values are told by their names alone: a line for each would pull every help apart.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Lang {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// See the whole story on this machine: a bank, its billers, a phone, and what breaks between them.
    Demo(DemoArgs),
    /// Run a bank and its billers on this machine.
    Sandbox(SandboxArgs),
    #[command(flatten)]
    Phone(Action),
}

impl Command {
    /// Whether it changes anything, here or at the bank, so that it must not end where nobody listens any more.
    pub(crate) fn acts(&self) -> bool {
        match self {
            Self::Demo(_) | Self::Sandbox(_) => false,
            Self::Phone(action) => action.acts(),
        }
    }
}

impl Action {
    fn acts(&self) -> bool {
        match self {
            Self::Billers | Self::Bills { .. } | Self::Payments | Self::Receipts { .. } | Self::Owed | Self::Status => {
                false
            }
            Self::Activate(asked) => !matches!(asked, Activate::Status),
            Self::Bind(asked) => !matches!(asked, Bind::List),
            Self::Limits { action } => matches!(action, Some(Limits::Set(_))),
            Self::Methods { action } => !matches!(action, None | Some(Methods::List { .. })),
            Self::Reminders(asked) => asked.action.is_some() || asked.ics.is_some(),
            Self::Events { action } => matches!(action, Some(Events::Ack { .. })),
            Self::Doctor(asked) => asked.bundle.is_some(),
            Self::Pay(_)
            | Self::Repeat { .. }
            | Self::Export { .. }
            | Self::Resolve
            | Self::Wipe { .. }
            | Self::ChangeKey
            | Self::SetAside { .. } => true,
        }
    }
}

/// What the phone of a profile does.
#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Make this device a customer's, by SMS code.
    #[command(subcommand)]
    Activate(Activate),
    /// Who can be paid; works without network.
    Billers,
    /// Bind a utility account by customer number, in two steps: look up, compare, confirm.
    #[command(subcommand)]
    Bind(Bind),
    /// What is owed, as last heard.
    Bills {
        /// Ask the bank first.
        #[arg(long)]
        refresh: bool,
        /// Show which bills of one binding a sum would pay, the oldest first; pays nothing.
        #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
        sum: Option<String>,
        /// Of this binding alone; its id or what you call it, from `billpay bind list`.
        #[arg(long)]
        account: Option<String>,
    },
    /// Pay a bill, or several in one go: shows what will be signed, asks once, pays.
    Pay(Pay),
    /// Pay as last time: the oldest bill of a binding, or its usual sum, by the usual method.
    Repeat {
        /// Its id or what you call it, from `billpay bind list`.
        account: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// What you may pay at a time and in a day, and changing it.
    Limits {
        #[command(subcommand)]
        action: Option<Limits>,
    },
    /// What you can pay by; cards and wallets are entered on a page of the bank.
    Methods {
        #[command(subcommand)]
        action: Option<Methods>,
    },
    /// The payments of this device.
    Payments,
    /// When you are reminded of which bill, and a calendar of it; works without network. With --bills what is in
    /// files is planned, and no profile is opened (docs/reminders.md).
    Reminders(Reminders),
    /// Receipts, refusals and reversals; works without network.
    Receipts {
        #[command(subcommand)]
        action: Option<Receipts>,
    },
    /// What is owed over all bindings; payments that are being checked are left out and named.
    Owed,
    /// Everything of yours on this device as one archive (ZIP): documents, orders, accounts, bills. It holds customer
    /// numbers in full.
    Export {
        /// A new file.
        file: PathBuf,
    },
    /// What has happened and was not yet acknowledged.
    Events {
        #[command(subcommand)]
        action: Option<Events>,
    },
    /// Who this device acts for, and how things stand.
    Status,
    /// Ask the bank about every payment whose end is not known.
    Resolve,
    /// Show what this client thinks of a gateway, step by step: name, keys, pins, TLS. Of the profile's own, or
    /// of --gateway https://HOST with --trust.
    Doctor(Doctor),
    /// Wipe everything of this profile on this device, its keys first.
    Wipe {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
        /// Also while payments are being checked: they end at the bank all the same.
        #[arg(long)]
        open_payments: bool,
    },
    /// Seal everything on this device anew, by another root key; the old one is deleted. Killed anywhere, nothing is
    /// lost, and it can be asked for again.
    ChangeKey,
    /// When this device's keys are lost, or its file is damaged: put its records out of the way, to activate anew.
    SetAside {
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Doctor {
    /// What to judge it by: roots, and pins or a trust document, in JSON (docs/doctor.md).
    #[arg(long, value_name = "FILE")]
    pub trust: Option<PathBuf>,
    /// Fail if the trust document expires in fewer days.
    #[arg(long, value_name = "DAYS")]
    pub min_days: Option<u32>,
    /// Write down how this device stands, for support: versions, states, counts, the last errors, and nothing
    /// that is anybody's. To be read before it is sent. Asks no bank.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["trust", "min_days"])]
    pub bundle: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct DemoArgs {
    /// Plant a defect; the demo must then fail.
    #[arg(long, value_name = "NAME")]
    pub plant: Option<String>,
    /// List the defects that can be planted.
    #[arg(long)]
    pub plants: bool,
    /// Keep the ledgers in this folder.
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct SandboxArgs {
    /// Keep its state in this folder; forgotten at the end otherwise.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// The bank's port; one that is free if not given.
    #[arg(long)]
    pub port: Option<u16>,
    /// The billers' port; one that is free if not given.
    #[arg(long, value_name = "PORT")]
    pub billers_port: Option<u16>,
    /// Run one side alone, and the other one as a process of its own on the same --data folder, so that
    /// each can go down without the other: first the billers, then the bank with their --billers-port.
    #[arg(long, value_name = "SIDE", value_enum, requires = "data")]
    pub only: Option<Side>,
    /// Let the bank's and the billers' clocks be so many seconds ahead.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, hide_default_value = true)]
    pub ahead: u32,
    /// A script of faults, in JSON.
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Let the bank ask the billers for new bills by itself, each so many seconds; 0 for never.
    #[arg(long, value_name = "SECONDS", default_value_t = 3_600)]
    pub collect: u32,
    /// The most such questions about one binding on a day of the bank.
    #[arg(long, value_name = "N", default_value_t = 30)]
    pub collect_most: u32,
    /// Take commands from standard input, a line each: `clock MS` sets both clocks so far ahead,
    /// `backup FILE` and `restore FILE` save the bank's ledger and put it back under a new epoch,
    /// `operator` lists what a person at the bank has to look at, `rule PAYMENT charged|not-charged PERSON
    /// [MINOR]` says how such an order ends (two persons have to say the same), `reconcile` has the billers check the
    /// bank's statements, `backup-billers FILE` and `restore-billers FILE` save their books and put them
    /// back, `requests` says how many the bank has had, `faults JSON` replaces the fault script, `revise BILLER BILL
    /// MINOR`, `bill BILLER NUMBER BILL MINOR [DUE]` (a new one), `close BILLER`, `reopen BILLER` and `charges BILLER` act
    /// and look at a biller, `collect` has the bank ask the billers whose time has come. Its end ends the sandbox.
    #[arg(long)]
    pub control: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Side {
    Bank,
    Billers,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Activate {
    /// Have a code sent to the phone number that the bank knows.
    Start {
        /// Such as 13800000001.
        phone: String,
    },
    /// Have a new code sent; the old one is void then.
    Resend,
    /// Present the code.
    Finish {
        /// From the message; asked for if not given.
        code: Option<String>,
    },
    /// Where the activation stands.
    Status,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bind {
    /// Both steps at a terminal: look up, show, ask, bind.
    Add {
        /// Its id, from `billpay billers`.
        biller: String,
        /// As on the bill.
        number: String,
        /// What you call it.
        #[arg(long, default_value = "", hide_default_value = true)]
        alias: String,
    },
    /// Step one: whose number is it? Gives a token.
    Lookup {
        /// Its id, from `billpay billers`.
        biller: String,
        /// As on the bill.
        number: String,
    },
    /// Step two: bind the number that you have compared.
    Confirm {
        /// As looked up.
        biller: String,
        /// As looked up.
        number: String,
        /// From the look-up.
        #[arg(long)]
        token: String,
        /// What you call it.
        #[arg(long, default_value = "", hide_default_value = true)]
        alias: String,
    },
    /// The accounts that are bound.
    List,
    /// Remove a binding; its receipts stay.
    Remove {
        /// From `billpay bind list`.
        account: String,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Pay {
    /// Its id, from `billpay bills`.
    #[arg(required_unless_present_any = ["all", "account"], conflicts_with_all = ["all", "account"])]
    pub biller: Option<String>,
    /// Its number, from `billpay bills`.
    #[arg(required_unless_present_any = ["all", "account"])]
    pub bill: Option<String>,
    /// Every bill that is owed, in one go; what is due first is paid first.
    #[arg(long, conflicts_with = "account")]
    pub all: bool,
    /// Every bill that is owed of this binding; its id or what you call it, from `billpay bind list`.
    #[arg(long)]
    pub account: Option<String>,
    /// In yuan, such as 50 or 49.90; what the bill asks if not given.
    #[arg(long, conflicts_with_all = ["all", "account"], allow_negative_numbers = true)]
    pub amount: Option<String>,
    /// By which method; the default one if not given.
    #[arg(long)]
    pub method: Option<String>,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Limits {
    /// As last heard.
    Show {
        /// Ask the bank first.
        #[arg(long)]
        refresh: bool,
    },
    /// Lower a limit at once, or raise it with a code that the bank sends: it is asked for, and read from
    /// standard input.
    Set(SetLimits),
}

#[derive(Debug, clap::Args)]
pub(crate) struct SetLimits {
    /// The most in one payment, in yuan; 0 lets nothing be paid.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub per_payment: Option<String>,
    /// The most in a day, in yuan; 0 lets nothing be paid.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub per_day: Option<String>,
    /// From this sum on a payment needs a code, in yuan; 0 asks for one each time.
    #[arg(long, value_name = "AMOUNT", allow_negative_numbers = true)]
    pub code_from: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Methods {
    /// As last heard.
    List {
        /// Ask the bank first.
        #[arg(long)]
        refresh: bool,
    },
    /// Begin to add one: gives the page on which it is entered.
    Add {
        /// Which kind.
        #[arg(value_enum)]
        kind: Kind,
    },
    /// Remove one; open payments by it go on.
    Remove {
        /// From `billpay methods`.
        method: String,
    },
    /// Take this one where none is chosen.
    Default {
        /// From `billpay methods`.
        method: String,
    },
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Kind {
    Card,
    Wallet,
}

#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Reminders {
    #[command(subcommand)]
    pub action: Option<ReminderAction>,
    /// From this moment on, such as 2026-12-01T09:00:00+08:00; now if not given.
    #[arg(long, value_name = "TIME")]
    pub at: Option<String>,
    /// The zone of the phone's clock, such as Asia/Shanghai; from TZ if not given.
    #[arg(long)]
    pub zone: Option<String>,
    /// The zone in which the bank counts days.
    #[arg(long, value_name = "ZONE", default_value = billpay_core::reminders::BANK_ZONE)]
    pub bank_zone: String,
    /// Of these bills, in JSON; of the profile's own if not given.
    #[arg(long, value_name = "FILE")]
    pub bills: Option<PathBuf>,
    /// By these wishes, in JSON; the profile's own, or the defaults, if not given.
    #[arg(long, value_name = "FILE")]
    pub policy: Option<PathBuf>,
    /// With room for so many: 64 on iOS, 500 on Android.
    #[arg(long, value_name = "N", default_value_t = 500)]
    pub most: usize,
    /// Write the due dates into this calendar file (iCalendar); written again it changes what has changed, and cancels
    /// what is paid.
    #[arg(long, value_name = "FILE")]
    pub ics: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReminderAction {
    /// By which ways you are reminded; messages come in the language of this terminal.
    Channels {
        /// phone, push, sms (several with commas), none; or usual, for an account. Shows them if not given.
        ways: Option<String>,
        /// Of this binding alone; its id or what you call it, from `billpay bind list`.
        #[arg(long)]
        account: Option<String>,
    },
    /// Hear no more of a bill until then.
    Snooze {
        /// The biller's id, from `billpay bills`.
        biller: String,
        /// The bill's number, from `billpay bills`.
        bill: String,
        /// A moment such as 2026-12-01T09:00:00+08:00, or a date.
        #[arg(required_unless_present = "off", conflicts_with = "off")]
        until: Option<String>,
        /// Hear of it again.
        #[arg(long)]
        off: bool,
    },
    /// Hear no more of a biller's bills.
    Mute {
        /// Its id, from `billpay billers`.
        biller: String,
        /// Hear of them again.
        #[arg(long)]
        off: bool,
    },
    /// When and how you are reminded; all of it, by a file in JSON (docs/reminders.md).
    Policy {
        /// What is to be from now on. Shows what is if not given.
        file: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Receipts {
    /// All, newest first.
    List,
    /// One in full, or in a form to give away.
    Show {
        /// The number in the list, or the id of a document or a payment.
        #[arg(allow_hyphen_values = true)]
        id: String,
        /// Words to read, what the bank signed (a compact JWS), that as a QR code, or a page to file.
        #[arg(long = "as", value_name = "FORM", value_enum)]
        form: Option<Form>,
        /// The new file, which `--as` says the form of; a page is written to one.
        #[arg(long, value_name = "FILE", required_if_eq("form", "pdf"), requires = "form")]
        to: Option<PathBuf>,
        /// A font (TTF, OTF) for a page with rarer characters than the program's own has.
        #[arg(long, value_name = "FILE", requires = "to")]
        font: Option<PathBuf>,
    },
    /// Check every signature and the chain over them, offline. With a file, that of somebody else: no profile is
    /// opened.
    Verify {
        /// A document, several, or an archive of `billpay export`.
        #[arg(requires = "keys")]
        file: Option<PathBuf>,
        /// The bank's receipt keys, as a JWKS; from the bank, not from whoever gave the file.
        #[arg(long, value_name = "JWKS", requires = "file")]
        keys: Option<PathBuf>,
    },
    /// Find receipts, and what ended without one, by a part of a name, of a bill's number, of an amount, or of a day or month
    /// such as 2026-11; or by a number of the document, in full or six characters of it.
    Search {
        /// What you remember.
        #[arg(allow_hyphen_values = true)]
        query: String,
    },
    /// What was paid, by month and biller.
    Stats {
        /// Of this year alone.
        #[arg(long)]
        year: Option<i16>,
    },
    /// The bank's receipt keys as a JWKS.
    Keys,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Form {
    Text,
    Jws,
    Qr,
    Pdf,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Events {
    /// All that wait, the oldest first.
    List,
    /// The oldest one that was not acknowledged.
    Next,
    /// It was dealt with.
    Ack {
        /// From `billpay events next`.
        id: String,
    },
}
