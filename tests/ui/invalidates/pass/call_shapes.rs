#![deny(warnings)]

use cache_runtime::{cached, invalidates};

#[cached(prefix = "suite")]
async fn get_suite(id: u64) -> String {
    id.to_string()
}

mod cases {
    #[cache_runtime::cached(prefix = "case", key = "list:{offset}")]
    pub async fn list(offset: u32) -> Vec<u64> {
        vec![u64::from(offset)]
    }
}

#[invalidates(get_suite(id), cases::list(0), cases::list(..), get_suite(id + 1), self::get_suite(..), crate::cases::list(*offset))]
async fn change(id: u64, offset: &u32) -> Result<(), String> {
    let _ = (id, offset);
    Ok(())
}

#[tokio::main]
async fn main() {
    let _ = (get_suite(1).await, cases::list(0).await);
    change(1, &2).await.unwrap();
}
