//! What did not work: one line for people, a code for scripts, an exit status for both.

use billpay_core::{
    error::WhoActs,
    model::Language,
    text::{Advice, Explanation},
};
use serde_json::{Value, json};

/// What was typed is not understood, as of a misspelt command line.
const USAGE: u8 = 2;
/// A payment whose end is not known: neither done nor failed.
const DOUBT: u8 = 3;
/// What is said of one.
const IN_DOUBT: [&str; 3] = ["payment-checking", "payment-held", "payment-in-doubt"];

/// How a person asks for the end of one.
const fn ask_for_it(language: Language) -> &'static str {
    match language {
        Language::Zh => "也可运行 billpay resolve 查询。",
        Language::En => " `billpay resolve` asks for it.",
    }
}

/// The end of a command that did not do what was asked.
#[derive(Debug)]
pub(crate) struct Failure {
    /// Stable.
    pub code: String,
    /// What happened, whether money moved, what to do next.
    pub line: String,
    /// 1; 2 where what was typed is not understood, 3 where a payment is not known to have ended.
    pub status: u8,
    /// What the core said of it.
    detail: Value,
    /// What there is to tell beside the error.
    pub summary: Value,
}

/// What to type for it in that language, where there is one thing to type.
fn command(advice: Advice, language: Language) -> Option<&'static str> {
    let (zh, en) = match advice {
        Advice::Activate | Advice::ActivateAgain | Advice::StartAgain => {
            ("billpay activate start <手机号>", "billpay activate start PHONE")
        }
        Advice::ResendCode => one("billpay activate resend"),
        Advice::LookUpAgain => ("billpay bind lookup <收费单位> <号码>", "billpay bind lookup BILLER NUMBER"),
        Advice::ChooseBiller => one("billpay billers"),
        Advice::ChooseAccount => one("billpay bind list"),
        Advice::ChooseBill | Advice::LookAtBill => one("billpay bills --refresh"),
        Advice::LookAtPayments => one("billpay payments"),
        Advice::WaitForOther => one("billpay bills --refresh"),
        Advice::ChooseMethod => one("billpay methods"),
        Advice::PayLessOrRaise | Advice::RaiseLimit | Advice::ChooseLower => one("billpay limits set"),
        Advice::ChooseLimit => one("billpay limits set --help"),
        Advice::ChooseRecord => one("billpay receipts"),
        Advice::CheckReminders => one("billpay reminders --help"),
        // Of a doubt it is said elsewhere; the others are done by typing the same once more, in the real world,
        // or not at all.
        Advice::DoNotPayAgain
        | Advice::AwaitResult
        | Advice::Nothing
        | Advice::TypeCodeAgain
        | Advice::WaitUntil
        | Advice::WaitAWhile
        | Advice::CheckNetwork
        | Advice::CheckClock
        | Advice::UpdateApp
        | Advice::UnlockDevice
        | Advice::FreeSpace
        | Advice::CloseOther
        | Advice::CheckPath
        | Advice::KeepFile
        | Advice::CheckSettings
        | Advice::CallBank
        | Advice::CallBankUnsafe
        | Advice::CallBiller
        | Advice::CheckNumber
        | Advice::CheckPhone
        | Advice::CheckCode
        | Advice::ChooseFewer
        | Advice::ExpectRefusals
        | Advice::ChangeAmount
        | Advice::AddFunds
        | Advice::GetCode
        | Advice::EnablePayments
        | Advice::CompareHolder
        | Advice::QuoteAgain
        | Advice::PayWhenReady
        | Advice::PayAgainIfWanted
        | Advice::KeepReceipt
        | Advice::ReadRepayment
        | Advice::OpenAgain => return None,
    };
    Some(match language {
        Language::Zh => zh,
        Language::En => en,
    })
}

/// The same in both languages.
fn one(command: &'static str) -> (&'static str, &'static str) {
    (command, command)
}

/// The code of a device whose keys are lost.
const KEYS_LOST: &str = "key-lost";

/// The code of a profile that another program has open.
const IN_USE: &str = "profile-in-use";

