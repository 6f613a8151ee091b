//! Bytes as choices. Where they end, every choice is the first.

/// What is left of an input.
pub struct Input<'a> {
    rest: &'a [u8],
}

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// As many bytes as there are, at most `count`.
    pub fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(count.min(self.rest.len()));
        self.rest = rest;
        taken
    }

    /// Everything that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        self.take(usize::MAX)
    }

    fn fixed<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        let taken = self.take(N);
        bytes[..taken.len()].copy_from_slice(taken);
        bytes
    }

    pub fn u8(&mut self) -> u8 {
        self.fixed::<1>()[0]
    }

    pub fn i8(&mut self) -> i8 {
        i8::from_le_bytes(self.fixed())
    }

    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.fixed())
    }

    pub fn i16(&mut self) -> i16 {
        i16::from_le_bytes(self.fixed())
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.fixed())
    }

    pub fn i64(&mut self) -> i64 {
        i64::from_le_bytes(self.fixed())
    }

    pub fn f64(&mut self) -> f64 {
        f64::from_le_bytes(self.fixed())
    }

    pub fn flag(&mut self) -> bool {
        self.u8() & 1 == 1
    }

    /// Below `count`, which is at most 256 and not 0.
    pub fn below(&mut self, count: usize) -> usize {
        usize::from(self.u8()) % count
    }

    pub fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}
