//! A phone's alarms, and its clock.

use std::sync::atomic::Ordering;

use billpay_core::{
    Armed, Client, Reminders,
    reminders::{Caps, Held, Kind, Reminder},
};

use super::World;

/// Sets the phone's clock.
pub fn clock(world: &World, at: &str) {
    let at: jiff::Timestamp = at.parse().unwrap();
    world.phone_clock.offset_ms.store(at.as_millisecond() - jiff::Timestamp::now().as_millisecond(), Ordering::SeqCst);
}

/// What it is to say, in Shanghai.
pub async fn planned(client: &Client) -> Reminders {
    client.reminders("Asia/Shanghai", Caps::IOS).await.unwrap()
}

/// The stages that are planned, without the one that asks to open the app.
pub fn stages(planned: &Reminders) -> Vec<String> {
    let bills = planned.reminders.iter().filter(|it| it.kind != Kind::Tail);
    bills.map(|it| it.id.rsplit('.').next().unwrap().to_owned()).collect()
}

/// What the system says that holds these, after those were seen.
pub fn armed(reminders: &[Reminder], told: &[&str]) -> Armed {
    let held = reminders.iter().map(|it| Held { id: it.id.clone(), mark: it.mark.clone() }).collect();
    let told = told.iter().map(|id| (*id).to_owned()).collect();
    Armed { held, told, told_checking: Vec::new(), notifications: true, permission: true, battery_saver: false }
}
