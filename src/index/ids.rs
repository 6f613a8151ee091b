//! Row numbers by id, without a second copy of the ids.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use crate::model::Rows;

/// The rows of one block by their id. Where an id stands twice, the later row is found.
#[derive(Debug)]
pub struct Ids {
    rows: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl Ids {
    /// Of all rows of a block.
    ///
    /// # Panics
    /// Beyond 2^32 rows.
    #[must_use]
    pub fn new(rows: &Rows) -> Self {
        let hasher = DefaultHashBuilder::default();
        let mut table = HashTable::with_capacity(rows.len());
        for row in 0..rows.len() {
            let (id, number) = (rows.id(row), u32::try_from(row).expect("row numbers are u32"));
            let hash = hasher.hash_one(id);
            match table.find_mut(hash, |&known: &u32| rows.id(known as usize) == id) {
                Some(known) => *known = number,
                None => {
                    table.insert_unique(hash, number, |&known| hasher.hash_one(rows.id(known as usize)));
                }
            }
        }
        Self { rows: table, hasher }
    }

    /// The row of an id, in the block that the table was made for.
    #[must_use]
    pub fn get(&self, rows: &Rows, id: &str) -> Option<usize> {
        self.rows.find(self.hasher.hash_one(id), |&row| rows.id(row as usize) == id).map(|&row| row as usize)
    }

    /// Bytes held on the heap.
    #[must_use]
    pub fn heap_bytes(&self) -> usize {
        self.rows.allocation_size()
    }
}
