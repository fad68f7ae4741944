//! The exhaustive search: every world that two payments on one bill can lead to.
//!
//! The phone, the gateway and the biller are the transition functions that ship. The search decides
//! nothing of the protocol itself: it carries messages, lets time and misfortune happen, and looks.
//!
//! **Included.** Two devices with a payment each. Every request (order, reversal, charge, refund,
//! confirm) is a message: once sent it may arrive at any later time, any number of times or never,
//! and in the variants called *lost* it may be gone for good. An answer belongs to one arrival and
//! may be lost; in the variants called *late* the biller's may be slow as well. Lost may also be
//! what the gateway sends after a commit (a crash between the two). Apps are killed at any moment. A
//! biller that is closed for the moment; a bill whose version rises with each charge and reversal;
//! whatever else may speak against an order at the gateway, coming and going (funds).
//! `valid_until`, the age limit of messages. A gateway restored from a backup of any earlier moment
//! or an empty one, twice too, and what the phones and the biller's statement then bring back.
//! Phones whose files are rolled back, any number of times. A biller that cannot leave tombstones,
//! where two persons may have to end an order by hand (rule 12): what they say is what is in the biller's
//! books at that moment. Revoked devices. Another device that asks for a
//! reversal. Top-ups.
//!
//! **Left out.** Amounts, fees and the balance (the ledger's own tests), mandates, orders held by a
//! person at the bank (`held` only makes a phone wait), a biller restored from its own backup (rule
//! 11), persons who are mistaken (rule 12), signatures and the TLS below. Two backups are kept at the
//! most, and an empty one is always there. That
//! a way to an end exists is shown here; that it is taken, and in how many requests, the simulation
//! shows.
//!
//! **Without the statement.** A biller may not tell the bank which charges the gateway does not know.
//! [`variants::UNLISTED`] searches that: I1, I3 and I5 hold, and the worlds without a
//! way to an agreed end are counted and told, apart from the others.
//!
//! **Known limit.** A phone that told "nothing was sent" and whose file is then put back to before
//! that moment sends the order after all, for neither it nor the bank can know of the other life
//! ([`variants::LIMIT`]; a test holds that this is so).

pub mod answers;
pub mod invariants;
pub mod next;
pub mod parties;
pub mod report;
pub mod rules;
pub mod run;
pub mod search;
pub mod seen;
pub mod variants;
pub mod world;
