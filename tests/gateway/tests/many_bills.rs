//! Accounts with more bills than fit into one answer of a biller (row 14).
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests")]

mod world;

use std::collections::BTreeSet;

use sandbox_gateway::biller::seeds::SeedBill;
use serde_json::json;
use world::{POWER_TOO, Phone, World};

#[tokio::test]
async fn row_14_an_account_with_more_bills_than_fit_into_an_answer_is_told_whole_what_is_open_first() {
    let world = World::new("many-bills");
    let phone = Phone::active(&world, "+8613800000001").await;
    for nth in 0..420 {
        let items = [("电费，按阶梯电价计算，含代收的基金及附加", 100), ("违约金", nth)];
        // The oldest ones are paid.
        let bill = SeedBill { paid: nth < 200, ..SeedBill::new(&format!("N{nth:04}"), 100 + nth) };
        world.billers.add_bill("power-sh", POWER_TOO, &bill.of(&items)).unwrap();
    }
    let account = phone.bind(&world, "power-sh", POWER_TOO).await;
    let asked = phone.post(&world, "/v1/bills/query", &json!({ "account": account })).await;
    assert_eq!(asked.status, 200, "{}", asked.problem());
    let bills = asked.body["bills"].as_array().unwrap();
    let numbers: BTreeSet<&str> = bills.iter().map(|bill| bill["bill_number"].as_str().unwrap()).collect();
    assert_eq!((bills.len(), numbers.len()), (421, 421), "each once");
    let open = bills.iter().take_while(|bill| bill["state"] == "open").count();
    assert_eq!(open, 221, "what is open comes first");
    // A quote of any of them is as good as ever.
    assert_eq!(phone.quote(&world, &account, "N0419", 1, 519).await.status, 200);
}

#[tokio::test]
async fn row_14_of_more_bills_than_a_phone_is_told_at_a_time_it_hears_of_those_that_are_open() {
    let world = World::new("too-many-bills");
    let phone = Phone::active(&world, "+8613800000001").await;
    for nth in 0..600 {
        let bill = SeedBill { paid: nth < 300, ..SeedBill::new(&format!("N{nth:04}"), 100) };
        world.billers.add_bill("power-sh", POWER_TOO, &bill).unwrap();
    }
    let account = phone.bind(&world, "power-sh", POWER_TOO).await;
    let asked = phone.post(&world, "/v1/bills/query", &json!({ "account": account })).await;
    let bills = asked.body["bills"].as_array().unwrap();
    assert_eq!(bills.len(), 500, "a page of the contract");
    assert_eq!(bills.iter().filter(|bill| bill["state"] == "open").count(), 301);
}
