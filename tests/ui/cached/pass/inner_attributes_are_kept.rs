#![deny(warnings)]

use cache_runtime::cached;

#[cached]
fn load(id: u64) -> u64 {
    #![allow(unused_variables)]
    let unused = 1;
    id
}

fn main() {
    assert_eq!(load(1), 1);
}
