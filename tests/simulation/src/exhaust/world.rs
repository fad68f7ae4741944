//! One moment of the whole system, as small as it can be: two payments and the bank they share.
//!
//! Promises: [`World::pack`] is one to one, and two worlds that differ only in which payment is
//! called the first pack alike where [`World::canonical`] was applied.

use billpay_core::payments::transition as client;
use sandbox_gateway::{biller::transition as biller, payments::transition as gateway};

use super::answers::Answer;

/// One of the two payments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The first, on device A.
    One,
    /// The second, on device B.
    Two,
}

impl Which {
    /// Both.
    pub const BOTH: [Self; 2] = [Self::One, Self::Two];

    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::One => Self::Two,
            Self::Two => Self::One,
        }
    }
}

/// What a phone holds of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phone {
    /// Nothing yet; it may still be begun.
    New,
    /// The shipping state.
    Has(client::State),
    /// Nothing any more: its file was rolled back to before the intent.
    Forgot,
}

/// What the person at the phone was ever told about a payment. It outlives the phone's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// No end.
    Nothing,
    /// Settled.
    Paid,
    /// Refused, reversed or cancelled.
    NotPaid,
}

/// One payment, everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Payment {
    /// On its phone.
    pub phone: Phone,
    /// Said to its person.
    pub told: Told,
    /// In the gateway's ledger.
    pub gateway: gateway::State,
    /// In the gateway's backup.
    pub backup: gateway::State,
    /// In an older backup of the gateway's (only where two are kept).
    pub older_backup: gateway::State,
    /// At the biller, under its number.
    pub biller: biller::State,
    /// The epoch it was quoted in.
    pub epoch: u8,
    /// The order is under way to the gateway. (Under way: it may arrive at any later time, any
    /// number of times, or never.)
    pub pay: bool,
    /// A reversal is under way to the gateway.
    pub reversal: bool,
    /// A `charge` is under way to the biller.
    pub charge: bool,
    /// A `charge` from before a restore is under way to the biller.
    pub old_charge: bool,
    /// A `refund` is under way to the biller.
    pub refund: bool,
    /// A `refund` from before a restore is under way to the biller.
    pub old_refund: bool,
    /// A `confirm` is under way to the biller.
    pub confirm: bool,
    /// `valid_until` has passed by the bank's clock.
    pub expired: bool,
    /// `valid_until` and then the age limit of messages have passed.
    pub quiet: bool,
    /// The bill's version is no longer the one that was quoted.
    pub stale: bool,
    /// The device that signed it was revoked.
    pub revoked: bool,
    /// The biller's answers under way to the gateway, a bit each (`answers.rs`).
    pub answers: u16,
}

/// What the two payments share.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bank {
    /// The epoch of the gateway's ledger.
    pub epoch: u8,
    /// The epoch of the ledger in the backup (only where epochs are counted).
    pub backup_epoch: u8,
    /// How often the gateway was restored.
    pub restores: u8,
    /// Messages from before the last restore may still reach the biller.
    pub window: bool,
    /// A phone told both that a payment was made and that it was not.
    pub contradicted: bool,
    /// A charge that the gateway had asked about, and that was there, is being undone.
    pub not_adopted: bool,
}

/// Everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    /// The first payment.
    pub one: Payment,
    /// The second.
    pub two: Payment,
    /// What they share.
    pub bank: Bank,
}

impl World {
    /// Nothing has happened.
    #[must_use]
    pub fn start() -> Self {
        let payment = Payment {
            phone: Phone::New,
            told: Told::Nothing,
            gateway: gateway::State::Unknown,
            backup: gateway::State::Unknown,
            older_backup: gateway::State::Unknown,
            biller: biller::State::Unknown,
            epoch: 0,
            pay: false,
            reversal: false,
            charge: false,
            old_charge: false,
            refund: false,
            old_refund: false,
            confirm: false,
            expired: false,
            quiet: false,
            stale: false,
            revoked: false,
            answers: 0,
        };
        let bank =
            Bank { epoch: 0, backup_epoch: 0, restores: 0, window: false, contradicted: false, not_adopted: false };
        Self { one: payment, two: payment, bank }
    }

    /// One of the payments.
    #[must_use]
    pub fn at(&self, which: Which) -> &Payment {
        match which {
            Which::One => &self.one,
            Which::Two => &self.two,
        }
    }

    /// The same, to be changed.
    pub fn at_mut(&mut self, which: Which) -> &mut Payment {
        match which {
            Which::One => &mut self.one,
            Which::Two => &mut self.two,
        }
    }

    /// The same world with its payments in a fixed order: the two are alike in every respect, so
    /// one of each pair of mirror images is enough.
    #[must_use]
    pub fn canonical(self) -> Self {
        if self.one.pack() <= self.two.pack() { self } else { Self { one: self.two, two: self.one, bank: self.bank } }
    }

    /// As a number.
    #[must_use]
    pub fn pack(&self) -> u128 {
        let mut bits = Bits(0);
        let bank = self.bank;
        bits.put(2, u64::from(bank.epoch));
        bits.put(2, u64::from(bank.backup_epoch));
        bits.put(2, u64::from(bank.restores));
        for flag in [bank.window, bank.contradicted, bank.not_adopted] {
            bits.put(1, u64::from(flag));
        }
        (u128::from(bits.0) << 80) | (u128::from(self.two.pack()) << 40) | u128::from(self.one.pack())
    }

