//! The worlds seen so far: a list, and an open-addressed table of places in it.

/// A set of packed worlds, each with its place in the order of insertion.
#[derive(Default)]
pub struct Seen {
    list: Vec<u128>,
    /// Place plus one; 0 is free. A power of two long, at most half full.
    table: Vec<u32>,
}

impl Seen {
    /// The place of a world, and whether it is new.
    ///
    /// # Panics
    /// With more than 2^32 - 2 worlds: the machine's memory ends long before.
    pub fn insert(&mut self, packed: u128) -> (u32, bool) {
        if self.list.len() * 2 >= self.table.len() {
            self.grow();
        }
        let mask = self.table.len() - 1;
        let mut slot = hash(packed) & mask;
        while let Some(place) = self.table.get_mut(slot) {
            match place.checked_sub(1) {
                None => {
                    self.list.push(packed);
                    *place = place_of(self.list.len());
                    return (*place - 1, true);
                }
                Some(at) if self.list.get(at as usize) == Some(&packed) => return (at, false),
                Some(_) => slot = (slot + 1) & mask,
            }
        }
        unreachable!("a slot is always inside the table")
    }

    /// The world at a place.
    #[must_use]
    pub fn get(&self, place: u32) -> Option<u128> {
        self.list.get(place as usize).copied()
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All of them.
    #[must_use]
    pub fn all(&self) -> &[u128] {
        &self.list
    }

    fn grow(&mut self) {
        let size = (self.table.len() * 2).max(1 << 12);
        self.table = vec![0; size];
        let mask = size - 1;
        for (at, packed) in self.list.iter().enumerate() {
            let mut slot = hash(*packed) & mask;
            while let Some(place) = self.table.get_mut(slot) {
                if *place == 0 {
                    *place = place_of(at + 1);
                    break;
                }
                slot = (slot + 1) & mask;
            }
        }
    }
}

fn place_of(count: usize) -> u32 {
    u32::try_from(count).unwrap_or_else(|_| unreachable!("more worlds than a place can name"))
}

/// Two multiplications: equal for equal worlds, well spread, the same in every run.
fn hash(packed: u128) -> usize {
    const ODD: u64 = 0x9e37_79b9_7f4a_7c15;
    let (low, high) = (packed as u64, (packed >> 64) as u64);
    let mixed = (low ^ high.rotate_left(32)).wrapping_mul(ODD);
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(ODD);
    (mixed ^ (mixed >> 32)) as usize
}
