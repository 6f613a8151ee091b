//! What a thread keeps from tile to tile. A dense tile passes through megabytes, and memory fresh from the system is cleared
//! first.

use std::cell::RefCell;

use super::mvt::Buffers;
use super::packing::Packer;

/// Room that is kept between tiles, in bytes a buffer: tiles of thinned layers stay below it.
const KEPT: usize = 4 << 20;

/// The buffers of one thread.
#[derive(Default)]
pub struct Scratch {
    /// The tile, not packed.
    pub tile: Vec<u8>,
    /// What a layer of it is written into.
    pub layer: Buffers,
    /// What packs it.
    pub packer: Packer,
}

impl Scratch {
    fn shrink(&mut self) {
        self.tile.clear();
        self.tile.shrink_to(KEPT);
        self.layer.shrink_to(KEPT);
        self.packer.shrink_to(KEPT);
    }
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::default();
}

/// Does `work` with the buffers of this thread, the tile empty. Not to be nested.
pub fn with_scratch<T>(work: impl FnOnce(&mut Scratch) -> T) -> T {
    SCRATCH.with_borrow_mut(|scratch| {
        scratch.tile.clear();
        let done = work(scratch);
        scratch.shrink();
        done
    })
}