    /// From that number.
    #[must_use]
    pub fn unpack(packed: u128) -> Self {
        let part = |shift: u32| u64::try_from((packed >> shift) & ((1 << 40) - 1)).unwrap_or_default();
        let mut bits = Bits(part(80));
        // Taken in the opposite order of putting.
        let (not_adopted, contradicted, window) = (bits.flag(), bits.flag(), bits.flag());
        let (restores, backup_epoch, epoch) = (bits.small(2), bits.small(2), bits.small(2));
        let bank = Bank { epoch, backup_epoch, restores, window, contradicted, not_adopted };
        Self { one: Payment::unpack(part(0)), two: Payment::unpack(part(40)), bank }
    }
}

impl Payment {
    /// Whether the order was ever made.
    #[must_use]
    pub fn begun(&self) -> bool {
        self.phone != Phone::New
    }

    fn pack(&self) -> u64 {
        let mut bits = Bits(0);
        bits.put(4, u64::from(phone_number(self.phone)));
        bits.put(2, self.told as u64);
        bits.put(3, self.gateway as u64);
        bits.put(3, self.backup as u64);
        bits.put(3, self.older_backup as u64);
        bits.put(2, self.biller as u64);
        bits.put(2, u64::from(self.epoch));
        for flag in [
            self.pay,
            self.reversal,
            self.charge,
            self.old_charge,
            self.refund,
            self.old_refund,
            self.confirm,
            self.expired,
            self.quiet,
            self.stale,
            self.revoked,
        ] {
            bits.put(1, u64::from(flag));
        }
        bits.put(Answer::ALL.len(), u64::from(self.answers));
        bits.0
    }

    fn unpack(packed: u64) -> Self {
        let mut bits = Bits(packed);
        let answers = bits.take(Answer::ALL.len());
        let (revoked, stale, quiet, expired) = (bits.flag(), bits.flag(), bits.flag(), bits.flag());
        let (confirm, old_refund, refund) = (bits.flag(), bits.flag(), bits.flag());
        let (old_charge, charge, reversal, pay) = (bits.flag(), bits.flag(), bits.flag(), bits.flag());
        let (epoch, biller) = (bits.small(2), bits.small(2));
        let (older_backup, backup) = (bits.small(3), bits.small(3));
        let (gateway, told, phone) = (bits.small(3), bits.small(2), bits.small(4));
        Self {
            phone: phone_from(phone),
            told: match told {
                0 => Told::Nothing,
                1 => Told::Paid,
                _ => Told::NotPaid,
            },
            gateway: gateway_from(gateway),
            backup: gateway_from(backup),
            older_backup: gateway_from(older_backup),
            biller: match biller {
                0 => biller::State::Unknown,
                1 => biller::State::Charged,
                _ => biller::State::Undone,
            },
            epoch,
            pay,
            reversal,
            charge,
            old_charge,
            refund,
            old_refund,
            confirm,
            expired,
            quiet,
            stale,
            revoked,
            answers,
        }
    }
}

struct Bits(u64);

impl Bits {
    fn put(&mut self, width: usize, value: u64) {
        debug_assert!(value < (1 << width), "a value wider than its field");
        self.0 = (self.0 << width) | value;
    }

    fn take(&mut self, width: usize) -> u16 {
        let value = self.0 & ((1 << width) - 1);
        self.0 >>= width;
        u16::try_from(value).unwrap_or_default()
    }

    fn small(&mut self, width: usize) -> u8 {
        u8::try_from(self.take(width)).unwrap_or_default()
    }

    fn flag(&mut self) -> bool {
        self.small(1) == 1
    }
}

fn phone_number(phone: Phone) -> u8 {
    use client::{Attempt, State as S};
    match phone {
        Phone::New => 0,
        Phone::Has(S::Authorized) => 1,
        Phone::Has(S::InDoubt(Attempt::First)) => 2,
        Phone::Has(S::InDoubt(Attempt::Later)) => 3,
        Phone::Has(S::Settled) => 4,
        Phone::Has(S::Refused) => 5,
        Phone::Has(S::Reversed) => 6,
        Phone::Has(S::Cancelled) => 7,
        Phone::Forgot => 8,
    }
}

fn phone_from(number: u8) -> Phone {
    use client::{Attempt, State as S};
    match number {
        0 => Phone::New,
        1 => Phone::Has(S::Authorized),
        2 => Phone::Has(S::InDoubt(Attempt::First)),
        3 => Phone::Has(S::InDoubt(Attempt::Later)),
        4 => Phone::Has(S::Settled),
        5 => Phone::Has(S::Refused),
        6 => Phone::Has(S::Reversed),
        7 => Phone::Has(S::Cancelled),
        _ => Phone::Forgot,
    }
}

fn gateway_from(number: u8) -> gateway::State {
    use gateway::State as S;
    match number {
        0 => S::Unknown,
        1 => S::Claimed,
        2 => S::Reversing,
        3 => S::Settled,
        4 => S::Refused,
        _ => S::Reversed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packed_world_unpacks_to_itself() {
        let mut world = World::start();
        world.one.phone = Phone::Has(client::State::Reversed);
        world.one.told = Told::NotPaid;
        world.one.gateway = gateway::State::Reversing;
        world.one.backup = gateway::State::Reversed;
        world.one.older_backup = gateway::State::Claimed;
        world.one.epoch = 3;
        world.one.old_refund = true;
        world.two.phone = Phone::Forgot;
        world.two.biller = biller::State::Undone;
        world.two.revoked = true;
        world.two.stale = true;
        world.two.answers = 0b1_0100_0001;
        world.bank = Bank { epoch: 2, backup_epoch: 1, restores: 2, not_adopted: true, ..world.bank };
        assert_eq!(World::unpack(world.pack()), world);
        assert_ne!(world.canonical().pack(), World::start().pack());
    }
}
