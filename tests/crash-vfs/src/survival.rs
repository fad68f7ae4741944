//! What a power cut leaves of what was not synced.

/// What survives of the writes, truncations, new names and deletions that no sync has covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Survival {
    /// Nothing of them reached the device.
    Nothing,
    /// All of them happened to reach it.
    Everything,
    /// As the dice of this seed fall: each of them is lost, there, or (a write) there in some of its
    /// sectors, whatever became of those before it: a device writes in the order it likes.
    Torn(u64),
}

/// SplitMix64: the same numbers for the same seed, on every machine.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn of(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
}

/// What becomes of one write.
pub(crate) enum Fate {
    Lost,
    Whole,
    Torn,
}

/// Decides one cut.
pub(crate) struct Verdict {
    survival: Survival,
    dice: Dice,
}

impl Verdict {
    pub(crate) fn of(survival: Survival) -> Self {
        let seed = match survival {
            Survival::Nothing | Survival::Everything => 0,
            Survival::Torn(seed) => seed,
        };
        Self { survival, dice: Dice::of(seed) }
    }

    /// Whether something that is there or not (a name, a truncation, a sector) is there.
    pub(crate) fn survives(&mut self) -> bool {
        match self.survival {
            Survival::Nothing => false,
            Survival::Everything => true,
            Survival::Torn(_) => self.dice.next() & 1 == 0,
        }
    }

    pub(crate) fn write(&mut self) -> Fate {
        match self.survival {
            Survival::Nothing => Fate::Lost,
            Survival::Everything => Fate::Whole,
            Survival::Torn(_) => match self.dice.next() % 3 {
                0 => Fate::Lost,
                1 => Fate::Whole,
                _ => Fate::Torn,
            },
        }
    }
}
