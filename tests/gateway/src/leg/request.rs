//! What the bank says to a biller.

use jiff::Timestamp;

use super::{
    ChargeNumber, MOST_OF_A_PLACE, Scene,
    xml::{Element, XmlError},
};
use crate::redact::debug_shows;

/// A request: who is asked, when, and what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The bank's clock when it signed.
    pub time: Timestamp,
    /// The biller that is meant.
    pub biller: String,
    /// What is asked.
    pub body: Body,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Scene `query`.
    Query(Query),
    /// Scene `charge`.
    Charge(Charge),
    /// Scene `confirm`.
    Confirm(ChargeNumber),
    /// Scene `refund`.
    Refund(ChargeNumber),
}

/// What is owed under a customer number?
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// The customer number at the biller.
    pub customer_number: String,
    /// This bill only: the biller's answer of this moment, for a quote.
    pub bill_number: Option<String>,
    /// The place that the page before ended at: an account may have more bills than fit into one answer.
    pub after: Option<String>,
}

/// Take this payment.
#[derive(Clone, PartialEq, Eq)]
pub struct Charge {
    /// Derived from the order's digest.
    pub number: ChargeNumber,
    /// The customer number at the biller.
    pub customer_number: String,
    /// The bill or top-up account.
    pub bill_number: String,
    /// The version that the order was signed for.
    pub version: i64,
    /// The amount, in minor units.
    pub amount_minor: i64,
    /// ISO 4217.
    pub currency: String,
}

debug_shows!(Query: bill_number);

debug_shows!(Charge: number, bill_number, version, amount_minor);

impl Body {
    /// The scene that asks this.
    #[must_use]
    pub fn scene(&self) -> Scene {
        match self {
            Self::Query(_) => Scene::Query,
            Self::Charge(_) => Scene::Charge,
            Self::Confirm(_) => Scene::Confirm,
            Self::Refund(_) => Scene::Refund,
        }
    }

    /// The charge that it is about.
    #[must_use]
    pub fn number(&self) -> Option<ChargeNumber> {
        match self {
            Self::Query(_) => None,
            Self::Charge(charge) => Some(charge.number),
            Self::Confirm(number) | Self::Refund(number) => Some(*number),
        }
    }
}

impl Request {
    /// As a document.
    #[must_use]
    pub fn to_xml(&self) -> String {
        let root = Element::new(self.body.scene().as_str());
        let root = root.with("time", self.time.to_string()).with("biller", &self.biller);
        let root = match &self.body {
            Body::Query(query) => root
                .with("customer_number", &query.customer_number)
                .with_some("bill_number", query.bill_number.as_deref())
                .with_some("after", query.after.as_deref()),
            Body::Charge(charge) => root
                .with("number", charge.number.to_string())
                .with("customer_number", &charge.customer_number)
                .with("bill_number", &charge.bill_number)
                .with("version", charge.version.to_string())
                .with("amount", charge.amount_minor.to_string())
                .with("currency", &charge.currency),
            Body::Confirm(number) | Body::Refund(number) => root.with("number", number.to_string()),
        };
        root.document()
    }

    /// From a document.
    ///
    /// # Errors
    /// It is not a request of this leg.
    pub fn read(root: &Element) -> Result<Self, XmlError> {
        let body = match Scene::parse(&root.name).ok_or(XmlError::Element("root"))? {
            Scene::Query => Body::Query(Query {
                customer_number: root.text("customer_number", 40)?.to_owned(),
                bill_number: root.text_if("bill_number", 64)?.map(str::to_owned),
                after: root.text_if("after", MOST_OF_A_PLACE)?.map(str::to_owned),
            }),
            Scene::Charge => Body::Charge(Charge {
                number: root.parsed("number")?,
                customer_number: root.text("customer_number", 40)?.to_owned(),
                bill_number: root.text("bill_number", 64)?.to_owned(),
                version: root.integer("version", 1)?,
                amount_minor: root.integer("amount", 1)?,
                currency: root.text("currency", 3)?.to_owned(),
            }),
            Scene::Confirm => Body::Confirm(root.parsed("number")?),
            Scene::Refund => Body::Refund(root.parsed("number")?),
        };
        Ok(Self { time: root.parsed("time")?, biller: root.text("biller", 64)?.to_owned(), body })
    }
}
