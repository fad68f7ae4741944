//! For the programs that test this one from outside: defects to plant, and a moment of a payment at
//! which to stand still and wait to be killed. What is asked for comes by the environment, so that it
//! is on no page of `--help`, and is said on standard error, so that nobody has it unawares.
//!
//! - `BILLPAY_PLANT=NAME[,NAME…]` plants defects (`billpay demo --plants` lists them).
//! - `BILLPAY_PAUSE_AT=[MOMENT[:NTH]]` tells each moment as it is reached, and stands still at the
//!   one that is named, the first or the nth time.

use std::{
    io::Write as _,
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use crate::failure::Failure;

const PLANT: &str = "BILLPAY_PLANT";
const PAUSE: &str = "BILLPAY_PAUSE_AT";

/// Where to stand still, and at which time.
struct Pause {
    moment: String,
    nth: u32,
    seen: AtomicU32,
}

static AT: OnceLock<Pause> = OnceLock::new();

/// Does what the environment asks for; nothing if it does not ask.
pub(crate) fn prepare() -> Result<(), Failure> {
    if let Ok(names) = std::env::var(PLANT) {
        names.split(',').filter(|name| !name.is_empty()).try_for_each(plant)?;
    }
    if let Ok(asked) = std::env::var(PAUSE) {
        let (moment, nth) = asked.split_once(':').unwrap_or((&asked, "1"));
        let unusable = |_| Failure::new("usage", format!("{PAUSE}: MOMENT or MOMENT:NTH")).of_usage();
        let nth = nth.parse().map_err(unusable)?;
        AT.get_or_init(|| Pause { moment: moment.to_owned(), nth, seen: AtomicU32::new(0) });
        billpay_core::moment::watch(reached);
    }
    Ok(())
}

fn plant(name: &str) -> Result<(), Failure> {
    let known = billpay_core::plant::PLANTS.iter().any(|plant| plant.name == name)
        || sandbox_gateway::plant::PLANTS.iter().any(|plant| plant.name == name);
    if !known {
        return Err(Failure::new("unknown-plant", format!("{PLANT}: {name}")));
    }
    say(&format!("planted {name}"));
    billpay_core::plant::plant(name);
    sandbox_gateway::plant::plant(name);
    Ok(())
}

fn reached(name: &'static str) {
    say(&format!("reached {name}"));
    let Some(pause) = AT.get() else { return };
    if pause.moment == name && pause.seen.fetch_add(1, Ordering::SeqCst) + 1 == pause.nth {
        say(&format!("paused at {name}"));
        loop {
            std::thread::park();
        }
    }
}

/// One write, so that a kill leaves whole lines.
fn say(line: &str) {
    // Where nobody listens there is nobody to tell.
    let _ = std::io::stderr().lock().write_all(format!("{line}\n").as_bytes());
}
