//! Sealing a row as the store does it (a fresh nonce from the system, a place of table, id and clear columns, the envelope),
//! beside ring's raw seal of the same bytes: one buffer, a counted nonce, nothing beside the body.

use std::{hint::black_box, sync::Arc};

use billpay_core::{secret::Secret, store::Sealing, system::SystemRng};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use rusqlite::types::Value;

use crate::{Figure, figure::micros};

const ROUNDS: usize = 60;
const WARM: usize = 5;
/// In one sample: one seal is shorter than what a clock tells apart.
const BATCH: u64 = 2_000;
/// The budget: how many times longer than its floor.
const MOST: f64 = 10.0;

/// Measures a small row: of the least bytes the rest weighs most.
#[must_use]
pub fn measure_narrow() -> Figure {
    measure("sealing a row of 64 bytes, 2,000 times", 64)
}

/// Measures a receipt.
#[must_use]
pub fn measure_receipt() -> Figure {
    measure("sealing a row of 1 KiB, 2,000 times", 1024)
}

fn measure(name: &'static str, bytes: usize) -> Figure {
    let plain = vec![b'x'; bytes];
    let sealing =
        Sealing::new(&Secret::new(vec![1; 32]), "019a9d3e-7c00-7000-8000-0000000000aa", Arc::new(SystemRng::new()));
    let sealing = sealing.expect("32 bytes");
    let clear = [
        ("payment", Value::Text("019a9d3e-7c00-7000-8000-000000000001".to_owned())),
        ("kind", Value::Text("receipt".to_owned())),
        ("epoch", Value::Text("019a9d3e-7c00-7000-8000-00000000e001".to_owned())),
        ("sequence", Value::Integer(7)),
        ("issued_ms", Value::Integer(1_767_300_000_000)),
    ];
    let raw = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &[1; 32]).expect("a key"));
    let (mut ours, mut floor, mut counted) = (Vec::new(), Vec::new(), 0_u64);
    for round in 0..ROUNDS + WARM {
        let ((), mine) = micros(|| {
            for _ in 0..BATCH {
                black_box(sealing.seal("outcome", "d".repeat(43).as_str(), &clear, black_box(&plain)).expect("sealed"));
            }
        });
        let ((), bare) = micros(|| {
            for _ in 0..BATCH {
                counted += 1;
                let mut nonce = [0; 12];
                nonce[..8].copy_from_slice(&counted.to_be_bytes());
                let mut body = black_box(&plain).clone();
                let tag = raw.seal_in_place_separate_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut body);
                drop(black_box((tag.expect("sealed").as_ref().len(), body)));
            }
        });
        if round >= WARM {
            ours.push(mine);
            floor.push(bare);
        }
    }
    let floor_is = "ring: AES-256-GCM over the same bytes, a counted nonce, no place".to_owned();
    Figure::paired(name, &mut ours, &mut floor, floor_is).at_most(MOST)
}
