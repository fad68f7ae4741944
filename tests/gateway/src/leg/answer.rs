//! What a biller answers. Every answer names the request that it is to, by its signature: an older
//! answer, sent again, is not taken for the one to this question.

use jiff::{Timestamp, civil::Date};

use super::{
    ChargeNumber, MOST_OF_A_PLACE, Scene,
    xml::{Element, XmlError},
};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The biller's clock when it signed.
    pub time: Timestamp,
    /// The scene that was asked.
    pub scene: Scene,
    /// The signature of the request that this is the answer to; empty where it bore none.
    pub answers: String,
    /// The charge that was asked about, if one was.
    pub number: Option<ChargeNumber>,
    /// What the biller says.
    pub body: Body,
}

/// What the biller says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// To `query`.
    Account(Account),
    /// To `query`: nobody has that number.
    UnknownCustomer,
    /// To `query`: the customer has no such bill.
    UnknownBill,
    /// To `query`: closed for the moment.
    Closed {
        /// When to ask again.
        retry_at: Option<Timestamp>,
    },
    /// To `charge` and `confirm`: this number is charged.
    Charged(Landed),
    /// To `charge`: no charge was made.
    Refused(Refused),
    /// To `charge`, `confirm`, `refund`: undone, or never to be charged.
    Undone,
    /// To `confirm`: no such number.
    NotFound,
    /// To `refund`: nothing to undo, and no tombstone can be left.
    NothingLeft,
    /// To any: the message is too old, or from the future. Says nothing about the number.
    TooOld,
    /// To any: the message is not one of ours.
    Error {
        /// What is wrong with it.
        code: String,
    },
}

/// A charge that landed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Landed {
    /// The biller's reference, whatever it holds; empty where it gave none.
    pub reference: String,
    /// The version that this charge left the payable with.
    pub version: i64,
    /// What was charged, in minor units.
    pub amount_minor: i64,
}

/// A charge that was not made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why.
    pub code: RefusalCode,
    /// When to try again, where the biller says so.
    pub retry_at: Option<Timestamp>,
}

/// Why a charge was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalCode {
    /// Closed for the moment.
    Closed,
    /// Paid already by another number.
    Taken,
    /// The version is not the one asked now.
    Stale,
    /// No such bill, or the amount does not fit.
    Wrong,
    /// A code that we do not know: refused all the same.
    Unknown,
}

impl RefusalCode {
    /// As it stands in messages and in signed outcomes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Taken => "taken",
            Self::Stale => "stale",
            Self::Wrong => "wrong",
            Self::Unknown => "unknown",
        }
    }

    fn parse(code: &str) -> Self {
        let known = [Self::Closed, Self::Taken, Self::Stale, Self::Wrong];
        known.into_iter().find(|known| known.as_str() == code).unwrap_or(Self::Unknown)
    }
}

/// An account at the biller, with what it owes. Name and address are masked by the biller.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// For the person to recognise.
    pub holder_masked: String,
    /// For the person to recognise.
    pub address_masked: String,
    /// Those that are open first, the oldest first of them.
    pub bills: Vec<Bill>,
    /// Where there are more of them than fit into this answer: the place that it ended at, for the next
    /// request, and for nothing else.
    pub more: Option<String>,
}

// I8: masked or not, names and addresses are not for logs.
impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").field("bills", &self.bills).finish_non_exhaustive()
    }
}

/// What kind of payable it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A sum that is owed.
    Bill,
    /// An account to top up.
    TopUp,
}

impl Kind {
    /// As in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bill => "bill",
            Self::TopUp => "top_up",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Bill, Self::TopUp].into_iter().find(|kind| kind.as_str() == text)
    }
}

/// Where a bill stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BillState {
    /// Asked.
    Open,
    /// Nothing is asked any more.
    Paid,
    /// Withdrawn by the biller.
    Cancelled,
}

impl BillState {
    /// As in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Paid, Self::Cancelled].into_iter().find(|state| state.as_str() == text)
    }
}

/// A bill, or an account to top up. All amounts are in minor units of `currency`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bill {
    /// Unique at the biller.
    pub bill_number: String,
    /// Raised with each charge, reversal and revision.
    pub version: i64,
    /// A bill, or an account to top up.
    pub kind: Kind,
    /// Where it stands.
    pub state: BillState,
    /// ISO 4217.
    pub currency: String,
    /// What is asked now; 0 for a top-up.
    pub amount_minor: i64,
    /// The least that is taken.
    pub minimum_minor: i64,
    /// The most that is taken.
    pub maximum_minor: i64,
    /// Of the amount: for being late.
    pub late_fee_minor: Option<i64>,
    /// Such as `2026-10`.
    pub period: Option<String>,
    /// In the bank's zone.
    pub due_date: Option<Date>,
    /// When it last changed, by the biller's clock.
    pub updated_at: Timestamp,
    /// What it is made up of.
    pub items: Vec<Item>,
}

/// A line of a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What for.
    pub label: String,
    /// How much, in minor units.
    pub amount_minor: i64,
}

