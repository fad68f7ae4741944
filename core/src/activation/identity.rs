//! Who this device acts for, once it is active.

use serde::{Deserialize, Serialize};

use crate::{
    platform::KeyRole,
    store::{StoreError, Tx},
};

/// One of the two pairs of keys that a device has room for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyPair {
    /// `Device` and `Order`.
    #[default]
    First,
    /// `SecondDevice` and `SecondOrder`.
    Second,
}

impl KeyPair {
    /// Its key for requests.
    #[must_use]
    pub fn device(self) -> KeyRole {
        match self {
            Self::First => KeyRole::Device,
            Self::Second => KeyRole::SecondDevice,
        }
    }

    /// Its key for orders.
    #[must_use]
    pub fn order(self) -> KeyRole {
        match self {
            Self::First => KeyRole::Order,
            Self::Second => KeyRole::SecondOrder,
        }
    }

    /// The other pair.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::First => Self::Second,
            Self::Second => Self::First,
        }
    }
}

/// The result of an activation, sealed at rest.
#[derive(Clone, Serialize, Deserialize)]
pub struct Identity {
    /// The bank's id of the customer.
    pub customer: String,
    /// Masked.
    pub name_masked: String,
    /// The permission that enrolment gave.
    pub may_pay: bool,
    /// The bank's id of this device.
    pub device: String,
    /// The bank's signed word for it, for a bank that has forgotten.
    pub credential: String,
    /// The pair of keys that is in force.
    pub keys: KeyPair,
    /// Thumbprint of the device key.
    pub device_key: String,
    /// Thumbprint of the order key.
    pub order_key: String,
    /// Set when the bank said that the device is revoked: what is in doubt can still be ended.
    #[serde(default)]
    pub revoked: bool,
    /// Set when the bank said that it does not know the device: a ledger restored to before it.
    #[serde(default)]
    pub forgotten: bool,
}

const NAME: &str = "identity";

impl Identity {
    /// The identity, if the device was activated.
    ///
    /// # Errors
    /// Those of the store.
    pub fn load(tx: &Tx<'_>) -> Result<Option<Self>, StoreError> {
        tx.setting(NAME)
    }

    /// Whether the bank serves this device.
    #[must_use]
    pub fn is_active(&self) -> bool {
        !self.revoked && !self.forgotten
    }

    /// Stores it.
    ///
    /// # Errors
    /// Those of the store.
    pub fn save(&self, tx: &Tx<'_>) -> Result<(), StoreError> {
        tx.set_setting(NAME, self)
    }
}
