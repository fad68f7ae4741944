//! The catalogue as a whole, and every error through it.

use std::collections::BTreeSet;

use jiff::{Timestamp, tz::TimeZone};

use super::*;
use crate::{
    Beyond, Payment, PaymentState,
    error::{
        ActivationError, BindingError, CodeError, Fault, LimitsError, MethodError, NumberError, OpenError, PayError,
        QuoteError, RefreshError, ReminderError, SeveralError, UsualError, ViewError, WhoActs, WipeError,
    },
    model::{Currency, Money},
    platform::{SecretError, TransportFault},
    reminders::{PolicyError, UnknownZone},
    store::{OpenError as ProfileError, StoreError},
};
use Language::{En, Zh};

fn gaps(template: &str) -> BTreeSet<&str> {
    template.split('{').skip(1).filter_map(|rest| rest.split('}').next()).collect()
}

#[test]
fn row_71_every_text_exists_in_both_languages_with_the_same_gaps() {
    for code in Code::all() {
        let (zh, en) = (code.template(Zh), code.template(En));
        assert!(!zh.trim().is_empty() && !en.trim().is_empty(), "{code:?}");
        assert_eq!(gaps(zh), gaps(en), "{code:?}");
        let han = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        assert!(han(zh) && !han(en), "{code:?} is in the wrong language");
        assert_eq!(zh.matches('{').count(), zh.matches('}').count(), "{code:?}");
    }
}

#[test]
fn stable_names_are_unique_within_their_area() {
    let keys: Vec<_> = Code::all().iter().map(|code| (std::mem::discriminant(code), code.key())).collect();
    for (at, key) in keys.iter().enumerate() {
        assert!(!keys[..at].contains(key), "{key:?} stands there twice");
    }
}

fn money() -> Money {
    Money::new(12_345, Currency::CNY).unwrap()
}

fn later() -> Timestamp {
    "2026-11-30T04:05:00Z".parse().unwrap()
}

fn faults() -> Vec<Fault> {
    let network = [
        TransportFault::Unreachable,
        TransportFault::Interrupted,
        TransportFault::PinMismatch { seen: vec!["sha256/x".into()] },
        TransportFault::Untrusted,
        TransportFault::WrongName,
        TransportFault::CertificateTime,
        TransportFault::ClockWrong,
        TransportFault::Tls("alert".into()),
        TransportFault::BadAnswer,
        TransportFault::PinsExpired,
    ];
    let mut faults: Vec<Fault> = network.into_iter().map(Fault::Network).collect();
    faults.extend([
        Fault::NotActivated,
        Fault::DeviceRevoked,
        Fault::DeviceUnknown,
        Fault::ClientTooOld { minimum: "2.0.0".into() },
        Fault::Locked,
        Fault::Cancelled,
        Fault::KeyLost,
        Fault::KeyStore(SecretError::Ambiguous),
        Fault::Suspended,
        Fault::DiskFull,
        Fault::Store(StoreError::DamagedFile),
        Fault::Store(StoreError::CommitUnknown { full: false }),
        Fault::RateLimited { retry_at: None },
        Fault::RateLimited { retry_at: Some(later()) },
        Fault::Gateway { kind: String::new(), status: 502 },
        Fault::BadAnswer("a quote for something else"),
        Fault::ShuttingDown,
        Fault::Defect,
    ]);
    faults
}

/// A settled payment of which so much came back.
fn repaid_payment(minor: Option<i64>) -> Payment {
    Payment {
        id: "p".into(),
        state: PaymentState::Settled,
        payee: "上海电力".into(),
        biller: "power-sh".into(),
        bill_number: "E0001".into(),
        amount: money(),
        fee: Money::new(0, Currency::CNY).unwrap(),
        total: money(),
        repaid: minor.map(|minor| Money::new(minor, Currency::CNY).unwrap()),
        created: later(),
        valid_until: later(),
    }
}

