//! Key custody under failure (feature 58; faults 34, 35; I8, I9).

mod choice;
mod file_store;
mod keyring_store;
mod shaky;
mod signer;
