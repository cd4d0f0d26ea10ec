//! Functions written by a `macro_rules!`, body and types passed on.

use cache_runtime::{cached, invalidates};

macro_rules! resource {
    ($read:ident, $write:ident, $id:ty, $value:ty, $body:block) => {
        #[cached(prefix = "resource")]
        async fn $read(id: $id) -> $value $body

        #[invalidates($read(id))]
        async fn $write(id: $id) -> $value $body
    };
}

resource!(read_suite, write_suite, u64, String, { String::from("suite") });

fn main() {
    let _ = read_suite(1);
    let _ = read_suite::key(1);
    let _ = write_suite(1);
}
