use std::sync::atomic::{AtomicUsize, Ordering};

/// How many bytes of bodies are in memory at once.
const MOST: usize = 256 * 1024 * 1024;

/// Counts what is in memory of the bodies of requests.
#[derive(Default)]
pub(super) struct Memory(AtomicUsize);

/// What one request holds of it, until this is dropped.
pub(super) struct Held<'a> {
    memory: &'a Memory,
    bytes: usize,
}

impl Memory {
    pub(super) fn hold(&self) -> Held<'_> {
        Held { memory: self, bytes: 0 }
    }
}

impl Held<'_> {
    /// Holds so many bytes more, if there is room.
    pub(super) fn grow(&mut self, bytes: usize) -> Option<()> {
        self.bytes += bytes;
        let before = self.memory.0.fetch_add(bytes, Ordering::Relaxed);
        (before + bytes <= MOST).then_some(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.memory.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_given_back() {
        let memory = Memory::default();
        let mut one = memory.hold();
        one.grow(MOST).expect("all of it");
        let mut other = memory.hold();
        assert!(other.grow(1).is_none());
        drop(other);
        drop(one);
        memory.hold().grow(MOST).expect("all of it again");
    }
}