/// Every public error, and every state of a payment.
fn everything() -> Vec<(String, Box<dyn Explain>)> {
    fn add(list: &mut Vec<(String, Box<dyn Explain>)>, thing: impl Explain + std::fmt::Debug + 'static) {
        list.push((format!("{thing:?}"), Box::new(thing)));
    }
    let mut list = Vec::new();
    for fault in faults() {
        add(&mut list, fault.clone());
        add(&mut list, ActivationError::from(fault.clone()));
        add(&mut list, BindingError::from(fault.clone()));
        add(&mut list, RefreshError::from(fault.clone()));
        add(&mut list, QuoteError::from(fault.clone()));
        add(&mut list, PayError::from(fault.clone()));
        add(&mut list, UsualError::from(fault.clone()));
        add(&mut list, ReminderError::from(fault.clone()));
        add(&mut list, CodeError::from(fault.clone()));
        add(&mut list, CodeError::from(PayError::from(fault.clone())));
        add(&mut list, LimitsError::from(fault.clone()));
        add(&mut list, MethodError::from(fault.clone()));
        add(&mut list, WipeError::from(fault.clone()));
        add(&mut list, ViewError::from(fault));
    }
    for retry_at in [None, Some(later())] {
        add(&mut list, ActivationError::CodeLocked { retry_at });
        add(&mut list, ActivationError::ResendTooSoon { retry_at });
        add(&mut list, ActivationError::DailyCap { retry_at });
        add(&mut list, CodeError::TooSoon { retry_at });
        add(&mut list, CodeError::DailyCap { retry_at });
        add(&mut list, BindingError::BillerClosed { retry_at });
        add(&mut list, RefreshError::BillerClosed { retry_at });
        add(&mut list, QuoteError::BillerClosed { retry_at });
        add(&mut list, PaymentState::Checking { held_until: retry_at });
    }
    for error in [
        ActivationError::NotAPhoneNumber,
        ActivationError::NotACode,
        ActivationError::NotStarted,
        ActivationError::AlreadyActive,
        ActivationError::CodeWrong { attempts_left: 2 },
        ActivationError::CodeExpired,
        ActivationError::CodeSuperseded,
        ActivationError::CodeUsed,
        ActivationError::Over,
        ActivationError::OtherCustomer,
    ] {
        add(&mut list, error);
    }
    for error in [
        BindingError::UnknownBiller,
        BindingError::Number(NumberError::TooShort { minimum: 8 }),
        BindingError::Number(NumberError::TooLong { maximum: 12 }),
        BindingError::Number(NumberError::Shape),
        BindingError::Number(NumberError::CheckDigit),
        BindingError::UnknownNumber,
        BindingError::EchoInvalid,
        BindingError::UnknownAccount,
    ] {
        add(&mut list, error);
    }
    add(&mut list, RefreshError::UnknownAccount);
    for amount in [None, Some(money())] {
        add(&mut list, QuoteError::BelowMinimum { minimum: amount });
        add(&mut list, QuoteError::AboveMaximum { maximum: amount });
        add(&mut list, QuoteError::LimitExceeded { limit: amount });
    }
    for error in [
        QuoteError::UnknownBill,
        QuoteError::PaymentInDoubt { payment: "p".into() },
        QuoteError::PaymentInProgressElsewhere,
        QuoteError::AlreadySettled { by: None },
        QuoteError::BillChanged { now: None },
        QuoteError::AmountNotAllowed,
        QuoteError::InsufficientFunds,
        QuoteError::PaymentNotEnabled,
        QuoteError::MethodUnusable,
    ] {
        add(&mut list, error);
    }
    for error in [
        PayError::UnknownQuote,
        PayError::QuoteExpired,
        PayError::EchoNotAcknowledged,
        PayError::StepUpNeeded,
        PayError::NotACode,
        PayError::MethodUnusable,
        PayError::PaymentInDoubt { payment: "p".into() },
    ] {
        add(&mut list, error);
    }
    for error in [
        SeveralError::TooMany { most: 20 },
        SeveralError::ListedTwice { biller: "power-sh".into(), bill_number: "E0001".into() },
        SeveralError::TooMuch,
    ] {
        add(&mut list, error);
    }
    for error in [
        UsualError::UnknownAccount,
        UsualError::NothingUsual,
        UsualError::NothingOpen,
        UsualError::Quote(QuoteError::PaymentInDoubt { payment: "p".into() }),
    ] {
        add(&mut list, error);
    }
    add(&mut list, Beyond::Balance { method_label: "活期账户".into(), balance: money(), asked: money() });
    add(&mut list, Beyond::Day { left: money(), asked: money() });
    add(&mut list, CodeError::NothingToChange);
    add(&mut list, MethodError::UnknownMethod);
    add(&mut list, MethodError::NotOffered);
    for error in [
        LimitsError::NothingToChange,
        LimitsError::StepUpNeeded,
        LimitsError::NotACode,
        LimitsError::CodeWrong,
        LimitsError::CodeExpired,
        LimitsError::CodeLocked,
    ] {
        add(&mut list, error);
    }
    add(&mut list, ViewError::NotFound);
    add(&mut list, WipeError::PaymentsOpen { count: 2 });
    add(&mut list, WipeError::File(ProfileError::InUse));
    for error in [
        ProfileError::InUse,
        ProfileError::Newer { found: 9, supported: 1 },
        ProfileError::Damaged,
        ProfileError::Foreign,
        ProfileError::Replaced,
        ProfileError::Missing,
        ProfileError::Full,
        ProfileError::ReadOnly,
        ProfileError::NotADirectory,
        ProfileError::Denied,
        ProfileError::Io(std::io::ErrorKind::Other),
        ProfileError::Sqlite(1),
    ] {
        add(&mut list, OpenError::Profile(error));
    }
    add(&mut list, OpenError::Config("the gateway's address does not begin with https://"));
    add(&mut list, OpenError::ShuttingDown);
    for reason in Reason::ALL.iter().map(|reason| reason.key()).chain(["of-a-later-version", ""]) {
        add(&mut list, PaymentState::Refused { reason: reason.to_owned() });
        add(&mut list, PaymentState::Reversed { reason: reason.to_owned() });
    }
    for error in [
        ReminderError::Zone(UnknownZone("Asia/Atlantis".into())),
        ReminderError::Policy(PolicyError::Days("lead_days")),
        ReminderError::Policy(PolicyError::TooFar("horizon_days")),
        ReminderError::Policy(PolicyError::TooMany("muted")),
        ReminderError::Policy(PolicyError::Snooze { bill: "b".into() }),
        ReminderError::UnknownBill,
        ReminderError::UnknownBinding,
    ] {
        add(&mut list, error);
    }
    add(&mut list, PaymentState::Settled);
    add(&mut list, PaymentState::Cancelled);
    for repaid in [None, Some(1), Some(12_345)] {
        add(&mut list, repaid_payment(repaid));
    }
    list
}

