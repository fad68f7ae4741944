//! Our extension of the leg: the differences that a biller found between the bank's statement and its
//! own books come back to the bank. And what the bank answers to a biller, this message or a request
//! for a statement, where it is no page of one.

use jiff::Timestamp;

use super::{
    BankScene, ChargeNumber,
    xml::{Element, XmlError},
};

/// What does not agree, named from the biller's side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Difference {
    /// Charged here; the statement that should list it does not.
    MissingLine,
    /// The statement says charged; no such number here.
    ExtraLine,
    /// Charged on both sides, with another amount.
    WrongAmount,
    /// Charged on both sides, for another bill.
    WrongBill,
    /// More than one line for one event.
    DuplicateLine,
    /// The line names a day on which it cannot have been charged.
    WrongDay,
    /// The statement says undone or repaid; charged here.
    UndoneThere,
    /// The statement says charged; undone here.
    UndoneHere,
}

impl Difference {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::MissingLine,
        Self::ExtraLine,
        Self::WrongAmount,
        Self::WrongBill,
        Self::DuplicateLine,
        Self::WrongDay,
        Self::UndoneThere,
        Self::UndoneHere,
    ];

    /// As it stands in messages and lists.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::MissingLine => "missing-line",
            Self::ExtraLine => "extra-line",
            Self::WrongAmount => "wrong-amount",
            Self::WrongBill => "wrong-bill",
            Self::DuplicateLine => "duplicate-line",
            Self::WrongDay => "wrong-day",
            Self::UndoneThere => "undone-there",
            Self::UndoneHere => "undone-here",
        }
    }

    /// The difference of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|difference| difference.as_str() == name)
    }
}

/// A difference, as the biller tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What does not agree.
    pub what: Difference,
    /// About which charge.
    pub number: ChargeNumber,
    /// Its bill in the biller's books; none where it has none.
    pub bill_number: Option<String>,
    /// Its amount in the biller's books.
    pub amount_minor: Option<i64>,
}

/// The most items of one message.
pub const MOST_ITEMS: usize = 100;

/// The message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Differences {
    /// The biller's clock when it signed.
    pub time: Timestamp,
    /// Who tells.
    pub biller: String,
    /// At least one, at most [`MOST_ITEMS`].
    pub items: Vec<Item>,
}

impl Differences {
    /// As a document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let root = Element::new(BankScene::Differences.as_str())
            .with("time", self.time.to_string())
            .with("biller", &self.biller);
        let root = self.items.iter().fold(root, |root, item| {
            root.with_child(
                Element::new("difference")
                    .with("what", item.what.as_str())
                    .with("number", item.number.to_string())
                    .with_some("bill_number", item.bill_number.as_deref())
                    .with_some("amount", item.amount_minor.map(|minor| minor.to_string())),
            )
        });
        root.document()
    }

    /// From a document.
    ///
    /// # Errors
    /// It is not such a message.
    pub fn read(root: &Element) -> Result<Self, XmlError> {
        if root.name != BankScene::Differences.as_str() {
            return Err(XmlError::Element("root"));
        }
        let item = |element: &Element| -> Result<Item, XmlError> {
            Ok(Item {
                what: Difference::parse(element.text("what", 20)?).ok_or(XmlError::Element("what"))?,
                number: element.parsed("number")?,
                bill_number: element.text_if("bill_number", 64)?.map(str::to_owned),
                amount_minor: element.optional("amount")?.map(|_| element.integer("amount", 1)).transpose()?,
            })
        };
        let items = root.all("difference").map(item).collect::<Result<Vec<_>, _>>()?;
        if items.is_empty() || items.len() > MOST_ITEMS {
            return Err(XmlError::Element("difference"));
        }
        Ok(Self { time: root.parsed("time")?, biller: root.text("biller", 64)?.to_owned(), items })
    }
}

/// What the bank answers, if it is no page of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAnswer {
    /// The bank's clock when it signed.
    pub time: Timestamp,
    /// To what.
    pub scene: BankScene,
    /// The signature of the request; empty where it bore none.
    pub answers: String,
    /// What it says.
    pub says: BankSays,
}

/// What the bank says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BankSays {
    /// To `statement`: the day is not over.
    NotClosed {
        /// When it will be.
        closes_at: Timestamp,
    },
    /// To `statement`: it has no such page.
    NoSuchPage,
    /// To `differences`: they stand in the bank's list, and will be looked into.
    Taken,
    /// To any: the message is too old, or from the future.
    TooOld,
    /// To any: the message is none of this biller's.
    Error {
        /// What is wrong with it.
        code: String,
    },
}

impl BankAnswer {
    /// As a document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let root = Element::new("answer").with("time", self.time.to_string()).with("scene", self.scene.as_str());
        let root = root.with_some("answers", Some(&self.answers).filter(|signature| !signature.is_empty()));
        let root = match &self.says {
            BankSays::NotClosed { closes_at } => {
                root.with("result", "not-closed").with("closes_at", closes_at.to_string())
            }
            BankSays::NoSuchPage => root.with("result", "no-such-page"),
            BankSays::Taken => root.with("result", "taken"),
            BankSays::TooOld => root.with("result", "too-old"),
            BankSays::Error { code } => root.with("result", "error").with("code", code),
        };
        root.document()
    }

    /// From a document.
    ///
    /// # Errors
    /// It is not an answer of the bank.
    pub fn read(root: &Element) -> Result<Self, XmlError> {
        if root.name != "answer" {
            return Err(XmlError::Element("root"));
        }
        let scene = BankScene::parse(root.text("scene", 20)?).ok_or(XmlError::Element("scene"))?;
        let says = match (scene, root.text("result", 40)?) {
            (BankScene::Statement, "not-closed") => BankSays::NotClosed { closes_at: root.parsed("closes_at")? },
            (BankScene::Statement, "no-such-page") => BankSays::NoSuchPage,
            (BankScene::Differences, "taken") => BankSays::Taken,
            (_, "too-old") => BankSays::TooOld,
            (_, "error") => BankSays::Error { code: root.text("code", 40)?.to_owned() },
            // A result that this scene does not have says nothing.
            (_, _) => return Err(XmlError::Element("result")),
        };
        let answers = root.text_if("answers", super::message::SIGNATURE)?.unwrap_or_default().to_owned();
        Ok(Self { time: root.parsed("time")?, scene, answers, says })
    }
}
