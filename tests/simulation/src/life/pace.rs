//! How fast lives are lived, beside the least that they could take: the statements of the same lives asked of
//! bare SQLite, and as many bare signatures.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use ring::{
    rand::SystemRandom,
    signature::{
        ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _,
        UnparsedPublicKey,
    },
};
use serde::Serialize;
use sql_tape::Tape;

use super::{
    run::{Lived, Options, live},
    seeds::spent,
    suite::{Signatures, TALLY},
};

/// Signatures by kind.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Signed {
    p256_made: u64,
    p256_verified: u64,
    ed25519_made: u64,
    ed25519_verified: u64,
}

impl Signed {
    fn so_far() -> Self {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Self {
            p256_made: read(&TALLY.p256_made),
            p256_verified: read(&TALLY.p256_verified),
            ed25519_made: read(&TALLY.ed25519_made),
            ed25519_verified: read(&TALLY.ed25519_verified),
        }
    }

    fn since(self, before: Self) -> Self {
        Self {
            p256_made: self.p256_made - before.p256_made,
            p256_verified: self.p256_verified - before.p256_verified,
            ed25519_made: self.ed25519_made - before.ed25519_made,
            ed25519_verified: self.ed25519_verified - before.ed25519_verified,
        }
    }
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub struct Pace {
    ok: bool,
    /// Lives of each round.
    lives: u64,
    /// Of all of them: each an order, from its quote to its document.
    flows: u64,
    /// Which signatures.
    signatures: Signatures,
    /// Flows a second of one core, in each round.
    pub flows_per_second: Vec<f64>,
    /// The same of the floor, in the same rounds.
    pub floor_per_second: Vec<f64>,
    /// How many times longer than the floor the lives took: the median of the rounds.
    pub times_the_floor: f64,
    /// Statements that the floor asks of SQLite.
    statements: usize,
    /// Of them, commits.
    commits: usize,
    /// Signatures that the floor makes and verifies.
    signed: Signed,
}

impl Pace {
    /// For people.
    #[must_use]
    pub fn text(&self) -> String {
        let per_flow = |count: f64| count / f64::from(u32::try_from(self.flows).unwrap_or(u32::MAX));
        let of = |count: u64| per_flow(f64::from(u32::try_from(count).unwrap_or(u32::MAX)));
        let Signed { p256_made, p256_verified, ed25519_made, ed25519_verified } = self.signed;
        format!(
            "{} lives, {} flows: {:.0} a second of one core, floor {:.0}, {:.2} times the floor\n\
             a flow: {:.1} statements, {:.1} commits, P-256 {:.1} made and {:.1} verified, Ed25519 {:.1} and {:.1}",
            self.lives,
            self.flows,
            median(&self.flows_per_second),
            median(&self.floor_per_second),
            self.times_the_floor,
            of(u64::try_from(self.statements).unwrap_or(0)),
            of(u64::try_from(self.commits).unwrap_or(0)),
            of(p256_made),
            of(p256_verified),
            of(ed25519_made),
            of(ed25519_verified),
        )
    }
}

/// Measures: the first so many lives, in so many rounds, each beside its floor.
///
/// # Errors
/// A life cannot be lived, or breaks; SQLite cannot be listened to.
pub fn measure(lives: u64, rounds: u64, signatures: Signatures) -> Result<Pace, String> {
    let options = Options { signatures, steady: true, ..Options::default() };
    let before = Signed::so_far();
    let (flows, tape) = sql_tape::record(|| all(lives, &options))?;
    let flows = flows?;
    let signed = Signed::so_far().since(before);
    // The checks' own second disks are no part of any party.
    let tape = tape.without(|file| file.contains("-aside:"));
    let bare = Bare::new()?;
    let (mut ours, mut floors, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for round in 0..rounds {
        let (mut mine, mut floor) = (Duration::ZERO, Duration::ZERO);
        // Who is first takes turns.
        for turn in [round % 2, (round + 1) % 2] {
            // gate-allows(time): how long it took, which no life knows of
            let wall = Instant::now();
            let began = spent(wall);
            if turn == 0 {
                all(lives, &options)?;
                mine = spent(wall).saturating_sub(began);
            } else {
                bare.play(&tape, signed)?;
                floor = spent(wall).saturating_sub(began);
            }
        }
        let count = f64::from(u32::try_from(flows).unwrap_or(u32::MAX));
        ours.push(count / mine.as_secs_f64());
        floors.push(count / floor.as_secs_f64());
        ratios.push(mine.as_secs_f64() / floor.as_secs_f64());
    }
    Ok(Pace {
        ok: true,
        lives,
        flows,
        signatures,
        times_the_floor: median(&ratios),
        flows_per_second: ours,
        floor_per_second: floors,
        statements: tape.steps.len(),
        commits: tape.count("COMMIT"),
        signed,
    })
}

fn all(lives: u64, options: &Options) -> Result<u64, String> {
    let mut flows = 0;
    for seed in 0..lives {
        let Lived { flows: lived, violations, .. } = live(seed, options).map_err(|unfit| unfit.to_string())?;
        if let Some(first) = violations.first() {
            return Err(format!("seed {seed} breaks {}: {}", first.invariant, first.what));
        }
        flows += lived;
    }
    Ok(flows)
}

/// The middle one.
#[must_use]
pub fn median(of: &[f64]) -> f64 {
    let mut sorted = of.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(0.0)
}

/// As long as most of what is signed here.
const MESSAGE: [u8; 400] = [7; 400];

/// Keys, and a signature by each to verify.
struct Bare {
    p256: EcdsaKeyPair,
    ed25519: Ed25519KeyPair,
    by_p256: Vec<u8>,
    by_ed25519: Vec<u8>,
    random: SystemRandom,
}

impl Bare {
    fn new() -> Result<Self, String> {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let made = EcdsaKeyPair::generate_pkcs8(algorithm, &random).map_err(|_| "no randomness")?;
        let p256 = EcdsaKeyPair::from_pkcs8(algorithm, made.as_ref(), &random).map_err(|error| error.to_string())?;
        let ed25519 = Ed25519KeyPair::from_seed_unchecked(&[1; 32]).map_err(|error| error.to_string())?;
        let by_p256 = p256.sign(&random, &MESSAGE).map_err(|_| "no randomness")?.as_ref().to_vec();
        let by_ed25519 = ed25519.sign(&MESSAGE).as_ref().to_vec();
        Ok(Self { p256, ed25519, by_p256, by_ed25519, random })
    }

    fn play(&self, tape: &Tape, signed: Signed) -> Result<(), String> {
        let done = tape.play().map_err(|error| error.to_string())?;
        // A floor that does not do its work is none.
        if done * 100 < tape.steps.len() * 99 {
            return Err(format!("only {done} of {} statements ran", tape.steps.len()));
        }
        let (p256, ed25519) = (self.p256.public_key(), self.ed25519.public_key());
        for _ in 0..signed.p256_made {
            self.p256.sign(&self.random, &MESSAGE).map_err(|_| "no randomness")?;
        }
        for _ in 0..signed.p256_verified {
            let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, p256);
            key.verify(&MESSAGE, &self.by_p256).map_err(|_| "not its own signature")?;
        }
        for _ in 0..signed.ed25519_made {
            self.ed25519.sign(&MESSAGE);
        }
        for _ in 0..signed.ed25519_verified {
            let key = UnparsedPublicKey::new(&ED25519, ed25519);
            key.verify(&MESSAGE, &self.by_ed25519).map_err(|_| "not its own signature")?;
        }
        Ok(())
    }
}