#[test]
fn row_16_everything_says_what_happened_and_what_to_do_with_no_gap_left_open() {
    for (name, thing) in everything() {
        for language in [Zh, En] {
            let told = thing.explain(language, &TimeZone::UTC);
            assert!(!told.what_happened.is_empty() && !told.what_to_do.is_empty(), "{name}");
            let line = told.line(language);
            assert!(!line.contains(['{', '}', '…', '\n']), "{name}: {line}");
            assert_eq!(told.did_money_move.is_some(), told.about_money.is_some(), "{name}");
        }
    }
}

#[test]
fn row_101_nowhere_is_paying_again_the_advice_for_a_doubt() {
    let mut doubts = 0;
    for (name, thing) in everything() {
        let told = thing.happening(Arguments::default());
        if told.money != Some(MoneyMoved::NotKnown) {
            continue;
        }
        doubts += 1;
        assert!(!told.advice.invites_repetition(), "{name}: {:?}", told.advice);
        let (zh, en) = (thing.explain(Zh, &TimeZone::UTC), thing.explain(En, &TimeZone::UTC));
        assert!(zh.what_to_do.contains("请勿重复支付"), "{name}: {}", zh.what_to_do);
        assert!(en.what_to_do.contains("do not pay again"), "{name}: {}", en.what_to_do);
    }
    // Checking, held, three errors of "in doubt", elsewhere, and a commit that is not known.
    assert!(doubts >= 6, "only {doubts} doubts were looked at");
}

