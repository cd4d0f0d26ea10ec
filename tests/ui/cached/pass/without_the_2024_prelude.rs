#![deny(warnings)]

use cache_runtime::cached;

#[cached]
async fn load(id: u64) -> ::core::result::Result<u64, ::std::string::String> {
    ::core::result::Result::Ok(id)
}

mod bare {
    #![no_implicit_prelude]

    #[::cache_runtime::cached]
    pub fn load(id: u64) -> u64 {
        id
    }
}

#[tokio::main]
async fn main() {
    assert_eq!(load(1).await, Ok(1));
    let _ = bare::load;
}
