//! The statement (对账单): what the bank has booked with one biller on one of its days, which the
//! biller asks for at any time.
//!
//! It comes in pages. A page of a closed day bears no time of its own beyond the moment of closing, so
//! that it is the same bytes each time; it names biller, day and page, and the signature of the page
//! before it, so that none can be left out, exchanged or taken for another day's. The last page bears
//! the sums. What is no page (the day is not over, the request too old) is an answer of this moment.

use jiff::{Timestamp, civil::Date};

use super::{
    ChargeNumber,
    xml::{Element, XmlError},
};

/// What a line says of a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LineKind {
    /// The order had no end yet at the end of the day: neither side counts it.
    Open,
    /// Settled: the amount is the biller's.
    Charged,
    /// Reversed: whatever was charged is undone.
    Undone,
    /// Settled, found missing at the biller, and given back to the customer.
    Repaid,
}

impl LineKind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Charged, Self::Undone, Self::Repaid];

    /// As it stands in messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Charged => "charged",
            Self::Undone => "undone",
            Self::Repaid => "repaid",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it says.
    pub kind: LineKind,
    /// It counts in the place of every earlier line about this number.
    pub corrects: bool,
    /// The charge.
    pub number: ChargeNumber,
    /// The payable.
    pub bill_number: String,
    /// In minor units.
    pub amount_minor: i64,
    /// Of the charge, in the bank's zone; earlier than the statement's where it was found later.
    pub day: Date,
}

/// What the last page says of all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// How many lines.
    pub lines: i64,
    /// Of the lines `charged` that correct nothing, in minor units.
    pub charged_minor: i64,
}

/// A sum beyond 2^53−1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Overflow;

impl Totals {
    /// With one more line.
    ///
    /// # Errors
    /// The sum is no amount any more.
    pub fn and(self, line: &Line) -> Result<Self, Overflow> {
        let counts = match line.kind {
            LineKind::Charged => !line.corrects,
            LineKind::Open | LineKind::Undone | LineKind::Repaid => false,
        };
        let more = if counts { line.amount_minor } else { 0 };
        let charged_minor = self.charged_minor.checked_add(more).filter(|sum| *sum < 1 << 53).ok_or(Overflow)?;
        Ok(Self { lines: self.lines.saturating_add(1), charged_minor })
    }
}

/// One page of a closed day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Whose statement.
    pub biller: String,
    /// Which day of the bank.
    pub day: Date,
    /// When it was closed.
    pub closed_at: Timestamp,
    /// From 1.
    pub page: i64,
    /// The signature of the page before; none on the first.
    pub previous: Option<String>,
    /// In the order of booking.
    pub lines: Vec<Line>,
    /// On the last page.
    pub totals: Option<Totals>,
}

/// The most lines of a page.
pub const MOST_LINES: usize = 400;
/// A page is full where its lines come to so many bytes: with what stands around them it stays below
/// [`super::MAX_BODY`].
pub const FULL: usize = 60_000;

impl Line {
    /// How many bytes it takes on a page.
    #[must_use]
    pub fn size(&self) -> usize {
        self.to_element().document().len()
    }

    fn to_element(&self) -> Element {
        Element::new("line")
            .with("kind", self.kind.as_str())
            .with_some("corrects", self.corrects.then_some("true"))
            .with("number", self.number.to_string())
            .with("bill_number", &self.bill_number)
            .with("amount", self.amount_minor.to_string())
            .with("day", self.day.to_string())
    }

    fn read(line: &Element) -> Result<Self, XmlError> {
        let corrects = match line.text_if("corrects", 5)? {
            None => false,
            Some("true") => true,
            Some(_) => return Err(XmlError::Element("corrects")),
        };
        Ok(Self {
            kind: LineKind::parse(line.text("kind", 20)?).ok_or(XmlError::Element("kind"))?,
            corrects,
            number: line.parsed("number")?,
            bill_number: line.text("bill_number", 64)?.to_owned(),
            amount_minor: line.integer("amount", 1)?,
            day: date(line, "day")?,
        })
    }
}

/// A civil date in its one spelling.
fn date(element: &Element, name: &'static str) -> Result<Date, XmlError> {
    let date: Date = element.parsed(name)?;
    if date.to_string() == element.text(name, 10)? { Ok(date) } else { Err(XmlError::Element(name)) }
}

impl Page {
    /// As a document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let root = Element::new("statement")
            .with("biller", &self.biller)
            .with("day", self.day.to_string())
            .with("closed_at", self.closed_at.to_string())
            .with("page", self.page.to_string())
            .with_some("previous", self.previous.as_deref());
        let root = self.lines.iter().fold(root, |root, line| root.with_child(line.to_element()));
        let root = match self.totals {
            Some(totals) => root.with_child(
                Element::new("totals")
                    .with("lines", totals.lines.to_string())
                    .with("charged", totals.charged_minor.to_string()),
            ),
            None => root,
        };
        root.document()
    }

    /// From a document.
    ///
    /// # Errors
    /// It is not a page of a statement.
    pub fn read(root: &Element) -> Result<Self, XmlError> {
        if root.name != "statement" {
            return Err(XmlError::Element("root"));
        }
        let lines = root.all("line").map(Line::read).collect::<Result<Vec<_>, _>>()?;
        if lines.len() > MOST_LINES {
            return Err(XmlError::TooLarge);
        }
        let totals = root.optional("totals")?.map(|totals| -> Result<Totals, XmlError> {
            Ok(Totals { lines: totals.integer("lines", 0)?, charged_minor: totals.integer("charged", 0)? })
        });
        Ok(Self {
            biller: root.text("biller", 64)?.to_owned(),
            day: date(root, "day")?,
            closed_at: root.parsed("closed_at")?,
            page: root.integer("page", 1)?,
            previous: root.text_if("previous", super::message::SIGNATURE)?.map(str::to_owned),
            lines,
            totals: totals.transpose()?,
        })
    }
}

/// What a biller asks the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The biller's clock when it signed.
    pub time: Timestamp,
    /// Who asks.
    pub biller: String,
    /// For which day of the bank.
    pub day: Date,
    /// Which page of it, from 1.
    pub page: i64,
}

impl Request {
    /// As a document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        Element::new(super::BankScene::Statement.as_str())
            .with("time", self.time.to_string())
            .with("biller", &self.biller)
            .with("day", self.day.to_string())
            .with("page", self.page.to_string())
            .document()
    }

    /// From a document.
    ///
    /// # Errors
    /// It is not such a request.
    pub fn read(root: &Element) -> Result<Self, XmlError> {
        if root.name != super::BankScene::Statement.as_str() {
            return Err(XmlError::Element("root"));
        }
        Ok(Self {
            time: root.parsed("time")?,
            biller: root.text("biller", 64)?.to_owned(),
            day: date(root, "day")?,
            page: root.integer("page", 1)?,
        })
    }
}