#[test]
fn row_23_what_is_not_known_is_never_shown_as_failed() {
    let checking = PaymentState::Checking { held_until: None };
    let shanghai = TimeZone::get("Asia/Shanghai").unwrap();
    let (zh, en) = (checking.explain(Zh, &shanghai), checking.explain(En, &shanghai));
    assert_eq!(zh.what_happened, "正在核实，请勿重复支付。");
    assert_eq!(zh.did_money_move, Some(MoneyMoved::NotKnown));
    for word in ["失败", "未成功", "拒绝"] {
        assert!(!zh.line(Zh).contains(word), "{}", zh.line(Zh));
    }
    for word in ["fail", "refus", "error", "not paid"] {
        assert!(!en.line(En).to_lowercase().contains(word), "{}", en.line(En));
    }
    let held = PaymentState::Checking { held_until: Some(later()) }.explain(Zh, &shanghai);
    assert!(held.what_happened.contains("2026年11月30日 12:05"), "{}", held.what_happened);
}

#[test]
fn row_23_of_a_payment_whose_task_fell_without_a_word_nobody_says_that_nothing_moved() {
    for fault in [Fault::Defect, Fault::ShuttingDown, Fault::Store(StoreError::CommitUnknown { full: false })] {
        let told = PayError::Fault(fault).explain(En, &TimeZone::UTC);
        assert_eq!((told.did_money_move, told.advice), (Some(MoneyMoved::NotKnown), Advice::DoNotPayAgain), "{told:?}");
    }
}

#[test]
fn row_16_a_reason_of_a_later_version_is_neutral_and_never_a_failure() {
    for language in [Zh, En] {
        for state in [
            PaymentState::Refused { reason: "of-a-later-version".into() },
            PaymentState::Reversed { reason: "of-a-later-version".into() },
        ] {
            let told = state.explain(language, &TimeZone::UTC);
            let line = told.line(language).to_lowercase();
            assert!(!line.contains("fail") && !line.contains("失败") && !line.contains("of-a-later"), "{line}");
            assert_eq!(told.who_acts, WhoActs::Bank);
        }
    }
}

#[test]
fn row_16_a_moment_to_come_back_is_said_in_the_zone_of_the_person() {
    let told = ActivationError::ResendTooSoon { retry_at: Some(later()) }
        .explain(En, &TimeZone::get("Asia/Shanghai").unwrap());
    assert_eq!(told.retry_at, Some(later()));
    assert_eq!(told.what_to_do, "Come back after 30 Nov 2026, 12:05.");
}

#[test]
fn a_text_that_holds_braces_of_a_person_is_not_read_as_a_gap() {
    let arguments = Arguments::default().with("detail", Value::Text("{payment}".into()));
    assert!(text(OpenText::Config, &arguments, En).ends_with("({payment})."));
}

#[test]
fn row_25_a_limit_of_the_day_is_not_said_to_be_below_what_is_to_be_paid() {
    // 40.00 are to be paid, 118.50 of 123.45 a day are used.
    let zone = TimeZone::UTC;
    let told = |language| QuoteError::LimitExceeded { limit: Some(money()) }.explain(language, &zone).what_happened;
    assert_eq!(
        told(En),
        "This payment would take you above your limit of CNY 123.45, for one payment or for all of today."
    );
    assert_eq!(told(Zh), "加上这笔付款会超过您的支付限额¥123.45（单笔，或当日累计）。");
}

#[test]
fn row_49_a_refusal_says_that_it_took_nothing_where_it_is_the_bank_s() {
    let refusal = |proof| crate::ReceiptView {
        id: "i".into(),
        payment: "p".into(),
        kind: "refusal".into(),
        sequence: 1,
        issued: later(),
        proof,
        receipt: None,
        repayment: None,
        reason: None,
        returned: None,
        illegible: None,
        compact: String::new(),
    };
    let taken = |proof, language| {
        let fields = document(&refusal(proof), language);
        fields.into_iter().find(|(name, _)| *name == DocumentText::Taken).map(|(_, value)| value)
    };
    assert_eq!(taken(crate::Proof::Verified, En).as_deref(), Some("nothing by this payment"));
    assert_eq!(taken(crate::Proof::Verified, Zh).as_deref(), Some("本笔没有扣款"));
    // Whoever made one up says nothing about money.
    assert_eq!(taken(crate::Proof::Invalid, En), None);
    assert_eq!(taken(crate::Proof::Unverifiable { kid: "k".into() }, En), None);
}