/// The code of a file that does not open.
pub(crate) const DAMAGED: &str = "profile-damaged";

impl Failure {
    /// Of this program's own.
    pub(crate) fn new(code: &str, line: impl Into<String>) -> Self {
        let (code, line) = (code.to_owned(), line.into());
        Self { code, line, status: 1, detail: json!({}), summary: Value::Null }
    }

    /// Of the operating system.
    pub(crate) fn system(code: &str, error: &dyn std::fmt::Display) -> Self {
        Self::new(code, error.to_string())
    }

    /// As the core explains it.
    pub(crate) fn explained(told: &Explanation, language: Language) -> Self {
        let who = match told.who_acts {
            WhoActs::Person => "person",
            WhoActs::Wait => "wait",
            WhoActs::Bank => "bank",
            WhoActs::Biller => "biller",
            WhoActs::Developer => "developer",
        };
        let detail = json!({
            "what_happened": told.what_happened,
            "did_money_move": told.did_money_move.map(billpay_core::text::MoneyMoved::key),
            "what_to_do": told.what_to_do,
            "who_acts": who,
            "retry_at": told.retry_at,
        });
        let mut failure = Self { detail, ..Self::new(told.code, told.line(language)) };
        // What lies there is in the way of a new activation.
        let aside = [DAMAGED, KEYS_LOST].contains(&told.code).then_some("billpay set-aside");
        let then = command(told.advice, language);
        if let (Some(aside), Some(then)) = (aside, then) {
            let (zh, en) = (format!("命令：先 {aside}，再 {then}"), format!(" Commands: `{aside}`, then `{then}`."));
            failure.line.push_str(match language {
                Language::Zh => &zh,
                Language::En => &en,
            });
            if let Value::Object(detail) = &mut failure.detail {
                detail.insert("command".to_owned(), aside.into());
                detail.insert("then".to_owned(), then.into());
            }
        } else if let Some(command) = aside.or(then) {
            let (zh, en) = (format!("命令：{command}"), format!(" Command: `{command}`."));
            failure.line.push_str(match language {
                Language::Zh => &zh,
                Language::En => &en,
            });
            if let Value::Object(detail) = &mut failure.detail {
                detail.insert("command".to_owned(), command.into());
            }
        }
        if told.code == IN_USE {
            failure.line.push_str(match language {
                Language::Zh => "它也可能正在另一个终端里等您确认付款或输入验证码。",
                Language::En => " It may also wait in another terminal for your yes to a payment, or for a code.",
            });
        }
        if IN_DOUBT.contains(&told.code) {
            failure.status = DOUBT;
            failure.line.push_str(ask_for_it(language));
        }
        failure
    }

    /// Whether it says that the end of a payment is not known.
    pub(crate) fn is_doubt(&self) -> bool {
        self.status == DOUBT
    }

    /// The same with the status of a payment whose end is not known.
    pub(crate) fn in_doubt(self) -> Self {
        Self { status: DOUBT, ..self }
    }

    /// The same of what was typed and is not understood.
    pub(crate) fn of_usage(self) -> Self {
        Self { status: USAGE, ..self }
    }

    /// The same with what stood in the way, said before it; a code of it for scripts.
    pub(crate) fn because(mut self, code: &str, why: &str, language: Language) -> Self {
        // It has just been asked for.
        let again = match language {
            Language::Zh => "恢复后请再运行 billpay resolve。",
            Language::En => " Run `billpay resolve` again when that is mended.",
        };
        self.line = format!("{why}{}", self.line.replace(ask_for_it(language), again));
        if let Value::Object(detail) = &mut self.detail {
            detail.insert("cause".to_owned(), code.into());
        }
        self
    }

    /// The same with something to tell beside it.
    pub(crate) fn with(self, summary: Value) -> Self {
        Self { summary, ..self }
    }

    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({ "code": self.code, "message": self.line });
        if let (Value::Object(error), Value::Object(detail)) = (&mut error, &self.detail) {
            error.extend(detail.clone());
        }
        error
    }
}
