#![deny(warnings)]

use cache_runtime::invalidates;

#[invalidates("suite:{ok.0}", "case:{ok.1.0}")]
fn change() -> (u64, (u64, u8)) {
    (1, (2, 3))
}

fn main() {
    change();
}
