//! A list that keeps the last so many items.

use std::collections::VecDeque;

/// How many requests, applied writes and deliveries a fake keeps.
///
/// [`Counts`](crate::Counts) are kept in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Recording {
    /// Nothing.
    Off,
    /// The last so many of each.
    Last(usize),
    /// All, which is right for a test, and grows without bound in a fake that runs for days.
    All,
}

impl Recording {
    /// How many are kept.
    fn most(self) -> usize {
        match self {
            Self::Off => 0,
            Self::Last(most) => most,
            Self::All => usize::MAX,
        }
    }
}

/// What was recorded, oldest first.
#[derive(Debug, Clone)]
pub(crate) struct Log<T> {
    recording: Recording,
    items: VecDeque<T>,
}

impl<T> Log<T> {
    pub(crate) fn new(recording: Recording) -> Self {
        Self { recording, items: VecDeque::new() }
    }

    /// Whether an item would be kept at all. What is costly to make need not be made otherwise.
    pub(crate) fn is_on(&self) -> bool {
        self.recording.most() > 0
    }

    pub(crate) fn push(&mut self, item: T) {
        self.items.push_back(item);
        if self.items.len() > self.recording.most() {
            self.items.pop_front();
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.items.iter()
    }

    pub(crate) fn last_mut(&mut self) -> Option<&mut T> {
        self.items.back_mut()
    }

    pub(crate) fn clear(&mut self) {
        self.items.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_are_forgotten() {
        for (recording, kept) in [
            (Recording::Off, &[][..]),
            (Recording::Last(0), &[]),
            (Recording::Last(2), &[2, 3]),
            (Recording::Last(9), &[1, 2, 3]),
            (Recording::All, &[1, 2, 3]),
        ] {
            let mut log = Log::new(recording);
            for item in [1, 2, 3] {
                log.push(item);
            }
            assert!(log.iter().copied().eq(kept.iter().copied()), "{recording:?} {log:?}");
            assert_eq!(log.is_on(), !kept.is_empty());
        }
    }
}
