//! I8: what is the customer's alone is in no byte of a phone's disk, the log and what was freed included.

use canaries::Net;

use super::{Scene, Violation, violation};
use crate::life::{
    common::Unfit,
    person::{ALIAS, Person},
    phone::Phone,
    town::{DOOR, HOLDER},
};

/// In every so-manieth life: megabytes are looked through, and a leak is in all lives or in none.
const EVERY: u64 = 4;

pub(super) fn check(scene: &Scene<'_>, found: &mut Vec<Violation>) -> Result<(), Unfit> {
    if !scene.people.iter().all(|person| person.phone.seed().is_multiple_of(EVERY)) {
        return Ok(());
    }
    let messages = scene.bank.sms.all();
    for person in scene.people {
        let codes: Vec<&str> = messages
            .iter()
            .filter(|sms| sms.to.ends_with(&person.phone_number))
            .flat_map(|sms| sms.text.split(|letter: char| !letter.is_ascii_digit()))
            .filter(|word| word.len() == 6)
            .collect();
        for phone in person.old.iter().map(|(phone, _)| phone).chain([&person.phone]) {
            hunt(person, phone, &codes, found)?;
        }
    }
    Ok(())
}

fn hunt(person: &Person, phone: &Phone, codes: &[&str], found: &mut Vec<Violation>) -> Result<(), Unfit> {
    let keys = phone.keys.kept();
    let words = [("phone number", person.phone_number.as_str()), ("alias", ALIAS), ("name", HOLDER), ("door", DOOR)];
    let numbers = person.accounts.iter().map(|(_, number)| ("customer number", number.as_str()));
    let codes = codes.iter().map(|code| ("code", *code));
    let texts = words.into_iter().chain(numbers).chain(codes).map(|(name, text)| (name, text.as_bytes()));
    // Exposed to be looked for, where they must not be.
    let keys = keys.iter().map(|key| ("key", key.expose()));
    let net = Net::of(texts.chain(keys)).map_err(|_| Unfit::Other("too many canaries"))?;
    for (file, bytes) in phone.keeper.files() {
        for caught in net.caught(&bytes) {
            let what = format!("{} ({}) is in {file} of phone {}", caught.name, caught.form, phone.number);
            violation(found, "I8", what);
        }
    }
    Ok(())
}
