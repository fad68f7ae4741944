//! Why nothing will be said though something is owed: whoever wonders is told what to change.

use std::collections::{BTreeMap, BTreeSet};

use billpay_core::reminders::{Bill, Channel, Status, Wishes};

use crate::shell::Shell;

/// The bills of one set of channels.
pub(super) type Groups = BTreeMap<BTreeSet<Channel>, Vec<Bill>>;

/// One line a reason; none where nothing is owed (what is being checked may be paid), or nothing that has a date or a sum. `unspoken` are bills of no channel.
pub(super) fn reasons(shell: &Shell, groups: &Groups, unspoken: &[Bill], wishes: &Wishes) -> Vec<String> {
    let is_owed = |bill: &&Bill| bill.status == Status::Open && bill.amount.minor > 0 && bill.due_date.is_some();
    let of = |silent: bool| groups.iter().filter(move |(ways, _)| ways.is_empty() == silent);
    let count = |bills: Vec<&Bill>, zh, one, more| (!bills.is_empty()).then(|| shell.count(bills.len(), zh, one, more));
    let without_a_way = of(true).flat_map(|(_, bills)| bills).chain(unspoken).filter(is_owed).collect();
    let (mut muted, mut put_off, mut out_of_reach) = (Vec::new(), Vec::new(), Vec::new());
    for bill in of(false).flat_map(|(_, bills)| bills).filter(is_owed) {
        if wishes.muted.contains(&bill.biller) {
            muted.push(bill);
        } else if wishes.snoozed.iter().any(|snooze| snooze.bill == bill.id) {
            put_off.push(bill);
        } else {
            out_of_reach.push(bill);
        }
    }
    let muted_billers: BTreeSet<&str> = muted.iter().map(|bill| bill.biller.as_str()).collect();
    let muted_billers = muted_billers.into_iter().collect::<Vec<_>>().join(shell.say("、", ", "));
    let lines = [
        count(
            without_a_way,
            "张应缴账单没有选择任何提醒渠道：billpay reminders channels phone",
            "bill is owed, and no way to be reminded of it is chosen: `billpay reminders channels phone`",
            "bills are owed, and no way to be reminded of them is chosen: `billpay reminders channels phone`",
        ),
        count(
            muted,
            "张应缴账单的收费单位已设为不提醒：billpay reminders mute <收费单位> --off",
            "bill is owed to a biller that is muted: `billpay reminders mute BILLER --off`",
            "bills are owed to billers that are muted: `billpay reminders mute BILLER --off`",
        )
        .map(|line| format!("{line}{}", shell.aside(&muted_billers))),
        count(
            put_off,
            "张应缴账单已推迟：billpay reminders policy",
            "bill that is owed is put off: `billpay reminders policy`",
            "bills that are owed are put off: `billpay reminders policy`",
        ),
        count(
            out_of_reach,
            "张应缴账单在所设的日子里没有要提醒的：billpay reminders policy",
            "bill is owed, and none of the days that are chosen comes within reach: `billpay reminders policy`",
            "bills are owed, and none of the days that are chosen comes within reach: `billpay reminders policy`",
        ),
    ];
    lines.into_iter().flatten().collect()
}