impl Answer {
    /// As a document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let root = Element::new("answer");
        let root = root.with("time", self.time.to_string()).with("scene", self.scene.as_str());
        let root = root.with_some("answers", Some(&self.answers).filter(|signature| !signature.is_empty()));
        let root = root.with_some("number", self.number.map(|number| number.to_string()));
        let say = |root: Element, result: &str| root.with("result", result);
        let root = match &self.body {
            Body::Account(account) => {
                let root = say(root, "account").with("holder", &account.holder_masked);
                let root = root.with("address", &account.address_masked);
                let root = root.with_some("more", account.more.as_deref());
                account.bills.iter().fold(root, |root, bill| root.with_child(bill.to_element()))
            }
            Body::UnknownCustomer => say(root, "unknown-customer"),
            Body::UnknownBill => say(root, "unknown-bill"),
            Body::Closed { retry_at } => {
                say(root, "closed").with_some("retry_at", retry_at.map(|time| time.to_string()))
            }
            Body::Charged(landed) => say(root, "charged")
                .with("reference", &landed.reference)
                .with("version", landed.version.to_string())
                .with("amount", landed.amount_minor.to_string()),
            Body::Refused(refused) => say(root, "refused")
                .with("code", refused.code.as_str())
                .with_some("retry_at", refused.retry_at.map(|time| time.to_string())),
            Body::Undone => say(root, "undone"),
            Body::NotFound => say(root, "not-found"),
            Body::NothingLeft => say(root, "nothing-left"),
            Body::TooOld => say(root, "too-old"),
            Body::Error { code } => say(root, "error").with("code", code),
        };
        root.document()
    }

    /// From a document.
    ///
    /// # Errors
    /// It is not an answer of this leg.
    pub fn read(root: &Element) -> Result<Self, XmlError> {
        if root.name != "answer" {
            return Err(XmlError::Element("root"));
        }
        let time_if = |name| -> Result<Option<Timestamp>, XmlError> {
            root.optional(name)?.map(|_| root.parsed(name)).transpose()
        };
        let scene = Scene::parse(root.text("scene", 20)?).ok_or(XmlError::Element("scene"))?;
        let body = match (scene, root.text("result", 40)?) {
            (Scene::Query, "account") => Body::Account(Account {
                holder_masked: root.text("holder", 60)?.to_owned(),
                address_masked: root.text("address", 200)?.to_owned(),
                bills: root.all("bill").map(Bill::read).collect::<Result<_, _>>()?,
                more: root.text_if("more", MOST_OF_A_PLACE)?.map(str::to_owned),
            }),
            (Scene::Query, "unknown-customer") => Body::UnknownCustomer,
            (Scene::Query, "unknown-bill") => Body::UnknownBill,
            (Scene::Query, "closed") => Body::Closed { retry_at: time_if("retry_at")? },
            (Scene::Charge | Scene::Confirm, "charged") => Body::Charged(Landed {
                // An odd one, or none, makes no charge undone: the order would stay open for it.
                reference: root.loose("reference", 64),
                version: root.integer("version", 1)?,
                amount_minor: root.integer("amount", 1)?,
            }),
            (Scene::Charge, "refused") => Body::Refused(Refused {
                code: RefusalCode::parse(root.text("code", 40)?),
                retry_at: time_if("retry_at")?,
            }),
            (Scene::Charge | Scene::Confirm | Scene::Refund, "undone") => Body::Undone,
            (Scene::Confirm, "not-found") => Body::NotFound,
            (Scene::Refund, "nothing-left") => Body::NothingLeft,
            (_, "too-old") => Body::TooOld,
            (_, "error") => Body::Error { code: root.text("code", 40)?.to_owned() },
            // A result that this scene does not have says nothing.
            (_, _) => return Err(XmlError::Element("result")),
        };
        let number = root.optional("number")?.map(|_| root.parsed("number")).transpose()?;
        let answers = root.text_if("answers", 40)?.unwrap_or_default().to_owned();
        Ok(Self { time: root.parsed("time")?, scene, answers, number, body })
    }
}

impl Bill {
    /// How many bytes it takes in a document, at most.
    pub(crate) fn size(&self) -> usize {
        self.to_element().document().len()
    }

    fn to_element(&self) -> Element {
        let bill = Element::new("bill")
            .with("bill_number", &self.bill_number)
            .with("version", self.version.to_string())
            .with("kind", self.kind.as_str())
            .with("state", self.state.as_str())
            .with("currency", &self.currency)
            .with("amount", self.amount_minor.to_string())
            .with("minimum", self.minimum_minor.to_string())
            .with("maximum", self.maximum_minor.to_string())
            .with_some("late_fee", self.late_fee_minor.map(|minor| minor.to_string()))
            .with_some("period", self.period.as_deref())
            .with_some("due_date", self.due_date.map(|date| date.to_string()))
            .with("updated_at", self.updated_at.to_string());
        self.items.iter().fold(bill, |bill, item| {
            let element = Element::new("item").with("label", &item.label);
            bill.with_child(element.with("amount", item.amount_minor.to_string()))
        })
    }

    fn read(bill: &Element) -> Result<Self, XmlError> {
        let item = |element: &Element| -> Result<Item, XmlError> {
            let label = element.text("label", 80)?.to_owned();
            Ok(Item { label, amount_minor: element.integer("amount", 0)? })
        };
        Ok(Self {
            bill_number: bill.text("bill_number", 64)?.to_owned(),
            version: bill.integer("version", 1)?,
            kind: Kind::parse(bill.text("kind", 20)?).ok_or(XmlError::Element("kind"))?,
            state: BillState::parse(bill.text("state", 20)?).ok_or(XmlError::Element("state"))?,
            currency: bill.text("currency", 3)?.to_owned(),
            amount_minor: bill.integer("amount", 0)?,
            minimum_minor: bill.integer("minimum", 0)?,
            maximum_minor: bill.integer("maximum", 0)?,
            late_fee_minor: bill.optional("late_fee")?.map(|_| bill.integer("late_fee", 0)).transpose()?,
            period: bill.text_if("period", 40)?.map(str::to_owned),
            due_date: bill.optional("due_date")?.map(|_| bill.parsed("due_date")).transpose()?,
            updated_at: bill.parsed("updated_at")?,
            items: bill.all("item").map(item).collect::<Result<_, _>>()?,
        })
    }
}
