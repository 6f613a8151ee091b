//! Numbers by hash: where a value table looks a value up.
//!
//! Eight bytes a slot, at most every other one taken, and no more slots than the layer at hand needs: they lie in the
//! second-level cache. A general hash table of the last large tile's size does not.

/// Numbers that were given out one after another, each with the hash of what it stands for.
#[derive(Debug, Default)]
pub struct Slots {
    /// None, or a power of two.
    slots: Vec<Slot>,
    taken: usize,
}

#[derive(Clone, Copy, Debug, Default)]
struct Slot {
    hash: u32,
    /// The number plus one; 0 when it is free.
    next: u32,
}

/// The fewest slots.
const FEW: usize = 64;

impl Slots {
    /// Forgets everything, and gives the room to whoever is next.
    pub fn clear(&mut self) {
        self.slots.clear();
        self.taken = 0;
    }

    /// Makes room for so many more.
    pub fn reserve(&mut self, more: usize) {
        let wanted = ((self.taken + more) * 2).next_power_of_two().max(FEW);
        if wanted > self.slots.len() {
            self.grow(wanted);
        }
    }

    /// The number that has this hash and is the `same`; `number`, which is noted then, when there is none.
    #[inline]
    pub fn find_or_note(&mut self, hash: u32, number: u32, same: impl Fn(u32) -> bool) -> u32 {
        if self.taken * 2 >= self.slots.len() {
            self.reserve(1);
        }
        let last = self.slots.len() - 1;
        let mut at = self.home(hash);
        loop {
            let slot = &mut self.slots[at & last];
            if slot.next == 0 {
                *slot = Slot { hash, next: number + 1 };
                self.taken += 1;
                return number;
            }
            if slot.hash == hash && same(slot.next - 1) {
                return slot.next - 1;
            }
            at += 1;
        }
    }

    /// The slot at which the search for a hash begins: its first bits.
    #[inline]
    fn home(&self, hash: u32) -> usize {
        ((u64::from(hash) * self.slots.len() as u64) >> u32::BITS) as usize
    }

    #[cold]
    fn grow(&mut self, slots: usize) {
        let before: Vec<Slot> = self.slots.iter().copied().filter(|slot| slot.next > 0).collect();
        self.slots.clear();
        self.slots.resize(slots, Slot::default());
        for slot in before {
            let mut at = self.home(slot.hash);
            while self.slots[at & (slots - 1)].next > 0 {
                at += 1;
            }
            self.slots[at & (slots - 1)] = slot;
        }
    }

    /// Gives back room beyond `bytes`. To be called when it is clear.
    pub fn shrink_to(&mut self, bytes: usize) {
        self.slots.shrink_to(bytes / size_of::<Slot>());
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// Hashes of which many are equal, and some wrap around the end.
    #[test]
    fn finds_what_was_noted_and_nothing_else() {
        let mut random = ChaCha8Rng::seed_from_u64(31);
        let mut slots = Slots::default();
        for round in 0..50 {
            slots.clear();
            slots.reserve(random.random_range(0..200));
            let (mut numbers, mut values) = (HashMap::new(), Vec::new());
            for _ in 0..2000 {
                let value: u32 = random.random_range(0..700);
                let hash =
                    if value.is_multiple_of(3) { u32::MAX - value / 64 } else { value.wrapping_mul(0x9e37_79b1) };
                let next = u32::try_from(values.len()).expect("few");
                let found = slots.find_or_note(hash, next, |number| values[number as usize] == value);
                if found == next {
                    values.push(value);
                }
                assert_eq!(found, *numbers.entry(value).or_insert(next), "round {round}, value {value}");
            }
        }
    }
}
