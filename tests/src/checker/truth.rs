//! The versions, in a file that every process of a run has open.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::Item;

/// Per item the version that is committed, and the newest one whose invalidation was
/// acknowledged. Of an item one process writes, and many read.
#[derive(Debug)]
pub struct Truth {
    file: File,
    /// Held while a number is looked at and replaced.
    writing: Mutex<()>,
}

/// More tenants, groups and ids than any load has.
const STRIDE: u64 = 16;

/// Each number is written twice, so that a reader notices one that is half written.
const SLOT: u64 = 16;

impl Truth {
    /// Opens the file, creating it where it does not exist.
    pub fn open(path: &Path) -> Truth {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path);
        let file = file.expect("a file in the temporary folder");
        file.set_len(STRIDE.pow(3) * 2 * SLOT)
            .expect("room in the temporary folder");
        Truth {
            file,
            writing: Mutex::new(()),
        }
    }

    /// The version the source has.
    pub fn committed(&self, item: Item) -> u64 {
        self.get(place(item))
    }

    /// The newest version whose invalidation was acknowledged.
    pub fn acknowledged(&self, item: Item) -> u64 {
        self.get(place(item) + SLOT)
    }

    /// Makes a new version and returns it.
    pub fn commit(&self, item: Item) -> u64 {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.committed(item) + 1;
        self.put(place(item), version);
        version
    }

    /// Records that `version` and all before it are acknowledged.
    pub fn acknowledge(&self, item: Item, version: u64) {
        let _writing = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        self.put(place(item) + SLOT, version.max(self.acknowledged(item)));
    }

    fn get(&self, offset: u64) -> u64 {
        loop {
            let mut bytes = [0; 16];
            self.file
                .read_exact_at(&mut bytes, offset)
                .expect("the file has its full length");
            let both = u128::from_le_bytes(bytes);
            let (low, high) = (both as u64, (both >> 64) as u64);
            if low == high {
                return low;
            }
        }
    }

    fn put(&self, offset: u64, number: u64) {
        let both = u128::from(number) << 64 | u128::from(number);
        self.file
            .write_all_at(&both.to_le_bytes(), offset)
            .expect("the file is writable");
    }
}

fn place(item: Item) -> u64 {
    let Item { tenant, group, id } = item;
    let numbers = [tenant, group, id].map(u64::from);
    numbers.iter().fold(0, |place, n| place * STRIDE + n) * 2 * SLOT
}
